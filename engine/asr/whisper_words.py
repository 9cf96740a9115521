"""Which words of Whisper's are told: none without a voice, a sure single word of the encoder's, no repetitions. Pure.

Whisper writes words for anything, most of them plausible. What speaks for a voice: Silero's probabilities, what the
small encoder is sure of, Whisper's own no-speech and token probabilities, how much it repeats itself. One sum of them
decides, fitted by `python -m engine.training.words.fit_whisper` on recordings of the development speakers.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from engine.asr.ctc import Spelt
from engine.asr.whisper_model import Heard
from engine.asr.word_confidence import likely
from engine.corpus.spoken_form import spoken

# of `measures`: a logistic regression of 251 recordings of speech against 124 pieces of noise (docs/log.md, 2026-12-01)
WEIGHTS = (0.71, -0.21, 2.0, 0.7, 2.5, -0.34, 0.8)
SHORT_S, MOST = 1.2, 2           # seconds of voice, words of Whisper's: up to there the encoder is better at one word
SURE, LEAST = -0.4, -1.0         # natural logarithms of the posteriors from which it is believed
# of expected_rather: log probability, gain, likeness of the letters; on the development set no word gets worse
SENTENCE, ONE_WORD, LIKELY = (-0.6, 8.0, 0.75), (-0.6, 1.0, 0.4), -1.2
SQUEEZE = 2.4                    # bytes for each compressed byte from which a text repeats itself
LOOP = re.compile(r"(\b[\w',.!? -]{1,60}?[\s,.!?]+)\1{2,}", re.IGNORECASE)
ENGLISH = ("en", "")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an utterance. spelt: the encoder's words. voiced_s: seconds in which Silero hears a voice,
    surest: its highest probability. more: whether a part of the utterance was already heard for good. gain: how much
    likelier the model of words holds the encoder's words than Whisper's (natural logarithm)."""

    heard: Heard
    spelt: tuple[Spelt, ...] = ()
    voiced_s: float = 0.0
    surest: float = 0.0
    more: bool = False
    gain: float = 0.0


def measures(found: Evidence) -> tuple[float, ...]:
    """-> what the odds are a sum of; the last is 1."""
    heard = found.heard
    sure = max((max(word.sure, -4.0) for word in found.spelt), default=-4.0)
    return (
        max(heard.logprob, -3.0), math.log(max(heard.no_speech, 1e-4)), min(found.voiced_s, 1.0),
        sure, float(bool(likely(found.spelt))), min(heard.squeeze, 4.0), 1.0,
    )  # fmt: skip


def odds(found: Evidence) -> float:
    """The logarithm of the odds that somebody said something; 0 is where words begin to be told."""
    return math.fsum(w * m for w, m in zip(WEIGHTS, measures(found), strict=True))


def chosen(found: Evidence) -> str:
    """-> the words as they are written; "" where nobody spoke."""
    if odds(found) < 0 and not found.more:
        return ""
    written = found.heard.written
    if found.heard.squeeze > SQUEEZE or LOOP.search(f"{written} "):      # it has lost the thread
        own = joined(likely(found.spelt))
        written = f"{own.capitalize()}." if own and found.heard.language in ENGLISH else once(written)
    if expected_rather(found, written):
        return f"{joined(found.spelt).capitalize()}."
    mine = "" if found.more or found.heard.language not in ENGLISH else single(found.spelt, found.voiced_s)
    theirs = plain(written)
    if not mine or mine == theirs or len(theirs.split()) > MOST:
        return written
    return f"{mine.capitalize()}."


def joined(spelt: Sequence[Spelt]) -> str:
    return " ".join(word.text for word in spelt)


def expected_rather(found: Evidence, written: str) -> bool:
    """Whether the encoder's words sound nearly the same as Whisper's, of which it is unsure, and make more sense:
    "what time is it in tokyo", not "what time is it until keo"."""
    words = found.spelt
    alone = len(words) == 1 and len(plain(written).split()) == 1
    unsure, sense, alike = ONE_WORD if alone else SENTENCE
    if found.more or found.heard.language not in ENGLISH or found.heard.logprob > unsure or found.gain < sense:
        return False
    theirs, ours = plain(written).replace(" ", ""), "".join(word.text for word in words)
    return (all(word.known and word.sure > LIKELY for word in words)
            and SequenceMatcher(None, theirs, ours, autojunk=False).ratio() >= alike)  # fmt: skip


def single(spelt: Sequence[Spelt], voiced_s: float) -> str:
    """-> the encoder's word where it is one alone and sure; "" where Whisper is to be believed."""
    words = likely(spelt)
    if len(words) != 1 or voiced_s > SHORT_S:
        return ""
    word = words[0]
    return word.text if word.known and word.sure > SURE and word.least > LEAST else ""


def once(written: str) -> str:
    """Of what is said three times or more in a row, one."""
    while (match := LOOP.search(f"{written} ")) is not None:
        padded = f"{written} "
        written = f"{padded[: match.end(1)]}{padded[match.end() :]}".strip()
    return written.strip(" ,")


def plain(written: str, language: str = "") -> str:
    """-> lower case without punctuation, numbers said out in English."""
    if language in ENGLISH:
        return " ".join(spoken(written.replace("-", " ")))
    return " ".join(re.findall(r"[^\W_]+(?:['’][^\W_]+)*", written.lower()))
