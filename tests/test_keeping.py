import numpy as np
import soundfile

from app.settings.keeping import Recorder
from audio_io.ears import Heard
from audio_io.frames import HOP
from engine.messages import Severity


def heard(hop: int) -> Heard:
    silence = np.zeros(HOP, np.float32)
    return Heard(hop, np.full(HOP, 0.25, np.float32), silence, np.full(HOP, -0.5, np.float32), 0.0, silence, 0.0)


def test_a_recording_holds_every_hop(tmp_path):
    told = []
    recorder = Recorder(tmp_path / "recordings", told.append)
    for hop in range(1, 101):
        recorder.hear(heard(hop))
    recorder.close()
    (path,) = (tmp_path / "recordings").iterdir()
    sound, _ = soundfile.read(path, dtype="float32")
    assert sound.shape == (100 * HOP, 2)
    np.testing.assert_allclose(sound[0], [0.25, -0.5], atol=1e-4)
    assert str(path) in str(told[0].what[0])


def test_a_recording_that_fails_ends_with_a_line(tmp_path):
    (tmp_path / "file").write_text("")
    told = []
    recorder = Recorder(tmp_path / "file", told.append)
    recorder.hear(heard(1))
    recorder.close()
    assert told[-1].severity is Severity.TROUBLE
    assert "is a file" in str(told[-1].what[0])
