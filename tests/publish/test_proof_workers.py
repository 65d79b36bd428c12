"""Live workers, in processes of their own: killed while others go on, two of them at one run, with many
schedules, with a platform each, with a database that goes away, and with a platform's limit of a day.
"""

from __future__ import annotations

import random
import secrets
import time
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert, make_url, select
from sqlalchemy.exc import OperationalError
from tests.accounts.conftest import postgres_server  # noqa: F401 - a fixture
from tests.publish.crowd import LONG, over, schedules, storm, submitted, until, workers
from tests.publish.posts import POSTS, Post, relax
from tests.publish.stage import away, back, terminate
from tests.publish.trial import Trial
from tests.publish.workers import Death, unlimited

from postwire import Account
from postwire.accounts.schema import calls
from postwire.decide.programs import Programs
from postwire.language.catalog import Catalog
from postwire.publish.journal import Journal
from postwire.publish.liveness import PostgresLocks
from postwire.publish.worker import Worker
from postwire.values import Limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.publish.stage import Stage
    from tests.publish.workers import Forks

    from postwire import Client
    from postwire.simulator import Served

pytest.importorskip("dbos")
BY_NAME = {post.action: post for post in POSTS}
SOME = [
    BY_NAME[name]
    for name in (
        "tiktok.create_video_post",
        "x.create_photo_post",
        "linkedin.create_text_post",
        "meta.create_photo_post",
        "instagram.create_story",
    )
]
TEXTS = [
    BY_NAME["x.create_text_post"],
    BY_NAME["linkedin.create_text_post"],
    BY_NAME["meta.create_text_post"],
]
# The request that shows a post, or that alone can lead to one.
SHOWING = {
    "tiktok": "*/init/",
    "x": "/2/tweets",
    "linkedin": "/rest/posts",
    "meta": "*/feed",
    "instagram": "*/media_publish",
}


@pytest.fixture
def client(stage: Stage, served: Served) -> Iterator[Client]:
    relax(served.simulator)
    with stage.client(served.origin) as client:
        yield client


@pytest.fixture
def start(stage: Stage, served: Served, forks: Forks) -> Iterator[Callable[..., Any]]:
    """Begins workers, which end with the test."""
    with workers(stage, served, forks) as begin:
        yield begin


def test_workers_that_are_killed_again_and_again(
    stage: Stage, client: Client, served: Served, start: Any, tmp_path: Path
) -> None:
    storm(stage, client, served, SOME * 2, tmp_path, start, random.Random(7), deaths=7)


def shown(served: Served, post: Post) -> list[Any]:
    """The requests that show such a post."""
    glob = SHOWING[post.integration]
    asked = served.simulator.requests
    return [each for each in asked if each.method == "POST" and fnmatchcase(each.path, glob)]


@pytest.mark.parametrize("post", SOME, ids=[post.action for post in SOME])
def test_two_processes_at_one_run_show_one_post(
    stage: Stage, client: Client, served: Served, forks: Forks, post: Post, tmp_path: Path
) -> None:
    trial = Trial(stage, served, forks, post, tmp_path, client)
    trial.begin()
    served.simulator.requests.clear()
    both = [forks.start(*trial.doing(Death())) for _ in range(2)]
    for each in both:
        each.join(LONG)
    found = trial.go()
    assert trial.made <= post.makes
    assert found.state in {"done", "unknown"}
    if found.state == "unknown":  # the second one took it from the first in mid-request
        found = trial.settle(found, posted=trial.made > 0)
    assert (found.state, trial.made) == ("done", post.makes)
    assert len(shown(served, post)) == 1 or post.integration == "tiktok"


@pytest.mark.parametrize("post", SOME, ids=[post.action for post in SOME])
def test_a_run_that_is_taken_from_a_living_worker_is_not_sent_again(
    stage: Stage, client: Client, served: Served, forks: Forks, post: Post, tmp_path: Path
) -> None:
    """As after a pause of a machine: the first one still sends, and does not know that it counts as dead."""
    trial = Trial(stage, served, forks, post, tmp_path, client)
    trial.begin()
    run = trial.run or client.submit(post.action, trial.given, account=trial.id, key=trial.key)
    served.simulator.requests.clear()
    served.simulator.faults.add(path=SHOWING[post.integration], method="POST", delay=1.5)
    trial.run = run
    first = forks.start(*trial.doing(Death()))
    until(lambda: shown(served, post))
    client.perform(run.id, unlimited)
    first.join(LONG)
    found = stage.find(run)
    assert found.state in {"done", "unknown"}
    assert len(shown(served, post)) == 1 or post.integration == "tiktok"
    if found.state == "unknown":
        assert trial.made == post.makes
        found = trial.settle(found, posted=True)
    assert (found.state, trial.made) == ("done", post.makes)


def test_a_worker_that_was_replaced_leaves_the_media_to_the_other(
    stage: Stage, client: Client, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run,) = submitted(stage, client, served, [BY_NAME["x.create_photo_post"]], tmp_path)
    before = len(served.simulator.x.posts)
    finish = Journal.finish

    def late(journal: Journal, ledger: Any, result: Any) -> bool:
        journal.take(run.id)  # by another one, just before
        return finish(journal, ledger, result)

    monkeypatch.setattr(Journal, "finish", late)
    assert client.perform(run.id, unlimited) == "running"
    monkeypatch.setattr(Journal, "finish", finish)
    assert client.perform(run.id, unlimited) == "done"
    assert len(served.simulator.x.posts) - before == 1


def test_many_schedules_come_out_in_the_order_of_each_account(
    stage: Stage, client: Client, served: Served, start: Any
) -> None:
    number = 150 if stage.server else 60  # benchmarks/kills.py has 1000
    schedules(stage, client, served, BY_NAME["x.create_text_post"], start, random.Random(11), number)


def test_each_worker_has_its_platforms(
    stage: Stage, client: Client, served: Served, start: Any, tmp_path: Path
) -> None:
    x, linkedin, meta = submitted(stage, client, served, TEXTS, tmp_path)
    start(platforms=["x"])
    assert over(stage, [x])[0].state == "done"
    assert {stage.find(run).state for run in (linkedin, meta)} == {"waiting"}
    start(platforms=["linkedin"])
    assert over(stage, [linkedin])[0].state == "done"
    assert stage.find(meta).state == "waiting"
    client.journal.cancel(meta)


@pytest.mark.parametrize("stage", ["postgres"], indirect=True)
def test_a_database_that_goes_away_in_mid_request(
    stage: Stage, client: Client, served: Served, start: Any, tmp_path: Path
) -> None:
    """As when its server is restarted, while posts are on their way."""
    before = [post.count(served.simulator) for post in TEXTS]
    for post in TEXTS:
        served.simulator.faults.add(platform=post.integration, path=SHOWING[post.integration], delay=0.7)
    served.simulator.requests.clear()  # before a worker could send the first one
    start()
    runs = submitted(stage, client, served, TEXTS, tmp_path)
    for post in TEXTS:
        until(partial(shown, served, post))
    away(stage)
    until(lambda: all(shown(served, post)[0].status for post in TEXTS))
    time.sleep(0.3)
    back(stage)
    ended = over(stage, runs)
    assert [run.state for run in ended] == ["done"] * len(TEXTS), ended
    made = [post.count(served.simulator) - count for post, count in zip(TEXTS, before, strict=True)]
    assert made == [1] * len(TEXTS)
    # The worker is still one: it does what comes, and another sees that it lives.
    more = submitted(stage, client, served, TEXTS[:1], tmp_path)
    assert over(stage, more)[0].state == "done"


def test_a_run_waits_for_a_database_that_is_away(
    stage: Stage, client: Client, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run,) = submitted(stage, client, served, TEXTS[:1], tmp_path)
    gone = iter([True, True, False])

    def take(*_: Any) -> float:
        if next(gone, False):
            raise OperationalError("it is away", None, Exception())
        return 0.0

    monkeypatch.setattr("postwire.publish.limits.SharedLimiter.take", take)
    monkeypatch.setattr("postwire.publish.worker._PAUSES", (0.0, 0.0))
    monkeypatch.setattr("postwire.decide.api.Api.limits", lambda *_: (Limit("any", 1, 1.0),))
    no_engine: Any = None  # it only performs
    worker = Worker(client.journal, no_engine, lambda _: client, ["x"])
    assert worker._perform(run.id) == "done"
    assert stage.find(run).attempts == 3


@pytest.mark.parametrize("stage", ["postgres"], indirect=True)
def test_a_worker_is_known_to_live_after_the_database_was_away(stage: Stage) -> None:
    url = make_url(stage.environ["POSTWIRE_DATABASE"]).set(drivername="postgresql+psycopg")
    mine, other = PostgresLocks(url), PostgresLocks(url)
    assert mine.hold("mine")
    assert not other.hold("mine")
    terminate(stage)
    for locks in (mine, other):
        locks.keep()
    assert not other.hold("mine")
    mine.close()
    until(lambda: other.hold("mine"))
    other.close()


def test_a_limit_of_a_day_is_waited_for_and_keeps_the_order(
    stage: Stage, client: Client, served: Served, start: Any, tmp_path: Path
) -> None:
    post = BY_NAME["tiktok.create_video_post"]
    account = post.account(served.origin)
    subject = f"u-{secrets.token_hex(4)}"
    mine = stage.connect(post, account, subject)
    key, count = _used_up(stage, subject)
    runs = [
        client.submit(post.action, post.input(each, client, account, tmp_path), account=mine)
        for each in range(3)
    ]
    start()
    until(lambda: all((stage.find(run).run_at or 0) > time.time() for run in runs))
    waiting = [stage.find(run) for run in runs]
    assert {(run.state, run.attempts) for run in waiting} == {("waiting", 1)}
    times = [run.run_at or 0.0 for run in waiting]
    assert times == sorted(set(times))
    assert all(22.9 * 3600 < at - time.time() < 23.1 * 3600 for at in times)
    assert count == 15
    assert not [each for each in served.simulator.requests if each.path.endswith("/init/")]
    with stage.vault.store.database.write() as connection:
        connection.execute(delete(calls).where(calls.c.key == key))
    for run in waiting:
        client.journal.move(run, time.time())
    assert {run.state for run in over(stage, runs)} == {"done"}


def _used_up(stage: Stage, subject: str) -> tuple[str, int]:
    """Let an account have used up its day an hour ago; the key of that limit, and its calls."""
    api = Programs(Catalog()).get("tiktok.create_video_post").api
    acting = Account("tiktok", "unused", id=subject)
    found = api.limits("POST", "/v2/post/publish/video/init/", acting)
    day = next(limit for limit in found if limit.per == 86_400)
    with stage.vault.store.database.write() as connection:
        now = float(connection.execute(select(stage.vault.store.database.now())).scalar_one())
        rows = [{"id": f"{subject}-{each}", "key": day.key, "at": now - 3600} for each in range(day.calls)]
        connection.execute(insert(calls), rows)
    return day.key, day.calls
