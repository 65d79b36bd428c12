"""One account's whole way: a Page and its Instagram account are connected, publish, answer, and look back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from postwire import Client
from postwire.accounts.connections import Connections
from postwire.accounts.vault import Vault
from postwire.language.catalog import Catalog
from postwire.media import sample
from postwire.sandbox import Sandbox
from postwire.simulator import serve
from postwire.simulator.meta import visitors
from postwire.transport import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postwire.accounts.records import StoredAccount
    from postwire.simulator import Served

PAGE, ACCOUNT = "1010", "17841400000000001"
JPG, MP4 = "https://media.example.com/rolls.jpg", "https://media.example.com/oven.mp4"


class Bakery:
    """A Page and its Instagram account, connected by one login, and the client that acts for both."""

    def __init__(self, served: Served, folder: Path) -> None:
        self.meta = served.simulator.meta
        self.vault = Vault(folder=folder)
        self.transport = HttpTransport(sandbox=served.origin)
        self.sandbox = Sandbox(served.origin)
        self.client = Client(vault=self.vault, sandbox=served.origin)
        self.connections = Connections(self.vault, Catalog(), self.transport, environ={})
        self.page, self.instagram = self._connected()
        self.picture, self.film = folder / "picture.png", sample.write(folder / "film.mp4", 2_500_000)
        Image.new("RGB", (540, 960), "teal").save(self.picture)

    def _connected(self) -> tuple[StoredAccount, StoredAccount]:
        keys, redirect = self.sandbox.app("meta", self.transport)
        self.vault.apps.put("default", "meta", keys)
        begun = self.connections.begin("meta", redirect_uri=redirect)
        connected = self.connections.finish("meta", self.sandbox.consent(begun.url, self.transport))
        page = next(each for each in connected.accounts if each.subject == PAGE)
        (linked,) = [each for each in connected.candidates if each.subject == ACCOUNT]
        assert linked.facts["page_name"] == page.name
        assert connected.ticket is not None
        chosen = self.connections.choose(connected.ticket.reveal(), [linked.subject])
        return page, chosen.accounts[0]

    def on_page(self, action: str, /, **given: Any) -> Any:
        return self.client.run(f"meta.{action}", given, account=self.page.id)

    def on_instagram(self, action: str, /, **given: Any) -> Any:
        return self.client.run(f"instagram.{action}", given, account=self.instagram.id)

    def close(self) -> None:
        self.client.close()
        self.transport.close()
        self.vault.close()


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bakery]:
    with serve() as served:
        served.simulator.meta.settings.processing_polls = 0
        made = Bakery(served, tmp_path_factory.mktemp("bakery"))
        yield made
        made.close()


def test_one_login_brings_the_page_and_its_instagram_account(bakery: Bakery) -> None:
    assert (bakery.page.integration, bakery.page.flavour) == ("meta", "")
    assert (bakery.instagram.integration, bakery.instagram.flavour) == ("instagram", "facebook")
    login = bakery.connections.login_of(bakery.page.id)
    assert bakery.connections.login_of(bakery.instagram.id) == login
    assert not login.listed  # it only carries them
    assert bakery.on_page("get_page")["instagram_id"] == bakery.on_instagram("get_user_info")["id"] == ACCOUNT


def own(bakery: Bakery, names: tuple[str, ...]) -> dict[str, Any]:
    files = {"photos": [str(bakery.picture)], "photo": str(bakery.picture), "video": str(bakery.film)}
    return {name: files[name] for name in names}


# What shows a post: (action, from files, from addresses, where it is listed)
ON_PAGE: list[tuple[str, tuple[str, ...], dict[str, Any], tuple[str, str]]] = [
    ("create_photo_post", ("photos",), {"photo_urls": [JPG, f"{JPG}?2"]}, ("list_posts", "posts")),
    ("create_video_post", ("video",), {"video_url": MP4}, ("list_videos", "videos")),
    ("create_reel", ("video",), {"video_url": MP4}, ("list_reels", "reels")),
    ("create_story", ("photo",), {"photo_url": JPG}, ("list_stories", "stories")),
    ("create_story", ("video",), {"video_url": MP4}, ("list_stories", "stories")),
]


@pytest.mark.parametrize("by", ["file", "address"])
@pytest.mark.parametrize(
    ("action", "files", "addresses", "listing"), ON_PAGE, ids=[f"{row[0]}-{row[1][0]}" for row in ON_PAGE]
)
def test_every_kind_of_post_on_the_page(
    bakery: Bakery,
    action: str,
    files: tuple[str, ...],
    addresses: dict[str, Any],
    listing: tuple[str, str],
    by: str,
) -> None:
    text = {} if action == "create_story" else {"message": f"{action} by {by}"}
    made = bakery.on_page(action, **(own(bakery, files) if by == "file" else addresses), **text)
    name, noun = listing
    ids = [each.get("post_id", each["id"]) for each in bakery.on_page(name)[noun]]
    assert made["id"] in ids
    if text:
        assert bakery.on_page("get_post", post_id=made["id"])["text"] == text["message"]
    if "video" in files and by == "file":
        state = bakery.on_page("get_post_status", video_id=made["video_id"])
        assert state["bytes_received"] == bakery.film.stat().st_size


ON_INSTAGRAM: list[tuple[str, str, dict[str, Any], str]] = [
    ("create_photo_post", "", {"image_url": JPG}, "IMAGE"),  # an image is taken from an address only
    ("create_video_post", "video", {"video_url": MP4}, "VIDEO"),
    ("create_carousel_post", "items", {"items": [{"image_url": JPG}, {"video_url": MP4}]}, "CAROUSEL_ALBUM"),
    ("create_story", "video", {"image_url": JPG}, "VIDEO"),
]
CASES = [(*row, by) for row in ON_INSTAGRAM for by in ("file", "address") if row[1] or by == "address"]


@pytest.mark.parametrize(
    ("action", "file", "addresses", "kind", "by"), CASES, ids=[f"{case[0]}-{case[-1]}" for case in CASES]
)
def test_every_kind_of_post_on_instagram(
    bakery: Bakery, action: str, file: str, addresses: dict[str, Any], kind: str, by: str
) -> None:
    films = {"video": str(bakery.film), "items": [{"video": str(bakery.film)}, {"image_url": JPG}]}
    given = addresses if by == "address" else {file: films[file]}
    text = {} if action == "create_story" else {"caption": f"{action} by {by}"}
    made = bakery.on_instagram(action, **given, **text)
    assert made["status"] == "PUBLISHED"
    listing = "list_stories" if action == "create_story" else "list_posts"
    (seen,) = [each for each in bakery.on_instagram(listing)["posts"] if each["id"] == made["id"]]
    assert seen["url"] == made["url"]
    assert seen.get("text") == text.get("caption")
    assert seen["media_type"] == ("IMAGE" if "image_url" in given else kind)


def test_a_talk_below_a_post_of_the_page(bakery: Bakery) -> None:
    post = bakery.on_page("create_text_post", message="Which bread?", link="https://bakery.example/")["id"]
    first = visitors.comment(bakery.meta, post, "Rye")
    bakery.on_page("create_comment", post_id=post, message="Tell us")
    bakery.on_page("reply_to_comment", comment_id=first, message="At seven")
    bakery.on_page("hide_comment", comment_id=first)
    said = bakery.on_page("list_comments", post_id=post, filter="stream", order="chronological")["comments"]
    assert [(each["text"], each["hidden"]) for each in said] == [
        ("Rye", True),
        ("Tell us", False),
        ("At seven", False),
    ]
    figures = bakery.on_page("get_post_insights", post_id=post)["metrics"]
    assert figures["views"] >= figures["reach"] > 0
    assert bakery.on_page("get_account_insights")["metrics"]["followers"] == 320


def test_a_talk_below_a_post_on_instagram(bakery: Bakery) -> None:
    post = bakery.on_instagram("create_photo_post", image_url=JPG)["id"]
    first = visitors.comment(bakery.meta, post, "Rye")
    bakery.on_instagram("create_comment", post_id=post, text="Tell us")
    answer = bakery.on_instagram("reply_to_comment", comment_id=first, text="At seven")["id"]
    bakery.on_instagram("hide_comment", comment_id=first)
    said = {each["text"] for each in bakery.on_instagram("list_comments", post_id=post)["comments"]}
    assert said == {"Rye", "Tell us"}
    assert bakery.on_instagram("get_comment", comment_id=first)["hidden"] is True
    replies = bakery.on_instagram("list_replies", comment_id=first)["comments"]
    assert [each["id"] for each in replies] == [answer]
    assert bakery.on_instagram("get_post_insights", post_id=post)["metrics"]["reach"] > 0
    assert bakery.on_instagram("get_account_insights")["metrics"]["views"] > 0


@pytest.mark.parametrize("place", ["meta", "instagram"])
def test_a_message_is_answered(bakery: Bakery, place: str) -> None:
    owner, run = (PAGE, bakery.on_page) if place == "meta" else (ACCOUNT, bakery.on_instagram)
    visitors.write(bakery.meta, owner, "Open today?")
    (talk,) = run("list_conversations")["conversations"]
    newest = run("list_messages", conversation_id=talk["id"], limit=1)["messages"][0]
    assert newest["text"] == "Open today?"
    sent = run("send_message", recipient_id=newest["sender"]["id"], text="Until noon.")["id"]
    assert run("get_message", message_id=sent)["text"] == "Until noon."
