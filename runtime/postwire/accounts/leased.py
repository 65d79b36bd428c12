"""One renewal, by the one caller that holds the lease: ask, keep the answer, save, or say what went wrong.

From the platform's answer to the disk there is nothing that can go wrong but the end of the process, and an
answer that reached the disk is found again by the next renewal.
"""

from __future__ import annotations

import json
import logging
import random
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from postwire.accounts.renewal import BACK_OFF, carried, judge, refresh_at, standing
from postwire.decide.programs import of_flavour
from postwire.drive import World, drive
from postwire.errors import CATALOGUE, ActionFailed, PostwireError
from postwire.secret import Secret
from postwire.values import Lost, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire.accounts.connections import Connections
    from postwire.accounts.oauth import OAuth
    from postwire.accounts.outages import Outages
    from postwire.accounts.records import Lease, StoredAccount, StoredTokens
    from postwire.accounts.renewal import Verdict
    from postwire.accounts.tokens import Tokens
    from postwire.language.manifest import Auth
    from postwire.transport import Transport
    from postwire.values import Request

GIVE_UP: Final = 20.0  # seconds after which no call is begun any more
LEASE: Final = 120.0  # seconds; longer than the last call that began before then can take
OUT: Final = "The platform fails for many accounts just now."
_REFUSED: Final = 400
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Renewed:
    """What came of a renewal, for whoever watches.

    Attributes:
        account: as it stands now.
        outcome: `renewed`, `failed` (it is tried again by itself), `reconnect` (its owner has to connect it
            again), or `gone` (it was disconnected meanwhile).
        reason: why, where it is not `renewed`.
    """

    account: StoredAccount
    outcome: Literal["renewed", "failed", "reconnect", "gone"]
    reason: str = ""


class Leased:
    """A renewal under way.

    Args:
        connections: the workspace's.
        lease: the right to renew, alone.
        stored: the account as it was when the lease was taken.
        sleep: waits before a call that could not be sent is sent again.
        outages: what is known of the platforms.
    """

    def __init__(
        self,
        connections: Connections,
        lease: Lease,
        stored: StoredAccount,
        sleep: Callable[[float], None],
        outages: Outages,
    ) -> None:
        self._connections = connections
        self._vault = connections.vault
        self._transport: Transport = connections.transport
        self._clock: Callable[[], float] = connections.clock
        self._lease = lease
        self._stored = stored
        self._sleep = sleep
        self._outages = outages

    def renew(self) -> Renewed:
        """Do it; every failure ends in the account's state, and the lease is given back whatever happens."""
        renewed = self._ended()
        if renewed.outcome == "renewed":
            bring_back(self._connections, self._stored)
        elif renewed.outcome == "reconnect":
            bring_down(self._connections, self._stored, renewed.reason)
        return renewed

    def _ended(self) -> Renewed:
        try:
            oauth, auth = self._oauth()
            tokens, came = self._found(oauth) or self._asked(oauth)
            return self._saved(oauth, auth, carried(self._lease.tokens, tokens), came)
        except ActionFailed as error:
            return self._failed(error)
        except PostwireError as error:  # a manifest that is gone, say
            return self._failed(ActionFailed("internal", error.message, remedy=error.remedy, sent="no"))
        except BaseException:
            # The tokens may be new already: the next renewal looks for what was kept.
            self._failed(ActionFailed("internal", "The renewal broke off.", sent="maybe"))
            raise

    def _oauth(self) -> tuple[OAuth, Auth]:
        name, flavour = self._stored.integration, self._stored.flavour
        oauth = self._connections.oauth(self._lease.workspace, name, flavour)
        return oauth, auth_of(self._connections, self._stored)

    def _asked(self, oauth: OAuth) -> tuple[Tokens, float]:
        return self._played(oauth, Answers(self._transport, self._clock, self._keep), self._clock())

    def _found(self, oauth: OAuth) -> tuple[Tokens, float] | None:
        """The tokens of an answer that an earlier renewal kept and did not live to save."""
        for kept in self._kept() if self._lease.interrupted else ():
            try:
                return self._played(oauth, Answers(None, self._clock, lambda _: None, kept), kept[0]["at"])
            except (PostwireError, KeyError, TypeError):
                continue  # a refusal was kept, or only half of what is needed
        return None

    def _kept(self) -> Iterator[list[dict[str, Any]]]:
        try:
            found = self._vault.refreshing.rescued(self._lease.workspace, self._lease.account)
        except PostwireError:  # it does not open any more
            return
        for each in found:
            if each.kind == "answer" and each.version == self._lease.version:
                yield json.loads(each.content.reveal())

    def _played(self, oauth: OAuth, answers: Answers, came: float) -> tuple[Tokens, float]:
        tokens: Tokens = drive(oauth.refresh(self._lease.tokens, came), answers, World(sleep=self._sleep))
        return tokens, came

    def _keep(self, answers: list[dict[str, Any]]) -> None:
        try:
            self._vault.refreshing.keep_answer(self._lease, Secret(json.dumps(answers)))
        except Exception as error:  # noqa: BLE001 - saving may work all the same; this is the second net
            # Without the trace, which could show the answer.
            _log.error("An answer for %s could not be kept: %s.", self._lease.account, type(error).__name__)

    def _saved(self, oauth: OAuth, auth: Auth, tokens: Tokens, came: float) -> Renewed:
        self._outages.answered(self._stored)
        state, reason = standing(auth, tokens)
        due = refresh_at(auth, tokens, came)
        outcome = self._vault.refreshing.save(self._lease, tokens, refresh_at=due, state=state, reason=reason)
        if outcome == "gone":
            self._take_back(oauth, tokens)
            return Renewed(self._now(), "gone", "The account was disconnected meanwhile.")
        return Renewed(self._now(), "renewed")

    def _take_back(self, oauth: OAuth, tokens: Tokens) -> None:
        try:
            drive(oauth.revoke(tokens), self._transport, World(sleep=self._sleep))
        except PostwireError as error:
            _log.warning("Tokens of a disconnected account were not withdrawn: %s", error.message)

    def _failed(self, error: ActionFailed) -> Renewed:
        lease = self._lease
        chance = random.random()  # noqa: S311 - spreads load, guards nothing
        verdict = judge(self._stored, error, self._clock(), interrupted=lease.interrupted, chance=chance)
        passes = verdict.counts and CATALOGUE[error.code].retryable
        if passes and self._outages.until(self._stored):
            verdict = self._spared(verdict, error)
        # The lease holds only for the version that was refused: who has won meanwhile is left alone.
        mine = self._vault.refreshing.release(
            lease,
            state=verdict.state,
            reason=verdict.reason,
            failed=verdict.counts,
            unknown=verdict.unknown or (lease.interrupted and verdict.counts),
            next_attempt_at=verdict.next_attempt_at,
            paused_until=verdict.paused_until,
        )
        if passes:
            self._note_outage(blamed=verdict.counts)
        elif verdict.state == "needs_reconnect":
            self._outages.answered(self._stored)
        final = mine and verdict.state == "needs_reconnect"
        return Renewed(self._now(), "reconnect" if final else "failed", verdict.reason)

    def _spared(self, verdict: Verdict, error: ActionFailed) -> Verdict:
        """*verdict* in an outage: it does not count against the account."""
        again = max(self._clock() + BACK_OFF, verdict.next_attempt_at or 0.0)
        reason = f"{OUT} {error.message}"
        return replace(verdict, reason=reason, counts=False, next_attempt_at=again, paused_until=None)

    def _note_outage(self, *, blamed: bool) -> None:
        """Once this failure is written: so whoever finds the outage takes the blame from all that have it."""
        outages = self._outages
        if others := outages.failed(self._stored, self._clock(), blamed=blamed):
            self._vault.refreshing.forgive(others, outages.until(self._stored), OUT)

    def _now(self) -> StoredAccount:
        return self._vault.accounts.get(self._lease.workspace, self._lease.account)


class Answers:
    """A transport that gives *kept* answers first, and has every new one kept before anybody reads it."""

    def __init__(
        self,
        transport: Transport | None,
        clock: Callable[[], float],
        keep: Callable[[list[dict[str, Any]]], None],
        kept: list[dict[str, Any]] | None = None,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._keep = keep
        self._kept = iter(kept or [])
        self._came: list[dict[str, Any]] = []
        self._end = time.monotonic() + GIVE_UP

    def send(self, request: Request, sent: Callable[[int], None] | None = None) -> Response | Lost:
        """The answer to *request*; none is sent when there is no time left to wait for one."""
        if (known := next(self._kept, None)) is not None:
            return Response(known["status"], known["headers"], known["body"].encode())
        if self._transport is None:
            return Lost("maybe", "no further answer was kept")
        if time.monotonic() > self._end:
            return Lost("no", "there was no time left")
        answer = self._transport.send(request, sent)
        if isinstance(answer, Response) and answer.status < _REFUSED:
            self._came.append(self._plain(answer))
            self._keep(self._came)
        return answer

    def close(self) -> None:
        """Nothing: the transport is not ours."""

    def _plain(self, answer: Response) -> dict[str, Any]:
        body = answer.body.decode("utf-8", "replace")
        return {
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": body,
            "at": self._clock(),
        }


def auth_of(connections: Connections, stored: StoredAccount) -> Auth:
    """How accounts of this kind are renewed.

    Raises:
        UnknownName: the integration is gone.
        ActionFailed: `internal`, it declares no way to connect.
    """
    described = of_flavour(connections.catalog.integration(stored.integration), stored.flavour)
    if described.auth is None:
        raise ActionFailed("internal", f"{described.name} declares no way to connect.", sent="no")
    return described.auth


def bring_down(connections: Connections, login: StoredAccount, reason: str) -> None:
    """Let the accounts that act with this login's token need a new consent too."""
    for child, tokens in _dependents(connections, login):
        connections.vault.accounts.set_state(
            child.workspace, child.id, "needs_reconnect", reason, version=tokens.version
        )


def bring_back(connections: Connections, login: StoredAccount) -> None:
    """Let the accounts that went down with this login work again."""
    for child, tokens in _dependents(connections, login):
        if child.state == "needs_reconnect":
            with suppress(PostwireError):  # its integration is gone
                state, reason = standing(auth_of(connections, child), tokens.tokens)
                connections.vault.accounts.set_state(
                    child.workspace, child.id, state, reason, version=tokens.version
                )


def _dependents(
    connections: Connections, login: StoredAccount
) -> Iterator[tuple[StoredAccount, StoredTokens]]:
    """The accounts without a token of their own, where the login's serves them."""
    for child in connections.beneath(login.id) if login.listed else ():
        held = connections.vault.accounts.tokens(child.workspace, child.id)
        if not held.tokens.access.reveal():
            yield child, held
