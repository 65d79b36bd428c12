"""Keeping all accounts connected: renews what is due, in every workspace, as long as a process runs.

    keeper = KeepAlive(Renewing(connections, watch=print))
    threading.Thread(target=keeper.run, args=(stop,)).start()

It sleeps until the next account is due, an hour at most: so tokens that live two hours are renewed in time,
and those that live two months are looked at every hour. Any number of processes may keep one vault.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import case, or_, update

from postwire.accounts.renewal import BACK_OFF
from postwire.accounts.schema import accounts, living

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from postwire.accounts.records import StoredAccount
    from postwire.accounts.renewing import Renewing
    from postwire.accounts.vault import Vault

LONGEST: Final = 3600.0  # seconds between two looks
SHORTEST: Final = 10.0  # seconds; what others are renewing is due as well, until they have
_BATCH: Final = 100
_log = logging.getLogger(__name__)


class KeepAlive:
    """Renews accounts before their tokens end.

    Args:
        renewing: of any workspace; the others' accounts are renewed by the same means.
        at_once: how many accounts are renewed at the same time.
        serves: whether the accounts of a workspace are renewed here; all are, by default.
    """

    def __init__(
        self, renewing: Renewing, *, at_once: int = 4, serves: Callable[[str], bool] = lambda _: True
    ) -> None:
        self._serves = serves
        self._renewing = renewing
        self._vault: Vault = renewing.connections.vault
        self._at_once = at_once
        self._left: dict[str, float] = {}  # what we leave until then: others', unreadable, in an outage

    def run(self, stop: threading.Event) -> None:
        """Keep accounts connected until *stop* is set; see `Renewing.close` for renewals that run then."""
        begun = False
        while not stop.is_set():
            try:
                if not begun:
                    self.resume()
                    begun = True
                pause = self.step(stop)
            except Exception:  # noqa: BLE001 - a database that is away for a while must not end this
                _log.exception("The vault cannot be looked through; it is tried again in a minute.")
                pause = 60.0
            stop.wait(pause)

    def resume(self) -> int:
        """End all pauses, as a restart does, and try again what an operator had to put right; how many."""
        return resume(self._vault)

    def step(self, stop: threading.Event | None = None) -> float:
        """Renew what is due now; the seconds until something may be due again, an hour at most."""
        seen: set[str] = set()
        while stop is None or not stop.is_set():
            due = [each for each in self._due() if each.id not in seen]
            if not due:
                break
            seen.update(each.id for each in due)
            with ThreadPoolExecutor(self._at_once, thread_name_prefix="postwire-keeping") as pool:
                list(pool.map(partial(self._attend, stop), due))
        following = self._vault.refreshing.next_due()
        if following is None:
            return LONGEST
        return min(LONGEST, max(SHORTEST, following - self._renewing.clock()))

    def _due(self) -> list[StoredAccount]:
        now = self._renewing.clock()
        self._left = {account: until for account, until in self._left.items() if until > now}
        # The ones that we leave stay in front of the others.
        due = self._vault.refreshing.due(_BATCH + len(self._left))
        self._left |= {each.id: now + BACK_OFF for each in due if not self._serves(each.workspace)}
        self._left |= {each.id: until for each in due if (until := self._renewing.waits_for(each))}
        return [each for each in due if each.id not in self._left]

    def _attend(self, stop: threading.Event | None, account: StoredAccount) -> None:
        if stop is not None and stop.is_set():
            return
        try:
            self._renewing.of(account.workspace).attend(account)
        except Exception:  # noqa: BLE001 - one account must not keep the others waiting
            self._left[account.id] = self._renewing.clock() + BACK_OFF
            _log.exception("%s could not even be tried.", account.id)


def resume(vault: Vault) -> int:
    """End every pause after failures, and make due what an operator had to put right; how many accounts."""
    stuck = or_(accounts.c.paused_until.is_not(None), accounts.c.state == "error")
    fresh = {"paused_until": None, "next_attempt_at": None, "fails": 0, "due_at": accounts.c.refresh_at}
    state = case((accounts.c.state == "error", "degraded"), else_=accounts.c.state)
    statement = update(accounts).where(living(), accounts.c.refresh_at.is_not(None), stuck)
    with vault.store.database.write() as connection:
        return connection.execute(statement.values({**fresh, "state": state})).rowcount
