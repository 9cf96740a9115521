"""`parley bench ...`: what is measured, on what, and where the report goes."""

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from app.settings.folders import environment
from app.settings.schema import Settings
from app.wiring import choice_of, make_cast, make_pipeline
from audio_io.errors import NotHere, WrongUse
from audio_io.files import check_writable, write_whole
from audio_io.notices import line
from audio_io.room import RoomShape
from engine.bench import report

SHIPPED = ("01_question_and_follow_up", "02_interruption", "03_stop", "04_back_channel", "05_cough_and_keyboard",
           "06_hesitating", "08_loud_loudspeaker")  # fmt: skip
QUICK = ("01_question_and_follow_up", "02_interruption")
PEOPLE = ("picovoice_barista_commands", "speech_commands_1per_speaker", "librispeech_train_clean_5", "speechocean762")
BUDGETS = (                      # of design: what, the column, at most
    ("user's last word to first sample, p50", "p50 ms", 300), ("user's last word to first sample, p95", "p95 ms", 700),
    ("user over the assistant, ducked, p95", "duck p95 ms", 100), ("... silent, p50", "silent p50 ms", 300),
    ("... silent, p95", "silent p95 ms", 500),
)  # fmt: skip


def run(args: argparse.Namespace, settings: Settings) -> int:
    check_writable(args.out)
    found, text, plots = RUNS[args.bench](args, settings)
    report.write(args.out, found, text, plots)
    print(json.dumps(found, indent=2) if args.json else text)
    print(f"written to {args.out}: report.json, report.md", *(f"{name}.png" for name in plots), file=sys.stderr)
    return 0


Found = tuple[dict[str, Any], str, dict[str, bytes]]


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


def _latency(args: argparse.Namespace, settings: Settings) -> Found:
    from assets import SCENARIOS
    from engine.bench import latency
    from engine.simulation.scenario import load

    if args.random_weights:
        return _random_weights(args)
    names = args.scenarios or (QUICK if args.quick else SHIPPED)
    wanted = args.rooms or (["as shipped"] if args.quick else list(latency.ROOMS))
    if unknown := [name for name in wanted if name not in latency.ROOMS]:
        raise WrongUse(f"bench latency: {unknown[0]!r} is not one of its rooms: {', '.join(latency.ROOMS)}")
    rooms: dict[str, RoomShape | None] = {name: latency.ROOMS[name] for name in wanted}
    scenarios = [load(SCENARIOS / f"{name}.yaml") for name in names]
    found = latency.bench_latency(scenarios, make_cast(settings), rooms, _say)
    whole = found["all"]
    budgets = [{"budget": what, "target ms": most, "measured ms": whole[column]} for what, column, most in BUDGETS]
    text = (
        "# Latency\n\nReal time, wall clock, threads; the user's track is the truth.\n\n"
        + report.table([*found["rows"], whole])
        + "\n## Budgets\n\n" + report.table(budgets)
        + "\n## How far the simulator's constants are from what was measured\n\n" + report.table(found["constants"])
    )  # fmt: skip
    stages = {r["room"]: {s: r[s] or 0.0 for s in latency.STAGES} for r in found["rows"]}
    return found | {"budgets": budgets}, text, {"stages": report.bars("Median time to the reply", stages, "ms")}


def _random_weights(args: argparse.Namespace) -> Found:
    try:
        from engine.bench.large.random_weights import Wanted
        from engine.bench.large.random_weights import run as measure
    except ModuleNotFoundError as error:
        raise NotHere(f"{error.name} is not installed: pip install 'parley[local]'") from error
    return measure(Wanted(args.networks_of, args.device, args.size, args.llm, args.voice, args.first_hop,
                          args.budget_s, args.seconds, args.processor_time, args.runs), _say)  # fmt: skip


def _audio(args: argparse.Namespace, settings: Settings) -> Found:
    from audio_io.device.hot_plug import SteadyDevice
    from engine.assistant.assistant import Assistant
    from engine.assistant.clock import local_time
    from engine.bench.audio import bench_audio

    device = SteadyDevice(choice_of(settings), lambda what: _say(line(what)))
    device.start(strict=True)
    for note in device.notes:
        _say(str(note))
    try:
        talk = make_pipeline(device, settings, Assistant(local_time), lambda event: None)
        try:
            found = bench_audio(device, talk, 20.0 if args.quick else args.seconds, _say)
        finally:
            talk.stop()
        found = {"device": " and ".join(dict.fromkeys(device.now)), **found}
    finally:
        device.stop()
    rows = [{"what": k, "measured": json.dumps(v) if isinstance(v, dict) else v} for k, v in found.items()]
    return found, "# Audio beside a full load\n\n" + report.table(rows), {}


def _echo(args: argparse.Namespace, settings: Settings) -> Found:
    from engine.bench import echo

    if args.data is None:
        found = echo.bench_echo(None, seconds=25.0 if args.quick else 40.0, say=_say)
        recall = {f"{r['room']}, {r['canceller']}": {"at 0 dB": r["recall_percent"]["0"]} for r in found["results"]}
        plot = report.bars("The user's voice over the assistant", recall, "% of hops")
        return found, echo.markdown(found), {"echo": plot}
    names = [name for name in ("kalman", "aec3", "speex") if _usable(name)] if args.all else [settings.audio.canceller]
    found = echo.process_folder(args.data, args.out, names, _say)
    return found, "# Echo removal on your recordings\n\n" + report.table(found["done"]), {}


def _usable(canceller: str) -> bool:
    from audio_io.dsp import echo

    try:
        echo.make(canceller)
    except NotHere as line:
        _say(str(line))
        return False
    return True


def _people(args: argparse.Namespace, settings: Settings) -> Found:
    from engine.bench.people import bench_people

    if args.data is None:
        raise WrongUse("bench people: --data DIR is missing: a folder of recordings with a manifest.csv")
    found = bench_people(args.data, make_cast(settings), args.categories or PEOPLE, args.each, _say)
    return found, "# Recordings of people through the whole path\n\n" + report.table(found["rows"]), {}


def _duplex(args: argparse.Namespace, settings: Settings) -> Found:
    from dataclasses import replace
    from functools import partial

    from assets import SCENARIOS
    from audio_io.frames import DEVICE_HZ
    from audio_io.wav import read_wav
    from engine.bench.duplex import full_duplex
    from engine.bench.duplex import report as duplex_report
    from engine.bench.duplex import score as duplex
    from engine.bench.duplex.run import Setup
    from engine.duplex import choose_predictor

    if args.data is None:
        raise WrongUse("bench duplex: --data DIR is missing: a folder of NAME.wav and NAME.json (docs/formats.md)")
    name = args.predictor or choose_predictor.DEFAULT
    make = partial(choose_predictor.make_predictor, name)
    make()                                       # what is missing is said before the long work
    cast = make_cast(settings)
    kept = args.ears or args.out / "ears"
    check_writable(kept)
    judged = make_cast(replace(settings, turns=replace(settings.turns, predictor=name)))     # by its own thresholds
    setup = Setup(make, judged.rules, cast.canceller, args.words == "product", kept)
    found, data, measured = duplex.bench_duplex(args.data, args.out, name, setup, args.dev, args.peers, args.jobs, _say)
    _say(f"{args.out / 'predictions.npz'}: {name}, {len(data.labels)} conversations")
    if args.whole:
        story = read_wav(SCENARIOS / "tell_a_story.wav", DEVICE_HZ)
        rows = full_duplex.bench(data.labels, replace(cast, push=False), story, args.whole, _say)
        found["full duplex bench"] = {"predictor": f"the product's ({choose_predictor.DEFAULT})"} | rows
    return found, duplex_report.markdown(found), duplex_report.plots(data, measured)


def _voice(args: argparse.Namespace, settings: Settings) -> Found:
    from engine.bench import voice

    found = voice.bench_voice(settings.models(), _say, 6 if args.quick else len(voice.SENTENCES))
    text = f"# Voices\n\n{found['sentences']} sentences, heard by Whisper base.\n\n" + report.table(found["rows"])
    return found, text, {}


def _useful(args: argparse.Namespace, settings: Settings) -> Found:
    from engine.bench import useful

    talks = useful.read_talks(args.requests or useful.REQUESTS)
    if args.each is not None:
        talks = useful.drawn(talks, args.each)
    voices = [(name, useful.flite(name)) for name in args.voices or useful.VOICES]
    found = useful.bench_useful(make_cast(settings), talks, voices, _say)
    return found, "# Everyday requests, spoken, in real time\n\n" + report.table(found["rows"]), {}


def _asr(args: argparse.Namespace, settings: Settings) -> Found:
    from engine.bench import asr

    if args.data is None:
        raise WrongUse("bench asr: --data DIR is missing: a folder of recordings with a manifest.csv")
    clips = asr.read_manifest(args.data, args.split, args.categories or (), args.each)
    heard_by = asr.listeners(settings.listen.words, args.peers)
    try:
        found, results = asr.bench_asr(clips, heard_by, _say)
    finally:
        for recogniser in heard_by.values():
            recogniser.stop()
    write_whole(args.out / "words.csv", asr.words_csv(results).encode())
    return found, "# Speech recognised\n\n" + report.table(found["rows"]) + asr.NOTES, {}


def _start(args: argparse.Namespace, settings: Settings) -> Found:
    from app.cli.bench_start import bench_start

    found = bench_start(environment(), 2 if args.quick else args.runs, 5.0 if args.quick else 20.0, _say)
    text = (f"# Start of the window\n\nScreen: {found['screen']}. Medians.\n\n" + report.table(found["rows"])
            + "\n## Left alone\n\n" + report.table(found["idle"]))  # fmt: skip
    return found, text, {}


RUNS: dict[str, Callable[[argparse.Namespace, Settings], Found]] = {
    "latency": _latency, "audio": _audio, "echo": _echo, "people": _people, "useful": _useful, "asr": _asr,
    "voice": _voice, "duplex": _duplex, "start": _start,
}  # fmt: skip
