"""Whisper through CTranslate2: sound in, words with what speaks for and against them out.

The encoder hears the sound and PAD_S of silence, not the 30 s that Whisper was trained with: its cost grows with what
was said (0.3 in place of 3 s for a clip of 2.5 s on one slow core). With less silence it repeats words and drops ends.
Decoding is greedy, with timestamps (openai/whisper, decoding.py; arXiv 2212.04356). CTranslate2 lets other Python
threads go on while it computes. Weights are read as data, from memory (engine/models/sources.py checks them).
"""

import importlib
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from audio_io.errors import NotHere, Trouble
from audio_io.frames import MIC_HZ
from engine.features.fbank import whisper_log_mel

PAD_S = 2.0                      # of silence behind the sound
LONGEST_S = 28.0                 # of sound at once: the network has places for 30 s
TOKENS_S, TOKENS = 9, 12         # more tokens a second nobody speaks; besides them
TIME_S = 0.02                    # of a token that marks a time
LATE_S = 0.1                     # nothing that is said begins so shortly before the end of the sound
PROMPT = 100                     # tokens of the prompt at most
FOREIGN, FOREIGN_S = 0.8, 2.0    # probability, seconds of sound: from there on it is another language than English
FILES = ("model.bin", "config.json", "vocabulary.txt")
SPECIAL = re.compile(r"<\|([a-z]{2,3})\|>")


@dataclass(frozen=True, slots=True)
class Heard:
    """written: with case and punctuation. logprob: mean natural logarithm of the tokens' probabilities, the end among
    them. no_speech: Whisper's own probability that nobody speaks. language: code; sure: its probability (1 where it
    was said, not detected). squeeze: bytes of the text for each byte of it compressed; above 2.4 it repeats itself.
    tokens: how many.
    """

    written: str = ""
    logprob: float = 0.0
    no_speech: float = 1.0
    language: str = ""
    sure: float = 0.0
    squeeze: float = 1.0
    tokens: int = 0


def said_once(segments: Sequence[tuple[float, str]], seconds: float) -> list[str]:
    """segments: (where it begins, text) -> the texts of those that lie in the sound and do not say the same again:
    behind what was said Whisper, which expects 30 s, likes to say it once more, perhaps not to the end."""
    told: list[str] = []
    for begins, text in segments:
        again = bool(told) and _letters(told[-1]).startswith(_letters(text))
        if begins < seconds - LATE_S and not again:
            told.append(text)
    return told


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


class Whisper:
    """For one thread at a time. Raises NotHere without its libraries, Trouble for files that are none of its."""

    def __init__(self, read: Callable[[str], bytes], threads: int = 1) -> None:
        """read: a file's bytes by its name, checked: FILES and tokenizer.json. threads: cores that it computes on."""
        try:
            ctranslate2: Any = importlib.import_module("ctranslate2")
            tokenizers: Any = importlib.import_module("tokenizers")
        except ImportError as error:
            raise NotHere(f"Whisper needs the package {error.name}: install Parley again") from error
        files = {name: read(name) for name in FILES}
        try:
            self.model = ctranslate2.models.Whisper("whisper", files=files, compute_type="int8", device="cpu",
                                                    intra_threads=threads, inter_threads=1)  # fmt: skip
            self.tokenizer = tokenizers.Tokenizer.from_buffer(read("tokenizer.json"))
        except (RuntimeError, ValueError) as error:
            raise Trouble(f"Whisper cannot be loaded ({' '.join(str(error).split())[:120]}): install Parley again"
                          ) from error  # fmt: skip
        self._storage = ctranslate2.StorageView
        self.first_time = self._id("<|0.00|>") if self._known("<|0.00|>") else self._id("<|notimestamps|>") + 1
        self.languages = tuple(m[1] for token in self.tokenizer.get_vocab() if (m := SPECIAL.fullmatch(token)))

    def _known(self, token: str) -> bool:
        return self.tokenizer.token_to_id(token) is not None

    def _id(self, token: str) -> int:
        found = self.tokenizer.token_to_id(token)
        if found is None:
            raise Trouble(f"Whisper's tokenizer lacks {token}: install Parley again")
        return int(found)

    def encode(self, pcm: np.ndarray) -> Any:
        """pcm: [n] float32 at MIC_HZ, at most LONGEST_S -> what the decoder listens to."""
        padded = np.concatenate([pcm, np.zeros(int(PAD_S * MIC_HZ), np.float32)])
        mel = np.ascontiguousarray(whisper_log_mel(padded, self.model.n_mels)[None])
        return self.model.encode(self._storage.from_array(mel))

    def detect(self, encoded: Any) -> tuple[str, float]:
        """-> the likeliest language's code, and its probability."""
        token, sure = self.model.detect_language(encoded)[0][0]
        return token.strip("<|>"), float(sure)

    def _spoken(self, encoded: Any, seconds: float) -> tuple[str, float]:
        """English unless another language is sure: of a word or two, of a noise, it may seem to be any."""
        language, sure = self.detect(encoded)
        return ("en", 1.0) if language != "en" and (sure < FOREIGN or seconds < FOREIGN_S) else (language, sure)

    def hear(self, pcm: np.ndarray, language: str = "", prompt: str = "") -> Heard:
        """pcm: as for encode. language: its code; "" to detect it. prompt: words that are likelier than others."""
        encoded = self.encode(pcm)
        spoken, sure = (language, 1.0) if language else self._spoken(encoded, len(pcm) / MIC_HZ)
        before = self._prompt(prompt)
        start = [*before, self._id("<|startoftranscript|>"), self._id(f"<|{spoken}|>"), self._id("<|transcribe|>")]
        most = len(start) + TOKENS + int(TOKENS_S * len(pcm) / MIC_HZ)
        found = self.model.generate(encoded, [start], beam_size=1, max_length=min(most, 448), return_scores=True,
                                    return_no_speech_prob=True)[0]  # fmt: skip
        tokens = found.sequences_ids[0]
        written = " ".join(said_once(self._segments(tokens), len(pcm) / MIC_HZ))
        size = len(written.encode())
        return Heard(written, float(found.scores[0]), float(found.no_speech_prob), spoken, sure,
                     size / len(zlib.compress(written.encode())) if size else 1.0, len(tokens))  # fmt: skip

    def _segments(self, tokens: Sequence[int]) -> list[tuple[float, str]]:
        """-> (where it begins in seconds, text) of what stands between two marks of time."""
        found: list[tuple[float, str]] = []
        begins, words = 0.0, list[int]()
        for token in (*tokens, self.first_time):
            if token < self.first_time:
                words.append(token)
                continue
            if text := self.tokenizer.decode(words).strip():
                found.append((begins, text))
            begins, words = (token - self.first_time) * TIME_S, []
        return found

    def _prompt(self, prompt: str) -> list[int]:
        if not prompt:
            return []
        ids = self.tokenizer.encode(f" {prompt.strip()}", add_special_tokens=False).ids
        return [self._id("<|startofprev|>"), *ids[-PROMPT:]]
