"""Sound files in and out: what a user hands over becomes mono float32 at the wanted rate, or one error line."""

import io
import struct
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr

from audio_io.errors import WrongUse
from audio_io.files import check_writable, why, write_whole

__all__ = ["LONGEST_S", "check_writable", "read_stereo", "read_wav", "write_wav"]

LONGEST_S = 600.0                # nobody speaks ten minutes in one breath; an hour is a mistake
LOUDEST = 8.0                    # floating-point audio may exceed 1, but not by 18 dB
RATES = (1_000, 768_000)         # what a file may claim; soxr converts any of these
READ_FRAMES = 65_536             # frames read at a time, so that many channels never lie in memory together
OPEN_ENDED = 0xFFFF_0000         # a RIFF length from here on means "not known": written to a pipe


def read_wav(path: Path | str, hz: int, longest_s: float = LONGEST_S) -> np.ndarray:
    """-> [n] float32 mono at `hz`, n >= 1, of any WAV, FLAC, OGG (PCM, float, mono or not, any rate).

    Channels are averaged. Raises WrongUse for what is missing, unreadable, empty, broken, cut off, longer
    than `longest_s` seconds (told from the header, before anything is read), or holds NaN or infinity.
    """
    path = Path(path)
    frames, from_hz = _read(path, longest_s, lambda file: None, lambda block: block.mean(axis=1, dtype=np.float32))
    y = frames if from_hz == hz else soxr.resample(frames, from_hz, hz).astype(np.float32)
    if len(y) == 0:
        raise WrongUse(f"{path}: has too few samples ({len(frames)}) to be heard; record it again")
    return y


def read_stereo(path: Path | str, hz: int, longest_s: float = LONGEST_S) -> np.ndarray:
    """-> [n, 2] float32 at `hz`, n >= 1: left and right. Raises WrongUse as `read_wav` does, and for any other
    number of channels."""
    path = Path(path)

    def check(file: soundfile.SoundFile) -> None:
        if file.channels != 2:
            raise WrongUse(f"{path}: has {file.channels} channel{'s' * (file.channels != 1)} where two are needed: "
                           "left the microphone, right what was played")

    frames, from_hz = _read(path, longest_s, check, lambda block: np.asarray(block, np.float32))
    y = frames if from_hz == hz else np.asarray(soxr.resample(frames, from_hz, hz), np.float32)
    if len(y) == 0:
        raise WrongUse(f"{path}: has too few samples ({len(frames)}) to be heard; record it again")
    return y


def write_wav(path: Path | str, pcm: np.ndarray, hz: int) -> int:
    """Writes pcm [n] or [n, channels], -1..1 at `hz`, as 16-bit WAV. -> how many samples had to be clipped.

    The same samples give the same bytes. The file is there whole or not at all: raises Trouble on a full
    disk, a missing folder or permission, and leaves a file that was there before as it was.
    """
    if not np.isfinite(pcm).all():
        raise ValueError(f"{path}: samples to be written are not all finite")
    clipped = int(np.count_nonzero(np.abs(pcm) > 1.0))
    whole = np.clip(np.rint(np.asarray(pcm, np.float32) * 32768.0), -32768, 32767).astype("<i2")
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setnchannels(1 if pcm.ndim == 1 else pcm.shape[1])
        file.setsampwidth(2)
        file.setframerate(hz)
        file.writeframes(whole.tobytes())
    write_whole(path, packed.getvalue())
    return clipped


def _read(path: Path, longest_s: float, check: Callable[[soundfile.SoundFile], None],
          fold: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, int]:  # fmt: skip
    """-> what `fold` makes of the blocks [<= READ_FRAMES, channels], joined; the file's rate. Raises WrongUse."""
    _check_place(path)
    try:
        with soundfile.SoundFile(path) as file:
            _check_header(path, file, longest_s)
            check(file)
            from_hz, frames = file.samplerate, file.frames
            whole = np.concatenate([fold(block) for block in _blocks(path, file)])
    except (soundfile.LibsndfileError, TypeError) as error:         # TypeError: a name ending in .raw
        raise WrongUse(f"{path}: is not a sound file that can be read; convert it to WAV or FLAC") from error
    if len(whole) < frames:
        raise _cut_off(path, len(whole) / from_hz, frames / from_hz)
    return whole, from_hz


def _check_place(path: Path) -> None:
    try:
        if path.is_dir():
            raise WrongUse(f"{path}: is a folder, not a sound file; name the file in it")
        if path.exists() and not path.is_file():
            raise WrongUse(f"{path}: is not a regular file; name a WAV, FLAC or OGG file")
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                raise WrongUse(f"{path}: is empty (0 bytes); record or copy it again")
            missing = _bytes_missing(file, path.stat().st_size)
    except OSError as error:
        raise WrongUse(f"{path}: cannot be read: {why(error)}; check the path") from error
    except ValueError as error:                        # a zero byte in the name
        raise WrongUse(f"{str(path)!r}: is not a file name; check the path") from error
    if missing:
        raise WrongUse(f"{path}: is cut off, {missing} bytes of sound are missing; copy or record it again")


def _bytes_missing(file: BinaryIO, size: int) -> int:
    """How much shorter a WAV file is than its data chunk says: libsndfile would read on in silence."""
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return 0
    at = 12
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"data":
            return 0 if length >= OPEN_ENDED else max(0, at + 8 + length - size)
        at += 8 + length + length % 2
    return 0


def _check_header(path: Path, file: soundfile.SoundFile, longest_s: float) -> None:
    if file.frames <= 0:
        raise WrongUse(f"{path}: has no sound in it (0 samples); record it again")
    if not RATES[0] <= file.samplerate <= RATES[1]:
        raise WrongUse(f"{path}: claims {file.samplerate} samples a second, as no recording has; convert it")
    length_s = file.frames / file.samplerate
    if length_s > longest_s:
        raise WrongUse(f"{path}: is {_time(length_s)} long, the limit is {_time(longest_s)}; cut it shorter")


def _blocks(path: Path, file: soundfile.SoundFile) -> Iterator[np.ndarray]:
    """-> [<= READ_FRAMES, channels] float32, checked. Ends early where the sound does."""
    at = 0
    while len(block := file.read(READ_FRAMES, dtype="float32", always_2d=True)):
        wrong = ~np.isfinite(block).all(axis=1)
        if wrong.any():
            t = (at + int(np.argmax(wrong))) / file.samplerate
            raise WrongUse(f"{path}: has NaN or infinite samples (first at {t:.3f} s); export it again")
        if (peak := float(np.abs(block).max())) > LOUDEST:
            raise WrongUse(f"{path}: has samples up to {peak:.4g} where 1 is full scale; export it at -1..1")
        at += len(block)
        yield block
    if at == 0:
        raise _cut_off(path, 0.0, file.frames / file.samplerate)


def _cut_off(path: Path, has_s: float, says_s: float) -> WrongUse:
    return WrongUse(f"{path}: is cut off after {has_s:.2f} of {says_s:.2f} s; copy or record it again")


def _time(length_s: float) -> str:
    if length_s < 60:
        return f"{length_s:.4g} s"
    minutes, rest = divmod(round(length_s), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
