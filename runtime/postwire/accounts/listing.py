"""Lists of connected accounts: searched, filtered, page by page; and how many there are."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import eq, ge, lt
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal, or_, select, tuple_

from postwire.accounts import rows
from postwire.accounts.records import Page, Summary
from postwire.accounts.schema import accounts, living, shown_status
from postwire.errors import Field, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.accounts.records import Status

_DATE: Final = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_SEARCHED: Final = ("name", "username", "label", "integration")
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Filter:
    """Which accounts to list; None and "" mean all.

    Attributes:
        search: words that all occur in its name, user name, label or integration, whatever the case; a word
            such as `2025-08` or `2025-08-25` fits the accounts connected then (UTC).
        since: connected at or after this moment, in seconds since 1970.
        until: connected before this moment.
        parent: only those that were connected through this account.
    """

    search: str = ""
    integration: str | None = None
    status: Status | None = None
    since: float | None = None
    until: float | None = None
    owner: str | None = None
    parent: str | None = None


class Listing:
    """The accounts of a workspace as people browse them."""

    def __init__(self, store: rows.Store) -> None:
        self._store = store

    def page(
        self, workspace: str, only: Filter | None = None, *, limit: int = 50, after: str | None = None
    ) -> Page:
        """The newest *limit* accounts that *only* lets pass, or those after a former page.

        Raises:
            InvalidInput: *after* is not from a page.
        """
        now = self._store.database.now()
        wanted = [accounts.c.workspace_id == workspace, living(), accounts.c.listed]
        wanted += _conditions(only or Filter(), now)
        if after is not None:
            place = tuple_(literal(_created(after)), literal(after.partition("~")[2]))
            wanted.append(tuple_(accounts.c.created_at, accounts.c.id) < place)
        statement = (
            self._store.query.where(*wanted)
            .order_by(accounts.c.created_at.desc(), accounts.c.id.desc())
            .limit(limit + 1)
        )
        with self._store.database.read() as connection:
            found = [rows.stored(row) for row in connection.execute(statement)]
        more = len(found) > limit
        last = found[limit - 1] if more else None
        return Page(tuple(found[:limit]), f"{last.created_at!r}~{last.id}" if last else None)

    def summary(self, workspace: str) -> Summary:
        """How many accounts there are, and how many of them are shown as what."""
        status = shown_status(self._store.database.now())
        counts = [func.count(case((status == name, 1))) for name in ("active", "inactive", "failed")]
        statement = select(func.count(), *counts).where(
            accounts.c.workspace_id == workspace, living(), accounts.c.listed
        )
        with self._store.database.read() as connection:
            found: tuple[int, ...] = tuple(connection.execute(statement).one())
        return Summary(*found)

    def counts(self, workspace: str) -> dict[str, int]:
        """How many accounts each integration has, as plans count them."""
        statement = (
            select(accounts.c.integration, func.count())
            .where(accounts.c.workspace_id == workspace, living(), accounts.c.listed)
            .group_by(accounts.c.integration)
        )
        with self._store.database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}

    def owners(self, workspace: str) -> list[str]:
        """Who connected accounts, by name."""
        statement = (
            select(accounts.c.owner)
            .distinct()
            .where(accounts.c.workspace_id == workspace, living(), accounts.c.listed, accounts.c.owner != "")
            .order_by(accounts.c.owner)
        )
        with self._store.database.read() as connection:
            return list(connection.execute(statement).scalars())


def _conditions(only: Filter, now: ColumnElement[float]) -> list[ColumnElement[bool]]:
    given: list[tuple[Any, Callable[[Any, Any], Any], ColumnElement[Any]]] = [
        (only.integration, eq, accounts.c.integration),
        (only.status, eq, shown_status(now)),
        (only.since, ge, accounts.c.connected_at),
        (only.until, lt, accounts.c.connected_at),
        (only.owner, eq, accounts.c.owner),
        (only.parent, eq, accounts.c.parent_id),
    ]
    found = [compare(column, value) for value, compare, column in given if value is not None]
    return found + [_fits(word) for word in only.search.split()]


def _fits(word: str) -> ColumnElement[bool]:
    if (span := _span(word)) is not None:
        return and_(accounts.c.connected_at >= span[0], accounts.c.connected_at < span[1])
    text = word.removeprefix("@")
    # The folded columns are without case in every script; SQLite's own lower() knows only ASCII.
    folded = [
        accounts.c[name].contains(rows.fold(text), autoescape=True) for name in ("handle_key", "label_key")
    ]
    return or_(
        *folded, *(cast(accounts.c[name], String).icontains(text, autoescape=True) for name in _SEARCHED)
    )


def _span(word: str) -> tuple[float, float] | None:
    """The day or month that *word* names, as first moment and first moment after."""
    if (match := _DATE.fullmatch(word)) is None:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    try:
        first = datetime(year, month, day or 1, tzinfo=UTC).timestamp()
        return first, first + _DAY * (1 if day else monthrange(year, month)[1])
    except ValueError:
        return None


def _created(after: str) -> float:
    try:
        return float(after.partition("~")[0])
    except ValueError:
        raise InvalidInput([Field("/after", "must be the `after` of a former page.")]) from None
