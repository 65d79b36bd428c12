"""What the caller's own system is told of: written in the transaction in which it happens, sent later.

`postwire.publish.courier` sends it, and `postwire.publish.hooks` keeps the addresses.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from postwire.accounts.keyring import Place
from postwire.accounts.rows import mine, new_id
from postwire.accounts.schema import accounts, deliveries, endpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

    from postwire.accounts.rows import Store

EVENTS: Final[dict[str, str]] = {
    "run.done": "It was done.",
    "run.pending": "The platform is still busy with it; nothing failed.",
    "run.failed": "It ended without success.",
    "run.unknown": "It may have happened: somebody must look.",
    "run.cancelled": "Somebody ended it.",
    "account.needs_reconnect": "The account's owner must connect it again.",
}
TEST: Final = "webhook.test"  # goes to whom it is meant for, whatever events they chose
NEEDY: Final = "needs_reconnect"
_SHOWN: Final = ("id", "integration", "flavour", "name", "username", "label", "owner", "state", "reason")


def announce(
    store: Store,
    connection: Connection,
    workspace: str,
    event: str,
    subject: str,
    data: Callable[[], Mapping[str, Any]],
) -> None:
    """Put an event on its way to every address of the workspace that wants it, with the transaction.

    Args:
        store: of the vault.
        connection: of the transaction in which it happened.
        workspace: whose event.
        event: one of EVENTS.
        subject: the id of what it is about.
        data: gives what is told of it; called only when somebody wants to know.
    """
    wanted = select(endpoints.c.id, endpoints.c.events).where(
        endpoints.c.workspace_id == workspace, endpoints.c.disabled_at.is_(None)
    )
    # An address that is removed meanwhile must not take the run's end with it.
    locked = wanted.with_for_update(read=True, key_share=True)
    told = [row.id for row in connection.execute(locked) if not row.events or event in row.events]
    if told:
        now = store.database.moment(connection)
        body = message(event, now, data())
        for endpoint in told:
            put(store, connection, workspace, endpoint, event, subject, body)


def message(event: str, moment: float, data: Mapping[str, Any]) -> bytes:
    """The body of an event that happened at *moment*, in seconds since 1970."""
    when = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    told = {"type": event, "timestamp": when, "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def put(
    store: Store, connection: Connection, workspace: str, endpoint: str, event: str, subject: str, body: bytes
) -> str:
    """Put one message on its way; its id, which stays the same over all attempts."""
    number, now = new_id("msg"), store.database.now()
    values = {
        "id": number,
        "workspace_id": workspace,
        "endpoint_id": endpoint,
        "event": event,
        "subject": subject,
        "state": "waiting",
        "attempts": 0,
        "reason": "",
        "created_at": now,
        "next_at": now,
        "sealed": store.ring.seal(body, body_place(workspace, number)),
    }
    connection.execute(insert(deliveries).values(values))
    return number


def announce_account(
    store: Store, connection: Connection, workspace: str, account: str, before: str | None
) -> None:
    """Tell that an account needs its owner, if it did not *before*; for those that people see."""
    row = connection.execute(select(accounts).where(mine(workspace, account))).one_or_none()
    if row is not None and row.state == NEEDY and row.listed and before != NEEDY:
        data = {name: found for name in _SHOWN if (found := getattr(row, name))}
        announce(store, connection, workspace, f"account.{NEEDY}", account, lambda: data)


def state_of(connection: Connection, workspace: str, account: str) -> str | None:
    """The state of an account now."""
    return connection.execute(select(accounts.c.state).where(mine(workspace, account))).scalar_one_or_none()


def body_place(workspace: str, delivery: str) -> Place:
    """Where a message's body stands."""
    return Place("deliveries", workspace, delivery, "sealed")
