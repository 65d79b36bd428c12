"""Schemas that many actions share: `$ref: post` in an input or output stands for the shape of that name.

An integration's own shapes stand in its `shapes.yaml`, those of all platforms in `common.schema.json`; the
own one wins. What stands beside `$ref` is added to the shape, or takes the place of what it says. A loaded
action holds the shapes themselves, so that every face shows whole schemas.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from postwire.language import locate, yamlfile
from postwire.language.functions import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

FILE: Final = "shapes.yaml"
_COMMON: Final = "common.schema.json"
_LOCAL: Final = "#/$defs/"  # how the common schema refers to itself
_DEPTH: Final = 12
_SCHEMAS: Final = ("input", "output")

Shapes = dict[str, dict[str, Any]]
Path = tuple[str | int, ...]


class UnknownShape(Exception):
    """A `$ref` that leads nowhere, or round in circles; `path` is its place in the schema."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


@lru_cache(1)
def common() -> Shapes:
    """The shapes of all platforms."""
    found: Shapes = json.loads((locate.shipped("schemas") / _COMMON).read_text("utf-8"))["$defs"]
    return {name: _plain(shape) for name, shape in found.items()}


def of(folder: Traversable) -> Shapes:
    """The shapes that actions of an integration may name.

    Raises:
        YamlProblem: `shapes.yaml` is not of our YAML profile.
    """
    file = folder / FILE
    own = yamlfile.load(file.read_text("utf-8")) if file.is_file() else {}
    return {**common(), **(own if isinstance(own, dict) else {})}


def expand(schema: Any, shapes: Mapping[str, Any], path: Path = (), inside: tuple[str, ...] = ()) -> Any:
    """*schema* with every shape in its place.

    Raises:
        UnknownShape: there is none of that name, or it holds itself.
    """
    if isinstance(schema, list):
        return [expand(item, shapes, (*path, number), inside) for number, item in enumerate(schema)]
    if not isinstance(schema, dict):
        return schema
    name = schema.get("$ref")
    own = {key: expand(inner, shapes, (*path, key), inside) for key, inner in schema.items() if key != "$ref"}
    if not isinstance(name, str) or name.startswith("#") or "/" in name:
        return own if name is None else {"$ref": name, **own}
    if name not in shapes:
        raise UnknownShape(f"there is no shape {name!r}{nearest(name, shapes)}", (*path, "$ref"))
    if name in inside or len(inside) > _DEPTH:
        raise UnknownShape(f"the shape {name} holds itself", (*path, "$ref"))
    return {**expand(shapes[name], shapes, path, (*inside, name)), **own}


def expanded(action: dict[str, Any], shapes: Mapping[str, Any]) -> dict[str, Any]:
    """An action's data with every shape in its place; errors as `expand`, with the path in the file."""
    whole: dict[str, Any] = {
        word: expand(action[word], shapes, (word,)) for word in _SCHEMAS if word in action
    }
    return {**action, **whole}


def _plain(shape: Any) -> Any:
    """A shape of the common schema in the words of actions: plain names, and only what describes values."""
    if isinstance(shape, list):
        return [_plain(item) for item in shape]
    if not isinstance(shape, dict):
        return shape
    told = {key: _plain(inner) for key, inner in shape.items() if key not in ("title", "examples", "x-wrong")}
    if isinstance(told.get("$ref"), str):
        told["$ref"] = told["$ref"].removeprefix(_LOCAL)
    return told
