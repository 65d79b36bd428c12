"""What a run waits to be told of, while a process runs it."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, select

from postwire.accounts.schema import notices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postwire.accounts.database import Database
    from postwire.values import About, Sleep

_ROUND: Final = re.compile(r"(#\d+)?\+again$")  # which of a poll's waits it is


class Ear:
    """Listens for the notices of one run; safe to use from its threads.

    Args:
        database: of the vault.
        workspace: of the run.
        since: older notices are none of its business, in seconds since 1970.
        heard: by the key of a poll, until when notices have been looked after.

    Attributes:
        waits: by the key of a poll, what it waits to be told of.
    """

    def __init__(
        self, database: Database, workspace: str, since: float, heard: Mapping[str, float] | None = None
    ) -> None:
        self._database = database
        self._workspace = workspace
        self._since = since
        self._heard = dict(heard or {})
        self._mine = threading.local()
        self.waits: dict[str, About] = {}

    @contextmanager
    def on(self, effect: Sleep) -> Iterator[None]:
        """Let `is_told` in this thread be about this wait, for the time of the block."""
        step = _ROUND.sub("", effect.key)
        if effect.about is not None:
            self.waits[step] = effect.about
        self._mine.about = (step, effect.about)
        try:
            yield
        finally:
            self._mine.about = None

    def is_told(self) -> bool:
        """Whether the platform has spoken of what this thread waits for; once for each time."""
        step, about = getattr(self._mine, "about", None) or ("", None)
        if about is None:
            return False
        last = self.last(about)
        if last is None or last <= self.heard(step):
            return False
        self._heard[step] = last
        return True

    @property
    def steps(self) -> frozenset[str]:
        """The keys of the polls that wait, or have waited before this process ran it."""
        return frozenset({*self.waits, *self._heard})

    def heard(self, step: str) -> float:
        """Until when notices have been looked after, in seconds since 1970."""
        return self._heard.get(step, self._since)

    def last(self, about: About) -> float | None:
        """When the platform last spoke of it; None for never."""
        mine = and_(
            notices.c.integration == about.integration,
            notices.c.reference == about.reference,
            notices.c.workspace.in_(("", self._workspace)),
        )
        with self._database.read() as connection:
            return connection.execute(select(func.max(notices.c.at)).where(mine)).scalar_one_or_none()
