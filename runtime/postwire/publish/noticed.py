"""Webhooks in, with the database: notices are remembered, each once, and waiting runs ask for them."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from postwire.accounts.account import variable
from postwire.accounts.oauth import key_names
from postwire.accounts.schema import apps, notices
from postwire.errors import UnknownName, shown
from postwire.publish.notices import Notice
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postwire.accounts.database import Database
    from postwire.accounts.vault import Vault
    from postwire.language.catalog import Catalog

# Platforms repeat a notice for up to three days (TikTok, "Webhooks Overview"); within that none counts twice.
REMEMBERED: Final = 4 * 86_400.0
_ENVIRONMENT: Final = ""  # stands for the app whose keys are in the environment


class Notices:
    """What the platforms tell; safe to use from threads.

    Args:
        vault: where the apps' keys and the notices are.
        catalog: the integrations.
        environ: where keys are looked for besides; the process's by default.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        vault: Vault,
        catalog: Catalog,
        *,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._vault = vault
        self._catalog = catalog
        self._database = vault.store.database
        self._environ = os.environ if environ is None else environ
        self._clock = clock
        self._known: dict[tuple[str, str, int], dict[str, Secret]] = {}

    def answer(self, integration: str, query: Mapping[str, str]) -> str:
        """What a platform is answered that makes sure of the address.

        Raises:
            UnknownName: no such integration, or it has no webhooks.
            ActionFailed: as `Notice.answer`.
        """
        return self._notice(integration).answer(query, self._apps(integration).values())

    def take(self, integration: str, headers: Mapping[str, str], body: bytes) -> int:
        """Check and remember a notice; of how many things it spoke that it had not spoken of before.

        Raises:
            UnknownName: no such integration, or it has no webhooks.
            ActionFailed: as `Notice.signers` and `Notice.references`; nothing was remembered.
        """
        notice = self._notice(integration)
        signers = notice.signers(headers, body, self._apps(integration), self._clock())
        rows = [
            {
                "id": _digest(integration, workspace, reference, body),
                "integration": integration,
                "workspace": workspace,
                "reference": reference,
                "at": self._database.now(),
            }
            for workspace in sorted(signers)
            for reference in notice.references(body)
        ]
        return self._keep(rows)

    def _keep(self, rows: list[dict[str, Any]]) -> int:
        if not rows:
            return 0
        dialect = sqlite if self._database.is_sqlite else postgresql
        new = 0
        with self._database.write() as connection:
            for row in rows:
                once = dialect.insert(notices).values(row).on_conflict_do_nothing(index_elements=["id"])
                new += connection.execute(once.returning(notices.c.id)).first() is not None
        return new

    def _notice(self, integration: str) -> Notice:
        words = self._catalog.integration(integration).webhooks
        if words is None:
            raise UnknownName(f"{shown(integration)} sends no webhooks that are read here.")
        return Notice(words)

    def _apps(self, integration: str) -> dict[str, dict[str, Secret]]:
        """The keys of every app of an integration, by its workspace."""
        statement = select(apps.c.workspace_id, apps.c.version).where(apps.c.integration == integration)
        with self._database.read() as connection:
            rows = list(connection.execute(statement))
        found = {row.workspace_id: self._stored(integration, row.workspace_id, row.version) for row in rows}
        return {**found, _ENVIRONMENT: self._from_environment(integration)}

    def _stored(self, integration: str, workspace: str, version: int) -> dict[str, Secret]:
        # Opening them takes longer than looking whether they are still the same.
        key = (integration, workspace, version)
        if key not in self._known:
            self._known[key] = self._vault.apps.get(workspace, integration)
        return self._known[key]

    def _from_environment(self, integration: str) -> dict[str, Secret]:
        names = key_names(self._catalog.integration(integration))
        values = {name: self._environ.get(variable(integration, name.upper())) for name in names}
        return {name: Secret(value) for name, value in values.items() if value}


def forget_notices(database: Database, older_than: float = REMEMBERED) -> int:
    """Forget notices that came so many seconds ago; how many."""
    border = database.now() - older_than
    with database.write() as connection:
        return connection.execute(delete(notices).where(notices.c.at < border)).rowcount


def _digest(integration: str, workspace: str, reference: str, body: bytes) -> str:
    """A notice by its content: platforms sign a repeat anew, with another time."""
    head = f"{integration}\0{workspace}\0{reference}\0".encode()
    return hashlib.sha256(head + body).hexdigest()
