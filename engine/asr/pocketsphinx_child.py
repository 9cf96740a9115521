"""PocketSphinx as a program of its own: hops of speech in, words so far out.

PocketSphinx (BSD-2-Clause) holds Python's lock while it searches; `engine/asr/pocketsphinx.py` starts this file as a
worker process, so that no audio thread has to wait for it. LoadRecogniser comes first; every message has one answer, in
order.

The one thing that decides how much is understood is the cepstral mean that is taken off: PocketSphinx starts each
utterance with a guess and mends it only after 8 s. Here an utterance is decoded again, from its first sample, once
its own mean is known better: after HEAD_FRAMES, and when the speaker pauses (which hides the cost, because the turn
is not over until the pause has lasted). Half of the commands in noise are understood that way, a tenth without
(docs/log.md).
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pocketsphinx

from audio_io.errors import NotHere
from audio_io.frames import FRAME, MIC_HZ
from audio_io.worker_messages import LearnWord, LoadRecogniser, Recognise, Recognised, RecogniserReady, WordLearnt
from audio_io.worker_process import Parent
from engine.asr.pronunciation import pronounce
from engine.asr.word_evidence import Word, harmonicity, likely_words

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


def loaded(model: str, dictionary: str) -> Ear:
    """Raises NotHere."""
    for path in (model, dictionary):
        if not Path(path).is_file():
            raise NotHere(f"the recogniser's model {path} is missing: install Parley again, or choose another profile")
    try:
        return Ear(Path(model), Path(dictionary))
    except RuntimeError as error:
        raise NotHere(f"PocketSphinx does not load {model} ({error}): install Parley again, or choose another "
                      "profile") from error  # fmt: skip


def words_after(ear: Ear, asked: Recognise) -> str:
    pcm = np.frombuffer(asked.pcm, np.int16)
    match asked.what:
        case "begin":
            return ear.begin(pcm)
        case "audio":
            return ear.audio(pcm)
        case _:
            return ear.end()


def main(parent: Parent) -> None:
    """Answers every message until the parent wants no more. Raises NotHere without the models."""
    parent.listen()
    load = parent.receive()
    assert isinstance(load, LoadRecogniser)
    ear = loaded(load.model, load.dictionary)
    parent.send(RecogniserReady(ear.order))
    while True:
        match parent.receive():
            case LearnWord(word):
                parent.send(WordLearnt(word, ear.learn(word)))
            case Recognise() as asked:
                text = words_after(ear, asked)
                parent.send(Recognised(asked.utterance, asked.message, text, asked.what == "end"))
