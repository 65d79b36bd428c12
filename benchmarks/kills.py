"""kill -9 in every form: at every request of every publishing action, at random among live workers; and 1,000
schedules that are due. It fails if anything is posted twice, is lost, or says something else than it is.

kills.py [SEEDS] [URL]      SQLite in a temporary folder, 5 seeds, by default; URL is a PostgreSQL server's
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' own processes and actions

from tests.publish.crowd import schedules, storm, workers
from tests.publish.posts import POSTS, relax
from tests.publish.stage import Stage
from tests.publish.trial import Trial
from tests.publish.workers import MOMENTS, Forks

from postwire.simulator import serve

if TYPE_CHECKING:
    from postwire import Client
    from postwire.simulator import Served

SCHEDULES = 1000


def main(seeds: str = "5", server: str = "") -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        served = stack.enter_context(serve())
        stage = Stage(folder, server)
        os.environ.update(stage.environ)
        forks = Forks()
        stack.callback(stage.close)
        stack.callback(forks.close)
        client = stack.enter_context(stage.client(served.origin))
        everywhere(stage, client, served, forks, folder)
        for seed in range(int(seeds)):
            at_random(stage, client, served, forks, folder, seed)
        due(stage, client, served, forks)


def everywhere(stage: Stage, client: Client, served: Served, forks: Forks, folder: Path) -> None:
    """At every request: before it is sent, once it is answered, once that is noted."""
    began, kills, unknowns = time.monotonic(), 0, 0
    for post in POSTS:
        served.simulator.reset()
        trial = Trial(stage, served, forks, post, folder, client)
        kills += trial.everywhere(MOMENTS)
        unknowns += trial.unknowns
    print(
        f"{len(POSTS)} actions, {kills} kills, at every request: {kills - unknowns} went on by themselves, "
        f"{unknowns} said that nobody can know; none twice, none lost ({time.monotonic() - began:.0f} s)"
    )


def at_random(stage: Stage, client: Client, served: Served, forks: Forks, folder: Path, seed: int) -> None:
    """Two workers at all actions at once, 20 of which end somewhere."""
    served.simulator.reset()
    relax(served.simulator)
    began = time.monotonic()
    with workers(stage, served, forks) as start:
        dice = random.Random(seed)
        ended = storm(stage, client, served, POSTS, folder, start, dice, deaths=20)
    states = Counter(run.state for run in ended)
    print(f"seed {seed}: 20 workers killed at random: {dict(states)} ({time.monotonic() - began:.0f} s)")


def due(stage: Stage, client: Client, served: Served, forks: Forks) -> None:
    """Many that are due at once."""
    served.simulator.reset()
    relax(served.simulator)
    text = next(post for post in POSTS if post.action == "x.create_text_post")
    with workers(stage, served, forks) as start:
        spent = schedules(stage, client, served, text, start, random.Random(1), SCHEDULES)
    print(f"{SCHEDULES} schedules that are due, ten accounts, two workers: {spent:.0f} s, in order")


if __name__ == "__main__":
    main(*sys.argv[1:])
