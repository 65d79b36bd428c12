"""Strict YAML that keeps the place of every node: no guesses, no anchors, no tags, no duplicate keys.

`true`, `false`, `null`, whole numbers and decimals are values; every other plain scalar is text
(the stock loader reads `no` as false, `12:30` as 750 and takes the last of two equal keys without a word).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 40
MAX_DIGITS: Final = 100
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+\Z")
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "": None, "~": None}
_Loader: Any = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # libyaml where the wheel has it: eight times faster

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file, counted from 1."""

    line: int
    column: int


class YamlProblem(Exception):
    """A file that is not of our YAML profile: what is wrong, and where."""

    def __init__(self, message: str, mark: Mark) -> None:
        super().__init__(message)
        self.message = message
        self.mark = mark


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A parsed file: plain data, and the places of its keys and values by path."""

    data: Any
    values: dict[Path, Mark]
    keys: dict[Path, Mark]

    def mark(self, path: Path, *, key: bool = False) -> Mark:
        """The place of *path*, or of its nearest ancestor that the file has."""
        places = self.keys if key else self.values
        while path and path not in places:
            path = path[:-1]
        return places.get(path) or self.values.get(path) or Mark(1, 1)


def parse(text: str) -> YamlFile:
    """Parse *text*; raises YamlProblem at the first offence against the profile."""
    if len(text.encode()) > MAX_BYTES:
        raise YamlProblem(f"the file is larger than {MAX_BYTES // 1024} kB", Mark(1, 1))
    try:
        events = iter(list(yaml.parse(text, Loader=_Loader)))
    except yaml.YAMLError as error:
        raise _syntax_problem(error) from None
    return _Builder(events).build()


def load(text: str) -> Any:
    """The plain data of *text*, for callers that need no places."""
    return parse(text).data


def _syntax_problem(error: yaml.YAMLError) -> YamlProblem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)
    problem = getattr(error, "problem", None) or "this is not YAML"
    return YamlProblem(f"not readable as YAML: {problem}", place)


class _Builder:
    """Turns parser events into data; recursion is bounded by MAX_DEPTH."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._values: dict[Path, Mark] = {}
        self._keys: dict[Path, Mark] = {}

    def build(self) -> YamlFile:
        next(self._events)  # stream start
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            return YamlFile(None, {(): Mark(1, 1)}, {})
        data = self._node(next(self._events), ())
        next(self._events)  # document end
        if not isinstance(after := next(self._events), yaml.StreamEndEvent):
            raise YamlProblem("one document a file: a second one starts here", _mark(after))
        return YamlFile(data, self._values, self._keys)

    def _node(self, event: Any, path: Path) -> Any:
        _refuse_extras(event)
        if len(path) > MAX_DEPTH:
            raise YamlProblem(f"nested deeper than {MAX_DEPTH} levels", _mark(event))
        self._values[path] = _mark(event)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            _refuse_extras(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise YamlProblem("a key is text, not a list or a map", _mark(event))
            if event.value in entries:
                raise YamlProblem(f"the key {event.value!r} stands here twice", _mark(event))
            inner = (*path, event.value)
            self._keys[inner] = _mark(event)
            entries[event.value] = self._node(next(self._events), inner)
        return entries


def _refuse_extras(event: Any) -> None:
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise YamlProblem("anchors and aliases are not used here: write the value out", _mark(event))
    if event.tag is not None:
        raise YamlProblem("tags (words that start with !) are not used here: quote the text", _mark(event))


def _scalar(event: Any) -> Any:
    value: str = event.value
    if event.style or not event.implicit[0]:  # libyaml gives a plain scalar the style ""
        return value
    if value in _WORDS:
        return _WORDS[value]
    if _INTEGER.match(value):
        return int(_held(value, event))
    return float(_held(value, event)) if _DECIMAL.match(value) else value


def _held(value: str, event: Any) -> str:
    if len(value) > MAX_DIGITS:
        raise YamlProblem(f"a number has at most {MAX_DIGITS} digits", _mark(event))
    return value


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
