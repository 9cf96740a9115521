"""The whole program on real sound servers: heard in its recording, not asked from its state."""

from contextlib import suppress

import numpy as np
import pytest
import soundserver
from patience import PATIENT_S
from program import ROOT, Talk, understood
from soundserver import Jack, Pulse

from audio_io.frames import DEVICE_HZ

AGAIN_S = 8.0                                    # without an answer: it is said once more
SOUNDS = ROOT / "assets" / "scenarios"
needs_jack = pytest.mark.skipif(bool(w := soundserver.lacking("jackd", "jack_lsp", "jack_connect")), reason=w or "-")
needs_pulse = pytest.mark.skipif(bool(w := soundserver.lacking("pulseaudio", "pactl")), reason=w or "-")


def level(x: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64))))


@pytest.mark.device
@pytest.mark.realtime
@needs_jack
def test_a_question_is_answered_and_an_interruption_silences_the_answer(tmp_path):
    with Jack(tmp_path) as jack, jack.person(echo_db=-12.0) as person, Talk(jack.env) as talk:
        person.wire()
        talk.waits_for("ready")
        person.wait(1.0)
        asked = person.play(SOUNDS / "time_in_tokyo.wav")
        talk.waits_for("reply_end")
        answer = person.heard()[asked:, 1]
        assert "tokyo" in understood(answer)

        person.play(SOUNDS / "tell_a_story.wav")
        talk.waits_for("reply_start", 2)
        person.wait(4.0)
        over = person.play(SOUNDS / "time_in_paris.wav")
        talk.waits_for("yield")
        person.wait(0.2)
        sound = person.heard()[over:, 1]
        told = talk.events
        assert level(sound[:DEVICE_HZ // 20]) > 0.005, told                     # it was speaking when interrupted ...
        assert level(sound[-DEVICE_HZ // 20:]) < 0.001, told                    # ... and it is silent now
        assert 3 <= len(talk.of("yield")[0]["heard"].split()) <= 25, told         # of a story of 150 words
        talk.waits_for("reply_end", 3)                                          # the story's, and the next answer's
        assert talk.interrupt() == 0
    assert not talk.of("error")


@pytest.mark.device
@pytest.mark.realtime
@needs_pulse
def test_unplugging_in_mid_conversation_is_told_and_the_conversation_goes_on(tmp_path):
    with Pulse(tmp_path) as pulse, Talk(pulse.env) as talk:
        talk.waits_for("ready")
        for _ in range(4):                       # a busy machine's PulseAudio may stumble over its first second
            pulse.say(SOUNDS / "tell_a_story.wav").wait(PATIENT_S)
            with suppress(TimeoutError):
                talk.waits_for("reply_start", limit_s=AGAIN_S)
                break
        pulse.unplug_all()
        talk.waits_for("status", where=lambda e: "device" in e["text"] and (e["trouble"] or "Looking" in e["text"]))
        pulse.plug_all()
        talk.waits_for("status", where=lambda e: "back" in e["text"] or "goes through" in e["text"])
        before = len(talk.of("final"))
        for _ in range(4):
            pulse.say(SOUNDS / "time_in_tokyo.wav").wait(PATIENT_S)
            with suppress(TimeoutError):
                talk.waits_for("final", before + 1, limit_s=AGAIN_S)
                break
        assert len(talk.of("final")) > before, talk.events[-12:]
        assert talk.interrupt() == 0


@pytest.mark.realtime                            # a slow one is told that the sound system did not answer
def test_no_device_is_one_line_and_exit_code_3(tmp_path):
    with Talk(soundserver.bare_env(tmp_path)) as talk:
        assert talk.process.wait(PATIENT_S) == 3
        assert talk.process.stderr is not None
        lines = talk.process.stderr.read().strip().splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("parley: no ")
        assert talk.process.stdout is not None
        assert not talk.events
