"""Notifications of what happens to a page: subscriptions, and the pull."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.linkedin import figures, hooks, restli
from postwire.simulator.linkedin.ask import Answer, Operation, field_of
from postwire.simulator.linkedin.records import Subscription
from postwire.simulator.linkedin.refusal import bad_query, denied, invalid, not_found

if TYPE_CHECKING:
    from postwire.simulator.linkedin.ask import Ask

EVENT = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
SCOPES = ("rw_organization_admin",)  # LinkedIn sheet 9.5: Notifications
KEY = ("developerApplication", "user", "entity", "eventType")
KEPT_DAYS = 60
LIFE_DAYS = 365  # sheet silent on how long a subscription lives
ACTIONS = (
    "LIKE",
    "COMMENT",
    "SHARE",
    "SHARE_MENTION",
    "ADMIN_COMMENT",
    "COMMENT_EDIT",
    "COMMENT_DELETE",
)
Key = tuple[str, str, str, str]


def subscribe(ask: Ask) -> Answer:
    """Answer PUT of a subscription."""
    # LinkedIn sheet 9.5: Notifications (portal gate; HTTPS). The simulator talks to loopback only, over http,
    # and checks the address when it is subscribed instead of in a portal.
    key = _key(ask)
    if not ask.app.webhooks:
        raise ask.denied()
    address = field_of(ask.body, "webhook", str)
    if not hooks.allowed(address):
        raise invalid("INVALID_URL", "Field /webhook is not an address of this machine's loopback")
    expires = ask.state.milliseconds() + LIFE_DAYS * figures.DAY_MS
    entry = Subscription(ask.app.id, ask.member.sub, key[2], EVENT, address, expires)
    entry.after = ask.state.number()
    ask.state.subscriptions[key] = entry
    hooks.check(ask.state, ask.app.id, address)
    return Answer(204)


def _key(ask: Ask) -> Key:
    given = restli.key(ask.params["key"])
    if given.keys() != set(KEY) or given["eventType"] != EVENT:
        raise bad_query(f"The key is ({','.join(f'{name}:…' for name in KEY)})")
    # Sheet silent on where the application's number stands: the portal shows it.
    if given["developerApplication"] != f"urn:li:developerApplication:{ask.app.number}":
        raise denied("The application is not the caller's")
    if given["user"] != ask.member.urn:
        raise denied("The user is not the authenticated member")
    ask.managed(given["entity"])
    return (given["developerApplication"], given["user"], given["entity"], given["eventType"])


def get(ask: Ask) -> Answer:
    """Answer one subscription."""
    entry = ask.state.subscriptions.get(_key(ask))
    if entry is None:
        raise not_found("Subscription")
    return Answer(body={"webhook": entry.webhook, "expiresAt": entry.expires_ms})


def delete(ask: Ask) -> Answer:
    """Answer the end of a subscription."""
    if ask.state.subscriptions.pop(_key(ask), None) is None:
        raise not_found("Subscription")
    return Answer(204)


def mine(ask: Ask) -> Answer:
    """Answer the subscriptions of the member and app."""
    ask.one_of("eventType", (EVENT,), "")
    rows: list[Any] = [
        {"webhook": s.webhook, "expiresAt": s.expires_ms, **dict(zip(KEY, key, strict=True))}
        for key, s in ask.state.subscriptions.items()
        if (s.app_id, s.sub) == (ask.app.id, ask.member.sub)
    ]
    return ask.listing(rows)


def pull(ask: Ask) -> Answer:
    """Answer the notifications of a page, newest first, without decoration."""
    # LinkedIn sheet 9.5: Notifications (pull: kept 60 days)
    page = ask.managed(ask.text("organizationalEntity"))
    wanted = restli.urns(ask.query, "actions") if "actions" in ask.query else list(ACTIONS)
    if not set(wanted) <= set(ACTIONS):
        raise bad_query(f"actions must hold some of {', '.join(ACTIONS)}")
    now = ask.state.milliseconds()
    start, end = figures.moments(ask.query["timeRange"]) if "timeRange" in ask.query else (0, now + 1)
    start = max(start, now - KEPT_DAYS * figures.DAY_MS)
    found = [
        hooks.shown(notice, f"urn:li:person:{ask.member.sub}")
        for notice in reversed(ask.state.notices)
        if notice.page == page.urn and notice.action in wanted and start <= notice.at_ms < end
    ]
    return ask.listing(found)


_NAME, _PULL = "eventSubscriptions", "organizationalEntityNotifications"
REST = {
    f"/rest/{_NAME}/{{key}}": {
        "PUT": Operation(_NAME, "UPDATE", subscribe, SCOPES),
        "GET": Operation(_NAME, "GET", get, SCOPES),
        "DELETE": Operation(_NAME, "DELETE", delete, SCOPES),
    },
    f"/rest/{_NAME}": {"GET:q=subscriberAndEventType": Operation(_NAME, "FINDER", mine, SCOPES)},
    f"/rest/{_PULL}": {"GET:q=criteria": Operation(_PULL, "FINDER-criteria", pull, SCOPES)},
}
