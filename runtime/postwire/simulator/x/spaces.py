"""Spaces: lookup, search, their posts and buyers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.x import paging, posts, users
from postwire.simulator.x.operation import TU, Answer, Operation
from postwire.simulator.x.params import Choice, Many, Whole, Word, iso
from postwire.simulator.x.refusal import not_found, not_permitted
from postwire.simulator.x.views.expand import include_user

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postwire.simulator.x.lens import Field, Shown
    from postwire.simulator.x.operation import Ask
    from postwire.simulator.x.settings import Room

SPACE_ID = r"[a-zA-Z0-9]{1,13}"
HOUR = 3_600


def _live(lens: Any, room: Room) -> str | None:
    return iso(lens.x.clock.now() - HOUR) if room.state != "scheduled" else None


# Sheet silent on times and languages of Spaces: an hour ago or from now, in English.
SPACE_FIELDS: Mapping[str, Field] = {
    "id": lambda _, room: room.id,
    "state": lambda _, room: room.state,
    "title": lambda _, room: room.title,
    "creator_id": lambda _, room: room.creator_id,
    "host_ids": lambda _, room: [room.creator_id],
    "is_ticketed": lambda _, room: room.ticketed,
    "lang": lambda _lens, _room: "en",
    "participant_count": lambda _, room: room.participants,
    "started_at": _live,
    "created_at": lambda lens, _: iso(lens.x.clock.now() - 2 * HOUR),
    "updated_at": lambda lens, _: iso(lens.x.clock.now() - HOUR),
    "scheduled_start": lambda lens, room: (
        iso(lens.x.clock.now() + HOUR) if room.state == "scheduled" else None
    ),
    "subscriber_count": lambda _lens, _room: 0,
}


def _shown(ask: Ask, room: Room) -> Shown:
    for name in sorted(ask.lens.expansions & {"creator_id", "host_ids"}):
        include_user(ask.lens, room.creator_id, name)
    return ask.lens.show("space", SPACE_FIELDS, room, ask.lens.expansions)


def _found(ask: Ask, name: str, ids: Iterable[str]) -> list[Room]:
    rooms, found = {room.id: room for room in ask.x.settings.rooms}, []
    for space_id in dict.fromkeys(ids):
        if space_id in rooms:
            found.append(rooms[space_id])
        else:
            ask.lens.note(not_found(name, space_id, "space"))
    return found


def by_id(ask: Ask) -> Answer:
    """Answer a Space."""
    found = _found(ask, "id", [ask.params["id"]])
    return Answer(_shown(ask, found[0]) if found else None)


def by_ids(ask: Ask) -> Answer:
    """Answer Spaces by ids."""
    return Answer([_shown(ask, room) for room in _found(ask, "ids", ask.query["ids"])])


def by_creators(ask: Ask) -> Answer:
    """Answer the Spaces that some users made."""
    return _listed(ask, (r for r in ask.x.settings.rooms if r.creator_id in ask.query["user_ids"]))


def search(ask: Ask) -> Answer:
    """Answer the Spaces whose title holds some words."""
    words, state = ask.query["query"].lower(), ask.query["state"]
    found = [
        room
        for room in ask.x.settings.rooms
        if words in room.title.lower() and (room.state == state or (state == "all" and room.state != "ended"))
    ]
    return _listed(ask, found[: ask.query["max_results"]])


def _listed(ask: Ask, rooms: Iterable[Room]) -> Answer:
    data = [_shown(ask, room) for room in rooms]
    return Answer(data, {"result_count": len(data)})


def space_posts(ask: Ask) -> Answer:
    """Answer the posts that share a Space."""
    # Sheet silent on which posts these are: those that name its address.
    found = _found(ask, "id", [ask.params["id"]])
    if not found:
        return Answer()
    return posts.posts_page(ask, [p for p in ask.x.alive() if f"/spaces/{found[0].id}" in p.given])


def buyers(ask: Ask) -> Answer:
    """Answer who bought a ticket of the user's Space."""
    found = _found(ask, "id", [ask.params["id"]])
    if not found:
        return Answer()
    if found[0].creator_id != ask.me.id:  # Sheet silent: only the creator may ask.
        raise not_permitted()
    return users.users_page(ask, users.of_ids(ask, found[0].buyers))


_READ: dict[str, Any] = {
    "scopes": f"{TU} space.read",
    "price": "read object",
    "patterns": {"id": SPACE_ID},
}
_LOOK: dict[str, Any] = _READ | {"limits": "300", "family": "spaces", "who": "both"}
OPERATIONS = (
    Operation("GET", "/2/spaces/{id}", by_id, **_LOOK),
    Operation("GET", "/2/spaces", by_ids, query={"ids": Many(SPACE_ID, required=True)}, **_LOOK),
    Operation(
        "GET",
        "/2/spaces/by/creator_ids",
        by_creators,
        query={"user_ids": Many(required=True)},
        **(_LOOK | {"limits": "300; 1/s"}),
    ),
    Operation(
        "GET",
        "/2/spaces/search",
        search,
        query={
            "query": Word(high=2048, required=True),
            "state": Choice(("live", "scheduled", "all"), "all"),
            "max_results": Whole(1, 100, 100),
        },
        **_LOOK,
    ),
    Operation(
        "GET",
        "/2/spaces/{id}/tweets",
        space_posts,
        who="both",
        limits="300",
        family="posts",
        query=paging.parameters(1, 100, 100),
        **_READ,
    ),
    Operation(
        "GET",
        "/2/spaces/{id}/buyers",
        buyers,
        limits="300",
        family="users",
        query=paging.parameters(1, 100, 100, long_token=True),
        **_READ,
    ),
)
