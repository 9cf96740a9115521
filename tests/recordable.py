"""Whether work may be recorded as a CUDA graph, found without one: it is run on torch's meta device.

    started = check(work)                            # all that it reads lies on the meta device

A recording fails, or replays something else, where the host waits for a number of the device (`item`, a branch on a
value, a shape that depends on one) or makes a tensor itself (from numbers, on the CPU) that is copied over. On the meta
device numbers do not exist, and what is not on it is the host's.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

WAITS = ("_local_scalar_dense", "item", "is_nonzero", "equal", "nonzero", "masked_select", "unique", "_unique2",
         "unique_dim", "bincount")  # fmt: skip


class NotRecordable(AssertionError):
    """What the work did that no graph may."""


class _Watch(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.started = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func._schema.name.removeprefix("aten::")
        if name in WAITS:
            raise NotRecordable(f"{name}: the host waits for a number")
        try:
            found = func(*args, **kwargs or {})
        except (NotImplementedError, RuntimeError) as error:
            raise NotRecordable(f"{name}: {error}") from error
        tensors = [t for t in tree_leaves((args, kwargs, found)) if isinstance(t, torch.Tensor)]
        if any(t.device.type != "meta" for t in tensors):
            raise NotRecordable(f"{name}: takes or makes a tensor on the host")
        returns = func._schema.returns
        view = bool(returns) and returns[0].alias_info is not None and not returns[0].alias_info.is_write
        self.started += bool(tensors) and not view
        return found


def check(work: Callable[[], object]) -> int:
    """-> how many operations it starts. Raises NotRecordable."""
    with _Watch() as watch, torch.no_grad():
        work()
    return watch.started
