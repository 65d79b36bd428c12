"""JSON bodies: what they may hold, and how X words what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from postwire.simulator.x.refusal import InvalidError

Check = Callable[[str, Any], None]
ID = r"^[0-9]{1,19}$"


def wrong(path: str, why: str) -> InvalidError:
    """Refuse a body for what is at a path."""
    # X sheet 12.1: E2 (body errors are named like `$.key`; parameters may be {})
    return InvalidError(f"{path}: {why}")


def _kind(value: Any) -> str:
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "boolean"),
        (str, "string"),
        (int, "integer"),
        (float, "number"),
        (list, "array"),
        (dict, "object"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")


def _typed(path: str, value: Any, wanted: str) -> None:
    if _kind(value) != wanted:
        raise wrong(path, f"{_kind(value)} found, {wanted} expected")


def text(low: int = 0, high: int = 0, pattern: str = "") -> Check:
    """Check a text: its length in characters, its pattern."""

    def check(path: str, value: Any) -> None:
        _typed(path, value, "string")
        if len(value) < low:
            raise wrong(path, f"must be at least {low} characters long")
        if high and len(value) > high:
            raise wrong(path, f"may only be {high} characters long")
        if pattern and not re.search(pattern, value):
            raise wrong(path, f"does not match the regex pattern {pattern}")

    return check


def flag(path: str, value: Any) -> None:
    """Check a boolean."""
    _typed(path, value, "boolean")


def whole(low: int, high: int) -> Check:
    """Check a whole number."""

    def check(path: str, value: Any) -> None:
        _typed(path, value, "integer")
        if value < low:
            raise wrong(path, f"must have a minimum value of {low}")
        if value > high:
            raise wrong(path, f"must have a maximum value of {high}")

    return check


def choice(*values: str) -> Check:
    """Check one of a few words."""

    def check(path: str, value: Any) -> None:
        if value not in values:
            raise wrong(path, f"does not have a value in the enumeration [{', '.join(values)}]")

    return check


def many(item: Check, low: int = 0, high: int = 0) -> Check:
    """Check a list."""

    def check(path: str, value: Any) -> None:
        _typed(path, value, "array")
        if len(value) < low:
            raise wrong(path, f"there must be a minimum of {low} items in the array")
        if high and len(value) > high:
            raise wrong(path, f"there must be a maximum of {high} items in the array")
        for number, element in enumerate(value):
            item(f"{path}[{number}]", element)

    return check


def anything(_path: str, _value: Any) -> None:
    """Check nothing."""


def shape(fields: Mapping[str, Check], required: str = "", *, closed: bool = True) -> Check:
    """Check an object; a closed one refuses unknown keys."""
    # X sheet 1.8: additionalProperties false on nearly every body

    def check(path: str, value: Any) -> None:
        _typed(path, value, "object")
        for name in required.split():
            if name not in value:
                raise wrong(f"{path}.{name}", "is missing but it is required")
        for name, element in value.items():
            if name in fields:
                fields[name](f"{path}.{name}", element)
            elif closed:
                why = "is not defined in the schema and the schema does not allow additional properties"
                raise wrong(f"{path}.{str(name)[:80]}", why)

    return check


an_id = text(pattern=ID)
