"""Sending messages: text, media, private replies, sender actions, and the window for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta import inbox
from postwire.simulator.meta.params import objects
from postwire.simulator.meta.records import Comment, Conversation, Message, Post, Remark
from postwire.simulator.meta.refusal import GraphError, invalid, provoke, required, unsupported
from postwire.simulator.meta.settings import words
from postwire.simulator.meta.state import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Ask, Kind

# Meta sheet 7.3: Inbox; sheet 9.3: Direct messages
TYPES: Final = ("RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY")
ATTACHMENTS: Final = frozenset(words("image video audio file"))
ACTIONS: Final = frozenset(words("typing_on typing_off mark_seen react unreact"))
WINDOW, AGENT_WINDOW, REPLY_WINDOW = DAY, 7 * DAY, 7 * DAY
PAGE_TEXT, INSTAGRAM_BYTES, IMAGES, QUICK_REPLIES = 2_000, 1_000, 10, 13
CLOSED: Final = {"messenger": "10/2018278", "instagram": "10/2534022"}


def send(ask: Ask) -> dict[str, Any]:
    """Answer POST /messages."""
    recipient = ask.params.object("recipient")
    if not recipient or len(recipient) != 1:
        raise invalid("recipient needs one of id, comment_id and post_id.")
    key, value = next(iter(recipient.items()))
    action = ask.params.text("sender_action").lower()
    talk, platform = _thread(ask, key, str(value))
    _may_send(ask, platform)
    if action:
        return _act(ask, action, str(value))
    content = ask.params.object("message")
    if not content:
        raise required("message")
    text, attachments = _content(ask, content, platform)
    if key == "id":
        _in_window(ask, talk, platform)
    else:
        talk = _private(ask, key, str(value))
    assert talk is not None
    message = _deliver(ask, talk, text, attachments)
    answer: dict[str, Any] = {"recipient_id": talk.visitor, "message_id": message.id}
    reusable = [one["id"] for one in attachments if one.get("is_reusable")]
    return answer | ({"attachment_id": reusable[0]} if reusable else {})


def _thread(ask: Ask, key: str, value: str) -> tuple[Conversation | None, str]:
    """Find the conversation, and the platform that it is on."""
    if key not in {"id", "comment_id", "post_id"}:
        raise invalid("recipient needs one of id, comment_id and post_id.")
    # Meta sheet 9.3: Direct messages (IG-FB sends by the Page)
    if ask.by_instagram:
        owners = {"instagram": ask.node.id}
    else:
        if ask.node.kind != "page":
            raise ask.foreign()
        ask.need_page_token()
        owners = {"messenger": ask.node.id, "instagram": ask.node.instagram}
    if key != "id":
        target = ask.state.objects.get(value)
        return None, "instagram" if isinstance(target, Remark) else "messenger"
    visitor = ask.state.visitor(value)
    if visitor is None:
        raise GraphError("100", "No matching user found")
    platform = "instagram" if value == visitor.igsid else "messenger"
    owner = owners.get(platform, "")
    found = [one for one in ask.state.all("conversation", owner) if one.visitor == value and owner]
    return (found[0] if found else None), platform


def _may_send(ask: Ask, platform: str) -> None:
    if platform == "instagram":
        ask.need("instagram_manage_messages instagram_basic", "manage_messages")
    else:
        ask.need("pages_messaging")
    ask.need_task("MESSAGING")


def _act(ask: Ask, action: str, recipient: str) -> dict[str, Any]:
    # Meta sheet 7.3: Inbox (sender actions: never with `message`; react needs a payload)
    if action not in ACTIONS:
        raise invalid(f"sender_action must be one of {', '.join(sorted(ACTIONS))}")
    if "message" in ask.params:
        raise invalid("sender_action and message do not go together.")
    payload = ask.params.object("payload") or {}
    if action in {"react", "unreact"} and "message_id" not in payload:
        raise invalid("payload needs message_id and reaction.")
    return {"recipient_id": recipient}


def _content(ask: Ask, content: Mapping[str, Any], platform: str) -> tuple[str, list[dict[str, Any]]]:
    text = content.get("text")
    given = content.get("attachments") or ([content["attachment"]] if content.get("attachment") else [])
    file = ask.params.files.get("filedata")
    if text is None and not given:
        raise invalid("A message needs text or an attachment.")
    if text is not None and (not isinstance(text, str) or not text):
        raise invalid("The text of a message is not empty.")
    if text and (error := provoke(text)) is not None:
        raise error
    _fits(text or "", platform)
    replies = objects(content.get("quick_replies") or [], "quick_replies")
    objects(given, "attachments")
    if len(replies) > QUICK_REPLIES or len(given) > IMAGES:
        raise invalid("A message has at most 13 quick replies and 10 images.")
    return text or "", [_attachment(ask, one, platform, has_file=file is not None) for one in given]


def _fits(text: str, platform: str) -> None:
    # Meta sheet 9.3: Direct messages (text ≤ 1000 UTF-8 bytes); sheet 7.3: Inbox (≤ 2000 characters)
    if platform == "instagram" and len(text.encode()) > INSTAGRAM_BYTES:
        raise invalid("Length of param message[text] must be less than or equal to 1000")
    if len(text) > PAGE_TEXT:
        raise invalid("Length of param message[text] must be less than or equal to 2000")


def _attachment(ask: Ask, given: Any, platform: str, *, has_file: bool) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise invalid("An attachment is an object.")
    kind, payload = str(given.get("type", "")), given.get("payload") or {}
    if not isinstance(payload, dict):
        raise invalid("The payload of an attachment is an object.")
    if platform == "instagram" and kind in {"like_heart", "MEDIA_SHARE"}:
        return {"id": ask.state.new_id("15"), "type": kind}
    if kind not in ATTACHMENTS:
        raise invalid(f"The type of an attachment must be one of {', '.join(sorted(ATTACHMENTS))}")
    if stored := str(payload.get("attachment_id") or ""):
        if stored not in ask.state.attachments:
            raise invalid("The attachment_id is unknown.")
        return {"id": stored, "mime_type": kind}
    url = payload.get("url")
    if not has_file and not (isinstance(url, str) and url.startswith(("http://", "https://"))):
        raise invalid("An attachment needs a payload with url or attachment_id.")
    made = ask.state.new_id("15")
    reusable = bool(payload.get("is_reusable"))
    if reusable:
        ask.state.attachments.add(made)
    return {"id": made, "mime_type": kind, "file_url": url or "", "is_reusable": reusable}


def _in_window(ask: Ask, talk: Conversation | None, platform: str) -> None:
    # Meta sheet 7.3: Inbox (24 h after the user's last message; HUMAN_AGENT 7 days)
    kind = ask.params.word("messaging_type", *TYPES, default="RESPONSE")
    span = WINDOW
    if kind == "MESSAGE_TAG":
        app = ask.state.app(ask.token.app_id)
        if (
            ask.params.text("tag").upper() != "HUMAN_AGENT"
            or app is None
            or "Human Agent" not in app.features
        ):
            raise invalid("Param tag must be a tag that the app may use.")
        span = AGENT_WINDOW
    if talk is not None and talk.visitor in ask.state.blocked[f"{ask.page_id} inbox"]:
        raise GraphError("551")
    wrote = [m.created_at for m in talk.messages if m.author == talk.visitor] if talk else []
    if not wrote or wrote[-1] <= ask.now - span:
        raise GraphError(CLOSED[platform])


def _private(ask: Ask, key: str, value: str) -> Conversation:
    """Open a thread by answering a comment or a visitor's post."""
    # Meta sheet 7.3 and 9.3: private reply (within 7 days, one per comment). Sheet silent on the code.
    target = ask.state.objects.get(value)
    fits = isinstance(target, Post) if key == "post_id" else isinstance(target, Comment | Remark)
    owners = {ask.node.id, ask.node.instagram if ask.node.kind == "page" else ""}
    if target is None or not fits or target.owner not in owners:
        raise unsupported("POST", value)
    visitor = ask.state.visitor(target.author)
    if visitor is None:
        raise GraphError("10", "Only other people can be answered.")
    if target.created_at <= ask.now - REPLY_WINDOW:
        raise GraphError("10", "The comment is older than 7 days.")
    platform = "instagram" if isinstance(target, Remark) else "messenger"
    mark = f"answered {target.id}"
    if ask.state.published[mark, platform]:
        raise GraphError("10", "This comment was answered already.")
    ask.state.published[mark, platform].append(ask.now)
    who = visitor.igsid if platform == "instagram" else visitor.id
    found = [one for one in ask.state.all("conversation", target.owner) if one.visitor == who]
    made = Conversation(f"t_{target.owner}{who}", target.owner, platform, who)
    if not found:
        ask.state.keep(made)
    return found[0] if found else made


def _deliver(ask: Ask, talk: Conversation, text: str, attachments: list[dict[str, Any]]) -> Message:
    name = ask.state.name("m_")
    message = Message(name, talk.owner, talk.id, talk.owner, talk.visitor, text, ask.now, attachments)
    ask.state.keep(message)
    talk.messages.append(message)
    return message


def store(ask: Ask) -> dict[str, Any]:
    """Answer POST /message_attachments: a file for several messages."""
    platform = inbox.platform_of(ask)
    inbox.inbox_owner(ask, platform)
    _may_send(ask, platform)
    content = ask.params.object("message") or {}
    made = _attachment(ask, content.get("attachment"), platform, has_file=bool(ask.params.files))
    ask.state.attachments.add(made["id"])
    return {"attachment_id": made["id"]}


KINDS: Mapping[str, Kind] = {}
OPERATIONS = {
    **{(kind, "messages", "POST"): send for kind in ("page", "account")},
    **{(kind, "message_attachments", "POST"): store for kind in ("page", "account")},
}
