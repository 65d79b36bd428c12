"""Users: who am I, by id, by name, search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postwire.simulator.x import paging
from postwire.simulator.x.operation import Answer, Operation
from postwire.simulator.x.params import Many, Whole, Word
from postwire.simulator.x.refusal import not_found
from postwire.simulator.x.views.expand import user

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from postwire.simulator.x.operation import Ask
    from postwire.simulator.x.settings import Account

USERNAME = r"[A-Za-z0-9_]{1,15}"


def me(ask: Ask) -> Answer:
    """Answer who the token belongs to."""
    # X sheet 6.1: GET /2/users/me
    return Answer(user(ask.lens, ask.me))


def by_id(ask: Ask) -> Answer:
    """Answer a user by id."""
    return _single(ask, "id")


def by_username(ask: Ask) -> Answer:
    """Answer a user by handle."""
    return _single(ask, "username")


def _single(ask: Ask, name: str) -> Answer:
    # X sheet 6.4: Lookup (users by id/handle behave the same: 200 with errors[])
    found = _found(ask, name, [ask.params[name]])
    return Answer(user(ask.lens, found[0]) if found else None)


def by_ids(ask: Ask) -> Answer:
    """Answer users by ids."""
    return Answer([user(ask.lens, one) for one in _found(ask, "ids", ask.query["ids"])])


def by_usernames(ask: Ask) -> Answer:
    """Answer users by handles."""
    return Answer([user(ask.lens, one) for one in _found(ask, "usernames", ask.query["usernames"])])


def _found(ask: Ask, name: str, wanted: Iterable[str]) -> list[Account]:
    by_name, found = name.startswith("username"), []
    for value in dict.fromkeys(wanted):
        account = next((a for a in ask.x.settings.accounts if _is(a, value, by_name)), None)
        if account is None:
            ask.lens.note(not_found(name, value, "user"))
        else:
            found.append(account)
    return found


def _is(account: Account, value: str, by_name: bool) -> bool:
    return account.username.lower() == value.lower() if by_name else account.id == value


def search(ask: Ask) -> Answer:
    """Answer users whose name or handle holds some words."""
    # X sheet 5: user search (pages with next_token only; meta has no result_count)
    words = ask.query["query"].lower().split()
    found = [
        account
        for account in ask.x.settings.accounts
        if all(word in f"{account.name} {account.username}".lower() for word in words)
    ]
    answer = users_page(ask, found)
    if answer.meta is not None:
        answer.meta.pop("result_count")
    return answer


def users_page(ask: Ask, accounts: Sequence[Account]) -> Answer:
    """Answer a page of users."""
    taken, meta = paging.page(ask, accounts, lambda account: account.id)
    return Answer([user(ask.lens, account) for account in taken], meta)


def of_ids(ask: Ask, ids: Iterable[str]) -> list[Account]:
    """Find accounts by ids, leaving out those that are gone."""
    return [account for account in map(ask.x.account, ids) if account is not None]


def affiliates(ask: Ask) -> Answer:
    """Answer the accounts that are affiliated with a user: none here."""
    return users_page(ask, [])


_LOOK = "U 900; A 300"
OPERATIONS = (
    Operation("GET", "/2/users/me", me, limits="U 75", price="read user", owned=True, family="users"),
    Operation(
        "GET",
        "/2/users",
        by_ids,
        who="both",
        limits=_LOOK,
        price="read user",
        family="users",
        query={"ids": Many(required=True)},
    ),
    Operation(
        "GET",
        "/2/users/{id}",
        by_id,
        who="both",
        limits=_LOOK,
        price="read user",
        family="users",
    ),
    Operation(
        "GET",
        "/2/users/by/username/{username}",
        by_username,
        who="both",
        limits=_LOOK,
        price="read user",
        family="users",
        patterns={"username": USERNAME},
    ),
    Operation(
        "GET",
        "/2/users/by",
        by_usernames,
        who="both",
        limits=_LOOK,
        price="read user",
        family="users",
        query={"usernames": Many(USERNAME, required=True)},
    ),
    Operation(
        "GET",
        "/2/users/search",
        search,
        limits=_LOOK,
        price="read user",
        family="users",
        query={
            "query": Word(r"[A-Za-z0-9_' ]{1,50}", required=True),
            "max_results": Whole(1, 1000, 100),
            "next_token": Word(),
        },
    ),
    Operation(
        "GET",
        "/2/users/{id}/affiliates",
        affiliates,
        who="both",
        price="read user",
        family="users",
        query=paging.parameters(1, 1000, 100),
    ),
)
