"""What values are to the language: *missing* beside JSON's kinds, and how they are compared and spelled."""

from __future__ import annotations

import math
from typing import Any, Final
from urllib.parse import quote

from postwire.errors import shown

_BITS: Final = 1023  # of a whole number; above it has no place in a float


class ExpressionProblem(Exception):
    """An expression met a value that does not fit; the message says which."""


class _Missing:
    """The value of what is not there."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "missing"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


def text(value: Any) -> str:
    """As text: JSON's spelling for numbers and booleans; maps and lists are refused.

    >>> text(True), text(2.0), text("a")
    ('true', '2', 'a')
    """
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | float):
        number = bounded(value)
        return str(int(number)) if isinstance(number, float) and number.is_integer() else str(number)
    raise ExpressionProblem(f"{shown(value)} is no text: use join() for a list or json() for its JSON")


def bounded(number: float) -> int | float:
    """*number*, when it is finite and fits a float: all figures stay small enough to calculate with."""
    fits = number.bit_length() <= _BITS if isinstance(number, int) else math.isfinite(number)
    if not fits:
        raise ExpressionProblem("a number is too large")
    return number


def same(first: Any, second: Any) -> bool:
    """Whether two values are equal: nothing is converted, missing counts as null, true is not 1.

    >>> same(1, 1.0), same(MISSING, None), same([True], [1])
    (True, True, False)
    """
    first = None if first is MISSING else first
    second = None if second is MISSING else second
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    return bool(first == second)


def as_bytes(value: str) -> bytes:
    """*value* in UTF-8; a lone surrogate (half a character) is refused."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise ExpressionProblem(f"{shown(ascii(value))} has half a character in it") from None


def percent_encoded(value: Any) -> str:
    """*value* as text, percent-encoded but for letters, digits and `_.-~`.

    >>> percent_encoded("a/b c")
    'a%2Fb%20c'
    """
    return quote(as_bytes(text(value)), safe="")
