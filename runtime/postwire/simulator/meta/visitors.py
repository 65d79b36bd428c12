"""Playing the other people: they comment, write, and mention; tests and demos call these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.meta import hooks
from postwire.simulator.meta.instagram import remarks
from postwire.simulator.meta.pages import comments
from postwire.simulator.meta.records import Conversation, Media, Message, Visitor

if TYPE_CHECKING:
    from postwire.simulator.meta.state import Meta


def _someone(state: Meta, visitor: str) -> Visitor:
    found = state.visitor(visitor)
    if found is None:
        raise ValueError(f"There is no simulated visitor {visitor[:80]!r}.")
    return found


def comment(state: Meta, object_id: str, text: str, visitor: str = "6001") -> str:
    """Comment on a Page's or an Instagram account's post, or answer a comment; gives the comment's id."""
    who, target = _someone(state, visitor), state.objects[object_id]
    if target.kind == "media":
        return remarks.write(state, target, text, who.id, who.username).id
    if target.kind == "remark":
        media: Media = state.objects[target.media_id]
        return remarks.write(state, media, text, who.id, who.username, target.parent or target.id).id
    return comments.write(state, target, text, who.id, who.name).id


def write(state: Meta, owner: str, text: str, visitor: str = "6001") -> str:
    """Send a message to a Page or an Instagram account; gives the message's id."""
    who, page = _someone(state, visitor), state.page(owner)
    platform, sender = ("messenger", who.id) if page else ("instagram", who.igsid)
    found = [one for one in state.all("conversation", owner) if one.visitor == sender]
    talk = found[0] if found else state.keep(Conversation(f"t_{owner}{sender}", owner, platform, sender))
    message = Message(state.name("m_"), owner, talk.id, sender, owner, text, state.clock.now())
    state.keep(message)
    talk.messages.append(message)
    # Meta sheet 11: Webhooks (messaging; timestamp in milliseconds)
    event: dict[str, Any] = {
        "sender": {"id": sender},
        "recipient": {"id": owner},
        "timestamp": int(message.created_at * 1000),
        "message": {"mid": message.id, "text": text},
    }
    hooks.messaging(state, owner, event)
    return message.id


def mention(state: Meta, account_id: str, text: str, visitor: str = "6001") -> str:
    """Mention an Instagram account in a caption of one's own; gives the media's id."""
    who = _someone(state, visitor)
    media = Media(state.new_id("1796"), who.id, "IMAGE", "FEED", text, state.clock.now())
    media.mentions = account_id
    state.keep(media)
    hooks.change(state, account_id, "mentions", {"media_id": media.id})
    return media.id
