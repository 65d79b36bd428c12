"""What the commands about accounts share: the vault, the workspace, and the simulator in its place."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from postwire.accounts.account import SANDBOX
from postwire.errors import UnknownName
from postwire.errors import shown as brief
from postwire.faces.cli import output
from postwire.faces.cli.lazy import catalogue_option, folders, json_option
from postwire.language.units import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from postwire.accounts.connections import Connections
    from postwire.accounts.records import StoredAccount
    from postwire.accounts.renewing import Renewing
    from postwire.accounts.vault import Vault
    from postwire.sandbox import Sandbox

DEFAULT: Final = "default"


def options(*, integrations: bool = True) -> list[click.Option]:
    """What every command about accounts takes."""
    own = [
        click.Option(["--workspace"], metavar="ID", help=f"Whose accounts.  [default: {DEFAULT}]"),
        click.Option(
            ["--sandbox"], is_flag=True, help="Simulated accounts, which have a workspace of their own."
        ),
        json_option(),
    ]
    return [*own, catalogue_option()] if integrations else own


@dataclass(frozen=True, slots=True)
class Desk:
    """An open vault with everything to work on one workspace's accounts.

    Attributes:
        sandbox: the running simulator that stands for the platforms; None for the real ones.
    """

    connections: Connections
    sandbox: Sandbox | None

    @property
    def workspace(self) -> str:
        """Whose accounts."""
        return self.connections.workspace

    @property
    def vault(self) -> Vault:
        """Where they are kept."""
        return self.connections.vault

    def find(self, name: str, integration: str | None = None) -> StoredAccount:
        """The one account that *name* fits: an id, a user name or a label."""
        return self.vault.accounts.find(self.workspace, name, integration)

    def renewing(self) -> Renewing:
        """Renews its tokens."""
        from postwire.accounts.renewing import Renewing  # noqa: PLC0415 - only some need it

        return Renewing(self.connections)


@contextmanager
def opened(
    given: Mapping[str, Any], *, speaks: bool = True, make: bool = False, sandbox: Sandbox | None = None
) -> Iterator[Desk]:
    """The vault, for the time of the block.

    Args:
        given: the values of `options`.
        speaks: the platforms are asked, so for simulated accounts a simulator must be running.
        make: make the workspace if there is none.
        sandbox: the simulator, where it is known already.

    Raises:
        UnknownName: there is no such workspace.
        ActionFailed: no simulator is running.
    """
    from postwire.accounts.connections import Connections  # noqa: PLC0415 - loads SQLAlchemy
    from postwire.language.catalog import Catalog  # noqa: PLC0415 - as above
    from postwire.transport import HttpTransport  # noqa: PLC0415 - as above

    place = workspace_of(given)
    catalog = Catalog(folders(click.get_current_context()))
    with ExitStack() as stack:
        # Simulated tokens never go to the real platforms, however the workspace was named.
        if place == SANDBOX and speaks and sandbox is None:
            sandbox = _running(catalog)
        vault = stack.enter_context(open_vault())
        _check_workspace(vault, place, make=make or place == SANDBOX)
        transport = HttpTransport(sandbox=sandbox.origin if sandbox else None)
        stack.callback(transport.close)
        yield Desk(Connections(vault, catalog, transport, workspace=place), sandbox)


def workspace_of(given: Mapping[str, Any]) -> str:
    """The workspace that the values of `options` name.

    Raises:
        UsageError: they contradict each other.
    """
    if not given["sandbox"]:
        return given["workspace"] or DEFAULT
    if given["workspace"] not in {None, SANDBOX}:
        raise click.UsageError("--sandbox has a workspace of its own: leave --workspace out.")
    return SANDBOX


@contextmanager
def open_vault() -> Iterator[Vault]:
    """The vault; the first time it tells where its key was put."""
    from postwire.accounts.vault import Vault  # noqa: PLC0415 - loads SQLAlchemy

    with Vault() as vault:
        if vault.key_created:
            output.tell(
                f"A key for your accounts was made ({vault.key_source}). Losing it loses them: keep a copy."
            )
        yield vault


def _check_workspace(vault: Vault, place: str, *, make: bool) -> None:
    known = [each.id for each in vault.workspaces()]
    if place in known:
        return
    if not make:
        raise UnknownName(
            f"No workspace {brief(place)!r}; there is {', '.join(known)}.",
            remedy="`postwire connect NAME --workspace ID` makes one.",
        )
    vault.add_workspace(place, "Simulated accounts" if place == SANDBOX else "")
    if place != SANDBOX:
        output.tell(f"The workspace {place} was made.")


def _running(catalog: Any) -> Sandbox:
    from postwire.sandbox import Sandbox, running  # noqa: PLC0415 - as above

    origin = running()
    output.tell(f"This is the simulator at {origin}, not the real platform.")
    return Sandbox(origin, catalog)


def row(stored: StoredAccount) -> dict[str, Any]:
    """An account for programs: never its credential."""
    from postwire.accounts.health import health  # noqa: PLC0415 - as the vault

    named = ("id", "workspace", "integration", "flavour", "name", "username", "label", "owner")
    told = {name: getattr(stored, name) for name in named}
    standing = health(stored, time.time()).to_dict()
    standing["status_label"] = standing.pop("label")
    times = ("created_at", "connected_at", "expires_at", "refresh_expires_at", "refresh_at")
    return {
        **told,
        "platform_id": stored.subject,
        **standing,
        "state": stored.state,
        "scopes": None if stored.scopes is None else sorted(stored.scopes),
        "facts": dict(stored.facts),
        **{name: moment(getattr(stored, name)) for name in times},
    }


def table(found: Iterable[StoredAccount]) -> str:
    """Accounts for people, one a line."""
    rows = [("NAME", "PLATFORM", "STATUS", "CONNECTED", "LABEL", "ID")]
    rows += [
        (title(each), platform(each), status(each), day(each.created_at), each.label, each.id)
        for each in found
    ]
    widths = [max(len(line[column]) for line in rows) for column in range(5)]
    lines = ["  ".join([*map(str.ljust, line, widths), line[5]]).rstrip() for line in rows]
    return output.plain("\n".join(lines))


def status(stored: StoredAccount) -> str:
    """Active, Inactive or Failed, with what there is to say more."""
    from postwire.accounts.health import health  # noqa: PLC0415 - as the vault

    told = health(stored, time.time())
    first = told.status.capitalize()
    more = told.label if told.label != first else stored.state if stored.state == "limited" else ""
    return f"{first} ({more.lower()})" if more else first


def title(stored: StoredAccount) -> str:
    """What people call an account."""
    return f"@{stored.username}" if stored.username else stored.name or stored.subject or stored.id


def platform(stored: StoredAccount) -> str:
    """The integration, with the kind of login where that is not the usual one."""
    return f"{stored.integration}:{stored.flavour}" if stored.flavour else stored.integration


def day(seconds: float) -> str:
    """A time for people, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
