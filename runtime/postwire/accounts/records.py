"""What the vault takes and gives: plain frozen values that know nothing of databases."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from postwire.accounts.account import Account
from postwire.accounts.tokens import Tokens
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

State = Literal["active", "degraded", "limited", "needs_reconnect", "error", "disconnected"]
Status = Literal["active", "inactive", "failed"]
Purpose = Literal["connect", "reconnect"]
STATES: Final[tuple[State, ...]] = (
    "active",
    "degraded",
    "limited",
    "needs_reconnect",
    "error",
    "disconnected",
)

RunState = Literal["waiting", "running", "done", "pending", "failed", "unknown", "cancelled"]
RUN_STATES: Final[tuple[RunState, ...]] = (
    "waiting",
    "running",
    "done",
    "pending",
    "failed",
    "unknown",
    "cancelled",
)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that a consent brought, before it is stored.

    Attributes:
        integration: the platform's folder name.
        tokens: its credential.
        subject: the platform's id of it, by which it is known again; "" where the platform does not tell.
        flavour: which kind of account, where an integration has several.
        listed: False for a login that only carries others (a person whose pages are connected): it is neither
            shown nor counted against a plan.
        children: accounts that came by the same consent and are renewed through this one.
        refresh_at: seconds since 1970 at which its tokens should be renewed; None for never.
        state: `limited` where less was granted than the actions need.
        reason: why it is not plainly active, for people.
    """

    integration: str
    tokens: Tokens
    subject: str = ""
    flavour: str = ""
    name: str = ""
    username: str = ""
    avatar_url: str = ""
    label: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    listed: bool = True
    children: tuple[NewAccount, ...] = ()
    refresh_at: float | None = None
    state: State = "active"
    reason: str = ""

    def family(self) -> Iterator[NewAccount]:
        """This account and all below it."""
        yield self
        for child in self.children:
            yield from child.family()


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """A connected account as it is stored, without its credential; times are seconds since 1970.

    Attributes:
        id: ours, `acc_…`; it stays when the account is connected again.
        status: what people are shown for `state`: Active, Inactive or Failed.
        parent: id of the account through which this one is renewed.
        owner: who connected it, by the caller's own name for people.
        version: of the credential; it grows with every change of it.
        expires_at: when the access token ends.
        refresh_expires_at: when the means to renew it end.
        refresh_at: when it should be renewed.
        next_attempt_at: not before then after a failure.
        paused_until: no renewal before then.
        fails: failures to renew in a row.
        refreshing: somebody is renewing it now.
    """

    id: str
    workspace: str
    integration: str
    flavour: str
    subject: str
    parent: str | None
    listed: bool
    name: str
    username: str
    avatar_url: str
    label: str
    owner: str
    facts: Mapping[str, Any]
    scopes: frozenset[str] | None
    state: State
    status: Status
    reason: str
    version: int
    created_at: float
    connected_at: float
    updated_at: float
    disconnected_at: float | None
    expires_at: float | None
    refresh_expires_at: float | None
    refresh_at: float | None
    next_attempt_at: float | None
    paused_until: float | None
    fails: int
    refreshing: bool

    def account(self, token: Secret) -> Account:
        """The account as an action needs it."""
        name = self.label or self.username or self.name or self.id
        return Account(
            self.integration,
            token,
            name=name,
            id=self.subject,
            scopes=self.scopes,
            flavour=self.flavour,
            facts=self.facts,
        )

    def __str__(self) -> str:
        """As a list of candidates shows it: `acc_… (tiktok @name "label")`."""
        words = [self.integration]
        words += [f"@{self.username}"] if self.username else [self.name] if self.name else []
        words += [f'"{self.label}"'] if self.label else []
        return f"{self.id} ({' '.join(words)})"


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """The credential of an account, and the version of it that this is."""

    tokens: Tokens
    version: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to renew the tokens of one account, alone among all processes, until it runs out.

    Attributes:
        version: of the credential that is to be renewed; the save fails if another came meanwhile.
        owner: names this process and this lease.
        until: seconds since 1970.
        tokens: what to renew.
        interrupted: an earlier attempt with the same refresh token never ended, so the platform may hold it
            for spent: try once, and call a refusal `refresh_interrupted`.
    """

    workspace: str
    account: str
    version: int
    owner: str
    until: float
    tokens: Tokens
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Rescued:
    """A credential, or a token endpoint's answer, that was kept although it did not become the account's."""

    id: str
    account: str
    version: int
    kind: Literal["answer", "refused"]
    created_at: float
    content: Secret


@dataclass(frozen=True, slots=True)
class Connecting:
    """An attempt to connect that waits: for the platform's callback, or for the user's choice.

    Attributes:
        purpose: `reconnect` renews the account called `account`.
        redirect_uri: exactly as it was sent to the platform.
        verifier: of PKCE.
        scopes: what was asked for.
        found: what a consent brought, as the caller keeps it while the user chooses; it may hold tokens.
    """

    workspace: str
    integration: str
    purpose: Purpose
    account: str | None
    redirect_uri: str
    owner: str
    scopes: tuple[str, ...]
    verifier: Secret
    found: Secret
    created_at: float


@dataclass(frozen=True, slots=True)
class Summary:
    """How many accounts a workspace has, by what people are shown."""

    total: int = 0
    active: int = 0
    inactive: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Some accounts, newest first; `after` asks for the following ones, None at the end."""

    accounts: tuple[StoredAccount, ...]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """A space whose accounts, apps and attempts nobody outside it sees; `plan` is "" for unlimited."""

    id: str
    name: str
    plan: str
    created_at: float


@dataclass(frozen=True, slots=True)
class App:
    """The operator's app on a platform, without its keys: `keys` are their names."""

    workspace: str
    integration: str
    keys: tuple[str, ...]
    updated_at: float


def dump_tokens(tokens: Tokens) -> bytes:
    """The secret part of *tokens*, to be sealed; the rest has columns."""
    secrets = {"access": tokens.access.reveal()}
    if tokens.refresh is not None:
        secrets["refresh"] = tokens.refresh.reveal()
    return json.dumps(secrets).encode()


def load_tokens(
    plain: bytes,
    expires_at: float | None,
    refresh_expires_at: float | None,
    scopes: frozenset[str] | None,
    subject: str,
) -> Tokens:
    """The inverse of `dump_tokens`."""
    secrets = json.loads(plain)
    refresh = secrets.get("refresh")
    return Tokens(
        Secret(secrets["access"]),
        None if refresh is None else Secret(refresh),
        expires_at,
        refresh_expires_at,
        scopes,
        subject,
    )
