"""Who follows, mutes and blocks whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.x import paging, posts, rules, users
from postwire.simulator.x.operation import TU, Answer, Operation
from postwire.simulator.x.records import add, drop
from postwire.simulator.x.refusal import not_found
from postwire.simulator.x.shapes import an_id, shape

if TYPE_CHECKING:
    from postwire.simulator.x.operation import Ask
    from postwire.simulator.x.settings import Account


def _target(ask: Ask, name: str, account_id: str) -> Account | None:
    # X sheet 6.7: Toggles (an unknown target answers 200 + errors[] without data)
    account = ask.x.account(account_id)
    if account is None:
        ask.lens.note(not_found(name, account_id, "user"))
    return account


def follow(ask: Ask) -> Answer:
    """Follow a user; a locked one is only asked."""
    rules.plan(ask)
    target = _target(ask, "target_user_id", ask.body["target_user_id"])
    if target is None:
        return Answer()
    if not target.protected:
        add(ask.ties.following, target.id)
    followed = target.id in ask.ties.following
    return Answer({"following": followed, "pending_follow": not followed})


def unfollow(ask: Ask) -> Answer:
    """Stop following a user."""
    drop(ask.ties.following, ask.params["target_user_id"])
    return Answer({"following": False})


def followers(ask: Ask) -> Answer:
    """Answer the followers of a user."""
    account = posts.someone(ask)
    return _people(ask, ask.x.followers(account)) if account else Answer()


def following(ask: Ask) -> Answer:
    """Answer whom a user follows."""
    account = posts.someone(ask)
    return _people(ask, ask.x.ties[account].following) if account else Answer()


def _people(ask: Ask, ids: list[str]) -> Answer:
    return users.users_page(ask, users.of_ids(ask, ids))


def mute(ask: Ask) -> Answer:
    """Mute a user."""
    target = _target(ask, "target_user_id", ask.body["target_user_id"])
    if target is None:
        return Answer()
    add(ask.ties.muting, target.id)
    return Answer({"muting": True})


def unmute(ask: Ask) -> Answer:
    """Stop muting a user."""
    drop(ask.ties.muting, ask.params["target_user_id"])
    return Answer({"muting": False})


def muting(ask: Ask) -> Answer:
    """Answer whom the user mutes."""
    return _people(ask, ask.ties.muting)


def blocking(ask: Ask) -> Answer:
    """Answer whom the user blocks."""
    return _people(ask, ask.ties.blocking)


def dm_block(ask: Ask) -> Answer:
    """Take no more messages from a user."""
    # X sheet 6.7: DM block ({id} is the other user)
    target = _target(ask, "id", ask.params["id"])
    if target is None:
        return Answer()
    add(ask.ties.dm_blocked, target.id)
    return Answer({"blocked": True})


def dm_unblock(ask: Ask) -> Answer:
    """Take messages from a user again."""
    target = _target(ask, "id", ask.params["id"])
    if target is None:
        return Answer()
    drop(ask.ties.dm_blocked, target.id)
    return Answer({"blocked": False})


TARGET = shape({"target_user_id": an_id}, "target_user_id")
_PAIR = "/2/users/{source_user_id}"
_PEOPLE: dict[str, Any] = {"family": "users"}
_LONG = paging.parameters(1, 1000, 100, long_token=True)
_BLOCK = "U 10; U 400/24h; A 25; A 1,000/24h"
OPERATIONS = (
    Operation(
        "POST",
        "/2/users/{id}/following",
        follow,
        f"{TU} follows.write",
        limits="U 50",
        price="interaction",
        body=TARGET,
        own="id",
    ),
    Operation(
        "DELETE",
        f"{_PAIR}/following/{{target_user_id}}",
        unfollow,
        f"{TU} follows.write",
        limits="U 50",
        price="interaction delete",
        own="source_user_id",
    ),
    *(
        Operation(
            "GET",
            f"/2/users/{{id}}/{name}",
            run,
            f"{TU} follows.read",
            who="both",
            limits="300",
            price="read follow",
            owned=True,
            query=_LONG,
            **_PEOPLE,
        )
        for name, run in (("followers", followers), ("following", following))
    ),
    Operation(
        "POST",
        "/2/users/{id}/muting",
        mute,
        f"{TU} mute.write",
        limits="U 50",
        price="privacy",
        body=TARGET,
        own="id",
    ),
    Operation(
        "DELETE",
        f"{_PAIR}/muting/{{target_user_id}}",
        unmute,
        f"{TU} mute.write",
        limits="U 50",
        price="mute delete",
        own="source_user_id",
    ),
    Operation(
        "GET",
        "/2/users/{id}/muting",
        muting,
        f"{TU} mute.read",
        limits="U 15",
        price="read tie",
        query=paging.parameters(1, 1000, 100),
        own="id",
        **_PEOPLE,
    ),
    Operation(
        "GET",
        "/2/users/{id}/blocking",
        blocking,
        f"{TU} block.read",
        limits="U 15",
        price="read tie",
        query=_LONG,
        own="id",
        **_PEOPLE,
    ),
    *(
        Operation("POST", f"/2/users/{{id}}/dm/{name}", run, f"{TU} dm.write", limits=_BLOCK, price="privacy")
        for name, run in (("block", dm_block), ("unblock", dm_unblock))
    ),
)
