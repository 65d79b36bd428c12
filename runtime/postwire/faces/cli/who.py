"""Which account acts; the vault and the environment are asked by the client."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from postwire.accounts.account import SANDBOX, Account, from_environment, variable
from postwire.errors import UnknownName, shown
from postwire.faces.cli.connections import DEFAULT, open_vault, workspace_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

    from postwire.accounts.vault import Vault
    from postwire.sandbox import Sandbox

_ENVIRONMENT: Final = "default"  # names the account whose token stands in the environment


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts, as a client takes it: an account, or its name; None for the only one that there is."""

    account: Account | str | None = None
    workspace: str = DEFAULT
    vault: Vault | None = None


def named(integration: str, own: Mapping[str, Any]) -> Who:
    """The account that `own["account"]` names: a user name, id or label, or `default` for the environment's.

    Raises:
        UnknownName: nothing was ever connected here.
    """
    name, workspace = own["account"], workspace_of(own)
    environment = from_environment(integration) if name == _ENVIRONMENT else None
    if environment is not None:
        return Who(environment)
    if name in {None, _ENVIRONMENT} and not has_vault():
        return Who()
    if not has_vault():
        raise UnknownName(
            f"There is no {integration} account {shown(name)!r}: none is connected here.",
            remedy=f"`postwire connect {integration}` connects one; or leave --account out, and set "
            f"{variable(integration)} to an access token.",
        )
    return Who(None if name == _ENVIRONMENT else name, workspace)


def simulated(stack: ExitStack, integration: str, name: str | None, sandbox: Sandbox) -> Who:
    """The account that was connected on this simulator, else one that is connected now for this run alone.

    Args:
        stack: closes the vault.
        integration: whose.
        name: as `named` has it, or a user of the simulator.
        sandbox: the simulator.

    Raises:
        UnknownName: several could be meant.
        ActionFailed: the simulator refuses.
    """
    found = _connected(stack, integration, name, sandbox)
    who = {"postwire_account": name} if name else {}  # the simulator has several
    return found or Who(sandbox.account(integration, **who))


def _connected(stack: ExitStack, integration: str, name: str | None, sandbox: Sandbox) -> Who | None:
    if sandbox.started or not has_vault():  # a new simulator knows no earlier token
        return None
    vault = stack.enter_context(open_vault())
    if name is not None:
        try:
            stored = vault.accounts.find(SANDBOX, name, integration)
        except UnknownName:
            return None  # it may be a user of the simulator that was never connected
        return Who(stored.id, SANDBOX, vault)
    from postwire.accounts.listing import Filter  # noqa: PLC0415 - loads SQLAlchemy

    # Several are told of by the client.
    found = vault.listing.page(SANDBOX, Filter(integration=integration), limit=1).accounts
    return Who(None, SANDBOX, vault) if found else None


def has_vault() -> bool:
    """Whether anything was ever connected here; without it nothing of the vault is loaded."""
    from postwire.accounts.home import data_folder  # noqa: PLC0415 - only here

    return bool(os.environ.get("POSTWIRE_DATABASE")) or (data_folder() / "vault.db").exists()
