"""Every program that runs share, each compiled when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postwire.decide.api import Api
from postwire.decide.program import Program
from postwire.errors import ActionFailed, UnknownName
from postwire.language.functions import nearest

if TYPE_CHECKING:
    from postwire.language.catalog import Catalog
    from postwire.language.manifest import Integration


class Programs:
    """The programs of a catalog; safe to share between threads (at worst one is compiled twice)."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._apis: dict[tuple[str, str], Api] = {}
        self._programs: dict[tuple[str, str], Program] = {}

    def get(self, name: str, flavour: str = "") -> Program:
        """The program of `tiktok.create_video_post`, for accounts of a flavour.

        Raises:
            UnknownName: there is no such action.
            ManifestInvalid: its manifest cannot be used.
            ActionFailed: `account_not_eligible`, when accounts of this flavour cannot do it.
        """
        found = self._programs.get((name, flavour))
        if found is None:
            found = self._programs[name, flavour] = self._compile(name, flavour)
        return found

    def described(self, name: str) -> Program:
        """The program of an action for the usual login, or for the first one whose accounts can do it."""
        flavours = self.catalog.action(name).flavours
        return self.get(name, flavours[0] if flavours else "")

    def api(self, integration: str, flavour: str = "") -> Api:
        """The compiled shared part of an integration, with the hosts of a flavour."""
        if (integration, flavour) not in self._apis:
            described = of_flavour(self.catalog.integration(integration), flavour)
            self._apis[integration, flavour] = Api(integration, described)
        return self._apis[integration, flavour]

    def _compile(self, name: str, flavour: str) -> Program:
        action = self.catalog.action(name)
        integration, _, short = name.partition(".")
        if action.flavours and flavour not in action.flavours:
            raise ActionFailed(
                "account_not_eligible",
                f"{name} is not for accounts that were connected in this way.",
                remedy=f"Use an account connected by {' or '.join(action.flavours)} login.",
                sent="no",
            )
        api = self.api(integration, flavour)
        return Program(short, action, api, lambda other: self.get(f"{integration}.{other}", flavour))


def of_flavour(integration: Integration, flavour: str) -> Integration:
    """*integration* as accounts of *flavour* see it: its hosts and its way to connect."""
    if not flavour:
        return integration
    if flavour not in integration.flavours:
        raise UnknownName(
            f"{integration.name} knows no {flavour!r} login{nearest(flavour, integration.flavours)}."
        )
    own = integration.flavours[flavour]
    api = integration.api.model_copy(update={"base": own.base, "trust": own.trust, "reach": own.reach})
    return integration.model_copy(update={"api": api, "auth": own.auth})
