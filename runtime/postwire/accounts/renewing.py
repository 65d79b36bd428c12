"""Good tokens for whoever acts, renewed once for any number of callers, threads and processes.

A renewal runs in a thread of its own that goes on whatever becomes of those who wait for it: a cancelled
request, or a run that was given up, loses nothing.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from postwire.accounts.leased import LEASE, Leased, Renewed, auth_of, bring_down
from postwire.accounts.outages import Outages
from postwire.accounts.renewal import MARGIN, ended, means, resting, rests_until, too_young
from postwire.errors import ActionFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from postwire.accounts.account import Account
    from postwire.accounts.connections import Connections
    from postwire.accounts.records import Lease, StoredAccount, StoredTokens
    from postwire.secret import Secret

PATIENCE: Final = 45.0  # seconds that somebody else's renewal is waited for
CLOSING: Final = 20.0  # seconds that running renewals get at the end
_POLL: Final = 0.05  # seconds between two looks at somebody else's renewal
_RECLAIM: Final = 1.0  # seconds after which we ask whether the other process still lives
_AT_ONCE: Final = 16
_log = logging.getLogger(__name__)


class Owners:
    """The threads that renew: one renewal for each account of this process at a time.

    Attributes:
        outages: what their renewals have found of the platforms.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._running: dict[Hashable, Future[None]] = {}
        # A process that ends in the ordinary way waits for these threads.
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="postwire-renewing")
        self.outages = Outages()
        self._closed = False

    def start(self, key: Hashable, call: Callable[[], None]) -> Future[None]:
        """The running renewal of *key*, or a new one.

        Raises:
            ActionFailed: `cancelled`, after `close`.
        """
        with self._lock:
            if self._closed:
                raise ActionFailed("cancelled", "Postwire is ending: nothing new is renewed.", sent="no")
            if (running := self._running.get(key)) is not None:
                return running
            future = self._running[key] = self._threads.submit(call)
            future.add_done_callback(lambda _: self._end(key))
            return future

    def close(self, patience: float) -> bool:
        """Begin nothing more, and wait *patience* seconds for what runs; False if something still does."""
        with self._lock:
            self._closed = True
            running = list(self._running.values())
        done = wait(running, patience)
        self._threads.shutdown(wait=False)
        return not done.not_done

    def _end(self, key: Hashable) -> None:
        with self._lock:
            self._running.pop(key, None)


@dataclass(frozen=True, slots=True)
class Seen:
    """An account, the account whose token it acts with (itself, or its login), and that token."""

    stored: StoredAccount
    login: StoredAccount
    held: StoredTokens


class Renewing:
    """Good tokens of one workspace's accounts. Calls block; those with an `a` in front are for asyncio.

    Args:
        connections: the workspace's, with its transport and clock.
        watch: told of every renewal that this process made, in the thread that made it.
        sleep: waits; instead of the real one in tests.
        owners: shared by the workspaces of a process; see `of`.
    """

    def __init__(
        self,
        connections: Connections,
        *,
        watch: Callable[[Renewed], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        owners: Owners | None = None,
    ) -> None:
        self.connections = connections
        self.workspace = connections.workspace
        self.clock: Callable[[], float] = connections.clock
        self._vault = connections.vault
        self._watch = watch
        self._sleep = sleep
        self._owners = owners or Owners()

    def of(self, workspace: str) -> Renewing:
        """The same for another workspace; its renewals run in the same threads."""
        if workspace == self.workspace:
            return self
        other = copy.copy(self.connections)
        other.workspace = workspace
        return Renewing(other, watch=self._watch, sleep=self._sleep, owners=self._owners)

    def fresh(self, account: str, need: float = MARGIN) -> Account:
        """The account, ready to act, with a token that is good for at least *need* seconds.

        Where the token cannot be renewed just now it may be good for less, but it is good.

        Args:
            account: its id.
            need: seconds; long uploads need more.

        Raises:
            UnknownName: no such account.
            ActionFailed: `auth_expired`, it has to be connected again, or an operator has to act: the remedy
                says which. `transient`, its token has ended and cannot be renewed just now.
            WrongKey, Unreadable: the credential does not open.
        """
        seen = self._usable(account)
        if (job := self._needed(seen, need)) is not None:
            job.result()
        return self._ready(account, seen, job)

    async def afresh(self, account: str, need: float = MARGIN) -> Account:
        """As `fresh`; a caller that is cancelled leaves the renewal running."""
        seen = await self._vault.run(self._usable, account)
        job = await self._vault.run(self._needed, seen, need)
        if job is not None:
            await asyncio.shield(asyncio.wrap_future(job))
        return await self._vault.run(self._ready, account, seen, job)

    def renew_account(self, account: str) -> bool:
        """Renew an account's access, as people mean it; False: it must be connected again.

        What acts with another's login (a Page, say) is renewed by that login, and gets its own token of it.

        Raises:
            UnknownName: no such account.
            ActionFailed: as `renew`.
        """
        login = self.connections.login_of(account)
        carried = not login.listed
        fresh = self.renew(login.id if carried else account)
        if carried and fresh is not None:
            self.connections.look_again(account)
        return fresh is not None

    def renew(self, account: str, refused: Secret | None = None) -> Secret | None:
        """A new token now; None when there will be none before the account is connected again.

        Args:
            account: its id.
            refused: the token that the platform did not accept: if another is stored by now, that is given.
                Without it a person asks: that ends a pause, and tries even what was given up.

        Raises:
            UnknownName: no such account.
            ActionFailed: `transient`, it did not work just now. `account_not_eligible`, a person asks for
                what the platform does not offer.
        """
        seen = self._see(account)
        if (other := self._other(seen, refused)) is not None:
            return other
        if (job := self._demanded(seen, refused)) is not None:
            job.result()
        return self._gained(account, seen)

    async def arenew(self, account: str, refused: Secret | None = None) -> Secret | None:
        """As `renew`; a caller that is cancelled leaves the renewal running."""
        seen = await self._vault.run(self._see, account)
        if (other := self._other(seen, refused)) is not None:
            return other
        job = await self._vault.run(self._demanded, seen, refused)
        if job is not None:
            await asyncio.shield(asyncio.wrap_future(job))
        return await self._vault.run(self._gained, account, seen)

    def attend(self, due: StoredAccount) -> None:
        """Renew an account that is due, unless somebody has since *due* was read; ends when that is over."""
        seen = self._see(due.id)
        if seen.held.version != due.version or seen.login.id != due.id or self.waits_for(due):
            return
        if (job := self._job(seen)) is not None:
            job.result()

    def waits_for(self, login: StoredAccount) -> float:
        """Until when its platform is out, in seconds since 1970; 0 where it is not."""
        until = self._owners.outages.until(login)
        return until if until > self.clock() else 0.0

    def close(self, patience: float = CLOSING) -> bool:
        """Begin nothing more and wait for renewals that run, of all workspaces; False if one still does.

        Call it when the process is told to end (SIGTERM), before the vault is closed.
        """
        return self._owners.close(patience)

    # What an account has

    def _see(self, account: str) -> Seen:
        stored = self._vault.accounts.get(self.workspace, account)
        held = self._vault.accounts.tokens(self.workspace, account)
        if held.tokens.access.reveal() or stored.parent is None:
            return Seen(stored, stored, held)
        login = self._vault.accounts.get(self.workspace, stored.parent)
        return Seen(stored, login, self._vault.accounts.tokens(self.workspace, stored.parent))

    def _usable(self, account: str) -> Seen:
        seen = self._see(account)
        for each in (seen.stored, seen.login):
            if each.state in {"needs_reconnect", "error", "disconnected"}:
                raise _unusable(each)
        return seen

    def _ready(self, account: str, before: Seen, job: Future[None] | None) -> Account:
        unchanged = job is None and not ended(before.held.tokens, self.clock())
        seen = before if unchanged else self._usable(account)
        if ended(seen.held.tokens, self.clock()):
            raise self._unrenewed(seen.login)
        return seen.stored.account(seen.held.tokens.access)

    def _other(self, seen: Seen, refused: Secret | None) -> Secret | None:
        token = seen.held.tokens.access
        stands = seen.login.state not in {"needs_reconnect", "error", "disconnected"}
        other = refused is not None and token != refused and not ended(seen.held.tokens, self.clock())
        return token if other and stands else None

    def _gained(self, account: str, before: Seen) -> Secret | None:
        seen = self._see(account)
        if seen.held.version != before.held.version:
            return seen.held.tokens.access
        if seen.login.state in {"needs_reconnect", "error", "disconnected"}:
            return None
        raise self._unrenewed(seen.login)

    def _unrenewed(self, login: StoredAccount) -> ActionFailed:
        why = login.reason or "somebody else is renewing it, and has not finished"
        rest = self._rests_until(login) - self.clock()
        return ActionFailed(
            "transient",
            f"The access of {login} could not be renewed: {why}",
            remedy="It is tried again by itself. To try at once, renew or reconnect the account by hand.",
            sent="no",
            retry_after=rest if rest > 0 else None,
        )

    # When it is renewed

    def _rests_until(self, login: StoredAccount) -> float:
        return max(rests_until(login), self.waits_for(login))

    def _needed(self, seen: Seen, need: float) -> Future[None] | None:
        end, now = seen.held.tokens.expires_at, self.clock()
        if end is None or end - now >= need or self._rests_until(seen.login) > now:
            return None
        return self._job(seen)

    def _demanded(self, seen: Seen, refused: Secret | None) -> Future[None] | None:
        auth = auth_of(self.connections, seen.login)
        if not means(auth, seen.held.tokens):
            if refused is None:
                raise _no_means(seen.login)
            self._retire(seen, "The platform no longer accepts the access, and gave no means to renew it.")
            return None
        if refused is not None:
            return None if self._rests_until(seen.login) > self.clock() else self._job(seen)
        if too_young(auth, seen.login, self.clock()):
            raise _no_means(seen.login)
        return self._job(seen, by_hand=True)

    def _job(self, seen: Seen, *, by_hand: bool = False) -> Future[None] | None:
        """The renewal under way, or a new one; None where there is nothing to renew with."""
        if not means(auth_of(self.connections, seen.login), seen.held.tokens):
            if ended(seen.held.tokens, self.clock()):
                self._retire(seen, "The access has ended, and the platform gave no means to renew it.")
            return None
        login, version = seen.login.id, seen.held.version
        return self._owners.start((self.workspace, login), lambda: self._own(login, version, by_hand=by_hand))

    def _retire(self, seen: Seen, reason: str) -> None:
        login, version, accounts = seen.login, seen.held.version, self._vault.accounts
        if accounts.set_state(self.workspace, login.id, "needs_reconnect", reason, version=version):
            bring_down(self.connections, login, reason)
            self._tell(Renewed(accounts.get(self.workspace, login.id), "reconnect", reason))

    # In the owner's thread

    def _own(self, account: str, version: int, *, by_hand: bool) -> None:
        """Renew, or wait until somebody else has."""
        end = time.monotonic() + PATIENCE
        while by_hand or not self._is_settled(account, version):
            lease = self._vault.refreshing.claim(self.workspace, account, version, LEASE)
            if lease is not None:
                self._renew(lease, by_hand=by_hand)
                return
            if not self._await(account, version, end):
                return

    def _renew(self, lease: Lease, *, by_hand: bool) -> None:
        stored = self._vault.accounts.get(self.workspace, lease.account)
        if not by_hand and resting(stored, self.clock()):  # somebody has failed just before us
            self._vault.refreshing.release(
                lease,
                unknown=lease.interrupted,
                next_attempt_at=stored.next_attempt_at,
                paused_until=stored.paused_until,
            )
            return
        outages = self._owners.outages
        self._tell(Leased(self.connections, lease, stored, self._sleep, outages).renew())

    def _await(self, account: str, version: int, end: float) -> bool:
        """Whether the lease is worth another try: it is free, or its owner may have died."""
        look = min(end, time.monotonic() + _RECLAIM)
        while time.monotonic() < look:
            time.sleep(_POLL)
            stored = self._vault.accounts.get(self.workspace, account)
            if not stored.refreshing or stored.version != version:
                return not self._is_settled(account, version)
        return time.monotonic() < end

    def _is_settled(self, account: str, version: int) -> bool:
        """The credential is another one by now, or somebody has just found that it cannot be renewed."""
        stored = self._vault.accounts.get(self.workspace, account)
        over = stored.state in {"needs_reconnect", "error", "disconnected"}
        return stored.version != version or over or resting(stored, self.clock())

    def _tell(self, renewed: Renewed) -> None:
        if self._watch is None:
            return
        try:
            self._watch(renewed)
        except Exception:  # noqa: BLE001 - the renewal itself has succeeded
            _log.exception("A watcher of renewals failed.")


def _unusable(stored: StoredAccount) -> ActionFailed:
    if stored.state == "error":
        remedy = "The operator corrects what the message says; then renew the account by hand."
        return ActionFailed(
            "auth_expired", f"{stored} cannot be used: {stored.reason}", remedy=remedy, sent="no"
        )
    why = stored.reason or "its access has ended or was revoked"
    return ActionFailed(
        "auth_expired",
        f"{stored} has to be connected again: {why}",
        remedy="Connect the account again; what is scheduled for it goes on then.",
        sent="no",
    )


def _no_means(stored: StoredAccount) -> ActionFailed:
    return ActionFailed(
        "account_not_eligible",
        f"The platform does not renew the access of {stored} at this time.",
        remedy="Leave it as it is, or connect the account again.",
        sent="no",
    )
