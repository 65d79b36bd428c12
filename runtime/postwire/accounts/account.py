"""A connected account as an action needs it: its credential, what it may do, and its public facts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SANDBOX: Final = "sandbox"  # the workspace of simulated accounts, apart from the real ones


@dataclass(frozen=True, slots=True, init=False)
class Account:
    """One account on one platform.

    Attributes:
        integration: the platform's folder name, such as `tiktok`.
        token: the access token; it goes only to hosts that the integration declares. Text becomes a Secret.
        name: what its owner calls it.
        id: the platform's own id of it; part of the key under which limits are counted.
        scopes: what the owner granted; None when nobody knows, then the platform decides.
        flavour: which of the integration's kinds of login it came by; empty for the usual one.
        facts: public facts that manifests may read, as `account.NAME`.
    """

    integration: str
    token: Secret
    name: str
    id: str
    scopes: frozenset[str] | None
    flavour: str
    facts: Mapping[str, Any]

    def __init__(
        self,
        integration: str,
        token: Secret | str,
        *,
        name: str = "default",
        id: str = "",  # noqa: A002 - the platforms' word
        scopes: Iterable[str] | None = None,
        flavour: str = "",
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        keep = partial(object.__setattr__, self)
        keep("integration", integration)
        keep("token", token if isinstance(token, Secret) else Secret(token))
        keep("name", name)
        keep("id", id)
        keep("scopes", None if scopes is None else frozenset(scopes))
        keep("flavour", flavour)
        keep("facts", facts or {})

    @property
    def key(self) -> str:
        """Under what its limits are counted."""
        return f"{self.integration}/{self.id or self.name}"

    def scope(self) -> dict[str, Any]:
        """What expressions read as `account`."""
        known = {"name": self.name, "id": self.id or None, "flavour": self.flavour or None, **self.facts}
        if self.scopes is not None:
            known["scopes"] = sorted(self.scopes)
        return {key: value for key, value in known.items() if value is not None}


def variable(integration: str, what: str = "ACCESS_TOKEN") -> str:
    """The environment variable that holds *what* for an integration: `POSTWIRE_TIKTOK_ACCESS_TOKEN`."""
    return f"POSTWIRE_{integration.upper().replace('-', '_')}_{what}"


def from_environment(integration: str, environ: Mapping[str, str] | None = None) -> Account | None:
    """The account whose token stands in the environment, or None.

    `POSTWIRE_<INTEGRATION>_ACCESS_TOKEN` is the token, `…_SCOPES` what was granted (comma or space between),
    `…_ACCOUNT_ID` the platform's id of the account; the last two may be left out.
    """
    found = os.environ if environ is None else environ
    token = found.get(variable(integration))
    if not token:
        return None
    scopes = found.get(variable(integration, "SCOPES"))
    granted = frozenset(scopes.replace(",", " ").split()) if scopes else None
    return Account(
        integration, Secret(token), id=found.get(variable(integration, "ACCOUNT_ID"), ""), scopes=granted
    )
