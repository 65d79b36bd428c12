"""An action's input as it comes over HTTP: JSON whose base64 goes to files, or a form with files."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from postwire.access.uploads import Uploads
from postwire.errors import Field, InvalidInput, shown
from postwire.faces.typed import kinds, read_json, typed
from postwire.faces.web.forms import File, received
from postwire.faces.web.receiving import UNSUPPORTED, Refused, Room, declared, pieces, to_end, too_large
from postwire.language.places import escaped
from postwire.media.jsonspool import REMAINDER, SPILL, JsonSpool, Spilled, discard
from postwire.media.source import looks_like

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from starlette.requests import Request

    from postwire.faces.web.api.calling import Caller
    from postwire.language.inputs import InputSchema, Place

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
_GONE: Final = "This media handle is unknown or has expired: upload the file again."
_TEXT: Final[dict[str, Any]] = {"type": "string"}
_NO_MEDIA: Final = "is longer than 65536 characters, or a file; no file is taken here"


@asynccontextmanager
async def taken(caller: Caller, action: str) -> AsyncIterator[tuple[dict[str, Any], Room]]:
    """The input of the request, and the room that its files take, which go unless a run has them.

    Raises:
        InvalidInput: it cannot be read, or names files of others, or has some where none are taken.
        Refused: 413, 415 or 507.
    """
    schema = caller.client.programs.described(action).input
    async with Room(caller.site, caller.workspace) as room:
        given = await _read(caller.request, room, schema)
        try:
            await _check(caller, room, schema, given, action)
            yield given, room
        finally:
            discard(given)


async def _read(request: Request, room: Room, schema: InputSchema) -> dict[str, Any]:
    kind = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if kind == FORM:
        return _valued(await received(request, room), schema)
    if kind == JSON or kind.endswith("+json"):
        return await _json(request, room)
    raise Refused(
        UNSUPPORTED,
        "invalid_input",
        f"A body of the type {shown(kind)} is not taken.",
        f"Send {JSON} or {FORM}.",
    )


async def _json(request: Request, room: Room) -> dict[str, Any]:
    """Base64 is decoded into files while it comes."""
    largest = room.largest
    announced = _decoded(declared(request))
    if announced > largest:
        raise too_large(largest)
    await room.grow(announced)
    spool = JsonSpool(room.store.folder, max_bytes=largest)
    size = 0

    def feed(piece: bytes) -> None:
        if size > REMAINDER:
            room.came(len(piece) * 3 // 4)
        spool.feed(piece)

    try:
        async for piece in pieces(request):
            size += len(piece)
            # What is small is read sooner than a thread begins.
            await to_end(feed, piece) if size > SPILL else feed(piece)
        given = spool.close() if size else {}
    except BaseException:
        spool.abort()
        raise
    if not isinstance(given, dict):
        discard(given)
        raise InvalidInput([Field("", "must be a JSON object", type(given).__name__)])
    return given


def _decoded(size: int) -> int:
    """Bytes of files that a body of this size has at least, if it has any."""
    return max(0, size - REMAINDER) * 3 // 4


def _valued(fields: Sequence[tuple[str, str | File]], schema: InputSchema) -> dict[str, Any]:
    """A form's fields as values of the schema's types.

    Raises:
        InvalidInput: one comes twice where only one is taken, or is not of its type.
    """
    properties = schema.published.get("properties", {})
    values: dict[str, list[Any]] = {}
    for name, value in fields:
        if isinstance(value, File) or value or _takes_nothing(properties.get(name, _TEXT)):
            values.setdefault(name, []).append(value.plain() if isinstance(value, File) else value)
    try:
        return {name: _value(properties.get(name, _TEXT), name, each) for name, each in values.items()}
    except BaseException:
        discard([value.content for _, value in fields if isinstance(value, File)])
        raise


def _takes_nothing(schema: dict[str, Any]) -> bool:
    """Whether an empty text is a value: builders send every field, filled or not."""
    return "string" in kinds(schema) and not {"enum", "format", "pattern"} & schema.keys()


def _value(schema: dict[str, Any], name: str, given: list[Any]) -> Any:
    where = f"/{escaped(name)}"
    if "array" in kinds(schema):
        if len(given) == 1 and isinstance(given[0], str) and isinstance(found := read_json(given[0]), list):
            return found
        inner = schema.get("items", {})
        return [_typed(each, inner, f"{where}/{index}") for index, each in enumerate(given)]
    if len(given) > 1:
        raise InvalidInput([Field(where, "is given twice")])
    return _typed(given[0], schema, where)


def _typed(value: Any, schema: dict[str, Any], where: str) -> Any:
    return typed(value, schema, where) if isinstance(value, str) else value


async def _check(caller: Caller, room: Room, schema: InputSchema, given: dict[str, Any], action: str) -> None:
    values, places = schema.prepare(given)
    taken_here = {id(each) for place in places for each in _files(place)}
    spilled = list(_spilled(values, ""))
    mistakes = [Field(where, _NO_MEDIA) for where, each in spilled if id(each) not in taken_here]
    owns = Uploads(caller.site.vault.store).owns
    for place in places:
        known = looks_like(place.value) != "handle"
        if not known and not await caller.site.vault.run(owns, caller.workspace, place.value):
            mistakes.append(Field(place.pointer, _GONE))
    if mistakes:
        raise InvalidInput(mistakes, action=action)
    if places:  # an address is yet to be fetched: some room there must be
        await room.need(max(1, sum(each.size for _, each in spilled)))


def _files(place: Place) -> Iterable[Any]:
    value = place.value
    return (value, value.get("content")) if isinstance(value, dict) else (value,)


def _spilled(value: Any, where: str) -> Iterator[tuple[str, Spilled]]:
    if isinstance(value, Spilled):
        yield where, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _spilled(inner, f"{where}/{escaped(key)}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _spilled(inner, f"{where}/{index}")
