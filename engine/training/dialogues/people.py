"""Those who talk in a simulated conversation: a synthetic voice or a person's recordings, each `turn` as one sound.

A mid-turn pause is a cut inside a sentence that was spoken whole, so the voice before it is that of somebody who goes
on; the end of a turn is the end of a whole sentence. What is cut keeps its own fading and breath where it has them.
"""

import random
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np

from audio_io.dsp.vad import Vad
from audio_io.errors import WrongUse
from audio_io.frames import HOP, MIC_HZ
from engine.training.dialogues.recordings import Recording, Recordings
from engine.training.dialogues.sound import (
    FRAME_N,
    LEVEL_DB,
    dips,
    edges,
    faded,
    floor_noise,
    frame_db,
    hum,
    laugh,
    lengthened,
    levelled,
    pitch_hz,
    quietest,
    resampled,
    silences,
)  # fmt: skip
from engine.training.dialogues.text import BACKCHANNELS, FUNCTION, Kind, Sentence, Texts, stop_s, words_of
from engine.training.dialogues.voices import Synthesisers, VoiceSpec

LEAD_N, TAIL_N = MIC_HZ // 40, MIC_HZ // 12      # kept before and after what is louder than the threshold
PAUSE_S = 0.1                    # a silence inside a turn counts from here on
BOOKS = ("librispeech_train_clean_5", "librispeech_tc100_250spk", "librispeech_tc100_spk19_26_27")
SENTENCES = ("speechocean762", "commonvoice_multilingual")
ENOUGH = 4                       # recordings that make a talker
ORDERS = ("picovoice_barista_commands",)
OPENERS = frozenset(("yes", "oh", "no", "well", "ah", "indeed", "now", "why", "what", "right"))
OPEN_ENDS = FUNCTION | words_of("""
    and but or nor so as by than then which who whom whose when where while if because although though into upon onto
    over under between among through without within toward towards against before after during until till had has have
    be been being am do does did will would shall should can could may might must not no very too quite more most such
    every each all both these those its himself whether like only even still usual mister missus doctor saint however
    nevertheless therefore moreover
""")
GOES_ON = words_of("""
    and or nor of to in with which who whom whose that as than for from by upon into but was were is are had has while
    where because lest whereby without within
""")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One turn as sound. pcm: [n] float32 at MIC_HZ at LEVEL; voice from `start` to `end`, with a little around it.

    pauses: [start, end) samples of pcm, silences of at least PAUSE_S inside. clauses: samples where a listener may
    nod: a pause begins there or could. whole: the recordings' words are all in `text`.
    """

    pcm: np.ndarray
    start: int
    end: int
    text: str
    pauses: tuple[tuple[int, int], ...] = ()
    clauses: tuple[int, ...] = ()
    whole: bool = True


class Talker(Protocol):
    """name: "synthetic:..." or "human:..."; `background`: the noise that goes with this voice's recordings."""

    name: str

    def turn(self, kind: Kind, rng: random.Random) -> Spoken: ...
    def backchannel(self, rng: random.Random) -> Spoken: ...
    def laugh(self, rng: random.Random) -> Spoken: ...
    def background(self, n: int, rng: np.random.Generator) -> np.ndarray: ...


def alone(x: np.ndarray, text: str) -> Spoken:
    """A sound without pauses."""
    a, b = edges(x)
    return Spoken(faded(x), a, b, text)


def noise_alone(x: np.ndarray) -> Spoken:
    """A sound that is no voice: from the first to the last 10 ms within 35 dB of the loudest."""
    db = frame_db(x)
    loud = np.flatnonzero(db > max(float(np.max(db, initial=-100.0)) - 35, -80))
    return Spoken(faded(x), int(loud[0]) * FRAME_N, int(loud[-1] + 1) * FRAME_N, "") if len(loud) else alone(x, "")


def numpy_rng(rng: random.Random) -> np.random.Generator:
    return np.random.default_rng(rng.getrandbits(48))


@dataclass
class Assembly:
    """Pieces of speech put one after another with gaps between the voice's end and its next beginning."""

    parts: list[tuple[int, np.ndarray]] = field(default_factory=list)
    pauses: list[tuple[int, int]] = field(default_factory=list)
    clauses: list[int] = field(default_factory=list)
    start: int = 0
    end: int = 0                                  # of the voice so far

    def add(self, x: np.ndarray, gap_n: int) -> None:
        """x: one piece, quiet edges allowed; its voice begins gap_n after the last one's end."""
        a, b = edges(x, LEVEL_DB)
        if b - a < 2 * FRAME_N:
            return
        x = x[max(0, a - LEAD_N) : b + TAIL_N]
        lead = min(a, LEAD_N)
        if not self.parts:
            at, self.start = 0, lead
        else:
            at = max(self.end + gap_n - lead, 0)
            if gap_n >= PAUSE_S * MIC_HZ:
                self.pauses.append((self.end, at + lead))
            self.clauses.append(self.end)
        self.parts.append((at, faded(x)))
        for s, e in silences(x[lead : lead + b - a], PAUSE_S, LEVEL_DB):    # those that the reader made
            self.pauses.append((at + lead + s, at + lead + e))
            self.clauses.append(at + lead + s)
        self.end = at + lead + b - a

    def spoken(self, text: str, whole: bool = True) -> Spoken:
        n = max((at + len(x) for at, x in self.parts), default=0)
        pcm = np.zeros(n, np.float32)
        for at, x in self.parts:
            pcm[at : at + len(x)] += x
        return Spoken(pcm, self.start, self.end, text, tuple(sorted(self.pauses)), tuple(sorted(self.clauses)), whole)


class SyntheticTalker:
    """A synthetic voice and the texts it may say."""

    def __init__(self, voices: Synthesisers, voice: VoiceSpec, texts: Texts, fluency: float) -> None:
        self.voices, self.voice, self.texts, self.fluency = voices, voice, texts, fluency
        self.name = f"synthetic:{voice.name}"
        self._pitch = 0.0

    def turn(self, kind: Kind, rng: random.Random) -> Spoken:
        plan = self.texts.plan(kind, rng, self.fluency)
        whole = Assembly()
        gaps = (0.0, *plan.between)
        for sentence, gap in zip(plan.sentences, gaps, strict=True):
            for k, piece in enumerate(self._pieces(sentence, rng)):
                stops = [s for s in sentence.stops if s]
                whole.add(piece, int((stops[k - 1] if k else gap) * MIC_HZ))
        return whole.spoken(plan.text)

    def _pieces(self, sentence: Sentence, rng: random.Random) -> list[np.ndarray]:
        """The sentence spoken whole and cut where the speaker stops; the vowel before a stop drawn out at times."""
        stops = [i for i, s in enumerate(sentence.stops) if s]
        words = list(sentence.words)
        if self.voice.engine != "espeak":                         # no word times: a comma makes a place to cut
            words = [w + "," if i in stops and w[-1].isalpha() and rng.random() < 0.5 else w
                     for i, w in enumerate(words)]  # fmt: skip
        pcm, marks = self.voices.say(" ".join(words), self.voice)
        pcm = levelled(pcm)
        cuts = []
        for i in stops:
            after = len(" ".join(words[: i + 1])) + 1             # the character where the next word begins
            share = after / (len(" ".join(words)) + 1)
            cuts.append(quietest(pcm, marks[after]) if after in marks else near(pcm, share))
        bounds = [0, *sorted(cuts), len(pcm)]
        pieces = [pcm[a:b] for a, b in pairwise(bounds)]
        return [drawn_out(p, rng, 0.4 if k < len(pieces) - 1 else 0.1) for k, p in enumerate(pieces)]

    def backchannel(self, rng: random.Random) -> Spoken:
        if rng.random() < 0.35:
            return some_hum(rng, self._hz(), self.voice.tract)
        text = rng.choice(BACKCHANNELS)
        pcm, _ = self.voices.say(text, self.voice)
        return alone(levelled(pcm), text)

    def laugh(self, rng: random.Random) -> Spoken:
        return noise_alone(laugh(self._hz(), self.voice.tract, numpy_rng(rng)))

    def background(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return np.zeros(n, np.float32)

    def _hz(self) -> float:
        if not self._pitch:
            self._pitch = pitch_hz(self.voices.say("well i don't know about that", self.voice)[0])
        return self._pitch


def near(pcm: np.ndarray, share: float) -> int:
    """-> a place to cut near this share of the voice: a silence if there is one within 12 %, else a dip."""
    a, b = edges(pcm)
    wanted = a + share * (b - a)
    places = [(abs((s + e) / 2 - wanted) - 0.12 * (b - a), (s + e) // 2) for s, e in silences(pcm, 0.05)]
    places += [(abs(d - wanted), d) for d in dips(pcm, 0.1)]
    return min(places)[1] if places else int(wanted)


def drawn_out(x: np.ndarray, rng: random.Random, p: float) -> np.ndarray:
    """With probability p the last 0.12 to 0.3 s of the voice made 1.2 to 2 times as long."""
    if rng.random() >= p:
        return x
    _, b = edges(x, LEVEL_DB)
    return lengthened(x[:b], rng.uniform(0.12, 0.3), rng.uniform(1.2, 2.0)) if b else x


def some_hum(rng: random.Random, hz: float, tract: float) -> Spoken:
    kind = rng.choice(("mm-hm", "mm-hm", "uh-huh", "uh-huh", "mm", "hmm"))
    return alone(hum(kind, hz, tract, numpy_rng(rng)), kind)


class People:
    """The human speakers of one split, and short words of theirs ("yes", "oh") for back-channels."""

    def __init__(self, recordings: Recordings) -> None:
        self.recordings = recordings
        self._clear: dict[str, bool] = {}
        readers = recordings.speakers(*BOOKS)
        self.readers = {s: r for s, r in readers.items() if len(r) >= ENOUGH}
        self.guests = [r for rows in readers.values() if len(rows) < ENOUGH for r in rows]
        speakers = recordings.speakers(*SENTENCES)
        self.others = {s: r for s, r in speakers.items() if len(r) >= ENOUGH}
        few = [r for rows in speakers.values() if len(rows) < ENOUGH for r in rows]
        self.foreign = {k: [r for r in few if r.language == k] for k in sorted({r.language for r in few})}
        self.orders = recordings.of(*ORDERS)
        self.openers = [r for r in recordings.of(*BOOKS, SENTENCES[0]) if r.words.split()[:1] and
                        r.words.split()[0] in OPENERS]  # fmt: skip

    def draw(self, rng: random.Random, style: str) -> "HumanTalker":
        """style: `call` (books and sentences) or `assistant` (sentences and orders as well).

        Those with a few recordings only take turns under one name: "several" readers, or those of one language.
        """
        books = 0.7 if style == "call" else 0.35
        share = (0.65 * books, 0.35 * books, 0.92 - books, 0.08, 0.0 if style == "call" else 0.12)
        pools: list[dict[str, list[Recording]]] = [
            self.readers, {"several": self.guests} if self.guests else {}, self.others, self.foreign,
            {"orders": self.orders} if self.orders else {},
        ]  # fmt: skip
        weights = [w if pool else 0.0 for w, pool in zip(share, pools, strict=True)]
        if not any(weights):
            raise WrongUse(f"{self.recordings.folder}: no speech of the split {self.recordings.split} in its manifest")
        pool = rng.choices(pools, weights)[0]
        name = rng.choice(sorted(pool))
        return HumanTalker(self, name, pool[name], rng.uniform(0.92, 1.09), rng.uniform(0.2, 0.8))

    def clear(self, recording: Recording) -> bool:
        """Whether what is loud in it is a voice, by the VAD, and the loud part begins and ends as the voice does."""
        if recording.file not in self._clear:
            pcm = levelled(self.recordings.pcm(recording))
            vad = Vad()
            voice = np.array([vad(pcm[i : i + HOP]) for i in range(0, len(pcm) - HOP + 1, HOP)]) > 0.5
            heard = np.flatnonzero(voice)
            a, b = edges(pcm)
            inside = voice[a // HOP : b // HOP]
            self._clear[recording.file] = bool(
                len(heard) and len(inside) and inside.mean() > 0.6 and abs(heard[0] * HOP - a) < MIC_HZ // 4
                and abs((heard[-1] + 1) * HOP - b) < MIC_HZ // 4
            )  # fmt: skip
        return self._clear[recording.file]

    def opener(self, rng: random.Random, factor: float) -> Spoken | None:
        """-> a "yes", "oh" or the like, cut from the beginning of somebody's sentence, or None."""
        for _ in range(12):
            if not self.openers:
                return None
            r = rng.choice(self.openers)
            pcm = self.recordings.pcm(r)
            a, _ = edges(pcm)
            first = next((s for s, _ in silences(pcm[a:], 0.06) if s > 0.1 * MIC_HZ), 0)
            if 0.12 * MIC_HZ < first < 0.6 * MIC_HZ:
                return alone(levelled(resampled(pcm[max(0, a - LEAD_N) : a + first + 400], factor)), r.words.split()[0])
        return None


class HumanTalker:
    """One person's recordings; a turn is one sentence or more of them, with pauses opened up inside."""

    def __init__(
        self, people: People, speaker: str, own: list[Recording], factor: float, halts: float
    ) -> None:
        """halts: the share of the reader's pauses that are opened wider."""
        self.people, self.own, self.factor, self.halts = people, own, factor, halts
        self.said: set[int] = set()
        self.name = f"human:{speaker}"
        self.at = -1                              # the recording said last
        self._hz = 0.0

    def turn(self, kind: Kind, rng: random.Random) -> Spoken:
        if kind in ("short", "stop") and rng.random() < 0.3 and (said := self.people.opener(rng, self.factor)):
            return said
        short = kind in ("short", "question", "stop", "hello", "bye", "command")
        whole = Assembly()
        texts: list[str] = []
        wanted = rng.uniform(0.8, 4.0) if short else rng.uniform(2.5, 14.0)
        complete = True
        for first in (True, False, False, False):
            recording = self._next(rng, follow=not first)
            if recording is None:
                break
            part, share = self._part(recording, wanted if first else 99.0)
            words = recording.words.split()
            texts.append(" ".join(words[len(words) - round(share * len(words)) :]))
            complete = complete and share == 1.0
            self._add(whole, part, rng)
            enough = whole.end > wanted * MIC_HZ or whole.end > 16 * MIC_HZ
            if not self._open_ended() and (enough or rng.random() < 0.5):
                break
        return whole.spoken(" ".join(texts), complete)

    def _next(self, rng: random.Random, follow: bool) -> Recording | None:
        """-> a recording: the next of the same book when `follow`, else one that ends a sentence if there is one."""
        if follow:
            if self.at + 1 >= len(self.own) or self.at + 1 in self.said or self.own[self.at].category not in BOOKS:
                return None
            self.at += 1
            self.said.add(self.at)
            return self.own[self.at]
        if len(self.said) >= len(self.own):
            self.said.clear()                                     # all said: from the beginning
        fresh = [i for i in range(len(self.own)) if i not in self.said]
        for _ in range(8):
            self.at = rng.choice(fresh)
            self.said.add(self.at)
            if not self._open_ended() and self.people.clear(self.own[self.at]):
                break
        return self.own[self.at]

    def _open_ended(self) -> bool:
        """Whether the words say that the sentence goes on: a reader stops for breath there as well."""
        words = self.own[self.at].words.split()
        if not words or words[-1] in OPEN_ENDS:
            return bool(words)
        if self.at + 1 < len(self.own) and self.own[self.at].category in BOOKS:
            after = self.own[self.at + 1]
            chapter = self.own[self.at].file.rsplit("-", 1)[0]
            return after.file.rsplit("-", 1)[0] == chapter and after.words.split()[:1] != [] and (
                after.words.split()[0] in GOES_ON)  # fmt: skip
        return False

    def _part(self, recording: Recording, wanted_s: float) -> tuple[np.ndarray, float]:
        """-> the recording from a silence on, so that about wanted_s are left, and the share of it."""
        pcm = levelled(resampled(self.people.recordings.pcm(recording), self.factor))
        a, b = edges(pcm)
        starts = [e for _, e in silences(pcm, 0.15) if (b - e) > 0.7 * MIC_HZ]
        if not starts or b - a < wanted_s * 1.4 * MIC_HZ:
            return pcm, 1.0
        start = min(starts, key=lambda e: abs((b - e) - wanted_s * MIC_HZ))
        return pcm[start - LEAD_N :], (b - start) / (b - a)

    def _add(self, whole: Assembly, pcm: np.ndarray, rng: random.Random) -> None:
        """Opens the reader's pauses wider, sometimes a word's edge as well, with an "um" at some."""
        cuts = [((s + e) // 2, self.halts) for s, e in silences(pcm, 0.08)]
        a, b = edges(pcm)
        pcm = pcm[max(0, a - LEAD_N) : b + TAIL_N]                # no piece of silence at either end
        cuts = [(c - max(0, a - LEAD_N), p) for c, p in cuts]
        extra = int(rng.random() < 0.3) + int(rng.random() < len(pcm) / (12 * MIC_HZ))
        cuts += [(d, 1.0) for d in dips(pcm)[: 3 * extra + 1][:extra]]
        bounds = sorted(c for c, p in cuts if rng.random() < p)
        pieces = [pcm[i:j] for i, j in zip([0, *bounds], [*bounds, len(pcm)], strict=True)]
        for k, piece in enumerate(pieces):
            last = k == len(pieces) - 1
            whole.add(drawn_out(piece, rng, 0.0 if last else 0.3), int(stop_s(rng, 0.55) * MIC_HZ))
            if not last and rng.random() < 0.22:
                um = hum(rng.choice(("um", "uh", "um", "uh", "hmm")), self._pitch(), 1 / self.factor, numpy_rng(rng))
                close = rng.random() < 0.6
                whole.add(um * rng.uniform(0.4, 0.9), int((rng.uniform(0.03, 0.15) if close else stop_s(rng)) * MIC_HZ))

    def _pitch(self) -> float:
        if not self._hz:
            r = self.own[max(0, self.at)]
            self._hz = pitch_hz(self.people.recordings.pcm(r)) * self.factor
        return self._hz

    def backchannel(self, rng: random.Random) -> Spoken:
        if rng.random() < 0.45 and (said := self.people.opener(rng, self.factor)):
            return said
        return some_hum(rng, self._pitch(), rng.uniform(0.9, 1.15))

    def laugh(self, rng: random.Random) -> Spoken:
        return noise_alone(laugh(self._pitch(), rng.uniform(0.9, 1.15), numpy_rng(rng)))

    def background(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """The noise of this speaker's recordings, at the level it has beside the speech."""
        pcm = levelled(resampled(self.people.recordings.pcm(self.own[max(0, self.at)]), self.factor))
        return floor_noise(n, pcm, rng)

