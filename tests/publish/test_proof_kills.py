"""kill -9 at every request of every publishing action, on SQLite and on PostgreSQL: another process goes on,
and there is exactly one post, or an honest unknown that can be settled.

The victims are real processes that end themselves in mid-request: when it is noted that it will be sent, and
when it is answered but that is not noted. `benchmarks/kills.py` has more moments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.accounts.conftest import postgres_server  # noqa: F401 - a fixture
from tests.publish.posts import OTHERS, POSTS, Post
from tests.publish.trial import Trial

from postwire.language.catalog import Catalog

if TYPE_CHECKING:
    from pathlib import Path

    from tests.publish.stage import Stage
    from tests.publish.workers import Forks

    from postwire.simulator import Served


@pytest.mark.parametrize("post", POSTS, ids=[post.action for post in POSTS])
def test_killed_at_every_request(
    stage: Stage, post: Post, served: Served, forks: Forks, tmp_path: Path
) -> None:
    with stage.client(served.origin) as client:
        trial = Trial(stage, served, forks, post, tmp_path, client)
        assert trial.everywhere(["before", "after"]) >= 2


def test_every_action_that_creates_something_is_tried_or_has_a_reason() -> None:
    creates = {action.id for action in Catalog().actions() if action.effect == "create"}
    assert {post.action for post in POSTS} | set(OTHERS) == creates
    assert not {post.action for post in POSTS} & set(OTHERS)
