"""Texts as people type them, and the values that they mean under a schema."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from postwire.errors import Field, InvalidInput, shown

Schema = Mapping[str, Any]
_WORDS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,400}")


def kinds(schema: Schema) -> frozenset[str]:
    """The JSON types that *schema* takes, as far as it says so; empty when it takes anything."""
    if "type" in schema:
        said = schema["type"]
        return frozenset([said] if isinstance(said, str) else said)
    constants = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    if constants:
        return frozenset(_kind(value) for value in constants)
    parts = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return frozenset(kind for part in parts for kind in kinds(part))


def _kind(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def plain(value: Any) -> str:
    """A value as people type it."""
    return value if isinstance(value, str) else json.dumps(value)


def typed(text: str, schema: Schema, path: str) -> Any:
    """What *text* means under *schema*; a text that does not fit stays one, and the schema says so later.

    Raises:
        InvalidInput: at *path*, JSON that is none.
    """
    found = kinds(schema)
    for choice in schema.get("enum", ()):
        if plain(choice) == text:
            return choice
    if not found:
        return text if (value := read_json(text)) is None else value
    if "string" in found:
        return text
    if found & {"integer", "number"} and (number := _number(text, found)) is not None:
        return number
    if "boolean" in found and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return _json(text, path) if found & {"object", "array", "null"} else text


def read_json(text: str) -> Any:
    """*text* as JSON, or None."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _number(text: str, found: frozenset[str]) -> int | float | None:
    if _WHOLE.fullmatch(text):
        return int(text)
    if "number" not in found:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _json(text: str, path: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        message = f"This must be JSON, and is not: {shown(str(error))}."
        raise InvalidInput([Field(path, message, shown(text))]) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
