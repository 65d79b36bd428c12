"""Every action of Instagram from the command line, by either login, against one simulated Instagram."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from postwire.faces.cli import cli
from postwire.language.catalog import Catalog
from postwire.language.inputs import OutputSchema
from postwire.media import sample
from postwire.simulator import serve
from postwire.simulator.meta import visitors
from postwire.simulator.meta.settings import TASKS, Person

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from postwire.simulator.meta.state import Meta

CATALOG = Catalog()
FLAVOURS = {
    summary.id.partition(".")[2]: tuple(CATALOG.action(summary.id).flavours) or ("", "facebook")
    for summary in CATALOG.actions("instagram")
}
ACCOUNT, VISITOR = "17841400000000001", "860100000000001"
POST, REEL, MENTION = "17950000000000101", "17950000000000102", "17950000000000901"
TALK, MESSAGE = f"t_{ACCOUNT}{VISITOR}", f"m_{ACCOUNT}{VISITOR}"
JPG, MP4 = "https://media.example.com/rolls.jpg", "https://media.example.com/oven.mp4"
ITEMS = json.dumps([{"image_url": JPG, "alt_text": "A loaf"}, {"video_url": MP4}])
MIXED = json.dumps([{"image_url": JPG}, {"video": "{it.film}"}])
TAGGED = json.dumps([{"product_id": "7700001"}])  # of the simulated shop
ICE = json.dumps([{"locale": "default", "call_to_actions": [{"question": "When?", "payload": "HOURS"}]}])
DONE = {"success": True}
SOME = object()  # stands for any value that is not empty


class Line:
    """An account that was connected on the command line, and the posts and files that its actions need."""

    def __init__(self, meta: Meta, origin: str, folder: Path) -> None:
        self.meta = meta
        self.folder = folder
        self._runner = CliRunner(env={"POSTWIRE_SANDBOX": origin, "POSTWIRE_HOME": str(folder / "home")})

    def call(self, *typed: str, stdin: str | None = None) -> tuple[int, Any]:
        """(exit code, what was printed) of `postwire … --sandbox --json`."""
        result = self._runner.invoke(cli, [*typed, "--sandbox", "--json"], input=stdin)
        return result.exit_code, json.loads(result.stdout or result.stderr)

    def connect(self, *typed: str) -> Line:
        code, printed = self.call("connect", "instagram", "--port", "0", *typed)
        assert (code, len(printed["accounts"])) == (0, 1), printed
        return self

    def configure(self) -> Line:
        """Store an app whose login has a configuration with the permissions of shops."""
        app = self.meta.settings.apps[0]
        keys = {"client_id": app.id, "client_secret": app.secret, "config_id": "7000001"}
        named = [f"facebook_{key}=-" for key in keys]
        typed = ["apps", "add", "instagram", "--flavour", "facebook", *named]
        code, printed = self.call(*typed, stdin="\n".join(keys.values()))
        assert code == 0, printed
        return self

    def run(self, action: str, *typed: str) -> tuple[int, Any]:
        return self.call("run", f"instagram.{action}", *typed)

    def made(self, action: str, *typed: str) -> Any:
        """What an action printed that has to succeed."""
        code, printed = self.run(action, *typed)
        assert code == 0, printed
        return printed

    @property
    def fresh(self) -> str:
        """A new post."""
        return str(self.made("create_photo_post", "--image-url", JPG)["id"])

    @property
    def said(self) -> str:
        """A visitor's new comment, with a mention."""
        return visitors.comment(self.meta, POST, "Lovely, @harborbakery")

    @property
    def own(self) -> str:
        return str(self.made("create_comment", "--post-id", POST, "--text", "Until noon")["id"])

    @property
    def invited(self) -> str:
        """A post of somebody else, to whose authors the account is invited."""
        path = self.folder / f"peer{len(self.meta.tokens)}"
        path.mkdir()
        peer = Line(self.meta, self._runner.env["POSTWIRE_SANDBOX"] or "", path).connect("--as", "simcreator")
        typed = ["--image-url", JPG, "--collaborators", "harborbakery"]
        return str(peer.made("create_photo_post", *typed)["id"])

    @property
    def together(self) -> str:
        post = self.invited
        self.made("accept_collaboration", "--post-id", post)
        return post

    @property
    def asked(self) -> str:
        """A post with an invitation of one's own."""
        typed = ["--image-url", JPG, "--collaborators", "simcreator"]
        return str(self.made("create_photo_post", *typed)["id"])

    @property
    def container(self) -> str:
        return str(self.made("create_container", "--kind", "image", "--image-url", JPG)["container_id"])

    @property
    def empty(self) -> str:
        """A container that waits for its file."""
        return str(self.made("create_container", "--kind", "reel", "--upload")["container_id"])

    @cached_property
    def carousel(self) -> str:
        return str(self.made("create_carousel_post", "--items", ITEMS)["id"])

    @cached_property
    def story(self) -> str:
        return str(self.made("create_story", "--image-url", JPG)["id"])

    @cached_property
    def tag(self) -> str:
        return str(self.made("search_hashtag", "--name", "bread")["id"])

    @cached_property
    def film(self) -> str:
        return str(sample.write(self.folder / "film.mp4", 2_500_000))

    @property
    def heard(self) -> str:
        self.made("subscribe_to_events", "--fields", "comments")
        return "comments"

    @property
    def sold(self) -> str:
        """A post with a product."""
        post = self.fresh
        self.made("add_product_tags", "--post-id", post, "--product-tags", TAGGED)
        return post


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Line]]:
    with serve() as served:
        meta = served.simulator.meta
        meta.settings.processing_polls = 0
        # Somebody else: what a person grants to an app is granted to all of its tokens.
        meta.settings.people.append(Person("558", "simshop", "Sim Shop", {"1010": TASKS}))
        by_page = ["--flavour", "facebook", "--choose", "harborbakery"]
        made = {
            name: Line(meta, served.origin, tmp_path_factory.mktemp("instagram"))
            for name in ("", "facebook", "shop")
        }
        made[""].connect()
        made["facebook"].connect(*by_page)
        made["shop"].configure().connect(*by_page, "--as", "simshop")
        yield made


def at(what: str, name: str = "post-id") -> list[str]:
    return [f"--{name}", what]


USES: dict[str, tuple[list[str], Any]] = {
    "accept_collaboration": (at("{it.invited}"), DONE),
    "create_carousel_post": (
        ["--items", ITEMS],
        {"status": "PUBLISHED", "url": SOME, "children": [SOME, SOME]},
    ),
    "create_comment": ([*at(POST), "--text", "Until noon"], {"id": SOME, "post_id": POST}),
    "create_container": (["--kind", "story", "--video-url", MP4], {"container_id": SOME}),
    "create_photo_post": (
        ["--image-url", JPG, "--caption", "Rolls #bread", "--alt-text", "Rolls on a tray"],
        {"status": "PUBLISHED", "id": SOME, "url": SOME},
    ),
    "create_story": (["--video-url", MP4], {"status": "PUBLISHED", "id": SOME}),
    "create_video_post": (["--video-url", MP4, "--share-to-feed"], {"status": "PUBLISHED", "url": SOME}),
    "decline_collaboration": (at("{it.invited}"), DONE),
    "delete_comment": (at("{it.own}", "comment-id"), DONE),
    "delete_messenger_profile": (at("ice_breakers", "fields"), DONE),
    "delete_post": (at("{it.fresh}"), DONE),
    "disable_comments": (at(REEL), DONE),
    "discover_account": (["--username", "simcreator"], {"username": "simcreator", "metrics": SOME}),
    "enable_comments": (at(REEL), DONE),
    "get_account_insights": ([], {"metrics": {"views": SOME, "reach": SOME}}),
    "get_audience_demographics": (["--breakdown", "age"], {"dimension_keys": ["age"], "groups": [SOME]}),
    "get_children": (at("{it.carousel}"), {"children": [{"media_type": "IMAGE"}, {"media_type": "VIDEO"}]}),
    "get_comment": (at("{it.said}", "comment-id"), {"author": {"username": "veravisits"}}),
    "get_contact": (at(VISITOR, "user-id"), {"id": VISITOR, "username": "veravisits"}),
    "get_container_status": (at("{it.container}", "container-id"), {"status_code": "FINISHED"}),
    "get_conversation": (at(TALK, "conversation-id"), {"participants": [{"id": VISITOR}]}),
    "get_copyright_status": (at(REEL), {"status": "completed", "matches_found": False}),
    "get_follower_history": ([], {"days": SOME}),
    "get_mentioned_comment": (at("{it.said}", "comment-id"), {"text": "Lovely, @harborbakery"}),
    "get_mentioned_post": (at(MENTION), {"author": {"username": "gusguest"}}),
    "get_message": (at(MESSAGE, "message-id"), {"text": "Hello!", "sender": {"id": VISITOR}}),
    "get_messenger_profile": ([], {}),
    "get_post": (at("{it.carousel}"), {"media_type": "CAROUSEL_ALBUM", "url": SOME}),
    "get_post_insights": (at(REEL), {"metrics": {"views": SOME, "reach": SOME}}),
    "get_publishing_quota": ([], {"quota_total": 100}),
    "get_story_insights": (at("{it.story}"), {"metrics": {"views": SOME}}),
    "get_user_info": ([], {"id": ACCOUNT, "username": "harborbakery"}),
    "hide_comment": (at("{it.said}", "comment-id"), DONE),
    "like_comment": (at("{it.said}", "comment-id"), DONE),
    "like_post": (at(POST), DONE),
    "list_collaboration_invites": ([], {"invites": [{"post_id": "{it.invited}"}]}),
    "list_collaborative_posts": ([], {"posts": [{"id": "{it.together}"}]}),
    "list_collaborators": (at("{it.asked}"), {"collaborators": [{"username": "simcreator"}]}),
    "list_comments": (at(POST), {"comments": [{"id": "{it.said}"}]}),
    "list_conversations": ([], {"conversations": [{"id": TALK}]}),
    "list_hashtag_posts": (at("{it.tag}", "hashtag-id"), {"posts": [{"id": POST}]}),
    "list_live_media": ([], {"posts": []}),  # nobody is live
    "list_messages": (at(TALK, "conversation-id"), {"messages": [{"id": MESSAGE}]}),
    "list_posts": (["--limit", "1"], {"posts": [{"id": "{it.fresh}"}], "has_more": True}),
    "list_replies": (at("{it.own}", "comment-id"), {"comments": []}),
    "list_scheduled_posts": ([], {"posts": []}),  # nothing of the API plans a post
    "list_searched_hashtags": ([], {"hashtags": [{"id": "{it.tag}"}]}),
    "list_stories": ([], {"posts": [{"id": "{it.story}"}]}),
    "list_tagged_posts": ([], {"posts": [{"id": MENTION}]}),
    "mark_seen": (at(VISITOR, "recipient-id"), {"recipient_id": VISITOR}),
    "moderate_conversations": ([*at(VISITOR, "user-ids"), "--actions", "unblock_user"], DONE),
    "publish_container": (at("{it.container}", "container-id"), {"status": "PUBLISHED", "id": SOME}),
    "react_to_message": (
        [*at(VISITOR, "recipient-id"), "--message-id", MESSAGE, "--reaction", "love"],
        {"recipient_id": VISITOR},
    ),
    "reply_to_comment": (
        [*at("{it.said}", "comment-id"), "--text", "Thanks"],
        {"id": SOME, "parent_id": SOME},
    ),
    "reply_to_mention": ([*at(MENTION), "--text", "Thanks"], {"id": SOME}),
    "search_audio": (["--query", "Sim"], {"audio": [{"title": "Sim Song"}]}),
    "search_hashtag": (["--name", "bread"], {"id": SOME, "name": "bread"}),
    "send_message": ([*at(VISITOR, "recipient-id"), "--text", "At seven"], {"recipient_id": VISITOR}),
    "send_private_reply": ([*at("{it.said}", "comment-id"), "--text", "Hello"], {"recipient_id": VISITOR}),
    "show_typing": (at(VISITOR, "recipient-id"), {"recipient_id": VISITOR}),
    "unhide_comment": (at("{it.said}", "comment-id"), DONE),
    "unlike_comment": (at("{it.said}", "comment-id"), DONE),
    "unlike_post": (at(POST), DONE),
    "update_messenger_profile": (["--ice-breakers", ICE], DONE),
    "upload_container_video": (
        [*at("{it.empty}", "container-id"), "--video", "{it.film}"],
        {"bytes": 2_500_000},
    ),
}
# Only with Instagram's own login: another's events come with its Page.
OWN: dict[str, tuple[list[str], Any]] = {
    "get_event_subscription": ([], {"fields": ["{it.heard}"]}),
    "subscribe_to_events": (["--fields", "comments", "--fields", "messages"], DONE),
    "unsubscribe_from_events": ([], DONE),
}
# Only with an app whose login asks for the permissions of shops
SHOP: dict[str, tuple[list[str], Any]] = {
    "add_product_tags": ([*at("{it.fresh}"), "--product-tags", TAGGED], DONE),
    "list_product_tags": (at("{it.sold}"), {"product_tags": [{"name": "Rye bread"}]}),
    "search_products": (["--query", "rye"], {"products": [{"product_name": "Rye bread"}]}),
}
# Further ways of actions that have several
BESIDES: list[tuple[str, str, list[str], Any]] = [
    ("facebook", "create_carousel_post", ["--items", MIXED], {"status": "PUBLISHED"}),
    ("facebook", "create_story", ["--video", "{it.film}"], {"status": "PUBLISHED"}),
    ("facebook", "create_video_post", ["--video", "{it.film}"], {"status": "PUBLISHED"}),
    ("", "send_message", [*at(VISITOR, "recipient-id"), "--heart"], {"recipient_id": VISITOR}),
]
# What is refused, and how
REFUSED: list[tuple[str, str, list[str], str]] = [
    ("", "create_video_post", ["--video", "{it.film}"], "account_not_eligible"),
    ("", "create_story", ["--video", "{it.film}"], "account_not_eligible"),
    ("", "delete_post", at(POST), "account_not_eligible"),
    ("", "search_hashtag", ["--name", "bread"], "account_not_eligible"),
    ("facebook", "search_hashtag", ["--name", "bannedword"], "not_found"),
    *(("facebook", action, OWN[action][0], "account_not_eligible") for action in OWN),
    ("facebook", "add_product_tags", [*at(POST), "--product-tags", TAGGED], "scope_missing"),
    ("facebook", "list_product_tags", at(POST), "scope_missing"),
    ("facebook", "search_products", ["--query", "rye"], "scope_missing"),
]
ALL = [
    *(
        (flavour, action, *use)
        for action, use in sorted(USES.items())
        for flavour in FLAVOURS.get(action, ())
    ),
    *(("", action, *use) for action, use in OWN.items()),
    *(("shop", action, *use) for action, use in SHOP.items()),
    *BESIDES,
]


def named(row: tuple[Any, ...]) -> str:
    return f"{row[0] or 'instagram'}-{row[1]}-{row[2][:1]}"


def test_no_action_is_left_out() -> None:
    assert {*USES, *OWN, *SHOP} == set(FLAVOURS)


@pytest.mark.parametrize(("login", "action", "typed", "wanted"), ALL, ids=map(named, ALL))
def test_every_action_works_from_the_command_line(
    login: str, action: str, typed: list[str], wanted: Any, lines: Mapping[str, Line]
) -> None:
    line = lines[login]
    wanted = filled(wanted, line)  # what a list is to show is made first
    code, printed = line.run(action, *filled(typed, line))
    assert code == 0, printed
    assert OutputSchema(CATALOG.action(f"instagram.{action}").output).mistakes(printed) == []
    assert fits(printed, wanted), printed


@pytest.mark.parametrize(("login", "action", "typed", "wanted"), REFUSED, ids=map(named, REFUSED))
def test_what_a_login_cannot_do_is_refused(
    login: str, action: str, typed: list[str], wanted: str, lines: Mapping[str, Line]
) -> None:
    code, printed = lines[login].run(action, *filled(typed, lines[login]))
    assert (code, printed["code"]) == (1, wanted)


def filled(value: Any, it: Line) -> Any:
    """*value* with what its texts ask of *it*."""
    if isinstance(value, str):
        return re.sub(r"\{it\.(\w+)\}", lambda found: str(getattr(it, found[1])), value)
    if isinstance(value, dict):
        return {filled(key, it): filled(inner, it) for key, inner in value.items()}
    return [filled(inner, it) for inner in value] if isinstance(value, list) else value


def fits(value: Any, wanted: Any) -> bool:
    """Whether *value* has what is *wanted*, and perhaps more."""
    if wanted is SOME:
        return bool(value)
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(fits(value.get(key), inner) for key, inner in wanted.items())
    if isinstance(wanted, list):
        return len(value) >= len(wanted) and all(any(fits(one, each) for one in value) for each in wanted)
    return bool(value == wanted)
