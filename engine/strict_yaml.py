"""YAML as a form to be filled in: every key is known, every value has its type and range.

Stricter than YAML: no anchors, no tags, no key twice, and only `true` and `false` are truth values (so that
`canceller: off` is the word it looks like). Dates stay text. Errors are WrongUse with the file and the key or line:
`FILE: turns.puase_ms is not a setting (did you mean pause_ms?)`.
"""

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn, TypeVar, get_args, get_origin, get_type_hints

import yaml

from audio_io.errors import Trouble, WrongUse
from audio_io.files import why

LARGEST = 262_144                # bytes; a file a person writes is a hundredth of that
DEEPEST = 12                     # levels of nesting; ours have three

T = TypeVar("T")
Value = bool | int | float | str | tuple[str, ...]          # of one field that `filled` fills


class _Loader(yaml.SafeLoader):
    """Resolves only what YAML 1.2's core schema calls null, bool, int and float."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]{1,18}", list("-+0123456789")),
    ("float", r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("float", r"[-+]?\.(?:inf|Inf|INF)", ["-", "+", "."]),
    ("float", r"\.(?:nan|NaN|NAN)", ["."]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


class _Writer(yaml.SafeDumper):
    """Quotes whatever either YAML 1.1 or this file's loader would take for a number."""


_Writer.yaml_implicit_resolvers = {
    first: [*yaml.SafeDumper.yaml_implicit_resolvers.get(first, []), *_Loader.yaml_implicit_resolvers.get(first, [])]
    for first in {*yaml.SafeDumper.yaml_implicit_resolvers, *_Loader.yaml_implicit_resolvers}
}


def written(table: Mapping[str, object]) -> str:
    """-> YAML that this file reads back as the same values, keys in their order."""
    return str(yaml.dump(dict(table), Dumper=_Writer, sort_keys=False, allow_unicode=True))


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping of a file. `where`: the file's name; `path`: the mapping's own key, "" at the top."""

    where: str
    path: str
    values: Mapping[str, object]

    def key(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def refuse(self, name: str, says: str) -> NoReturn:
        raise WrongUse(f"{self.where}: {self.key(name)} {says}")

    def only(self, valid: Iterable[str], what: str) -> None:
        """Refuses the first key that is not among `valid`; `what` one is, with its article: `a setting`."""
        valid = list(valid)
        for name in self.values:
            if name not in valid:
                raise WrongUse(f"{self.where}: {_short(self.key(name))} is not {what}{nearest(name, valid)}")

    def table(self, name: str) -> "Table":
        """The mapping under `name`; an absent or empty one is empty."""
        value = self.values.get(name)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            self.refuse(name, f"must be a mapping of names to values, not {shown(value)}")
        return Table(self.where, self.key(name), value)

    def tables(self, name: str) -> list["Table"]:
        """The list of mappings under `name`, numbered from 1 in messages."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(name, f"must be a list, not {shown(value)}")
        items = [Table(self.where, self.key(f"{name}[{i}]"), item) for i, item in enumerate(value, 1)]
        for item in items:
            if not isinstance(item.values, dict):
                raise WrongUse(f"{self.where}: {item.path} must be a mapping, not {shown(item.values)}")
        return items

    def number(self, name: str, lo: float, hi: float, default: float | None = None) -> float:
        """A number lo..hi; without a default it must be there."""
        value = self._there(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not lo <= value <= hi:
            self.refuse(name, f"must be a number from {lo:g} to {hi:g}, not {shown(value)}")
        return float(value)

    def whole(self, name: str, lo: int, hi: int, default: int | None = None) -> int:
        value = self._there(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not lo <= value <= hi:
            self.refuse(name, f"must be a whole number from {lo} to {hi}, not {shown(value)}")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        value = self._there(name, default)
        if isinstance(value, str) and value.lower() in ("yes", "on", "no", "off"):
            return value.lower() in ("yes", "on")
        if not isinstance(value, bool):
            self.refuse(name, f"must be true or false, not {shown(value)}")
        return value

    def text(self, name: str, default: str | None = None, longest: int = 200) -> str:
        """One printable line of at most `longest` characters."""
        value = self._there(name, default)
        if isinstance(value, bool | int | float):
            self.refuse(name, f"must be text; put quotes around {shown(value)}")
        if not isinstance(value, str) or not value.isprintable():
            self.refuse(name, f"must be one line of text, not {shown(value)}")
        if len(value) > longest:
            self.refuse(name, f"is {len(value)} characters long, at most {longest} are allowed")
        return value

    def choice(self, name: str, valid: Iterable[str], default: str | None = None) -> str:
        value, valid = self._there(name, default), list(valid)
        if not isinstance(value, str) or value not in valid:
            hint = nearest(value, valid) if isinstance(value, str) else f" (one of {', '.join(valid)})"
            self.refuse(name, f"cannot be {shown(value)}{hint}")
        return value

    def texts(self, name: str, most: int = 500, longest: int = 60) -> tuple[str, ...]:
        value = self._there(name, None)
        if not isinstance(value, list) or len(value) > most:
            self.refuse(name, f"must be a list of at most {most} words, not {shown(value)}")
        one = {f"{name}[{i}]": item for i, item in enumerate(value, 1)}
        return tuple(Table(self.where, self.path, one).text(key, longest=longest) for key in one)

    def _there(self, name: str, default: object) -> object:
        value = self.values.get(name, default)
        if value is None:
            here = name in self.values
            self.refuse(name, "has no value; give it one or remove the line" if here else "is missing")
        return value


@dataclass(frozen=True, slots=True)
class Limits:
    """What `filled` accepts for a field. longest: characters of a text."""

    lo: float = -math.inf
    hi: float = math.inf
    choices: tuple[str, ...] = ()
    longest: int = 200


def limited(default: T, lo: float = -math.inf, hi: float = math.inf) -> T:
    """A dataclass field with a default and the range that `filled` will accept for it."""
    return dataclasses.field(default=default, metadata={"limits": Limits(lo, hi)})


def filled(base: T, table: Table, what: str = "a setting", skip_unknown: bool = False) -> T:
    """-> the frozen dataclass `base` with the values of `table` in place of its own.

    Types come from its annotations (bool, int, float, str, tuple of str, dataclass), ranges from `limited`;
    what its own __post_init__ refuses (ValueError or Trouble) is refused here with the file's name.
    """
    hints, new = get_type_hints(type(base)), {}
    known = {f.name: f for f in dataclasses.fields(base)}          # type: ignore[arg-type]
    if not skip_unknown:
        table.only(known, what)
    for name in table.values:
        if name in known:
            kind, old = hints[name], getattr(base, name)
            if dataclasses.is_dataclass(kind):
                new[name] = filled(old, table.table(name), what, skip_unknown)
            else:
                new[name] = _value(table, name, kind, known[name].metadata.get("limits", Limits()))
    try:
        return dataclasses.replace(base, **new)                    # type: ignore[type-var]
    except (ValueError, Trouble) as error:
        raise WrongUse(f"{table.where}: {table.path or 'a value'} cannot be so: {error}") from error


def _value(table: Table, name: str, kind: object, limits: Limits) -> Value:
    lo, hi = limits.lo, limits.hi
    if kind is bool:
        return table.flag(name)
    if kind is int:
        return table.whole(name, int(max(lo, -2**53)), int(min(hi, 2**53)))
    if kind is float:
        return table.number(name, max(lo, -1e9), min(hi, 1e9))
    if kind is str:
        if limits.choices:
            return table.choice(name, limits.choices)
        return table.text(name, longest=limits.longest)
    if get_origin(kind) is tuple and get_args(kind)[0] is str:
        return table.texts(name)
    raise TypeError(f"{table.key(name)}: {kind} cannot be written in a file")


def read(path: Path | str, what: str) -> Table:
    """The mapping in the file `path`; `what` it is, with its article: `a settings file`. Raises WrongUse."""
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise WrongUse(f"{path}: is not a file; name {what}")
        if path.stat().st_size > LARGEST:
            raise WrongUse(f"{path}: is larger than {LARGEST // 1024} KiB, too large for {what}")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise WrongUse(f"{path}: cannot be read: {why(error)}; check the path of {what}") from error
    except UnicodeDecodeError as error:
        raise WrongUse(f"{path}: byte {error.start} is not UTF-8 text; save {what} as UTF-8") from error
    except ValueError as error:                        # a zero byte in the name
        raise WrongUse(f"{str(path)!r}: is not a file name; check the path of {what}") from error
    return parse(text, str(path), what)


def parse(text: str, where: str, what: str = "a settings file") -> Table:
    """The mapping that `text` holds; an empty text is an empty mapping. Raises WrongUse with the line."""
    try:
        _check_shape(text, where)
        node = yaml.compose(text, _Loader)
        value = {} if node is None else _plain(node, where)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem or "cannot be understood"
        tab = "'\\t'" in problem
        says = "a tab in the indentation; use spaces" if tab else f"not YAML: {_short(problem, 90)}"
        raise WrongUse(f"{where}, line {line}: {says}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise WrongUse(f"{where}, line {line}: a character that text cannot hold; remove it") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:   # a number in an escape that Python refuses
        raise WrongUse(f"{where}: not YAML: {_short(str(error), 90)}") from error
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise WrongUse(f"{where}: must be `name: value` lines to be {what}, not {shown(value)}")
    return Table(where, "", value)


def _check_shape(text: str, where: str) -> None:
    """Before the tree is built: nothing that could grow (aliases) or nest without end."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise WrongUse(f"{where}, line {line}: anchors and aliases (& and *) are not used; write it out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise WrongUse(f"{where}, line {line}: nested more than {DEEPEST} deep")


def _plain(node: yaml.Node, where: str) -> object:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, where) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        table: dict[str, object] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise WrongUse(f"{where}, line {line}: a name must be a word")
            if key.value in table:
                raise WrongUse(f"{where}, line {line}: {_short(key.value)} is there twice; keep one")
            table[key.value] = _plain(value, where)
        return table
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return node.value.lower() == "true"
        case "int":
            return int(node.value)
        case "float":
            return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))
        case "str":
            return node.value
    raise WrongUse(f"{where}, line {line}: the tag {_short(node.tag)} is not used here; remove it")


def nearest(name: str, valid: Iterable[str]) -> str:
    """-> ` (did you mean x?)`, or the valid names where none is near."""
    valid = list(valid)
    near = get_close_matches(name[:100], valid, 1, 0.6)
    return f" (did you mean {near[0]}?)" if near else f" (one of {', '.join(valid)})"


def shown(value: object) -> str:
    """A value as it is quoted in an error line: short, on one line."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing"
    return repr(_short(value)) if isinstance(value, str) else repr(value)


def _short(text: str, most: int = 60) -> str:
    line = " ".join(text.split())
    line = "".join(c if c.isprintable() else "?" for c in line)
    return line if len(line) <= most else line[: most - 3] + "..."
