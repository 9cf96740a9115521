"""The real window on a real sound server: what it says when devices come and go, after a sleep, in every mode."""

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import soundserver
from patience import PATIENT_S
from screen import virtual
from seen import Seen
from soundserver import Jack, Pulse, until

LACKING = soundserver.lacking("pulseaudio", "pactl", "paplay", "Xvfb", "xdotool")
pytestmark = [pytest.mark.device, pytest.mark.realtime, pytest.mark.skipif(bool(LACKING), reason=LACKING or "-")]
NO_JACK = soundserver.lacking("jackd", "jack_lsp")
ASKED = Path(__file__).parent.parent / "assets" / "scenarios" / "time_in_tokyo.wav"
AGAIN_S = 12.0                   # a question that was not understood is asked again
ASLEEP_S = 4.0
CHOSEN = "audio: {input: headset, output: headset}\n"
HEARS = ("quiet", "hearing", "ending")           # what the window calls listening


@pytest.fixture
def screen() -> Iterator[str]:
    with virtual() as display:
        yield display


@pytest.fixture
def pulse(tmp_path: Path) -> Iterator[Pulse]:
    """Headphones, and a room that is never quite silent."""
    with Pulse(tmp_path, echo=False) as server, server.quiet_room():
        yield server


def asks(seen: Seen, pulse: Pulse) -> None:
    """The user asks aloud, four times at the most, until what was understood is to be read."""
    before = seen.now["captions"].lower().count("tokyo")
    for last in (False, False, False, True):
        at = len(seen.said)
        pulse.say(ASKED).wait(PATIENT_S)
        try:
            seen.waits_for("the question in the captions", lambda now: now["captions"].lower().count("tokyo") > before,
                           at - 1, AGAIN_S)  # fmt: skip
            return
        except TimeoutError:
            if last:
                raise


def test_a_headset_that_goes_and_comes_back_is_told_in_the_one_line(tmp_path, screen):
    with Pulse(tmp_path / "home", echo=False) as home, Pulse(tmp_path / "headset", "headset", False) as headset:
        env = home.env | {"ALSA_CONFIG_PATH": str(home.alsa(home, headset))}
        with home.quiet_room(), headset.quiet_room(), Seen(env, screen, tmp_path, CHOSEN) as seen:
            seen.waits_for("its name", lambda now: "headset, ALSA" in now["line"])
            seen.waits_for_state("quiet")
            gone = len(seen.said)
            headset.unplug_all()
            told = seen.waits_for("the default to stand in", lambda now: "goes through default, ALSA" in now["line"],
                                  gone)  # fmt: skip
            assert told["tip"] == told["line"]
            assert "headset" in told["line"]
            seen.waits_for("listening through it", lambda now: now["state"] in HEARS, gone)
            asks(seen, home)
            assert seen.close() == 0
        with home.quiet_room(), Seen(env, screen, tmp_path, CHOSEN) as seen:               # started without it
            seen.waits_for("why", lambda now: "headset" in now["line"] and "goes through default, ALSA" in now["line"]
                           and " → " in now["line"])  # fmt: skip
            seen.waits_for("listening", lambda now: now["state"] in HEARS)
            at = len(seen.said)
            headset.plug_all()
            with headset.quiet_room():
                seen.waits_for("the headset's return", lambda now: "headset, ALSA is back" in now["line"], at)
                asks(seen, headset)
            assert seen.close() == 0
    assert not deaf_claims(seen)


def deaf_claims(seen: Seen) -> list[dict[str, object]]:
    """-> what was shown that says it listens while it says that there is no device to listen with."""
    return [now for now in seen.said if now["state"] in HEARS and "Looking for a working device" in now["line"]]


def test_after_a_sleep_it_listens_only_when_samples_arrive_and_talks_on(tmp_path, screen, pulse):
    with Seen(pulse.env, screen, tmp_path) as seen:
        seen.waits_for_state("quiet")
        pulse.signal(signal.SIGSTOP)             # everything stands still at once, as when the lid is closed
        seen.group(signal.SIGSTOP)
        slept = time.monotonic()
        until(lambda: time.monotonic() - slept > ASLEEP_S, PATIENT_S, "the morning")
        pulse.signal(signal.SIGCONT)
        seen.group(signal.SIGCONT)
        asks(seen, pulse)
        at = len(seen.said)
        pulse.signal(signal.SIGSTOP)             # the sound system alone does not wake up
        seen.waits_for("no more listening", lambda now: now["state"] not in HEARS and now["line"], at)
        stood = len(seen.said)
        began = time.monotonic()
        until(lambda: time.monotonic() - began > ASLEEP_S, PATIENT_S, "some more looks")
        assert not [now for now in seen.said[stood:] if now["state"] in HEARS]
        pulse.signal(signal.SIGCONT)
        seen.waits_for("listening again", lambda now: now["state"] in HEARS, stood)
        asks(seen, pulse)
        assert seen.close() == 0
    assert not deaf_claims(seen)


@pytest.mark.skipif(bool(NO_JACK), reason=NO_JACK or "-")
def test_telephone_quality_is_told_for_as_long_as_it_lasts(tmp_path, screen):
    """A server that comes back at another rate is what a Bluetooth headset's other profile looks like."""
    with Jack(tmp_path, 16_000) as jack, Seen(jack.env, screen, tmp_path) as seen:
        told = seen.waits_for("the devices, with the note", lambda now: "telephone quality" in now["line"])
        assert " → system, JACK" in told["line"]
        seen.waits_for_state("no sound")                     # nobody is wired to it
        for hz, narrow in ((48_000, False), (16_000, True)):
            at = len(seen.said)
            jack.switch_off(kill=True)
            seen.waits_for("the loss", lambda now: "No sound device works" in now["line"] and now["state"] not in HEARS,
                           at)  # fmt: skip
            jack.hz = hz
            jack.switch_on()
            with jack.person(echo_db=None) as person:
                person.wire()
                told = seen.waits_for("the return", lambda now: "Sound is back" in now["line"], at)
                heard = seen.waits_for("listening", lambda now: now["state"] == "quiet", at)
            for now in (told, heard):
                assert ("16 kHz, telephone quality" in now["line"]) == narrow
        assert seen.close() == 0
    assert not deaf_claims(seen)


def test_every_mode_by_keyboard(tmp_path, screen, pulse):
    with Seen(pulse.env, screen, tmp_path, "", "--compact") as seen:
        seen.waits_for("the small window", lambda now: now["compact"])
        seen.waits_for_state("quiet")
        seen.keys("key", "ctrl+k")
        seen.waits_for("the whole window", lambda now: not now["compact"], len(seen.said) - 1)
        seen.keys("key", "ctrl+m")
        seen.waits_for_state("muted")
        at = len(seen.said)
        pulse.say(ASKED).wait(PATIENT_S)
        assert not [now for now in seen.said[at:] if now["state"] in HEARS]
        assert seen.now["state"] == "muted"
        seen.keys("key", "ctrl+m")
        seen.waits_for_state("quiet", at)
        assert "tokyo" not in seen.now["captions"].lower()
        seen.keys("key", "ctrl+p")
        seen.waits_for("push to talk", lambda now: now["push"])
        at = len(seen.said)
        pulse.say(ASKED).wait(PATIENT_S)
        assert not [now for now in seen.said[at:] if now["state"] in ("hearing", "ending")]
        for _ in range(4):
            seen.keys("keydown", "space")
            seen.waits_for("the key", lambda now: now["held"], len(seen.said) - 1)
            pulse.say(ASKED).wait(PATIENT_S)
            seen.keys("keyup", "space")
            try:
                seen.waits_for("the question", lambda now: "tokyo" in now["captions"].lower(), at, AGAIN_S)
                break
            except TimeoutError:
                continue
        assert "tokyo" in seen.now["captions"].lower()
        seen.waits_for("the key to be released", lambda now: not now["held"], len(seen.said) - 1)
        assert seen.close() == 0
    assert "push" in (seen.home / "settings.yaml").read_text()             # for the next time


def test_started_minimised_it_hears_and_answers_all_the_same(tmp_path, screen, pulse):
    with Seen(pulse.env, screen, tmp_path, "", "--minimised") as seen:
        seen.waits_for_state("quiet")
        assert not [now for now in seen.said if now["visible"] and not now["minimised"]]
        for _ in range(4):                       # nothing is written into a window that nobody sees
            at = len(seen.said)
            pulse.say(ASKED).wait(PATIENT_S)
            with suppress(TimeoutError):
                seen.waits_for_state("talking", at, AGAIN_S)
                break
        seen.waits_for_state("talking", limit_s=0)
        assert seen.close() == 0
