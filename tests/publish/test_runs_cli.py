"""The command line: a key for a run, and what to do about runs afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from postwire.faces.cli import cli
from postwire.media import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.simulator import Served, Simulator

    Call = Callable[..., Result]


@pytest.fixture
def call(served: Served, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setenv("POSTWIRE_SANDBOX", served.origin)
    return lambda *args: CliRunner().invoke(cli, list(args))


def post(call: Call, *more: str, key: str = "monday") -> Result:
    return call(
        *("run", "tiktok.create_video_post", "--sandbox", "--key", key, "--json"),
        *("--video", str(sample.VIDEO), "--privacy-level", "SELF_ONLY", *more),
    )


CONTENT = "/v2/post/publish/content/init/"


def draft(call: Call) -> Result:
    """Of these nobody can be asked whether they are there."""
    return call(
        *("run", "tiktok.upload_photo_draft", "--sandbox", "--key", "monday", "--json"),
        *("--photo-urls", "https://media.example.com/1.jpg"),
    )


def listed(call: Call, *more: str) -> list[dict[str, Any]]:
    return list(json.loads(call("runs", "list", "--json", *more).stdout))


def test_a_key_makes_it_happen_once(call: Call, simulator: Simulator) -> None:
    first, again = post(call), post(call)
    assert (first.exit_code, again.exit_code) == (0, 0), first.stderr
    assert json.loads(first.stdout) == json.loads(again.stdout)
    assert len(simulator.tiktok.publishes) == 1
    (row,) = listed(call)
    assert (row["state"], row["action"]) == ("done", "tiktok.create_video_post")
    shown = json.loads(call("runs", "show", row["id"], "--json").stdout)
    assert [each["step"] for each in shown["sent"]] == ["creator/creator", "init", "upload/bytes"]
    assert shown["result"] == json.loads(first.stdout)
    assert shown["input"]["video"]["size"] == len(sample.VIDEO.read_bytes())


def test_an_unknown_outcome_is_settled_by_a_person(call: Call, simulator: Simulator) -> None:
    simulator.faults.add(path=CONTENT, lose_answer=True)
    assert draft(call).exit_code == 4
    (row,) = listed(call, "--state", "unknown")
    assert call("runs", "resolve", row["id"]).exit_code == 2
    done = call("runs", "resolve", row["id"], "--not-posted")
    assert done.exit_code == 0
    assert "with the same key" in done.stderr
    assert draft(call).exit_code == 0
    assert listed(call, "--state", "unknown") == []


def test_its_address_becomes_the_result(call: Call, simulator: Simulator) -> None:
    simulator.faults.add(path=CONTENT, lose_answer=True)
    draft(call)
    (row,) = listed(call)
    call("runs", "resolve", row["id"], "--posted", "https://www.tiktok.com/@simstudio/video/1")
    again = draft(call)
    assert json.loads(again.stdout) == {"url": "https://www.tiktok.com/@simstudio/video/1"}
    assert "A person looked it up" in again.stderr


def test_another_request_under_the_same_key_fails_in_words(call: Call) -> None:
    post(call)
    refused = post(call, "--title", "Another")
    assert refused.exit_code == 1
    assert "was used for another request" in refused.stderr
    assert call("runs", "show", "run_0").exit_code == 2
    assert "Runs" not in call("runs", "list").stderr
