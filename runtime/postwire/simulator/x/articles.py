"""Articles: drafts, and their publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.x import rules
from postwire.simulator.x.operation import Answer, Operation
from postwire.simulator.x.records import Article
from postwire.simulator.x.refusal import InvalidError, MissingError, ProblemError, not_permitted
from postwire.simulator.x.shapes import an_id, choice, many, shape, text, whole

if TYPE_CHECKING:
    from postwire.simulator.x.operation import Ask

MARKDOWN_CAP = 10_000
# X sheet 6.9: Articles
_TYPES = (
    "unstyled",
    "header-one",
    "header-two",
    "header-three",
    "unordered-list-item",
    "ordered-list-item",
    "blockquote",
    "atomic",
)
_NUMBER = whole(0, 10**9)
_SPAN = shape({"from_index": _NUMBER, "to_index": _NUMBER, "text": text()}, "from_index to_index text")
_BLOCK = shape(
    {
        "text": text(),
        "type": choice(*_TYPES),
        "key": text(),
        "inline_style_ranges": many(
            shape(
                {"offset": _NUMBER, "length": _NUMBER, "style": choice("bold", "italic", "strikethrough")},
                "offset length style",
            )
        ),
        "entity_ranges": many(
            shape({"key": _NUMBER, "offset": _NUMBER, "length": _NUMBER}, "key offset length")
        ),
        "data": shape({name: many(_SPAN) for name in ("urls", "mentions", "hashtags", "cashtags")}),
    },
    "text type",
)
_FILE = shape({"media_id": an_id, "media_category": text()}, "media_id media_category")
_DATA = shape(
    {
        "url": text(),
        "post_id": text(),
        "media_items": many(_FILE),
        "caption": text(),
        "markdown": text(),
        "entity_key": text(),
    }
)
_KINDS = ("post", "link", "image", "emoji", "markdown", "divider", "latex")
_ENTITY = shape(
    {
        "key": text(),
        "value": shape(
            {
                "type": choice(*_KINDS),
                "mutability": choice("immutable", "mutable", "segmented"),
                "data": _DATA,
            },
            "type mutability data",
        ),
    },
    "key value",
)
DRAFT = shape(
    {
        "title": text(1),
        "content_state": shape({"blocks": many(_BLOCK), "entities": many(_ENTITY)}, "blocks entities"),
        "cover_media": _FILE,
    },
    "title content_state",
)


def draft(ask: Ask) -> Answer:
    """Keep a draft."""
    content = ask.body["content_state"]
    # X sheet 6.9: header-three makes the draft call fail with 503
    if any(block["type"] == "header-three" for block in content["blocks"]):
        raise ProblemError(503, "Service Unavailable", "Service Unavailable")
    data = [entity["value"]["data"] for entity in content["entities"]]
    if sum(len(item.get("markdown", "")) for item in data) > MARKDOWN_CAP:
        raise InvalidError("The markdown of an article has at most 10000 characters.")
    for item in (file for entity in data for file in entity.get("media_items", [])):
        if not _usable(ask, item):
            raise rules.bad_media([item["media_id"]])
    article = Article(ask.x.id(), ask.me.id, ask.body["title"], content, _cover(ask))
    ask.x.articles[article.id] = article
    return Answer({"id": article.id, "title": article.title})


def _usable(ask: Ask, item: dict[str, str]) -> bool:
    # X sheet 6.9: images only; media_category must be the lowercase tweet_image
    try:
        file = rules.usable(ask, item["media_id"], "tweet")
    except InvalidError:
        return False
    return item["media_category"] == "tweet_image" == file.category


def _cover(ask: Ask) -> str:
    # X sheet 6.9: a 2xx may carry errors[] (refused cover)
    cover: dict[str, Any] | None = ask.body.get("cover_media")
    if cover is None:
        return ""
    if _usable(ask, cover):
        return str(cover["media_id"])
    detail = "The cover media was refused."
    ask.lens.note({"title": "Invalid Request", "detail": detail, "type": "invalid-request"})
    return ""


def publish(ask: Ask) -> Answer:
    """Publish a draft as a post."""
    article_id = ask.params["article_id"]
    article = ask.x.articles.get(article_id)
    if article is None:  # Sheet silent on an unknown draft, and on publishing twice: 404, the same post.
        raise MissingError("article_id", article_id, "article")
    if article.owner_id != ask.me.id:
        raise not_permitted()
    if not article.post_id:
        media = [article.cover] if article.cover else []
        post = ask.x.add_post(
            ask.me.id, f"https://x.com/i/article/{article.id}", article=article.title, media=media
        )
        article.post_id = post.id
    return Answer({"post_id": article.post_id})


OPERATIONS = (
    Operation("POST", "/2/articles/draft", draft, "tweet.write", body=DRAFT, ok=201),
    Operation("POST", "/2/articles/{article_id}/publish", publish, "tweet.write"),
)
