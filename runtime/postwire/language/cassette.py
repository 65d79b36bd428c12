"""Recorded traffic of an action (`cassettes/<action>.yaml`, in vcrpy's format), as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request and its answer; header names in lower case."""

    method: str
    uri: str
    request_body: str
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Cassette:
    """A file of recorded traffic: `source` is `documentation` or `live`, `page` what it was taken from."""

    source: str
    page: str
    interactions: tuple[Recorded, ...]


def read(folder: Traversable, action: str) -> Cassette | None:
    """The cassette of *action* in an integration's *folder*, or None."""
    file = folder / "cassettes" / f"{action}.yaml"
    if not file.is_file():
        return None
    data = yaml.load(file.read_bytes(), Loader=_Loader)  # noqa: S506 - one of the safe loaders
    found = tuple(_recorded(entry) for entry in data.get("interactions") or ())
    return Cassette(str(data.get("source", "")), str(data.get("page", "")), found)


def _recorded(entry: dict[str, Any]) -> Recorded:
    request, response = entry["request"], entry["response"]
    return Recorded(
        request["method"],
        request["uri"],
        _text(request.get("body")),
        response["status"]["code"],
        {name.lower(): _first(value) for name, value in (response.get("headers") or {}).items()},
        _text((response.get("body") or {}).get("string")).encode(),
    )


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")


def _first(value: Any) -> str:
    return str(value[0]) if isinstance(value, list) else str(value)
