"""The Page's actions against the simulated Graph API, which is written from the same pages by other hands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from postwire import ActionFailed, Client
from postwire.decide.retry import Policy
from postwire.media.sample import VIDEO
from postwire.sandbox import Sandbox
from postwire.simulator.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postwire.simulator import Served, Simulator

DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
FLAT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


class Bench:
    """A connected Page."""

    def __init__(self, served: Served) -> None:
        self.page = Sandbox(served.origin).account("meta", postwire_account="simowner")
        self.client = Client(sandbox=served.origin, policy=Policy(first=0.01))

    def run(self, name: str, /, **given: Any) -> Any:
        return self.client.run(f"meta.{name}", given, account=self.page)

    def refused(self, name: str, /, **given: Any) -> ActionFailed:
        with pytest.raises(ActionFailed) as caught:
            self.run(name, **given)
        return caught.value


@pytest.fixture
def bench(served: Served) -> Iterator[Bench]:
    made = Bench(served)
    with made.client:
        yield made


def ahead(**span: float) -> str:
    return (datetime.now(UTC) + timedelta(**span)).isoformat(timespec="seconds")


def test_a_post_is_planned_moved_published_changed_and_deleted(bench: Bench) -> None:
    post = bench.run("create_text_post", message="Rye", scheduled_publish_time=ahead(days=2))["id"]
    bench.run("reschedule_post", post_id=post, scheduled_publish_time=ahead(days=3))
    (planned,) = [each for each in bench.run("list_scheduled_posts")["posts"] if each["id"] == post]
    assert planned["scheduled_at"][:10] == ahead(days=3)[:10]
    bench.run("publish_scheduled_post", post_id=post)
    bench.run("update_post", post_id=post, message="Rye bread")
    assert bench.run("list_posts", limit=1)["posts"][0]["text"] == "Rye bread"
    bench.run("delete_post", post_id=post)
    assert bench.refused("get_post", post_id=post).code == "not_found"


def test_a_draft_is_in_no_list_until_it_is_published(bench: Bench) -> None:
    draft = bench.run("create_photo_post", photos=[DOT, FLAT], alt_texts=["Dot"], message="Two", draft=True)
    listed = [
        each["id"] for name in ("list_posts", "list_scheduled_posts") for each in bench.run(name)["posts"]
    ]
    assert draft["id"] not in listed
    bench.run("publish_scheduled_post", post_id=draft["id"])
    assert bench.run("get_post", post_id=draft["id"])["is_published"] is True


def test_a_list_goes_on_where_it_ended(bench: Bench) -> None:
    made = [bench.run("create_text_post", message=f"Post {i}")["id"] for i in range(7)]
    first = bench.run("list_posts", limit=4)
    then = bench.run("list_posts", limit=3, cursor=first["cursor"])
    assert [post["id"] for post in [*first["posts"], *then["posts"]]] == made[::-1]
    assert first["has_more"] is True


def test_a_conversation_below_a_post(bench: Bench) -> None:
    post = bench.run("create_text_post", message="Ask us")["id"]
    first = bench.run("create_comment", post_id=post, message="Until noon")["id"]
    second = bench.run("reply_to_comment", comment_id=first, message="Or one")["id"]
    third = bench.run("reply_to_comment", comment_id=second, message="Or two")
    assert third["parent_id"] == first
    bench.run("update_comment", comment_id=third["id"], message="Or three")
    said = bench.run("list_comments", post_id=post, filter="stream", order="chronological")["comments"]
    assert [each["text"] for each in said] == ["Until noon", "Or one", "Or three"]
    bench.run("delete_comment", comment_id=second)
    assert bench.run("get_comment", comment_id=first)["author"]["id"] == "1010"


def test_a_visitors_comment_is_hidden_shown_liked_and_answered_once(bench: Bench) -> None:
    (comment,) = bench.run("list_comments", post_id="1010_2020")["comments"]
    bench.run("hide_comment", comment_id=comment["id"])
    assert bench.run("get_comment", comment_id=comment["id"])["hidden"] is True
    bench.run("hide_comment", comment_id=comment["id"], hidden=False)
    bench.run("like_comment", comment_id=comment["id"])
    assert bench.run("get_comment", comment_id=comment["id"])["liked"] is True
    sent = bench.run("send_private_reply", comment_id=comment["id"], text="We keep one for you.")
    assert sent["recipient_id"] == comment["author"]["id"]
    again = bench.refused("send_private_reply", comment_id=comment["id"], text="And another.")
    assert (again.code, "7 days" in again.message) == ("conflict", True)


def test_messages_of_every_kind(bench: Bench) -> None:
    (talk,) = bench.run("list_conversations")["conversations"]
    person = next(each["id"] for each in talk["participants"] if each["id"] != "1010")
    bench.run("send_sender_action", recipient_id=person, action="mark_seen")
    kept = bench.run("upload_message_attachment", attachment=DOT)["attachment_id"]
    for content in ({"text": "Yes"}, {"attachment": DOT}, {"attachment_id": kept}):
        bench.run("send_message", recipient_id=person, **content)
    heard = bench.run("list_messages", conversation_id=talk["id"], limit=4)["messages"]
    assert [("text" in each, each["sender"]["id"]) for each in heard[:3]] == [
        (False, "1010"),
        (False, "1010"),
        (True, "1010"),
    ]


def test_one_dead_figure_is_named_and_the_others_come(bench: Bench) -> None:
    found = bench.run("get_account_insights", metrics=["page_fans", "page_follows"])
    assert [each["metric"] for each in found["unavailable"]] == ["page_fans"]
    assert [each["name"] for each in found["insights"]] == ["page_follows"]
    assert found["metrics"]["followers"] > 0
    assert bench.refused("get_post_insights", post_id="1010_404404").code == "not_found"


@pytest.mark.parametrize("action", ["create_reel", "create_video_post"])
def test_a_video_arrives_whole(bench: Bench, action: str, tmp_path: Path) -> None:
    made = bench.run(action, video=str(VIDEO), draft=True, wait=False)
    state = bench.run("get_post_status", video_id=made["video_id"])
    assert (made["status"], state["uploading"]) == ("draft", "complete")


def test_a_photo_becomes_a_story_once(bench: Bench) -> None:
    story = bench.run("create_story", photo=DOT)
    assert story["id"] in [each["id"] for each in bench.run("list_stories")["stories"]]


def test_what_the_page_tells_of_itself(bench: Bench) -> None:
    bench.run("update_page", about="Bread", hours=[{"day": "mon", "open": "07:00", "close": "12:00"}])
    found = bench.run("get_page")
    assert (found["bio"], found["hours"]["mon_1_open"]) == ("Bread", "07:00")
    assert bench.run("list_pages")["pages"][0]["id"] == found["id"]
    assert bench.refused("read_graph", edge="ratings").code == "version_retired"


def test_people_are_let_in_and_out(bench: Bench) -> None:
    bench.run("block_person", user_id="6001")
    assert [each["id"] for each in bench.run("list_blocked_people")["people"]] == ["6001"]
    bench.run("unblock_person", user_id="6001")
    assert bench.run("list_blocked_people")["people"] == []


def test_what_people_meet_before_they_write(bench: Bench) -> None:
    bench.run("update_messenger_profile", get_started_payload="START", greeting="Hello")
    bench.run("update_messenger_profile", persistent_menu=[{"title": "Shop", "url": "https://shop.example/"}])
    found = bench.run("get_messenger_profile")
    assert (found["greeting"], found["persistent_menu"][0]["type"]) == ("Hello", "web_url")
    bench.run("delete_messenger_profile", fields=["persistent_menu"])
    assert "persistent_menu" not in bench.run("get_messenger_profile").output


def test_events_come_when_they_are_asked_for(bench: Bench) -> None:
    bench.run("subscribe_webhooks", fields=["feed", "messages"])
    (app,) = bench.run("get_webhook_subscription")["apps"]
    assert app["subscribed_fields"] == ["feed", "messages"]
    bench.run("unsubscribe_webhooks")
    assert bench.run("get_webhook_subscription")["apps"] == []


# The answer of a call is lost after Facebook did the work: what people see is unknown, not repeated.
LOST = [
    ("create_text_post", {"message": "Once"}, "*/feed", "list_posts", "posts"),
    ("create_photo_post", {"photos": [DOT], "message": "Once"}, "*/feed", "list_posts", "posts"),
    ("create_story", {"photo": DOT}, "*/photo_stories", "list_stories", "stories"),
    ("create_reel", {"video": str(VIDEO), "wait": False}, "*/video_reels", "list_reels", "reels"),
]


@pytest.mark.parametrize(("name", "given", "path", "listing", "noun"), LOST, ids=[row[0] for row in LOST])
def test_a_lost_answer_makes_nothing_appear_twice(
    bench: Bench, simulator: Simulator, name: str, given: dict[str, Any], path: str, listing: str, noun: str
) -> None:
    before = len(bench.run(listing)[noun])
    nth = 2 if name == "create_reel" else 1  # the first one only begins
    simulator.faults.add(Fault(platform="meta", method="POST", path=path, nth=nth, lose_answer=True))
    assert bench.refused(name, **given).code == "outcome_unknown"
    assert len(bench.run(listing)[noun]) == before + 1


@pytest.mark.parametrize(
    ("name", "given", "path"),
    [
        ("create_photo_post", {"photos": [DOT], "message": "Once"}, "*/photos"),
        ("create_story", {"photo": DOT}, "*/photos"),
        ("create_reel", {"video": str(VIDEO), "wait": False}, "*/video_reels"),
    ],
)
def test_a_lost_answer_of_what_nobody_sees_is_no_trouble(
    bench: Bench, simulator: Simulator, name: str, given: dict[str, Any], path: str
) -> None:
    simulator.faults.add(Fault(platform="meta", method="POST", path=path, lose_answer=True))
    assert bench.run(name, **given)["id"]


def test_an_upload_that_breaks_off_publishes_nothing(bench: Bench, simulator: Simulator) -> None:
    fault = Fault(platform="meta", host="rupload*", reset_after_bytes=20_000)
    simulator.faults.add(fault)
    made = bench.run("create_reel", video=str(VIDEO), wait=False)
    assert bench.run("get_post_status", video_id=made["video_id"])["bytes_received"] == VIDEO.stat().st_size
