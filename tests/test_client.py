"""The clients over a real socket, against the simulator, by an integration in a folder outside."""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import io
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
    OutcomeUnknown,
    Result,
    UnknownName,
)
from postwire.decide.retry import Policy
from postwire.media import sample
from postwire.media.fetch import FetchPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire.simulator import Served, Simulator

VIDEO = sample.VIDEO.read_bytes()
SUM = hashlib.sha256(VIDEO).hexdigest()
INIT = "/v2/post/publish/video/init/"


class Caller:
    """Either client behind the same words, for one run at a time."""

    def __init__(self, kind: str, served: Served, **options: Any) -> None:
        self.kind = kind
        self.slept: list[float] = []
        options = {"sandbox": served.origin, **options}
        self.client = Client(**options) if kind == "sync" else AsyncClient(**options)
        object.__setattr__(self.client._world, "sleep", self._sleep if kind == "sync" else self._asleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def _asleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def run(self, *args: Any, **options: Any) -> Result:
        result = self._ended(lambda client: client.run(*args, **options))
        assert isinstance(result, Result)
        return result

    def stream(self, *args: Any, **options: Any) -> list[Any]:
        return self._listed(lambda client: client.stream(*args, **options))

    def iterate(self, *args: Any, **options: Any) -> list[Any]:
        return self._listed(lambda client: client.iterate(*args, **options))

    def _ended(self, call: Callable[[Any], Any]) -> Any:
        if isinstance(self.client, Client):
            return call(self.client)
        client = self.client

        async def go() -> Any:
            try:
                return await call(client)
            finally:
                await client._transport.aclose()

        return asyncio.run(go())

    def _listed(self, call: Callable[[Any], Any]) -> list[Any]:
        if isinstance(self.client, Client):
            return list(call(self.client))

        async def go(client: Any) -> list[Any]:
            return [item async for item in call(client)]

        return list(self._ended(go))

    def close(self) -> None:
        if isinstance(self.client, Client):
            self.client.close()
        else:
            asyncio.run(self.client.aclose())


@pytest.fixture(params=["sync", "async"])
def caller(request: pytest.FixtureRequest, served: Served, tok: Any, tmp_path: Path) -> Iterator[Caller]:
    account = Account("tok", served.simulator.tiktok.connect(), id="u-1")
    made = Caller(
        request.param,
        served,
        account=account,
        integrations=[tok.folder],
        media=tmp_path / "media",
        fetch=FetchPolicy(allow_loopback=True),
    )
    yield made
    made.close()


def asked(simulator: Simulator, path: str = "*") -> list[str]:
    return [record.path for record in simulator.requests if path in ("*", record.path)]


def uploaded(simulator: Simulator) -> list[str | None]:
    publishes = simulator.tiktok.publishes.values()
    return [publish.upload.sha256 for publish in publishes if publish.upload]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


# ---- running


def test_an_integration_outside_of_the_repository_runs_without_code(caller: Caller) -> None:
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


def test_an_account_of_the_call_goes_before_the_clients(caller: Caller, simulator: Simulator) -> None:
    other = Account("tok", simulator.tiktok.connect("simprivate"))
    assert caller.run("tok.me", account=other)["display_name"] == "Sim Private"


def test_without_an_account_it_is_said_which_variable_would_do(
    caller: Caller, tok: Any, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(caller.client, "_account", Account("elsewhere", "planted-token"))
    with pytest.raises(ActionFailed) as caught:
        caller.run("tok.post", video=VIDEO)
    assert (caught.value.code, caught.value.sent) == ("auth_expired", "no")
    assert "POSTWIRE_TOK_ACCESS_TOKEN" in caught.value.remedy
    assert not asked(simulator)
    assert files(tmp_path / "media") == []


def test_an_account_of_another_platform_is_refused(caller: Caller, simulator: Simulator) -> None:
    with pytest.raises(ActionFailed, match="this one is of elsewhere") as caught:
        caller.run("tok.me", account=Account("elsewhere", "planted-token"))
    assert (caught.value.code, caught.value.sent) == ("invalid_input", "no")
    assert not asked(simulator)


def test_an_unknown_action_offers_the_nearest(caller: Caller) -> None:
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


def test_events_come_as_they_happen_and_the_result_last(caller: Caller) -> None:
    *events, result = caller.stream("tok.post", video=VIDEO)
    assert isinstance(result, Result)
    assert result["bytes"] == len(VIDEO)
    assert all(isinstance(event, Event) for event in events)
    assert [event.step for event in events if event.kind == "step"] == ["init", "upload", "status"]
    assert [event.done for event in events if event.kind == "upload"][-1] == len(VIDEO)


def test_a_stream_raises_what_a_run_raises(caller: Caller) -> None:
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


def test_a_listing_is_iterated_page_after_page(caller: Caller, simulator: Simulator) -> None:
    titles = [item["title"] for item in caller.iterate("tok.list", count=2)]
    assert titles == ["Sample 3", "Sample 2", "Sample 1"]
    assert len(asked(simulator)) == 2


def test_iterating_stops_when_the_platform_goes_round_in_circles(caller: Caller, tok: Any) -> None:
    tok.write(
        "round",
        """
        effect: read
        input: {properties: {cursor: {type: integer}}}
        request: {get: /v2/user/info/, query: {fields: open_id}}
        return: {items: '${{ [1] }}', next_cursor: 7}
        output: {properties: {items: {type: array}, next_cursor: {type: integer}}}
        """,
    )
    with pytest.raises(ActionFailed, match="circles"):
        caller.iterate("tok.round")


def test_what_gives_no_pages_is_not_iterated(caller: Caller) -> None:
    with pytest.raises(ActionFailed, match="does not give pages"):
        caller.iterate("tok.me")


def test_actions_are_described(caller: Caller) -> None:
    assert [summary.id for summary in caller.client.actions("tok")] == ["tok.list", "tok.me", "tok.post"]
    about = caller.client.describe("tok.post")
    assert (about["id"], about["effect"]) == ("tok.post", "create")
    assert "video_base64" in about["input"]["properties"]
    assert about["output"]["required"] == ["publish_id"]


# ---- mistakes


def test_all_mistakes_are_told_at_once_before_anything_is_sent(
    caller: Caller, simulator: Simulator, tmp_path: Path
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
def test_media_that_is_none_is_a_mistake(caller: Caller, simulator: Simulator, video: Any) -> None:
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


# ---- media


@contextmanager
def web(body: bytes) -> Iterator[tuple[str, list[str]]]:
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "video/mp4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/clip.mp4", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


ENCODED = base64.b64encode(VIDEO).decode()
SOURCES: dict[str, dict[str, Any]] = {
    "text of a path": {"video": str(sample.VIDEO)},
    "path": {"video": sample.VIDEO},
    "data URI": {"video": f"data:video/mp4;base64,{ENCODED}"},
    "base64 alias": {"video_base64": ENCODED},
    "bytes": {"video": VIDEO},
    "file object": {"video": {"content": ENCODED, "name": "clip.mp4", "contentType": "video/mp4"}},
}


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_every_source_publishes_the_same_bytes(
    caller: Caller, simulator: Simulator, tmp_path: Path, source: str
) -> None:
    assert caller.run("tok.post", SOURCES[source])["bytes"] == len(VIDEO)
    assert uploaded(simulator) == [SUM]
    assert files(tmp_path / "media") == []
    assert sample.VIDEO.read_bytes() == VIDEO


@pytest.mark.parametrize(
    "stream", [lambda: io.BytesIO(VIDEO), lambda: sample.VIDEO.open("rb")], ids=["memory", "disk"]
)
def test_an_open_file_is_published(
    caller: Caller, simulator: Simulator, tmp_path: Path, stream: Callable[[], Any]
) -> None:
    with stream() as opened:
        caller.run("tok.post", video=opened)
    assert uploaded(simulator) == [SUM]
    assert files(tmp_path / "media") == []


def test_an_address_is_published(caller: Caller, simulator: Simulator, tmp_path: Path) -> None:
    with web(VIDEO) as (url, seen):
        caller.run("tok.post", video=url)
        assert seen == ["/clip.mp4"]
    assert uploaded(simulator) == [SUM]
    assert files(tmp_path / "media") == []


def test_an_address_is_not_fetched_for_an_input_with_mistakes(caller: Caller) -> None:
    with web(VIDEO) as (url, seen):
        with pytest.raises(InvalidInput):
            caller.run("tok.post", video=url, parts=10)
        assert seen == []


def test_an_address_on_this_machine_is_refused_by_default(served: Served, tok: Any) -> None:
    with web(VIDEO) as (url, seen):
        account = Account("tok", "planted-token")
        with (
            Client(account, integrations=[tok.folder], sandbox=served.origin) as client,
            pytest.raises(InvalidInput, match="not on the public internet"),
        ):
            client.run("tok.post", video=url)
        assert seen == []


def test_a_handle_is_published_and_stays(caller: Caller, simulator: Simulator, tmp_path: Path) -> None:
    media = caller.client.media.put([VIDEO], "clip.mp4", "video/mp4")
    for _ in range(2):
        caller.run("tok.post", video=media.handle)
    assert uploaded(simulator) == [SUM, SUM]
    assert media.path.is_file()


@pytest.mark.parametrize("failure", ["input", "platform"])
def test_temporary_files_are_gone_after_a_failure_too(
    caller: Caller, simulator: Simulator, tmp_path: Path, failure: str
) -> None:
    simulator.faults.add(path=INIT, status=400)
    given = {"video": VIDEO, **({"parts": 10} if failure == "input" else {})}
    with pytest.raises((InvalidInput, ActionFailed)):
        caller.run("tok.post", given)
    assert files(tmp_path / "media") == []


def test_what_could_not_be_checked_is_a_warning(caller: Caller, tok: Any) -> None:
    tok.write(
        "look",
        """
        effect: read
        input: {properties: {file: {type: string, format: media, x-media: {types: [video/mp4]}}}}
        request: {get: /v2/user/info/, query: {fields: open_id}}
        """,
    )
    (warning,) = caller.run("tok.look", file=b"of no known kind").warnings
    assert warning == "Could not check the type of media; the platform decides."


# ---- faults


def failed(caller: Caller, **given: Any) -> ActionFailed:
    with pytest.raises(ActionFailed) as caught:
        caller.run("tok.post", {"video": VIDEO, **given})
    return caught.value


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A video of 26 MB, which the platform takes in up to five parts."""
    return sample.write(tmp_path / "big.mp4", 26_000_000)


def checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def test_a_lost_answer_to_a_create_is_unknown_and_never_repeated(
    caller: Caller, simulator: Simulator
) -> None:
    simulator.faults.add(path=INIT, lose_answer=True)
    error = failed(caller)
    assert isinstance(error, OutcomeUnknown)
    assert (error.sent, error.step) == ("maybe", "init")
    assert asked(simulator) == [INIT]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_broken_platform_leaves_a_create_unknown(caller: Caller, simulator: Simulator, status: int) -> None:
    simulator.faults.add(path=INIT, status=status, after=True)
    assert isinstance(failed(caller), OutcomeUnknown)
    assert asked(simulator) == [INIT]


def test_nothing_listening_is_not_sent(caller: Caller, simulator: Simulator, tok: Any) -> None:
    with (
        Client(
            Account("tok", "planted-token"),
            integrations=[tok.folder],
            sandbox="http://127.0.0.1:9",
            policy=Policy(attempts=1),
        ) as client,
        pytest.raises(ActionFailed) as caught,
    ):
        client.run("tok.post", video=VIDEO)
    assert (caught.value.code, caught.value.sent) == ("transient", "no")


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"status": 503}, {"reset_after_bytes": 300_000}, {"refuse": True}]
)
def test_trouble_with_one_part_repeats_that_part(
    caller: Caller, simulator: Simulator, big: Path, fault: dict[str, Any]
) -> None:
    simulator.faults.add(host="open-upload.tiktokapis.com", part=3, **fault)
    result = caller.run("tok.post", video=big, parts=4)
    assert result["bytes"] == 26_000_000
    assert uploaded(simulator) == [checksum(big)]
    assert len(asked(simulator, "/video/")) == 5
    assert len(caller.slept) == 1


@pytest.mark.parametrize("as_index", [False, True], ids=["a count", "the last index"])
@pytest.mark.parametrize("part", [2, 4], ids=["in the middle", "the last"])
def test_a_lost_answer_to_a_part_is_settled_by_the_servers_word(
    caller: Caller, simulator: Simulator, big: Path, part: int, as_index: bool
) -> None:
    simulator.tiktok.settings.progress_as_last_index = as_index
    simulator.faults.add(host="open-upload.tiktokapis.com", part=part, lose_answer=True)
    assert caller.run("tok.post", video=big, parts=4)["bytes"] == 26_000_000
    assert uploaded(simulator) == [checksum(big)]
    statuses = [record.status for record in simulator.requests if record.path == "/video/"]
    assert statuses.count(416) == 1


def test_a_token_that_is_revoked_on_the_way_is_said_with_what_was_made(
    caller: Caller, simulator: Simulator
) -> None:
    simulator.faults.add(path="/v2/post/publish/status/fetch/", revoke_token=True)
    error = failed(caller)
    assert (error.code, error.message, error.step) == ("auth_expired", "The token is dead.", "status")
    (publish_id,) = simulator.tiktok.publishes
    assert error.saved["init.publish_id"] == publish_id
    assert error.saved["init.upload_url"] == "https://open-upload.tiktokapis.com/video/"
    assert error.to_dict()["who_acts"] == "account_owner"


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "a date"])
def test_it_waits_as_the_platform_says(caller: Caller, simulator: Simulator, as_date: bool) -> None:
    simulator.faults.add(path=INIT, status=429, retry_after=17, retry_after_date=as_date)
    assert caller.run("tok.post", video=VIDEO)["bytes"] == len(VIDEO)
    assert caller.slept == [pytest.approx(17, abs=2)]
    assert len(asked(simulator, INIT)) == 2


def test_a_wait_that_is_too_long_is_told(caller: Caller, simulator: Simulator) -> None:
    simulator.faults.add(path=INIT, status=429, retry_after=3600)
    error = failed(caller)
    assert (error.code, error.retry_after, caller.slept) == ("rate_limited", 3600, [])


def test_nothing_stays_open(served: Served, tok: Any) -> None:
    """With warnings as errors, a socket or file that is left to the collector fails this test."""
    with Client(
        Account("tok", served.simulator.tiktok.connect()), integrations=[tok.folder], sandbox=served.origin
    ) as client:
        client.run("tok.post", video=VIDEO)
    gc.collect()
