"""PocketSphinx as a program of its own: hops of speech in, words so far out, in `engine.workers.child` frames.

PocketSphinx (BSD-2-Clause) holds Python's lock while it searches; `engine/asr/ctc_listener.py` starts this file with
`engine.workers.child.Child`, so that no audio thread has to wait for it.

    in   {"word"}                                      a word of the user's own, before any utterance
         {"op": "begin", ...} + n int16 at 16 kHz      an utterance and what came before its onset
         {"op": "audio", ...} + n int16
         {"op": "end", ...}
    out  {"hello": order of the language model}        once, first; or {"trouble": why} and the end
         {"op", ..., "text", "final": bool}            one for every begin, audio and end, in order, with its keys
         {"word", "added": bool}                       one for every word

The one thing that decides how much is understood is the cepstral mean that is taken off: PocketSphinx starts each
utterance with a guess and mends it only after 8 s. Here an utterance is decoded again, from its first sample, once
its own mean is known better: after HEAD_FRAMES, and when the speaker pauses (which hides the cost, because the turn
is not over until the pause has lasted). Half of the commands in noise are understood that way, a tenth without
(docs/log.md).
"""

import re
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pocketsphinx

from audio_io.frames import FRAME, MIC_HZ
from engine.asr.pronunciation import pronounce
from engine.asr.word_evidence import Word, harmonicity, likely_words
from engine.workers.child import read_frame, write_frame

Pcm = npt.NDArray[np.int16]

PRIOR = (44.25, -1.28, -1.75, 5.61, -3.79, -1.82, -2.43, -2.15, -1.06, -0.64, 1.21, -0.32, 0.46)
SPREAD = (11.2, 8.0, 7.5, 7.8, 5.7, 5.8, 6.1, 6.7, 4.7, 5.1, 4.5, 3.6, 3.8)   # of the means of 270 utterances
HEAD_FRAMES = 30                 # loud frames (10 ms) after which a mean is worth more than a guess
LOUD_FRAMES = 12                 # fewer of them before a pause: a click
PAUSE_FRAMES = 14                # quiet frames (10 ms) that make a pause
PAUSE_DB = 18.0                  # how far below the loudest frame a quiet one is
AGAIN_S = 4.0                    # what is longer is not decoded again: its mean has settled, and the cost has grown
MOVED = 0.35                     # root mean square change of the mean, in SPREADs, that is worth decoding again
WINDOW, FADE = 500, 800          # frames: CMN_WIN and CMN_WIN_HWM of PocketSphinx's cmn.h
MIN_FRAMES = 20                  # too little to make a mean of
SEARCH: dict[str, Any] = {"maxwpf": 10, "maxhmmpf": 3000}   # a fifth less time, the same words


class Ear:
    """One decoder and the utterance it is on. The words depend on nothing before it."""

    def __init__(self, model: Path, dictionary: Path) -> None:
        acoustic = pocketsphinx.get_model_path("en-us/en-us")
        self.decoder = pocketsphinx.Decoder(
            pocketsphinx.Config(hmm=acoustic, lm=str(model), dict=str(dictionary), loglevel="FATAL", **SEARCH)
        )
        self.order = self.decoder.get_lm(self.decoder.current_search()).size()
        self.pieces: list[Pcm] = []
        self.open = False

    # -- an utterance ---------------------------------------------------------------------------------
    def begin(self, pcm: Pcm) -> str:
        """-> the words so far. An utterance that is still open is dropped."""
        if self.open:
            self.decoder.end_utt()
        self.pieces = []
        self.decoder.start_stream()              # forgets the noise that was estimated before
        self.quiet, self.loud, self.loudest, self.headed = 0, 0, 0.0, False
        self._start(np.array(PRIOR))
        return self.audio(pcm)

    def audio(self, pcm: Pcm) -> str:
        """-> the words so far."""
        if len(pcm):
            self.pieces.append(pcm)
            self.decoder.process_raw(pcm.tobytes(), False, False)
            self._again_if_due(pcm)
        return self._text()

    def end(self) -> str:
        """-> the final words; what was more likely a noise is left out."""
        return " ".join(likely_words(*self.heard()))

    def learn(self, word: str) -> bool:
        """Adds a word of letters a to z, as PocketSphinx's large dictionary or else its spelling says it sounds.

        -> whether it was taken.
        """
        if self.decoder.lookup_word(word):
            return True
        sounds = [*large_dictionary(word), pronounce(word)]
        try:
            for i, phones in enumerate(dict.fromkeys(sounds), 1):
                self.decoder.add_word(word if i == 1 else f"{word}({i})", phones, True)
        except RuntimeError:
            return False
        return True

    # -- the mean -------------------------------------------------------------------------------------
    def _start(self, mean: npt.NDArray[np.float64]) -> None:
        self.mean = mean
        self.decoder.set_cmn(",".join(f"{v:.2f}" for v in mean))
        self.decoder.start_utt()
        self.open = True

    def _again_if_due(self, pcm: Pcm) -> None:
        """Looks for the end of the head and for a pause, and decodes again if the mean has moved since."""
        heard = sum(map(len, self.pieces))
        paused = self._pauses(pcm)
        headed = not self.headed and self.loud >= HEAD_FRAMES
        self.headed |= headed
        if not (paused or headed) or heard > AGAIN_S * MIC_HZ:
            return
        sound = np.concatenate(self.pieces)
        mean = self._mean_of(sound)
        if np.sqrt(np.mean(((mean - self.mean) / SPREAD) ** 2)) > MOVED:
            self.decoder.end_utt()
            self._start(mean)
            self.decoder.process_raw(sound.tobytes(), False, False)

    def _pauses(self, pcm: Pcm) -> bool:
        """Whether the speaker has just fallen silent: true once a pause."""
        frames = pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
        before = self.quiet
        for power in np.mean(frames * frames, 1) + 1.0:
            self.loudest = max(self.loudest, power)
            loud = power >= self.loudest * 10 ** (-PAUSE_DB / 10)
            self.quiet = 0 if loud else self.quiet + 1
            self.loud += loud
        return self.loud >= LOUD_FRAMES and before < PAUSE_FRAMES <= self.quiet

    def _mean_of(self, sound: Pcm) -> npt.NDArray[np.float64]:
        """The cepstral mean of what the decoder has heard of this utterance, `sound`.

        PocketSphinx only tells a mean into which its first guess has entered as WINDOW frames, and after FADE
        frames it counts everything before as WINDOW frames, so the guess has to be taken out again. Frames of
        digital silence do not enter its mean.
        """
        frames = len(sound) // FRAME
        counted = int(np.any(np.abs(sound[: frames * FRAME]).reshape(frames, FRAME) > 1, axis=1).sum())
        told = np.array([float(v) for v in self.decoder.get_cmn(True).split(",")])
        guess, total = float(WINDOW), float(WINDOW + counted)
        if total > FADE:
            guess, total = WINDOW * WINDOW / FADE, WINDOW + total - FADE
        if total - guess < MIN_FRAMES:
            return self.mean
        return np.asarray((told * total - self.mean * guess) / (total - guess))

    # -- the words ------------------------------------------------------------------------------------
    def _text(self) -> str:
        best = self.decoder.hyp()
        return best.hypstr if best else ""

    def heard(self) -> tuple[list[Word], npt.NDArray[np.float32]]:
        """Ends the utterance. -> all its words, and how harmonic each of its frames is."""
        self.decoder.end_utt()
        self.open = False
        sound = np.concatenate([np.zeros(0, np.int16), *self.pieces])
        harmonic = harmonicity((sound / 32768).astype(np.float32))
        words = []
        for s in self.decoder.seg() or ():      # None when it has heard less than a frame
            if s.word[0] in "<[":
                continue
            name = s.word.split("(")[0]
            phones = self.decoder.lookup_word(name)
            words.append(Word(name, s.start_frame, s.end_frame - s.start_frame + 1,
                              len(phones.split()) if phones else 1, s.prob, s.ascore))  # fmt: skip
        return words, harmonic


def large_dictionary(word: str) -> list[str]:
    """-> the pronunciations that the dictionary of the pocketsphinx package has for a word."""
    entry = re.compile(re.escape(word) + r"(?:\(\d+\))? (.+)")
    path = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
    with path.open(encoding="utf-8") as lines:
        return [m[1] for line in lines if (m := entry.match(line))]


def serve(ear: Ear, inp: BinaryIO, out: BinaryIO) -> None:
    """Answers every frame until the input ends."""
    while (frame := read_frame(inp)) is not None:
        header, payload = frame
        if "word" in header:
            write_frame(out, {"word": header["word"], "added": ear.learn(header["word"])})
            continue
        pcm = np.frombuffer(payload, np.int16)
        match header["op"]:
            case "begin":
                text = ear.begin(pcm)
            case "audio":
                text = ear.audio(pcm)
            case _:
                text = ear.end()
        write_frame(out, {**header, "text": text, "final": header["op"] == "end"})


def main(args: list[str]) -> int:
    """args: the language model, the dictionary."""
    out = sys.stdout.buffer
    missing = [path for path in args if not Path(path).is_file()]
    if missing:
        write_frame(out, {"trouble": f"the recogniser's model {missing[0]} is missing"})
        return 1
    try:
        ear = Ear(Path(args[0]), Path(args[1]))
    except RuntimeError as error:
        write_frame(out, {"trouble": f"PocketSphinx does not load {args[0]} ({error})"})
        return 1
    write_frame(out, {"hello": ear.order})
    serve(ear, sys.stdin.buffer, out)
    return 0
