"""Conversations of Pages and Instagram accounts: lists, messages, people, moderation, profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta.ask import Kind, Listing
from postwire.simulator.meta.getters import exact, moment, stamp
from postwire.simulator.meta.params import objects
from postwire.simulator.meta.records import Conversation, Message, Visitor
from postwire.simulator.meta.refusal import GraphError, invalid, required
from postwire.simulator.meta.settings import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Args, Ask

# Meta sheet 4: Permissions map; sheet 7.3: Inbox
READ_MESSENGER: Final = "pages_messaging pages_manage_metadata pages_read_engagement"
READ_INSTAGRAM: Final = ("instagram_manage_messages instagram_basic pages_manage_metadata", "manage_messages")
ACTIONS: Final = frozenset(words("ban_user unban_user block_user unblock_user move_to_spam"))
MOST_USERS, MOST_ACTIONS = 10, 2
NEWEST: Final = 20  # messages of a thread that have details
# Meta sheet 7.3.1: Messenger profile
PROFILE: Final = words("get_started persistent_menu ice_breakers greeting whitelisted_domains")
INSTAGRAM_PROFILE: Final = words("ice_breakers persistent_menu")
QUESTIONS, QUESTION, ITEMS, INSTAGRAM_ITEMS, TITLE = 4, 80, 3, 20, 30


def need_read(ask: Ask, platform: str) -> None:
    """Refuse who may not read messages of a platform."""
    if platform == "instagram":
        ask.need(*READ_INSTAGRAM)
    else:
        ask.need(READ_MESSENGER)
    ask.need_task("MESSAGING")


def platform_of(ask: Ask) -> str:
    """Tell which messages are meant; raises GraphError."""
    if ask.by_instagram:
        return "instagram"
    return ask.params.word("platform", "MESSENGER", "INSTAGRAM", default="MESSENGER").lower()


def inbox_owner(ask: Ask, platform: str) -> str:
    """Find whose conversations are meant: the Page's, or its Instagram account's."""
    if ask.by_instagram:
        return str(ask.node.id)
    # Meta sheet 9.3: Direct messages (IG-FB asks the Page, not the account)
    if ask.node.kind != "page":
        raise ask.foreign()
    ask.need_page_token()
    if platform == "messenger":
        return str(ask.node.id)
    account = ask.state.linked(ask.node)
    if account is None:
        raise invalid("The Page has no linked Instagram account.")
    return account.id


def conversations(ask: Ask) -> Listing:
    """Answer /conversations."""
    platform = platform_of(ask)
    owner = inbox_owner(ask, platform)
    need_read(ask, platform)
    user = ask.params.text("user_id")
    found = [one for one in ask.state.all("conversation", owner) if user in {"", one.visitor}]
    return Listing(sorted(found, key=_updated, reverse=True), f"{ask.node.id}/conversations")


def _updated(talk: Conversation) -> float:
    return talk.messages[-1].created_at if talk.messages else 0.0


def show(ask: Ask) -> Any:
    """Answer the conversation and message nodes."""
    talk = ask.state.objects[ask.node.conversation] if isinstance(ask.node, Message) else ask.node
    need_read(ask, talk.platform)
    if isinstance(ask.node, Message) and ask.node not in talk.messages[-NEWEST:]:
        # Meta sheet 9.3: Direct messages (only the newest 20 have details)
        raise invalid("This message has been deleted by the user or the business.")
    return ask.node


def messages(ask: Ask) -> Listing:
    """Answer /{conversation}/messages, newest first."""
    need_read(ask, ask.node.platform)
    return _messages(ask, ask.node, {})


def _messages(_ask: Ask, talk: Conversation, _: Args) -> Listing:
    return Listing(talk.messages[::-1], f"{talk.id}/messages")


def person(ask: Ask) -> Visitor:
    """Answer someone who wrote: name and picture."""
    # Meta sheet 9.3: Direct messages (person: after they wrote, else 230)
    grant = ask.token.grant
    owners = {grant.user_id, ask.token.page_id} if grant else set()
    page = ask.state.page(ask.token.page_id)
    owners |= {page.instagram} if page else set()
    visitor: Visitor = ask.node
    talks = ask.state.all("conversation")
    wrote = [t for t in talks if t.owner in owners and t.visitor in {visitor.id, visitor.igsid}]
    if not any(message.author == talk.visitor for talk in wrote for message in talk.messages):
        raise GraphError("230", "User consent is required to access user profile.")
    return visitor


def moderate(ask: Ask) -> dict[str, Any]:
    """Answer POST /{page}/moderate_conversations."""
    # Meta sheet 7.3: Inbox (block, spam)
    ask.need_page_token()
    ask.need_task("MESSAGING")
    users = [str(one.get("id")) for one in ask.params.array("user_ids") or [] if isinstance(one, dict)]
    actions = [str(one).lower() for one in ask.params.array("actions") or []]
    together = {"block_user", "unblock_user"} <= set(actions) or {"ban_user", "unban_user"} <= set(actions)
    if not 1 <= len(users) <= MOST_USERS or not 1 <= len(actions) <= MOST_ACTIONS or together:
        raise invalid("moderate_conversations takes 1 to 10 user_ids and 1 to 2 actions that agree.")
    if not set(actions) <= ACTIONS:
        raise invalid(f"actions must be some of {', '.join(sorted(ACTIONS))}")
    page = ask.node
    talks = [t for t in ask.state.all("conversation") if t.owner in {page.id, page.instagram} and t.owner]
    if not set(users) <= {talk.visitor for talk in talks}:
        raise GraphError("1", "The action could not be applied: there is no thread.", status=400)
    for action in actions:
        held = ask.state.blocked[f"{page.id} inbox"]
        (held.difference_update if action.startswith("un") else held.update)(users)
    return {"success": True}


def profile(ask: Ask) -> dict[str, Any]:
    """Answer GET /messenger_profile."""
    key, known = _profile_key(ask)
    wanted = [str(name) for name in ask.params.array("fields") or []]
    if not wanted or not set(wanted) <= set(known):
        raise invalid(f"Param fields must be some of {', '.join(known)}")
    held = ask.state.profiles.get(key, {})
    shown = {name: held[name] for name in wanted if name in held}
    return {"data": [shown] if shown else []}


def _profile_key(ask: Ask) -> tuple[tuple[str, str], tuple[str, ...]]:
    platform = platform_of(ask)
    owner = inbox_owner(ask, platform)
    if platform == "instagram":
        ask.need(*READ_INSTAGRAM)
        return (owner, platform), INSTAGRAM_PROFILE
    ask.need("pages_messaging")
    return (owner, platform), PROFILE


def change_profile(ask: Ask) -> dict[str, Any]:
    """Answer POST /messenger_profile."""
    key, known = _profile_key(ask)
    given = {name: ask.params.json(name) for name in known if name in ask.params}
    if not given:
        raise invalid(f"One of {', '.join(known)} is needed.")
    held = ask.state.profiles.setdefault(key, {})
    _check_menu(given.get("persistent_menu"), given | held, instagram=key[1] == "instagram")
    _check_breakers(given.get("ice_breakers"))
    held.update(given)
    return {"success": True}


def _check_menu(menus: Any, profile: Mapping[str, Any], *, instagram: bool) -> None:
    # Meta sheet 7.3.1: Messenger profile (persistent_menu)
    if menus is None:
        return
    if not _has_default(menus):
        raise invalid("persistent_menu needs an entry with locale default.")
    if not instagram and "get_started" not in profile:
        raise invalid("You must set a Get Started button if you also wish to use persistent menu")
    for menu in menus:
        items = objects(menu.get("call_to_actions") or [], "call_to_actions")
        if len(items) > (INSTAGRAM_ITEMS if instagram else ITEMS):
            raise invalid("persistent_menu has too many items.")
        if any(len(str(item.get("title", ""))) > TITLE for item in items):
            raise invalid("A title of persistent_menu has at most 30 characters.")
        if instagram and "composer_input_disabled" in menu:
            raise invalid("composer_input_disabled is not supported on Instagram.")


def _check_breakers(breakers: Any) -> None:
    # Meta sheet 7.3.1: Messenger profile (ice_breakers; the old flat form is read too)
    if breakers is None:
        return
    flat = isinstance(breakers, list) and all(isinstance(one, dict) and "question" in one for one in breakers)
    groups = [{"call_to_actions": breakers}] if flat else breakers
    if not flat and not _has_default(breakers):
        raise invalid("ice_breakers needs an entry with locale default.")
    for group in groups:
        questions = objects(group.get("call_to_actions") or [], "call_to_actions")
        if not 1 <= len(questions) <= QUESTIONS:
            raise invalid("ice_breakers has 1 to 4 questions.")
        if any(len(str(one.get("question", ""))) > QUESTION for one in questions):
            raise invalid("A question has at most 80 characters.")


def _has_default(entries: Any) -> bool:
    fits = isinstance(entries, list) and all(isinstance(one, dict) for one in entries)
    return fits and any(one.get("locale") == "default" for one in entries)


def drop_profile(ask: Ask) -> dict[str, Any]:
    """Answer DELETE /messenger_profile."""
    key, known = _profile_key(ask)
    wanted = [str(name) for name in ask.params.array("fields") or []]
    if not wanted:
        raise required("fields")
    if not set(wanted) <= set(known):
        raise invalid(f"Param fields must be some of {', '.join(known)}")
    held = ask.state.profiles.get(key, {})
    for name in wanted:
        held.pop(name, None)
    return {"success": True}


def _name(ask: Ask, who: str) -> dict[str, str]:
    visitor, page, account = ask.state.visitor(who), ask.state.page(who), ask.state.account(who)
    if visitor is not None:
        shown = {"username": visitor.username} if who == visitor.igsid else {"name": visitor.name}
        return {**shown, "id": who}
    if account is not None:
        return {"username": account.username, "id": who}
    return {"name": page.name if page else "", "id": who}


def _participants(ask: Ask, talk: Conversation, _: Args) -> dict[str, Any]:
    people = [_name(ask, who) for who in (talk.visitor, talk.owner)]
    if talk.platform == "messenger":
        people = [{**one, "email": f"{one['id']}@facebook.com"} for one in people]
    return {"data": people}


def _message_to(ask: Ask, message: Message, _: Args) -> dict[str, Any]:
    return {"data": [_name(ask, message.to)]}


CONVERSATION = Kind(
    "UnifiedThread",
    ("id", "updated_time"),
    {
        "id": exact("id"),
        "link": lambda _ask, node, _args: f"/{node.owner}/inbox/{node.id}/",
        "updated_time": lambda _ask, node, _args: stamp(_updated(node)),
        "message_count": lambda _ask, node, _args: len(node.messages),
        "unread_count": lambda _ask, node, _args: sum(1 for m in node.messages if m.author == node.visitor),
        "snippet": lambda _ask, node, _args: node.messages[-1].text if node.messages else None,
        "can_reply": lambda _ask, _node, _args: True,
        "senders": _participants,
        "participants": _participants,
        "messages": _messages,
    },
)
MESSAGE = Kind(
    "Message",
    ("id", "created_time"),
    {
        "id": exact("id"),
        "message": exact("text"),
        "created_time": moment("created_at"),
        "from": lambda ask, node, _args: _name(ask, node.author),
        "to": _message_to,
        "attachments": lambda _ask, node, _args: {"data": node.attachments} if node.attachments else None,
        "reactions": lambda _ask, _node, _args: None,
        "shares": lambda _ask, _node, _args: None,
        "sticker": lambda _ask, _node, _args: None,
    },
)
VISITOR = Kind(
    "User",
    ("name", "id"),
    {
        "id": lambda ask, node, _args: node.igsid if ask.path[:1] == (node.igsid,) else node.id,
        "name": exact("name"),
        "first_name": lambda _ask, node, _args: node.name.split()[0],
        "last_name": lambda _ask, node, _args: node.name.split()[-1],
        "username": exact("username"),
        "profile_pic": lambda _ask, node, _args: f"https://scontent.sim.invalid/{node.id}.jpg",
        "follower_count": lambda _ask, _node, _args: 17,
        "is_user_follow_business": lambda _ask, _node, _args: True,
        "is_business_follow_user": lambda _ask, _node, _args: False,
    },
)
KINDS: Mapping[str, Kind] = {"conversation": CONVERSATION, "message": MESSAGE, "visitor": VISITOR}
OPERATIONS = {
    **{(kind, "conversations", "GET"): conversations for kind in ("page", "account")},
    ("conversation", "", "GET"): show,
    ("conversation", "messages", "GET"): messages,
    ("message", "", "GET"): show,
    ("visitor", "", "GET"): person,
    ("page", "moderate_conversations", "POST"): moderate,
    **{(kind, "messenger_profile", "GET"): profile for kind in ("page", "account")},
    **{(kind, "messenger_profile", "POST"): change_profile for kind in ("page", "account")},
    **{(kind, "messenger_profile", "DELETE"): drop_profile for kind in ("page", "account")},
}
