"""Webhooks out: the addresses of a workspace that are told how runs end, and what was sent to them.

    hooks = Hooks(vault.store)
    endpoint, secret = hooks.add("default", "https://example.com/postwire", ["run.done", "run.failed"])

Messages follow the Standard Webhooks specification (standardwebhooks.com, version 1.0.0). All calls block
for milliseconds; a worker sends (see `courier`).
"""

from __future__ import annotations

import base64
import ipaddress
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import and_, delete, func, insert, select, update

from postwire.accounts.keyring import Place
from postwire.accounts.outbox import EVENTS, TEST, message, put
from postwire.accounts.rows import new_id
from postwire.accounts.schema import deliveries, endpoints
from postwire.errors import ActionFailed, Field, InvalidInput, UnknownName, shown
from postwire.language.functions import nearest
from postwire.media.fetch import Refused, allowed_address, check_url
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from postwire.accounts.rows import Store

DeliveryState = Literal["waiting", "delivered", "failed"]
MOST: Final = 20  # addresses of a workspace
OVERLAP: Final = 86_400.0  # seconds that the secret before a rotation still signs too
_PREFIX: Final = "whsec_"
_SIZE: Final = 32  # bytes of a secret; the specification wants 24 to 64
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that is told of events; times are seconds since 1970.

    Attributes:
        events: those that it wants; empty for all.
        succeeded_at: when it last took a message.
        disabled_at: since when nothing is sent to it any more.
        reason: why that is so, for people.
    """

    id: str
    workspace: str
    url: str
    description: str
    events: tuple[str, ...]
    created_at: float
    succeeded_at: float | None
    disabled_at: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to one address; times are seconds since 1970.

    Attributes:
        id: the `webhook-id` that the receiver sees, the same for every attempt.
        subject: the id of the run or account that it tells of.
        status: of the last answer; None when there was none.
        reason: why the last attempt failed, for people.
        next_at: when it is tried next; None once it has ended.
    """

    id: str
    workspace: str
    endpoint: str
    event: str
    subject: str
    state: DeliveryState
    attempts: int
    status: int | None
    reason: str
    created_at: float
    next_at: float | None
    ended_at: float | None


class Hooks:
    """The addresses of all workspaces of a vault.

    Args:
        store: of the vault (`vault.store`).
        loopback: this machine may be told too, and without TLS; for development and the simulator.
    """

    def __init__(self, store: Store, *, loopback: bool = False) -> None:
        self._store = store
        self._database = store.database
        self._loopback = loopback

    def add(
        self, workspace: str, url: str, events: Iterable[str] = (), *, description: str = ""
    ) -> tuple[Endpoint, Secret]:
        """Tell an address of *events*, all when none is named; (the address, the secret that signs).

        The secret can be read only here and from `rotate`.

        Raises:
            InvalidInput: at /url or /events: an address that is not called, or an event that there is not.
            UnknownName: no such workspace.
            ActionFailed: `quota_exceeded`, the workspace has 20.
        """
        wanted = sorted(set(events))
        self._check(url, wanted)
        number, secret = new_id("hook"), _new_secret()
        values = {
            "id": number,
            "workspace_id": workspace,
            "url": url,
            "description": description,
            "events": wanted,
            "created_at": self._database.now(),
            "reason": "",
            "sealed": self._sealed(workspace, number, {"secret": secret.reveal()}),
        }
        with self._database.write(durable=True) as connection:
            _check_room(connection, workspace)
            connection.execute(insert(endpoints).values(values))
            return self._get(connection, workspace, number), secret

    def list(self, workspace: str) -> list[Endpoint]:
        """The workspace's addresses, oldest first, without their secrets."""
        mine = endpoints.c.workspace_id == workspace
        statement = select(endpoints).where(mine).order_by(endpoints.c.created_at, endpoints.c.id)
        with self._database.read() as connection:
            return [_endpoint(row) for row in connection.execute(statement)]

    def get(self, workspace: str, endpoint: str) -> Endpoint:
        """One address.

        Raises:
            UnknownName: no such address.
        """
        with self._database.read() as connection:
            return self._get(connection, workspace, endpoint)

    def remove(self, workspace: str, endpoint: str) -> None:
        """Forget an address, and what was on its way to it.

        Raises:
            UnknownName: no such address.
        """
        with self._database.write(durable=True) as connection:
            if not connection.execute(delete(endpoints).where(_is(workspace, endpoint))).rowcount:
                raise _unknown(endpoint)

    def enable(self, workspace: str, endpoint: str) -> Endpoint:
        """Tell an address again that was disabled.

        Raises:
            UnknownName: no such address.
        """
        values = {"disabled_at": None, "reason": "", "succeeded_at": None}
        with self._database.write(durable=True) as connection:
            connection.execute(update(endpoints).where(_is(workspace, endpoint)).values(**values))
            return self._get(connection, workspace, endpoint)

    def rotate(self, workspace: str, endpoint: str) -> Secret:
        """Give an address a new secret; for a day messages are signed with the one before as well.

        Raises:
            UnknownName: no such address.
        """
        new = _new_secret()
        with self._database.write(durable=True) as connection:
            row = self._row(connection, workspace, endpoint, lock=True)
            now = self._database.moment(connection)
            kept = {"secret": new.reveal(), "before": self._opened(row)["secret"], "until": now + OVERLAP}
            sealed = self._sealed(workspace, endpoint, kept)
            connection.execute(update(endpoints).where(_is(workspace, endpoint)).values(sealed=sealed))
        return new

    def secrets(self, workspace: str, endpoint: str, now: float) -> tuple[Secret, ...]:
        """Those that sign at *now*: the newest first, and for a day the one before.

        Raises:
            UnknownName: no such address.
        """
        with self._database.read() as connection:
            kept = self._opened(self._row(connection, workspace, endpoint))
        found = [kept["secret"], *([kept["before"]] if kept.get("until", 0.0) > now else [])]
        return tuple(map(Secret, found))

    def test(self, workspace: str, endpoint: str) -> Delivery:
        """Put a message of the type `webhook.test` on its way.

        Raises:
            UnknownName: no such address.
            ActionFailed: `conflict`, it is disabled.
        """
        with self._database.write(durable=True) as connection:
            found = self._get(connection, workspace, endpoint)
            _check_enabled(found)
            now = self._database.moment(connection)
            body = message(TEST, now, {"endpoint": endpoint})
            number = put(self._store, connection, workspace, endpoint, TEST, endpoint, body)
            return self._delivery(connection, workspace, number)

    def deliveries(
        self,
        workspace: str,
        *,
        endpoint: str | None = None,
        states: Sequence[DeliveryState] = (),
        limit: int = 50,
    ) -> Sequence[Delivery]:
        """What was sent or waits, newest first."""
        wanted = [deliveries.c.workspace_id == workspace]
        wanted += [deliveries.c.endpoint_id == endpoint] if endpoint else []
        wanted += [deliveries.c.state.in_(states)] if states else []
        newest = (deliveries.c.created_at.desc(), deliveries.c.id.desc())
        statement = select(deliveries).where(*wanted).order_by(*newest).limit(limit)
        with self._database.read() as connection:
            return [_delivery(row) for row in connection.execute(statement)]

    def redeliver(self, workspace: str, delivery: str) -> Delivery:
        """Send a message again, under the same id.

        Raises:
            UnknownName: no such message.
            ActionFailed: `conflict`, its address is disabled.
        """
        with self._database.write(durable=True) as connection:
            found = self._delivery(connection, workspace, delivery)
            _check_enabled(self._get(connection, workspace, found.endpoint))
            again = {"state": "waiting", "attempts": 0, "ended_at": None, "next_at": self._database.now()}
            connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(**again))
            return self._delivery(connection, workspace, delivery)

    def sweep(self, older_than: float) -> int:
        """Forget messages that ended so many seconds ago; how many."""
        border = self._database.now() - older_than
        over = and_(deliveries.c.state != "waiting", deliveries.c.ended_at < border)
        with self._database.write() as connection:
            return connection.execute(delete(deliveries).where(over)).rowcount

    def _check(self, url: str, events: Sequence[str]) -> None:
        wrong = [
            Field("/events", f"there is no event {shown(event)}{nearest(event, EVENTS)}", shown(event))
            for event in events
            if event not in EVENTS
        ]
        if (why := unfit(url, loopback=self._loopback)) is not None:
            wrong.append(Field("/url", f"This address is not called: {why}.", shown(url)))
        if wrong:
            raise InvalidInput(wrong)

    def _row(self, connection: Connection, workspace: str, endpoint: str, *, lock: bool = False) -> Row[Any]:
        statement = select(endpoints).where(_is(workspace, endpoint))
        row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
        if row is None:
            raise _unknown(endpoint)
        return row

    def _get(self, connection: Connection, workspace: str, endpoint: str) -> Endpoint:
        return _endpoint(self._row(connection, workspace, endpoint))

    def _delivery(self, connection: Connection, workspace: str, delivery: str) -> Delivery:
        mine = and_(deliveries.c.id == delivery, deliveries.c.workspace_id == workspace)
        row = connection.execute(select(deliveries).where(mine)).one_or_none()
        if row is None:
            raise UnknownName(f"No message {shown(delivery)!r} here.")
        return _delivery(row)

    def _sealed(self, workspace: str, endpoint: str, kept: dict[str, Any]) -> bytes:
        return self._store.ring.seal(json.dumps(kept).encode(), _place(workspace, endpoint))

    def _opened(self, row: Row[Any]) -> dict[str, Any]:
        plain = self._store.ring.open(bytes(row.sealed), _place(row.workspace_id, row.id))
        return dict(json.loads(plain))


def unfit(url: str, *, loopback: bool) -> str | None:
    """Why an address is not called; None when it is. What its name resolves to is looked at when it is."""
    try:
        parts = check_url(url)
    except Refused as error:
        return str(error)
    host = parts.hostname or ""
    near = loopback and (host in _LOCAL or _literal(host, loopback=True))
    if parts.scheme != "https" and not near:
        return "it must begin with https://"
    if parts.fragment:
        return "it must not hold a fragment"
    if _literal(host, loopback=loopback) is False or (host == "localhost" and not loopback):
        return "it is not on the public internet"
    return None


def _literal(host: str, *, loopback: bool) -> bool | None:
    """Whether an IP address may be called; None for a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return None
    return allowed_address(host, loopback=loopback)


def _new_secret() -> Secret:
    return Secret(_PREFIX + base64.b64encode(secrets.token_bytes(_SIZE)).decode())


def _check_room(connection: Connection, workspace: str) -> None:
    count = select(func.count()).where(endpoints.c.workspace_id == workspace)
    if connection.execute(count).scalar_one() >= MOST:
        raise ActionFailed(
            "quota_exceeded",
            f"A workspace has {MOST} addresses at most.",
            remedy="Remove one first.",
            sent="no",
        )


def _check_enabled(endpoint: Endpoint) -> None:
    if endpoint.disabled_at is not None:
        raise ActionFailed(
            "conflict",
            f"The address {endpoint.id} is disabled: {endpoint.reason}",
            remedy="Enable it first.",
            sent="no",
        )


def _is(workspace: str, endpoint: str) -> ColumnElement[bool]:
    return and_(endpoints.c.id == endpoint, endpoints.c.workspace_id == workspace)


def _place(workspace: str, endpoint: str) -> Place:
    return Place("endpoints", workspace, endpoint, "sealed")


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(
        row.id,
        row.workspace_id,
        row.url,
        row.description,
        tuple(row.events),
        row.created_at,
        row.succeeded_at,
        row.disabled_at,
        row.reason,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        row.id,
        row.workspace_id,
        row.endpoint_id,
        row.event,
        row.subject,
        row.state,
        row.attempts,
        row.status,
        row.reason,
        row.created_at,
        row.next_at,
        row.ended_at,
    )


def _unknown(endpoint: str) -> UnknownName:
    return UnknownName(f"No address {shown(endpoint)!r} here.", remedy="`postwire webhooks list` shows them.")
