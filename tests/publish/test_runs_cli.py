"""The command line: a key for a run, and what to do about runs afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from tests.publish.conftest import RUNTIME

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
    unknown = draft(call)
    assert unknown.exit_code == 4
    assert "TikTok inbox" in unknown.stderr
    assert "`postwire runs resolve run_" in unknown.stderr
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


@pytest.fixture
def connected(call: Call, served: Served) -> str:
    """An account of the simulator, connected as people do it."""
    from postwire.accounts.records import NewAccount
    from postwire.accounts.tokens import Tokens
    from postwire.accounts.vault import Vault
    from postwire.secret import Secret

    scopes = frozenset({"user.info.basic", "video.publish", "video.upload", "video.list"})
    with Vault() as vault:
        vault.add_workspace("sandbox")
        for number, name in enumerate(("anna", "bert")):
            token = Tokens(Secret(served.simulator.tiktok.connect()), scopes=scopes)
            account = NewAccount("tiktok", token, subject=f"u-{number}", username=name)
            vault.accounts.connect("sandbox", [account])
    return "sandbox"


def later(call: Call, *more: str) -> Result:
    return call(
        *("run", "tiktok.create_video_post", "--sandbox", "--json", "--video", str(sample.VIDEO)),
        *("--privacy-level", "SELF_ONLY", *more),
    )


def test_a_schedule_is_listed_moved_and_cancelled(call: Call, connected: str, simulator: Simulator) -> None:
    made = later(call, "--account", "anna,@bert", "--at", "+2h", "--key", "monday")
    assert made.exit_code == 0, made.stderr
    first, second = json.loads(made.stdout)
    assert {each["state"] for each in (first, second)} == {"waiting"}
    where = ("--workspace", connected, "--json")
    assert [each["id"] for each in json.loads(call("schedule", "list", *where).stdout)] == [
        first["id"],
        second["id"],
    ]
    moved = call("schedule", "reschedule", first["id"], "--to", "2099-01-01T10:00Z", *where)
    assert json.loads(moved.stdout)["due"] == "2099-01-01T10:00:00Z"
    assert json.loads(call("schedule", "cancel", second["id"], *where).stdout)["state"] == "cancelled"
    assert call("schedule", "reschedule", second["id"], "--to", "+1h", *where).exit_code == 1
    assert [each["id"] for each in json.loads(call("schedule", "list", *where).stdout)] == [first["id"]]
    assert json.loads(call("runs", "retry", second["id"], *where).stdout)["state"] == "waiting"
    assert simulator.tiktok.publishes == {}


def test_one_target_that_is_not_there_does_not_keep_the_others(call: Call, connected: str) -> None:
    made = later(call, "--account", "anna,nobody", "--durable")
    assert made.exit_code == 1
    first, second = json.loads(made.stdout)
    assert first["state"] == "waiting"
    assert second["account"] == "nobody"
    assert second["error"]["message"]


def test_a_time_that_lies_back_is_refused(call: Call, connected: str) -> None:
    assert later(call, "--account", "anna", "--at", "2001-01-01T10:00Z").exit_code == 2


def test_a_worker_of_the_command_line_runs_it_and_follow_tells(
    call: Call, connected: str, simulator: Simulator
) -> None:
    pytest.importorskip("dbos")
    command = [sys.executable, "-m", "postwire", "worker", "--sandbox", "--only", "tiktok", "--patience", "1"]
    environ = {**os.environ, "PYTHONPATH": str(RUNTIME)}
    worker = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)
    try:
        made = json.loads(later(call, "--account", "bert", "--durable").stdout)
        followed = call("runs", "follow", made["id"], "--workspace", connected, "--json")
        assert followed.exit_code == 0, followed.stderr
        assert json.loads(followed.stdout)["publish_id"] in simulator.tiktok.publishes
        assert "waits for a worker" in followed.stderr
    finally:
        worker.send_signal(signal.SIGTERM)
        _, told = worker.communicate(timeout=60)
    assert worker.returncode == 0, told
    assert "Working on tiktok" in told
