"""Every action that shows something to people: its input, and how the simulator counts what it made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from postwire.media import sample
from postwire.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postwire import Account, Client
    from postwire.simulator import Simulator

VIDEO = {"video": str(sample.VIDEO)}
SELF = {"privacy_level": "SELF_ONLY"}
PULLED = {"photo_urls": ["https://media.example.com/1.jpg"]}
IMAGE = {"image_url": "https://media.example.com/1.jpg"}
FILM = {"video_url": "https://media.example.com/1.mp4"}
TEXT = {"text": "Paper boats {n}."}
MESSAGE = {"message": "Paper boats {n}."}
CAPTION = {"caption": "Paper boats {n}."}
PAGE = {"author": "urn:li:organization:5515715"}
BOATS = {"question": "Which?", "options": ["White", "Blue"]}
PICTURE = {
    "images": [
        (
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
            "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        )
    ]
}
GIF = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
PDF = "data:application/pdf;base64,JVBERi0xLjQKJSVFT0Y="


def on_tiktok(simulator: Simulator) -> int:
    """What has its bytes, or is fetched by TikTok itself: each becomes a post, or a draft."""
    found = simulator.tiktok.publishes.values()
    return sum(publish.upload is None or publish.media_at is not None for publish in found)


def on_x(simulator: Simulator) -> int:
    return len(simulator.x.posts) + len(simulator.x.dm_events)


def on_linkedin(simulator: Simulator) -> int:
    state = simulator.linkedin
    return len(state.posts) + len(state.comments)


def on_meta(simulator: Simulator) -> int:
    """Posts and stories of Pages, comments, messages, and of Instagram what is no part of something else."""
    state = simulator.meta
    media = [each for each in state.all("media") if not each.parent]
    videos = [each for each in state.all("video") if each.state == "published" and not each.post_id]
    kinds = ("post", "story", "comment", "remark", "message")
    return len(media) + len(videos) + sum(len(state.all(kind)) for kind in kinds)


COUNTS: Final[dict[str, Callable[[Simulator], int]]] = {
    "tiktok": on_tiktok,
    "x": on_x,
    "linkedin": on_linkedin,
    "meta": on_meta,
    "instagram": on_meta,
}


@dataclass(frozen=True)
class Post:
    """One way to publish.

    Attributes:
        given: the input; `{n}` in a text becomes another number each time.
        asked: the platform can be asked whether it happened; else a person has to look.
        makes: how many things it shows.
        before: an action whose result's first id goes into the input, under that name.
    """

    action: str
    given: dict[str, Any]
    asked: bool = True
    makes: int = 1
    before: tuple[str, str, dict[str, Any]] | None = None
    consent: dict[str, str] = field(default_factory=dict)

    @property
    def integration(self) -> str:
        return self.action.partition(".")[0]

    def count(self, simulator: Simulator) -> int:
        return COUNTS[self.integration](simulator)

    def account(self, origin: str) -> Account:
        """A simulated account that may do it."""
        return Sandbox(origin).account(self.integration, **self.consent)

    def input(self, number: int, client: Client, account: Account, folder: Path) -> dict[str, Any]:
        """The input of one run, after what has to be there before."""
        values = {name: _numbered(value, number) for name, value in self.given.items()}
        if self.before:
            name, action, more = self.before
            more = {key: _numbered(value, -number - 1) for key, value in more.items()}
            made = client.run(f"{self.integration}.{action}", more, account=account).output
            values[name] = made.get("id") or made["container_id"]
        if values.get("video") == "large":  # LinkedIn wants 75 KB
            values["video"] = str(sample.write(folder / "film.mp4", 100_000))
        return values


def _numbered(value: Any, number: int) -> Any:
    if isinstance(value, list):
        return [_numbered(each, number) for each in value]
    if isinstance(value, dict):
        return {key: _numbered(each, number) for key, each in value.items()}
    return value.replace("{n}", str(number)) if isinstance(value, str) else value


PREMIUM = {"postwire_account": "simpremium"}
POSTS: Final = [
    Post("tiktok.create_video_post", {**VIDEO, **SELF}),
    Post("tiktok.publish_video", {**VIDEO, **SELF}),
    Post("tiktok.upload_video_draft", VIDEO),
    Post("tiktok.create_photo_post", {**PULLED, **SELF}, asked=False),  # TikTok lists public ones
    Post("tiktok.upload_photo_draft", PULLED, asked=False),
    Post("x.create_text_post", TEXT),
    Post("x.create_long_post", TEXT, consent=PREMIUM),
    Post("x.create_poll_post", {**TEXT, "poll_options": ["Paper", "Tin"]}),
    Post("x.create_photo_post", {**TEXT, **PICTURE}),
    Post("x.create_gif_post", {**TEXT, "gif": GIF}),
    Post("x.create_video_post", {**TEXT, **VIDEO}),
    Post("x.create_thread", {"posts": [{"text": "One {n}."}, {"text": "Two {n}."}]}, asked=False, makes=2),
    Post("x.quote_post", TEXT, before=("post_id", "create_text_post", TEXT)),
    Post("x.reply_to_post", TEXT, before=("post_id", "create_text_post", TEXT)),
    Post("x.send_message", {**TEXT, "participant_id": "1524880000000000003"}),
    Post("linkedin.create_text_post", {**TEXT, **PAGE}),
    Post(
        "linkedin.create_article_post", {**TEXT, **PAGE, "url": "https://boats.example.com", "title": "Boats"}
    ),
    Post("linkedin.create_poll_post", {**TEXT, **PAGE, **BOATS}),
    Post("linkedin.create_photo_post", {**TEXT, **PAGE, "images": [{"image": GIF}]}),
    Post("linkedin.create_document_post", {**TEXT, **PAGE, "document": PDF, "title": "Boats"}),
    Post("linkedin.create_video_post", {**TEXT, **PAGE, "video": "large"}),
    Post("linkedin.reshare_post", {**TEXT, **PAGE}, before=("post_id", "create_text_post", {**TEXT, **PAGE})),
    Post("linkedin.create_comment", TEXT, before=("post_id", "create_text_post", {**TEXT, **PAGE})),
    Post("meta.create_text_post", MESSAGE),
    Post("meta.create_photo_post", {**MESSAGE, **PULLED}),
    Post("meta.create_video_post", {**MESSAGE, **VIDEO}),
    Post("meta.create_reel", {**MESSAGE, **VIDEO}),
    Post("meta.create_story", {"photo": GIF}, asked=False),
    Post("meta.add_photo_to_album", {**MESSAGE, "album_id": "8080", "photo": GIF}, asked=False),
    Post("meta.create_comment", {**MESSAGE, "post_id": "1010_2020"}),
    Post("meta.reply_to_comment", {**MESSAGE, "comment_id": "2020_7070"}),
    Post("meta.send_message", {**TEXT, "recipient_id": "6001"}),
    Post("instagram.create_photo_post", {**IMAGE, **CAPTION}),
    Post("instagram.create_video_post", {**FILM, **CAPTION}),
    Post("instagram.create_carousel_post", {"items": [IMAGE, FILM], **CAPTION}),
    Post("instagram.create_story", IMAGE),
    Post(
        "instagram.publish_container",
        {},
        before=("container_id", "create_container", {"kind": "image", **IMAGE}),
    ),
    Post("instagram.reply_to_comment", {**TEXT, "comment_id": "17870000000000101"}),
    Post("instagram.send_message", {**TEXT, "recipient_id": "860100000000001"}),
    Post("instagram.create_comment", TEXT, before=("post_id", "create_photo_post", IMAGE)),
]


# What else is created: seen by nobody, or a state that a repeat does not change; or not to be tried so often,
# as one of another is.
OTHERS: Final = {
    "instagram.create_container": "seen by nobody",
    "instagram.reply_to_mention": "as create_comment; the platform can be asked no more than of a story",
    "instagram.send_private_reply": "as send_message; only one for each comment",
    "linkedin.create_reaction": "a state",
    "linkedin.reply_to_comment": "as create_comment",
    "linkedin.upload_document": "seen by nobody",
    "linkedin.upload_image": "seen by nobody",
    "linkedin.upload_video": "seen by nobody",
    "meta.invite_collaborator": "a state",
    "meta.send_private_reply": "as send_message; only one for each comment",
    "meta.upload_message_attachment": "seen by nobody",
    "x.add_bookmark": "a state",
    "x.add_list_member": "a state",
    "x.block_messages": "a state",
    "x.create_article": "seen by nobody before it is published",
    "x.create_bookmark_folder": "seen by nobody else",
    "x.create_conversation": "as send_message",
    "x.create_list": "no post",
    "x.follow_list": "a state",
    "x.follow_user": "a state",
    "x.like_post": "a state",
    "x.mute_user": "a state",
    "x.pin_list": "a state",
    "x.publish_article": "a state",
    "x.repost_post": "a state",
    "x.upload_media": "seen by nobody",
}


def relax(simulator: Simulator) -> None:
    """Let the simulator refuse nothing that would hide a double post, and be quick."""
    state = simulator.x.settings
    state.duplicate_window, state.rate_limits, state.processing_polls = 0, False, 0
    state.self_serve_reply_gate = state.self_serve_quote_block = False
    simulator.linkedin.settings.duplicate_seconds = simulator.linkedin.settings.processing_polls = 0
    simulator.linkedin.settings.comments_per_minute = 1000
    meta = simulator.meta.settings
    meta.processing_polls, meta.posts_per_day, meta.reels_per_day = 0, 100_000, 100_000
    meta.containers_per_day = 100_000
    tiktok = simulator.tiktok.settings
    tiktok.posts_per_day = tiktok.init_per_minute = tiktok.creator_per_minute = 1_000_000
    tiktok.status_per_minute = tiktok.pending_shares = 1_000_000
