"""Lists: made, filled, followed, pinned, read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.x import paging, posts, users
from postwire.simulator.x.operation import TU, Answer, Operation
from postwire.simulator.x.params import iso
from postwire.simulator.x.records import UserList, add, drop
from postwire.simulator.x.refusal import not_found, not_permitted
from postwire.simulator.x.shapes import an_id, flag, shape, text
from postwire.simulator.x.views.expand import include_user

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postwire.simulator.x.lens import Field, Shown
    from postwire.simulator.x.operation import Ask

LIST_FIELDS: Mapping[str, Field] = {
    "id": lambda _, one: one.id,
    "name": lambda _, one: one.name,
    "created_at": lambda _, one: iso(one.created_at),
    "description": lambda _, one: one.description,
    "follower_count": lambda _, one: len(one.followers),
    "member_count": lambda _, one: len(one.members),
    "owner_id": lambda _, one: one.owner_id,
    "private": lambda _, one: one.private,
}


def _shown(ask: Ask, one: UserList) -> Shown:
    expanded = ask.lens.expansions & {"owner_id"}
    if expanded:
        include_user(ask.lens, one.owner_id, "owner_id")
    return ask.lens.show("list", LIST_FIELDS, one, expanded)


def _visible(ask: Ask, one: UserList | None) -> bool:
    return one is not None and (not one.private or one.owner_id == ask.viewer)


def _found(ask: Ask, list_id: str, name: str = "id") -> UserList | None:
    # Sheet silent on unknown lists: as other unknown targets, 200 with errors[].
    found = ask.x.lists.get(list_id)
    if found is None or not _visible(ask, found):
        ask.lens.note(not_found(name, list_id, "list"))
        return None
    return found


def _owned(ask: Ask) -> UserList | None:
    found = _found(ask, ask.params["id"])
    if found is not None and found.owner_id != ask.viewer:
        raise not_permitted()
    return found


def create(ask: Ask) -> Answer:
    """Make a List."""
    # X sheet 6.7: list create
    body = ask.body
    one = UserList(
        ask.x.id(), body["name"], ask.me.id, ask.now, body.get("description", ""), body.get("private", False)
    )
    ask.x.lists[one.id] = one
    return Answer({"id": one.id, "name": one.name})


def update(ask: Ask) -> Answer:
    """Change a List."""
    one = _owned(ask)
    if one is None:
        return Answer()
    for name, value in ask.body.items():
        setattr(one, name, value)
    return Answer({"updated": True})


def delete(ask: Ask) -> Answer:
    """Delete a List."""
    one = _owned(ask)
    if one is None:
        return Answer()
    del ask.x.lists[one.id]
    for ties in ask.x.ties.values():
        drop(ties.pinned_lists, one.id)
    return Answer({"deleted": True})


def add_member(ask: Ask) -> Answer:
    """Put a user into a List."""
    one, user_id = _owned(ask), ask.body["user_id"]
    if one is None:
        return Answer()
    if ask.x.account(user_id) is None:
        ask.lens.note(not_found("user_id", user_id, "user"))
        return Answer()
    add(one.members, user_id)
    return Answer({"is_member": True})


def remove_member(ask: Ask) -> Answer:
    """Take a user out of a List."""
    one = _owned(ask)
    if one is None:
        return Answer()
    drop(one.members, ask.params["user_id"])
    return Answer({"is_member": False})


def get(ask: Ask) -> Answer:
    """Answer a List."""
    one = _found(ask, ask.params["id"])
    return Answer(_shown(ask, one) if one else None)


def members(ask: Ask) -> Answer:
    """Answer the members of a List."""
    one = _found(ask, ask.params["id"])
    return users.users_page(ask, users.of_ids(ask, one.members)) if one else Answer()


def followers(ask: Ask) -> Answer:
    """Answer the followers of a List."""
    one = _found(ask, ask.params["id"])
    return users.users_page(ask, users.of_ids(ask, one.followers)) if one else Answer()


def list_posts(ask: Ask) -> Answer:
    """Answer the posts of the members of a List."""
    one = _found(ask, ask.params["id"])
    if one is None:
        return Answer()
    return posts.posts_page(ask, [post for post in ask.x.alive() if post.author_id in one.members])


def _page(ask: Ask, wanted: Iterable[UserList]) -> Answer:
    newest = sorted((one for one in wanted if _visible(ask, one)), key=lambda one: -int(one.id))
    taken, meta = paging.page(ask, newest, lambda one: one.id)
    return Answer([_shown(ask, one) for one in taken], meta)


def owned(ask: Ask) -> Answer:
    """Answer the Lists that a user made."""
    who = posts.someone(ask)
    return _page(ask, (one for one in ask.x.lists.values() if one.owner_id == who)) if who else Answer()


def memberships(ask: Ask) -> Answer:
    """Answer the Lists that a user is in."""
    who = posts.someone(ask)
    return _page(ask, (one for one in ask.x.lists.values() if who in one.members)) if who else Answer()


def followed(ask: Ask) -> Answer:
    """Answer the Lists that a user follows."""
    who = posts.someone(ask)
    return _page(ask, (one for one in ask.x.lists.values() if who in one.followers)) if who else Answer()


def pinned(ask: Ask) -> Answer:
    """Answer the Lists that the user pinned."""
    kept = [ask.x.lists[list_id] for list_id in ask.ties.pinned_lists]
    return Answer([_shown(ask, one) for one in kept], {"result_count": len(kept)})


def follow(ask: Ask) -> Answer:
    """Follow a List."""
    one = _found(ask, ask.body["list_id"], "list_id")
    if one is None:
        return Answer()
    add(one.followers, ask.me.id)
    return Answer({"following": True})


def unfollow(ask: Ask) -> Answer:
    """Stop following a List."""
    if one := ask.x.lists.get(ask.params["list_id"]):
        drop(one.followers, ask.me.id)
    return Answer({"following": False})


def pin(ask: Ask) -> Answer:
    """Pin a List."""
    one = _found(ask, ask.body["list_id"], "list_id")
    if one is None:
        return Answer()
    add(ask.ties.pinned_lists, one.id)
    return Answer({"pinned": True})


def unpin(ask: Ask) -> Answer:
    """Unpin a List."""
    drop(ask.ties.pinned_lists, ask.params["list_id"])
    return Answer({"pinned": False})


_READ, _WRITE = f"{TU} list.read", f"{TU} list.write"
_KEYS = {"name": text(1, 25), "description": text(0, 100), "private": flag}
_LIST_ID = shape({"list_id": an_id}, "list_id")
_PAGED: dict[str, Any] = {"query": paging.parameters(1, 100, 100), "price": "read object"}
_CREATE: dict[str, Any] = {"price": "list create"}
_MANAGE: dict[str, Any] = {"price": "list manage"}
_OWN_CREATE = _CREATE | {"limits": "U 50", "own": "id", "body": _LIST_ID}
_OWN_MANAGE = _MANAGE | {"limits": "U 50", "own": "id"}
_LISTS, _ONE, _USER = "/2/lists", "/2/lists/{id}", "/2/users/{id}"
OPERATIONS = (
    Operation(
        "POST",
        _LISTS,
        create,
        f"{TU} list.read list.write",
        limits="U 300",
        body=shape(_KEYS, "name"),
        ok=201,
        **_CREATE,
    ),
    Operation("PUT", _ONE, update, _WRITE, limits="U 300", body=shape(_KEYS), **_MANAGE),
    Operation("DELETE", _ONE, delete, _WRITE, limits="U 300", **_MANAGE),
    Operation(
        "POST",
        f"{_ONE}/members",
        add_member,
        _WRITE,
        limits="U 300",
        body=shape({"user_id": an_id}, "user_id"),
        **_CREATE,
    ),
    Operation("DELETE", f"{_ONE}/members/{{user_id}}", remove_member, _WRITE, limits="U 300", **_MANAGE),
    Operation("GET", _ONE, get, _READ, who="both", limits="75", family="lists", price="read object"),
    Operation("GET", f"{_ONE}/members", members, _READ, who="both", limits="900", family="users", **_PAGED),
    Operation("GET", f"{_ONE}/followers", followers, _READ, who="both", family="users", **_PAGED),
    Operation("GET", f"{_ONE}/tweets", list_posts, _READ, who="both", limits="900", family="posts", **_PAGED),
    *(
        Operation(
            "GET",
            f"{_USER}/{name}",
            run,
            _READ,
            who="both",
            limits=limit,
            family="lists",
            owned=True,
            **_PAGED,
        )
        for name, run, limit in (
            ("owned_lists", owned, "15"),
            ("list_memberships", memberships, "75"),
            ("followed_lists", followed, ""),
        )
    ),
    Operation(
        "GET",
        f"{_USER}/pinned_lists",
        pinned,
        _READ,
        limits="15",
        family="lists",
        price="read object",
        owned=True,
        own="id",
    ),
    Operation("POST", f"{_USER}/followed_lists", follow, _WRITE, **_OWN_CREATE),
    Operation("DELETE", f"{_USER}/followed_lists/{{list_id}}", unfollow, _WRITE, **_OWN_MANAGE),
    Operation("POST", f"{_USER}/pinned_lists", pin, _WRITE, **_OWN_CREATE),
    Operation("DELETE", f"{_USER}/pinned_lists/{{list_id}}", unpin, _WRITE, **_OWN_MANAGE),
)
