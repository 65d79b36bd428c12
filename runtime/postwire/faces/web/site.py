"""What all pages and operations stand on: the vault, a client for each workspace, who may come in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from postwire.access.keys import ApiKeys
from postwire.access.people import People
from postwire.access.sessions import Sessions
from postwire.accounts.account import SANDBOX
from postwire.client import AsyncClient
from postwire.decide.retry import Policy
from postwire.errors import UnknownName, shown
from postwire.faces.web.brands import Brands
from postwire.language.catalog import Catalog
from postwire.publish.journal import Journal
from postwire.publish.portable import media_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from postwire.access.people import Person
    from postwire.accounts.records import Workspace
    from postwire.accounts.vault import Vault
    from postwire.faces.web.settings import Settings
    from postwire.media.fetch import FetchPolicy

_PATIENCE: Final = 20.0  # seconds that one wait may take while somebody waits for an answer


class Site:
    """One server over one vault, which stays the caller's to close.

    Attributes:
        catalog: the integrations.
        brands: how pages show them.
        journal: the runs.
        sessions: browsers that are let in.
        people: who may sign in.
        keys: of programs.
    """

    def __init__(
        self,
        vault: Vault,
        settings: Settings,
        *,
        integrations: Iterable[Path | str] = (),
        fetch: FetchPolicy | None = None,
    ) -> None:
        self.vault = vault
        self.settings = settings
        self.catalog = Catalog(integrations)
        self.brands = Brands(self.catalog)
        self.journal = Journal(vault)
        self.sessions = Sessions(vault.store)
        self.people = People(vault.store)
        self.keys = ApiKeys(vault.store)
        self.integrations = tuple(integrations)
        self.fetch = fetch
        self._clients: dict[str, AsyncClient] = {}

    def workspaces(self) -> list[Workspace]:
        """Those that are served: simulated accounts and real ones never together."""
        simulated = self.settings.sandbox is not None
        return [each for each in self.vault.workspaces() if (each.id == SANDBOX) == simulated]

    def seen_by(self, person: Person) -> list[Workspace]:
        """Those of them that somebody may see."""
        return [each for each in self.workspaces() if person.may_see(each.id)]

    def client(self, workspace: str) -> AsyncClient:
        """The client of a workspace, which reads no file of this machine by its name.

        Raises:
            UnknownName: there is no such workspace here.
        """
        if workspace not in self._clients:
            if workspace not in {each.id for each in self.workspaces()}:
                raise UnknownName(f"There is no workspace {shown(workspace)!r} here.")
            self._clients[workspace] = AsyncClient(
                vault=self.vault,
                workspace=workspace,
                integrations=self.integrations,
                sandbox=self.settings.sandbox,
                media=media_folder(),
                local_files=False,
                fetch=self.fetch,
                policy=Policy(longest=_PATIENCE),
            )
        return self._clients[workspace]

    async def aclose(self) -> None:
        """Let go of the clients."""
        await asyncio.gather(*(client.aclose() for client in self._clients.values()))
