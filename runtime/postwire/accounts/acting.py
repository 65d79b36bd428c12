"""Which connected account acts, for clients: the vault is opened when one is asked for, and not before."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final

from postwire.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.accounts.connections import Connections
    from postwire.accounts.records import StoredAccount
    from postwire.accounts.renewing import Renewing
    from postwire.accounts.vault import Vault
    from postwire.language.catalog import Catalog
    from postwire.transport import Transport

_SOME: Final = 6  # accounts that an error lists


class Acting:
    """The connected accounts of one workspace.

    Args:
        vault: an open one, which stays the caller's to close; or the address of its database; by default the
            one of this computer (`POSTWIRE_DATABASE`, or the data folder), if there is one.
        workspace: its id.
        catalog: the integrations.
        transport: makes what renewals are sent by.
        usual: whether the vault of this computer may be used; False for a sandbox, whose answers would end
            real connections.
    """

    def __init__(
        self,
        vault: Vault | str | None,
        workspace: str,
        catalog: Catalog,
        transport: Callable[[], Transport],
        *,
        usual: bool = True,
    ) -> None:
        self._given = vault
        self._workspace = workspace
        self._catalog = catalog
        self._transport = transport
        self._usual = usual
        self._lock = threading.Lock()
        self._renewing: Renewing | None = None

    @property
    def exists(self) -> bool:
        """There is a vault to look in; it is not opened to find out."""
        if self._given is not None or self._renewing is not None:
            return True
        if not self._usual or os.environ.get("POSTWIRE_DATABASE"):
            return self._usual
        from postwire.accounts.home import data_folder  # noqa: PLC0415 - only who has no token at hand asks

        return (data_folder() / "vault.db").is_file()

    @property
    def renewing(self) -> Renewing:
        """What keeps tokens good.

        Raises:
            UnknownName: a sandbox was given no vault of its own.
            WrongKey, DatabaseUnusable: see `Vault`.
        """
        with self._lock:
            if self._renewing is None:
                self._renewing = self._opened()
            return self._renewing

    @property
    def connections(self) -> Connections:
        """What connects accounts, and lets them go; errors as `renewing`."""
        return self.renewing.connections

    def find(self, name: str, integration: str) -> StoredAccount:
        """The account of *integration* that *name* fits: its id, the platform's, a user name or a label.

        Raises:
            UnknownName: none fits, or several do.
        """
        return self.connections.vault.accounts.find(self._workspace, name, integration)

    def only(self, integration: str) -> StoredAccount | None:
        """The account of *integration*, where there is just one.

        Raises:
            UnknownName: there are several.
        """
        if not self.exists:
            return None
        from postwire.accounts.listing import Filter  # noqa: PLC0415 - SQLAlchemy, as all of the vault

        listing = self.connections.vault.listing
        found = listing.page(self._workspace, Filter(integration=integration), limit=_SOME).accounts
        if len(found) > 1:
            raise UnknownName(
                f"Several accounts could act: {', '.join(map(str, found))}.",
                remedy="Say which one, by its id, user name or label.",
            )
        return found[0] if found else None

    def close(self) -> None:
        """Wait for renewals that run, and close the vault if we opened it."""
        with self._lock:
            renewing, self._renewing = self._renewing, None
        if renewing is None:
            return
        renewing.close()
        if renewing.connections.vault is not self._given:
            renewing.connections.vault.close()

    def _opened(self) -> Renewing:
        if not self._usual and self._given is None:
            raise UnknownName(
                "A sandbox has no connected accounts of its own.",
                remedy="Give it a vault, or an account with a token.",
            )
        from postwire.accounts.connections import Connections  # noqa: PLC0415 - as above
        from postwire.accounts.renewing import Renewing  # noqa: PLC0415 - as above
        from postwire.accounts.vault import Vault  # noqa: PLC0415 - as above

        vault = self._given if isinstance(self._given, Vault) else Vault(self._given)
        connections = Connections(vault, self._catalog, self._transport(), workspace=self._workspace)
        return Renewing(connections)
