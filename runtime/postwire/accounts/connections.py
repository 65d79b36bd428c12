"""Connecting accounts to a workspace: consent, tokens, identity, children, storing; and letting them go.

begun = connections.begin("tiktok", redirect_uri="http://127.0.0.1:5005/callback/")
… the user opens begun.url, the platform sends the browser back with a query …
outcome = connections.finish("tiktok", query)
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from postwire.accounts import refusals
from postwire.accounts.attempts import AttemptInvalid
from postwire.accounts.family import candidate, family_of, plain_account, read_account, settled
from postwire.accounts.oauth import Authorization, OAuth, app_from_environment
from postwire.decide.programs import of_flavour
from postwire.drive import World, drive
from postwire.errors import ActionFailed, UnknownName
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from postwire.accounts.family import Candidate
    from postwire.accounts.records import StoredAccount
    from postwire.accounts.refusals import ConnectFailed
    from postwire.accounts.tokens import Child, Tokens
    from postwire.accounts.vault import Vault
    from postwire.language.catalog import Catalog
    from postwire.language.manifest import Auth, Integration
    from postwire.transport import Transport

_WHY: Final = {"unknown": "state", "expired": "expired", "browser": "state", "integration": "state"}


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that waits for the platform's callback: send the user to `url`."""

    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Connected:
    """What came of a consent.

    Attributes:
        accounts: those that are connected now.
        candidates: those that `choose` may add, with `ticket`, within fifteen minutes.
        ticket: finds the candidates again; None when there are none.
    """

    accounts: tuple[StoredAccount, ...]
    candidates: tuple[Candidate, ...] = ()
    ticket: Secret | None = None


@dataclass(frozen=True, slots=True)
class Disconnected:
    """An account that was let go: `revoked` tells whether the platform has taken the grant back too."""

    account: StoredAccount
    revoked: bool
    message: str


class Connections:
    """The connecting of one workspace's accounts; blocks while the platform is asked.

    Args:
        vault: where accounts are kept.
        catalog: the integrations.
        transport: sends the requests.
        workspace: whose accounts.
        environ: where app keys are looked for that the workspace has not; the process's by default.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        vault: Vault,
        catalog: Catalog,
        transport: Transport,
        *,
        workspace: str = "default",
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.vault = vault
        self.catalog = catalog
        self.workspace = workspace
        self._transport = transport
        self._environ = os.environ if environ is None else environ
        self._clock = clock

    def begin(
        self,
        integration: str,
        *,
        redirect_uri: str,
        flavour: str = "",
        browser: str = "",
        owner: str = "",
        reconnect: str | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> Begun:
        """Begin to connect, or with *reconnect* (an account's id) to renew a consent.

        Args:
            integration: such as `tiktok`.
            redirect_uri: exactly as it is registered with the platform.
            flavour: which of the integration's logins; for a reconnection the account's own.
            browser: a cookie that the same browser will send with the callback.
            owner: who connects, for people.
            reconnect: id of the account to renew.
            extra: further parameters of the consent page.

        Raises:
            ConnectFailed: `missing_credentials`, the app's keys are not set.
            UnknownName: no such integration, flavour or account.
        """
        if reconnect is not None:
            flavour = self.vault.accounts.get(self.workspace, reconnect).flavour
        begun = self._oauth(integration, flavour).authorize(redirect_uri, extra=extra)
        self.vault.attempts.begin(
            self.workspace,
            integration,
            state=begun.state,
            verifier=begun.verifier,
            redirect_uri=f"{flavour} {redirect_uri}",
            browser=browser,
            purpose="reconnect" if reconnect else "connect",
            account=reconnect,
            scopes=begun.scopes,
            owner=owner,
        )
        return Begun(begun.url, begun.state)

    def finish(self, integration: str, callback: Mapping[str, str], *, browser: str = "") -> Connected:
        """Turn the callback's query into connected accounts.

        Raises:
            ConnectFailed: it did not work; `refusal` is the code that people are shown.
            PlanFull: the workspace's plan allows no more accounts.
            ActionFailed: `conflict`, the consent was given for another account than the one to reconnect.
        """
        attempt = self._attempt(integration, callback, browser)
        flavour, _, redirect_uri = attempt.redirect_uri.partition(" ")
        described = self._described(integration, flavour)
        codes = _auth(described).codes
        begun = Authorization("", callback["state"], attempt.verifier, redirect_uri, attempt.scopes)
        oauth = self._oauth(integration, flavour)
        tokens = self._exchange(oauth, begun, callback, codes)
        login, children = self._who(oauth, tokens, codes)
        family = family_of(
            integration, flavour, described, login, tokens, children, self._clock(), self._sibling
        )
        sure = replace(family, children=tuple(c for c in family.children if not c.facts.get("confirm")))
        unsure = tuple(c for c in family.children if c.facts.get("confirm"))
        if not sure.listed and not sure.children and not unsure:
            raise refusals.at("children", codes)
        stored = self.vault.accounts.connect(
            self.workspace, [settled(sure)], into=attempt.account, owner=attempt.owner
        )
        shown = tuple(account for account in stored if account.listed)
        if not unsure:
            return Connected(shown)
        found = Secret(json.dumps(plain_account(replace(sure, children=unsure))))
        ticket = self.vault.attempts.offer(attempt, found, browser)
        return Connected(shown, tuple(map(candidate, unsure)), ticket)

    def choose(self, ticket: str, subjects: Iterable[str], *, browser: str = "") -> Connected:
        """Connect the chosen candidates; none of them is a good answer too.

        Raises:
            ConnectFailed: the ticket is unknown, used or too old.
        """
        try:
            attempt = self.vault.attempts.choose(self.workspace, ticket, browser)
        except AttemptInvalid as error:
            raise refusals.at(_WHY[error.why], {}) from None
        login = read_account(json.loads(attempt.found.reveal()))
        wanted = set(subjects)
        chosen = tuple(child for child in login.children if child.subject in wanted)
        if not chosen:
            return Connected(())
        family = settled(replace(login, children=chosen))
        stored = self.vault.accounts.connect(self.workspace, [family], owner=attempt.owner)
        return Connected(tuple(account for account in stored if account.subject in wanted))

    def disconnect(self, account: str) -> Disconnected:
        """Forget an account's credential for good, and take its grant back on the platform where that works.

        A login that carries other accounts keeps its grant until the last of them goes.

        Raises:
            UnknownName: no such account.
        """
        stored = self.vault.accounts.get(self.workspace, account)
        title = self.catalog.integration(stored.integration).name
        revoked, why = self._revoke(stored)
        gone = self.vault.accounts.disconnect(self.workspace, account)
        if revoked:
            message = f"Disconnected, and {title} has withdrawn the permission."
        else:
            message = f"Disconnected here. {why} To withdraw it there, remove the app in {title}'s settings."
        return Disconnected(gone, revoked, message)

    def inspect(self, account: str) -> dict[str, Any]:
        """What the platform itself says of an account's token: permissions, times, Pages; never a token.

        Raises:
            UnknownName: no such account.
            ActionFailed: the platform cannot be asked.
        """
        stored = self.vault.accounts.get(self.workspace, account)
        source = stored.parent or stored.id
        login = self.vault.accounts.get(self.workspace, source)
        oauth = self._oauth(login.integration, login.flavour)
        tokens = self.vault.accounts.tokens(self.workspace, source).tokens
        told = drive(oauth.inspect(tokens), self._transport, World())
        return {**told, "connected_at": stored.connected_at, "expires_at_stored": login.expires_at}

    def _revoke(self, stored: StoredAccount) -> tuple[bool, str]:
        source = stored.parent or stored.id
        others = self.vault.listing.page(self.workspace, _children_of(source), limit=2).accounts
        if stored.parent and any(other.id != stored.id for other in others):
            return False, "Other accounts use the same login, so its permission stays."
        login = self.vault.accounts.get(self.workspace, source)
        try:
            oauth = self._oauth(login.integration, login.flavour)
            tokens = self.vault.accounts.tokens(self.workspace, source).tokens
            if drive(oauth.revoke(tokens), self._transport, World()):
                return True, ""
        except (ActionFailed, UnknownName) as error:
            return False, f"The platform did not withdraw the permission: {error.message}"
        return False, "The platform offers no way to withdraw the permission from here."

    def _attempt(self, integration: str, callback: Mapping[str, str], browser: str) -> Any:
        codes = _auth(self.catalog.integration(integration)).codes
        if not callback.get("state"):
            raise refusals.at("no_state", codes)
        try:
            attempt = self.vault.attempts.take(integration, callback["state"], browser)
        except AttemptInvalid as error:
            raise refusals.at(_WHY[error.why], codes) from None
        if refused := callback.get("error"):
            raise self._declined(refused, callback, codes)
        if not callback.get("code"):
            raise refusals.at("code", codes)
        return attempt

    def _declined(self, error: str, callback: Mapping[str, str], codes: Mapping[str, str]) -> ConnectFailed:
        said = callback.get("error_description", "")[:200]
        known = error if error in refusals.REFUSALS else ""
        problem = ActionFailed("permission_denied", said, provider={"code": known}, sent="no")
        return refusals.at("declined", codes, problem)

    def _exchange(
        self, oauth: OAuth, begun: Authorization, callback: Mapping[str, str], codes: Mapping[str, str]
    ) -> Tokens:
        try:
            tokens: Tokens = drive(oauth.connect(begun, callback, self._clock()), self._transport, World())
        except ActionFailed as error:
            lacking = error.code == "internal" and not error.provider
            raise refusals.at("no_token" if lacking else "exchange", codes, error) from None
        return tokens

    def _who(
        self, oauth: OAuth, tokens: Tokens, codes: Mapping[str, str]
    ) -> tuple[dict[str, Any], list[Child]]:
        try:
            who = drive(oauth.identity(tokens), self._transport, World())
            children = drive(oauth.children(tokens, who, self._clock()), self._transport, World())
        except ActionFailed as error:
            raise refusals.at("profile", codes, error) from None
        if not (who.get("id") or tokens.subject):
            raise refusals.at("no_profile", codes)
        return who, children

    def _described(self, integration: str, flavour: str) -> Integration:
        return of_flavour(self.catalog.integration(integration), flavour)

    def _sibling(self, integration: str, flavour: str) -> Auth | None:
        return self._described(integration, flavour).auth if integration else None

    def _oauth(self, integration: str, flavour: str) -> OAuth:
        described = self._described(integration, flavour)
        return OAuth(integration, described, self._app(integration, described))

    def _app(self, name: str, described: Integration) -> dict[str, str]:
        """The app's keys: the workspace's own, else those in the environment."""
        try:
            found = self.vault.apps.get(self.workspace, name)
        except UnknownName:
            try:
                return app_from_environment(name, described, self._environ)
            except ActionFailed as error:
                raise refusals.at("keys", _auth(described).codes, error) from None
        return {key: value.reveal() for key, value in found.items()}


def _auth(described: Integration) -> Auth:
    if described.auth is None:
        raise ActionFailed("internal", f"{described.name} declares no way to connect.", sent="no")
    return described.auth


def _children_of(parent: str) -> Any:
    from postwire.accounts.listing import Filter  # noqa: PLC0415 - SQLAlchemy, as all of the vault

    return Filter(parent=parent)
