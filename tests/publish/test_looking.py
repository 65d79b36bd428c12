"""Lost answers of publishing actions, TikTok's above all: exactly one post, or an honest unknown."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.publish.conftest import INIT

from postwire import Account, ActionFailed, Client, OutcomeUnknown
from postwire.media import sample
from postwire.sandbox import Sandbox
from postwire.simulator.tiktok.processing import poll

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postwire.publish.journal import Journal
    from postwire.simulator import Served, Simulator
    from postwire.values import Result

    Run = Callable[..., Result]


@pytest.fixture
def run(served: Served) -> Iterator[Run]:
    """Runs an action of TikTok under a key, without waiting."""
    scopes = ["user.info.basic", "video.publish", "video.upload", "video.list"]
    account = Account("tiktok", served.simulator.tiktok.connect(), id="u-1", scopes=scopes)
    state = served.simulator.tiktok
    state.settings.audited = True

    def sleep(_: float) -> None:
        """TikTok fetches and processes meanwhile what it was given."""
        end = time.monotonic() + 60
        for publish in state.publishes.values():
            while publish.upload is None and publish.media_at is None and time.monotonic() < end:
                poll(state, publish)
                served.simulator.turn()
            for _ in range(9):
                poll(state, publish)

    with Client(account, sandbox=served.origin) as client:
        object.__setattr__(client._world, "sleep", sleep)
        yield lambda action, key="monday", **given: client.run(f"tiktok.{action}", given, key=key)


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


PULLED = {"video_url": "https://media.example.com/boats.mp4", "title": "Boats #craft"}


@pytest.mark.parametrize("title", ["Boats #craft", "", "x" * 400], ids=["short", "none", "long"])
def test_a_public_post_that_tiktok_fetches_itself_is_found(
    run: Run, simulator: Simulator, title: str
) -> None:
    simulator.faults.add(path=INIT, lose_answer=True)
    given = {**PULLED, "title": title} if title else {"video_url": PULLED["video_url"]}
    result = run("create_video_post", **given, privacy_level="PUBLIC_TO_EVERYONE", disable_comment=False)
    (publish,) = simulator.tiktok.publishes.values()
    assert result["id"] == str(publish.post_ids[0])
    assert result["url"].endswith(result["id"])
    assert result["status"] == "PUBLISH_COMPLETE"


def test_a_private_one_nobody_can_see_so_a_person_is_asked(run: Run, simulator: Simulator) -> None:
    simulator.faults.add(path=INIT, lose_answer=True)
    with pytest.raises(OutcomeUnknown) as caught:
        run("create_video_post", **PULLED, privacy_level="SELF_ONLY")
    assert "in the TikTok app" in caught.value.remedy
    assert len(simulator.tiktok.publishes) == 1


def test_a_post_of_before_is_not_taken_for_it(run: Run, simulator: Simulator) -> None:
    public = {**PULLED, "privacy_level": "PUBLIC_TO_EVERYONE"}
    simulator.tiktok.add_video(simulator.tiktok.settings.accounts[0].open_id, PULLED["title"], at=1.7e9)
    simulator.faults.add(path=INIT, status=500)  # nothing was done
    with pytest.raises(OutcomeUnknown):
        run("create_video_post", **public)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"path": INIT, "revoke_token": True}, "auth_expired"),
        ({"path": INIT, "error_code": "spam_risk_too_many_posts", "status": 403}, "quota_exceeded"),
        ({"path": INIT, "status": 429, "retry_after": 9000}, "rate_limited"),
        ({"path": INIT, "refuse": True, "times": 4}, "transient"),
        ({"method": "PUT", "status": 404}, "conflict"),
    ],
    ids=str,
)
def test_a_clear_refusal_is_no_unknown(
    run: Run, simulator: Simulator, journal: Journal, fault: dict[str, Any], code: str
) -> None:
    simulator.faults.add(**fault)
    with pytest.raises(ActionFailed) as caught:
        post(run)
    assert caught.value.code == code
    (found,) = journal.runs("default")
    assert (found.state, found.code) == ("failed", code)
    assert complete(simulator) == 0


@pytest.fixture
def elsewhere(served: Served) -> Iterator[Run]:
    """Runs an action of any platform under a key, without waiting."""
    accounts: dict[str, Account] = {}

    def act(action: str, key: str = "monday", **given: Any) -> Result:
        name = action.partition(".")[0]
        account = accounts.setdefault(name, Sandbox(served.origin).account(name))
        return client.run(action, given, account=account, key=key)

    with Client(sandbox=served.origin) as client:
        object.__setattr__(client._world, "sleep", lambda _: None)
        yield act


PAGE = {"author": "urn:li:organization:5515715"}
BOAT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
FEED = "/v26.0/1010/feed"
ARTICLE = {"url": "https://boats.example.com/1", "title": "Boats"}
ELSEWHERE: list[tuple[str, str, str, dict[str, Any]]] = [
    ("x.create_text_post", "text", "/2/tweets", {}),
    ("x.create_poll_post", "text", "/2/tweets", {"poll_options": ["Paper", "Tin"]}),
    ("x.create_photo_post", "text", "/2/tweets", {"images": [DOT]}),
    ("linkedin.create_text_post", "text", "/rest/posts", PAGE),
    ("linkedin.create_article_post", "text", "/rest/posts", {**PAGE, **ARTICLE}),
    ("linkedin.create_poll_post", "text", "/rest/posts", {**PAGE, "question": "?", "options": ["a", "b"]}),
    ("linkedin.create_photo_post", "text", "/rest/posts", {**PAGE, "images": [{"image": BOAT}]}),
    ("linkedin.create_document_post", "text", "/rest/posts", {**PAGE, "document": "pdf", "title": "Boats"}),
    ("linkedin.create_video_post", "text", "/rest/posts", {**PAGE, "video": "large"}),
    ("meta.create_text_post", "message", FEED, {}),
    ("meta.create_photo_post", "message", FEED, {"photo_urls": ["https://media.example.com/1.jpg"]}),
    ("meta.create_video_post", "message", "/v26.0/1010/videos", {"video": "small", "wait": False}),
    (
        "meta.create_video_post",
        "message",
        "/v26.0/1010/videos",
        {"video_url": "https://media.example.com/1.mp4"},
    ),
    ("meta.create_reel", "message", "/v26.0/1010/video_reels", {"video": "small", "wait": False}),
]
LASTS = {"/v26.0/1010/video_reels": 2, "/v26.0/1010/videos": 3}  # of several requests the last one shows it


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The files that those name."""
    pdf = tmp_path / "boats.pdf"
    pdf.write_bytes(b"%PDF-1.4\n%%EOF")
    return {"pdf": pdf, "small": sample.VIDEO, "large": sample.write(tmp_path / "film.mp4", 100_000)}


@pytest.mark.parametrize(("action", "said", "path", "more"), ELSEWHERE, ids=[row[0] for row in ELSEWHERE])
class TestElsewhere:
    def test_a_post_whose_answer_was_lost_is_found(
        self,
        elsewhere: Run,
        simulator: Simulator,
        files: dict[str, Path],
        action: str,
        said: str,
        path: str,
        more: dict[str, Any],
    ) -> None:
        given = {
            said: "Two paper boats, see example.org and https://boats.example.com/2.",
            **named(more, files),
        }
        elsewhere(action, "before", **{**given, said: "Another one."})
        before = len(asked(simulator, path))
        simulator.faults.add(method="POST", path=path, lose_answer=True, nth=nth(path, more))
        result = elsewhere(action, **given)
        assert result["id"]
        assert elsewhere(action, **given) == result
        assert len(asked(simulator, path)) == 2 * before

    def test_one_that_is_not_there_is_left_to_a_person(
        self,
        elsewhere: Run,
        simulator: Simulator,
        files: dict[str, Path],
        action: str,
        said: str,
        path: str,
        more: dict[str, Any],
    ) -> None:
        given = named(more, files)
        elsewhere(action, "before", **{**given, said: "Another one."})
        simulator.faults.add(method="POST", path=path, status=502, nth=nth(path, more))
        with pytest.raises(OutcomeUnknown) as caught:
            elsewhere(action, **{**given, said: "Two paper boats."})
        assert "Look at the" in caught.value.remedy


def named(more: dict[str, Any], files: dict[str, Path]) -> dict[str, Any]:
    return {
        name: files.get(value, value) if isinstance(value, str) else value for name, value in more.items()
    }


def nth(path: str, more: dict[str, Any]) -> int:
    return 1 if "video_url" in more else LASTS.get(path, 1)


def asked(simulator: Simulator, path: str) -> list[Any]:
    return [each for each in simulator.requests if (each.method, each.path) == ("POST", path)]
