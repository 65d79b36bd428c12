"""The person is asked where the client can; accounts are connected by a link; credentials pass nobody."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError

from postwire import Account
from postwire.accounts.keyring import KeyRing
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.accounts.vault import Vault
from postwire.sandbox import Sandbox
from postwire.transport import HttpTransport

from .conftest import agree, decline, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postwire.simulator import Served, Simulator

    from .conftest import Desk, Session

INIT = "/v2/post/publish/video/init/"
POST = {"privacy_level": "SELF_ONLY", "title": "Paper boats"}
ASKING = frozenset({"create", "delete"})


def published(simulator: Simulator) -> int:
    return len(simulator.tiktok.publishes)


def test_who_agrees_is_asked_once(desk: Desk, era: str, simulator: Simulator) -> None:
    async def what(session: Session) -> None:
        done = await session.call("tiktok_create_video_post", video=session.video(), **POST)
        assert not done.is_error
        (question,) = session.asked
        assert "simstudio" in question.message
        assert "clip.mp4" in question.message
        assert "Paper boats" in question.message
        assert "media_" not in question.message

    desk.talk(what, era=era, confirm=ASKING, answer=agree)
    assert published(simulator) == 1


@pytest.mark.parametrize(
    "answer", [decline, lambda _: types.ElicitResult(action="accept", content={"confirm": False})]
)
def test_who_does_not_agree_publishes_nothing(
    desk: Desk, era: str, simulator: Simulator, answer: Any
) -> None:
    async def what(session: Session) -> None:
        error = await session.failed("tiktok_create_video_post", video=session.video(), **POST)
        assert (error["code"], error["outcome"]) == ("cancelled", "not_sent")
        assert session.entries()[-1]["outcome"] == "cancelled"

    desk.talk(what, era=era, confirm=ASKING, answer=answer)
    assert published(simulator) == 0


def test_reading_asks_nobody(desk: Desk, era: str) -> None:
    async def what(session: Session) -> None:
        assert not (await session.call("tiktok_get_user_info")).is_error
        assert session.asked == []

    desk.talk(what, era=era, confirm=ASKING, answer=agree)


def test_a_client_that_cannot_ask_publishes_but_does_not_delete(
    desk: Desk, era: str, simulator: Simulator
) -> None:
    async def what(session: Session) -> None:
        made = await session.call("x_create_text_post", text="Paper boats")
        assert not made.is_error, text(made)
        post = made.structured_content["id"]
        error = await session.failed("x_delete_post", post_id=post)
        assert (error["code"], error["outcome"]) == ("invalid_input", "not_sent")
        assert "confirm: true" in error["remedy"]
        assert not (await session.call("x_delete_post", post_id=post, confirm=True)).is_error

    only = ("x.create_text_post", "x.delete_post")
    desk.talk(what, era=era, confirm=ASKING, only=only, account=desk.account("x"))


def test_the_persons_word_is_for_one_call_only(desk: Desk, simulator: Simulator) -> None:
    async def what(session: Session) -> None:
        for title in ("One", "Two"):
            await session.call("tiktok_create_video_post", video=session.video(), **{**POST, "title": title})
        assert len(session.asked) == 2

    desk.talk(what, confirm=ASKING, answer=agree)
    assert published(simulator) == 2


async def _insist(session: Session, given: dict[str, Any], state: str | None) -> Any:
    """A call with the person's word, as a client gives it that was asked; or says so."""
    word: Any = {"confirm": agree(None)}
    return await session.protocol.session.call_tool(
        "tiktok_create_video_post",
        given,
        input_responses=word,
        request_state=state,
        allow_input_required=True,
    )


def test_a_word_that_was_never_asked_for_does_not_count(desk: Desk, simulator: Simulator) -> None:
    async def what(session: Session) -> None:
        given = {"video": session.video(), **POST}
        asked = await _insist(session, given, None)
        assert isinstance(asked, types.InputRequiredResult)
        for other, state in (
            (given, "made up"),
            (given, f"{asked.request_state}x"),
            ({**given, "title": "Another"}, asked.request_state),
        ):
            with pytest.raises(MCPError, match="requestState"):
                await _insist(session, other, state)
        assert published(simulator) == 0
        assert not (await _insist(session, given, asked.request_state)).is_error

    desk.talk(what, confirm=ASKING, answer=agree)
    assert published(simulator) == 1


@pytest.fixture
def vault(served: Served, tmp_path: Path) -> Iterator[Vault]:
    """A vault with the keys of the simulator's apps."""
    with Vault(f"sqlite:///{tmp_path / 'vault.db'}", keys=KeyRing([b"k" * 32]), folder=tmp_path) as made:
        transport = HttpTransport(sandbox=served.origin)
        made.apps.put("default", "tiktok", Sandbox(served.origin).app("tiktok", transport)[0])
        transport.close()
        yield made


def browse(params: Any) -> types.ElicitResult:
    """The person opens the page and allows access; the platform sends their browser back to this machine."""
    assert params.mode == "url"
    with urllib.request.urlopen(f"{params.url}&postwire_auto=allow") as page:
        assert page.status == 200
    return types.ElicitResult(action="accept")


def test_without_an_account_the_person_connects_one(desk: Desk, era: str, vault: Vault) -> None:
    async def what(session: Session) -> None:
        done = await session.call("tiktok_get_user_info")
        assert not done.is_error, text(done)
        assert done.structured_content["username"] == "simstudio"
        assert len(session.asked) == 1
        assert not (await session.call("tiktok_get_user_info")).is_error
        assert len(session.asked) == 1

    desk.talk(what, era=era, anonymous=True, connecting=True, answer=browse, options={"vault": vault})
    (account,) = vault.listing.page("default").accounts
    assert account.integration == "tiktok"


def test_a_client_that_cannot_ask_is_given_the_link(desk: Desk, era: str, vault: Vault) -> None:
    async def what(session: Session) -> None:
        result = await session.call("tiktok_get_user_info")
        assert result.is_error
        error = await session.failed("tiktok_get_user_info")
        assert error["code"] == "auth_expired"
        assert error["retryable"] is True
        assert error["connect_url"] in text(result)
        browse(types.ElicitRequestURLParams(message="", url=error["connect_url"]))
        await session.face.calls._links.used("tiktok", 5)  # type: ignore[union-attr]
        assert not (await session.call("tiktok_get_user_info")).is_error

    desk.talk(what, era=era, anonymous=True, connecting=True, options={"vault": vault})


def test_who_declines_to_connect_is_told_how_else(desk: Desk, era: str, vault: Vault) -> None:
    async def what(session: Session) -> None:
        error = await session.failed("tiktok_get_user_info")
        assert error["code"] == "auth_expired"
        assert error["outcome"] == "not_sent"

    desk.talk(what, era=era, anonymous=True, connecting=True, answer=decline, options={"vault": vault})


def test_without_app_keys_there_is_a_command(desk: Desk, era: str) -> None:
    async def what(session: Session) -> None:
        error = await session.failed("tiktok_get_user_info")
        assert "connect_url" not in error
        assert "postwire connect tiktok" in error["remedy"]

    desk.talk(what, era=era, anonymous=True, connecting=True, answer=browse)


def test_a_scope_that_is_missing_is_named(desk: Desk, era: str) -> None:
    async def what(session: Session) -> None:
        error = await session.failed("tiktok_create_video_post", video=session.video(), **POST)
        assert error["code"] == "scope_missing"
        assert "video.publish" in error["message"]

    token = desk.account().token
    desk.talk(what, era=era, account=Account("tiktok", token, scopes=["user.info.basic"]))


@pytest.mark.parametrize(("user", "works"), [("simstudio", True), ("simprivate", False)])
def test_a_missing_scope_is_granted_by_the_same_account_or_not_at_all(
    desk: Desk, era: str, vault: Vault, user: str, works: bool
) -> None:
    known = desk.account()
    tokens = Tokens(known.token, None, None, None, frozenset({"user.info.basic"}), known.id)
    (stored,) = vault.accounts.connect(
        "default", [NewAccount("tiktok", tokens, known.id, username="simstudio")]
    )

    def consent(params: Any) -> types.ElicitResult:
        assert "video.publish" in params.message
        params.url += f"&postwire_account={user}"
        return browse(params)

    async def what(session: Session) -> None:
        done = await session.call("tiktok_create_video_post", video=session.video(), **POST)
        assert done.is_error is not works, text(done)

    desk.talk(what, era=era, anonymous=True, connecting=True, answer=consent, options={"vault": vault})
    (found,) = vault.listing.page("default").accounts
    assert found.id == stored.id
    assert ("video.publish" in (found.scopes or ())) is works


def test_several_accounts_have_to_be_named(desk: Desk, vault: Vault, served: Served) -> None:
    accounts = [
        Sandbox(served.origin).account("tiktok", postwire_account=name)
        for name in ("simstudio", "simprivate")
    ]
    new = [
        NewAccount(
            "tiktok", Tokens(each.token, None, None, None, each.scopes, each.id), each.id, username=each.name
        )
        for each in accounts
    ]
    for each in new:
        vault.accounts.connect("default", [each])

    async def what(session: Session) -> None:
        tools = {tool.name: tool for tool in (await session.protocol.list_tools()).tools}
        assert "account" in tools["tiktok_get_user_info"].input_schema["properties"]
        error = await session.failed("tiktok_get_user_info")
        assert error["code"] == "not_found"
        assert "simprivate" in error["message"]
        (content,) = (await session.protocol.read_resource("postwire://accounts")).contents
        assert isinstance(content, types.TextResourceContents)
        listed = {each["username"]: each for each in json.loads(content.text)}
        assert listed.keys() == {"simstudio", "simprivate"}
        for account, stored in zip(accounts, vault.listing.page("default").accounts[::-1], strict=True):
            about: dict[str, Any] = {
                "integration": "tiktok",
                "id": stored.id,
                "name": stored.name,
                "state": "active",
            }
            about |= {"username": account.name, "scopes": sorted(account.scopes or ())}
            assert listed[account.name] == about
            assert account.token.reveal() not in content.text
        done = await session.call("tiktok_get_user_info", account="@simprivate")
        assert done.structured_content["username"] == "simprivate"

    desk.talk(what, anonymous=True, options={"vault": vault})


def test_no_token_is_in_anything_that_is_said(desk: Desk, era: str) -> None:
    account = desk.account()
    assert isinstance(account, Account)
    token = account.token.reveal()

    async def what(session: Session) -> None:
        said = [
            await session.protocol.list_tools(),
            await session.call("tiktok_get_user_info"),
            await session.call("preview_action", action="tiktok_get_user_info"),
            await session.protocol.read_resource("postwire://accounts"),
        ]
        assert token not in repr(said) + "".join(session.audit)

    desk.talk(what, era=era, account=account)
