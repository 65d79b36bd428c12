"""Webhooks out: how an address proves itself, what is told, how it is signed, when it is tried again."""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

from postwire.simulator.exchange import Job
from postwire.simulator.linkedin.records import Check, Delivery, Notice, Subscription
from postwire.simulator.outside import loopback, post

if TYPE_CHECKING:
    from postwire.simulator.linkedin.state import LinkedIn

# LinkedIn sheet 9.5: Notifications
BATCH = 10
PATIENCE = 3.0  # seconds for the answer to a challenge
CHECK_PAUSE = 2 * 3_600.0
CHECK_FAILURES = 3
PAUSE, LAST_TRY = 300.0, 8 * 3_600.0
ANSWER = 4_096  # bytes of an answer to a challenge that are read
GOOD = range(200, 300)


def respond_to(secret: str, challenge: str) -> str:
    """Make the answer to a challenge: lowercase hex HMAC-SHA256."""
    return hmac.new(secret.encode(), challenge.encode(), hashlib.sha256).hexdigest()


def sign(secret: str, body: bytes) -> str:
    """Make the value of the X-LI-Signature header; the prefix is part of the signed text only."""
    return hmac.new(secret.encode(), b"hmacsha256=" + body, hashlib.sha256).hexdigest()


def allowed(address: str) -> bool:
    """Tell whether the simulator may talk to an address."""
    try:
        loopback(address)
    except ValueError:
        return False
    return True


def check(state: LinkedIn, app_id: str, address: str) -> None:
    """Have an address checked at the next turn, if it is new."""
    state.checks.setdefault((app_id, address), Check(next_at=state.clock.now()))


def shown(notice: Notice, subscriber: str) -> dict[str, Any]:
    """Show a notification without decoration."""
    return {
        "notificationId": notice.number,
        "organizationalEntity": notice.page,
        "action": notice.action,
        "sourcePost": notice.post,
        "generatedActivity": notice.made,
        "lastModifiedAt": notice.at_ms,
        "subscriber": subscriber,
    }


def due(state: LinkedIn) -> list[Job]:
    """Hand out the checks and deliveries whose time has come."""
    now = state.clock.now()
    jobs = [
        _check_job(state, *key, entry)
        for key, entry in state.checks.items()
        if not entry.under_way and entry.next_at <= now and entry.failures < CHECK_FAILURES
    ]
    for entry in state.subscriptions.values():
        _gather(state, entry)
    ready = [d for d in state.deliveries if not d.done and not d.under_way and d.next_at <= now]
    return jobs + [_delivery_job(state, delivery) for delivery in ready]


def _gather(state: LinkedIn, entry: Subscription) -> None:
    # LinkedIn sheet 9.5: Notifications (up to 10 a batch; dies silently with the admin role)
    page, proved = state.page(entry.page), state.checks.get((entry.app_id, entry.webhook))
    alive = page is not None and "ADMINISTRATOR" in state.roles(entry.sub, page)
    if not alive or proved is None or not proved.good or entry.expires_ms <= state.milliseconds():
        return
    fresh = [n for n in state.notices if n.page == entry.page and n.number > entry.after]
    for first in range(0, len(fresh), BATCH):
        rows = [_decorated(state, notice, entry) for notice in fresh[first : first + BATCH]]
        raw = json.dumps({"type": entry.event, "notifications": rows}, separators=(",", ":")).encode()
        state.deliveries.append(Delivery(entry, raw, state.clock.now(), state.clock.now()))
        entry.after = fresh[first : first + BATCH][-1].number


def _decorated(state: LinkedIn, notice: Notice, entry: Subscription) -> dict[str, Any]:
    # Sheet silent on what the decorations hold: the author and the text.
    source, made = state.post(notice.post), state.comments.get(notice.made)
    row = shown(notice, f"urn:li:person:{entry.sub}")
    row["decoratedSourcePost"] = {"owner": source.author, "text": source.text} if source else {}
    row["decoratedGeneratedActivity"] = {"owner": made.actor, "comment": made.message} if made else {}
    return row


def _delivery_job(state: LinkedIn, delivery: Delivery) -> Job:
    delivery.under_way = True
    entry = delivery.subscription
    headers = {
        "Content-Type": "application/json",
        "X-LI-Signature": sign(_secret(state, entry.app_id), delivery.body),
    }
    return Job(partial(post, entry.webhook, delivery.body, headers), partial(_told, state, delivery))


def _told(state: LinkedIn, delivery: Delivery, status: int) -> None:
    # LinkedIn sheet 9.5: Notifications (any 2xx acknowledges; every 5 minutes for 8 hours)
    delivery.under_way = False
    delivery.statuses.append(status)
    delivery.next_at = state.clock.now() + PAUSE
    delivery.done = status in GOOD or delivery.next_at > delivery.first_at + LAST_TRY


def _check_job(state: LinkedIn, app_id: str, address: str, entry: Check) -> Job:
    entry.under_way = True
    challenge = state.uuid()
    wanted = {"challengeCode": challenge, "challengeResponse": respond_to(_secret(state, app_id), challenge)}
    return Job(partial(_challenge, address, challenge, wanted), partial(_checked, state, entry))


def _challenge(address: str, challenge: str, wanted: dict[str, str]) -> bool:
    parts = loopback(address)
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=PATIENCE)
    joint = "&" if parts.query else "?"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", f"{target}{joint}challengeCode={challenge}")
        answer = connection.getresponse()
        kind = answer.getheader("content-type", "").partition(";")[0]
        return (
            answer.status in GOOD and kind == "application/json" and json.loads(answer.read(ANSWER)) == wanted
        )
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()


def _checked(state: LinkedIn, entry: Check, good: bool) -> None:
    # LinkedIn sheet 9.5: Notifications (repeated every 2 h; three failures in a row block the address)
    entry.under_way = False
    entry.failures = 0 if good else entry.failures + 1
    entry.good = good or (entry.good and entry.failures < CHECK_FAILURES)
    entry.next_at = state.clock.now() + CHECK_PAUSE


def _secret(state: LinkedIn, app_id: str) -> str:
    app = state.app(app_id)
    return app.secret if app else ""
