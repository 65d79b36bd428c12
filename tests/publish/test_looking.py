"""Lost answers of TikTok's publishing actions: exactly one post, or an honest unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.publish.conftest import INIT

from postwire import Account, Client, OutcomeUnknown
from postwire.media import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire.publish.journal import Journal
    from postwire.simulator import Served, Simulator
    from postwire.values import Result

    Run = Callable[..., Result]


@pytest.fixture
def run(served: Served) -> Iterator[Run]:
    """Runs an action of TikTok under a key, without waiting."""
    scopes = ["user.info.basic", "video.publish", "video.upload", "video.list"]
    account = Account("tiktok", served.simulator.tiktok.connect(), id="u-1", scopes=scopes)
    with Client(account, sandbox=served.origin) as client:
        object.__setattr__(client._world, "sleep", lambda _: None)
        yield lambda action, **given: client.run(f"tiktok.{action}", given, key="monday")


def post(run: Run, **given: Any) -> Result:
    return run("create_video_post", **{"video": sample.VIDEO, "privacy_level": "SELF_ONLY", **given})


def complete(simulator: Simulator) -> int:
    """How many uploads are whole: each becomes a post."""
    return sum(
        publish.media_at is not None or publish.completed_at is not None
        for publish in simulator.tiktok.publishes.values()
    )


@pytest.mark.parametrize(
    ("fault", "begun"),
    [
        ({"path": INIT, "lose_answer": True}, 2),
        ({"path": INIT, "status": 500, "after": True}, 2),
        ({"path": INIT, "status": 502}, 1),
        ({"method": "PUT", "lose_answer": True}, 1),
        ({"method": "PUT", "reset_after_bytes": 1000}, 1),
        ({"method": "PUT", "lose_answer": True, "times": 4}, 1),
        ({"method": "PUT", "reset_after_bytes": 1000, "times": 4}, 1),
        ({"method": "PUT", "status": 500, "times": 4}, 1),
        ({"method": "PUT", "status": 500, "times": 4, "after": True}, 1),
        ({"path": INIT, "refuse": True}, 1),
        ({"path": INIT, "status": 503, "retry_after": 1}, 1),
    ],
    ids=str,
)
def test_a_video_is_posted_once_whatever_goes_wrong(
    run: Run, simulator: Simulator, journal: Journal, fault: dict[str, Any], begun: int
) -> None:
    simulator.faults.add(**fault)
    result = post(run)
    assert result["publish_id"].startswith("v_pub_file")
    assert complete(simulator) == 1
    assert len(simulator.tiktok.publishes) == begun  # one that got no bytes becomes nothing
    assert journal.runs("default")[0].state == "done"
    assert post(run) == result


def test_a_post_that_tiktok_fetches_itself_is_looked_for(run: Run, simulator: Simulator) -> None:
    url = "https://media.example.com/boats.mp4"
    simulator.faults.add(path="/v2/post/publish/content/init/", lose_answer=True)
    with pytest.raises(OutcomeUnknown) as caught:
        run("create_photo_post", photo_urls=[url.replace("mp4", "jpg")], privacy_level="SELF_ONLY")
    assert "in the TikTok app" in caught.value.remedy
