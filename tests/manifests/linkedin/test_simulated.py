"""LinkedIn's actions against the simulated LinkedIn, which is written from the same pages by other hands."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from postwire import Account, ActionFailed, Client
from postwire.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.simulator import Served

FJORD = "urn:li:organization:5515715"
TEXT = "50% (off) #sale_now #sale [x] {y} <z> a*b~c|d \\ at @Northwind"
NORTHWIND = {"name": "Northwind", "urn": "urn:li:organization:2414183"}


class Bench:
    """A connected member, and a page of hers that acts with her token."""

    def __init__(self, served: Served) -> None:
        self.origin = served.origin
        self.mina = Sandbox(served.origin).account("linkedin", postwire_account="mina")
        self.page = Account(
            "linkedin", self.mina.token, id=FJORD, scopes=self.mina.scopes, facts={"urn": FJORD}
        )
        self.client = Client(sandbox=served.origin)

    def run(self, action: str, account: Account, **given: Any) -> Any:
        return self.client.run(f"linkedin.{action}", given, account=account)

    def texts(self) -> list[str]:
        """What people read of every post."""
        with urllib.request.urlopen(f"{self.origin}/_simulator/state") as answer:
            state = json.load(answer)
        return [post["text"] for post in state["linkedin"]["posts"]]


@pytest.fixture
def bench(served: Served) -> Iterator[Bench]:
    made = Bench(served)
    with made.client:
        yield made


def test_what_was_written_is_what_people_read(bench: Bench) -> None:
    bench.run("create_text_post", bench.mina, text=TEXT, mentions=[NORTHWIND])
    assert TEXT.replace("@Northwind", "Northwind") in bench.texts()


def test_a_text_comes_back_as_it_was(bench: Bench) -> None:
    text = "Hello (again) #launch"
    post = bench.run("create_text_post", bench.page, text=text)["id"]
    found = bench.run("get_post", bench.page, id=post)
    assert (found["text"], found["author"]) == (text, {"id": FJORD})
    assert "{hashtag|" in found["commentary"]
    bench.run("update_post", bench.page, id=post, text="Now {two}")
    assert bench.run("list_posts", bench.page, max_count=1)["posts"][0]["text"] == "Now {two}"
    bench.run("delete_post", bench.page, id=post)
    assert bench.run("delete_post", bench.page, id=post)["deleted"] is True


def test_the_same_text_twice_names_the_first_post(bench: Bench) -> None:
    first = bench.run("create_text_post", bench.mina, text="Only once")["id"]
    with pytest.raises(ActionFailed, match=first) as caught:
        bench.run("create_text_post", bench.mina, text="Only once")
    assert caught.value.code == "conflict"


def test_a_conversation_below_a_post(bench: Bench) -> None:
    post = bench.run("create_text_post", bench.page, text="Ask us")["id"]
    asked = bench.run("create_comment", bench.mina, post_id=post, text="Why (now)?")["id"]
    said = bench.run("reply_to_comment", bench.page, comment_id=asked, text="Because")
    assert said["parent_id"] == asked
    bench.run("create_reaction", bench.page, id=asked, reaction="PRAISE")
    assert [each["text"] for each in bench.run("list_comments", bench.page, id=post)["comments"]] == [
        "Why (now)?"
    ]
    assert bench.run("get_social_metadata", bench.page, id=post)["metrics"]["comments"] == 2
    bench.run("delete_reaction", bench.page, id=asked)
    bench.run("delete_comment", bench.page, id=asked)
    assert bench.run("list_comments", bench.page, id=post)["comments"] == []


def test_only_an_administrator_uploads_for_a_page(bench: Bench) -> None:
    gif = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    urn = "urn:li:organization:2414183"
    with pytest.raises(ActionFailed) as caught:
        bench.run("upload_image", bench.mina, image=gif, author=urn)
    assert caught.value.code == "permission_denied"
    assert bench.run("upload_image", bench.mina, image=gif, author=FJORD)["author"] == FJORD


@pytest.mark.parametrize(
    "action",
    ["get_account_insights", "get_share_statistics", "get_follower_statistics", "get_page_statistics"],
)
def test_figures_of_a_page(bench: Bench, action: str) -> None:
    assert bench.run(action, bench.page)["id"] == FJORD
