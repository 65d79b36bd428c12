"""Rest.li 2.0 as it stands in addresses: lists and records are raw, their members percent-encoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from postwire.simulator.linkedin.refusal import RestError, bad_query

if TYPE_CHECKING:
    from collections.abc import Mapping

RESERVED = frozenset("(),:'")
PLAIN = frozenset({"fields", "projection"})  # which fields to show; they have a grammar of their own
_SYNTAX = "Syntax exception in path variables"


def query(raw: str) -> dict[str, Any]:
    """Read a raw query string; raises RestError where it is not Rest.li 2.0."""
    # LinkedIn sheet 2.3: URN and Rest.li encoding
    pairs = [piece.partition("=") for piece in raw.split("&") if piece]
    return {unquote(name): unquote(text) if name in PLAIN else value(text) for name, _, text in pairs}


def value(raw: str) -> Any:
    """Read one raw value: text, a list or a record."""
    if raw.startswith("List(") and raw.endswith(")"):
        return [value(piece) for piece in split(raw[5:-1])]
    if raw.startswith("(") and raw.endswith(")"):
        return _record(raw[1:-1])
    if raw == "''":
        return ""
    # An unencoded URN cannot be told from a record's colon, so the parser refuses it.
    if RESERVED.intersection(raw):
        raise bad_query()
    return unquote(raw.replace("+", " "))


def _record(raw: str) -> dict[str, Any]:
    entries = [piece.partition(":") for piece in split(raw)]
    if not all(name and colon for name, colon, _ in entries):
        raise bad_query()
    return {unquote(name): value(text) for name, _, text in entries}


def split(raw: str) -> list[str]:
    """Split at the commas that are in no parentheses; raises RestError where those do not fit."""
    pieces, depth, start = [], 0, 0
    for at, char in enumerate(raw):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            raise bad_query()
        if char == "," and not depth:
            pieces.append(raw[start:at])
            start = at + 1
    if depth:
        raise bad_query()
    return [*pieces, raw[start:]] if raw else []


def check_path(raw_path: str, params: Mapping[str, str]) -> None:
    """Refuse a path whose keys are not encoded: a URN whole, a complex key's values."""
    # LinkedIn sheet 2.3: URN and Rest.li encoding; sheet 12: Errors ("Syntax exception in path variables")
    for segment in raw_path.split("/"):
        if unquote(segment) in params.values():
            try:
                value(segment)
            except RestError:
                raise bad_query(_SYNTAX) from None


def key(text: str) -> dict[str, str]:
    """Read a complex key of a path, which is decoded already: `(actor:URN,entity:URN)`."""
    # LinkedIn sheet 2.3: URN and Rest.li encoding (complex key in path)
    if not (text.startswith("(") and text.endswith(")")):
        raise bad_query(_SYNTAX)
    entries = [piece.partition(":") for piece in split(text[1:-1])]
    if not all(name and colon and rest for name, colon, rest in entries):
        raise bad_query(_SYNTAX)
    return {name: rest for name, _, rest in entries}


def urns(given: Mapping[str, Any], name: str) -> list[str]:
    """Take a List() of URNs or ids out of a query."""
    found = given.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
        raise bad_query(f"Query parameter {name} must be a List() with members")
    return found


def urn(text: str) -> tuple[str, tuple[str, ...]]:
    """Split a URN into its kind and its key, which may have several members; empty where it is none."""
    # LinkedIn sheet 2.3: URN and Rest.li encoding (URN kinds)
    start, _, rest = text.partition("urn:li:")
    kind, _, ident = rest.partition(":")
    if start or not kind.isalpha() or not ident:
        return "", ()
    if ident.startswith("(") and ident.endswith(")"):
        return kind, tuple(split(ident[1:-1]))
    return ("", ()) if set(ident) & set(",() %") else (kind, (ident,))


def kind_of(text: Any) -> str:
    """Tell the kind of a URN, empty where it is none."""
    return urn(text)[0] if isinstance(text, str) else ""
