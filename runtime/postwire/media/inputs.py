"""Opens the media of an action's input, and checks it against the action's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from postwire.errors import Field, InvalidInput
from postwire.media.convert import converted, lacking
from postwire.media.rules import byte_limit, check_media, unchecked
from postwire.media.source import looks_like, open_media
from postwire.media.value import MediaValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postwire.language.inputs import Place
    from postwire.media.file import Media
    from postwire.media.source import Fetch
    from postwire.media.store import MediaStore

_FETCHED: Final = "url"


class Opened:
    """What became of the media places of one input: mistakes, notes, and the files, which `close` lets go."""

    def __init__(self) -> None:
        self.mistakes: list[Field] = []
        self.notes: list[str] = []
        self._files: list[Media] = []

    def open(
        self,
        places: Sequence[Place],
        *,
        store: MediaStore,
        fetch: Fetch | None,
        local: bool,
        download: bool,
    ) -> None:
        """Put a MediaValue in every place that can be opened.

        Args:
            places: from `InputSchema.prepare`.
            store: where files are made.
            fetch: brings addresses.
            local: whether a text may name a file of this machine.
            download: whether addresses are fetched; False when the input has mistakes anyway.

        Raises:
            ActionFailed: an address cannot be fetched, or the disk is full.
        """
        for place in places:
            if not download and looks_like(place.value) == _FETCHED:
                continue
            try:
                self._open(place, store, fetch, local=local)
            except InvalidInput as error:
                self.mistakes += error.fields

    def _open(self, place: Place, store: MediaStore, fetch: Fetch | None, *, local: bool) -> None:
        rules = place.slot.rules
        media = open_media(
            place.value,
            store=store,
            fetch=fetch,
            field=place.pointer,
            max_bytes=byte_limit(rules),
            base64=place.by_alias,
            local=local and not place.by_alias,
        )
        self._keep(media)
        if (fit := converted(media, rules, store)) is not media:
            self.notes.append(f"{media.name} is sent as {fit.name}, a type that is taken.")
            self._keep(media := fit)
        self.mistakes += check_media(media, rules, place.pointer)
        if hint := lacking(media, rules):
            self.mistakes.append(Field(place.pointer, hint, media.name))
        self.notes += unchecked(media, rules)
        place.holder[place.key] = MediaValue(media)

    def _keep(self, media: Media) -> None:
        if media.owned:
            self._files.append(media)

    def close(self) -> None:
        """Delete the files that were made for this input; a caller's own, and those of handles, stay."""
        while self._files:
            self._files.pop().discard()
