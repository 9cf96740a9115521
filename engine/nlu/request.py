"""The value between reading and answering."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """`name`: what is asked for; `slots`: with what; `missing`: the slot that has to be asked for, or ""."""

    name: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    missing: str = ""
