"""Webhooks out: what is told to whom, how it is signed, when it is tried again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from postwire.simulator.exchange import Job
from postwire.simulator.meta.records import Delivery
from postwire.simulator.meta.refusal import GraphError, invalid, required
from postwire.simulator.meta.settings import words
from postwire.simulator.outside import HTTP_OK, loopback, post, pull

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Ask
    from postwire.simulator.meta.state import Meta

# Meta sheet 11: Webhooks (fields of Pages and of Instagram are spelled differently)
PAGE_FIELDS: Final = frozenset(
    words(
        "feed mention messages message_reactions message_reads message_deliveries message_echoes"
        " message_edits messaging_postbacks messaging_referrals messaging_optins"
        " messaging_handovers standby ratings videos live_videos leadgen page_upcoming_change"
    )
)
INSTAGRAM_FIELDS: Final = frozenset(
    words(
        "comments live_comments mentions messages message_reactions message_edit messaging_postbacks"
        " messaging_referral messaging_seen messaging_handover messaging_optins standby story_insights"
        " story_reactions share_to_story follow"
    )
)
# Meta sheet 11: Webhooks (retried with falling frequency up to ~36 h). Sheet silent on the pauses.
FIRST_PAUSE: Final = 60.0
LAST_TRY: Final = 36 * 3_600.0


def sign(secret: str, body: bytes, algorithm: str = "sha256") -> str:
    """Make the value of X-Hub-Signature-256, or of its older kin with sha1."""
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


def subscribe(ask: Ask, known: frozenset[str]) -> None:
    """Subscribe the app to fields of a Page or account; the former list is replaced."""
    fields = [str(name) for name in ask.params.array("subscribed_fields") or []]
    if not fields:
        raise required("subscribed_fields")
    for number, name in enumerate(fields):
        if name not in known:
            raise invalid(f"Param subscribed_fields[{number}] must be one of {{{', '.join(sorted(known))}}}")
    ask.state.subscribed[ask.token.app_id, ask.node.id] = fields


async def verify(ask: Ask) -> None:
    """Ask the address of a subscription to echo a challenge; raises GraphError."""
    # Meta sheet 11: Webhooks (verify). Sheet silent on the code of a failure.
    address, challenge = ask.params.need("callback_url"), str(ask.state.random.randrange(10**9, 10**10))
    try:
        loopback(address)  # the simulator does not call out
    except ValueError as error:
        raise invalid(str(error)) from None
    query = {"mode": "subscribe", "verify_token": ask.params.need("verify_token"), "challenge": challenge}
    joint = "&" if "?" in address else "?"
    url = address + joint + urlencode({f"hub.{name}": value for name, value in query.items()})
    pulled = await asyncio.to_thread(pull, url, len(challenge), lambda _: None)
    if pulled.status != HTTP_OK or pulled.head != challenge.encode():
        raise GraphError("2200", "Callback verification failed: the challenge did not come back.")


def app_subscribe(ask: Ask) -> dict[str, Any]:
    """Answer POST /{app}/subscriptions: the app's address for an object's fields."""
    # Meta sheet 11: Webhooks (enabling: with the app token)
    if ask.token.kind != "APP":
        raise invalid("This needs an app access token.")
    about = ask.params.word("object", "PAGE", "INSTAGRAM").lower()
    known = PAGE_FIELDS if about == "page" else INSTAGRAM_FIELDS
    fields = [str(name) for name in ask.params.array("fields") or []]
    if not about or not fields or not set(fields) <= known:
        raise invalid("Param fields must hold fields of the object.")
    ask.state.callbacks[ask.token.app_id, about] = (ask.params.text("callback_url"), fields)
    return {"success": True}


def app_subscriptions(ask: Ask) -> dict[str, Any]:
    """Answer GET /{app}/subscriptions."""
    return {
        "data": [
            {"object": about, "callback_url": url, "active": True, "fields": [{"name": f} for f in fields]}
            for (app, about), (url, fields) in ask.state.callbacks.items()
            if app == ask.token.app_id
        ]
    }


def change(state: Meta, owner: str, field: str, value: Mapping[str, Any]) -> None:
    """Tell of a change on a Page or an Instagram account."""
    _emit(state, owner, field, {"changes": [{"field": field, "value": dict(value)}]})


def messaging(state: Meta, owner: str, event: Mapping[str, Any]) -> None:
    """Tell of a message."""
    _emit(state, owner, "messages", {"messaging": [dict(event)]})


def _emit(state: Meta, owner: str, field: str, content: Mapping[str, Any]) -> None:
    about = "page" if state.page(owner) else "instagram"
    now = state.clock.now()
    entry = {"id": owner, "time": int(now), **content}
    # Meta sheet 11: Webhooks (non-ASCII is escaped in the signed bytes, as json does)
    raw = json.dumps({"object": about, "entry": [entry]}, separators=(",", ":")).encode()
    for app in state.settings.apps:
        url = _address(state, app.id, owner, about, field)
        if not url:
            continue
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": sign(app.secret, raw),
            "X-Hub-Signature": sign(app.secret, raw, "sha1"),
        }
        state.deliveries.append(Delivery(field, owner, raw, url, headers, now, now))


def _address(state: Meta, app: str, owner: str, about: str, field: str) -> str:
    """Find where an app wants a field to be told, or nothing: both subscriptions must hold it."""
    # Meta sheet 11: Webhooks (enabling: only fields in both arrive)
    given = state.callbacks.get((app, about))
    address, wanted = given or (state.settings.webhook_url, None)  # the setting stands for the Dashboard
    subscribed = state.subscribed.get((app, owner))
    if subscribed is None and about == "instagram":
        # Meta sheet 9.3: Direct messages (IG-FB: the Page is subscribed with any Page field)
        page = state.page_of(owner)
        linked = page is not None and state.subscribed.get((app, page.id))
        subscribed = [field] if linked else None
    fits = subscribed is not None and field in subscribed and (wanted is None or field in wanted)
    return address if fits else ""


def due(state: Meta) -> list[Job]:
    """Hand out the deliveries whose time has come."""
    now = state.clock.now()
    ready = [d for d in state.deliveries if not d.done and not d.under_way and d.next_at <= now]
    return [_job(state, delivery) for delivery in ready]


def _job(state: Meta, delivery: Delivery) -> Job:
    delivery.under_way = True
    send = partial(post, delivery.url, delivery.body, delivery.headers)
    return Job(send, partial(_answered, state, delivery))


def _answered(state: Meta, delivery: Delivery, status: int) -> None:
    delivery.under_way = False
    delivery.statuses.append(status)
    delivery.next_at = state.clock.now() + FIRST_PAUSE * 2 ** (len(delivery.statuses) - 1)
    delivery.done = status == HTTP_OK or delivery.next_at > delivery.first_at + LAST_TRY


def deauthorized(state: Meta, app_id: str, user_id: str) -> None:
    """Tell an app that a user has removed it."""
    # Meta sheet 2.4: Inspect and revoke (platform-initiated: the form field signed_request)
    app, url, now = state.app(app_id), state.settings.deauthorize_url, state.clock.now()
    if app is None or not url:
        return
    content = {"user_id": user_id, "algorithm": "HMAC-SHA256", "issued_at": int(now)}
    body = urlencode({"signed_request": signed_request(app.secret, content)}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    state.deliveries.append(Delivery("deauthorize", user_id, body, url, headers, now, now))


def signed_request(secret: str, content: Mapping[str, Any]) -> str:
    """Make the form field of the deauthorize and data-deletion callbacks."""
    # Meta sheet 2.4: Inspect and revoke (platform-initiated)
    raw = _text(json.dumps(content, separators=(",", ":")).encode())
    return f"{_text(hmac.new(secret.encode(), raw.encode(), hashlib.sha256).digest())}.{raw}"


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


KINDS: Mapping[str, Any] = {}
OPERATIONS = {
    ("app", "subscriptions", "POST"): app_subscribe,
    ("app", "subscriptions", "GET"): app_subscriptions,
}
