"""What goes wrong on the way to reels, videos and carousels: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from postwire import Account, ActionFailed, Client, OutcomeUnknown, Result
from postwire.faces.cli import cli
from postwire.media import sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postwire.simulator import Served

PAGE, ACCOUNT = "1010", "17841400000000001"
JPG, MP4 = "https://media.example.com/rolls.jpg", "https://media.example.com/oven.mp4"
SIZE = 2_500_000  # three parts of a Page's video
ITEMS = [{"image_url": JPG}, {"video_url": MP4}, {"image_url": f"{JPG}?2"}]
FOREVER = 10**9


class Bench:
    """A Page and its Instagram account, and a client that only notes how long it would wait."""

    def __init__(self, served: Served, film: Path) -> None:
        self.served = served
        self.meta = served.simulator.meta
        self.meta.settings.processing_polls = 0
        self.faults = served.simulator.faults
        self.film = film
        self.slept: list[float] = []
        self.client = Client(sandbox=served.origin)
        object.__setattr__(self.client._world, "sleep", self.slept.append)
        token = self.meta.connect_page()
        facts = {"page_id": PAGE}
        self.accounts = {
            "meta": Account("meta", token, id=PAGE),
            "instagram": Account("instagram", token, id=ACCOUNT, flavour="facebook", facts=facts),
        }

    def given(self, values: dict[str, Any]) -> dict[str, Any]:
        return {name: str(self.film) if value == "FILM" else value for name, value in values.items()}

    def run(self, action: str, /, **values: Any) -> Result:
        account = self.accounts[action.partition(".")[0]]
        return self.client.run(action, self.given(values), account=account)

    def fails(self, action: str, /, **values: Any) -> ActionFailed:
        with pytest.raises(ActionFailed) as caught:
            self.run(action, **values)
        return caught.value

    def shown(self) -> int:
        """How many posts, reels, videos and stories people see."""
        posts = [each for each in self.meta.all("post", PAGE) if each.status_type != "added_video"]
        videos = [each for each in self.meta.all("video", PAGE) if each.surface != "story"]
        media = [each for each in self.meta.all("media", ACCOUNT) if not each.parent]
        public = [one for one in posts if one.state == "published"]
        public += [one for one in videos if one.state == "published" and not one.failure]
        return len(public) + len(self.meta.all("story", PAGE)) + len(media)

    def check_arrived(self) -> None:
        """The film is there whole; of a Page's video the simulator counts the bytes only."""
        found = [getattr(node, "upload", None) for node in self.meta.objects.values()]
        (upload,) = [one for one in found if one is not None]
        assert upload.received == SIZE
        if upload.digest:
            assert upload.digest.hexdigest() == hashlib.sha256(self.film.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample.write(tmp_path_factory.mktemp("film") / "film.mp4", SIZE)


@pytest.fixture
def bench(served: Served, film: Path) -> Iterator[Bench]:
    made = Bench(served, film)
    with made.client:
        yield made


# The call that publishes: (action, input, its path, the how manieth call to it)
PUBLISHING: list[tuple[str, dict[str, Any], str, int]] = [
    ("meta.create_photo_post", {"photo_urls": [JPG, f"{JPG}?2"]}, "*/feed", 1),
    ("meta.create_reel", {"video": "FILM"}, "*/video_reels", 2),
    ("meta.create_reel", {"video_url": MP4}, "*/video_reels", 2),
    ("meta.create_video_post", {"video": "FILM"}, "*/videos", 5),  # start, three parts, finish
    ("meta.create_video_post", {"video_url": MP4}, "*/videos", 1),
    ("meta.create_story", {"video": "FILM"}, "*/video_stories", 2),
    ("instagram.create_carousel_post", {"items": ITEMS}, "*/media_publish", 1),
    ("instagram.create_video_post", {"video_url": MP4}, "*/media_publish", 1),
    ("instagram.create_story", {"video_url": MP4}, "*/media_publish", 1),
]
NAMES = [f"{row[0].partition('_')[2]}-{'-'.join(row[1])}-{row[0][:2]}" for row in PUBLISHING]


@pytest.mark.parametrize("fault", [{"lose_answer": True}, {"status": 502, "after": True}], ids=str)
@pytest.mark.parametrize(("action", "given", "path", "nth"), PUBLISHING, ids=NAMES)
def test_a_publishing_call_without_an_answer_is_unknown_and_never_repeated(
    bench: Bench,
    tmp_path: Path,
    action: str,
    given: dict[str, Any],
    path: str,
    nth: int,
    fault: dict[str, Any],
) -> None:
    before = bench.shown()
    bench.faults.add(method="POST", path=path, nth=nth, **fault)
    env = {"POSTWIRE_SANDBOX": bench.served.origin, "POSTWIRE_HOME": str(tmp_path)}
    typed = ["run", action, "--input", "-", "--sandbox", "--json"]
    result = CliRunner(env=env).invoke(cli, typed, input=json.dumps(bench.given(given)))
    printed = json.loads(result.stdout or result.stderr)
    assert (result.exit_code, printed["code"]) == (4, "outcome_unknown")
    assert bench.shown() == before + 1


# What people do not see yet may be sent again: (action, input, where, the how manieth)
UNSEEN: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("meta.create_photo_post", {"photo_urls": [JPG, f"{JPG}?2"]}, {"path": "*/photos", "nth": 2}),
    ("meta.create_reel", {"video": "FILM"}, {"path": "*/video_reels"}),
    ("meta.create_reel", {"video": "FILM"}, {"host": "rupload*"}),
    ("meta.create_reel", {"video_url": MP4}, {"host": "rupload*"}),
    ("meta.create_story", {"video": "FILM"}, {"host": "rupload*"}),
    ("meta.create_video_post", {"video": "FILM"}, {"path": "*/videos"}),
    ("meta.create_video_post", {"video": "FILM"}, {"path": "*/videos", "nth": 3}),
    ("instagram.create_carousel_post", {"items": ITEMS}, {"path": "*/media", "nth": 2}),
    ("instagram.create_carousel_post", {"items": ITEMS}, {"path": "*/media", "nth": 4}),
    ("instagram.create_video_post", {"video": "FILM"}, {"host": "rupload*"}),
]
UNSEEN_NAMES = [f"{row[0]}-{'-'.join(map(str, row[2].values()))}" for row in UNSEEN]


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize(("action", "given", "where"), UNSEEN, ids=UNSEEN_NAMES)
def test_a_part_or_an_item_that_the_platform_fails_at_is_sent_again(
    bench: Bench, action: str, given: dict[str, Any], where: dict[str, Any], status: int
) -> None:
    before = bench.shown()
    bench.faults.add(method="POST", status=status, **where)
    assert bench.run(action, **given).state == "done"
    assert bench.shown() == before + 1
    assert len(bench.slept) == 1
    if "video" in given:
        bench.check_arrived()


@pytest.mark.parametrize(("action", "given", "where"), UNSEEN, ids=UNSEEN_NAMES)
def test_what_keeps_failing_is_told_and_publishes_nothing(
    bench: Bench, action: str, given: dict[str, Any], where: dict[str, Any]
) -> None:
    before = bench.shown()
    bench.faults.add(method="POST", status=500, times=0, **where)
    error = bench.fails(action, **given)
    assert error.code == "transient"
    assert not isinstance(error, OutcomeUnknown)
    assert bench.shown() == before


CUTS: list[dict[str, Any]] = [{"reset_after_bytes": 700_000}, {"lose_answer": True}, {"refuse": True}]
HOSTED = ["meta.create_reel", "meta.create_story", "instagram.create_video_post", "instagram.create_story"]
PARTS = {"path": "*/videos", "nth": 3}
BROKEN: list[tuple[str, dict[str, Any]]] = [
    *((action, {"host": "rupload*", **cut}) for action in HOSTED for cut in CUTS),
    *(("meta.create_video_post", {**PARTS, **cut}) for cut in CUTS),
]


@pytest.mark.parametrize(("action", "fault"), BROKEN, ids=[f"{row[0]}-{list(row[1])[-1]}" for row in BROKEN])
def test_an_upload_that_breaks_off_arrives_whole_and_once(
    bench: Bench, action: str, fault: dict[str, Any]
) -> None:
    before = bench.shown()
    bench.faults.add(method="POST", **fault)
    assert bench.run(action, video="FILM").state == "done"
    assert bench.shown() == before + 1
    bench.check_arrived()


@pytest.mark.parametrize("body", ["", "<html>", '{"error": {"message": "No", "code": 1}}'])
def test_a_refused_upload_is_never_taken_for_a_good_one(bench: Bench, body: str) -> None:
    bench.faults.add(method="POST", host="rupload*", status=400, body=body)
    assert bench.run("meta.create_reel", video="FILM").state == "done"
    bench.check_arrived()


# A token that ends on the way: (action, input, where, what is there already and is told)
REVOKED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("meta.create_reel", {"video": "FILM"}, {"path": "*/video_reels", "nth": 2}, "start.id"),
    ("meta.create_reel", {"video": "FILM"}, {"host": "rupload*"}, "start.id"),
    ("meta.create_video_post", {"video": "FILM"}, {"path": "*/videos", "nth": 3}, "start.id"),
    ("meta.create_photo_post", {"photo_urls": [JPG]}, {"path": "*/feed"}, "links.count"),
    ("instagram.create_carousel_post", {"items": ITEMS}, {"path": "*/media", "nth": 4}, "children.count"),
    ("instagram.create_carousel_post", {"items": ITEMS}, {"path": "*/media_publish"}, "container.id"),
    ("instagram.create_video_post", {"video": "FILM"}, {"path": "*/media_publish"}, "container.id"),
]


@pytest.mark.parametrize(
    ("action", "given", "where", "kept"), REVOKED, ids=[f"{r[0]}-{r[3]}" for r in REVOKED]
)
def test_a_token_that_ends_on_the_way_tells_what_is_there(
    bench: Bench, action: str, given: dict[str, Any], where: dict[str, Any], kept: str
) -> None:
    before = bench.shown()
    bench.faults.add(method="POST", revoke_token=True, **where)
    error = bench.fails(action, **given)
    assert error.code == "auth_expired"
    assert error.saved.get(kept), error.saved
    assert bench.shown() == before


LIMITED = {
    "meta.create_reel": "*/video_reels",
    "meta.create_video_post": "*/videos",
    "instagram.create_video_post": "*/media_publish",
}


def usage(minutes: int) -> dict[str, str]:
    rows = {key: [{"type": "pages", "estimated_time_to_regain_access": minutes}] for key in (PAGE, ACCOUNT)}
    return {"X-Business-Use-Case-Usage": json.dumps(rows)}


@pytest.mark.parametrize("code", ["80001", "80002", "4"])
@pytest.mark.parametrize("action", LIMITED)
def test_a_limit_that_ends_soon_is_waited_for(bench: Bench, action: str, code: str) -> None:
    before = bench.shown()
    bench.faults.add(method="POST", path=LIMITED[action], status=400, error_code=code, headers=usage(1))
    assert bench.run(action, video_url=MP4).state == "done"
    assert 60 in bench.slept
    assert bench.shown() == before + 1


@pytest.mark.parametrize("action", LIMITED)
def test_a_limit_that_lasts_is_told_with_its_end(bench: Bench, action: str) -> None:
    before = bench.shown()
    bench.meta.settings.page_calls = bench.meta.settings.instagram_calls = 0
    error = bench.fails(action, video_url=MP4)
    assert (error.code, error.retry_after) == ("rate_limited", 24 * 3600)
    assert bench.slept == []
    assert bench.shown() == before


@pytest.mark.parametrize(
    ("action", "given", "subcode", "code"),
    [
        ("meta.create_reel", {"video_url": MP4}, "1363128", "media_rejected"),
        ("meta.create_video_post", {"video_url": MP4}, "6000", "media_rejected"),
        ("meta.create_story", {"video_url": MP4}, "1363127", "media_rejected"),
        ("instagram.create_video_post", {"video_url": MP4}, "2207026", "media_rejected"),
        ("instagram.create_story", {"video_url": MP4}, "2207076", "media_rejected"),
        ("instagram.create_carousel_post", {"items": ITEMS}, "2207026", "media_rejected"),
        ("instagram.create_video_post", {"video_url": MP4}, "2207077", "media_rejected"),
        ("instagram.create_video_post", {"video_url": MP4}, "2207082", "transient"),
    ],
)
def test_media_that_cannot_be_processed_is_rejected(
    bench: Bench, action: str, given: dict[str, Any], subcode: str, code: str
) -> None:
    before = bench.shown()
    bench.meta.settings.fail_next = [subcode] * 3
    error = bench.fails(action, **given)
    assert error.code == code
    assert bench.shown() == before


def test_what_was_prepared_yesterday_has_expired(bench: Bench) -> None:
    container = bench.run("instagram.create_container", kind="image", image_url=JPG)["container_id"]
    bench.served.simulator.clock.advance(25 * 3600)
    error = bench.fails("instagram.publish_container", container_id=container)
    # Page "Error Codes": a new container is what helps, the file is not at fault.
    assert (error.code, "24 hours" in error.message) == ("conflict", True)


@pytest.mark.parametrize(
    "given",
    [
        ("instagram.create_video_post", {"video_url": MP4}),
        ("instagram.create_video_post", {"video": "FILM"}),
        ("instagram.create_story", {"video_url": MP4}),
        ("instagram.create_carousel_post", {"items": ITEMS}),
    ],
    ids=lambda given: f"{given[0]}-{'-'.join(given[1])}",
)
def test_what_takes_too_long_on_instagram_is_pending_and_can_be_gone_on_with(
    bench: Bench, given: tuple[str, dict[str, Any]]
) -> None:
    before = bench.shown()
    bench.meta.settings.processing_polls, bench.meta.settings.processing_seconds = FOREVER, float(FOREVER)
    pending = bench.run(given[0], **given[1])
    assert (pending.state, pending["status"]) == ("pending", "IN_PROGRESS")
    assert sum(bench.slept) >= 590
    assert bench.shown() == before
    bench.meta.settings.processing_polls = 0
    if container := pending.output.get("container_id"):
        post = bench.run("instagram.publish_container", container_id=container)
    else:  # the items of a carousel come first
        items = [{"container_id": each} for each in pending["children"]]
        post = bench.run("instagram.create_carousel_post", items=items)
    assert (post.state, post["status"]) == ("done", "PUBLISHED")
    assert bench.shown() == before + 1


@pytest.mark.parametrize("action", ["meta.create_reel", "meta.create_video_post"])
def test_what_takes_too_long_on_a_page_goes_on_by_itself(bench: Bench, action: str) -> None:
    before = bench.shown()
    bench.meta.settings.processing_polls, bench.meta.settings.processing_seconds = FOREVER, float(FOREVER)
    pending = bench.run(action, video="FILM")
    assert (pending.state, pending["status"]) == ("pending", "processing")
    bench.meta.settings.processing_polls = 0
    seen = bench.run("meta.get_post_status", video_id=pending["video_id"])
    assert (seen["status"], seen["is_published"]) == ("ready", True)
    assert bench.shown() == before + 1
