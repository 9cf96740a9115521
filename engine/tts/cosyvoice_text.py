"""Text for the voice LM: the tokenizer of `CosyVoice-BlankEN` with CosyVoice's own tokens, and what precedes a reply.

The folder has vocab.json and merges.txt and no tokenizer.json; CosyVoice adds its tokens behind the vocabulary, one id
after the other (../shared/reference/models.md 4.2, 4.9). assets/models/keys/cosyvoice_special_tokens.json is the table.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import AddedToken
from transformers import Qwen2Tokenizer

from audio_io.errors import NotHere, Trouble, WrongUse
from audio_io.files import why
from engine.models.weights import KEYS

TABLE = KEYS / "cosyvoice_special_tokens.json"
END_OF_PROMPT = "<|endofprompt|>"                    # between an instruction and what is to be said
ASSISTANT = "You are a helpful assistant."           # CosyVoice3's instructions begin so
HALTS = frozenset("，。！？；：、")                      # written without a space after them
AGAIN = "`parley models pull` fetches it again"


def special_tokens(version: int, table: Path = TABLE) -> dict[str, int]:
    """-> {token: id}, ids consecutive, of CosyVoice `version` (2 or 3). Raises NotHere, Trouble, WrongUse."""
    try:
        found: dict[str, dict[str, int]] = json.loads(table.read_text("utf-8"))
    except OSError as error:
        raise NotHere(f"{table}: cannot be read: {why(error)}; install Parley again") from error
    except ValueError as error:
        raise Trouble(f"{table}: is damaged ({error}); install Parley again") from error
    if f"cosyvoice{version}" not in found:
        raise WrongUse(f"CosyVoice {version}: {table.name} has only {', '.join(found)}")
    tokens = found[f"cosyvoice{version}"]
    ids = list(tokens.values())
    if ids != list(range(ids[0], ids[0] + len(ids))):
        raise Trouble(f"{table}: the ids of cosyvoice{version} are not consecutive; install Parley again")
    return tokens


@dataclass(frozen=True)
class VoicePrompt:
    """What stands before the text of every reply in one voice. `mixed`: speech may begin before the text ends."""

    lead: tuple[int, ...] = ()                       # text ids before all groups: CosyVoice3's instruction
    text: tuple[int, ...] = ()                       # text ids: what the prompt's recording says, or an instruction
    speech: tuple[int, ...] = ()                     # its speech tokens
    mixed: bool = True


class VoiceText:
    """Text to ids of CosyVoice `version`."""

    def __init__(self, folder: Path | str, version: int, special: Mapping[str, int] | None = None) -> None:
        """folder: has vocab.json and merges.txt. special: None for the published table.

        Raises NotHere where a file is missing, Trouble where one is damaged or has another size than the table says.
        """
        self.version = version
        self.special = dict(special_tokens(version) if special is None else special)
        vocab, merges = Path(folder) / "vocab.json", Path(folder) / "merges.txt"
        for path in (vocab, merges):
            if not path.is_file():
                raise NotHere(f"{path}: there is no such file; {AGAIN}")
        first = min(self.special.values())
        make: Any = Qwen2Tokenizer
        try:
            words = json.loads(vocab.read_text("utf-8"))
            if len(words) != first:
                raise Trouble(f"{vocab}: has {len(words)} entries, must have {first}; {AGAIN}")
            self.tokenizer = make(vocab=str(vocab), merges=str(merges), extra_special_tokens=[
                AddedToken(token, special=True, normalized=False) for token in self.special])  # fmt: skip
        except Trouble:
            raise
        except Exception as error:                   # the library raises a bare Exception for a file it cannot read
            raise Trouble(f"{merges} or {vocab.name}: is damaged ({str(error)[:80]}); {AGAIN}") from error
        wrong = [t for t, i in self.special.items() if self.tokenizer.convert_tokens_to_ids(t) != i]
        if wrong:
            raise Trouble(f"{vocab}: {wrong[0]} gets the id {self.tokenizer.convert_tokens_to_ids(wrong[0])}, must get "
                          f"{self.special[wrong[0]]}; another version of transformers may help")

    def ids(self, text: str) -> tuple[int, ...]:
        """-> ids; bracketed tokens of the table (`[laughter]`, `<strong>`) become one id each."""
        return tuple(self.tokenizer.encode(text, add_special_tokens=False))

    def pieces(self, texts: Iterator[str]) -> Iterator[tuple[int, ...]]:
        """Text as it is written, in pieces cut anywhere -> ids, as soon as nothing that follows can change them.

        All of them together are the ids of the whole text. An empty piece gives an empty tuple.
        """
        held = ""
        for text in texts:
            held += text
            cut = _sure(held)
            yield self.ids(held[:cut])
            held = held[cut:]
        if held:
            yield self.ids(held)

    def prompt(self, transcript: str = "", speech: Sequence[int] = (), instruction: str = "") -> VoicePrompt:
        """transcript: what the voice's recording says, in its own words; speech: its speech tokens; both or neither.

        instruction: free text such as "speak slowly"; with one, the recording is left to the flow, as the reference
        does (models.md 4.2, instruct2), and CosyVoice2 needs the whole text. Raises WrongUse for one of the two alone.
        """
        if bool(transcript) != bool(speech):
            raise WrongUse("a voice's prompt needs both what it says and its speech tokens, or neither")
        said = self.ids(transcript) if not instruction else ()
        sounds = tuple(speech) if not instruction else ()
        if self.version == 3:
            begin = f"{ASSISTANT} {instruction}" if instruction else ASSISTANT
            return VoicePrompt(self.ids(begin + END_OF_PROMPT), said, sounds)
        if instruction:
            return VoicePrompt((), self.ids(instruction + END_OF_PROMPT), (), mixed=False)
        return VoicePrompt((), said, sounds)


def _sure(text: str) -> int:
    """How much of `text` has the same tokens whatever follows: the tokenizer never joins a letter, or a mark, and the
    space after it, nor a letter and a full stop of the East after it."""
    for k in range(len(text) - 1, 0, -1):
        before = text[k - 1]
        if not before.isspace() and (text[k] == " " or (text[k] in HALTS and before.isalpha())):
            return k
    return 0
