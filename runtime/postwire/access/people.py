"""The people of a server that is reached from elsewhere: a name, a password, a role."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import delete, insert, select

from postwire.accounts.rows import new_id
from postwire.accounts.schema import people
from postwire.errors import ActionFailed, Field, InvalidInput, UnknownName, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from postwire.accounts.rows import Store
    from postwire.secret import Secret

Role = Literal["admin", "member"]
SHORTEST: Final = (
    12  # characters of a password (NIST SP 800-63B, 3.1.1.2, asks for 8 with a second factor, 15 without)
)
_COST: Final = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64_000_000}  # about 0.2 s
_SALT: Final = 16  # bytes


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in.

    Attributes:
        role: an `admin` sees and changes everything, a `member` works with accounts and posts.
        workspaces: those that a member may see; None for all.
    """

    id: str
    name: str
    role: Role
    workspaces: tuple[str, ...] | None = None

    def may_see(self, workspace: str) -> bool:
        """Whether the workspace is among theirs."""
        return self.role == "admin" or self.workspaces is None or workspace in self.workspaces


class People:
    """The people of a vault; a call that checks a password takes a fifth of a second on purpose."""

    def __init__(self, store: Store) -> None:
        self._database = store.database

    def add(
        self, name: str, password: Secret, role: Role = "member", workspaces: Sequence[str] | None = None
    ) -> Person:
        """Let somebody in.

        Raises:
            InvalidInput: the password is too short.
            ActionFailed: `conflict`, the name is taken.
        """
        if len(password.reveal()) < SHORTEST:
            raise InvalidInput([Field("/password", f"has at least {SHORTEST} characters")])
        salt = secrets.token_bytes(_SALT)
        values = {
            "id": new_id("person"),
            "name": name,
            "password": salt + _hashed(password, salt),
            "role": role,
            "workspaces": None if workspaces is None else list(workspaces),
        }
        with self._database.write() as connection:
            if connection.execute(select(people.c.id).where(people.c.name == name)).first():
                raise ActionFailed("conflict", f"There is somebody called {shown(name)!r}.", sent="no")
            connection.execute(insert(people).values(**values, created_at=self._database.now()))
        return Person(str(values["id"]), name, role, None if workspaces is None else tuple(workspaces))

    def find(self, name: str, password: Secret) -> Person | None:
        """Who has this name and password; it takes as long for a name that nobody has."""
        with self._database.read() as connection:
            row = connection.execute(select(people).where(people.c.name == name)).one_or_none()
        kept = bytes(row.password) if row else bytes(_SALT + 64)
        same = hmac.compare_digest(_hashed(password, kept[:_SALT]), kept[_SALT:])
        return _person(row) if row is not None and same else None

    def get(self, person: str) -> Person | None:
        """Somebody by their id."""
        with self._database.read() as connection:
            row = connection.execute(select(people).where(people.c.id == person)).one_or_none()
        return None if row is None else _person(row)

    def list(self) -> list[Person]:
        """Everybody, by name."""
        with self._database.read() as connection:
            return [_person(row) for row in connection.execute(select(people).order_by(people.c.name))]

    def remove(self, name: str) -> None:
        """Let somebody in no longer; their sessions end.

        Raises:
            UnknownName: nobody is called so.
        """
        with self._database.write() as connection:
            if not connection.execute(delete(people).where(people.c.name == name)).rowcount:
                raise UnknownName(f"Nobody is called {shown(name)!r}.")


def _hashed(password: Secret, salt: bytes) -> bytes:
    return hashlib.scrypt(password.reveal().encode(), salt=salt, **_COST)


def _person(row: Row[object]) -> Person:
    workspaces = None if row.workspaces is None else tuple(row.workspaces)
    return Person(row.id, row.name, row.role, workspaces)
