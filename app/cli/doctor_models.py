"""The part of `parley doctor` about the large models: which profile would run here, with what, and what it lacks."""

from collections.abc import Sequence

from app.cli.findings import Card, Fit, Fits, FoundServer, Mind, Server
from app.cli.models import left, size
from app.settings.folders import folders
from app.settings.schema import Settings
from audio_io.errors import Trouble
from engine.models import catalogue
from engine.models import memory_fit as fits
from engine.models.store import Store

WAIT_S = 3.0                     # for the chat model's server

def examine(settings: Settings, cards: Sequence[Card]) -> Fits:
    """cards: graphics cards with name and free_mib. -> `profiles`: one Fit each as plain values, `trouble`: a line.

    Loads torch only where there is a card, to ask whether it can use it; and never a model.
    """
    try:
        known, store, here = catalogue.load(), Store(settings.models()), fits.machine(cards)
        found = [fits.fit(known, needs, here, lambda r: left(store, r)) for needs in known.profiles.values()]
    except Trouble as trouble:
        return {"profiles": [], "trouble": str(trouble)}
    joined = (settings.models() / "aligned" / "aligned.json").is_file()
    told = []
    for one in found:
        met = known.profiles[one.profile].besides if joined and one.profile == "aligned" else ""
        missing = [line for line in one.missing if line != met]
        told.append(Fit(profile=one.profile, on=one.on, models=list(one.models), bits=one.bits, needs=one.needs,
                        free=one.free, download=one.download, missing=missing, width=one.width, runs=not missing))
    return {"profiles": told, "trouble": ""}


def server(settings: Settings) -> Server | None:
    """Where the profile chosen thinks with a server: whether that answers, and with which model; else None."""
    if settings.profile != "server":
        return None
    told: Server = {"url": settings.brain.server, "model": settings.brain.model, "trouble": ""}
    try:
        from engine.llm import server as chat_server

        asked = chat_server.ServerModel(chat_server.Server(
            told["url"], told["model"], settings.brain.key(), connect_s=WAIT_S, read_s=WAIT_S))  # fmt: skip
        try:
            for _ in asked.prepare((), ()):
                pass
            return told | {"model": asked.model}
        finally:
            asked.stop()
    except Trouble as trouble:
        return told | {"trouble": str(trouble)}


def mind(settings: Settings) -> Mind:
    """What answers beside the grammar in the embedded profile, how fast, what is missing; servers that run here."""
    from engine.llm.choose import chosen, machine_here, recommended
    from engine.llm.find_servers import find
    from engine.llm.llama import speed_of
    from engine.models.sources import Sources

    here = machine_here()
    told: Mind = {"file": "", "prompt": 0.0, "answer": 0.0, "slow": False, "trouble": "",
                  "recommended": [{"name": one.name, "bytes": one.bytes} for one in recommended(here)],
                  "servers": [FoundServer(name=one.name, url=one.url, models=list(one.models)) for one in find()]}
    try:
        path = chosen(settings.brain.model, Sources(settings.models()), here)
    except Trouble as trouble:
        return told | {"trouble": str(trouble)}
    if path is None:
        return told
    speed = speed_of(path, folders().home / "cache")
    return told | {"file": str(path), "prompt": speed.prompt, "answer": speed.answer, "slow": speed.slow}


def mind_lines(found: Mind) -> list[str]:
    """found: what `mind` gave."""
    best = found["recommended"][0] if found["recommended"] else None
    offer = f"`parley models pull chat` fetches one ({best['name']}, {size(best['bytes'])})" if best else \
        "this machine has too little memory for one"
    if found["trouble"]:
        told = [f"Mind        the grammar alone: {found['trouble']}"]
    elif not found["file"]:
        told = [f"Mind        the grammar alone; a chat model would answer the rest: {offer}"]
    else:
        speed = f"{found['prompt']:g} tokens a second read, {found['answer']:g} written" if found["answer"] else \
            "its speed is measured when it is first loaded"
        slow = "; too slow to talk to, a smaller one answers sooner" if found["slow"] else ""
        told = [f"Mind        the grammar, and {found['file']}: {speed}{slow}"]
    for one in found["servers"]:
        told.append(f"            {one['name']} runs here with {', '.join(one['models'][:3])}: profile server, "
                    f"brain.server {one['url']}")  # fmt: skip
    return told


def lines(found: Fits) -> list[str]:
    """found: what `examine` gave -> the table for people."""
    if found["trouble"]:
        return [f"Fits        not known: {found['trouble']}"]
    told = []
    for one in found["profiles"]:
        where = "graphics memory" if one["on"] == "gpu" else "memory"
        # on a processor there is room for 32 bits; whether 16 are quicker is measured when it is loaded
        width = "fp32 or bf16, by what is quicker" if one["width"] == "fp32" else one["width"]
        chat = f", chat model at {width}" if width else ""
        state = "everything is here" if one["runs"] else "lacks " + "; ".join(one["missing"])
        names = ", ".join(name.split("/")[1] for name in one["models"])
        told.append(f"Fits        {one['profile']:11} {size(one['needs']):>8} of {size(one['free'])} free "
                    f"{where}{chat}: {names}")  # fmt: skip
        told.append(f"            {'':11} {state}")
    return told
