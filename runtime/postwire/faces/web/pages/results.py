"""What an action gave, for people: pairs of names and values, and tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import shown
from postwire.faces.web.pages.forms import label_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_COLUMNS: Final = 7
_LINKS: Final = ("https://", "http://")
_FIRST: Final = ("url", "permalink", "share_url", "link")


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in words; `href` where it is an address."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A table where there are `columns`, else pairs."""

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    pairs: tuple[tuple[str, Cell], ...] = ()


def parts(output: Any) -> list[Part]:
    """An output in parts: its plain values first, then each list and group."""
    if not isinstance(output, dict):
        return [Part("", pairs=(("Result", _cell(output)),))]
    plain = tuple((label_of(key), _cell(value)) for key, value in output.items() if _is_plain(value))
    found = [Part("", pairs=plain)] if plain else []
    for key, value in output.items():
        if not _is_plain(value):
            found.append(_part(label_of(key), value))
    return found


def link(output: Any) -> str:
    """The address of what was made; "" where none is known."""
    if not isinstance(output, dict):
        return ""
    values = [output[name] for name in _FIRST if name in output]
    return next((each for each in values if isinstance(each, str) and each.startswith(_LINKS)), "")


def _part(title: str, value: Any) -> Part:
    if isinstance(value, dict):
        return Part(title, pairs=tuple(_flat(value)))
    if value and all(isinstance(each, dict) for each in value):
        return _table(title, value)
    return Part(title, ("",), tuple((_cell(each),) for each in value))


def _flat(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Cell]]:
    for key, inner in value.items():
        label = f"{before} {label_of(key).lower()}" if before else label_of(key)
        if isinstance(inner, dict) and not before:
            yield from _flat(inner, label)
        else:
            yield label, _cell(inner)


def _table(title: str, rows: list[dict[str, Any]]) -> Part:
    names = list(dict.fromkeys(key for row in rows for key in row))
    names.sort(key=lambda name: not all(_is_plain(row.get(name)) for row in rows))
    columns = names[:_COLUMNS]
    cells = tuple(tuple(_cell(row.get(name)) for name in columns) for row in rows)
    return Part(title, tuple(map(label_of, columns)), cells)


def _is_plain(value: Any) -> bool:
    return not isinstance(value, dict | list) or not value


def _cell(value: Any) -> Cell:
    if value is None or value in ([], {}):
        return Cell("–")  # noqa: RUF001 - a dash
    if isinstance(value, bool):
        return Cell("Yes" if value else "No")
    if isinstance(value, str):
        return Cell(value, value if value.startswith(_LINKS) else "")
    return Cell(f"{value:,}" if isinstance(value, int) and abs(value) < 10**12 else _short(value))


def _short(value: Any) -> str:
    if isinstance(value, list) and all(_is_plain(each) for each in value):
        return ", ".join(map(str, value))
    if isinstance(value, dict) and all(_is_plain(each) for each in value.values()):
        return ", ".join(f"{label_of(key).lower()} {_cell(each).text}" for key, each in value.items())
    return (
        shown(json.dumps(value, ensure_ascii=False, default=str))
        if isinstance(value, dict | list)
        else str(value)
    )
