"""Private sound servers for tests: a JACK server with a dummy driver, PulseAudio servers with null sinks.

Each has its own name and folder, so that neither the user's own server nor another test is touched. PortAudio reads
its environment when it starts: pass `server.env` to the process under test, or put it into `os.environ`
before a SteadyDevice starts its stream (`wear`).

    with Jack(folder) as jack, jack.person() as person:      # a duplex clock, sample-exact
        ...start the program under test with jack.env...
        person.wire()                                        # person <-> program, and the echo
        start = person.play("question.wav")
        both = person.heard()                                # [n, 2]: person left, program right

    with Pulse(folder) as pulse:                             # hot-plug: pulse.unplug("speaker")
        ...

Run as a program, this file is the person at the JACK server.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

HZ, PERIOD = 48_000, 480
SERVER_S = 60.0                                  # how long a server may take to answer on a busy machine
# JACK lists at most 8 servers a machine, and one that is killed stays in the list until its name is used again.
NAMES = tuple(f"parley-test-{k}" for k in range(3))
FIRST_S = 30.0                                   # ... when there is a second try
ANSWER_S = 20.0                                  # one question to a server; then it is asked again
SINK = "module-null-sink norewinds=1 rate=48000 channels=2"      # norewinds: wakes every 50 ms, else every 2 s
ECHO = "module-loopback source=speaker.monitor sink=room latency_msec=20 source_dont_move=1 sink_dont_move=1"
AIR = round(65536 * 10 ** (-80 / 60))            # PulseAudio's volumes are cubic
DITHER_DB = -90.0                                # a real microphone is never exactly zero


def lacking(*programs: str) -> str:
    """-> "" or why a test that needs these programs is to be skipped."""
    gone = [p for p in programs if shutil.which(p) is None]
    return f"not installed: {', '.join(gone)}" if gone else ""


def until(true: Callable[[], Any], limit_s: float, what: str) -> Any:
    """-> the first true value. Raises TimeoutError."""
    deadline, tick = time.monotonic() + limit_s, threading.Event()
    while not (value := true()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {limit_s} s")
        tick.wait(0.02)
    return value


def ask(words: list[str], env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """One question to a server. No answer in time is an answer: exit code 124, as of a shell's `timeout`."""
    try:
        return subprocess.run(words, env=env, capture_output=True, text=True, timeout=ANSWER_S)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 124, "", f"no answer within {ANSWER_S:g} s")


def wear(env: dict[str, str], monkeypatch: Any) -> None:
    """The environment of the test process becomes `env`; pytest's monkeypatch takes it back."""
    for key in set(os.environ) - set(env):
        monkeypatch.delenv(key)
    for key, value in env.items():
        monkeypatch.setenv(key, value)


def end(process: "subprocess.Popen[Any] | None") -> None:
    if process is not None and process.poll() is None:
        process.terminate()
        try:
            process.wait(1)                          # jackd, for one, waits for clients that are gone
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def others() -> bool:
    """Whether any JACK server runs on this machine, ours or not."""
    return any(path.read_text().strip() in ("jackd", "jackdbus") for path in Path("/proc").glob("[0-9]*/comm")
               if path.exists())


def forget_servers() -> None:
    """Takes away what servers that were killed have left behind for all others."""
    for pattern in ("jack-shm-registry", f"jack-{os.getuid()}-[0-9]*"):
        for left in Path("/dev/shm").glob(pattern):
            left.unlink(missing_ok=True)
    for left in Path("/dev/shm").glob(f"jack_db-{os.getuid()}"):
        shutil.rmtree(left, ignore_errors=True)


def last_words(log: Path) -> str:
    return " | ".join(log.read_text(errors="replace").strip().splitlines()[-3:])


def bare_env(folder: Path) -> dict[str, str]:
    """No sound server, no sound card, no settings of the user's: nothing but what a test adds."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("home", "run"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    silent = folder / "no_cards.conf"
    silent.write_text('pcm.!default { type hw card "NoSuchCard" }\n')   # PortAudio aborts without any entry
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PULSE_", "JACK_", "ALSA_", "PIPEWIRE_"))}
    return env | {
        "HOME": str(folder / "home"), "XDG_RUNTIME_DIR": str(folder / "run"), "ALSA_CONFIG_PATH": str(silent),
        "JACK_DEFAULT_SERVER": f"none{os.getpid()}", "JACK_NO_START_SERVER": "1", "JACK_NO_AUDIO_RESERVATION": "1",
        "PULSE_SERVER": f"unix:{folder}/run/nobody",
    }


class Jack:
    """A JACK server at `hz`, periods of 10 ms, whose hardware is a clock and nothing else."""

    def __init__(self, folder: Path, hz: int = HZ) -> None:
        self.hz = hz
        self.env = bare_env(folder)
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self.name = ""

    def __enter__(self) -> "Jack":
        for k, name in enumerate((*NAMES, *NAMES)):
            self.name = self.env["JACK_DEFAULT_SERVER"] = name
            try:
                self.switch_on(FIRST_S)
                return self
            except (TimeoutError, RuntimeError):
                if k + 1 == 2 * len(NAMES):
                    raise
            if k + 1 == len(NAMES) and not others():
                forget_servers()
        raise AssertionError

    def switch_on(self, limit_s: float = SERVER_S) -> None:
        log_path = self.folder / "jackd.log"
        with open(log_path, "wb") as log:
            process = self.process = subprocess.Popen(
                ["jackd", "-r", "-t", "5000", "-d", "dummy", "-r", str(self.hz), "-p", str(PERIOD * self.hz // HZ)],
                env=self.env, stdout=log, stderr=log,
            )

        def up() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"jackd ended: {last_words(log_path)}")
            return "system:capture_1" in self.ports()

        try:
            until(up, limit_s, "jackd")
        except TimeoutError as error:
            self.switch_off(kill=True)
            raise TimeoutError(f"{error}; {last_words(log_path)}") from error

    def __exit__(self, *_: object) -> None:
        self.switch_off()
        assert self.process is not None
        if self.process.returncode and not others():         # it did not end by itself: a hundred megabytes stay
            forget_servers()

    def switch_off(self, kill: bool = False) -> None:
        """`kill`: without a word to its clients. What a server leaves in shared memory is taken away."""
        assert self.process is not None
        if kill:
            self.process.kill()
        end(self.process)
        self.process.wait()
        for left in Path("/dev/shm").glob(f"jack*{self.name}_*"):
            left.unlink(missing_ok=True)

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def ports(self) -> list[str]:
        """-> nothing, too, while the server does not answer."""
        return ask(["jack_lsp"], self.env).stdout.split()

    def clients(self) -> set[str]:
        return {port.split(":")[0] for port in self.ports()} - {"system"}

    def connect(self, source: str, sink: str) -> None:
        for _ in range(2):
            done = ask(["jack_connect", source, sink], self.env)
            if not done.returncode or "already" in done.stderr + done.stdout:
                return
        raise RuntimeError(f"jack_connect {source} {sink}: {done.stdout}{done.stderr}")

    def person(self, echo_db: float | None = -12.0) -> "Person":
        """`echo_db`: the level at which what it hears goes back into the microphone; None: headphones."""
        return Person(self, echo_db)


class Person:
    """Somebody before the machine, in a process of their own: speaks WAVs, hears and records everything.

    What they say and what they hear is recorded on one clock, from the moment they entered.
    """

    def __init__(self, jack: Jack, echo_db: float | None) -> None:
        self.jack, self.echo_db = jack, echo_db
        self.process: subprocess.Popen[str] | None = None
        self.name = ""

    def __enter__(self) -> "Person":
        before = {port.split(":")[0] for port in until(self.jack.ports, SERVER_S, "the server's ports")}
        with open(self.jack.folder / "person.log", "w") as log:
            self.process = subprocess.Popen(
                [sys.executable, __file__, json.dumps([self.echo_db, self.jack.hz])], env=self.jack.env, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )
        self.ask("where")
        self.name = until(lambda: self.jack.clients() - before, SERVER_S, "the person's ports").pop()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def ask(self, verb: str, argument: str = "") -> int:
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            print(json.dumps([verb, argument]), file=self.process.stdin, flush=True)
            return int(self.process.stdout.readline())
        except (OSError, ValueError) as error:
            raise RuntimeError(f"the person has left: {last_words(self.jack.folder / 'person.log')}") from error

    def wire(self, limit_s: float = SERVER_S) -> str:
        """Waits for the program's ports and joins them with the person's. -> the program's name at the server."""
        mine = {self.name}
        program = sorted(until(lambda: self.jack.clients() - mine, limit_s, "the program's ports"))[0]
        until(lambda: f"{program}:out_0" in self.jack.ports(), limit_s, "the program's loudspeaker")
        self.jack.connect(f"{program}:out_0", f"{self.name}:in_0")
        self.jack.connect(f"{self.name}:out_0", f"{program}:in_0")
        return program

    @contextmanager
    def wired(self) -> Iterator[None]:
        """Wires a program that starts within, from a thread, as soon as its ports are there."""
        failed: list[BaseException] = []

        def wire() -> None:
            try:
                self.wire()
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                failed.append(error)

        thread = threading.Thread(target=wire, name="wire")
        thread.start()
        try:
            yield
        finally:
            thread.join(3 * SERVER_S)
        if failed:
            raise failed[0]

    def play(self, path: Path) -> int:
        """Says a WAV (any rate) from the next block on. -> the sample of the recording it starts at."""
        return self.ask("play", str(path))

    def now(self) -> int:
        """-> samples recorded so far."""
        return self.ask("where")

    def wait(self, seconds: float) -> None:
        """Until so much has been recorded, by the server's clock."""
        goal = self.now() + int(seconds * HZ)
        until(lambda: self.now() >= goal, 10 * seconds + SERVER_S, "the server's clock")

    def heard(self) -> np.ndarray:
        """-> [n, 2] float32 at HZ so far: what the person said, what the program's loudspeaker played."""
        path = self.jack.folder / "person.wav"
        self.ask("save", str(path))
        both, _ = soundfile.read(path, dtype="float32", always_2d=True)
        return both


class Pulse:
    """A PulseAudio server with a loudspeaker, a microphone, and the room between them.

    The sink `speaker` is what the program plays to; the sink `room` is the air, where the user plays their WAVs and
    the loudspeaker's sound arrives; the source `microphone` hears the room.
    """

    def __init__(self, folder: Path, device: str = "default", echo: bool = True) -> None:
        """`device`: the name by which ALSA, and so PortAudio, lists this server. `echo`: False with headphones."""
        self.folder, self.device, self.echo = folder, device, echo
        self.env = bare_env(folder)
        self.socket = folder / "run" / "native"
        self.env["PULSE_SERVER"] = f"unix:{self.socket}"
        self.env["PULSE_LATENCY_MSEC"] = "20"
        self.env["ALSA_CONFIG_PATH"] = str(self.alsa(self))
        self.modules: dict[str, list[str]] = {}
        self.process: subprocess.Popen[bytes] | None = None

    def alsa(self, *servers: "Pulse") -> Path:
        """-> an ALSA configuration that lists these servers, the one called `default` among them."""
        path = self.folder / "asound.conf"
        path.write_text("".join(
            f'pcm.!{s.device} {{ type pulse server "unix:{s.socket}" hint {{ show on description "{s.device}" }} }}\n'
            for s in servers
        ))
        return path

    def __enter__(self) -> "Pulse":
        try:
            self.switch_on(FIRST_S)
        except TimeoutError:
            self.switch_on()
        return self

    def __exit__(self, *_: object) -> None:
        self.switch_off()

    def switch_on(self, limit_s: float = SERVER_S) -> None:
        with open(self.folder / "pulse.log", "ab") as log:
            self.process = subprocess.Popen(
                ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--realtime=no",
                 "--high-priority=no", "--disable-shm=yes",
                 "-L", f"module-native-protocol-unix auth-anonymous=1 socket={self.socket}"],
                env=self.env, stdout=log, stderr=log,
            )
        try:
            until(lambda: self.control("info", check=False), limit_s, "pulseaudio")
        except TimeoutError as error:
            self.switch_off()
            raise TimeoutError(f"{error}; {last_words(self.folder / 'pulse.log')}") from error
        self.plug_all()

    def switch_off(self) -> None:
        """Without a warning to anybody."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.socket.unlink(missing_ok=True)
        self.modules.clear()

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def control(self, *words: str, check: bool = True) -> str:
        done = ask(["pactl", *words], self.env)
        if check and done.returncode:
            raise RuntimeError(f"pactl {' '.join(words)}: {done.stderr}")
        return done.stdout.strip()

    def plug(self, name: str, *modules: str) -> None:
        self.modules[name] = [self.control("load-module", *m.split()) for m in modules]

    def plug_all(self) -> None:
        self.plug("room", f"{SINK} sink_name=room")
        self.plug_speaker()
        self.plug_microphone()

    def unplug_all(self) -> None:
        """Where there is nothing to move them to, the streams end."""
        self.unplug("speaker", "microphone", "room")

    def plug_speaker(self) -> None:
        self.plug("speaker", f"{SINK} sink_name=speaker", *([ECHO] if self.echo else []))
        self.control("set-default-sink", "speaker")

    def plug_microphone(self) -> None:
        self.plug("microphone", "module-remap-source source_name=microphone master=room.monitor")
        self.control("set-default-source", "microphone")

    def unplug(self, *names: str) -> None:
        """The last of `speaker` and `room` to go takes the streams with it; until then the server moves them."""
        for name in names:
            for module in reversed(self.modules.pop(name)):
                self.control("unload-module", module)

    @contextmanager
    def quiet_room(self) -> Iterator[None]:
        """Noise at -80 dB until it is unplugged, as in any room: a microphone of exact zeros is switched off."""
        air = subprocess.Popen(
            ["pacat", "--device=room", "--rate=48000", "--channels=1", "--format=s16le", f"--volume={AIR}",
             "--latency-msec=500", "/dev/urandom"], env=self.env, stderr=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            end(air)

    def say(self, path: Path) -> "subprocess.Popen[bytes]":
        """The user says a WAV; ends by itself."""
        return subprocess.Popen(["paplay", "--device=room", str(path)], env=self.env)

    def record(self, path: Path) -> "subprocess.Popen[bytes]":
        """What the loudspeaker plays, as WAV, until `end` is called on the process."""
        return subprocess.Popen(
            ["parec", "--device=speaker.monitor", "--file-format=wav", "--rate=48000", "--channels=1",
             "--latency-msec=20", str(path)], env=self.env,
        )


# -- the person's own process ---------------------------------------------------------------------------
class Mouth:
    """One JACK client through PortAudio: `on_block` mixes speech, echo and dither; records both sides."""

    def __init__(self, echo_db: float | None) -> None:
        self.echo = 0.0 if echo_db is None else 10 ** (echo_db / 20)
        self.dither = 10 ** (DITHER_DB / 20)
        self.rng = np.random.default_rng(1)
        self.speech = np.zeros(0, np.float32)
        self.said: list[np.ndarray] = []
        self.heard: list[np.ndarray] = []

    def on_block(self, indata: np.ndarray, outdata: np.ndarray, n: int, when: Any, status: Any) -> None:
        said = np.zeros(n, np.float32)
        part, self.speech = self.speech[:n], self.speech[n:]
        said[: len(part)] = part
        noise = self.rng.standard_normal(n).astype(np.float32) * self.dither
        outdata[:, 0] = said + self.echo * indata[:, 0] + noise
        self.said.append(said)
        self.heard.append(indata[:, 0].copy())


def serve(lines: Iterable[str], echo_db: float | None, hz: int) -> None:
    import sounddevice as sd
    import soxr

    mouth = Mouth(echo_db)
    index = next(i for i, d in enumerate(sd.query_devices()) if "JACK" in sd.query_hostapis(d["hostapi"])["name"])
    with sd.Stream(samplerate=hz, blocksize=PERIOD * hz // HZ, device=index, channels=1, dtype="float32",
                   callback=mouth.on_block):
        for line in lines:
            verb, argument = json.loads(line)
            answer = PERIOD * len(mouth.heard)
            if verb == "play":
                pcm, hz = soundfile.read(argument, dtype="float32", always_2d=True)
                speech = soxr.resample(pcm[:, 0], hz, HZ)
                answer = PERIOD * len(mouth.said)
                mouth.speech = speech
            elif verb == "save":
                k = min(len(mouth.said), len(mouth.heard))
                both = np.zeros((k * PERIOD, 2), np.float32)
                if k:
                    both[:, 0], both[:, 1] = np.concatenate(mouth.said[:k]), np.concatenate(mouth.heard[:k])
                soundfile.write(argument, both, HZ, subtype="FLOAT")
            print(answer, flush=True)


if __name__ == "__main__":
    serve(sys.stdin, *json.loads(sys.argv[1]))
    os._exit(0)                                  # PortAudio's exit handler aborts if the server went first
