"""Calls in a session: found, described, run, watched; and what the model is told when it goes wrong."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError

from postwire import Account
from postwire.media import sample

from .conftest import text

if TYPE_CHECKING:
    from pathlib import Path

    from postwire.simulator import Simulator

    from .conftest import Desk, Session

INIT = "/v2/post/publish/video/init/"
POST = {"privacy_level": "SELF_ONLY", "title": "Paper boats"}


def asked(simulator: Simulator, path: str) -> int:
    return sum(record.path == path for record in simulator.requests)


def test_a_model_finds_reads_and_publishes(desk: Desk, era: str, simulator: Simulator) -> None:
    async def what(session: Session) -> None:
        found = await session.call("search_actions", query="post a clip on tiktok")
        hits = found.structured_content["actions"]
        hit = next(each for each in hits if each["name"] == "tiktok_create_video_post")
        assert hit["connected"] is True
        assert hit["required"] == ["privacy_level"]
        told = await session.call("describe_actions", actions=[hit["name"]])
        assert "video" in told.structured_content["actions"][0]["input"]["properties"]
        given = {"video": session.video(), **POST}
        done = await session.call("run_action", action=hit["name"], input=given)
        assert not done.is_error
        assert json.loads(text(done)) == done.structured_content
        status = await session.call(
            "run_action",
            action="tiktok.get_post_status",
            input={"publish_id": done.structured_content["publish_id"]},
        )
        assert status.structured_content["status"]
        size = sample.VIDEO.stat().st_size
        assert session.told[-1][:2] == (size, size)
        assert [each["outcome"] for each in session.entries()] == ["done"] * 4
        assert session.entries()[2]["sent"] == size

    desk.talk(what, era=era, mode="search")
    assert asked(simulator, INIT) == 1


def test_a_tool_of_its_own(desk: Desk, era: str) -> None:
    async def what(session: Session) -> None:
        listed = {tool.name: tool for tool in (await session.protocol.list_tools()).tools}
        assert listed["tiktok_get_user_info"].output_schema is not None
        done = await session.call("tiktok_get_user_info")
        assert done.structured_content is not None
        assert done.structured_content["username"] == "simstudio"
        assert session.entries()[0]["account"] == "simstudio"

    desk.talk(what, era=era)


def test_progress_grows_and_counts_bytes(desk: Desk, era: str, tmp_path: Path) -> None:
    big = sample.write(tmp_path / "big.mp4", 26_000_000)

    async def what(session: Session) -> None:
        done = await session.call("tiktok_create_video_post", video=str(big), **POST)
        assert not done.is_error, text(done)
        figures = [each[0] for each in session.told]
        assert figures == sorted(set(figures))
        assert session.told[-1][:2] == (26_000_000, 26_000_000)
        assert len(figures) > 2

    desk.talk(what, era=era, roots=(tmp_path,))


def test_mistakes_are_told_one_by_one_and_can_be_put_right(
    desk: Desk, era: str, simulator: Simulator
) -> None:
    async def what(session: Session) -> None:
        error = await session.failed("tiktok_create_video_post", video=7, privacy_level="ALL", colour="red")
        paths = {each["path"] for each in error["field_errors"]}
        assert (error["code"], error["outcome"]) == ("invalid_input", "not_sent")
        assert paths >= {"/privacy_level", "/video"}
        assert any("SELF_ONLY" in each["expected"] for each in error["field_errors"])
        assert asked(simulator, INIT) == 0
        done = await session.call("tiktok_create_video_post", video=session.video(), **POST)
        assert not done.is_error

    desk.talk(what, era=era)


@pytest.mark.parametrize("name", ["tiktok_get_usr_info", "x_get_post", "", "search_actions"])
def test_a_name_that_is_not_offered(desk: Desk, era: str, name: str) -> None:
    async def what(session: Session) -> None:
        with pytest.raises(MCPError) as raised:
            await session.call(name)
        assert raised.value.error.code == types.INVALID_PARAMS

    desk.talk(what, era=era)


def test_what_is_not_offered_cannot_be_run_by_the_back_door(desk: Desk, simulator: Simulator) -> None:
    async def what(session: Session) -> None:
        error = await session.failed("run_action", action="tiktok.create_video_post", input=POST)
        assert error["code"] == "not_found"
        error = await session.failed("run_action", action="tiktok._send_video", input={})
        assert error["code"] == "not_found"

    desk.talk(what, only=("tiktok.get_*",), mode="search")
    assert asked(simulator, INIT) == 0


def test_an_outcome_that_nobody_knows_is_never_repeated(desk: Desk, era: str, simulator: Simulator) -> None:
    simulator.faults.add(path=INIT, lose_answer=True)

    async def what(session: Session) -> None:
        error = await session.failed("tiktok_create_video_post", video=session.video(), **POST)
        assert (error["code"], error["outcome"], error["retryable"]) == (
            "outcome_unknown",
            "maybe_sent",
            False,
        )
        assert error["next_tool"] in {"tiktok_get_videos", "tiktok_query_videos"}
        assert error["next_tool"] in error["remedy"]
        assert session.entries()[0]["outcome"] == "outcome_unknown"

    desk.talk(what, era=era)
    assert asked(simulator, INIT) == 1


def test_a_limit_says_when(desk: Desk, simulator: Simulator) -> None:
    simulator.faults.add(path=INIT, status=429, retry_after=3600)

    async def what(session: Session) -> None:
        error = await session.failed("tiktok_create_video_post", video=session.video(), **POST)
        assert error["code"] == "rate_limited"
        assert error["retry_after_s"] > 3000
        assert error["retryable"] is True

    desk.talk(what)


def test_a_fault_of_ours_tells_nothing_of_itself(desk: Desk, era: str) -> None:
    async def what(session: Session) -> None:
        async def broken(*_: Any, **__: Any) -> None:
            raise RuntimeError("planted-secret at /somewhere")

        session.client.run = broken  # type: ignore[method-assign,assignment]
        result = await session.call("tiktok_get_user_info")
        assert result.is_error
        assert "planted" not in repr(result)
        assert json.loads(text(result, 1))["code"] == "internal"

    desk.talk(what, era=era)


def test_an_answer_that_does_not_fit_is_not_repeated(desk: Desk, era: str) -> None:
    async def what(session: Session) -> None:
        tool = session.face.offer().tool("tiktok.get_user_info")
        object.__setattr__(
            tool, "action", tool.action.model_copy(update={"output": {"required": ["nothing"]}})
        )
        error = await session.failed("tiktok_get_user_info")
        assert error["outcome"] == "sent"
        assert "Do not repeat" in error["remedy"]
        assert error["output"]["username"] == "simstudio"

    desk.talk(what, era=era)


@pytest.mark.parametrize("era", ["auto", "legacy"])
def test_giving_up_stops_the_upload(desk: Desk, era: str, simulator: Simulator, tmp_path: Path) -> None:
    big = sample.write(tmp_path / "big.mp4", 26_000_000)
    simulator.faults.add(host="open-upload.tiktokapis.com", delay=0.3, times=0)

    async def what(session: Session) -> None:
        begun = asyncio.Event()

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            begun.set()

        call = asyncio.create_task(
            session.protocol.call_tool(
                "tiktok_create_video_post", {"video": str(big), **POST}, progress_callback=tell
            )
        )
        await asyncio.wait_for(begun.wait(), 10)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        for _ in range(200):
            if session.audit:
                break
            await asyncio.sleep(0.01)
        entry = session.entries()[0]
        assert entry["outcome"] == "cancelled"
        assert entry["sent"] < 26_000_000

    desk.talk(what, era=era, roots=(tmp_path,))
    (publish,) = simulator.tiktok.publishes.values()
    assert publish.upload is not None
    assert publish.upload.received < publish.upload.size


def test_the_same_key_publishes_once(
    desk: Desk, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTWIRE_HOME", str(tmp_path / "home"))

    async def what(session: Session) -> None:
        given = {"video": session.video(), **POST, "idempotency_key": "wish-1"}
        first = await session.call("tiktok_create_video_post", **given)
        second = await session.call("tiktok_create_video_post", **given)
        assert first.structured_content == second.structured_content

    desk.talk(what)
    assert asked(simulator, INIT) == 1


def test_the_audit_has_names_but_no_values(desk: Desk, simulator: Simulator) -> None:
    token = simulator.tiktok.connect()

    async def what(session: Session) -> None:
        await session.call(
            "tiktok_create_video_post", video=session.video(), **{**POST, "title": "planted words"}
        )
        await session.call("tiktok_get_post_status", publish_id="planted id")
        lines = "\n".join(session.audit)
        assert "planted" not in lines
        assert token not in lines
        first = session.entries()[0]
        assert first["fields"] == ["privacy_level", "title", "video"]
        assert first["client"].startswith("mcp/")
        assert first["effect"] == "create"

    desk.talk(what, account=Account("tiktok", token, name="planted account"[8:]))


def test_a_client_changes_only_so_much(desk: Desk, simulator: Simulator) -> None:
    async def what(session: Session) -> None:
        assert not (await session.call("tiktok_create_video_post", video=session.video(), **POST)).is_error
        error = await session.failed("tiktok_create_video_post", video=session.video(), **POST)
        assert (error["code"], error["outcome"]) == ("quota_exceeded", "not_sent")
        assert 3000 < error["retry_after_s"] <= 3600
        assert not (await session.call("tiktok_get_user_info")).is_error

    desk.talk(what, changes=1)
    assert asked(simulator, INIT) == 1


def test_a_preview_sends_nothing(desk: Desk, simulator: Simulator) -> None:
    async def what(session: Session) -> None:
        given = {"video": session.video(), **POST}
        shown = await session.call("preview_action", action="tiktok_create_video_post", input=given)
        assert not shown.is_error
        assert INIT in text(shown)

    before = len(simulator.requests)
    desk.talk(what, account=Account("tiktok", "act.any"))
    assert asked(simulator, INIT) == 0
    assert len(simulator.requests) == before


def test_accounts_and_files_are_resources(desk: Desk, era: str) -> None:
    async def what(session: Session) -> None:
        read = await session.protocol.read_resource("postwire://accounts")
        (content,) = read.contents
        assert isinstance(content, types.TextResourceContents)
        (account,) = json.loads(content.text)
        assert account["integration"] == "tiktok"
        assert "token" not in content.text
        file = await session.protocol.read_resource(f"media://{session.video()}")
        assert isinstance(file.contents[0], types.BlobResourceContents)
        for missing in ("media://media_" + "0" * 32, "media://../../etc/passwd", "file:///etc/passwd"):
            with pytest.raises(MCPError):
                await session.protocol.read_resource(missing)

    desk.talk(what, era=era)


def test_runs_are_resources(desk: Desk, era: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTWIRE_HOME", str(tmp_path / "home"))
    account = desk.account()

    async def read(session: Session, uri: str) -> Any:
        (content,) = (await session.protocol.read_resource(uri)).contents
        assert isinstance(content, types.TextResourceContents)
        assert account.token.reveal() not in content.text
        return json.loads(content.text)

    async def what(session: Session) -> None:
        listed = await session.protocol.list_resources()
        assert {each.uri for each in listed.resources} == {"postwire://accounts", "postwire://runs"}
        assert await read(session, "postwire://runs") == []
        assert not (tmp_path / "home").exists()  # looking makes nothing
        given = {"video": session.video(), **POST}
        for key in ("wish-1", "wish 2"):
            assert not (await session.call("tiktok_create_video_post", **given, idempotency_key=key)).is_error
        second, first = await read(session, "postwire://runs")
        assert (first["action"], first["state"]) == ("tiktok.create_video_post", "done")
        whole = await read(session, f"postwire://runs/{first['id']}")
        assert whole["sent"][0]["answer"] == 200
        assert whole["result"]["publish_id"]
        assert (await read(session, "postwire://runs/wish%202"))["id"] == second["id"]
        with pytest.raises(MCPError):
            await session.protocol.read_resource("postwire://runs/run_none")

    desk.talk(what, era=era, account=account)


def test_where_nothing_is_kept_there_is_no_run(desk: Desk) -> None:
    async def what(session: Session) -> None:
        with pytest.raises(MCPError):
            await session.protocol.read_resource("postwire://runs/run_none")

    desk.talk(what)
