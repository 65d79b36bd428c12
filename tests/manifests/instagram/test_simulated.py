"""Instagram's actions against the simulated Instagram, which other hands wrote from the same pages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from postwire import Account, ActionFailed, Client
from postwire.accounts.oauth import OAuth
from postwire.decide.programs import of_flavour
from postwire.drive import World, drive
from postwire.language.catalog import Catalog
from postwire.media.sample import VIDEO
from postwire.sandbox import Sandbox
from postwire.transport import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.simulator import Served

IMAGE, FILM = "https://media.example.com/rolls.jpg", "https://media.example.com/bake.mp4"


class Bench:
    """One simulated Instagram account, connected by either login, and a client that waits for nothing."""

    def __init__(self, served: Served) -> None:
        self.sandbox = Sandbox(served.origin)
        self.client = Client(sandbox=served.origin)
        object.__setattr__(self.client._world, "sleep", lambda _: None)
        self.accounts = {"": self.sandbox.account("instagram"), "facebook": self._through_facebook()}

    def _through_facebook(self) -> Account:
        described = of_flavour(Catalog().integration("instagram"), "facebook")
        transport, world, now = HttpTransport(sandbox=self.sandbox.origin), World(), time.time()
        keys, redirect = self.sandbox.app("instagram", transport)
        oauth = OAuth("instagram", described, keys)
        begun = oauth.authorize(redirect)
        tokens = drive(
            oauth.connect(begun, self.sandbox.consent(begun.url, transport), now), transport, world
        )
        who = drive(oauth.identity(tokens), transport, world)
        child = drive(oauth.children(tokens, who, now), transport, world)[0]
        transport.close()
        assert child.tokens is not None
        known = dict(child.about)
        return Account(
            "instagram",
            child.tokens.access,
            id=str(known["id"]),
            scopes=child.tokens.scopes,
            flavour="facebook",
            facts=known,
        )

    def run(self, action: str, flavour: str = "", **given: Any) -> Any:
        return self.client.run(f"instagram.{action}", given, account=self.accounts[flavour]).output


@pytest.fixture
def bench(served: Served) -> Iterator[Bench]:
    made = Bench(served)
    with made.client:
        yield made


BOTH = pytest.mark.parametrize("flavour", ["", "facebook"])


@BOTH
def test_every_kind_of_post_comes_back_as_it_was(bench: Bench, flavour: str) -> None:
    before = bench.run("get_publishing_quota", flavour)["quota_usage"]
    items = [{"image_url": IMAGE, "alt_text": "A loaf"}, {"video_url": FILM}]
    made = [
        bench.run("create_photo_post", flavour, image_url=IMAGE, caption="Rolls", alt_text="Rolls on a tray"),
        bench.run("create_video_post", flavour, video_url=FILM, caption="Film", share_to_feed=True),
        bench.run("create_carousel_post", flavour, items=items, caption="Both"),
    ]
    seen = [bench.run("get_post", flavour, post_id=each["id"]) for each in made]
    assert [post["text"] for post in seen] == ["Rolls", "Film", "Both"]
    assert [post["media_type"] for post in seen] == ["IMAGE", "VIDEO", "CAROUSEL_ALBUM"]
    assert [post["url"] for post in seen] == [each["url"] for each in made]
    assert seen[0]["alt_text"] == "Rolls on a tray"
    children = bench.run("get_children", flavour, post_id=made[2]["id"])["children"]
    assert [child["media_type"] for child in children] == ["IMAGE", "VIDEO"]
    story = bench.run("create_story", flavour, image_url=IMAGE)["id"]
    assert story in [each["id"] for each in bench.run("list_stories", flavour)["posts"]]
    assert bench.run("get_publishing_quota", flavour)["quota_usage"] == before + 4


@pytest.mark.parametrize("action", ["create_video_post", "create_story"])
def test_own_bytes(bench: Bench, action: str) -> None:
    assert bench.run(action, "facebook", video=str(VIDEO))["status"] == "PUBLISHED"
    with pytest.raises(ActionFailed) as caught:
        bench.run(action, video=str(VIDEO))
    assert caught.value.code == "account_not_eligible"


@BOTH
def test_the_three_steps_one_by_one(bench: Bench, flavour: str) -> None:
    container = bench.run("create_container", flavour, kind="image", image_url=IMAGE)["container_id"]
    assert bench.run("get_container_status", flavour, container_id=container)["status_code"] == "FINISHED"
    post = bench.run("publish_container", flavour, container_id=container)
    assert post["id"] not in (None, container)
    again = bench.run("publish_container", flavour, container_id=container)
    assert again == {"container_id": container, "status": "PUBLISHED"}


@pytest.mark.parametrize(
    ("subcode", "code"),
    [(2207026, "media_rejected"), (2207081, "account_not_eligible"), (2207082, "transient")],
)
def test_a_container_that_fails(bench: Bench, subcode: int, code: str) -> None:
    with pytest.raises(ActionFailed) as caught:
        bench.run("create_video_post", video_url=FILM, caption=f"sim:{subcode}")
    assert caught.value.code == code


@BOTH
def test_a_talk_below_a_post(bench: Bench, flavour: str) -> None:
    post = bench.run("create_photo_post", flavour, image_url=IMAGE)["id"]
    comment = bench.run("create_comment", flavour, post_id=post, text="First")["id"]
    reply = bench.run("reply_to_comment", flavour, comment_id=comment, text="Second")
    deeper = bench.run("reply_to_comment", flavour, comment_id=reply["id"], text="Third")
    assert deeper["parent_id"] == comment
    listed = bench.run("list_comments", flavour, post_id=post)["comments"]
    assert [each["text"] for each in listed] == ["First"]
    replies = bench.run("list_replies", flavour, comment_id=comment)["comments"]
    assert {each["text"] for each in replies} == {"Second", "Third"}
    bench.run("delete_comment", flavour, comment_id=comment)
    assert bench.run("list_comments", flavour, post_id=post)["comments"] == []
    bench.run("disable_comments", flavour, post_id=post)
    assert bench.run("get_post", flavour, post_id=post)["is_comment_enabled"] is False


@BOTH
def test_a_talk_in_the_inbox(bench: Bench, flavour: str) -> None:
    talk = bench.run("list_conversations", flavour)["conversations"][0]
    whom = next(who["id"] for who in talk["participants"] if who["id"] != bench.accounts[flavour].id)
    sent = bench.run("send_message", flavour, recipient_id=whom, text="At seven.")["id"]
    newest = bench.run("list_messages", flavour, conversation_id=talk["id"], limit=1)["messages"][0]
    assert (newest["id"], newest["text"]) == (sent, "At seven.")
    assert bench.run("get_contact", flavour, user_id=whom)["id"] == whom


@BOTH
def test_a_metric_that_does_not_fit_is_told_and_the_others_come(bench: Bench, flavour: str) -> None:
    post = bench.run("create_photo_post", flavour, image_url=IMAGE)["id"]
    figures = bench.run("get_post_insights", flavour, post_id=post, metrics=["views", "crossposted_views"])
    assert [one["name"] for one in figures["insights"]] == ["views"]
    assert [one["metric"] for one in figures["refused"]] == ["crossposted_views"]
    assert bench.run("get_account_insights", flavour)["metrics"].keys() >= {"views", "reach", "likes"}


def test_what_only_the_login_through_facebook_can(bench: Bench) -> None:
    tag = bench.run("search_hashtag", "facebook", name="bakery")["id"]
    assert bench.run("list_searched_hashtags", "facebook")["hashtags"] == [{"id": tag}]
    found = bench.run("discover_account", "facebook", username="simcreator", limit=1)
    assert found["username"] == "simcreator"
    post = bench.run("create_photo_post", "facebook", image_url=IMAGE, collaborators=["simcreator"])["id"]
    invited = bench.run("list_collaborators", "facebook", post_id=post)["collaborators"]
    assert [(one["username"], one["invite_status"]) for one in invited] == [("simcreator", "Pending")]
    bench.run("like_post", "facebook", post_id=post)
    assert bench.run("delete_post", "facebook", post_id=post)["deleted_id"] == post
    with pytest.raises(ActionFailed) as caught:
        bench.run("get_post", "facebook", post_id=post)
    assert caught.value.code == "not_found"
