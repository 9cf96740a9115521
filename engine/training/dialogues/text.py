"""What is said in a simulated conversation, with the places where the speaker stops to think.

Sentences come from dialogue_grammar.txt, request_grammar.txt and a folder of texts (requests.tsv, dialogues.tsv.gz);
fillers, restarts and repairs are added here, because those are written language. A sentence of more than four words
belongs to one split by its hash, and so does every content word of the grammar (rules x_...).
"""

import csv
import gzip
import random
from dataclasses import dataclass
from pathlib import Path

from engine.corpus.manifest import share
from engine.corpus.spoken_form import spoken
from engine.training.dialogues.recordings import phrase_split
from engine.training.words import request_grammar
from engine.training.words.request_grammar import Rules

GRAMMAR = Path(__file__).with_name("dialogue_grammar.txt")
DIALOGUES = "taskmaster4"        # CC BY; the other source in the file is share-alike
FREE_WORDS = 4                   # "yeah, me too" is everybody's
LONGEST = 26                     # words of one sentence


def words_of(text: str) -> frozenset[str]:
    """-> the words of a text."""
    return frozenset(text.split())


CONJUNCTIONS = words_of("and but so because or if when that which then while except until since")
FUNCTION = words_of("""
    the a an my your his her our their to of in on at for with from about is was are were i we they he she you it this
    that some any
""")
FILLERS = ("um", "uh", "um", "uh", "you know,", "like,", "uh um")
OPENING_FILLERS = (*FILLERS, "i mean,", "well,", "let me see,")      # only where a clause begins
BACKCHANNELS = ("yeah", "right", "uh huh", "okay", "oh", "wow", "oh yeah", "yeah yeah", "i see", "really", "sure",
                "oh really", "yep", "that's true", "exactly", "oh wow", "no", "oh no", "yes", "uh huh uh huh", "huh",
                "oh okay", "yeah right", "i know", "true", "good", "oh my", "oh gosh", "gee")  # fmt: skip

Kind = str                       # long, short, question, command, reply, stop, hello, bye
MIX: dict[Kind, tuple[tuple[str, float], ...]] = {
    "long": (("story", 5), ("opinion", 4), ("plain", 3), ("list", 1), ("repair", 1.2), ("digits", 0.3)),
    "short": (("short", 8), ("plain", 1.5), ("opinion", 1.5), ("question", 2), ("tagged", 0.7)),
    "question": (("question", 6), ("tagged", 2)),
    "command": (("command", 3), ("request", 3), ("requests", 4), ("dialogue user", 2), ("digits", 1), ("list", 0.7),
                ("repair", 0.7), ("question", 1)),
    "reply": (("reply", 7), ("dialogue assistant", 2), ("fact", 1)),
    "stop": (("stop", 1),),
    "hello": (("hello", 1),),
    "bye": (("bye", 1),),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentence:
    """words: with their commas. stops[i]: seconds of silence after word i, 0 for none; never after the last."""

    words: tuple[str, ...]
    stops: tuple[float, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Plan:
    """One turn. between[k]: seconds between sentence k and the next."""

    sentences: tuple[Sentence, ...]
    between: tuple[float, ...]

    @property
    def text(self) -> str:
        return ". ".join(s.text for s in self.sentences)


def stop_s(rng: random.Random, middle: float = 0.55) -> float:
    """A pause inside a turn: 0.2 to 2.5 s, log-normal about `middle`, as pauses in conversation are."""
    return min(2.5, max(0.2, rng.lognormvariate(0, 0.6) * middle))


class Texts:
    """All that one split may say."""

    def __init__(self, folder: Path | None, split: str) -> None:
        """folder: with requests.tsv and dialogues.tsv.gz; None: the grammars alone."""
        self.split = split
        self.rules = {**request_grammar.rules(), **_dealt(request_grammar.rules(GRAMMAR), split)}
        self.read: dict[str, list[str]] = {"requests": [], "dialogue user": [], "dialogue assistant": []}
        if folder is not None:
            self._read(folder)

    def plan(self, kind: Kind, rng: random.Random, fluency: float = 1.0) -> Plan:
        """A turn of this kind. fluency: 0 (reads from a page) to 2 (stumbles much); 1 is a relaxed speaker."""
        count = 1
        if kind == "long":
            count = rng.choices((1, 2, 3, 4, 5, 6), (3, 4, 3, 2, 1, 0.6))[0]
        elif kind == "reply" or kind == "command":
            count = rng.choices((1, 2), (5, 1))[0]
        sentences = [self._sentence(kind, rng, fluency) for _ in range(count)]
        if kind == "long" and rng.random() < 0.12:
            sentences[-1] = self._from("trailing", rng, fluency)
        elif kind == "long" and rng.random() < 0.25:
            sentences[-1] = self._from(rng.choice(("question", "tagged")), rng, fluency)
        if kind == "short" and rng.random() < 0.3:
            sentences.append(self._sentence("question" if rng.random() < 0.4 else "long", rng, fluency))
        tight = rng.random() < 0.25                               # some people rush into the next sentence
        between = tuple(rng.uniform(0.05, 0.25) if tight else stop_s(rng, 0.5) for _ in sentences[1:])
        return Plan(tuple(sentences), between)

    def _sentence(self, kind: Kind, rng: random.Random, fluency: float) -> Sentence:
        names, weights = zip(*MIX[kind], strict=True)
        return self._from(rng.choices(names, weights)[0], rng, 0.0 if kind == "reply" else fluency)

    def _from(self, source: str, rng: random.Random, fluency: float) -> Sentence:
        for _ in range(60):
            words = self._words(source, rng)
            plain = " ".join(w.strip(",.?|") for w in words if w != "|")
            if 0 < len(words) <= LONGEST and (
                len(words) <= FREE_WORDS or phrase_split(plain) == self.split
            ):
                break
        return paused(disfluent(words[:LONGEST], rng, fluency), rng, fluency)

    def _words(self, source: str, rng: random.Random) -> list[str]:
        if source in self.read:
            texts = self.read[source]
            if texts:
                return rng.choice(texts).split()
            source = "reply" if "assistant" in source else "command"
        return request_grammar.write(self.rules, rng, source)

    def _read(self, folder: Path) -> None:
        with (folder / "requests.tsv").open(encoding="utf-8") as file:
            found = [("requests", line.rstrip("\n").split("\t")[2]) for line in list(file)[1:]]
        with gzip.open(folder / "dialogues.tsv.gz", "rt", encoding="utf-8") as file:
            for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row[0] == DIALOGUES:
                    found.append(("dialogue user" if row[2] == "user" else "dialogue assistant", row[3]))
        for source, text in found:
            plain = " ".join(spoken(text))
            if plain and phrase_split(plain) == self.split:
                self.read[source].append(plain)


def _dealt(rules: Rules, split: str) -> Rules:
    """Alternatives of the rules x_... that belong to this split; every other rule as it is."""
    made: Rules = {}
    for name, options in rules.items():
        if not name.startswith("x_"):
            made[name] = options
            continue
        every = sorted({o for _, line in options for o in line.split("/")}, key=lambda o: (share(f"content {o}"), o))
        dev, test = max(1, round(0.11 * len(every))), max(1, round(0.15 * len(every)))
        own = {"dev": every[:dev], "test": every[dev : dev + test], "train": every[dev + test :]}[split]
        made[name] = [(1.0, o) for o in own]
    return made


def disfluent(words: list[str], rng: random.Random, fluency: float) -> list[str]:
    """Adds fillers, repeated words and false starts, about one in twelve words for a relaxed speaker."""
    out: list[str] = []
    for i, w in enumerate(words):
        plain = w.strip(",.?|")
        at_clause = i == 0 or plain in CONJUNCTIONS
        p = fluency * (0.10 if at_clause else 0.025)
        if w != "|" and len(words) > FREE_WORDS and rng.random() < p:
            what = rng.random()
            if what < 0.6:
                out += rng.choice(OPENING_FILLERS if at_clause else FILLERS).split()
                if rng.random() < 0.5:
                    out.append("|")
            elif what < 0.85 and plain in FUNCTION | CONJUNCTIONS:
                out += [plain] * rng.choice((1, 1, 2)) + (["|"] if rng.random() < 0.4 else [])
            elif i + 1 < len(words):
                out += [plain, words[i + 1].strip(",.?|") or plain, "|"]
        out.append(w)
    return out


def paused(words: list[str], rng: random.Random, fluency: float) -> Sentence:
    """Decides where the speaker stops: at `|` mostly, after commas, conjunctions and function words sometimes."""
    kept: list[str] = []
    stops: list[float] = []
    for i, w in enumerate(words):
        if w == "|":
            if stops and rng.random() < 0.75:
                stops[-1] = max(stops[-1], stop_s(rng, 0.7))
            continue
        kept.append(w)
        plain = w.strip(",.?")
        p = 0.0
        if w.endswith(","):
            p = 0.22
        elif plain in ("um", "uh"):
            p = 0.5
        elif plain in CONJUNCTIONS and i:
            p = 0.12
        elif plain in FUNCTION:
            p = 0.035
        else:
            p = 0.02
        stops.append(stop_s(rng) if rng.random() < p * fluency else 0.0)
    stops[-1] = 0.0
    return Sentence(tuple(kept), tuple(stops))
