"""A prepared input as JSON that another process can run: media by reference, never their bytes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from postwire.accounts.home import data_folder
from postwire.errors import ActionFailed
from postwire.media.value import MediaValue

if TYPE_CHECKING:
    from postwire.media.file import Media
    from postwire.media.store import MediaStore

LONGEST: Final = 256_000  # characters of a request that is kept
_REFERENCE: Final = "$media"


def media_folder() -> Path:
    """Where media wait for their runs: `POSTWIRE_MEDIA`, which several machines may share, or our own."""
    given = os.environ.get("POSTWIRE_MEDIA")
    return Path(given) if given else data_folder() / "media"


def portable(values: Any, store: MediaStore) -> Any:
    """*values* with a reference in the place of each media.

    A file that we made is moved into *store*; a caller's own stays where it is, and must still be there, and
    the same, when the run begins.

    Raises:
        ActionFailed: `invalid_input`, the request is too long to be kept.
    """
    made = _referred(values, store)
    if len(json.dumps(made)) > LONGEST:
        raise ActionFailed(
            "invalid_input", f"A run that waits can have {LONGEST} characters of input at most.", sent="no"
        )
    return made


def restored(values: Any, store: MediaStore) -> Any:
    """The inverse of `portable`, as an input that can be prepared.

    Raises:
        ActionFailed: `conflict`, a file is gone or has changed.
    """
    if isinstance(values, dict):
        if _REFERENCE in values:
            return _found(values[_REFERENCE], store)
        return {key: restored(inner, store) for key, inner in values.items()}
    return [restored(inner, store) for inner in values] if isinstance(values, list) else values


def handles(values: Any) -> list[str]:
    """The handles of our own files in a portable input."""
    if isinstance(values, dict):
        if _REFERENCE in values:
            return [values[_REFERENCE]["handle"]] if "handle" in values[_REFERENCE] else []
        values = list(values.values())
    return [name for inner in values for name in handles(inner)] if isinstance(values, list) else []


def _referred(value: Any, store: MediaStore) -> Any:
    if isinstance(value, MediaValue):
        return {_REFERENCE: _reference(value.media, store)}
    if isinstance(value, dict):
        return {key: _referred(inner, store) for key, inner in value.items()}
    return [_referred(inner, store) for inner in value] if isinstance(value, list) else value


def _reference(media: Media, store: MediaStore) -> dict[str, Any]:
    about = {"sha256": media.sha256, "size": media.size, "name": media.name}
    if media.owned:
        kept = store.adopt(media.path, media.sha256, media.name, media.type)
        return {"handle": kept.handle, **about}
    return {"path": str(media.path.absolute()), **about}


def _found(reference: dict[str, Any], store: MediaStore) -> Any:
    from postwire.media.source import open_media  # noqa: PLC0415 - only media need it

    value: Any = reference.get("handle") or Path(reference["path"])
    try:
        media = open_media(value, store=store, fetch=None, field="")
        same = media.sha256 == reference["sha256"]
    except Exception:  # noqa: BLE001 - gone, or unreadable: it cannot be sent
        same = False
    if not same:
        raise ActionFailed(
            "conflict",
            f"The file {reference['name']} is gone, or has changed since it was given.",
            remedy="Give it again, as a new run.",
            sent="no",
        )
    return value
