"""The transcript as a file: text, Markdown or JSON. Pure, no Qt. What was not heard is marked as such in each."""

import json
from collections.abc import Callable, Sequence

from app.window.transcript import Turn

VERSION = 1


def _clock(at: float) -> str:
    return f"{int(at // 60):02d}:{int(at % 60):02d}"


def as_text(turns: Sequence[Turn]) -> str:
    """One paragraph a turn; [what was never heard] in brackets."""
    out = []
    for turn in turns:
        said, rest = turn.words
        if not turn.who:
            out.append(f"({turn.text})")
            continue
        line = f"{turn.who}: {said}" + (f" [{rest}]" if rest else "")
        out.append(line.replace(":  ", ": ") + (f" ({turn.cut_note})" if turn.cut else ""))
    return "\n\n".join(out) + ("\n" if out else "")


def as_markdown(turns: Sequence[Turn]) -> str:
    """~~What was never heard~~ is struck through."""
    out = []
    for turn in turns:
        said, rest = (_plain(text) for text in turn.words)
        if not turn.who:
            out.append(f"*{_plain(turn.text)}*")
            continue
        parts = [f"**{_plain(turn.who)}** ({_clock(turn.at)})", said, f"~~{rest}~~" if rest else "",
                 f"*{turn.cut_note}*" if turn.cut else ""]
        out.append(" ".join(part for part in parts if part))
    return "\n\n".join(out) + ("\n" if out else "")


def _plain(text: str) -> str:
    """Markdown's own signs lose their meaning."""
    return "".join(f"\\{sign}" if sign in "\\`*_~[]<>#|" else sign for sign in text)


def as_json(turns: Sequence[Turn]) -> str:
    """{"version", "turns": [{"at": s, "who", "said", "not_heard", "interrupted"}]}; an aside has who ""."""
    table = [{"at": round(turn.at, 2), "who": turn.who, "said": turn.words[0], "not_heard": turn.words[1],
              "interrupted": turn.cut} for turn in turns]
    return json.dumps({"version": VERSION, "turns": table}, indent=2, ensure_ascii=False) + "\n"


FORMATS: dict[str, Callable[[Sequence[Turn]], str]] = {"txt": as_text, "md": as_markdown, "json": as_json}
