"""A file under check: its text, its data, and the place of every character of every value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from postwire.language import yamlfile
from postwire.language.lint.finding import Finding, Severity

if TYPE_CHECKING:
    from pathlib import Path as File

    from postwire.language.yamlfile import Mark, Path

_ESCAPE: Final = re.compile(r"\\(?:x..|u.{4}|U.{8}|.)", re.DOTALL)
_FOLD: Final = re.compile(r"\\\n[ \t]*")
_BLOCK: Final = re.compile(r"[|>][^\n]*\n\s*")
_SPACE: Final = re.compile(r"\s+")
_KEY: Final = re.compile(r"[^\s:,{}\[\]]+")
_VALUE: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|\$\{\{.*?\}\}|[^\s,{}\[\]]+""")


@dataclass(frozen=True, slots=True)
class Spot:
    """A stretch of a file: line and column counted from 1, and its width."""

    line: int
    column: int
    width: int = 1


class Document:
    """A YAML file, read.

    Args:
        name: the file as findings show it.
        text: what it holds.

    Raises:
        YamlProblem: it is not of our YAML profile.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._yaml = yamlfile.parse(text)
        self.data: Any = self._yaml.data

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file, without their ends."""
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def key(self, path: Path) -> Spot:
        """The place of a key, or of the value where it has none (list items, the file as a whole)."""
        if path not in self._yaml.keys and path in self._yaml.values:
            return self.value(path)
        mark = self._yaml.mark(path, key=True)
        return Spot(mark.line, mark.column, self._width(mark, _KEY))

    def value(self, path: Path) -> Spot:
        """The place of a value; of its nearest ancestor where the file does not have it."""
        mark = self._yaml.mark(path)
        return Spot(mark.line, mark.column, self._width(mark, _VALUE))

    def inside(self, path: Path, value: str, offset: int, width: int = 1) -> Spot:
        """The place of character *offset* of the text *value* that stands at *path*."""
        mark = self._yaml.mark(path)
        index = character(self.text, self._starts[mark.line - 1] + mark.column - 1, value, offset)
        line = self.text.count("\n", 0, index)
        return Spot(line + 1, index - self._starts[line] + 1, width)

    def has(self, path: Path) -> bool:
        """Whether the file has a value there."""
        return path in self._yaml.values

    def finding(
        self, spot: Spot, rule: str, message: str, remedy: str = "", severity: Severity = "error"
    ) -> Finding:
        """A finding in this file."""
        source = self.lines[spot.line - 1] if spot.line <= len(self.lines) else ""
        return Finding(
            self.name, spot.line, spot.column, rule, message, remedy, severity, source.rstrip(), spot.width
        )

    def _width(self, mark: Mark, shape: re.Pattern[str]) -> int:
        line = self.lines[mark.line - 1] if mark.line <= len(self.lines) else ""
        found = shape.match(line, mark.column - 1)
        return len(found[0]) if found else 1


def character(text: str, start: int, value: str, offset: int) -> int:
    """The index in *text* of character *offset* of the scalar *value* that begins at *start*.

    Works for plain, quoted and block scalars: folding and indentation only change the spaces between words.
    """
    quote = text[start] if text[start : start + 1] in ("'", '"') else ""
    block = _BLOCK.match(text, start)
    index = block.end() if block else start + len(quote)
    at = len(value) - len(value.lstrip()) if block else 0
    while at < min(offset, len(value)):
        if value[at].isspace() and (run := _SPACE.match(text, index)):
            index = run.end()
            at = len(value) - len(value[at:].lstrip())
        else:
            index = _next(text, index, quote)
            at += 1
        if quote == '"' and (fold := _FOLD.match(text, index)):
            index = fold.end()
    return min(index, len(text))


def _next(text: str, index: int, quote: str) -> int:
    """Behind the character of a scalar that begins at *index*: an escape or a doubled quote is one."""
    escape = _ESCAPE.match(text, index) if quote == '"' else None
    doubled = quote == "'" and text.startswith("''", index)
    return escape.end() if escape else index + (2 if doubled else 1)


def file_finding(path: File, rule: str, message: str, remedy: str = "") -> Finding:
    """A finding about a file or folder as a whole."""
    return Finding(path.as_posix(), 1, 1, rule, message, remedy)
