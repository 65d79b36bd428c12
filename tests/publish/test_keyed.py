"""Runs with a key: once, whatever happens; in either client, over a real socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.publish.conftest import INIT

from postwire import ActionFailed, OutcomeUnknown
from postwire.media import sample
from postwire.publish.journal import Journal
from postwire.values import Result

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from postwire.simulator import Simulator

VIDEO = sample.VIDEO.read_bytes()


def asked(simulator: Simulator, path: str) -> int:
    return sum(record.path == path for record in simulator.requests)


def post(caller: Any, key: str = "monday", **given: Any) -> Result:
    result = caller.run("tok.post", {"video": VIDEO, "title": "Boats", **given}, key=key)
    assert isinstance(result, Result)
    return result


def test_the_same_key_and_request_happen_once(caller: Any, simulator: Simulator) -> None:
    first = post(caller)
    assert post(caller) == first
    assert len(simulator.tiktok.publishes) == 1
    assert asked(simulator, INIT) == 1


def test_without_a_key_everything_happens_as_often_as_it_is_asked(
    caller: Any, simulator: Simulator, home: Path
) -> None:
    for _ in range(2):
        caller.run("tok.post", {"video": VIDEO})
    assert asked(simulator, INIT) == 2
    assert not home.exists()  # and nothing is written


@pytest.mark.parametrize("other", [{"title": "Ships"}, {"video": VIDEO + bytes(8)}, {"parts": 2}])
def test_the_same_key_for_another_request_is_a_conflict(
    caller: Any, simulator: Simulator, other: dict[str, Any]
) -> None:
    post(caller)
    with pytest.raises(ActionFailed, match="was used for another request") as caught:
        post(caller, **other)
    assert (caught.value.code, caught.value.sent) == ("conflict", "no")
    assert asked(simulator, INIT) == 1


def test_the_way_in_which_a_media_comes_makes_no_other_request(caller: Any, simulator: Simulator) -> None:
    first = caller.run("tok.post", {"video": str(sample.VIDEO)}, key="monday")
    again = caller.run("tok.post", {"video": sample.VIDEO}, key="monday")
    assert again == first
    assert asked(simulator, INIT) == 1


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_key_has_a_length(caller: Any, key: str) -> None:
    with pytest.raises(ActionFailed, match="1 to 200 characters"):
        post(caller, key)


def test_that_it_is_about_to_be_sent_is_on_the_disk_before_it_is_sent(
    caller: Any, simulator: Simulator, dump: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    strike = simulator.faults.strike

    def look(platform: str, request: Any, part: int | None) -> Any:
        if request.path == INIT:
            seen.append(dump())
        return strike(platform, request, part)

    monkeypatch.setattr(simulator.faults, "strike", look)
    post(caller)
    assert len(seen) == 1
    (row,) = [line for line in seen[0].splitlines() if 'INTO "effects"' in line]
    assert "'init'" in row
    assert "'sending'" in row


def test_a_lost_answer_is_unknown_and_stays_so_until_somebody_settles_it(
    caller: Any, simulator: Simulator, journal: Journal
) -> None:
    simulator.faults.add(path=INIT, lose_answer=True)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown) as caught:
            post(caller)
        assert caught.value.step == "init"
    assert asked(simulator, INIT) == 1
    (run,) = journal.runs("default")
    assert (run.state, run.code) == ("unknown", "outcome_unknown")
    assert journal.resolve(run, result=None).state == "failed"
    assert post(caller)["publish_id"]
    assert asked(simulator, INIT) == 2


def test_what_somebody_found_is_the_result(caller: Any, simulator: Simulator, journal: Journal) -> None:
    simulator.faults.add(path=INIT, lose_answer=True)
    with pytest.raises(OutcomeUnknown):
        post(caller)
    (run,) = journal.runs("default")
    found = Result({"url": "https://tok.example/1"})
    assert journal.resolve(run, result=found).result == found
    assert post(caller) == found
    with pytest.raises(ActionFailed, match="is known"):
        journal.resolve(run, result=None)


def test_a_refusal_is_tried_again_from_where_it_was(caller: Any, simulator: Simulator) -> None:
    simulator.faults.add(path="/v2/post/publish/status/fetch/", status=400, body="{}")
    with pytest.raises(ActionFailed):
        post(caller)
    assert post(caller)["bytes"] == len(VIDEO)
    assert asked(simulator, INIT) == 1  # what was done stays done


class Died(BaseException):
    """The process is gone."""


def kill_at(caller: Any, monkeypatch: pytest.MonkeyPatch, path: str, *, after: bool = False) -> None:
    """Let the process end as it sends a request to *path*, or with *after* once the answer is there."""
    inner = caller.client._transport

    class Dying:
        def send(self, request: Any, sent: Any = None) -> Any:
            if path not in request.url:
                return inner.send(request, sent)
            return self._end(request, sent) if caller.kind == "sync" else self._aend(request, sent)

        def _end(self, request: Any, sent: Any) -> Any:
            if after:
                inner.send(request, sent)
            raise Died

        async def _aend(self, request: Any, sent: Any) -> Any:
            if after:
                await inner.send(request, sent)
            raise Died

        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

    monkeypatch.setattr(caller.client, "_transport", Dying())
    monkeypatch.setattr(Journal, "fail", lambda *_: "running")  # nobody writes anything down


def died(caller: Any, monkeypatch: pytest.MonkeyPatch, path: str, *, after: bool = False) -> None:
    with monkeypatch.context() as patch:
        kill_at(caller, patch, path, after=after)
        with pytest.raises(Died):
            post(caller)


def test_a_run_that_was_killed_goes_on_where_it_was(
    caller: Any, simulator: Simulator, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    died(caller, monkeypatch, "/status/fetch/")
    (run,) = journal.runs("default")
    assert run.state == "running"
    with pytest.raises(ActionFailed, match="under way in another process"):
        post(caller)  # as far as anybody can see it lives
    monkeypatch.setattr("postwire.publish.journal.is_gone", lambda _: True)
    assert post(caller)["bytes"] == len(VIDEO)
    assert asked(simulator, INIT) == 1
    assert journal.get("default", "monday").attempts == 2


@pytest.mark.parametrize("after", [False, True], ids=["before it was sent", "before it was answered"])
def test_a_run_that_was_killed_in_a_create_is_unknown(
    caller: Any, simulator: Simulator, journal: Journal, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    died(caller, monkeypatch, INIT, after=after)
    monkeypatch.setattr("postwire.publish.journal.is_gone", lambda _: True)
    with pytest.raises(OutcomeUnknown, match="on its way") as caught:
        post(caller)
    assert caught.value.step == "init"
    assert asked(simulator, INIT) == int(after)
    assert journal.get("default", "monday").state == "unknown"


def test_a_killed_process_is_seen_to_be_gone(
    served: Any, simulator: Simulator, tok: Any, elsewhere: Any, caller: Any
) -> None:
    code = f"""
import os, sys
from pathlib import Path
from postwire import Account, Client
from postwire.transport import HttpTransport
class Dying(HttpTransport):
    def send(self, request, sent=None):
        if "/status/" in request.url:
            os.kill(os.getpid(), 9)
        return super().send(request, sent)
account = Account("tok", {simulator.tiktok.connect()!r}, id="u-1")
transport = Dying(sandbox={served.origin!r})
with Client(account, integrations=[{str(tok.folder)!r}], sandbox={served.origin!r}, transport=transport) as c:
    c.run("tok.post", {{"video": {str(sample.VIDEO)!r}, "title": "Boats"}}, key="monday")
"""
    done: subprocess.CompletedProcess[str] = elsewhere(code)
    assert done.returncode == -9, done.stderr
    assert post(caller)["bytes"] == len(VIDEO)
    assert asked(simulator, INIT) == 1


def test_eight_at_once_are_one(served: Any, simulator: Simulator, tok: Any, caller: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from postwire import Account, Client

    def one(_: int) -> Any:
        account = Account("tok", token, id="u-1")
        with Client(account, integrations=[tok.folder], sandbox=served.origin) as client:
            try:
                return client.run("tok.post", {"video": VIDEO}, key="monday")["publish_id"]
            except ActionFailed as error:
                return error.code

    token = simulator.tiktok.connect()
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(one, range(8)))
    assert len(found - {"conflict"}) == 1
    assert asked(simulator, INIT) == 1


def test_an_action_that_has_changed_meanwhile_does_not_go_on(
    caller: Any, tok: Any, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    died(caller, monkeypatch, "/status/fetch/")
    monkeypatch.setattr("postwire.publish.journal.is_gone", lambda _: True)
    file = tok.folder / "actions" / "post.yaml"
    file.write_text(file.read_text().replace("SELF_ONLY", "PUBLIC_TO_EVERYONE"))
    caller.client.programs._programs.clear()
    caller.client.catalog.__init__([tok.folder])
    with pytest.raises(ActionFailed, match="has changed since this run began"):
        post(caller)
    assert asked(simulator, INIT) == 1


def test_no_token_and_no_upload_address_is_in_a_row(
    caller: Any, simulator: Simulator, dump: Callable[[], str]
) -> None:
    post(caller)
    text = dump()
    assert "'upload'" in text  # the effect is there
    token = caller.client._account.token.reveal()
    (publish,) = simulator.tiktok.publishes.values()
    for secret in (token, publish.id, "Boats", "upload_token", "open-upload"):
        assert secret not in text
        assert json.dumps(secret.encode().hex())[1:-1] not in text.lower()


def test_it_is_cancelled_before_its_next_request(
    caller: Any, simulator: Simulator, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    strike = simulator.faults.strike

    def look(platform: str, request: Any, part: int | None) -> Any:
        if request.path == INIT:
            journal.cancel(journal.get("default", "monday"))
        return strike(platform, request, part)

    monkeypatch.setattr(simulator.faults, "strike", look)
    with pytest.raises(ActionFailed, match="was cancelled") as caught:
        post(caller)
    assert caught.value.code == "cancelled"
    assert journal.get("default", "monday").state == "cancelled"
    monkeypatch.undo()
