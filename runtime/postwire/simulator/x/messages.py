"""Direct Messages: sending, reading, deleting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from postwire.simulator.x import paging, rules
from postwire.simulator.x.operation import TU, Answer, Operation
from postwire.simulator.x.params import ID, Many, iso
from postwire.simulator.x.records import Conversation, DmEvent
from postwire.simulator.x.refusal import InvalidError, forbidden, not_found, not_permitted
from postwire.simulator.x.shapes import an_id, choice, many, shape, text, wrong
from postwire.simulator.x.views import media as carried
from postwire.simulator.x.views.expand import include_post, include_user

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postwire.simulator.x.lens import Field, Shown
    from postwire.simulator.x.operation import Ask

MONTH = 30 * 86_400
TEXT_CAP = 10_000
EVENT_TYPES = ("MessageCreate", "ParticipantsJoin", "ParticipantsLeave")
PERMALINK = re.compile(r"https://(?:x|twitter)\.com/\w+/(?:web/)?status/([0-9]{1,19})")


def _attached(lens: Any, event: DmEvent) -> Shown | None:
    return {"media_keys": [lens.x.media[event.media].key]} if event.media else None


DM_FIELDS: Mapping[str, Field] = {
    "id": lambda _, event: event.id,
    "event_type": lambda _, event: event.type,
    "text": lambda _, event: event.text or None,
    "attachments": _attached,
    "created_at": lambda _, event: iso(event.created_at),
    "dm_conversation_id": lambda _, event: event.conversation_id,
    "participant_ids": lambda _, event: event.participants,
    "referenced_tweets": lambda _, event: [{"id": post_id} for post_id in event.posts],
    "sender_id": lambda _, event: event.sender_id,
}


def _shown(ask: Ask, event: DmEvent) -> Shown:
    # X sheet 6.8: sender_id and participant_ids come with the field (legacy) or the expansion (both)
    lens = ask.lens
    fields = {"attachments.media_keys": "attachments", "referenced_tweets.id": "referenced_tweets"}
    extra = frozenset(fields.get(name, name) for name in lens.expansions)
    if event.participants:  # X sheet 2: Default object fields (Join/Leave: participant_ids instead of text)
        extra |= {"participant_ids"}
    if "sender_id" in lens.expansions:
        include_user(lens, event.sender_id, "sender_id")
    if "participant_ids" in lens.expansions:
        for who in event.participants:
            include_user(lens, who, "participant_ids")
    if "referenced_tweets.id" in lens.expansions:
        for post_id in event.posts:
            include_post(lens, post_id, "referenced_tweets.id")
    if "attachments.media_keys" in lens.expansions and event.media:
        file = ask.x.media[event.media]
        lens.includes.setdefault("media", {})[file.key] = carried.media(lens, file)
    return lens.show("dm_event", DM_FIELDS, event, extra)


def send_to_user(ask: Ask) -> Answer:
    """Send to one user; the conversation is made if there is none."""
    other = ask.params["participant_id"]
    if ask.x.account(other) is None:  # Sheet silent on an unknown recipient: as one who takes no messages.
        raise _unwilling()
    return _send(ask, _pair(ask, other), ask.body)


def _pair(ask: Ask, other: str) -> Conversation:
    # X sheet 6.8: 1:1 conversation id (both ids joined with -, smaller first)
    first, second = sorted((ask.me.id, other), key=int)
    return Conversation(f"{first}-{second}", [first, second])


def send_to_conversation(ask: Ask) -> Answer:
    """Send to a conversation that the user is in."""
    wanted = ask.params["dm_conversation_id"]
    kept = ask.x.conversations.get(wanted)
    one, _, other = wanted.partition("-")
    if kept is None and other and ask.me.id in {one, other} and ask.x.account(one) and ask.x.account(other):
        kept = _pair(ask, other if one == ask.me.id else one)
    # Sheet silent on a conversation that is not there, or not the user's.
    if kept is None or ask.me.id not in kept.participants:
        raise not_permitted()
    return _send(ask, kept, ask.body)


def send_to_group(ask: Ask) -> Answer:
    """Make a group and send to it."""
    people = list(dict.fromkeys([ask.me.id, *ask.body["participant_ids"]]))
    if any(ask.x.account(who) is None for who in people):
        raise _unwilling()
    group = Conversation(ask.x.id(), people, group=True)
    event = _event(ask, group, "ParticipantsJoin", participants=people)
    answer = _send(ask, group, ask.body["message"])
    ask.x.dm_events.insert(len(ask.x.dm_events) - 1, event)
    return answer


def _send(ask: Ask, conversation: Conversation, message: dict[str, Any]) -> Answer:
    # X sheet 6.8: Direct messages (at least one of text and attachments; one attachment only)
    if not message.get("text") and not message.get("attachments"):
        raise wrong("$", "needs text or attachments")
    if ask.me.dm_limited:  # X sheet 12.2: 403 "This operation is not permitted" (sender limited)
        raise forbidden("This operation is not permitted.")
    for who in conversation.participants:
        _willing(ask, conversation, who)
    media = [rules.usable(ask, one["media_id"], "dm").id for one in message.get("attachments", [])]
    words = message.get("text", "")
    event = _event(ask, conversation, "MessageCreate", text=words, media=media[0] if media else "")
    event.posts = [post_id for post_id in PERMALINK.findall(words) if ask.post(post_id)]
    ask.x.conversations.setdefault(conversation.id, conversation)
    ask.x.dm_events.append(event)
    return Answer({"dm_conversation_id": conversation.id, "dm_event_id": event.id})


def _event(ask: Ask, conversation: Conversation, kind: str, **more: Any) -> DmEvent:
    return DmEvent(ask.x.id(), conversation.id, kind, ask.me.id, ask.now, **more)


def _willing(ask: Ask, conversation: Conversation, who: str) -> None:
    # X sheet 12.2: "do not have permission to DM". Sheet silent on one who wrote first: they take answers.
    account = ask.x.owner(who)
    wrote = any(e.sender_id == who for e in ask.x.dm_events if e.conversation_id == conversation.id)
    closed = not account.dm_open and not wrote and ask.me.id not in ask.x.ties[who].following
    if who != ask.me.id and (closed or account.suspended or ask.me.id in ask.x.ties[who].dm_blocked):
        raise _unwilling()


def _unwilling() -> Exception:
    return forbidden("You do not have permission to DM one or more participants.")


def _mine(ask: Ask) -> list[DmEvent]:
    # X sheet 6.8: Event reads (last 30 days)
    me, since = ask.me.id, ask.now - MONTH
    return [
        event
        for event in reversed(ask.x.dm_events)
        if me in ask.x.conversations[event.conversation_id].participants
        and me not in event.gone_for
        and event.created_at >= since
    ]


def _page(ask: Ask, found: Iterable[DmEvent]) -> Answer:
    events = [event for event in found if event.type in ask.query["event_types"]]
    taken, meta = paging.page(ask, events, lambda event: event.id)
    return Answer([_shown(ask, event) for event in taken], meta)


def events(ask: Ask) -> Answer:
    """Answer the events of all conversations."""
    return _page(ask, _mine(ask))


def events_with(ask: Ask) -> Answer:
    """Answer the events of the conversation with one user."""
    wanted = _pair(ask, ask.params["participant_id"]).id
    return _page(ask, (event for event in _mine(ask) if event.conversation_id == wanted))


def events_of(ask: Ask) -> Answer:
    """Answer the events of a conversation."""
    return _page(ask, (event for event in _mine(ask) if event.conversation_id == ask.params["id"]))


def event(ask: Ask) -> Answer:
    """Answer one event."""
    found = _one(ask)
    return Answer(_shown(ask, found) if found else None)


def _one(ask: Ask) -> DmEvent | None:
    wanted = ask.params["event_id"]
    found = next((event for event in _mine(ask) if event.id == wanted), None)
    if found is None:
        ask.lens.note(not_found("event_id", wanted, "dm_event"))
    return found


def delete(ask: Ask) -> Answer:
    """Delete an event, for this user only."""
    # Sheet silent on whose events may be deleted, and for whom they are gone: any, for the user alone.
    found = _one(ask)
    if found is None:
        return Answer()
    found.gone_for.add(ask.me.id)
    return Answer({"deleted": True})


def _short(path: str, value: Any) -> None:
    text(1)(path, value)
    if len(value) > TEXT_CAP:
        raise InvalidError("The message is too long.", {"text": []})


_ATTACHMENTS = many(shape({"media_id": an_id}, "media_id"), 1, 1)
MESSAGE = shape({"text": _short, "attachments": _ATTACHMENTS})
GROUP = shape(
    {"conversation_type": choice("Group"), "participant_ids": many(an_id, 2, 49), "message": MESSAGE},
    "conversation_type participant_ids message",
)
_SEND: dict[str, Any] = {
    "scopes": f"{TU} dm.write",
    "limits": "U 15; U 1,440/24h; A 1,440/24h",
    "price": "dm",
    "ok": 201,
}
_READ: dict[str, Any] = {
    "scopes": f"{TU} dm.read",
    "limits": "U 15",
    "price": "read dm",
    "family": "dms",
}
_PAGED = paging.parameters(1, 100, 100, long_token=True) | {
    "event_types": Many(allowed=EVENT_TYPES, unique=True, default=EVENT_TYPES)
}
_CONVERSATION = rf"({ID}-{ID}|[0-9]{{15,19}})"
_WITH = "/2/dm_conversations/with/{participant_id}"
OPERATIONS = (
    Operation("POST", f"{_WITH}/messages", send_to_user, body=MESSAGE, **_SEND),
    Operation(
        "POST",
        "/2/dm_conversations/{dm_conversation_id}/messages",
        send_to_conversation,
        body=MESSAGE,
        patterns={"dm_conversation_id": r".+"},
        **_SEND,
    ),
    Operation("POST", "/2/dm_conversations", send_to_group, body=GROUP, **_SEND),
    Operation("GET", "/2/dm_events", events, query=_PAGED, **_READ),
    Operation("GET", "/2/dm_events/{event_id}", event, **_READ),
    Operation("GET", f"{_WITH}/dm_events", events_with, query=_PAGED, **_READ),
    Operation(
        "GET",
        "/2/dm_conversations/{id}/dm_events",
        events_of,
        query=_PAGED,
        patterns={"id": _CONVERSATION},
        **_READ,
    ),
    Operation(
        "DELETE",
        "/2/dm_events/{event_id}",
        delete,
        "dm.read dm.write",
        limits="U 300; U 1,500/24h; A 4,000/24h",
        price="interaction delete",
    ),
)
