"""The command `parley`: arguments to wiring, errors to one line and an exit code.

Exit codes: 0 done, 1 failed, 2 wrong use, 3 not possible on this machine.
"""

import argparse
import json
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.cli import models, train
from app.platform import menu_entry
from app.settings.folders import hub
from app.settings.schema import Settings
from app.settings.settings import load
from app.version import version
from assets import SCENARIOS
from audio_io.errors import Trouble
from engine.strict_yaml import Value

OUT = Path("out")


def parser() -> argparse.ArgumentParser:
    # SUPPRESS: what was given before the command must not be undone by the command's own default
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--profile", help="which parts listen, think and speak (default: the settings' profile)")
    common.add_argument("--settings", metavar="FILE", type=Path, help="a settings file on top of your own")
    common.add_argument("--debug", action="store_true", default=argparse.SUPPRESS,
                        help="show the traceback of a fault in Parley")
    sound = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    sound.add_argument("--input", metavar="NAME", help="microphone: part of its name, or its number")
    sound.add_argument("--output", metavar="NAME", help="loudspeaker: part of its name, or its number")
    top = argparse.ArgumentParser(
        prog="parley", parents=[common, sound],
        description="A full-duplex voice assistant on your own machine. Without a command, the window opens.",
    )  # fmt: skip
    top.add_argument("--version", action=Version, nargs=0, help="show the version and end")
    how = top.add_mutually_exclusive_group()
    how.add_argument("--minimised", action="store_const", dest="start", const="minimised",
                     help="start in the system's tray, or as an icon where there is none")
    how.add_argument("--compact", action="store_const", dest="start", const="compact",
                     help="start as a small window that stays on top")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    talk = commands.add_parser("talk", parents=[common, sound], help="talk in the terminal, with live captions")
    talk.add_argument("--push-to-talk", action="store_true", help="listen only between two presses of Enter")
    talk.add_argument("--json", action="store_true", help="events as JSON lines instead of captions")

    converse = commands.add_parser("converse", parents=[common], help="a scripted conversation in a simulated room")
    converse.add_argument("scenario", metavar="SCENARIO", type=Path, help="a scenario file, or the name of one of ours")
    converse.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for sound, events, timeline")
    converse.add_argument("--realtime", action="store_true", help="on the wall clock, with the time really taken")
    converse.add_argument("--json", action="store_true", help="print the events")

    demo = commands.add_parser("demo", parents=[common], help="the demonstration conversation in the simulated room")
    demo.add_argument("--out", metavar="DIR", type=Path, default=OUT / "demo")

    doctor = commands.add_parser("doctor", parents=[common, sound], help="what works on this machine, and what not")
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument("--no-echo-test", action="store_true", help="play nothing")

    _bench_parser(commands, common)
    models.add_parser(commands, common)
    menu_entry.add_parser(commands)
    train.add_parser(commands)
    return top


def _bench_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    bench = commands.add_parser("bench", help="measure speed and quality")
    kinds = bench.add_subparsers(dest="bench", metavar="WHAT", required=True)
    for name, what in (("latency", "user's last word to first sample, by stage, in several rooms"),
                       ("audio", "callback lateness beside a full load, cost of the ears, lost blocks"),
                       ("echo", "every canceller in the rooms of the scenarios, or on your recordings"),
                       ("start", "the window: when it is painted and ready, what it costs when left alone"),
                       ("people", "recordings of people: understood, cut off, answered, how late"),
                       ("useful", "everyday requests, spoken: understood, answered usefully, how late"),
                       ("voice", "voices: word errors, first sound, cost, scores of listening"),
                       ("asr", "speech recognised: word errors, how late, words where nothing is said"),
                       ("duplex", "turn-taking on labelled conversations: cut off, late, interrupted")):
        one = kinds.add_parser(name, parents=[common], help=what)
        one.add_argument("--out", metavar="DIR", type=Path, default=OUT / "bench" / name)
        one.add_argument("--json", action="store_true", help="print the report as JSON")
        if name == "echo":
            one.add_argument("--data", metavar="DIR", type=Path,
                             help="stereo recordings (left: microphone, right: far end) to clean instead")
            one.add_argument("--all", action="store_true", help="with --data: every canceller, not only yours")
            one.add_argument("--quick", action="store_true", help="shorter recordings")
        elif name == "asr":
            _asr_arguments(one)
        elif name == "people":
            one.add_argument("--data", metavar="DIR", type=Path, help="recordings with a manifest.csv")
            one.add_argument("--categories", nargs="+", metavar="NAME", help="categories of the manifest")
            one.add_argument("--each", type=int, default=40, metavar="N", help="recordings of each (default 40)")
        elif name == "duplex":
            _duplex_arguments(one)
        elif name == "useful":
            one.add_argument("--each", type=int, metavar="N", help="talks of each kind (default: all, about an hour)")
            one.add_argument("--requests", metavar="FILE", type=Path, help="other requests than the shipped ones")
            one.add_argument("--voices", nargs="+", metavar="NAME", help="flite's voices (default: awb slt rms)")
        else:
            one.add_argument("--quick", action="store_true", help="fewer rooms, less time")
        if name == "start":
            one.add_argument("--runs", type=int, default=5, metavar="N", help="warm and cold starts, each (default 5)")
        if name == "latency":
            one.add_argument("--scenarios", nargs="+", metavar="NAME", help="of the shipped ones (default: all)")
            one.add_argument("--rooms", nargs="+", metavar="NAME", help="of the bench's rooms (default: all)")
            _random_arguments(one)
        if name == "audio":
            for side in ("input", "output"):
                one.add_argument(f"--{side}", metavar="NAME", help="device: part of its name, or its number")
            one.add_argument("--seconds", type=float, default=600.0, help="how long (default 600)")


def _random_arguments(one: argparse.ArgumentParser) -> None:
    big = one.add_argument_group("the large profiles' networks, without their weights")
    big.add_argument("--random-weights", action="store_true",
                     help="measure the networks of --profile (workstation unless given) with random weights instead")
    big.add_argument("--device", default="cpu", help="cpu or cuda (default cpu)")
    big.add_argument("--size", choices=("full", "half", "tiny"), default="full", help="of the networks (default full)")
    big.add_argument("--llm", choices=("0.5b", "1.5b", "7b"), default="7b", help="which Qwen2.5 (default 7b)")
    big.add_argument("--voice", type=int, choices=(2, 3), default=2, help="which CosyVoice (default 2)")
    big.add_argument("--first-hop", type=int, metavar="N", help="tokens of the first hop of sound (default 25)")
    big.add_argument("--budget-s", type=float, default=300.0, metavar="S",
                     help="time to take; what does not fit is counted, not run (default 300)")
    big.add_argument("--seconds", type=float, default=10.0, metavar="S", help="of the long answer (default 10)")
    big.add_argument("--runs", type=int, default=7, metavar="N", help="of each stage at most (default 7)")
    big.add_argument("--processor-time", action="store_true",
                     help="measure the processor's time instead of the wall clock's, on a busy machine")


def _duplex_arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("--data", metavar="DIR", type=Path, help="conversations: NAME.wav with labels in NAME.json")
    one.add_argument("--dev", metavar="DIR", type=Path, help="others of the same kind, to pick the thresholds on")
    one.add_argument("--predictor", choices=("rules", "trained"), help="which one (default: the product's)")
    one.add_argument("--words", choices=("none", "product"), default="none",
                     help="what tells the predictor the words so far: the product's recogniser is slow (default none)")
    one.add_argument("--peers", action="store_true", help="a VAD with time-outs and Smart Turn v3.2 beside it")
    one.add_argument("--whole", type=int, default=4, metavar="N",
                     help="whole conversations of each of Full-Duplex-Bench's tasks (default 4, 0 leaves them out)")
    one.add_argument("--jobs", type=int, default=1, metavar="N", help="recordings worked on at a time (default 1)")
    one.add_argument("--ears", metavar="DIR", type=Path,
                     help="keeps what the ears make of the recordings (default: OUT/ears), for other predictors")


def _asr_arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("--data", metavar="DIR", type=Path, help="recordings with a manifest.csv (docs/formats.md)")
    one.add_argument("--peers", action="store_true", help="PocketSphinx beside it")
    one.add_argument("--split", choices=("all", "train", "dev", "test"), default="all",
                     help="only these speakers; the encoder has learnt from train (default all)")
    one.add_argument("--categories", nargs="+", metavar="NAME", help="categories of the manifest (default: all)")
    one.add_argument("--each", type=int, metavar="N", help="at most so many recordings of each (default: all)")


class Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"parley {version()}")
        parser.exit()


def settings_of(args: argparse.Namespace) -> Settings:
    overrides: dict[str, Value] = {}
    for name, key in (("profile", "profile"), ("input", "audio.input"), ("output", "audio.output"),
                      ("start", "window.start")):
        if getattr(args, name, None) is not None:
            overrides[key] = getattr(args, name)
    if getattr(args, "push_to_talk", False):
        overrides["mode"] = "push"
    settings = load(getattr(args, "settings", None), overrides)
    for remark in settings.remarks:
        print(f"parley: {remark}", file=sys.stderr)
    return settings


def find_scenario(name: Path) -> Path:
    """A file, or the name of one that is shipped."""
    shipped = SCENARIOS / f"{name.stem}.yaml"
    return name if name.exists() or not shipped.exists() or name.suffix not in ("", ".yaml") else shipped


def run_converse(args: argparse.Namespace) -> int:
    from app.cli import converse
    from audio_io.files import check_writable
    from engine.simulation.scenario import load as load_scenario

    settings = settings_of(args)
    scenario = load_scenario(find_scenario(args.scenario))
    if getattr(args, "profile", None):           # what was asked for now goes before what the file says
        scenario = replace(scenario, profile=args.profile)
    check_writable(args.out)
    outcome = converse.converse(scenario, settings, args.realtime)
    converse.write(outcome, args.out)
    if args.json:
        print((args.out / "events.jsonl").read_text(), end="")
        return 0
    for line in converse.told(outcome):
        print(line)
    print(f"{outcome.seconds:.1f} s of conversation in {outcome.took_s:.1f} s; written to {args.out}:")
    print("  stereo.wav (user left, assistant right), user.wav, mic.wav, clean.wav, assistant.wav,")
    print("  timeline.png, events.jsonl")
    return 0


def run_demo(args: argparse.Namespace) -> int:
    args.scenario, args.realtime, args.json = SCENARIOS / "demo.yaml", False, False
    print("The demonstration conversation, in the simulated room:")
    return run_converse(args)


def run_doctor(args: argparse.Namespace) -> int:
    from app.cli import doctor

    found = doctor.examine(settings_of(args), echo_test=not args.no_echo_test)
    print(json.dumps(found, indent=2) if args.json else doctor.report(found))
    return int(found.get("exit_code", 0))


def run_bench(args: argparse.Namespace) -> int:
    from app.cli import bench as benches

    if getattr(args, "random_weights", False):   # needs no profile that runs here
        args.networks_of = vars(args).pop("profile", "workstation")
    return benches.run(args, settings_of(args))


def run_models(args: argparse.Namespace) -> int:
    profile = vars(args).pop("profile", "")      # which to list; the settings' one need not run here yet
    return models.run(args, settings_of(args), profile)


def run_talk(args: argparse.Namespace) -> int:
    from app.cli import talk

    return talk.run(settings_of(args), as_json=args.json)


def run_window(args: argparse.Namespace) -> int:
    from app.desktop import desktop

    return desktop.run(settings_of(args))


COMMANDS = {
    None: run_window, "talk": run_talk, "converse": run_converse, "demo": run_demo,
    "doctor": run_doctor, "bench": run_bench, "train": train.run, "models": run_models,
    "desktop-file": menu_entry.run,
}  # fmt: skip


@contextmanager
def ended_politely() -> Iterator[None]:
    """A polite kill, and the end of the terminal, are Ctrl+C: what is being written is written to its end."""
    polite = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        polite = []                              # only the main thread may say what signals do
    ours = [number for number in polite if signal.getsignal(number) is signal.SIG_DFL]   # nohup has SIGHUP ignored
    for number in ours:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def main(argv: Sequence[str] | None = None) -> int:
    args = parser().parse_args(argv)
    hub(downloads=getattr(args, "models", "") == "pull")
    try:
        with ended_politely():
            return COMMANDS[args.command](args)
    except Trouble as trouble:
        print(f"parley: {trouble}", file=sys.stderr)
        return trouble.code
    except BrokenPipeError:
        return 0                                 # the reader of our output has seen enough
    except KeyboardInterrupt:
        return 1 if args.command in ("converse", "demo", "bench", "train", "models") else 0
    except Exception as error:
        if getattr(args, "debug", False):
            traceback.print_exc()
        print(f"parley: a fault in Parley, please report it: {error!r} (--debug shows where)", file=sys.stderr)
        return 1


__all__ = ["find_scenario", "main", "parser"]

if __name__ == "__main__":
    sys.exit(main())
