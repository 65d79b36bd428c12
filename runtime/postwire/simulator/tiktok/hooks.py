"""Webhooks out: what is told, how it is signed, when it is tried again."""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from postwire.simulator.exchange import Job
from postwire.simulator.outside import HTTP_OK, post
from postwire.simulator.tiktok.state import Delivery, Grant, Publish, Stage, TikTok

if TYPE_CHECKING:
    from collections.abc import Mapping

# TikTok sheet 12: Webhooks (exponential retry up to 72 h). Sheet silent on the pauses: one minute, doubled.
FIRST_PAUSE = 60.0
LAST_TRY = 72 * 3_600.0


def sign(secret: str, moment: int, body: bytes) -> str:
    """Make the value of the Tiktok-Signature header."""
    # TikTok sheet 12: Webhooks (signature header)
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},s={digest}"


def emit(state: TikTok, event: str, grant: Grant, content: Mapping[str, Any]) -> None:
    """Put an event on its way, if the grant's app has a callback."""
    # TikTok sheet 12: Webhooks (transport: the callback is the app's)
    if not state.settings.webhook_url or grant.client_key != state.settings.webhook_key:
        return
    now = state.clock.now()
    # TikTok sheet 12: Webhooks (content is JSON encoded as a string)
    body = {
        "client_key": grant.client_key,
        "event": event,
        "create_time": int(now),
        "user_openid": grant.open_id,
        "content": json.dumps(content, separators=(",", ":")),
    }
    raw = json.dumps(body, separators=(",", ":")).encode()
    state.deliveries.append(Delivery(event, grant.open_id, raw, next_at=now, first_at=now))


def publish_event(state: TikTok, publish: Publish, event: str, **more: Any) -> None:
    """Tell what happened to a publish."""
    # TikTok sheet 12: Webhooks (publish_type)
    kind = "INBOX_SHARE" if publish.draft else "DIRECT_PUBLISH"
    content = {"publish_id": publish.id, **more, "publish_type": kind}
    emit(state, f"post.publish.{event}", publish.grant, content)


def fail(state: TikTok, publish: Publish, reason: str) -> None:
    """End a publish as failed."""
    # TikTok sheet 10: Publish state machine and polling
    publish.stage, publish.fail_reason = Stage.FAILED, reason
    publish_event(state, publish, "failed", reason=reason)


def due(state: TikTok) -> list[Job]:
    """Hand out the deliveries whose time has come."""
    ready = [d for d in state.deliveries if not d.done and not d.under_way and d.next_at <= state.clock.now()]
    return [_job(state, delivery) for delivery in ready]


def _job(state: TikTok, delivery: Delivery) -> Job:
    delivery.under_way = True
    client = state.client(state.settings.webhook_key)
    secret = client.secret if client else ""
    headers = {
        "Content-Type": "application/json",
        "Tiktok-Signature": sign(secret, int(state.clock.now()), delivery.body),
    }
    send = partial(post, state.settings.webhook_url, delivery.body, headers)
    return Job(send, partial(_answered, state, delivery))


def _answered(state: TikTok, delivery: Delivery, status: int) -> None:
    now = state.clock.now()
    delivery.under_way = False
    delivery.statuses.append(status)
    delivery.next_at = now + FIRST_PAUSE * 2 ** (len(delivery.statuses) - 1)
    delivery.done = status == HTTP_OK or delivery.next_at > delivery.first_at + LAST_TRY
