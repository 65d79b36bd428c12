"""Places in a value and in its schema: paths, their JSON pointers, and what a schema says there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]

_DEEPEST: Final = 8  # combinations and references that are looked through at one place
_COMBINED: Final = ("allOf", "anyOf", "oneOf")
_UNKNOWN: Final = 1_000_000  # the rank of a name that the schema does not have: after all others


def pointer(path: Path) -> str:
    """*path* as a JSON pointer (RFC 6901).

    >>> pointer(("a/b", 0, "~"))
    '/a~1b/0/~0'
    """
    return "".join(f"/{escaped(key)}" for key in path)


def escaped(key: str | int) -> str:
    """One step of a JSON pointer."""
    return str(key).replace("~", "~0").replace("/", "~1")


def at(schema: dict[str, Any], path: Path) -> list[dict[str, Any]]:
    """Every schema that speaks about the value at *path*, also inside combinations and local references."""
    found = list(_spread(schema, schema, _DEEPEST))
    for key in path:
        found = [
            inner
            for outer in found
            for below in _below(outer, key)
            for inner in _spread(below, schema, _DEEPEST)
        ]
    return found


def rank(schema: dict[str, Any], path: Path) -> tuple[tuple[int, str], ...]:
    """A sort key: in the order in which the schema names its properties, a whole before its parts."""
    ranks = []
    for depth, key in enumerate(path):
        if isinstance(key, int):
            ranks.append((key, ""))
            continue
        names = [name for outer in at(schema, path[:depth]) for name in outer.get("properties", {})]
        ranks.append((names.index(key) if key in names else _UNKNOWN, key))
    return tuple(ranks)


def _spread(schema: Any, root: dict[str, Any], left: int) -> Iterator[dict[str, Any]]:
    if not isinstance(schema, dict) or left == 0:
        return
    yield schema
    for word in _COMBINED:
        for branch in schema.get(word, ()):
            yield from _spread(branch, root, left - 1)
    if str(schema.get("$ref", "")).startswith("#/"):
        target: Any = root
        for step in schema["$ref"][2:].split("/"):
            target = (
                target.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
            )
        yield from _spread(target, root, left - 1)


def _below(schema: dict[str, Any], key: str | int) -> Iterator[Any]:
    if isinstance(key, int):
        fixed = schema.get("prefixItems", ())
        yield fixed[key] if key < len(fixed) else schema.get("items")
    else:
        properties = schema.get("properties", {})
        yield properties[key] if key in properties else schema.get("additionalProperties")
