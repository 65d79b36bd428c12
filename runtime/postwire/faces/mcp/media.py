"""Files in calls: handles and addresses pass, paths below allowed folders, content when it is small."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import Field, InvalidInput, shown
from postwire.faces.mcp.settings import INLINE
from postwire.language.units import show_size
from postwire.media.source import looks_like, open_media

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from postwire.language.inputs import InputSchema
    from postwire.media.file import Media
    from postwire.media.source import Fetch
    from postwire.media.store import MediaStore

_INLINE: Final = ("data", "base64", "object")
_FACTS: Final[tuple[str, ...]] = ("name", "type", "size", "seconds", "width", "height")
_TEXT: Final = INLINE * 4 // 3 + 100  # characters of base64, with a data: URI's head


def guarded(
    schema: InputSchema, given: Mapping[str, Any], roots: Sequence[Path], action: str = ""
) -> dict[str, Any]:
    """*given* checked, with its files as the runtime may take them.

    Args:
        schema: the action's.
        given: the call's arguments.
        roots: the folders whose files may be named.
        action: for the error.

    Raises:
        InvalidInput: all that does not fit: paths that are not allowed and content that is too large too.
    """
    values, places = schema.prepare(given)
    mistakes = schema.mistakes(values, places)
    for place in places:
        found = _allowed(place.value, place.pointer, roots, by_alias=place.by_alias)
        if isinstance(found, Field):
            mistakes.append(found)
        elif place.by_alias:  # it goes back to where content is expected
            place.holder[place.slot.alias] = place.holder.pop(place.key)
        else:
            place.holder[place.key] = found
    if mistakes:
        raise InvalidInput(mistakes, action=action)
    return values


def taken(source: str, name: str, roots: Sequence[Path], store: MediaStore, fetch: Fetch) -> Media:
    """The file that *source* means, as one of the store that stays.

    Raises:
        InvalidInput: it may not be named, is too large, or is no file.
        ActionFailed: it cannot be fetched, or the disk is full.
    """
    value = _allowed(source, "/source", roots, by_alias=False)
    if isinstance(value, Field):
        raise InvalidInput([value])
    media = open_media(
        value, store=store, fetch=fetch, field="/source", name=name or None, base64=True, local=False
    )
    if media.handle:
        return media
    with media.path.open("rb") as stream:
        return store.put(iter(lambda: stream.read(1_000_000), b""), media.name, media.type)


def about(media: Media) -> dict[str, Any]:
    """What a model is told of a file."""
    facts = media.facts(sha256=False)
    shown_facts = {name: facts[name] for name in _FACTS if name in facts}
    return {"media": media.handle, **shown_facts}


def _allowed(value: Any, where: str, roots: Sequence[Path], *, by_alias: bool) -> Any:
    """*value*, or a path in its place; a Field that says why not."""
    kind = "base64" if by_alias else looks_like(value)
    content = value.get("content") if kind == "object" else value
    if not isinstance(content, str):
        return Field(where, _wanted(roots), type(content).__name__)
    if kind in _INLINE and len(content) > _TEXT:
        return Field(
            where,
            f"is too large for a call: at most {show_size(INLINE)}. Give an address or a media_… handle",
            f"{len(content)} characters",
        )
    return _below(value, where, roots) if kind == "path" else value


def _below(value: str, where: str, roots: Sequence[Path]) -> Path | Field:
    """The file of that name, when it lies where files may be named, whatever links lead to it."""
    try:
        path = Path(value).expanduser().resolve()
        if path.is_file() and any(path.is_relative_to(root.expanduser().resolve()) for root in roots):
            return path
    except (OSError, ValueError, RuntimeError):  # a name that no system takes, or no such user after ~
        pass
    return Field(where, _wanted(roots), shown(value))


def _wanted(roots: Sequence[Path]) -> str:
    if not roots:
        return "must be an address, a media_… handle or a data: URI; files are not read here"
    return f"must be an address, a media_… handle, or a file in {', '.join(map(str, roots))}"
