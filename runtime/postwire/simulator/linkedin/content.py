"""What a post may hold beside its text, and what is refused of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from postwire.simulator.linkedin import processing, restli
from postwire.simulator.linkedin.ask import field_of
from postwire.simulator.linkedin.refusal import RestError, blank, invalid, too_long, wrong_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.linkedin.ask import Ask
    from postwire.simulator.linkedin.records import Media

# LinkedIn sheet 6.1: Create (content shapes)
KINDS = ("media", "multiImage", "article", "poll")
ALT_TEXT = 4_086
ARTICLE_TITLE = 399
QUESTION, OPTION = 140, 30
IMAGE_COUNT, OPTION_COUNT = range(2, 21), range(2, 5)
DURATIONS = ("ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS")


def check(ask: Ask, author: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Check the content of a new post and tell how it is kept; raises RestError."""
    # LinkedIn sheet 6.1: Create (exactly one; carousel is for sponsored content only)
    given = [name for name in content if content[name] is not None]
    if len(given) != 1:
        raise wrong_value("content", "must hold exactly one of media, multiImage, article and poll")
    kind = given[0]
    if kind not in KINDS:
        raise RestError(422, "UNPROCESSABLE_ENTITY", f"/content/{kind[:40]} is not allowed for organic posts")
    body = field_of(content, kind, dict, "content/")
    checks = {"media": _media, "multiImage": _images, "article": _article, "poll": _poll}
    return {kind: checks[kind](ask, author, body)}


def _media(ask: Ask, author: str, body: Mapping[str, Any]) -> dict[str, Any]:
    media = attached(ask, author, body, ("image", "video", "document"), "content/media/")
    title = optional(body, "title", 0, "content/media/")
    # LinkedIn sheet 6.1: Create (document: title required)
    if media.kind == "document" and not title:
        raise invalid("MISSING_FIELD", "Field /content/media/title is required for documents")
    # LinkedIn sheet 6.1: Create (video: finalised first; failed transcode). Sheet 12 counts "not ready yet"
    # as waiting, so a video must be AVAILABLE; images and documents are taken while they are processed,
    # since an ordinary member's token cannot look at them.
    if media.kind == "video" and media.status in {"WAITING_UPLOAD", "PROCESSING"}:
        raise invalid("MEDIA_ASSET_WAITING_UPLOAD", f"Media asset {media.urn} is not ready")
    if media.kind == "video" and media.status == "PROCESSING_FAILED":
        raise invalid("MEDIA_ASSET_PROCESSING_FAILED", f"Media asset {media.urn} could not be processed")
    alt = optional(body, "altText", ALT_TEXT, "content/media/")
    return {"id": media.urn} | ({"title": title} if title else {}) | ({"altText": alt} if alt else {})


def attached(ask: Ask, author: str, body: Mapping[str, Any], kinds: tuple[str, ...], path: str) -> Media:
    """Find media that a body names, which must be the author's and have its bytes."""
    urn = field_of(body, "id", str, path)
    kind = restli.kind_of(urn)
    if kind not in kinds:
        raise invalid("INVALID_URN_TYPE", f"Field /{path}id is not a URN of {' or '.join(kinds)}")
    media = ask.state.media.get(urn)
    code = "INVALID_VIDEO_ID" if kind == "video" else "INVALID_IMAGE_ID"
    # LinkedIn sheet 6.1: Create (media owner must equal the post's author)
    if media is None or media.owner != author:
        # Sheet 12 names codes for images and videos only: a document is an invalid value.
        raise invalid(code if kind != "document" else "INVALID_VALUE_FOR_FIELD", f"{urn} is not the author's")
    processing.move(ask.state, media)
    if media.status == "WAITING_UPLOAD":
        raise invalid("MEDIA_ASSET_WAITING_UPLOAD", f"Media asset {media.urn} has no bytes")
    return media


def _images(ask: Ask, author: str, body: Mapping[str, Any]) -> dict[str, Any]:
    # LinkedIn sheet 6.1: Create (multi-image: 2 to 20)
    images = field_of(body, "images", list, "content/multiImage/")
    if len(images) not in IMAGE_COUNT:
        raise wrong_value("content/multiImage/images", "must hold 2 to 20 images")
    kept = []
    for number, image in enumerate(images):
        path = f"content/multiImage/images/{number}/"
        if not isinstance(image, dict):
            raise wrong_value(path.rstrip("/"))
        media = attached(ask, author, image, ("image",), path)
        alt = optional(image, "altText", ALT_TEXT, path)
        kept.append({"id": media.urn} | ({"altText": alt} if alt else {}))
    return {"images": kept}


def _article(ask: Ask, author: str, body: Mapping[str, Any]) -> dict[str, Any]:
    # LinkedIn sheet 6.1: Create (article: source and title required, nothing is scraped)
    source = field_of(body, "source", str, "content/article/")
    if not is_address(source):
        raise invalid("INVALID_URL", "Field /content/article/source is not a valid URL")
    title = required_text(body, "title", ARTICLE_TITLE, "content/article/")
    kept = {"source": source, "title": title}
    for name in ("description", "thumbnailAltText"):
        if text := optional(body, name, ALT_TEXT - 1, "content/article/"):
            kept[name] = text
    if body.get("thumbnail") is not None:
        where = "content/article/thumbnail/"
        kept["thumbnail"] = attached(ask, author, {"id": body["thumbnail"]}, ("image",), where).urn
    return kept


def is_address(text: Any) -> bool:
    """Tell whether a text is an http address."""
    try:
        parts = urlsplit(text) if isinstance(text, str) else None
    except ValueError:
        return False
    return (
        parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
    )


def _poll(_ask: Ask, _author: str, body: Mapping[str, Any]) -> dict[str, Any]:
    # LinkedIn sheet 6.1: Create (poll)
    question = required_text(body, "question", QUESTION, "content/poll/")
    options = field_of(body, "options", list, "content/poll/")
    if len(options) not in OPTION_COUNT:
        raise wrong_value("content/poll/options", "must hold 2 to 4 options")
    texts = []
    for number, option in enumerate(options):
        path = f"content/poll/options/{number}/"
        if not isinstance(option, dict):
            raise wrong_value(path.rstrip("/"))
        texts.append(required_text(option, "text", OPTION, path))
    settings = field_of(body, "settings", dict, "content/poll/")
    duration = field_of(settings, "duration", str, "content/poll/settings/")
    if duration not in DURATIONS:
        raise wrong_value("content/poll/settings/duration", f"must be one of {', '.join(DURATIONS)}")
    if settings.get("voteSelectionType", "SINGLE_VOTE") != "SINGLE_VOTE":
        raise wrong_value("content/poll/settings/voteSelectionType", "must be SINGLE_VOTE")
    if settings.get("isVoterVisibleToAuthor", True) is not True:
        raise wrong_value("content/poll/settings/isVoterVisibleToAuthor", "must be true")
    whole = {"duration": duration, "voteSelectionType": "SINGLE_VOTE", "isVoterVisibleToAuthor": True}
    # Sheet silent on what a read adds to a poll: nobody has voted.
    shown = [{"text": text, "voteCount": 0, "isVotedByViewer": False} for text in texts]
    return {"question": question, "options": shown, "settings": whole, "uniqueVotersCount": 0}


def required_text(body: Mapping[str, Any], name: str, most: int, path: str) -> str:
    """Take a text that must be there and not blank."""
    text: str = field_of(body, name, str, path)
    if not text.strip():
        raise blank(f"{path}{name}")
    if units(text) > most:
        raise too_long(f"{path}{name}", most)
    return text


def optional(body: Mapping[str, Any], name: str, most: int, path: str) -> str:
    """Take a text that may be absent but not empty; `most` of 0 is no limit."""
    # LinkedIn sheet 6.1: Create (empty strings for optional fields: leave the key out)
    if body.get(name) is None:
        return ""
    text = body[name]
    if not isinstance(text, str):
        raise wrong_value(f"{path}{name}")
    if not text.strip():
        raise blank(f"{path}{name}")
    if most and units(text) > most:
        raise too_long(f"{path}{name}", most)
    return text


def units(text: str) -> int:
    """Count UTF-16 code units."""
    # LinkedIn sheet 14: Contradictions and open points (commentary length unit)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
