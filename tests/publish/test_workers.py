"""Workers in processes of their own: they run, die, take over, and nothing is posted twice."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.accounts.conftest import _at_once, postgres_server  # noqa: F401 - a fixture
from tests.publish.conftest import INIT, RUNTIME

from postwire import Account, Client
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.accounts.vault import Vault
from postwire.media import sample
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire.publish.records import Run
    from postwire.simulator import Served, Simulator

pytest.importorskip("dbos")
SCOPES = frozenset({"user.info.basic", "video.publish", "video.upload", "video.list"})
Start = "Callable[..., subprocess.Popen[str]]"


@pytest.fixture
def database(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which database this test is on: a file, or with `postgres` a server."""
    kind = str(getattr(request, "param", "sqlite"))
    if kind == "postgres":
        server, name = request.getfixturevalue("postgres_server"), f"test_{secrets.token_hex(6)}"
        _at_once(server, f"CREATE DATABASE {name}")
        monkeypatch.setenv("POSTWIRE_DATABASE", server.replace("/postgres?", f"/{name}?"))
    return kind


@pytest.fixture
def vault(database: str, served: Served) -> Iterator[Vault]:
    with Vault() as vault:
        token = Secret(served.simulator.tiktok.connect())
        vault.accounts.connect(
            "default", [NewAccount("tiktok", Tokens(token, scopes=SCOPES), subject="u-1", username="sim")]
        )
        yield vault


@pytest.fixture
def client(vault: Vault, served: Served) -> Iterator[Client]:
    with Client(vault=vault, sandbox=served.origin) as client:
        yield client


@pytest.fixture
def start(served: Served) -> Iterator[Any]:
    """Starts workers, which end with the test."""
    begun: list[subprocess.Popen[str]] = []

    def begin(*given: str) -> subprocess.Popen[str]:
        script = Path(__file__).with_name("workers.py")
        environ = {**os.environ, "PYTHONPATH": str(RUNTIME)}
        command = [sys.executable, str(script), served.origin, *given]
        process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def ended(client: Client, run: Run, seconds: float = 120.0) -> Run:
    end = time.monotonic() + seconds
    while (found := client.journal.find(run.id)).state in {"waiting", "running"}:
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def submit(client: Client, **more: Any) -> Run:
    given = {"video": sample.VIDEO, "privacy_level": "SELF_ONLY", "title": "Boats"}
    return client.submit("tiktok.create_video_post", given, **more)


def test_a_worker_runs_what_waits(client: Client, simulator: Simulator, start: Any) -> None:
    start()
    run = ended(client, submit(client, key="monday"))
    assert (run.state, run.error) == ("done", None)
    assert run.result is not None
    assert run.result["publish_id"] in simulator.tiktok.publishes
    assert submit(client, key="monday").id == run.id


def whole(simulator: Simulator) -> int:
    """How many posts TikTok has, or will have: those whose bytes are all there."""
    publishes = simulator.tiktok.publishes.values()
    return sum(publish.media_at is not None or publish.completed_at is not None for publish in publishes)


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3], ids=["creator", "init", "upload"])
def test_killed_anywhere_another_worker_goes_on_and_there_is_one_post(
    database: str, client: Client, simulator: Simulator, start: Any, at: int, when: str
) -> None:
    first = start(str(at), when)
    run = submit(client)
    assert first.wait(60) == -signal.SIGKILL
    assert client.journal.find(run.id).state == "running"
    start()
    found = ended(client, run)
    assert (found.state, found.attempts) == ("done", 2), found
    assert whole(simulator) == 1
    asked = [record.path for record in simulator.requests]
    # The answer to init is lost with its worker; without our bytes the first one becomes nothing.
    assert asked.count(INIT) == (2 if (at, when) == (2, "after") else 1)


def test_one_that_is_cancelled_while_it_waits_never_begins(
    client: Client, simulator: Simulator, start: Any
) -> None:
    run = submit(client)
    assert client.journal.cancel(run).state == "cancelled"
    start()
    later = ended(client, submit(client))
    assert later.state == "done"
    assert client.journal.find(run.id).state == "cancelled"
    assert whole(simulator) == 1


def test_a_schedule_waits_for_its_time_and_can_be_moved(client: Client, start: Any) -> None:
    soon, later = time.time() + 1.5, time.time() + 3600
    first, second = submit(client, at=soon), submit(client, at=later)
    start()
    done = ended(client, first)
    assert done.updated_at >= soon
    assert client.journal.find(second.id).state == "waiting"
    assert client.journal.move(second, time.time())
    assert ended(client, second).state == "done"


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_posts_of_one_account_come_in_order_and_one_at_a_time(
    database: str, client: Client, simulator: Simulator, start: Any
) -> None:
    runs = [submit(client, key=f"k{number}") for number in range(4)]
    start()
    start()
    assert {ended(client, run).state for run in runs} == {"done"}
    began = [client.journal.sent(run)[0].sent_at for run in runs]
    assert began == sorted(began)
    assert whole(simulator) == 4


def test_nothing_secret_and_nothing_pickled_lies_in_a_database(
    client: Client, simulator: Simulator, start: Any, home: Path, dump: Callable[..., str]
) -> None:
    start()
    ended(client, submit(client))
    (publish,) = simulator.tiktok.publishes.values()
    token = "act."
    for file in ("vault.db", "vault-engine.db"):
        text = dump(file)
        assert publish.id not in text
        assert token not in text
        assert "Boats" not in text
        assert "py_pickle" not in text
    assert {path.stat().st_mode & 0o777 for path in home.iterdir() if path.is_file()} == {0o600}


def test_a_removed_account_makes_its_due_posts_fail_and_they_can_be_run_again(
    client: Client, vault: Vault, start: Any, served: Served
) -> None:
    run = submit(client)
    (stored,) = vault.listing.page("default").accounts
    vault.accounts.disconnect("default", stored.id)
    start()
    failed = ended(client, run)
    assert failed.state == "failed"
    assert failed.code in {"not_found", "auth_expired"}
    token = Secret(served.simulator.tiktok.connect())
    vault.accounts.connect(
        "default", [NewAccount("tiktok", Tokens(token, scopes=SCOPES), subject="u-1", username="sim")]
    )
    client.journal.revive(failed)
    assert ended(client, run).state == "done"


def test_media_that_came_as_content_wait_in_our_folder_and_go_afterwards(
    client: Client, start: Any, home: Path
) -> None:
    given = {"video": sample.VIDEO.read_bytes(), "privacy_level": "SELF_ONLY"}
    run = client.submit("tiktok.create_video_post", given, key="monday")
    again = client.submit("tiktok.create_video_post", given, key="monday")
    assert again.id == run.id
    assert len([path for path in (home / "media").iterdir() if path.suffix != ".json"]) == 1
    start()
    assert ended(client, run).state == "done"
    end = time.monotonic() + 60
    while list((home / "media").iterdir()):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_account_with_a_token_is_not_written_down(client: Client) -> None:
    from postwire import ActionFailed

    with pytest.raises(ActionFailed, match="a token is never written down"):
        client.submit("tiktok.get_user_info", account=Account("tiktok", "act.planted"))  # type: ignore[arg-type]


def test_a_file_that_has_changed_is_not_sent(
    client: Client, simulator: Simulator, start: Any, tmp_path: Path
) -> None:
    file = tmp_path / "mine.mp4"
    file.write_bytes(sample.VIDEO.read_bytes())
    given = {"video": file, "privacy_level": "SELF_ONLY"}
    run = client.submit("tiktok.create_video_post", given)
    file.write_bytes(sample.VIDEO.read_bytes() + bytes(8))
    start()
    failed = ended(client, run)
    assert (failed.state, failed.code) == ("failed", "conflict")
    assert not simulator.requests


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_living_worker_takes_over_from_a_dead_one(
    database: str, client: Client, simulator: Simulator, start: Any
) -> None:
    simulator.faults.add(path="/v2/post/publish/creator_info/query/", delay=4.0)
    dying = start("2")
    run = submit(client)
    while not client.journal.sent(run) and client.journal.find(run.id).state != "running":
        time.sleep(0.02)
    start()
    assert dying.wait(60) == -signal.SIGKILL
    assert ended(client, run).state == "done"
    assert whole(simulator) == 1


def test_an_upload_goes_on_with_the_part_where_it_was(
    client: Client, simulator: Simulator, start: Any, tmp_path: Path
) -> None:
    big = sample.write(tmp_path / "big.mp4", 72_000_000)  # seven parts of 10 MB, the last one has more
    first = start("6")  # creator, init, three parts, and the fourth
    given = {"video": big, "privacy_level": "SELF_ONLY"}
    run = client.submit("tiktok.create_video_post", given)
    assert first.wait(60) == -signal.SIGKILL
    start()
    assert ended(client, run).state == "done"
    parts = [record.headers["content-range"] for record in simulator.requests if record.method == "PUT"]
    assert len(parts) == len(set(parts)) == 7
    assert whole(simulator) == 1


def test_a_limit_of_the_platform_is_waited_for_without_a_worker(
    client: Client, simulator: Simulator, start: Any
) -> None:
    simulator.faults.add(path=INIT, status=429, retry_after=3000)
    start()
    run = submit(client)
    end = time.monotonic() + 60
    while client.journal.find(run.id).run_at is None:
        assert time.monotonic() < end
        time.sleep(0.05)
    waiting = client.journal.find(run.id)
    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    assert waiting.run_at is not None
    assert 2900 < waiting.run_at - time.time() < 3100
    client.journal.move(waiting, time.time())
    assert ended(client, run).state == "done"
    asked = [record.path for record in simulator.requests]
    assert asked.count("/v2/post/publish/creator_info/query/") == 1  # what was done stays done


def test_one_under_way_is_cancelled_before_its_next_request(
    client: Client, simulator: Simulator, start: Any
) -> None:
    simulator.faults.add(path="/v2/post/publish/creator_info/query/", delay=3.0)
    start()
    run = submit(client)
    while client.journal.find(run.id).state == "waiting":
        time.sleep(0.02)
    assert client.journal.cancel(run).state == "running"
    assert ended(client, run).state == "cancelled"
    assert INIT not in [record.path for record in simulator.requests]
