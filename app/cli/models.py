"""`parley models`: what the profiles need and what of it is here; fetch it; check it."""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.findings import ChatOffer, EmbeddedRow, Listed, Model, ModelFile, Models, ProfileRow
from app.settings.folders import hub
from app.settings.schema import Settings
from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.files import check_writable
from engine.models import catalogue, pull
from engine.models.catalogue import Catalogue, Repository, Weights
from engine.models.hub import Hub, Listing
from engine.models.store import Store
from engine.strict_yaml import nearest

if TYPE_CHECKING:
    from engine.llm.choose import Machine
    from engine.models.sources import Sources

SHOW_S = 0.2                     # between two progress lines, for people
TELL_S = 1.0                     # between two progress lines, for programs and files
SPEED_S = 3.0                    # the speed shown is that of the last so many seconds


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    models = commands.add_parser("models", help="the large models on disk: list, pull, verify")
    kinds = models.add_subparsers(dest="models", metavar="WHAT", required=True)
    one = kinds.add_parser("list", parents=[common], help="what each profile needs, what is here, whose licence")
    one.add_argument("--json", action="store_true", help="the same as JSON")
    one = kinds.add_parser("pull", parents=[common], help="fetch what is missing; goes on where it was interrupted")
    one.add_argument("what", metavar="PROFILE|OWNER/NAME", nargs="*",
                     help="a profile, repositories of the hub, or `chat`: the chat model that suits this machine "
                          "(default: the settings' profile)")
    one.add_argument("--accept-licence", action="store_true", help="agree to the licences shown, without being asked")
    one.add_argument("--folder", metavar="DIR", type=Path, help="a folder that has, or is to have, this one repository")
    one.add_argument("--json", action="store_true", help="progress as JSON lines")
    one = kinds.add_parser("verify", parents=[common], help="checksums, keys and shapes of what is here")
    one.add_argument("what", metavar="PROFILE|OWNER/NAME", nargs="*", help="default: all that is here, or --profile")


def run(args: argparse.Namespace, settings: Settings, profile: str = "") -> int:
    """profile: of `list`, only this one; of the others, where nothing else is named.

    Raises Trouble for the first thing that is wrong.
    """
    known, store = catalogue.load(), Store(settings.models())
    if args.models == "list":
        found: Models = {"folder": str(store.home)}
        if profile in ("", "embedded"):
            found["embedded"] = embedded(known, settings.models())
        if profile != "embedded":
            large = listed(known, store, profile)
            found["profiles"], found["models"] = large["profiles"], large["models"]
        print(json.dumps(found, indent=2) if args.json else table(found))
        return 0
    if args.models == "verify":
        return _verify(known, store, args.what or ([profile] if profile else []))
    args.what = args.what or [profile or settings.profile]
    return _pull(known, store, settings, args)


# -- list ---------------------------------------------------------------------------------------------------
def listed(known: Catalogue, store: Store, profile: str = "") -> Listed:
    """-> plain values: `folder`, `profiles` (roles, bytes, bytes to download), `models`, `licences`."""
    if profile and profile not in known.profiles:
        raise WrongUse(f"{profile!r} is not a profile{nearest(profile, ['embedded', *known.profiles])}")
    profiles = [known.profiles[profile]] if profile else list(known.profiles.values())
    names = list(dict.fromkeys(name for p in profiles for role in p.roles.values() for name in role))
    models = {name: _model(store, known.repositories[name]) for name in names}
    if not profile:
        models |= {name: _model(store, pull.as_locked(store.lock(name)))
                   for name in store.pulled() if name not in known.repositories}  # fmt: skip
    told: list[ProfileRow] = [
        {"name": p.name, "on": p.on, "roles": {role: list(n) for role, n in p.roles.items()}, "besides": p.besides,
         "bytes": sum(models[n]["bytes"] for n in p.defaults()),
         "to_download": sum(models[n]["to_download"] for n in p.defaults())} for p in profiles
    ]  # fmt: skip
    return {"folder": str(store.home), "profiles": told, "models": models}


def embedded(known: Catalogue, home: Path) -> list[EmbeddedRow]:
    """-> the weights of the default profile: what is here of them."""
    from engine.llm.choose import machine_here, recommended
    from engine.models.sources import Sources

    sources, suited = Sources(home), recommended(machine_here())
    best = suited[0].name if suited else ""
    return [{"name": one.name, "role": one.role, "for": one.purpose, "bytes": one.bytes, "here": sources.here(one),
             "recommended": one.name == best, "licence": one.licence.name} for one in known.weights.values()
            if one.role != "thinks" or one in suited or sources.here(one)]  # fmt: skip


def _model(store: Store, repository: Repository) -> Model:
    state, licence = store.state(repository), repository.licence
    files: list[ModelFile] = [{"name": f.name, "bytes": f.bytes, "about": f.about, "optional": f.optional}
                              for f in repository.files]  # fmt: skip
    return {
        "for": repository.purpose, "bytes": repository.bytes, "about": repository.about, "whole": not state.wrong,
        "there": state.there, "on_disk": state.bytes, "to_download": left(store, repository),
        "folder": str(state.folder), "wrong": list(state.wrong), "commit": store.lock(repository.name).commit,
        "files": files or list(repository.patterns),
        "licence": {"id": licence.id, "name": licence.name, "conditions": licence.conditions, "url": licence.url,
                    "to_accept": licence.accept, "accepted": store.accepted(repository.name) == licence.id},
    }  # fmt: skip


def left(store: Store, repository: Repository) -> int:
    """About how many bytes of it have still to come."""
    state = store.state(repository)
    return 0 if not state.wrong else max(repository.bytes - state.bytes, 1)


def table(found: Models) -> str:
    models, lines = found.get("models", {}), [f"Models lie in {found['folder']}"]
    if "embedded" in found:
        lines += ["", "embedded (the default; ears and voice come with the program, the chat model is fetched once)"]
        lines += [_embedded_row(one) for one in found["embedded"]]
    for profile in found.get("profiles", ()):
        besides = f"; and {profile['besides']}" if profile["besides"] else ""
        card = "with a graphics card" if profile["on"] == "gpu" else "without a graphics card"
        lines += ["", f"{profile['name']} ({card}): {size(profile['bytes'])}, "
                      f"{size(profile['to_download'])} of it to download{besides}"]
        for role, names in profile["roles"].items():
            for n, name in enumerate(names):
                lines.append(f"  {role if n == 0 else '  or':7} {_row(name, models[name])}")
    if others := [n for n in models if not any(n in r for p in found["profiles"] for r in p["roles"].values())]:
        lines += ["", "of your own choice", *(f"          {_row(name, models[name])}" for name in others)]
    licences = {m["licence"]["id"]: m["licence"] for m in models.values()}
    lines += ["", *(f"{one['name']}: {one['conditions']} ({one['url']})" for one in licences.values())]
    return "\n".join(lines)


def _embedded_row(one: EmbeddedRow) -> str:
    fetch = f"`parley models pull {one['name']}` fetches it"
    state = "here" if one["here"] else f"not here; {fetch}" if one["role"] == "thinks" else "not here: install again"
    best = ", recommended for this machine" if one["recommended"] else ""
    return f"  {one['role']:7} {one['name']:40} {size(one['bytes']):>14}  {state}; {one['licence']}{best}"


def _row(name: str, model: Model) -> str:
    state = "here" if model["whole"] else "not here" if not model["there"] else f"NOT WHOLE: {model['wrong'][0]}"
    bytes_ = ("about " if model["about"] else "") + size(model["bytes"])
    return f"{name:40} {bytes_:>14}  {state}; {model['licence']['name']}"


def size(n: int) -> str:
    if n >= 1e9:
        return f"{n / 1e9:.1f} GB"
    return f"{n / 1e6:.0f} MB" if n >= 1e6 or not n else f"{max(n / 1e6, 0.001):.3f} MB"


def chat_models(sources: "Sources", machine: "Machine") -> list[ChatOffer]:
    """-> those that suit the machine, the best first."""
    from engine.llm.choose import recommended

    return [{"name": one.name, "bytes": one.bytes, "memory": one.memory, "here": sources.here(one),
             "licence": {"name": one.licence.name, "conditions": one.licence.conditions, "url": one.licence.url}}
            for one in recommended(machine)]  # fmt: skip


# -- pull ---------------------------------------------------------------------------------------------------
def _pull(known: Catalogue, store: Store, settings: Settings, args: argparse.Namespace) -> int:
    server = Hub(hub(downloads=True), settings.privacy.offline)
    if args.what == ["chat"] or all(what in known.weights for what in args.what):
        return _pull_weights(known, settings, server, args)
    chosen: dict[str, tuple[Repository, Listing | None]] = {}
    for what in args.what:
        if what == "embedded":
            raise WrongUse("the embedded profile's ears and voice come with the program; `parley models pull chat` "
                           f"fetches its chat model. Or name another profile ({', '.join(known.profiles)}), or a "
                           "repository as OWNER/NAME")  # fmt: skip
        if what in known.profiles or what in known.repositories or "/" not in what:
            chosen |= {repository.name: (repository, None) for repository in known.named(what)}
        else:
            there = server.listing(what)
            chosen[what] = (pull.unknown(there), there)
    if args.folder and len(chosen) != 1:
        raise Trouble("--folder holds one repository; name one")
    _agree(store, [repository for repository, _ in chosen.values()], args.accept_licence)
    check_writable(store.home)
    if args.folder:
        store.use(next(iter(chosen)), args.folder)
    for name, (repository, listing) in chosen.items():
        show = Progress(args.json)
        try:
            lock = pull.pull(store, server, repository, show, threading.Event(), listing)
        except KeyboardInterrupt:
            raise Trouble(f"{name}: stopped; what has come is kept, the same command goes on from there") from None
        finally:
            show.end()
        if not args.json:
            print(f"{name}: whole, {size(sum(f.bytes for f in lock.files.values()))} at {lock.commit[:12]}, "
                  f"in {store.folder(name)}")  # fmt: skip
    return 0


def _pull_weights(known: Catalogue, settings: Settings, server: Hub, args: argparse.Namespace) -> int:
    """Models of the embedded profile by name. `chat`: what suits this machine, the first whose source is reached."""
    from engine.llm.choose import first_here, machine_here, recommended
    from engine.models.sources import Sources

    sources = Sources(settings.models(), server, lambda line: print(line, file=sys.stderr))
    if args.what != ["chat"]:
        for what in args.what:
            _fetch(sources, known.weights[what], args.json)
        return 0
    suited = recommended(machine_here())
    if not suited:
        raise NotHere("this machine has too little memory for a chat model; a server can think for it (brain.server)")
    if (here := first_here(sources, suited[:1])) is not None:
        _fetch(sources, here, args.json)
        return 0
    troubles = []
    for weights in suited:
        try:
            _fetch(sources, weights, args.json)
            return 0
        except NotHere as trouble:
            troubles.append(str(trouble))
            print(f"{trouble}; the next one is tried", file=sys.stderr)
    raise NotHere(f"no chat model could be fetched: {troubles[0]}")


def _fetch(sources: "Sources", weights: Weights, as_json: bool) -> None:
    """Raises NotHere where no source of it is reached."""
    licence = weights.licence
    print(f"{weights.name}: {size(weights.bytes)}, {licence.name}: {licence.conditions} ({licence.url})",
          file=sys.stderr)  # fmt: skip
    show = Progress(as_json)
    try:
        sources.fetch(weights, show, threading.Event())
    except KeyboardInterrupt:
        raise Trouble(f"{weights.name}: stopped; what has come is kept, the same command goes on from there") from None
    finally:
        show.end()
    if not as_json:
        print(f"{weights.name}: whole, {size(weights.bytes)}, in {sources.path(weights, weights.files[0].name).parent}")


def _agree(store: Store, repositories: list[Repository], agreed: bool) -> None:
    """Shows every licence; asks for those that have to be agreed to, once. Raises NotHere where nobody can be asked."""
    for repository in repositories:
        licence = repository.licence
        if store.accepted(repository.name) == licence.id:
            continue
        print(f"{repository.name}: {licence.name}: {licence.conditions} ({licence.url})", file=sys.stderr)
        if not licence.accept:
            continue
        if not agreed:
            if not sys.stdin.isatty():
                raise NotHere(f"{repository.name}: its licence has to be agreed to, and nobody can be asked here; read "
                              f"it at {licence.url}, then add --accept-licence")  # fmt: skip
            print("Do you agree? [y/N] ", end="", file=sys.stderr, flush=True)
            if sys.stdin.readline().strip().lower() not in ("y", "yes"):
                raise Trouble(f"{repository.name}: its licence was not agreed to; nothing was fetched")
        check_writable(store.home)
        store.accept(repository.name, licence.id)


class Progress:
    """Called with every Step; prints a line that overwrites itself, or lines where that cannot be."""

    def __init__(self, as_json: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.as_json, self.clock = as_json, clock
        self.alive = not as_json and sys.stderr.isatty()
        self.shown_at: float | None = None
        self.came: list[tuple[float, int]] = []
        self.last = ""

    def __call__(self, step: pull.Step) -> None:
        now = self.clock()
        if not self.came or now - self.came[-1][0] >= SHOW_S / 2:
            self.came = [one for one in self.came if now - one[0] <= SPEED_S] + [(now, step.done)]
        doing = f"{step.doing} {step.file}"
        due = self.shown_at is None or now - self.shown_at >= (SHOW_S if self.alive else TELL_S)
        if not due and doing == self.last and step.done != step.total:
            return
        self.shown_at, self.last = now, doing
        since, had = self.came[0]
        speed = max((step.done - had) / (now - since), 0.0) if now > since else 0.0
        if self.as_json:
            print(json.dumps({"repository": step.repository, "file": step.file, "doing": step.doing, "done": step.done,
                              "total": step.total, "bytes_per_s": round(speed)}), flush=True)  # fmt: skip
            return
        share = 100 * step.done // max(step.total, 1)
        line = f"{step.repository}: {share:3d} % of {size(step.total)}, {speed / 1e6:.1f} MB/s, {doing}"[:118]
        print(f"\r{line:118}" if self.alive else line, end="" if self.alive else "\n", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self.alive and self.last:
            print(file=sys.stderr)


# -- verify -------------------------------------------------------------------------------------------------
def _verify(known: Catalogue, store: Store, what: list[str]) -> int:
    names = [r.name for one in what for r in known.named(one)] if what else store.pulled()
    if not names:
        print(f"No models in {store.home}; `parley models pull PROFILE` fetches them")
    for name in names:
        repository = known.repositories.get(name) or pull.as_locked(store.lock(name))
        show = Progress(False)
        try:
            pull.verify(store, repository, show)
        finally:
            show.end()
        print(f"{name}: whole, {size(store.state(repository).bytes)}")
    return 0
