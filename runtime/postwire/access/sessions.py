"""Browsers that may see the pages: one-time links that open a session, and the sessions."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, and_, delete, insert, select

from postwire.access.people import Person
from postwire.accounts.schema import people, sessions
from postwire.secret import Secret

if TYPE_CHECKING:
    from postwire.accounts.rows import Store

LINK_SECONDS: Final = 600.0
SESSION_SECONDS: Final = 30 * 86_400.0
_OWNER: Final = Person("", "you", "admin")  # whoever has the machine's own link


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is let in.

    Attributes:
        id: SHA-256 of its cookie, so that a copy of the table opens nothing.
        csrf: what its forms carry, and no other page can know.
    """

    id: str
    person: Person
    csrf: str


class Sessions:
    """The sessions of a vault."""

    def __init__(self, store: Store) -> None:
        self._database = store.database

    def link(self) -> Secret:
        """The secret of a link that opens one session for the machine's owner, within ten minutes."""
        return self._put("link", "", LINK_SECONDS)

    def redeem(self, secret: str) -> Secret | None:
        """Use a link up; the cookie of the session that it opens, or None where it opens none any more."""
        mine = and_(sessions.c.id == digest(secret), sessions.c.stage == "link", self._fresh())
        with self._database.write() as connection:
            if not connection.execute(delete(sessions).where(mine)).rowcount:
                return None
        return self._put("session", "", SESSION_SECONDS)

    def open(self, person: Person) -> Secret:
        """The cookie of a new session of somebody who has shown their password."""
        return self._put("session", person.id, SESSION_SECONDS)

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie."""
        mine = and_(sessions.c.id == digest(cookie), sessions.c.stage == "session", self._fresh())
        statement = (
            select(sessions.c.id, sessions.c.person_id, people.c.name, people.c.role, people.c.workspaces)
            .join(people, people.c.id == sessions.c.person_id, isouter=True)
            .where(mine)
        )
        with self._database.read() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            return None
        person = _OWNER
        if row.person_id is not None:
            workspaces = None if row.workspaces is None else tuple(row.workspaces)
            person = Person(row.person_id, row.name, row.role, workspaces)
        return Session(row.id, person, csrf_of(cookie))

    def close(self, session: Session) -> None:
        """End a session."""
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.id == session.id))

    def sweep(self) -> int:
        """Delete what has run out; how many."""
        with self._database.write() as connection:
            return connection.execute(
                delete(sessions).where(sessions.c.expires_at <= self._database.now())
            ).rowcount

    def _put(self, stage: str, person: str, seconds: float) -> Secret:
        secret = secrets.token_urlsafe(32)
        now = self._database.now()
        values = {"id": digest(secret), "stage": stage, "person_id": person or None}
        with self._database.write() as connection:
            connection.execute(insert(sessions).values(**values, created_at=now, expires_at=now + seconds))
        return Secret(secret)

    def _fresh(self) -> ColumnElement[bool]:
        return sessions.c.expires_at > self._database.now()


def digest(secret: str) -> str:
    """SHA-256 of a secret that is too long to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_of(cookie: str) -> str:
    """What the forms of a session carry."""
    return hmac.new(cookie.encode(), b"csrf", "sha256").hexdigest()
