"""The names that tools have on the wire: a dot makes some clients fail, so `a.get_post` is `a_get_post`."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from postwire.errors import UnknownName, shown
from postwire.language.functions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST: Final = 64  # OpenAI's limit, and that of several clients
_MARK: Final = 8  # hexadecimal digits that tell apart what would be called alike


class Names:
    """The two names of each action, there and back.

    A name that is too long, or that two actions would share, ends with a part of its id's hash; so it stays
    the same whatever else there is, but for the other one of such a pair.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids: dict[str, str] = {}
        for name in dict.fromkeys(ids):
            self._ids[self._free(name)] = name
        self._wire = {name: wire for wire, name in self._ids.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self._wire)

    def __len__(self) -> int:
        return len(self._wire)

    def __contains__(self, name: object) -> bool:
        return name in self._wire or name in self._ids

    def wire(self, name: str) -> str:
        """What the action with this id is called on the wire."""
        return self._wire[name]

    def id(self, name: str) -> str:
        """The id of the action that is called *name* on the wire; its id itself is taken too.

        Raises:
            UnknownName: there is none.
        """
        if name in self._wire:
            return name
        if name not in self._ids:
            raise UnknownName(
                f"There is no tool {shown(name)!r}{nearest(name, self._ids)}.",
                remedy="Use a name from the list of tools, letter by letter.",
            )
        return self._ids[name]

    def _free(self, name: str) -> str:
        plain = re.sub(r"[^a-z0-9_]", "_", name.lower())
        if len(plain) <= LONGEST and plain not in self._ids:
            return plain
        mark = hashlib.sha256(name.encode()).hexdigest()[:_MARK]
        return f"{plain[: LONGEST - _MARK - 1]}_{mark}"
