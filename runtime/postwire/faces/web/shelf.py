"""What a server remembers for a while, in memory: it can all be found out again."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from postwire.faces.web.pictures import Picture
    from postwire.faces.web.site import Site

T = TypeVar("T")
_FIGURES: Final = 600.0  # seconds that figures of an account are good
_PICTURES: Final = 3_600.0
_PICTURES_SIZE: Final = 48_000_000  # bytes of all pictures
_SESSIONS: Final = 1_000


class Remembered(Generic[T]):
    """Values by key, each for so many seconds and up to a size in all; the least asked for goes first."""

    def __init__(self, seconds: float, largest: int, size: Callable[[T], int] = lambda _: 1) -> None:
        self._seconds = seconds
        self._largest = largest
        self._size = size
        self._held: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._sum = 0

    def get(self, key: Hashable) -> T | None:
        """What is remembered for *key*; None for nothing."""
        found = self._held.get(key)
        if found is None or found[0] <= time.monotonic():
            return None
        self._held.move_to_end(key)
        return found[1]

    def put(self, key: Hashable, value: T, seconds: float | None = None) -> T:
        """Remember *value*, and give it back."""
        self.drop(key)
        self._held[key] = (time.monotonic() + (self._seconds if seconds is None else seconds), value)
        self._sum += self._size(value)
        while self._sum > self._largest and len(self._held) > 1:
            _, (_, old) = self._held.popitem(last=False)
            self._sum -= self._size(old)
        return value

    def drop(self, key: Hashable) -> None:
        """Forget what there is for *key*."""
        if (old := self._held.pop(key, None)) is not None:
            self._sum -= self._size(old[1])


@dataclass(slots=True)
class Shelf:
    """What one server remembers.

    Attributes:
        figures: what a platform told of an account, by its id and its credential's version.
        pictures: by address; an empty one stands for what could not be fetched.
        warned: the accounts of which a session was told that they need a new consent, by the session's id.
        fetching: how many pictures are fetched at once.
    """

    figures: Remembered[dict[str, Any]] = field(default_factory=lambda: Remembered(_FIGURES, 2_000))
    pictures: Remembered[Picture] = field(
        default_factory=lambda: Remembered(_PICTURES, _PICTURES_SIZE, lambda each: len(each.content) + 200)
    )
    warned: Remembered[set[str]] = field(default_factory=lambda: Remembered(86_400.0, _SESSIONS))
    fetching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(6))


_shelves: WeakKeyDictionary[Site, Shelf] = WeakKeyDictionary()


def shelf(site: Site) -> Shelf:
    """What *site* remembers."""
    if site not in _shelves:
        _shelves[site] = Shelf()
    return _shelves[site]
