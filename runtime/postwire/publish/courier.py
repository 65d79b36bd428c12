"""Sends what the outbox holds, in threads of its own: signed, again and again until it is taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, select, true, update

from postwire.accounts.outbox import body_place
from postwire.accounts.schema import deliveries, endpoints
from postwire.errors import UnknownName
from postwire.media.fetch import FetchPolicy
from postwire.publish.hooks import Hooks
from postwire.transport import poster
from postwire.values import Lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection

    from postwire.accounts.rows import Store
    from postwire.secret import Secret
    from postwire.transport import Post
    from postwire.values import Response

# Seconds until the next attempt: the schedule of the Standard Webhooks specification, three days in all.
PAUSES: Final = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
JITTER: Final = 0.2  # of a pause, at most, that is added by chance
LEASE: Final = 60.0  # seconds after which another worker takes over what one has begun to send
GONE: Final = 410
LOOPBACK: Final = "POSTWIRE_WEBHOOKS_LOOPBACK"  # "1" lets messages go to this machine, for development
_PATIENCE: Final = 20.0  # seconds
SIDE_BY_SIDE: Final = 2  # messages to one address at once, so that a slow one does not hold up the others
_LONGEST_PAUSE: Final = 86_400.0  # of a Retry-After
_TAKEN: Final = range(200, 300)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Letter:
    """A message that is ours to send for a while."""

    id: str
    workspace: str
    endpoint: str
    url: str
    body: bytes
    attempts: int
    created_at: float


class Courier:
    """Sends the messages of all workspaces, beside other couriers; each reaches its address at least once.

    Args:
        store: of the vault.
        post: sends them; see `postwire.transport.poster`.
        threads: how many at once.
        workspaces: only theirs; all but `without` where none is named.
        without: not theirs.
        chance: from 0 to 1, for the jitter.
        clock: seconds since 1970, that receivers compare with theirs.
    """

    def __init__(
        self,
        store: Store,
        post: Post,
        *,
        threads: int = 8,
        workspaces: Iterable[str] = (),
        without: Iterable[str] = (),
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._database = store.database
        self._hooks = Hooks(store)
        self._post = post
        self._threads = threads
        self._workspaces = tuple(workspaces)
        self._without = tuple(without)
        self._chance = chance
        self._clock = clock
        self._busy: dict[str, int] = {}
        self._lock = threading.Lock()

    def run(self, stop: threading.Event, every: float = 1.0) -> None:
        """Send what is due until *stop* is set; what is being sent then is waited for."""
        with ThreadPoolExecutor(self._threads, thread_name_prefix="postwire-webhooks") as pool:
            while not stop.wait(every):
                try:
                    for letter in self._due(self._threads):
                        pool.submit(self._send, letter)
                except Exception:  # noqa: BLE001 - a database that is away for a while must not end this
                    _log.exception("Webhooks could not be looked for; that is tried again.")

    def once(self) -> int:
        """Send what is due now, one after another; how many."""
        letters = self._due(self._threads)
        for letter in letters:
            self._send(letter)
        return len(letters)

    def _due(self, limit: int) -> list[_Letter]:
        """Messages that are ours for as long as a lease; each attempt is counted before it is made."""
        with self._lock:
            full = [name for name, count in self._busy.items() if count >= SIDE_BY_SIDE]
            free = limit - sum(self._busy.values())
        if free <= 0:
            return []
        now = self._database.now()
        due = and_(
            deliveries.c.state == "waiting",
            deliveries.c.next_at <= now,
            deliveries.c.workspace_id.in_(self._workspaces) if self._workspaces else true(),
            deliveries.c.workspace_id.not_in(self._without),
        )
        wanted = select(deliveries.c.id, deliveries.c.endpoint_id, deliveries.c.next_at)
        statement = wanted.where(due, deliveries.c.endpoint_id.not_in(full)).order_by(deliveries.c.next_at)
        with self._database.read() as connection:
            found = list(connection.execute(statement.limit(free)))
        return [letter for row in found if (letter := self._claimed(row)) is not None]

    def _claimed(self, row: Any) -> _Letter | None:
        with self._lock:
            if self._busy.get(row.endpoint_id, 0) >= SIDE_BY_SIDE:
                return None
            self._busy[row.endpoint_id] = self._busy.get(row.endpoint_id, 0) + 1
        letter = None
        try:
            with self._database.write() as connection:
                letter = self._leased(connection, row)
        finally:
            if letter is None:
                self._free(row.endpoint_id)
        return letter

    def _leased(self, connection: Connection, row: Any) -> _Letter | None:
        same = and_(
            deliveries.c.id == row.id, deliveries.c.next_at == row.next_at, deliveries.c.state == "waiting"
        )
        values = {"next_at": self._database.now() + LEASE, "attempts": deliveries.c.attempts + 1}
        if not connection.execute(update(deliveries).where(same).values(**values)).rowcount:
            return None  # another courier was quicker
        joined = deliveries.join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        wanted = select(deliveries, endpoints.c.url).select_from(joined).where(deliveries.c.id == row.id)
        found = connection.execute(wanted).one()
        body = self._store.ring.open(bytes(found.sealed), body_place(found.workspace_id, found.id))
        return _Letter(
            found.id,
            found.workspace_id,
            found.endpoint_id,
            found.url,
            body,
            found.attempts,
            found.created_at,
        )

    def _send(self, letter: _Letter) -> None:
        try:
            now = self._clock()
            secrets = self._hooks.secrets(letter.workspace, letter.endpoint, now)
            headers = {"Content-Type": "application/json", **signed(letter.id, now, letter.body, secrets)}
            self._settle(letter, self._post(letter.url, headers, letter.body))
        except UnknownName:  # the address was removed, and the message with it
            return
        except Exception:  # noqa: BLE001 - the lease ends, and it is tried again
            _log.exception("The webhook %s could not be sent.", letter.id)
        finally:
            self._free(letter.endpoint)

    def _settle(self, letter: _Letter, answer: Response | Lost) -> None:
        """Write down what came of an attempt."""
        status = None if isinstance(answer, Lost) else answer.status
        reason = answer.reason if isinstance(answer, Lost) else f"it answered with status {answer.status}"
        with self._database.write() as connection:
            now = self._database.moment(connection)
            if status in _TAKEN:
                self._end(connection, letter, now, "delivered", status, "")
                taken = update(endpoints).where(endpoints.c.id == letter.endpoint)
                connection.execute(taken.values(succeeded_at=now))
            elif status == GONE:
                self._end(connection, letter, now, "failed", status, reason)
                self._disable(connection, letter, now, "It answered with status 410: it is gone.")
            elif letter.attempts > len(PAUSES):
                self._end(connection, letter, now, "failed", status, reason)
                self._give_up(connection, letter, now)
            else:
                again = {"next_at": now + self._pause(letter, answer), "status": status, "reason": reason}
                connection.execute(update(deliveries).where(deliveries.c.id == letter.id).values(**again))

    def _end(
        self, connection: Connection, letter: _Letter, now: float, state: str, status: int | None, reason: str
    ) -> None:
        values = {"state": state, "status": status, "reason": reason, "next_at": None, "ended_at": now}
        connection.execute(update(deliveries).where(deliveries.c.id == letter.id).values(**values))

    def _give_up(self, connection: Connection, letter: _Letter, now: float) -> None:
        """Disable an address that took nothing in all the time that a message was tried."""
        last = select(endpoints.c.succeeded_at).where(endpoints.c.id == letter.endpoint)
        taken = connection.execute(last).scalar_one_or_none()
        if taken is None or taken < letter.created_at:
            self._disable(connection, letter, now, "It took no message for three days.")

    def _disable(self, connection: Connection, letter: _Letter, now: float, reason: str) -> None:
        there = and_(endpoints.c.id == letter.endpoint, endpoints.c.disabled_at.is_(None))
        connection.execute(update(endpoints).where(there).values(disabled_at=now, reason=reason))
        waits = and_(deliveries.c.endpoint_id == letter.endpoint, deliveries.c.state == "waiting")
        ended = {"state": "failed", "reason": "the address is disabled", "next_at": None, "ended_at": now}
        connection.execute(update(deliveries).where(waits).values(**ended))

    def _pause(self, letter: _Letter, answer: Response | Lost) -> float:
        pause = PAUSES[letter.attempts - 1] * (1 + JITTER * self._chance())
        wanted = "" if isinstance(answer, Lost) else answer.headers.get("retry-after", "")
        return max(pause, min(float(wanted), _LONGEST_PAUSE)) if wanted.isdecimal() else pause

    def _free(self, endpoint: str) -> None:
        with self._lock:
            self._busy[endpoint] -= 1
            if not self._busy[endpoint]:
                del self._busy[endpoint]


def open_courier(
    store: Store, *, loopback: bool = False, workspaces: Iterable[str] = (), without: Iterable[str] = ()
) -> Courier:
    """A courier over the network; see `webhook_policy` and `Courier`."""
    post = poster(webhook_policy(loopback=loopback))
    return Courier(store, post, workspaces=workspaces, without=without)


def webhook_policy(*, loopback: bool = False) -> FetchPolicy:
    """How far a message may go, and for how many seconds; the specification wants 15 to 30.

    Args:
        loopback: to this machine too, as `POSTWIRE_WEBHOOKS_LOOPBACK=1` allows as well.
    """
    allowed = loopback or os.environ.get(LOOPBACK) == "1"
    return FetchPolicy(allow_loopback=allowed, timeout=_PATIENCE, deadline=_PATIENCE)


def signed(number: str, moment: float, body: bytes, secrets: Sequence[Secret]) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0.0 for an attempt at *moment*, in seconds since 1970."""
    stamp = str(int(moment))
    content = f"{number}.{stamp}.".encode() + body
    digests = [hmac.digest(_key(secret), content, hashlib.sha256) for secret in secrets]
    signatures = " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
    return {"webhook-id": number, "webhook-timestamp": stamp, "webhook-signature": signatures}


def _key(secret: Secret) -> bytes:
    return base64.b64decode(secret.reveal().partition("_")[2])
