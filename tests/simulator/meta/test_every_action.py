"""Every action of Facebook Pages from the command line, against one simulated Graph API on a port."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from PIL import Image

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
ACTIONS = {summary.id.partition(".")[2] for summary in CATALOG.actions("meta")}
PAGE, VISITOR, BUSINESS = "1010", "6001", "4242"
POST, ASKED, TALK, MESSAGE, ALBUM = "1010_2020", "1010_2030", "t_10106001", "m_10106001", "8080"
JPG, MP4 = "https://media.example.com/rolls.jpg", "https://media.example.com/oven.mp4"
SOME = object()  # stands for any value that is not empty


def ahead(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")


class Line:
    """`postwire run meta.… --sandbox --json`, and the posts and files that actions need."""

    def __init__(self, served: Served, folder: Path) -> None:
        self.meta = served.simulator.meta
        self.folder = folder
        env = {"POSTWIRE_SANDBOX": served.origin, "POSTWIRE_HOME": str(folder / "home")}
        self._runner = CliRunner(env=env)

    def run(self, action: str, *typed: str) -> tuple[int, Any]:
        """(exit code, what was printed)."""
        result = self._runner.invoke(cli, ["run", f"meta.{action}", *typed, "--sandbox", "--json"])
        return result.exit_code, json.loads(result.stdout or result.stderr)

    def made(self, action: str, *typed: str) -> Any:
        """What an action printed that has to succeed."""
        code, printed = self.run(action, *typed)
        assert code == 0, printed
        return printed

    @property
    def fresh(self) -> str:
        """A new post."""
        return str(self.made("create_text_post", "--message", "Rye")["id"])

    @property
    def planned(self) -> str:
        return str(
            self.made("create_text_post", "--message", "Rye", "--scheduled-publish-time", ahead(2))["id"]
        )

    @property
    def said(self) -> str:
        """A visitor's new comment."""
        from postwire.simulator.meta import visitors

        return visitors.comment(self.meta, POST, "Lovely")

    @property
    def own(self) -> str:
        """A new comment of the Page."""
        return str(self.made("create_comment", "--post-id", POST, "--message", "Until noon")["id"])

    @cached_property
    def video(self) -> str:
        return str(self.made("create_video_post", "--video", self.film)["video_id"])

    @cached_property
    def reel(self) -> str:
        return str(self.made("create_reel", "--video-url", MP4)["video_id"])

    @cached_property
    def story(self) -> str:
        return str(self.made("create_story", "--photo-url", JPG)["id"])

    @cached_property
    def photo(self) -> str:
        return str(self.made("create_photo_post", "--photo-urls", JPG)["photo_ids"][0])

    @cached_property
    def liked(self) -> str:
        return str(self.made("like_post", "--post-id", self.fresh)["id"])

    @cached_property
    def blocked(self) -> str:
        return str(self.made("block_person", "--user-id", "6002")["user_id"])

    @cached_property
    def invited(self) -> str:
        self.made("invite_collaborator", "--video-id", self.reel, "--target-id", "1012")
        return "1012"

    @property
    def heard(self) -> str:
        self.made("subscribe_webhooks", "--fields", "messages")
        return "messages"

    @cached_property
    def start(self) -> str:
        self.made("update_messenger_profile", "--get-started-payload", "START", "--greeting", "Hello")
        return "greeting"

    @cached_property
    def film(self) -> str:
        return str(sample.write(self.folder / "film.mp4", 2_500_000))  # three parts of the simulator's

    @cached_property
    def picture(self) -> str:
        path = self.folder / "picture.png"
        Image.new("RGB", (120, 80), "teal").save(path)
        return str(path)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with serve() as served:
        served.simulator.meta.settings.processing_polls = 0
        yield Line(served, tmp_path_factory.mktemp("meta"))


def at(what: str, name: str = "post-id") -> list[str]:
    return [f"--{name}", what]


USES: dict[str, tuple[list[str], Any]] = {
    "add_photo_to_album": (
        [*at(ALBUM, "album-id"), "--photo", "{it.picture}", "--message", "Rye"],
        {"id": SOME, "post_id": SOME},
    ),
    "assign_page_tasks": (
        [*at("556", "user-id"), "--tasks", "MODERATE", "--tasks", "ANALYZE"],
        {"user_id": "556", "tasks": ["MODERATE", "ANALYZE"]},
    ),
    "block_person": (at("7001", "user-id"), {"blocked": True}),
    "create_comment": ([*at(POST), "--message", "Until noon"], {"id": SOME, "post_id": POST, "url": SOME}),
    "create_photo_post": (
        ["--photos", "{it.picture}", "--alt-texts", "A square", "--message", "Rolls"],
        {"status": "published", "url": SOME, "photo_ids": [SOME]},
    ),
    "create_reel": (["--video", "{it.film}", "--message", "Kneading"], {"status": "published", "url": SOME}),
    "create_story": (["--video", "{it.film}"], {"url": SOME, "video_id": SOME}),
    "create_text_post": (
        ["--message", "We bake", "--link", "https://blog.example.com/"],
        {"status": "published", "url": SOME},
    ),
    "create_video_post": (
        ["--video", "{it.film}", "--title", "Kneading", "--thumbnail", "{it.picture}"],
        {"status": "published", "url": SOME, "video_id": SOME},
    ),
    "delete_comment": (at("{it.own}", "comment-id"), {"deleted": True}),
    "delete_messenger_profile": (["--platform", "instagram", "--fields", "ice_breakers"], {"deleted": True}),
    "delete_post": (at("{it.fresh}"), {"deleted": True}),
    "get_account_insights": ([], {"id": PAGE, "metrics": {"followers": 320}, "insights": SOME}),
    "get_comment": (at("2020_7070", "comment-id"), {"text": "Lovely!", "author": {"id": VISITOR}}),
    "get_earnings": ([], {"insights": []}),  # the simulated Page is not monetised
    "get_message": (at(MESSAGE, "message-id"), {"text": "Hello!", "sender": {"id": VISITOR}}),
    "get_messenger_profile": ([], {"{it.start}": "Hello"}),
    "get_page": ([], {"id": PAGE, "username": "harborbakery", "instagram_id": SOME}),
    "get_post": (at(POST), {"text": "Sample 2", "author": {"id": PAGE}, "is_published": True}),
    "get_post_insights": (at(POST), {"metrics": {"views": SOME, "reach": SOME}}),
    "get_post_status": (
        at("{it.video}", "video-id"),
        {"status": "ready", "is_published": True, "bytes_received": 2_500_000},
    ),
    "get_reactions": (at(POST), {"reactions": {"like": 0, "love": 0}}),
    "get_story_insights": (at("{it.story}", "story-id"), {"insights": SOME}),
    "get_video_insights": (
        [*at("{it.video}", "video-id"), "--video-metrics", "post_video_views"],
        {"metrics": {"views": SOME}, "video_insights": [{"name": "post_video_views"}]},
    ),
    "get_webhook_subscription": ([], {"apps": [{"subscribed_fields": ["{it.heard}"]}]}),
    "hide_comment": (at("{it.said}", "comment-id"), {"hidden": True}),
    "invite_collaborator": ([*at("{it.reel}", "video-id"), "--target-id", "1011"], {"id": SOME}),
    "like_comment": (at("{it.said}", "comment-id"), {"liked": True}),
    "like_post": (at(POST), {"liked": True}),
    "list_albums": ([], {"albums": [{"id": ALBUM, "name": "Shop window"}]}),
    "list_assigned_users": (at(BUSINESS, "business-id"), {"users": [{"id": "555"}]}),
    "list_blocked_people": ([], {"people": [{"id": "{it.blocked}"}]}),
    "list_collaborators": (at("{it.reel}", "video-id"), {"collaborators": [{"id": "{it.invited}"}]}),
    "list_comments": (at(POST), {"comments": [{"id": "{it.said}"}]}),
    "list_conversations": ([], {"conversations": [{"id": TALK}]}),
    "list_messages": ([*at(TALK, "conversation-id"), "--limit", "1"], {"messages": [{"id": SOME}]}),
    "list_page_roles": ([], {"people": [{"name": "Sim Owner"}]}),
    "list_page_settings": ([], {"settings": [SOME, SOME, SOME]}),
    "list_pages": ([], {"pages": [{"id": PAGE}]}),
    "list_photos": ([], {"photos": [{"id": "{it.photo}"}]}),
    "list_posts": (["--limit", "1"], {"posts": [{"id": "{it.fresh}"}], "has_more": True}),
    "list_reactions": (at("{it.liked}"), {"reactions": [{"type": "LIKE"}], "total": 1}),
    "list_reels": ([], {"reels": [{"id": "{it.reel}"}]}),
    "list_scheduled_posts": ([], {"posts": [{"id": "{it.planned}"}]}),
    "list_stories": ([], {"stories": [{"id": "{it.story}"}]}),
    "list_tagged_posts": ([], {"posts": []}),  # nobody tags the simulated Page
    "list_videos": ([], {"videos": [{"id": "{it.video}"}]}),
    "moderate_conversation": (
        [*at(VISITOR, "user-ids"), "--actions", "unblock_user"],
        {"user_ids": [VISITOR]},
    ),
    "publish_scheduled_post": (at("{it.planned}"), {"status": "published"}),
    "read_graph": (["--edge", "albums", "--fields", "name"], {"items": [{"name": "Shop window"}]}),
    "remove_page_user": (at("557", "user-id"), {"removed": True}),
    "reply_to_comment": ([*at("2020_7070", "comment-id"), "--message", "Thanks"], {"parent_id": "2020_7070"}),
    "reschedule_post": (
        [*at("{it.planned}"), "--scheduled-publish-time", ahead(3)],
        {"status": "scheduled", "scheduled_at": SOME},
    ),
    "send_message": (
        [*at(VISITOR, "recipient-id"), "--attachment", "{it.picture}"],
        {"recipient_id": VISITOR},
    ),
    "send_private_reply": ([*at("{it.said}", "comment-id"), "--text", "Hello"], {"recipient_id": VISITOR}),
    "send_sender_action": ([*at(VISITOR, "recipient-id"), "--action", "typing_on"], {"action": "typing_on"}),
    "set_video_thumbnail": (
        [*at("{it.video}", "video-id"), "--thumbnail", "{it.picture}"],
        {"updated": True},
    ),
    "subscribe_webhooks": (["--fields", "feed"], {"fields": ["feed"]}),
    "unblock_person": (at("7001", "user-id"), {"blocked": False}),
    "unlike_comment": (at("2020_7070", "comment-id"), {"liked": False}),
    "unlike_post": (at(ASKED), {"liked": False}),
    "unsubscribe_webhooks": ([], {"unsubscribed": True}),
    "update_comment": ([*at("{it.own}", "comment-id"), "--message", "Until one"], {"updated": True}),
    "update_messenger_profile": (["--get-started-payload", "START"], {"updated": SOME}),
    "update_page": (["--about", "Bread", "--emails", "hello@bakery.example"], {"updated": True}),
    "update_page_picture": (["--photo", "{it.picture}"], {"updated": True}),
    "update_page_setting": (["--setting", "USERS_CAN_MESSAGE", "--no-value"], {"value": False}),
    "update_post": ([*at("{it.fresh}"), "--message", "Rye bread"], {"updated": True}),
    "update_video": ([*at("{it.video}", "video-id"), "--title", "Rolls"], {"updated": True}),
    "upload_message_attachment": (["--attachment-url", JPG], {"attachment_id": SOME}),
}
# What is refused, and why: (what is typed, code, a word of the platform's own reason)
REFUSED: dict[str, tuple[list[str], str, str]] = {
    # "Moderate Conversations": only who has written can be blocked so.
    "moderate_conversation": (
        [*at("7001", "user-ids"), "--actions", "block_user"],
        "conflict",
        "there is no thread",
    ),
    # "Page Search": a person's or an app's token, and a reviewed feature; a Page has neither.
    "search_pages": (["--query", "Harbor"], "permission_denied", "does not have permission"),
}
# Further ways of actions that have several
BESIDES: list[tuple[str, list[str], Any]] = [
    ("create_photo_post", ["--photo-urls", JPG, "--photo-urls", f"{JPG}?2"], {"photo_ids": [SOME, SOME]}),
    ("create_photo_post", ["--photo-urls", JPG, "--draft"], {"status": "draft"}),
    ("create_reel", ["--video-url", MP4], {"status": "published"}),
    ("create_story", ["--photo", "{it.picture}"], {"photo_id": SOME}),
    ("create_story", ["--video-url", MP4], {"video_id": SOME}),
    ("create_video_post", ["--video-url", MP4, "--no-wait"], {"status": "processing"}),
    ("get_messenger_profile", ["--platform", "instagram"], {}),
    ("list_conversations", ["--platform", "instagram"], {"conversations": [SOME]}),
    ("list_posts", ["--source", "visitor_posts"], {"posts": [{"id": ASKED}]}),
    ("send_message", [*at(VISITOR, "recipient-id"), "--text", "Yes"], {"recipient_id": VISITOR}),
    ("send_private_reply", [*at(ASKED), "--text", "Yes"], {"recipient_id": "6002"}),
]


def test_no_action_is_left_out() -> None:
    assert {*USES, *REFUSED} == ACTIONS


ALL = [(action, *use) for action, use in sorted(USES.items())] + BESIDES


@pytest.mark.parametrize(("action", "typed", "wanted"), ALL, ids=[f"{row[0]}-{row[1][:1]}" for row in ALL])
def test_every_action_works_from_the_command_line(
    action: str, typed: list[str], wanted: Any, line: Line
) -> None:
    wanted = filled(wanted, line)  # what a list is to show is made first
    code, printed = line.run(action, *filled(typed, line))
    assert code == 0, printed
    assert OutputSchema(CATALOG.action(f"meta.{action}").output).mistakes(printed) == []
    assert fits(printed, wanted), printed


@pytest.mark.parametrize("action", sorted(REFUSED))
def test_what_a_page_may_not_is_refused_with_the_reason(action: str, line: Line) -> None:
    typed, wanted, reason = REFUSED[action]
    code, printed = line.run(action, *typed)
    assert (code, printed["code"]) == (1, wanted)
    assert reason in printed["provider"]["message"]


def filled(value: Any, it: Line) -> Any:
    """*value* with what its texts ask of *it*."""
    if isinstance(value, str):
        return value.format(it=it)
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
