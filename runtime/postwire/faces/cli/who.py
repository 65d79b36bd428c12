"""Which account acts. The only place of the command line that looks one up."""

from __future__ import annotations

from typing import Final

from postwire.accounts.account import Account, from_environment, variable
from postwire.errors import UnknownName, shown

DEFAULT: Final = "default"


def account(integration: str, name: str | None) -> Account | None:
    """The account called *name*; None when it is the default one and the environment has none.

    Raises:
        UnknownName: there is no account of that name.
    """
    if name not in {None, DEFAULT}:
        raise UnknownName(
            f"There is no {integration} account {shown(name)!r}; only {DEFAULT!r} can be named.",
            remedy=f"Leave --account out, and set {variable(integration)} to an access token.",
        )
    return from_environment(integration)
