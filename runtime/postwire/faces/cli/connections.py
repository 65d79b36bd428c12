"""What the commands about accounts share: the vault, the workspace, and the simulator in its place."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from postwire.faces.cli import output
from postwire.faces.cli.lazy import catalogue_option, folders, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.accounts.connections import Connections
    from postwire.accounts.records import StoredAccount

SANDBOX: Final = "sandbox"  # the workspace of simulated accounts, apart from the real ones


def options() -> list[click.Option]:
    """What every command about accounts takes."""
    return [
        click.Option(
            ["--workspace"], metavar="ID", default="default", show_default=True, help="Whose accounts."
        ),
        click.Option(["--sandbox"], is_flag=True, help="Simulated accounts, on a running simulator."),
        catalogue_option(),
        json_option(),
    ]


@dataclass(frozen=True, slots=True)
class Desk:
    """An open vault with everything to work on its accounts."""

    connections: Connections
    origin: str | None

    @property
    def workspace(self) -> str:
        """Whose accounts."""
        return self.connections.workspace

    def find(self, name: str) -> StoredAccount:
        """The one account that *name* fits."""
        return self.connections.vault.accounts.find(self.workspace, name)


@contextmanager
def opened(workspace: str, *, sandbox: bool) -> Iterator[Desk]:
    """The vault, for the time of the block.

    Raises:
        ActionFailed: with *sandbox*, no simulator is running.
    """
    from postwire.accounts.connections import Connections  # noqa: PLC0415 - loads SQLAlchemy
    from postwire.accounts.vault import Vault  # noqa: PLC0415 - as above
    from postwire.language.catalog import Catalog  # noqa: PLC0415 - as above
    from postwire.transport import HttpTransport  # noqa: PLC0415 - as above

    with ExitStack() as stack:
        origin = _origin() if sandbox else None
        vault = stack.enter_context(Vault())
        if vault.key_created:
            output.tell(
                f"A key for your accounts was made ({vault.key_source}). Losing it loses them: keep a copy."
            )
        if sandbox and all(each.id != SANDBOX for each in vault.workspaces()):
            vault.add_workspace(SANDBOX, "Simulated accounts")
        transport = HttpTransport(sandbox=origin)
        stack.callback(transport.close)
        catalog = Catalog(folders(click.get_current_context()))
        place = SANDBOX if sandbox else workspace
        yield Desk(Connections(vault, catalog, transport, workspace=place), origin)


def _origin() -> str:
    from postwire.sandbox import running  # noqa: PLC0415 - as above

    origin = running()
    output.tell(f"This is the simulator at {origin}, not the real platform.")
    return origin


def shown(stored: StoredAccount) -> dict[str, Any]:
    """An account for people and programs: never its credential."""
    from postwire.accounts.health import health  # noqa: PLC0415 - as above

    return health(stored).row(stored)
