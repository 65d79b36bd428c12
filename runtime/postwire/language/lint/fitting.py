"""Whether a value of a manifest can fit the JSON Schema that it is meant for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postwire.errors import shown
from postwire.language.functions import nearest
from postwire.language.lint import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.language.lint.kinds import Type
    from postwire.language.yamlfile import Path


@dataclass(frozen=True, slots=True)
class Misfit:
    """What does not fit, and where: `kind` is unknown, missing, loose (it may be missing) or type."""

    kind: str
    path: Path
    message: str


def misfits(value: Any, found: Type, schema: Any, path: Path, where: str) -> Iterator[Misfit]:
    """What of *value* (of type *found*, at *path*) cannot fit *schema*; *where* names it for people."""
    if not isinstance(schema, dict):
        return
    wanted = kinds.of_schema(schema)
    if message := _mismatch(found, wanted):
        yield Misfit("type", path, f"{where} {message}")
    elif isinstance(value, dict) and "$each" in value:
        item = found.item or kinds.ANY
        yield from misfits(value.get("to"), item, schema.get("items"), (*path, "to"), where)
    elif wanted.kind == "list" and found.item and isinstance(schema.get("items"), dict):
        if message := _mismatch(found.item, kinds.of_schema(schema["items"])):
            yield Misfit("type", path, f"an item of {where} {message}")
    elif wanted.fields is not None and found.fields is not None:
        yield from _fields(value, found, schema, path, where)


def _fields(value: Any, found: Type, schema: dict[str, Any], path: Path, where: str) -> Iterator[Misfit]:
    properties, fields = schema.get("properties") or {}, found.fields or {}
    written = isinstance(value, dict)
    for name, type_ in fields.items():
        here = (*path, name) if written else path
        inner = value.get(name) if written else None
        if name in properties:
            yield from misfits(inner, type_, properties[name], here, name)
        elif written:
            yield Misfit("unknown", here, f"{where} has no {name!r}{nearest(name, properties)}")
    for name in schema.get("required") or ():
        has_default = isinstance(properties.get(name), dict) and "default" in properties[name]
        if name not in fields and not has_default:
            yield Misfit("missing", path, f"{where} needs {name!r}, which is not given")
        elif name in fields and fields[name].optional and not has_default:
            here = (*path, name) if written else path
            yield Misfit("loose", here, f"{where} needs {name!r}, and this may be missing")


def _mismatch(found: Type, wanted: Type) -> str | None:
    if "any" in (found.kind, wanted.kind) or found.kind == "null":
        return None
    if found.media != wanted.media or found.kind != wanted.kind:
        return f"is {kinds.told(wanted)}, and this is {kinds.told(found)}"
    if wanted.words and found.words:
        strange = [word for word in found.words if word is not None and word not in wanted.words]
        if strange:
            words = ", ".join(str(word) for word in wanted.words)
            return f"is one of {words}, and this can be {shown(strange[0])}"
    return None
