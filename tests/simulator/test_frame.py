"""What is the same for every platform: addressing, control, faults, records, the clock."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.responses import JSONResponse, Response

from postwire.simulator import Clock, ConnectionLost, Fault, Simulator, TikTokSettings, create, platforms
from postwire.simulator.exchange import Route
from postwire.simulator.faults import from_json
from postwire.simulator.router import Router, match

LOCAL = "http://127.0.0.1:8787"
EVERY = ", ".join(create().faces)
INFO = "/v2/user/info/?fields=open_id"
CREATOR = "/v2/post/publish/creator_info/query/"


def test_the_greeting_says_that_it_is_not_the_real_platform(desk: Any) -> None:
    answer = desk.send("GET", f"{LOCAL}/")
    assert answer.status_code == 200
    assert "not the real platform" in answer.text
    assert "sim-client-key" in answer.text
    assert answer.headers["x-postwire-simulator"] == EVERY


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("GET", "https://open.tiktokapis.com/v2/nothing/", 404),
        ("GET", "https://open.tiktokapis.com/v2/user/info?fields=open_id", 404),
        ("POST", "https://open.tiktokapis.com/v2/user/info/", 405),
        ("GET", "https://open.tiktokapis.com/_simulator/state", 404),
        ("GET", f"{LOCAL}/open.tiktokapis.com", 404),
        ("GET", f"{LOCAL}/graph.example.com/me", 404),
        ("GET", "http://rebound.example/_simulator/state", 421),
        ("GET", "http://rebound.example/open.tiktokapis.com/v2/user/info/", 421),
        ("DELETE", f"{LOCAL}/_simulator/state", 405),
        ("POST", f"{LOCAL}/_simulator/clock", 400),
    ],
)
def test_every_answer_is_marked(desk: Any, method: str, url: str, status: int) -> None:
    answer = desk.send(method, url)
    assert answer.status_code == status
    of_a_platform = urlsplit(url).hostname == "open.tiktokapis.com" or f"{LOCAL}/open.tiktokapis.com" in url
    assert answer.headers["x-postwire-simulator"] == ("tiktok" if of_a_platform else EVERY)


def test_addresses_in_answers_follow_the_clients_style(desk: Any) -> None:
    headers = {"Authorization": f"Bearer {desk.token}"}
    path = "/open.tiktokapis.com/v2/post/publish/video/init/"
    answer = desk.send("POST", LOCAL + path, json=desk.video(), headers=headers).json()["data"]
    assert answer["upload_url"].startswith(f"{LOCAL}/open-upload.tiktokapis.com/video/?upload_id=")
    assert desk.put(answer["upload_url"], 0, bytes(24), 24).status_code == 201
    page = desk.send("GET", f"{LOCAL}/www.tiktok.com/v2/auth/authorize/", params=desk.asking()).text
    assert f'action="{LOCAL}/www.tiktok.com/v2/auth/authorize/?' in page
    page = desk.send("GET", "https://www.tiktok.com/v2/auth/authorize/", params=desk.asking()).text
    assert 'action="https://www.tiktok.com/v2/auth/authorize/?' in page


def test_requests_are_recorded_without_secrets(desk: Any) -> None:
    started = desk.start()
    desk.put(started["upload_url"], 0, bytes(24), 24)
    init, put = desk.simulator.requests
    assert (init.platform, init.host, init.method) == ("tiktok", "open.tiktokapis.com", "POST")
    assert (init.path, init.status) == ("/v2/post/publish/video/init/", 200)
    assert init.headers["authorization"] == "Bearer ***"
    assert (put.size, put.status, put.query["upload_token"]) == (24, 201, "***")
    listed = desk.send("GET", f"{LOCAL}/_simulator/requests")
    assert len(listed.json()["requests"]) == 2
    assert desk.token not in listed.text
    assert "simtok" not in listed.text + desk.send("GET", f"{LOCAL}/_simulator/state").text


def test_the_record_is_bounded(desk: Any) -> None:
    simulator = create(keep_requests=2)
    desk.simulator = simulator
    for _ in range(3):
        desk.send("GET", "https://open.tiktokapis.com" + INFO)
    assert len(simulator.requests) == 2


def test_the_clock_only_goes_forward() -> None:
    clock = Clock(lambda: 100.0)
    assert clock.advance(5) == 105.0
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)
    assert clock.now() == 105.0
    assert abs(Clock().now() - time.time()) < 5


def test_control_turns_the_clock_and_changes_settings(desk: Any) -> None:
    turned = desk.send("POST", f"{LOCAL}/_simulator/clock", json={"advance": 7_201}).json()
    assert turned["time"] == 1_795_007_201.0
    assert desk.outcome(INFO, method="GET") == (401, "access_token_invalid")
    answer = desk.send("POST", f"{LOCAL}/_simulator/settings", json={"tiktok": {"audited": False}})
    assert answer.json()["tiktok"]["audited"] is False
    desk.send("POST", f"{LOCAL}/_simulator/reset")
    assert desk.tiktok.settings.audited
    assert desk.simulator.clock.now() == 1_795_000_000.0
    assert not desk.tiktok.access


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {"advance": "1"}),
        ("clock", {"advance": True}),
        ("clock", {"advance": -1}),
        ("faults", {"status": 500, "colour": "red"}),
        ("faults", {"status": "500"}),
        ("faults", {"nth": 1}),
        ("faults", {"refuse": True, "nth": 0}),
        ("faults", {"refuse": True, "after": True}),
        ("faults", []),
        ("settings", {"tiktok": {"clients": []}}),
        ("settings", {"tiktok": {"audited": 1}}),
        ("settings", {"tiktok": {"nothing": 1}}),
        ("settings", {"tiktok": {"upload_host": "example.com"}}),
        ("settings", {"tiktok": {"auto_consent": "maybe"}}),
        ("settings", {"tiktok": {"webhook_url": "http://example.com/"}}),
        ("settings", {"elsewhere": {}}),
    ],
)
def test_control_refuses_what_it_does_not_know(desk: Any, path: str, body: Any) -> None:
    answer = desk.send("POST", f"{LOCAL}/_simulator/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_faults_over_http_count_their_requests(desk: Any) -> None:
    rule = {"path": "/v2/user/*", "nth": 2, "times": 2, "status": 500, "body": "<html>oops</html>"}
    listed = desk.send("POST", f"{LOCAL}/_simulator/faults", json=rule).json()["faults"]
    assert listed == [rule]
    assert from_json(rule) == Fault(path="/v2/user/*", nth=2, times=2, status=500, body="<html>oops</html>")
    statuses = [desk.api(INFO, method="GET").status_code for _ in range(4)]
    assert statuses == [200, 500, 500, 200]
    assert desk.send("DELETE", f"{LOCAL}/_simulator/faults").json() == {"faults": []}


def test_injected_codes_come_in_the_platforms_form(desk: Any) -> None:
    desk.simulator.faults.add(path=CREATOR, error_code="spam_risk_too_many_posts")
    desk.simulator.faults.add(path="/v2/oauth/*", error_code="server_error", status=503)
    assert desk.outcome(CREATOR) == (200, "spam_risk_too_many_posts")
    answer = desk.oauth(grant_type="client_credentials")
    assert (answer.status_code, answer.json()["error"]) == (503, "server_error")


@pytest.mark.parametrize("dated", [False, True])
def test_retry_after_in_seconds_and_as_a_date(desk: Any, dated: bool) -> None:
    desk.simulator.faults.add(
        error_code="rate_limit_exceeded", status=429, retry_after=90, retry_after_date=dated
    )
    told = desk.api(CREATOR).headers["retry-after"]
    seconds = parsedate_to_datetime(told).timestamp() - 1_795_000_000 if dated else float(told)
    assert seconds == 90


def test_a_revoked_token_stays_revoked(desk: Any) -> None:
    desk.simulator.faults.add(revoke_token=True, nth=2)
    assert [desk.api(CREATOR).status_code for _ in range(3)] == [200, 401, 401]


def test_work_is_done_or_not_when_the_connection_is_cut(desk: Any) -> None:
    init = "/v2/post/publish/video/init/"
    desk.simulator.faults.add(path=init, refuse=True)
    desk.simulator.faults.add(path=init, nth=2, lose_answer=True)
    for made in (0, 1):
        with pytest.raises(ConnectionLost):
            desk.api(init, desk.video())
        assert len(desk.tiktok.publishes) == made
    assert [record.status for record in desk.simulator.requests] == [None, None]


def test_a_gateway_error_may_hide_work_that_was_done(desk: Any) -> None:
    init = "/v2/post/publish/video/init/"
    desk.simulator.faults.add(path=init, status=504, body="<html>timeout</html>", after=True)
    answer = desk.api(init, desk.video())
    assert (answer.status_code, answer.text) == (504, "<html>timeout</html>")
    assert len(desk.tiktok.publishes) == 1


def test_a_slow_answer_comes_whole(desk: Any) -> None:
    desk.simulator.faults.add(delay=0.01, pace_bytes=50, pace_seconds=0.001)
    started = time.monotonic()
    assert desk.outcome(CREATOR) == (200, "ok")
    assert time.monotonic() - started > 0.01


def test_a_seed_makes_tokens_repeat() -> None:
    assert create(seed=3).tiktok.connect() == create(seed=3).tiktok.connect()
    assert create().tiktok.connect() != create().tiktok.connect()


def test_many_requests_at_once_respect_the_limit(desk: Any) -> None:
    async def go() -> list[int]:
        transport = httpx2.ASGITransport(app=desk.simulator.app)
        headers = {"Authorization": f"Bearer {desk.token}"}
        async with httpx2.AsyncClient(transport=transport, headers=headers) as client:
            url = "https://open.tiktokapis.com/v2/post/publish/video/init/"
            answers = await asyncio.gather(*(client.post(url, json=desk.video()) for _ in range(10)))
        return [answer.status_code for answer in answers]

    assert sorted(asyncio.run(go())) == [200] * 6 + [429] * 4


@pytest.mark.parametrize(
    ("pattern", "path", "params"),
    [
        ("/v2/user/info/", "/v2/user/info/", {}),
        ("/v2/user/info/", "/v2/user/info", None),
        ("/{version}/{id}/media", "/v23.0/178/media", {"version": "v23.0", "id": "178"}),
        ("/{version}/{id}/media", "/v23.0/178/media/9", None),
        ("/{version}/{id}/media", "/v23.0//media", None),
        ("/{version}/{id}/media", "/v23.0/178/comments", None),
    ],
)
def test_paths_may_have_patterns(pattern: str, path: str, params: dict[str, str] | None) -> None:
    assert match(pattern, path) == params


class Echo:
    """As little of a platform as the frame needs."""

    def __init__(self, name: str, *paths: tuple[str, str]) -> None:
        self.name = name
        self.hosts = frozenset({"graph.example.com"})
        self.routes = [Route("graph.example.com", method, path, self.answer) for method, path in paths]
        self.state = self

    def __getattr__(self, _: str) -> Any:
        return lambda *_: None

    def due(self) -> list[Any]:
        return []

    def missing(self, call: Any, methods: tuple[str, ...]) -> Response:
        return JSONResponse({"missing": call.path, "methods": methods}, 400)

    async def answer(self, call: Any) -> Response:
        return JSONResponse({"by": self.name, **call.params})


def test_a_platform_is_one_line_and_may_share_a_host(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Echo("one", ("GET", "/{version}/me"))
    two = Echo("two", ("GET", "/{version}/{id}"), ("POST", "/{version}/{id}"))
    makers = {name: (lambda *_, made=made: made) for name, made in (("one", one), ("two", two))}
    monkeypatch.setattr(platforms, "REGISTRY", {**platforms.REGISTRY, **makers})
    desk.simulator = create()
    asked = [("GET", "/v1/me"), ("GET", "/v1/7"), ("POST", "/v1/me"), ("PUT", "/v1/7"), ("GET", "/v1")]
    answers = [desk.send(method, f"https://graph.example.com{path}") for method, path in asked]
    assert [answer.json() for answer in answers] == [
        {"by": "one", "version": "v1"},
        {"by": "two", "version": "v1", "id": "7"},
        {"by": "two", "version": "v1", "id": "me"},
        {"missing": "/v1/7", "methods": ["GET", "POST"]},
        {"missing": "/v1", "methods": []},
    ]
    marks = [answer.headers["x-postwire-simulator"] for answer in answers]
    assert marks == ["one", "two", "two", "one", "one"]
    assert desk.send("GET", f"{LOCAL}/graph.example.com/v1/me").json()["by"] == "one"
    assert Router([one]).find("elsewhere.example.com", "GET", "/v1/me") is None


def test_settings_are_given_by_platform() -> None:
    assert create(tiktok=TikTokSettings(audited=False)).tiktok.settings.audited is False
    assert create().tiktok.settings.audited is True
    given: Any = {"myspace": TikTokSettings()}
    with pytest.raises(TypeError, match="no simulated platform 'myspace', only linkedin"):
        Simulator(**given)


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_extra_the_command_is_told(missing: str) -> None:
    code = f"""
import sys
sys.modules[{missing!r}] = None
from postwire.errors import MissingExtra
try:
    import postwire.simulator
except MissingExtra as error:
    print(error)
"""
    path = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    told = subprocess.run([sys.executable, "-c", code], env=path, capture_output=True, text=True, check=True)
    assert (
        told.stdout == f"The simulator needs {missing}, which is not installed: pip install 'postwire[web]'\n"
    )
