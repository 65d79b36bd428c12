"""Reading parameters, which come as query, form, multipart or JSON alike."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from postwire.simulator import multipart
from postwire.simulator.meta.refusal import invalid, required

if TYPE_CHECKING:
    from postwire.simulator.exchange import Call

_INDEXED = re.compile(r"([A-Za-z0-9_]+)\[(\w*)\]")
TRUE, FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})


class Params:
    """Parameters by name; in a form or query, arrays and objects are JSON text."""

    def __init__(self, values: dict[str, Any], files: dict[str, multipart.Arrived] | None = None) -> None:
        self.values = values
        self.files = files or {}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str = "") -> str:
        """Read text; numbers and booleans are written out, as JSON bodies may hold them."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, str):
            return value
        return json.dumps(value)

    def need(self, name: str) -> str:
        """Read text that must be there; raises a refusal with code 100."""
        if not (value := self.text(name)):
            raise required(name)
        return value

    def word(self, name: str, *options: str, default: str = "") -> str:
        """Read one of some words, whatever their case, in upper case."""
        # Meta sheet 0.2: SPEC is v25.0 (the API folds case)
        value = self.text(name).upper()
        if value and value not in options:
            raise invalid(f"Param {name} must be one of {{{', '.join(options)}}}")
        return value or default

    def flag(self, name: str) -> bool | None:
        """Read a boolean, or None when it is not there."""
        value = self.text(name).lower()
        if name not in self.values:
            return None
        if value not in TRUE | FALSE:
            raise invalid(f"Param {name} must be a boolean")
        return value in TRUE

    def number(self, name: str, default: int = 0) -> int:
        """Read a whole number."""
        value = self.text(name)
        if not value:
            return default
        if not re.fullmatch(r"-?\d{1,18}", value):
            raise invalid(f"Param {name} must be an integer")
        return int(value)

    def json(self, name: str) -> Any:
        """Read an array or object, from JSON text where it came as text; None when it is not there."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            return value

    def array(self, name: str) -> list[Any] | None:
        """Read an array, or text with commas."""
        value = self.json(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            return [part.strip() for part in value.split(",")]
        if isinstance(value, dict) and all(str(key).isdigit() for key in value):
            return list(value.values())
        if isinstance(value, int) and not isinstance(value, bool):
            return [str(value)]
        if not isinstance(value, list):
            raise invalid(f"Param {name} must be an array")
        return value

    def object(self, name: str) -> dict[str, Any] | None:
        """Read an object."""
        value = self.json(name)
        if value is None or value == "":
            return None
        if not isinstance(value, dict):
            raise invalid(f"Param {name} must be an object")
        return value

    def moment(self, name: str) -> float | None:
        """Read a time: Unix seconds, or ISO-8601."""
        value = self.text(name)
        if not value:
            return None
        if re.fullmatch(r"\d{1,11}", value):
            return float(value)
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            raise invalid(f"Param {name} must be a valid date") from None
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def objects(value: Any, name: str) -> list[dict[str, Any]]:
    """Take an array of objects; raises a refusal for anything else."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise invalid(f"Param {name} must be an array of objects")
    return value


def whole(value: Any, name: str) -> int:
    """Take a whole number out of an object."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(f"Param {name} must be an integer")
    return value


async def read(call: Call, *, checksums: bool) -> Params:
    """Read a request whole, but for its files, of which only size and first bytes are kept."""
    # Meta sheet 1: Hosts, versions, general rules (request body: JSON, form, multipart, or all in the query)
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    values: dict[str, Any] = dict(call.query)
    files: dict[str, multipart.Arrived] = {}
    if kind == "multipart/form-data":
        try:
            given, files = await multipart.read(call.stream(), call.headers["content-type"], checksums)
        except multipart.MultipartError as error:
            raise invalid(str(error)) from None
        values |= given
    else:
        values |= _body(kind, await call.body())
    return Params(_indexed(values), files)


def _body(kind: str, raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    if kind == "application/json":
        try:
            read = json.loads(raw)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise invalid("The body is not a JSON object.")
        return read
    if kind in {"application/x-www-form-urlencoded", ""}:
        return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    raise invalid("The content type is not JSON, a form or multipart.")  # sheet silent on others


def _indexed(values: dict[str, Any]) -> dict[str, Any]:
    """Gather `attached_media[0]={…}` into one array."""
    gathered: dict[str, Any] = {}
    for name, value in values.items():
        match = _INDEXED.fullmatch(name)
        if match is None:
            gathered[name] = value
            continue
        held = gathered.setdefault(match[1], {})
        if isinstance(held, dict):
            held[match[2] or str(len(held))] = _loaded(value)
    return gathered


def _loaded(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
