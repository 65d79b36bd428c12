"""What is said where there is no operation, and when one breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

if TYPE_CHECKING:
    from tests.faces.web.api.conftest import Program
    from tests.faces.web.conftest import Web


@pytest.mark.parametrize(
    "path", ["/nothing", "/runs/", "/accounts/a/b/c", "/accounts/a%0Ab", "/runs/%00", "/media/%2e%2e"]
)
def test_there_is_nothing(program: Program, path: str) -> None:
    answer = program.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


def test_a_method_that_is_none(program: Program) -> None:
    answer = program.http.delete("/runs")
    assert (answer.status_code, answer.json()["status"]) == (405, 405)
    assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "HEAD"}


def test_every_answer_has_a_name(program: Program) -> None:
    made = [program.get("/platforms").headers["x-request-id"] for _ in range(2)]
    assert made[0] != made[1]
    assert program.get("/platforms", headers={"X-Request-Id": "a-1"}).headers["x-request-id"] == "a-1"
    strange = program.get("/platforms", headers={"X-Request-Id": "a b <c>"}).headers["x-request-id"]
    assert strange.startswith("req_")


def test_what_breaks_says_so_without_details(
    program: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("with a secret in it")

    monkeypatch.setattr(program.web.site.vault.listing, "page", broken)
    answer = program.get("/accounts")
    told = answer.json()
    assert (answer.status_code, told["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in told["detail"]
    assert answer.headers["x-request-id"] in caplog.text


def test_health_needs_no_key(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for host in (web.origin.removeprefix("http://"), "10.1.2.3:5005"):  # as a cluster's probe names it
        assert httpx2.get(f"{web.origin}/healthz", headers={"Host": host}).json() == {"status": "ok"}

    def away() -> None:
        raise OSError

    monkeypatch.setattr(web.site, "workspaces", away)
    assert httpx2.get(f"{web.origin}/healthz").status_code == 503
