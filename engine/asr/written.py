"""How what was said is written, with case and punctuation, where it was heard in several utterances. Pure."""

from collections.abc import Sequence


def written_as(text: str, pieces: Sequence[tuple[str, str]]) -> str:
    """text: plain words of a turn. pieces: (plain, written) of the utterances heard last, oldest first.

    -> how the text is written; "" where it is not made of the last utterances, or one of them was not written.
    """
    for first in range(len(pieces) - 1, -1, -1):
        tail = pieces[first:]
        if " ".join(plain for plain, _ in tail) == text:
            return " ".join(written for _, written in tail) if all(written for _, written in tail) else ""
    return ""
