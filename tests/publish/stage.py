"""A vault and its journal that several processes use, on a file or on PostgreSQL, and accounts in it."""

from __future__ import annotations

import secrets
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from tests.accounts.conftest import _at_once

from postwire import Client
from postwire.accounts.keyring import KeyRing
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.accounts.vault import Vault
from postwire.publish.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.publish.posts import Post

    from postwire import Account
    from postwire.publish.records import Run
    from postwire.transport import Transport

RING = KeyRing([b"k" * 32])
_NUMBERS = count(1)


class Stage:
    """A database with the tables; `environ` leads other processes to it.

    Args:
        folder: for a file, and for media.
        server: address of a PostgreSQL; "" for a file.
    """

    def __init__(self, folder: Path, server: str = "") -> None:
        self.server, self.folder = server, folder
        self.name = f"stage_{secrets.token_hex(6)}"
        url = f"sqlite:///{folder / 'vault.db'}"
        if server:
            _at_once(server, f"CREATE DATABASE {self.name}")
            url = make_url(server).set(database=self.name).render_as_string(hide_password=False)
        self.environ = {
            "POSTWIRE_HOME": str(folder),
            "POSTWIRE_KEY": RING.export(),
            "POSTWIRE_DATABASE": url,
        }
        self.vault = Vault(url, keys=RING)
        self.journal = Journal(self.vault)

    def client(self, origin: str, transport: Transport | None = None) -> Client:
        """A client that submits, and waits for nothing."""
        made = Client(vault=self.vault, sandbox=origin, media=self.folder / "media", transport=transport)
        object.__setattr__(made._world, "sleep", lambda _: None)
        return made

    def connect(self, post: Post, account: Account, subject: str = "") -> str:
        """Store a simulated account, on TikTok as a new one; its id."""
        subject = subject or (f"u-{next(_NUMBERS)}" if post.integration == "tiktok" else account.id)
        tokens = Tokens(account.token, scopes=account.scopes or frozenset())
        new = NewAccount(
            post.integration,
            tokens,
            subject=subject,
            flavour=account.flavour,
            username=f"{post.integration}{subject}",
            facts={**account.facts, "id": subject},
        )
        return self.vault.accounts.connect("default", [new])[0].id

    def find(self, run: Run | str) -> Run:
        """The run as it is now, by itself or by its key."""
        if isinstance(run, str):
            return self.journal.get("default", run)
        return self.journal.find(run.id)

    def close(self) -> None:
        """Close it; a database goes with its server."""
        self.vault.close()


def terminate(stage: Stage) -> None:
    """End every connection to the stage's database."""
    _at_once(
        stage.server,
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{stage.name}'",
    )


def away(stage: Stage) -> None:
    """Let the database be away, as while its server is restarted: nobody can connect."""
    _at_once(stage.server, f"ALTER DATABASE {stage.name} WITH ALLOW_CONNECTIONS false")
    terminate(stage)


def back(stage: Stage) -> None:
    """Let it be there again."""
    _at_once(stage.server, f"ALTER DATABASE {stage.name} WITH ALLOW_CONNECTIONS true")
