"""A JSON value for people: aligned `key: value`, nested things indented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.faces.cli.output import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDEST: Final = 24  # characters; a longer key does not push the others to the right
_NOTHING: Final = "none"


def readable(value: Any) -> str:
    """*value* on as many lines as it needs."""
    return plain("\n".join(_lines(value)))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield from _entries(value)
    elif isinstance(value, list) and value:
        for item in value:
            yield from _hung("- ", _lines(item))
    else:
        yield from _scalar(value).split("\n")


def _entries(value: dict[str, Any]) -> Iterator[str]:
    flat = [len(key) for key, inner in value.items() if not _is_nested(inner) and len(key) <= _WIDEST]
    width = max(flat, default=0) + 2
    for key, inner in value.items():
        if _is_nested(inner):
            yield f"{key}:"
            yield from (f"  {line}" for line in _lines(inner))
        else:
            yield from _hung(f"{key}: ".ljust(width), _lines(inner))


def _hung(label: str, lines: Iterator[str]) -> Iterator[str]:
    """*lines* with *label* before the first, and as much room before the others."""
    for index, line in enumerate(lines):
        yield f"{label if index == 0 else ' ' * len(label)}{line}"


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _NOTHING if value is None or value in ([], {}) else str(value)
