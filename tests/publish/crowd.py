"""Many runs at once and live workers at them, some of which are killed."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tests.publish.workers import MOMENTS, Death

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from random import Random

    from tests.publish.posts import Post
    from tests.publish.stage import Stage
    from tests.publish.workers import Forks

    from postwire import Client
    from postwire.publish.records import Run
    from postwire.simulator import Served

    Start = Callable[..., Any]

LONG: Final = 300.0  # seconds that nothing takes, whatever the machine does besides
OVER: Final = ("done", "unknown", "failed", "cancelled", "pending")
_TOGETHER: Final = {"meta", "instagram"}  # they are counted together


def until(there: Callable[[], Any], seconds: float = LONG) -> None:
    """Wait for something that must come."""
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end
        time.sleep(0.02)


def submitted(stage: Stage, client: Client, served: Served, posts: list[Post], folder: Path) -> list[Run]:
    """One run of each, on accounts with fresh limits."""
    runs = []
    for number, post in enumerate(posts):
        account = post.account(served.origin)
        given = post.input(number, client, account, folder)
        runs.append(client.submit(post.action, given, account=stage.connect(post, account)))
    return runs


def all_over(stage: Stage, runs: list[Run]) -> bool:
    """Whether each run has ended."""
    return all(stage.find(run).state in OVER for run in runs)


def over(stage: Stage, runs: list[Run], seconds: float = LONG) -> list[Run]:
    """The runs, when each has ended."""
    until(lambda: all_over(stage, runs), seconds)
    return [stage.find(run) for run in runs]


def storm(
    stage: Stage,
    client: Client,
    served: Served,
    posts: list[Post],
    folder: Path,
    start: Start,
    dice: Random,
    deaths: int,
) -> list[Run]:
    """Let two workers do them that end themselves somewhere and are replaced, until so many were begun; then
    one that stays. The runs as they ended: each as it says, and nothing is there twice."""
    runs = submitted(stage, client, served, posts, folder)
    before = {post.integration: post.count(served.simulator) for post in posts}
    living: list[Any] = []
    for _ in range(deaths):
        until(lambda: sum(each.is_alive() for each in living) < 2 or all_over(stage, runs))
        living.append(start(death=Death(dice.randint(1, 9), dice.choice(MOMENTS))))
    start()
    ended = over(stage, runs)
    assert {run.state for run in ended} <= {"done", "unknown"}, ended
    for post in posts:
        kin = _TOGETHER if post.integration in _TOGETHER else {post.integration}
        pairs = [(each, run) for each, run in zip(posts, ended, strict=True) if each.integration in kin]
        made = post.count(served.simulator) - before[post.integration]
        least = sum(each.makes for each, run in pairs if run.state == "done")
        assert least <= made <= sum(each.makes for each, _ in pairs), (post.action, pairs, made)
    return ended


def schedules(
    stage: Stage, client: Client, served: Served, post: Post, start: Start, dice: Random, number: int
) -> float:
    """So many texts that are due, on ten accounts, are posted by two workers in the order of their
    times on each; the seconds that it took."""
    account = post.account(served.origin)
    ids = [stage.connect(post, account, subject=f"s{each}") for each in range(10)]
    now = time.time()
    times = [now - dice.uniform(0, 3000) for _ in range(number)]
    before = len(served.simulator.x.posts)
    runs = [
        client.submit(post.action, {"text": f"{each % 10}:{at!r}"}, account=ids[each % 10], at=at)
        for each, at in enumerate(times)
    ]
    began = time.monotonic()
    for _ in range(2):
        start()
    assert {run.state for run in over(stage, runs, LONG + number)} == {"done"}
    spent = time.monotonic() - began
    order: dict[str, list[float]] = {}
    for made in list(served.simulator.x.posts.values())[before:]:
        whose, _, at = made.text.partition(":")
        order.setdefault(whose, []).append(float(at))
    assert sum(map(len, order.values())) == number
    assert all(each == sorted(each) for each in order.values())
    return spent


@contextmanager
def workers(stage: Stage, served: Served, forks: Forks) -> Iterator[Any]:
    """Begins workers, which end with the block."""
    begun: list[Any] = []

    def begin(**more: Any) -> Any:
        begun.append(forks.worker(stage.environ, served.origin, **more))
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.join(LONG)
