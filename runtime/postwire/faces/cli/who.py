"""Which account acts: one of the vault, else the environment's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from postwire.accounts.account import Account, from_environment, variable
from postwire.errors import UnknownName, shown
from postwire.faces.cli.connections import SANDBOX, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.accounts.records import StoredAccount
    from postwire.faces.cli.connections import Desk
    from postwire.sandbox import Sandbox

_ENVIRONMENT: Final = "default"


def account(integration: str, own: Mapping[str, Any]) -> Account | None:
    """The account called `own["account"]`, by user name, id or label; without a name the only one there is.

    The environment's account has the name `default`, and acts where nothing else is named or connected. None
    when there is none at all.

    Raises:
        UnknownName: no account has that name, or several could be meant.
        ActionFailed: it has to be connected again.
    """
    name = own["account"]
    if name == _ENVIRONMENT or not has_vault():
        return _environment(integration, name)
    with opened(own) as desk:
        stored = desk.find(name, integration) if name else only(desk, integration)
        if stored is not None:
            return fresh(desk, stored)
    return _environment(integration, None)


def simulated(integration: str, own: Mapping[str, Any], sandbox: Sandbox) -> Account | None:
    """As `account`, among those that were connected on this simulator; None when none fits."""
    if sandbox.started or not has_vault():  # a new simulator knows no earlier token
        return None
    with opened({**own, "workspace": SANDBOX}, sandbox=sandbox) as desk:
        stored = _simulated(desk, integration, own["account"])
        return None if stored is None else fresh(desk, stored)


def _simulated(desk: Desk, integration: str, name: str | None) -> StoredAccount | None:
    if not name:
        return only(desk, integration)
    try:
        return desk.find(name, integration)
    except UnknownName:
        return None  # it may be a user of the simulator that was never connected


def has_vault() -> bool:
    """Whether accounts were ever connected here; without them nothing of the vault is loaded."""
    if os.environ.get("POSTWIRE_DATABASE"):
        return True
    from postwire.accounts.home import data_folder  # noqa: PLC0415 - as above

    return (data_folder() / "vault.db").exists()


def only(desk: Desk, integration: str) -> StoredAccount | None:
    """The one account of an integration; None when there is none.

    Raises:
        UnknownName: there are several.
    """
    from postwire.accounts.listing import Filter  # noqa: PLC0415 - loads SQLAlchemy

    found = desk.vault.listing.page(desk.workspace, Filter(integration=integration), limit=10).accounts
    if len(found) > 1:
        names = ", ".join(map(str, found))
        raise UnknownName(
            f"Several {integration} accounts are connected: {names}.", remedy="Name one with --account."
        )
    return found[0] if found else None


def fresh(desk: Desk, stored: StoredAccount) -> Account:
    """The account with a good token.

    Raises:
        ActionFailed: it has to be connected again.
    """
    renewing = desk.renewing()
    try:
        return renewing.fresh(stored.id)
    finally:
        renewing.close()


def _environment(integration: str, name: str | None) -> Account | None:
    if name not in {None, _ENVIRONMENT}:
        raise UnknownName(
            f"There is no {integration} account {shown(name)!r}; none is connected here.",
            remedy=f"`postwire connect {integration}` connects one; or leave --account out, and set "
            f"{variable(integration)} to an access token.",
        )
    return from_environment(integration)
