"""People, sessions and API keys: who is let in, for how long, and what a copy of the tables is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from postwire import ActionFailed, InvalidInput, Secret, UnknownName
from postwire.access.keys import ApiKeys
from postwire.access.people import People
from postwire.access.sessions import LINK_SECONDS, SESSION_SECONDS, Sessions
from postwire.accounts.schema import api_keys, metadata, sessions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.access.conftest import Clock

    from postwire.accounts.vault import Vault

PASSWORD = Secret("correct horse battery")


@pytest.fixture
def people(vault: Vault) -> People:
    return People(vault.store)


@pytest.fixture
def open_sessions(vault: Vault) -> Sessions:
    return Sessions(vault.store)


@pytest.fixture
def keys(vault: Vault) -> ApiKeys:
    return ApiKeys(vault.store)


def test_who_shows_the_password_is_let_in(people: People) -> None:
    ada = people.add("Ada", PASSWORD, "admin")
    assert people.find("Ada", PASSWORD) == ada
    assert people.find("Ada", Secret("wrong horse battery")) is None
    assert people.find("Eve", PASSWORD) is None
    assert people.find("ada", PASSWORD) is None


def test_a_password_is_long_and_a_name_is_taken_once(people: People) -> None:
    with pytest.raises(InvalidInput, match="12 characters"):
        people.add("Ada", Secret("short"))
    people.add("Ada", PASSWORD)
    with pytest.raises(ActionFailed, match="somebody called 'Ada'"):
        people.add("Ada", PASSWORD)
    assert [person.name for person in people.list()] == ["Ada"]


def test_a_member_sees_the_workspaces_that_were_named(people: People) -> None:
    member = people.add("Bo", PASSWORD, "member", ["default"])
    everywhere = people.add("Cy", PASSWORD)
    admin = people.add("Di", PASSWORD, "admin", ["default"])
    seen = [person.may_see("other") for person in (member, everywhere, admin)]
    assert (member.may_see("default"), seen) == (True, [False, True, True])
    assert people.get(member.id) == member


def test_a_link_opens_one_session_once_and_soon(open_sessions: Sessions, clock: Clock) -> None:
    link = open_sessions.link()
    cookie = open_sessions.redeem(link.reveal())
    assert cookie is not None
    session = open_sessions.find(cookie.reveal())
    assert session is not None
    assert (session.person.name, session.person.role) == ("you", "admin")
    assert open_sessions.redeem(link.reveal()) is None
    assert open_sessions.find(link.reveal()) is None
    late = open_sessions.link()
    clock.now += LINK_SECONDS
    assert open_sessions.redeem(late.reveal()) is None


def test_a_session_ends_by_time_by_leaving_and_with_its_person(
    open_sessions: Sessions, people: People, clock: Clock
) -> None:
    ada = people.add("Ada", PASSWORD)
    first, second, third = (open_sessions.open(ada).reveal() for _ in range(3))
    found = open_sessions.find(first)
    assert found is not None
    assert found.person == ada
    open_sessions.close(found)
    assert open_sessions.find(first) is None
    clock.now += SESSION_SECONDS
    assert open_sessions.find(second) is None
    assert open_sessions.sweep() == 2
    fresh = open_sessions.open(ada).reveal()
    people.remove("Ada")
    assert open_sessions.find(fresh) is None
    assert open_sessions.find(third) is None
    with pytest.raises(UnknownName, match="Nobody is called 'Ada'"):
        people.remove("Ada")


def test_each_session_has_a_csrf_token_of_its_own(open_sessions: Sessions, people: People) -> None:
    ada = people.add("Ada", PASSWORD)
    found = [open_sessions.find(open_sessions.open(ada).reveal()) for _ in range(2)]
    assert len({session.csrf for session in found if session}) == 2


def test_a_key_opens_its_workspace_for_its_actions(keys: ApiKeys, clock: Clock) -> None:
    key, secret = keys.add("default", "n8n", ["tiktok.*", "*.get_*"], seconds=60)
    assert secret.reveal().startswith(key.prefix)
    found = keys.find(secret.reveal())
    assert found is not None
    assert (found.id, found.workspace, found.name) == (key.id, "default", "n8n")
    allowed = ["tiktok.create_video_post", "x.get_post", "x.create_text_post"]
    assert [found.may_run(action) for action in allowed] == [True, True, False]
    assert keys.find(secret.reveal()[:-1]) is None
    clock.now += 60
    assert keys.find(secret.reveal()) is None


def test_a_revoked_key_opens_nothing(keys: ApiKeys) -> None:
    key, secret = keys.add("default", "n8n")
    with pytest.raises(UnknownName):
        keys.revoke("elsewhere", key.id)
    keys.revoke("default", key.id)
    assert keys.find(secret.reveal()) is None
    assert keys.list("default") == []
    with pytest.raises(UnknownName):
        keys.revoke("default", key.id)


def test_the_use_of_a_key_is_noted_now_and_then(keys: ApiKeys, clock: Clock) -> None:
    key, secret = keys.add("default", "n8n")
    assert key.used_at is None
    keys.find(secret.reveal())
    (first,) = keys.list("default")
    clock.now += 5
    keys.find(secret.reveal())
    (again,) = keys.list("default")
    assert first.used_at == again.used_at == clock.now - 5


def test_a_copy_of_the_tables_opens_nothing(
    vault: Vault, people: People, open_sessions: Sessions, keys: ApiKeys, tmp_path: Path
) -> None:
    cookie = open_sessions.open(people.add("Ada", PASSWORD)).reveal()
    secret = keys.add("default", "n8n")[1].reveal()
    with vault.store.database.write() as connection:
        connection.execute(update(sessions).values(stage="session"))
        dumped = "".join(str(connection.execute(select(t)).all()) for t in metadata.sorted_tables)
        ids = [str(row.id) for row in connection.execute(select(sessions))]
        digests = [str(row.digest) for row in connection.execute(select(api_keys))]
    for planted in (cookie, secret, PASSWORD.reveal()):
        assert planted not in dumped
    assert [open_sessions.find(each) for each in ids] == [None]
    assert [keys.find(each) for each in digests] == [None]
