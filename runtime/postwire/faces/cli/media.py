"""`postwire media`: files kept under a handle, so that several runs can use one without sending it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from postwire.errors import UnknownName
from postwire.faces.cli import output
from postwire.faces.cli.complete import files
from postwire.faces.cli.lazy import json_option

if TYPE_CHECKING:
    from postwire.media.file import Media

KEPT: Final = 30 * 86_400.0  # seconds; what is older goes when something is added


def _add(sources: tuple[str, ...], *, as_json: bool) -> int:
    from postwire.media.source import open_media  # noqa: PLC0415 - as above

    store = _store()
    store.sweep(KEPT)
    kept: list[Media] = []
    for source in sources:
        media = open_media(source, store=store, fetch=None, field="")
        with media.path.open("rb") as stream:
            chunks = iter(lambda: stream.read(1_000_000), b"")
            kept.append(media if media.handle else store.put(chunks, media.name, media.type))
    if as_json:
        output.say_json([_object(media) for media in kept])
    else:
        output.say(
            "\n".join(f"{media.handle}  {media.name}, {media.size} bytes, {media.type}" for media in kept)
        )
    return 0


def _remove(handles: tuple[str, ...]) -> int:
    store = _store()
    for handle in handles:
        try:
            store.discard(handle)
        except KeyError:
            raise UnknownName("This is no media handle.", remedy="A handle begins with media_.") from None
    return 0


def _store() -> Any:
    from postwire.media.store import MediaStore  # noqa: PLC0415 - as above
    from postwire.publish.portable import media_folder  # noqa: PLC0415 - as above

    return MediaStore(media_folder())


def _object(media: Any) -> dict[str, Any]:
    return {"handle": media.handle, "name": media.name, "type": media.type, "size": media.size}


media = click.Group(
    "media",
    help="Keep files under a handle (media_…) that every media input takes; they stay for 30 days.",
    commands=[
        click.Command(
            "add",
            callback=_add,
            help="Keep files, and print their handles.",
            params=[
                click.Argument(["sources"], metavar="FILE...", nargs=-1, required=True, shell_complete=files),
                json_option(),
            ],
        ),
        click.Command(
            "remove",
            callback=_remove,
            help="Delete kept files.",
            params=[click.Argument(["handles"], metavar="HANDLE...", nargs=-1, required=True)],
        ),
    ],
)
