"""What the embedded brain understands, as a grammar that writes sentences: our own words, no corpus.

The rules are in request_grammar.txt. `request` is the start; the weights say how often each kind is written.
"""

import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from engine.corpus.spoken_form import cardinal, ordinal


@cache
def _places() -> list[str]:
    return [city for _, line in rules()["places"] for city in line.split()]


NUMBERS: dict[str, Callable[[random.Random], list[str]]] = {
    "n12": lambda r: cardinal(r.randint(1, 12)),
    "n20": lambda r: cardinal(r.choice((*range(1, 21), 2, 3, 5, 10, 15, 20, 25, 30))),
    "n60": lambda r: cardinal(r.choice((*range(1, 60), 10, 15, 20, 30, 40, 45, 50, 90))),
    "n": lambda r: cardinal(r.choice((
        r.randint(1, 20), r.randint(1, 100), r.randint(1, 20) * 10, r.randint(1, 100), r.randint(100, 999),
        r.randint(1, 10) * 100, r.randint(1, 10) * 1000, r.randint(1000, 9999),
    ))),
    "nth": lambda r: ordinal(r.randint(1, 31)),
    "city": lambda r: r.choice(_places()).split("+"),
}  # fmt: skip


GRAMMAR = Path(__file__).with_name("request_grammar.txt")
Rules = dict[str, list[tuple[float, str]]]


def rules(path: Path = GRAMMAR) -> Rules:
    """-> rule name -> (weight, alternative); a block's weight is shared by its alternatives."""
    made: Rules = {}
    for block in re.split(r"\n(?=\w)", path.read_text(encoding="utf-8"))[1:]:
        head, *lines = block.rstrip().splitlines()
        name, weight = head.rstrip(":").split()
        made.setdefault(name, []).extend((float(weight) / len(lines), line.strip()) for line in lines)
    return made


INNERMOST = re.compile(r"\(([^()]*)\)")
NAME = re.compile(r"<(\w+)>")


def write(grammar: Rules, rng: random.Random, name: str = "request") -> list[str]:
    """-> the words of one sentence."""
    if name in NUMBERS:
        return NUMBERS[name](rng)
    weights, options = zip(*grammar[name], strict=True)
    text = rng.choices(options, weights)[0]
    while INNERMOST.search(text):
        text = INNERMOST.sub(lambda m: rng.choice(m[1].split("/")), text)
    return NAME.sub(lambda m: " ".join(write(grammar, rng, m[1])), text).split()


def sentences(count: int, seed: int = 1) -> list[list[str]]:
    grammar, rng = rules(), random.Random(seed)
    return [write(grammar, rng) for _ in range(count)]
