"""The output schema at work: what a `return` keeps. What is marked `x-secret` becomes a Secret for `auth`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from postwire.language.functions import MISSING
from postwire.secret import Secret

Projector = Callable[[Any], Any]


def compile_projection(schema: dict[str, Any]) -> Projector:
    """A function that drops undeclared fields, missing ones, and nulls where the schema has no null.

    A Secret passes only where the schema says `x-secret`.
    """
    if schema.get("x-secret"):
        return _secret
    if "object" in _kinds(schema, "object") and "properties" in schema:
        return _object(schema)
    if "array" in _kinds(schema, "array") and isinstance(schema.get("items"), dict):
        return _array(compile_projection(schema["items"]))
    return _same


def _object(schema: dict[str, Any]) -> Projector:
    fields = [
        (name, compile_projection(inner), _takes_null(inner)) for name, inner in schema["properties"].items()
    ]
    plain = frozenset(name for name, projector, _ in fields if projector is _same)
    nullable = frozenset(name for name, _, null in fields if null)
    deep = {name: projector for name, projector, _ in fields if projector is not _same}
    known = plain | deep.keys()
    open_ended = bool(schema.get("additionalProperties"))

    def project(value: Any) -> Any:
        if type(value) is not dict:
            return value
        kept = {}
        for name, inner in value.items():
            if inner is MISSING or not (open_ended or name in known):
                continue
            if type(inner) is Secret and deep.get(name) is not _secret:
                continue
            if inner is not None:
                kept[name] = deep[name](inner) if name in deep else inner
            elif name in nullable or name not in known:
                kept[name] = None
        return kept

    return project


def _array(item: Projector) -> Projector:
    if item is _same:
        return _same
    return lambda value: [item(each) for each in value] if isinstance(value, list) else value


def _takes_null(schema: dict[str, Any]) -> bool:
    return "null" in _kinds(schema, "null")


def _kinds(schema: dict[str, Any], otherwise: str) -> list[str]:
    """What `type` allows; *otherwise* where it says nothing."""
    kind = schema.get("type", otherwise)
    return kind if isinstance(kind, list) else [kind]


def _secret(value: Any) -> Any:
    return Secret(value) if isinstance(value, str) else value


def _same(value: Any) -> Any:
    return value
