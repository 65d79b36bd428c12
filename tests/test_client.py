"""The clients over a real socket, against the simulator, by an integration in a folder outside."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postwire import (
    Account,
    ActionFailed,
    AsyncClient,
    Client,
    Event,
    InvalidInput,
    Result,
    UnknownName,
)
from postwire.media import sample

if TYPE_CHECKING:
    from postwire.simulator import Served, Simulator

VIDEO = sample.VIDEO.read_bytes()


def asked(simulator: Simulator, path: str = "*") -> list[str]:
    return [record.path for record in simulator.requests if path in ("*", record.path)]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def test_an_integration_outside_of_the_repository_runs_without_code(caller: Any) -> None:
    result = caller.run("tok.me")
    assert result.output == {"open_id": "-000SimOpenId01", "display_name": "Sim Studio"}
    assert result["open_id"] == "-000SimOpenId01"
    assert (result.state, result.warnings) == ("done", ())


def test_the_environment_can_name_integrations_and_the_account(
    served: Served, tok: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTWIRE_INTEGRATIONS", str(tok.folder.parent))
    monkeypatch.setenv("POSTWIRE_TOK_ACCESS_TOKEN", served.simulator.tiktok.connect("simprivate"))
    with Client(sandbox=served.origin) as client:
        assert client.run("tok.me").output["display_name"] == "Sim Private"
        assert "tok.me" in [summary.id for summary in client.actions()]


def test_an_account_of_the_call_goes_before_the_clients(caller: Any, simulator: Simulator) -> None:
    other = Account("tok", simulator.tiktok.connect("simprivate"))
    assert caller.run("tok.me", account=other)["display_name"] == "Sim Private"


def test_without_an_account_it_is_said_which_variable_would_do(
    caller: Any, tok: Any, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(caller.client, "_account", Account("elsewhere", "planted-token"))
    with pytest.raises(ActionFailed) as caught:
        caller.run("tok.post", video=VIDEO)
    assert (caught.value.code, caught.value.sent) == ("auth_expired", "no")
    assert "POSTWIRE_TOK_ACCESS_TOKEN" in caught.value.remedy
    assert not asked(simulator)
    assert files(tmp_path / "media") == []


def test_an_account_of_another_platform_is_refused(caller: Any, simulator: Simulator) -> None:
    with pytest.raises(ActionFailed, match="this one is of elsewhere") as caught:
        caller.run("tok.me", account=Account("elsewhere", "planted-token"))
    assert (caught.value.code, caught.value.sent) == ("invalid_input", "no")
    assert not asked(simulator)


def test_an_unknown_action_offers_the_nearest(caller: Any) -> None:
    with pytest.raises(UnknownName, match=r"did you mean tok\.post"):
        caller.run("tok.poost")


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_client_is_closed_by_its_block(kind: str, served: Served, tok: Any) -> None:
    account = Account("tok", served.simulator.tiktok.connect())

    async def main() -> Any:
        async with AsyncClient(account, integrations=[tok.folder], sandbox=served.origin) as client:
            return client.media.folder, await client.run("tok.post", video=VIDEO)

    if kind == "async":
        folder, result = asyncio.run(main())
    else:
        with Client(account, integrations=[tok.folder], sandbox=served.origin) as client:
            folder, result = client.media.folder, client.run("tok.post", video=VIDEO)
    assert result["bytes"] == len(VIDEO)
    assert not Path(folder).exists()


def test_events_come_as_they_happen_and_the_result_last(caller: Any) -> None:
    *events, result = caller.stream("tok.post", video=VIDEO)
    assert isinstance(result, Result)
    assert result["bytes"] == len(VIDEO)
    assert all(isinstance(event, Event) for event in events)
    assert [event.step for event in events if event.kind == "step"] == ["init", "upload", "status"]
    assert [event.done for event in events if event.kind == "upload"][-1] == len(VIDEO)


def test_a_stream_raises_what_a_run_raises(caller: Any) -> None:
    with pytest.raises(InvalidInput):
        caller.stream("tok.post")


def test_leaving_an_async_stream_early_ends_the_run(served: Served, tok: Any) -> None:
    async def main() -> None:
        account = Account("tok", served.simulator.tiktok.connect())
        async with AsyncClient(account, integrations=[tok.folder], sandbox=served.origin) as client:
            stream = client.stream("tok.post", video=VIDEO)
            async for _ in stream:
                break
            await stream.aclose()  # type: ignore[attr-defined]
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others, return_exceptions=True)
            assert files(client.media.folder) == []

    asyncio.run(main())
    assert not asked(served.simulator, "/v2/post/publish/status/fetch/")


def test_a_listing_is_iterated_page_after_page(caller: Any, simulator: Simulator) -> None:
    titles = [item["title"] for item in caller.iterate("tok.list", count=2)]
    assert titles == ["Sample 3", "Sample 2", "Sample 1"]
    assert len(asked(simulator)) == 2


def test_iterating_stops_when_the_platform_goes_round_in_circles(caller: Any, tok: Any) -> None:
    tok.write(
        "round",
        """
        effect: read
        input: {properties: {cursor: {type: integer}}}
        request: {get: /v2/user/info/, query: {fields: open_id}}
        return: {items: '${{ [1] }}', cursor: 7}
        output: {properties: {items: {type: array}, cursor: {type: integer}}}
        """,
    )
    with pytest.raises(ActionFailed, match="circles"):
        caller.iterate("tok.round")


def test_what_gives_no_pages_is_not_iterated(caller: Any) -> None:
    with pytest.raises(ActionFailed, match="does not give pages"):
        caller.iterate("tok.me")


def test_actions_are_described(caller: Any) -> None:
    assert [summary.id for summary in caller.client.actions("tok")] == ["tok.list", "tok.me", "tok.post"]
    about = caller.client.describe("tok.post")
    assert (about["id"], about["effect"]) == ("tok.post", "create")
    assert "video_base64" in about["input"]["properties"]
    assert about["output"]["required"] == ["publish_id"]


def test_all_mistakes_are_told_at_once_before_anything_is_sent(
    caller: Any, simulator: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "not.mp4").write_text("text")
    with pytest.raises(InvalidInput) as caught:
        caller.run(
            "tok.post", {"video": str(tmp_path / "not.mp4"), "title": "x" * 21}, parts=10, colour="red"
        )
    paths = {field.path for field in caught.value.fields}
    assert {"/video", "/title", "/parts"} <= paths
    assert any("colour" in field.path + field.message for field in caught.value.fields)
    assert caught.value.action == "tok.post"
    assert not asked(simulator)


@pytest.mark.parametrize(
    "video", ["/no/such/file.mp4", "media_" + "0" * 32, "ftp://acme.example/v.mp4", 7, b""]
)
def test_media_that_is_none_is_a_mistake(caller: Any, simulator: Simulator, video: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        caller.run("tok.post", video=video)
    assert [field.path for field in caught.value.fields] == ["/video"]
    assert not asked(simulator)


def test_a_server_names_no_files_of_its_machine(served: Served, tok: Any) -> None:
    account = Account("tok", "planted-token")
    with (
        Client(account, integrations=[tok.folder], sandbox=served.origin, local_files=False) as client,
        pytest.raises(InvalidInput),
    ):
        client.run("tok.post", video=str(sample.VIDEO))
