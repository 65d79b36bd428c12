"""Connecting accounts to a workspace: consent, tokens, identity, children, storing; and letting them go.

begun = connections.begin("tiktok", redirect_uri="http://127.0.0.1:5005/callback/")
… the user opens begun.url, the platform sends the browser back with a query …
connected = connections.finish("tiktok", query)
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import SQLAlchemyError

from postwire.accounts import answers, refusals
from postwire.accounts.family import CONFIRM, candidate, family_of, plain_account, read_account, settled
from postwire.accounts.inspecting import inspected
from postwire.accounts.keyring import WrongKey
from postwire.accounts.listing import Filter
from postwire.accounts.oauth import Authorization, OAuth, app_from_environment
from postwire.decide.programs import of_flavour
from postwire.drive import World, drive
from postwire.errors import ActionFailed, PostwireError, UnknownName, shown
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from postwire.accounts.family import Candidate
    from postwire.accounts.records import Connecting, NewAccount, StoredAccount
    from postwire.accounts.vault import Vault
    from postwire.language.catalog import Catalog
    from postwire.language.manifest import Auth, Integration
    from postwire.transport import Transport

_PAGE: Final = 200  # accounts


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that waits for the platform's callback: send the user to `url`."""

    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Connected:
    """What came of a consent.

    Attributes:
        workspace: where the attempt was begun, and to which its accounts belong.
        accounts: those that are connected now.
        candidates: those that `choose` may add, with `ticket`, within fifteen minutes.
        ticket: finds the candidates again; None when there are none.
    """

    workspace: str
    accounts: tuple[StoredAccount, ...]
    candidates: tuple[Candidate, ...] = ()
    ticket: Secret | None = None


@dataclass(frozen=True, slots=True)
class Disconnected:
    """An account that was let go.

    Attributes:
        account: the account.
        beneath: those that went with it, because they acted with its login.
        revoked: the platform has taken the grant back too.
        message: what happened, for people.
    """

    account: StoredAccount
    beneath: tuple[StoredAccount, ...]
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
        self.transport = transport
        self._environ = os.environ if environ is None else environ
        self.clock = clock

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
            integration: such as `tiktok`; for a reconnection that of `login_of`.
            redirect_uri: exactly as it is registered with the platform.
            flavour: which of the integration's logins; a reconnection takes the one that it had.
            browser: a cookie that the same browser will send with the callback.
            owner: who connects, for people.
            reconnect: id of the account to renew.
            extra: further parameters of the consent page.

        Raises:
            ConnectFailed: `missing_credentials`, the app's keys are not set.
            UnknownName: no such integration, flavour, workspace or account.
            ActionFailed: `invalid_input`, the account to renew came by another integration.
        """
        if reconnect is not None:
            login = self.login_of(reconnect)
            check_same(login, integration)
            flavour = login.flavour
        begun = self.oauth(self.workspace, integration, flavour).authorize(redirect_uri, extra=extra)
        self.vault.attempts.begin(
            self.workspace,
            integration,
            state=begun.state,
            verifier=begun.verifier,
            redirect_uri=f"{flavour} {redirect_uri}",  # a flavour has no spaces
            browser=browser,
            purpose="reconnect" if reconnect else "connect",
            account=reconnect,
            scopes=begun.scopes,
            owner=owner,
        )
        return Begun(begun.url, begun.state)

    def finish(self, integration: str, callback: Mapping[str, str], *, browser: str = "") -> Connected:
        """Turn the callback's query into connected accounts, in the workspace where the attempt was begun.

        Args:
            integration: to whose redirect address the callback came.
            callback: its query.
            browser: the cookie that came with it.

        Raises:
            ConnectFailed: it did not work; `refusal` is the code that people are shown.
            PlanFull: the workspace's plan allows no more accounts.
            ActionFailed: `conflict`, the consent was given for another account than the one to reconnect.
        """
        usual = _auth(self.catalog.integration(integration)).codes
        attempt = answers.attempt_of(self.vault.attempts, integration, callback, browser, usual)
        flavour, _, redirect_uri = attempt.redirect_uri.partition(" ")
        described = self._described(integration, flavour)
        codes = _auth(described).codes
        begun = Authorization("", callback["state"], attempt.verifier, redirect_uri, attempt.scopes)
        oauth = self.oauth(attempt.workspace, integration, flavour)
        answers.check_consent(oauth, callback, codes)
        now = self.clock()
        tokens = answers.exchange(oauth.connect(begun, callback, now), self.transport, codes)
        answers.check_granted(tokens, codes)
        who, children = answers.identity(oauth, tokens, self.transport, codes, now)
        login = family_of(integration, flavour, described, who, tokens, children, now, self._sibling)
        return self._keep(login, attempt, browser, codes)

    def choose(self, ticket: str, subjects: Iterable[str], *, browser: str = "") -> Connected:
        """Connect the chosen candidates, by `Candidate.subject`; none of them is a good answer too.

        Raises:
            ConnectFailed: the ticket is unknown, used or too old.
            PlanFull: the workspace's plan allows no more accounts.
        """
        with answers.waiting({}):
            attempt = self.vault.attempts.choose(self.workspace, ticket, browser)
        login = read_account(json.loads(attempt.found.reveal()))
        wanted = set(subjects)
        chosen = tuple(child for child in login.children if child.subject in wanted)
        if not chosen:
            return Connected(self.workspace, ())
        stored = self._store(replace(login, children=chosen), attempt, {}, into=None)
        return Connected(self.workspace, tuple(one for one in stored if one.parent and one.subject in wanted))

    def login_of(self, account: str) -> StoredAccount:
        """The login by which an account came, which is the account itself unless another brought it.

        Raises:
            UnknownName: no such account.
        """
        stored = self.vault.accounts.get(self.workspace, account)
        return self.vault.accounts.get(self.workspace, stored.parent) if stored.parent else stored

    def beneath(self, account: str) -> tuple[StoredAccount, ...]:
        """The accounts that act with this account's login, and so go with it."""
        return tuple(self._every(self.workspace, Filter(parent=account)))

    def disconnect(self, account: str) -> Disconnected:
        """Forget an account's credential for good, and take its grant back on the platform where that works.

        Accounts that act with its login go with it. A login that carries further accounts keeps its grant
        until the last of them goes.

        Raises:
            UnknownName: no such account.
        """
        stored = self.vault.accounts.get(self.workspace, account)
        if stored.state == "disconnected":
            return Disconnected(stored, (), revoked=False, message="It was disconnected already.")
        title = self._title(stored)
        beneath = self.beneath(account)
        revoked, why = self._revoke(stored)
        for child in beneath:
            self.vault.accounts.disconnect(self.workspace, child.id)
        gone = self.vault.accounts.disconnect(self.workspace, account)
        if revoked:
            message = f"Disconnected, and {title} has withdrawn the permission."
        else:
            message = f"Disconnected here. {why} To withdraw it there, remove the app in {title}'s settings."
        return Disconnected(gone, beneath, revoked, message)

    def inspect(self, account: str) -> dict[str, Any]:
        """What the platform itself says of an account's token: permissions, times, Pages; never a token.

        See `postwire.accounts.inspecting`.

        Raises:
            UnknownName: no such account.
            ActionFailed: the platform cannot be asked, or no credential is stored.
            WrongKey: a credential is stored, under another key.
        """
        stored, login = self.vault.accounts.get(self.workspace, account), self.login_of(account)
        tokens = self.vault.accounts.tokens(self.workspace, login.id).tokens
        auth = _auth(self._described(login.integration, login.flavour))
        oauth = self.oauth(self.workspace, login.integration, login.flavour)
        told = drive(oauth.inspect(tokens), self.transport, World())
        try:
            who = {**login.facts, "id": login.subject}
            children = drive(oauth.children(tokens, who, self.clock()), self.transport, World())
        except ActionFailed:
            children = None  # a token that is no longer valid brings nothing: what we have is shown
        return inspected(stored, login, self.beneath(login.id), auth.authorize.scopes, told, children)

    def look_again(self, account: str) -> StoredAccount:
        """Read the accounts anew that a login carries, which gives those their own tokens afresh.

        For logins that only carry others; any other account stays as it is.

        Raises:
            UnknownName: no such account.
            ConnectFailed: the platform does not tell.
        """
        login = self.login_of(account)
        if not login.listed:
            described = self._described(login.integration, login.flavour)
            oauth = self.oauth(self.workspace, login.integration, login.flavour)
            tokens, now = self.vault.accounts.tokens(self.workspace, login.id).tokens, self.clock()
            who, children = answers.identity(oauth, tokens, self.transport, _auth(described).codes, now)
            found = family_of(
                login.integration, login.flavour, described, who, tokens, children, now, self._sibling
            )
            have = {(one.integration, one.subject) for one in self.beneath(login.id)}
            known = tuple(child for child in found.children if (child.integration, child.subject) in have)
            again = settled(replace(found, children=known))
            self.vault.accounts.connect(self.workspace, [again], owner=login.owner)
        return self.vault.accounts.get(self.workspace, account)

    def _keep(
        self, login: NewAccount, attempt: Connecting, browser: str, codes: Mapping[str, str]
    ) -> Connected:
        """Store what is certain, and offer what a person has to choose."""
        unsure = self._unsure(attempt.workspace, login)
        sure = replace(login, children=tuple(child for child in login.children if child not in unsure))
        if not sure.listed and not sure.children and not unsure:
            raise refusals.at("children", codes)
        stored = self._store(sure, attempt, codes, into=attempt.account)
        accounts = tuple(account for account in stored if account.listed)
        if not unsure:
            return Connected(attempt.workspace, accounts)
        found = Secret(json.dumps(plain_account(replace(sure, children=unsure))))
        ticket = self.vault.attempts.offer(attempt, found, browser)
        return Connected(attempt.workspace, accounts, tuple(map(candidate, unsure)), ticket)

    def _unsure(self, workspace: str, login: NewAccount) -> tuple[NewAccount, ...]:
        """The children that wait for a choice: not those that came by such a login before."""
        waiting = [child for child in login.children if child.facts.get(CONFIRM)]
        names = {child.integration for child in waiting}
        have = {
            (one.integration, one.flavour, one.subject)
            for name in names
            for one in self._every(workspace, Filter(integration=name))
        }
        return tuple(
            child for child in waiting if (child.integration, child.flavour, child.subject) not in have
        )

    def _store(
        self, login: NewAccount, attempt: Connecting, codes: Mapping[str, str], *, into: str | None
    ) -> list[StoredAccount]:
        connect = self.vault.accounts.connect
        try:
            return connect(attempt.workspace, [settled(login)], into=into, owner=attempt.owner)
        except UnknownName as error:  # the workspace, or the account to reconnect, went meanwhile
            raise refusals.at("adding", codes, detail=error.message) from None
        except (SQLAlchemyError, OSError, WrongKey):  # its text can hold what was to be stored
            raise refusals.at("saving", codes) from None

    def _every(self, workspace: str, only: Filter) -> Iterator[StoredAccount]:
        after = None
        while True:
            page = self.vault.listing.page(workspace, only, limit=_PAGE, after=after)
            yield from page.accounts
            if (after := page.after) is None:
                return

    def _revoke(self, stored: StoredAccount) -> tuple[bool, str]:
        """(whether the platform took the grant back, why not)."""
        login = self.login_of(stored.id)
        others = [one for one in self.beneath(login.id) if one.id != stored.id]
        own = login.listed and login.state != "disconnected"
        if stored.parent and (others or own):
            return False, "Other accounts use the same login, so its permission stays."
        try:
            oauth = self.oauth(self.workspace, login.integration, login.flavour)
            tokens = self.vault.accounts.tokens(self.workspace, login.id).tokens
            if drive(oauth.revoke(tokens), self.transport, World()):
                return True, ""
        except PostwireError as error:
            return False, f"The platform did not withdraw the permission: {error.message}"
        return False, "The platform offers no way to withdraw the permission from here."

    def _title(self, stored: StoredAccount) -> str:
        try:
            return self.catalog.integration(stored.integration).name
        except UnknownName:  # an integration of one's own whose folder is gone
            return stored.integration

    def _described(self, integration: str, flavour: str) -> Integration:
        return of_flavour(self.catalog.integration(integration), flavour)

    def _sibling(self, integration: str, flavour: str) -> Auth | None:
        return self._described(integration, flavour).auth

    def oauth(self, workspace: str, integration: str, flavour: str) -> OAuth:
        """The integration's protocol with the app's keys: the workspace's own, else the environment's.

        Raises:
            ConnectFailed: `missing_credentials`, the keys are not set.
        """
        described = self._described(integration, flavour)
        return OAuth(integration, described, self._app(workspace, integration, described))

    def _app(self, workspace: str, name: str, described: Integration) -> dict[str, str]:
        """The app's keys: the workspace's own, else those in the environment."""
        auth = _auth(described)
        try:
            found = self.vault.apps.get(workspace, name)
        except UnknownName:
            found = {}
        if found and set(auth.app) <= found.keys():  # another login's app can be all that it has
            return {key: value.reveal() for key, value in found.items()}
        try:
            return app_from_environment(name, described, self._environ)
        except ActionFailed as error:
            raise refusals.at("keys", auth.codes, error) from None


def _auth(described: Integration) -> Auth:
    if described.auth is None:
        raise refusals.at("setup", {}, detail=f"{described.name} declares no way to connect.")
    return described.auth


def check_same(login: StoredAccount, integration: str) -> None:
    """Refuse to renew a consent at another platform than the login's: `invalid_input`."""
    if login.integration != integration:
        why = f"This account came by {login.integration}, not by {shown(integration)}."
        raise ActionFailed("invalid_input", why, remedy=f"Reconnect it by {login.integration}.", sent="no")
