"""The part of `parley doctor` about the large models: which profile would run here, with what, and what it lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.models import left, size
from app.settings import Settings
from audio_io.errors import Trouble
from engine.local import catalogue, fits
from engine.local.store import Store


def examine(settings: Settings, cards: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """cards: graphics cards with name and free_mib. -> `profiles`: one Fit each as plain values, `trouble`: a line.

    Loads torch only where there is a card, to ask whether it can use it; and never a model.
    """
    try:
        known, store, here = catalogue.load(), Store(settings.models()), fits.machine(cards)
        found = [fits.fit(known, needs, here, lambda r: left(store, r)) for needs in known.profiles.values()]
    except Trouble as trouble:
        return {"profiles": [], "trouble": str(trouble)}
    told = [asdict(one) | {"models": list(one.models), "missing": list(one.missing), "width": one.width,
                           "runs": not one.missing} for one in found]  # fmt: skip
    return {"profiles": told, "trouble": ""}


def lines(found: dict[str, Any]) -> list[str]:
    """found: what `examine` gave -> the table for people."""
    if found["trouble"]:
        return [f"Fits        not known: {found['trouble']}"]
    told = []
    for one in found["profiles"]:
        where = "graphics memory" if one["on"] == "gpu" else "memory"
        chat = f", chat model at {one['width']}" if one["width"] else ""
        state = "everything is here" if one["runs"] else "lacks " + "; ".join(one["missing"])
        names = ", ".join(name.split("/")[1] for name in one["models"])
        told.append(f"Fits        {one['profile']:11} {size(one['needs']):>8} of {size(one['free'])} free "
                    f"{where}{chat}: {names}")  # fmt: skip
        told.append(f"            {'':11} {state}")
    return told
