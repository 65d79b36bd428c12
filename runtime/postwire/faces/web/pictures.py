"""Pictures from the platforms' hosts, fetched by us: no page loads anything from elsewhere."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from postwire.errors import PostwireError
from postwire.media.fetch import FetchPolicy, download
from postwire.media.probe import HEAD, sniff
from postwire.transport import opener

if TYPE_CHECKING:
    from postwire.media.store import MediaStore

AVATAR: Final = 1_000_000  # bytes
PREVIEW: Final = 4_000_000  # bytes
_SECONDS: Final = 15.0
_SHOWN: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
_LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """A picture; without content it could not be fetched."""

    type: str = ""
    content: bytes = b""


NONE: Final = Picture()


def fetched(url: str, store: MediaStore, policy: FetchPolicy | None, largest: int, *, here: bool) -> Picture:
    """The picture at *url*; blocks.

    Args:
        url: of a platform's host.
        store: where it lies for a moment.
        policy: how far fetching may go.
        largest: bytes; a larger one is not taken.
        here: only from this machine, as simulated accounts have addresses on hosts that are not theirs.
    """
    if not url or (here and urlsplit(url).hostname not in _LOOPBACK):
        return NONE
    given = dataclasses.replace(policy or FetchPolicy(), timeout=_SECONDS, deadline=_SECONDS)
    try:
        media = download(url, opener(given), store, given, "/picture", max_bytes=largest)
    except (PostwireError, OSError, ValueError):
        return NONE
    try:
        content = media.path.read_bytes()
    finally:
        media.discard()
    kind = kind_of(content)
    return Picture(kind, content) if kind else NONE


def kind_of(content: bytes) -> str:
    """The type of a picture by its first bytes; "" for what browsers might do more with than show it."""
    kind = sniff(content[:HEAD], "")
    return kind if kind in _SHOWN else ""
