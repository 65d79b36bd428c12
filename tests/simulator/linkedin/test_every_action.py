"""Every action of LinkedIn from the command line, against one simulated LinkedIn that listens on a port."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2
import pytest
from click.testing import CliRunner
from PIL import Image

from postwire.accounts.oauth import OAuth
from postwire.faces.cli import cli
from postwire.language.catalog import Catalog
from postwire.language.inputs import OutputSchema
from postwire.media import sample
from postwire.simulator import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postwire.simulator import Served

CATALOG = Catalog()
ACTIONS = {summary.id.partition(".")[2] for summary in CATALOG.actions("linkedin")}
# A consent to other scopes than the command line asks for would end the subscription.
SCOPES = frozenset(OAuth("linkedin", CATALOG.integration("linkedin"), {}).scopes)
MINA, OMAR = "urn:li:person:782bbtaQ", "urn:li:person:AbC4dEfG"
FJORD, NORTHWIND = "urn:li:organization:5515715", "urn:li:organization:2414183"
APP = "urn:li:developerApplication:90001"
EVENT = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
OF, AS = ["--organization", FJORD], ["--author", FJORD]
SOME = object()  # stands for any value that is not empty


class Line:
    """`postwire run linkedin.… --sandbox --json`, and the posts and files that actions need."""

    def __init__(self, served: Served, folder: Path) -> None:
        self.served = served
        self.folder = folder
        env = {"POSTWIRE_SANDBOX": served.origin, "POSTWIRE_HOME": str(folder / "home")}
        self._runner = CliRunner(env=env)
        self._posts = 0

    def run(self, action: str, *typed: str) -> tuple[int, Any]:
        """(exit code, what was printed)."""
        self.served.simulator.clock.advance(61)  # nothing is held back for coming too fast
        result = self._runner.invoke(cli, ["run", f"linkedin.{action}", *typed, "--sandbox", "--json"])
        return result.exit_code, json.loads(result.stdout or result.stderr)

    def made(self, action: str, *typed: str) -> Any:
        """What an action printed that has to succeed."""
        code, printed = self.run(action, *typed)
        assert code == 0, printed
        return printed

    @property
    def fresh(self) -> str:
        """A new post of the page."""
        self._posts += 1
        return str(self.made("create_text_post", "--text", f"Post {self._posts}", "--author", FJORD)["id"])

    @property
    def said(self) -> str:
        """A new comment below the post."""
        text = f"Comment at {self.served.simulator.clock.now()}"
        return str(self.made("create_comment", "--post-id", self.post, "--text", text)["id"])

    @cached_property
    def post(self) -> str:
        return self.fresh

    @cached_property
    def comment(self) -> str:
        return self.said

    @property
    def liked(self) -> str:
        """A new post that the page itself likes."""
        post = self.fresh
        self.made("create_reaction", "--id", post, "--actor", FJORD)
        return post

    @cached_property
    def media(self) -> str:
        return str(self.made("upload_image", "--image", self.picture, "--author", FJORD)["media_id"])

    @cached_property
    def clip(self) -> str:
        """A post of the page that is a video."""
        typed = ["--text", "Film", "--video", self.film, "--author", FJORD]
        return str(self.made("create_video_post", *typed)["id"])

    @property
    def soon(self) -> str:
        """When a notification of a comment has come."""
        assert self.comment
        return datetime.fromtimestamp(self.served.simulator.clock.now() + 3600, UTC).isoformat()

    @property
    def hooked(self) -> str:
        """The app, which is told what happens on the page: at an address that only the simulator takes."""
        key = (
            f"(developerApplication:{quote(APP)},user:{quote(MINA)},entity:{quote(FJORD)},eventType:{EVENT})"
        )
        answer = httpx2.put(
            f"{self.served.origin}/api.linkedin.com/rest/eventSubscriptions/{key}",
            json={"webhook": "http://127.0.0.1:9/"},
            headers={
                "Authorization": f"Bearer {self.served.simulator.linkedin.connect('mina', SCOPES)}",
                "LinkedIn-Version": "202609",
                "X-Restli-Protocol-Version": "2.0.0",
            },
        )
        assert answer.is_success, answer.text
        return APP

    @cached_property
    def film(self) -> str:
        return str(sample.write(self.folder / "film.mp4", 5_000_000))  # two parts

    @cached_property
    def picture(self) -> str:
        path = self.folder / "picture.png"
        Image.new("RGB", (120, 80), "teal").save(path)
        return str(path)

    @cached_property
    def paper(self) -> str:
        path = self.folder / "deck.pdf"
        path.write_bytes(b"%PDF-1.4\n%%EOF\n")
        return str(path)

    @cached_property
    def subtitles(self) -> str:
        path = self.folder / "film.srt"
        path.write_bytes(b"1\n00:00:00,000 --> 00:00:02,000\nHello\n")
        return str(path)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with serve() as served:
        served.simulator.linkedin.settings.processing_polls = 0
        yield Line(served, tmp_path_factory.mktemp("linkedin"))


USES: dict[str, tuple[list[str], Any]] = {
    "check_page_permission": (OF, {"allowed": True, "organization": FJORD}),
    "create_article_post": (
        [
            "--text",
            "Read",
            "--url",
            "https://blog.example.com/",
            "--title",
            "A",
            "--thumbnail",
            "{it.picture}",
        ],
        {"url": SOME, "author": {"id": MINA}, "media_id": SOME},
    ),
    "create_comment": (["--post-id", "{it.post}", "--text", "Nice (really)"], {"text": "Nice (really)"}),
    "create_document_post": (
        ["--text", "Our deck", "--document", "{it.paper}", "--title", "Deck.pdf"],
        {"url": SOME, "media_id": SOME},
    ),
    "create_photo_post": (
        ["--text", "Boats", "--images", '[{{"image": "{it.picture}"}}, {{"image_urn": "{it.media}"}}]', *AS],
        {"author": {"id": FJORD}, "media_ids": [SOME, SOME]},
    ),
    "create_poll_post": (
        ["--text", "Tell us", "--question", "Which?", "--options", "White", "--options", "Blue"],
        {"url": SOME},
    ),
    "create_reaction": (["--id", "{it.post}", "--reaction", "PRAISE"], {"reaction": "PRAISE", "actor": MINA}),
    "create_text_post": (
        ["--text", "We open (finally) #launch", *AS],
        {"author": {"id": FJORD}, "url": SOME},
    ),
    "create_video_post": (
        [
            "--text",
            "Film",
            "--video",
            "{it.film}",
            "--captions",
            "{it.subtitles}",
            "--thumbnail",
            "{it.picture}",
        ],
        {"url": SOME, "media_id": SOME},
    ),
    "delete_comment": (["--id", "{it.said}"], {"deleted": True}),
    "delete_post": (["--id", "{it.fresh}"], {"deleted": True}),
    "delete_reaction": (["--id", "{it.liked}", "--actor", FJORD], {"actor": FJORD}),
    "find_follower": (["--profile-url", "https://www.linkedin.com/in/omar/", *OF], {"members": [SOME]}),
    "find_organization": (
        ["--vanity-name", "northwind"],
        {"organizations": [{"id": NORTHWIND, "name": "Northwind"}]},
    ),
    "get_account_insights": (OF, {"id": FJORD, "metrics": {"followers": 12345}}),
    "get_comment": (["--id", "{it.comment}"], {"author": {"id": MINA}}),
    "get_follower_statistics": (OF, {"id": FJORD, "followerCountsByGeoCountry": SOME}),
    "get_media": (["--id", "{it.media}"], {"status": "AVAILABLE", "owner": FJORD}),
    "get_member_followers": ([], {"metrics": {"followers": 412}}),
    "get_member_post_insights": (["--metrics", "IMPRESSION"], {"figures": [{"metric": "IMPRESSION"}]}),
    "get_member_video_insights": (["--metrics", "VIDEO_PLAY"], {"figures": [{"metric": "VIDEO_PLAY"}]}),
    "get_network_size": (OF, {"metrics": {"followers": 12345}}),
    "get_organization": (OF, {"username": "fjord-studio", "name": "Fjord Studio"}),
    "get_page_statistics": (OF, {"id": FJORD, "rows": [SOME]}),
    "get_post": (["--id", "{it.post}"], {"author": {"id": FJORD}, "lifecycleState": "PUBLISHED"}),
    "get_post_insights": (["--id", "{it.post}", *OF], {"id": SOME}),
    "get_share_statistics": (OF, {"id": FJORD, "rows": [SOME]}),
    "get_social_metadata": (["--id", "{it.post}"], {"commentsState": "OPEN"}),
    "get_user_info": ([], {"id": MINA, "name": "Mina Park"}),
    "get_video_insights": (["--id", "{it.clip}", "--metrics", "VIEWER"], {"figures": [{"metric": "VIEWER"}]}),
    "list_comments": (["--id", "{it.post}"], {"comments": SOME}),
    "list_notifications": (["--until", "{it.soon}", *OF], {"notifications": SOME}),
    "list_organizations": ([], {"organizations": SOME}),
    "list_posts": (["--max-count", "2", *AS], {"posts": [SOME, SOME], "has_more": True}),
    "list_reactions": (["--id", "{it.liked}"], {"reactions": [{"actor": FJORD, "reaction": "LIKE"}]}),
    "list_subscriptions": ([], {"subscriptions": [{"webhook": "http://127.0.0.1:9/"}]}),
    "reply_to_comment": (["--comment-id", "{it.comment}", "--text", "Thank you"], {"parent_id": SOME}),
    "reshare_post": (["--post-id", "{it.post}", "--text", "See this"], {"url": SOME}),
    "search_followers": (["--keywords", "om", *OF], {"members": [{"id": OMAR}]}),
    "set_comments_state": (
        ["--id", "{it.fresh}", "--state", "CLOSED", "--actor", FJORD],
        {"commentsState": "CLOSED"},
    ),
    "unsubscribe_from_notifications": (["--app", "{it.hooked}", *OF], {"organization": FJORD}),
    "update_comment": (
        ["--post-id", "{it.post}", "--id", "{it.comment}", "--text", "Nicer"],
        {"text": "Nicer"},
    ),
    "update_post": (["--id", "{it.fresh}", "--text", "Now {{two}}"], {"text": "Now {two}"}),
    "upload_document": (["--document", "{it.paper}", *AS], {"media_id": SOME, "author": FJORD}),
    "upload_image": (["--image", "{it.picture}"], {"media_id": SOME, "author": MINA}),
    "upload_video": (["--video", "{it.film}"], {"media_id": SOME, "author": MINA}),
}
FIRST = {"list_subscriptions": "hooked"}  # what has to be there, though no flag names it


def test_no_action_is_left_out() -> None:
    assert {*USES, "subscribe_to_notifications"} == ACTIONS


@pytest.mark.parametrize("action", sorted(USES))
def test_every_action_works_from_the_command_line(action: str, line: Line) -> None:
    typed, wanted = USES[action]
    assert getattr(line, FIRST.get(action, "post"))
    code, printed = line.run(action, *[text.format(it=line) for text in typed])
    assert code == 0, printed
    assert OutputSchema(CATALOG.action(f"linkedin.{action}").output).mistakes(printed) == []
    assert fits(printed, wanted), printed


def test_a_subscription_is_refused_with_its_reason(line: Line) -> None:
    # LinkedIn takes https addresses only, and the simulator calls nobody outside this machine.
    typed = ["--app", APP, "--webhook", "https://hooks.example.com/li", *OF]
    code, printed = line.run("subscribe_to_notifications", *typed)
    assert (code, printed["code"], printed["provider"]["code"]) == (1, "invalid_input", "INVALID_URL")
    assert "loopback" in printed["message"]


def fits(value: Any, wanted: Any) -> bool:
    """Whether *value* has what is *wanted*, and perhaps more."""
    if wanted is SOME:
        return bool(value)
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(fits(value.get(key), inner) for key, inner in wanted.items())
    if isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(fits, value, wanted))
    return bool(value == wanted)
