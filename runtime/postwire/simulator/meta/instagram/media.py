"""Published Instagram media: lists, fields, comments switch, delete, likes, collaboration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta.ask import Kind, Listing
from postwire.simulator.meta.getters import exact, moment, param, plain
from postwire.simulator.meta.instagram.options import CATALOG
from postwire.simulator.meta.params import objects
from postwire.simulator.meta.records import Media, Remark
from postwire.simulator.meta.refusal import GraphError, invalid, required, unsupported
from postwire.simulator.meta.state import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Args, Ask, Getter
    from postwire.simulator.meta.settings import Account
    from postwire.simulator.meta.state import Meta

READ: Final = ("instagram_basic", "basic")
PRODUCT_TAGS: Final = {"FEED": 20, "REELS": 30}
LIKE_BURST, LIKE_SECONDS, LIKE_PAUSE = 50, 5, 3_600


def own(state: Meta, owner: str) -> list[Media]:
    """List an account's posts and reels, newest first; stories and album items are not among them."""
    # Meta sheet 9.1: Media and edges
    found = [m for m in state.all("media", owner) if not m.parent and m.product != "STORY"]
    return sorted(found, key=lambda media: media.created_at, reverse=True)


def listing(ask: Ask, account: Account) -> Listing:
    """Make the list of an account's media."""
    since, until = ask.params.moment("since"), ask.params.moment("until")
    found = [
        media
        for media in own(ask.state, account.id)
        if (since is None or media.created_at >= since) and (until is None or media.created_at <= until)
    ]
    return Listing(found, f"{account.id}/media")


def medias(ask: Ask) -> Listing:
    """Answer /{ig}/media."""
    ask.need(*READ)
    return listing(ask, ask.node)


def stories(ask: Ask) -> Listing:
    """Answer /{ig}/stories: those of the last 24 hours."""
    ask.need(*READ)
    found = ask.state.all("media", ask.node.id)
    return Listing([m for m in found if m.product == "STORY" and m.created_at > ask.now - DAY])


def tags(ask: Ask) -> Listing:
    """Answer /{ig}/tags: media of others in which the account is tagged."""
    # Meta sheet 9.1: Media and edges (also wants manage_comments)
    ask.need("instagram_basic instagram_manage_comments", "manage_comments")
    return Listing([media for media in ask.state.all("media") if media.tagged == ask.node.id])


def nothing(ask: Ask) -> Listing:
    """Answer an edge that is empty: no broadcast runs, nothing is planned elsewhere."""
    # Meta sheet 8.5: Recipes (scheduled_media is of Meta's own tools)
    ask.need(*READ)
    return Listing([])


def show(ask: Ask) -> Media:
    """Answer the media node; a story is gone after 24 hours."""
    ask.need(*READ)
    media: Media = ask.node
    if media.product == "STORY" and media.created_at <= ask.now - DAY:
        raise ask.foreign()
    return media


def children(ask: Ask) -> Listing:
    """Answer /{media}/children."""
    ask.need(*READ)
    return Listing(list(ask.node.children))


def switch_comments(ask: Ask) -> dict[str, Any]:
    """Answer POST to the media node: comments on or off."""
    ask.need("instagram_manage_comments instagram_basic", "manage_comments")
    enabled = ask.params.flag("comment_enabled")
    if enabled is None:
        raise required("comment_enabled")
    ask.node.comments_enabled = enabled
    return {"success": True}


def delete(ask: Ask) -> dict[str, Any]:
    """Answer DELETE of media, with Facebook Login."""
    # Meta sheet 9.1: Media and edges (since 3 Dec 2025; an album's child → -1/2207073)
    ask.need("instagram_manage_contents instagram_basic")
    media: Media = ask.node
    if media.parent:
        raise GraphError("-1/2207073")
    gone = {media.id, *(child.id for child in media.children)}
    for node in list(ask.state.objects.values()):
        if node.id in gone or (isinstance(node, Remark) and node.media_id in gone):
            del ask.state.objects[node.id]
    return {"success": True, "deleted_id": media.id}


def like(ask: Ask) -> dict[str, Any]:
    """Answer POST and DELETE /{ig}/likes."""
    # Meta sheet 9.1: Media and edges (exactly one id; repeating is a no-op; no stories)
    ask.need("instagram_manage_engagement instagram_basic")
    _not_too_fast(ask)
    given = [ask.params.text(name) for name in ("media_id", "comment_id") if name in ask.params]
    if len(given) != 1:
        raise invalid("Exactly one of media_id and comment_id is needed.")
    target = ask.state.objects.get(given[0])
    story = isinstance(target, Media) and target.product == "STORY"
    if not isinstance(target, Media | Remark) or story:
        raise unsupported(ask.method, given[0])
    change = target.likes.add if ask.method == "POST" else target.likes.discard
    change(ask.node.id)
    return {"success": True}


def _not_too_fast(ask: Ask) -> None:
    # Meta sheet 8.6: Quotas (likes: > 50 calls in 5 s lock them for an hour). Sheet silent on the code.
    calls = ask.state.calls["likes", ask.node.id]
    calls.append(ask.now)
    while calls and calls[0] <= ask.now - LIKE_PAUSE:
        calls.popleft()
    for last in range(LIKE_BURST, len(calls)):
        if calls[last] - calls[last - LIKE_BURST] <= LIKE_SECONDS:
            raise GraphError("613")


def collaborators(ask: Ask) -> dict[str, Any]:
    """Answer /{media}/collaborators."""
    ask.need(*READ)
    rows: list[dict[str, Any]] = []
    for name in _partners(ask.node):
        partner = ask.state.account(name)
        key = (partner.id if partner else name, ask.node.id)
        row = {"id": key[0], "username": name, "invite_status": ask.state.invites.get(key, "Pending")}
        rows.append(row)
    return {"data": rows}


def _partners(media: Media) -> list[str]:
    given = media.params.get("collaborators") or []
    return [name.strip('[]" ') for name in given.split(",")] if isinstance(given, str) else list(given)


def invites(ask: Ask) -> dict[str, Any]:
    """Answer GET /{ig}/collaboration_invites: those that are open."""
    ask.need(*READ)
    rows = []
    for media in _invited(ask, "Pending"):
        owner = ask.state.account(media.owner)
        row = {"media_id": media.id, "caption": media.caption, "media_url": media_url(media)}
        rows.append(row | {"media_owner_username": owner.username if owner else ""})
    return {"data": rows}


def _invited(ask: Ask, status: str) -> list[Media]:
    account, state = ask.node, ask.state
    found = [media for media in state.all("media") if account.username in _partners(media)]
    return [media for media in found if state.invites.get((account.id, media.id), "Pending") == status]


def answer_invite(ask: Ask) -> dict[str, Any]:
    """Answer POST /{ig}/collaboration_invites."""
    ask.need(*READ)
    accept = ask.params.flag("accept")
    if accept is None:
        raise required("accept")
    media_id = ask.params.need("media_id")
    if media_id not in {media.id for media in _invited(ask, "Pending")}:
        raise unsupported("POST", media_id)
    ask.state.invites[ask.node.id, media_id] = "Accepted" if accept else "Declined"
    return {"success": True}


def collaborative(ask: Ask) -> Listing:
    """Answer /{ig}/collaborative_media: accepted ones."""
    ask.need(*READ)
    return Listing(_invited(ask, "Accepted"))


def product_tags(ask: Ask) -> dict[str, Any]:
    """Answer GET /{media}/product_tags."""
    ask.need("catalog_management instagram_shopping_tag_products instagram_basic")
    rows = ask.state.tagged_products.get(ask.node.id, [])
    return {
        "data": [{"name": CATALOG[row["product_id"]], "review_status": "approved", **row} for row in rows]
    }


def tag_products(ask: Ask) -> dict[str, Any]:
    """Answer POST /{media}/product_tags; tags are added."""
    # Meta sheet 9.1.1: Discovery and shopping (additive up to 20, reels 30; no stories)
    ask.need("catalog_management instagram_shopping_tag_products instagram_basic")
    rows = objects(ask.params.array("updated_tags") or [], "updated_tags")
    known = all(str(row.get("product_id")) in CATALOG for row in rows)
    held = {row["product_id"]: row for row in ask.state.tagged_products.get(ask.node.id, [])}
    if not rows or not known or len(held) + len(rows) > PRODUCT_TAGS.get(ask.node.product, 0):
        raise GraphError("100/2207037")
    held |= {str(row["product_id"]): row | {"product_id": str(row["product_id"])} for row in rows}
    ask.state.tagged_products[ask.node.id] = list(held.values())
    return {"success": True}


def media_url(media: Media) -> str:
    """Make the address of the file."""
    return f"https://scontent.sim.invalid/{media.id}.{'mp4' if media.media_type == 'VIDEO' else 'jpg'}"


def _url(_ask: Ask, media: Media, _: Args) -> str | None:
    return None if media.media_type == "CAROUSEL_ALBUM" else media_url(media)


def _thumbnail(_ask: Ask, media: Media, _: Args) -> str | None:
    return f"https://scontent.sim.invalid/{media.id}-t.jpg" if media.media_type == "VIDEO" else None


def shortcode(media: Media) -> str:
    """Make the short name of a post in addresses."""
    return f"Sim{int(media.id):x}"


def _permalink(ask: Ask, media: Media, _: Args) -> str:
    paths = {"REELS": f"reel/{shortcode(media)}", "STORY": f"stories/{username(ask, media)}/{media.id}"}
    return f"https://www.instagram.com/{paths.get(media.product, f'p/{shortcode(media)}')}/"


def username(ask: Ask, media: Media) -> str:
    """Tell whose a post is."""
    owner = ask.state.account(media.owner) or ask.state.visitor(media.owner)
    return owner.username if owner else ""


def remarks(state: Meta, media: Media) -> list[Remark]:
    """List the comments on a post that are no replies, newest first."""
    # Meta sheet 9.2: Comments (newest first, hidden ones included)
    found = [one for one in state.all("remark") if one.media_id == media.id and not one.parent]
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def _comments(ask: Ask, media: Media, _: Args) -> Listing:
    return Listing(remarks(ask.state, media), f"{media.id}/comments", most=50)


def _count(ask: Ask, media: Media, _: Args) -> int:
    return sum(1 for one in ask.state.all("remark") if one.media_id == media.id)


def _not_on_children(getter: Getter) -> Getter:
    # Meta sheet 9.1: Media and edges (caption, permalink, counts not on children)
    return lambda ask, node, args: None if node.parent else getter(ask, node, args)


def _video_only(value: Any) -> Getter:
    return lambda _ask, node, _args: value if node.media_type == "VIDEO" else None


def _copyright(_ask: Ask, _media: Media, _: Args) -> dict[str, Any]:
    return {"status": {"status": "completed", "matches_found": False}}


FACEBOOK_FIELDS: Final[Mapping[str, Getter]] = {
    **{
        name: _not_on_children(lambda _ask, node, _args: len(node.likes))
        for name in ("total_like_count", "reposts_count", "saved_count", "shares_count")
    },
    "total_comments_count": _not_on_children(_count),
    "total_views_count": _not_on_children(lambda _ask, _node, _args: 42),
    "copyright_check_information": _copyright,
    "boost_eligibility_info": lambda _ask, _node, _args: {"eligible_to_boost": True},
}
MEDIA = Kind(
    "IGMedia",
    ("id",),
    {
        "id": exact("id"),
        "caption": _not_on_children(plain("caption")),
        "media_type": exact("media_type"),
        "media_product_type": exact("product"),
        "media_url": _url,
        "thumbnail_url": _thumbnail,
        "permalink": _not_on_children(_permalink),
        "shortcode": lambda _ask, node, _args: shortcode(node),
        "timestamp": moment("created_at"),
        "username": lambda ask, node, _args: username(ask, node),
        "owner": lambda _ask, node, _args: {"id": node.owner},
        "like_count": _not_on_children(lambda _ask, node, _args: len(node.likes)),
        "comments_count": _not_on_children(_count),
        "comments": _comments,
        "is_comment_enabled": exact("comments_enabled"),
        "is_shared_to_feed": lambda _ask, node, _args: node.product == "REELS" or None,
        "alt_text": plain("alt_text"),
        "is_ai_generated": param("is_ai_generated"),
        "media_audio_type": _video_only("ORIGINAL_SOUND"),
        "children": lambda _ask, node, _args: Listing(list(node.children)) if node.children else None,
        **FACEBOOK_FIELDS,
    },
    facebook_only=frozenset(FACEBOOK_FIELDS),
)
KINDS: Mapping[str, Kind] = {"media": MEDIA}
OPERATIONS = {
    ("account", "media", "GET"): medias,
    ("account", "stories", "GET"): stories,
    ("account", "tags", "GET"): tags,
    ("account", "live_media", "GET"): nothing,
    ("account", "scheduled_media", "GET"): nothing,
    ("media", "", "GET"): show,
    ("media", "", "POST"): switch_comments,
    ("media", "", "DELETE"): delete,
    ("media", "children", "GET"): children,
    ("account", "likes", "POST"): like,
    ("account", "likes", "DELETE"): like,
    ("media", "collaborators", "GET"): collaborators,
    ("account", "collaboration_invites", "GET"): invites,
    ("account", "collaboration_invites", "POST"): answer_invite,
    ("account", "collaborative_media", "GET"): collaborative,
    ("media", "product_tags", "GET"): product_tags,
    ("media", "product_tags", "POST"): tag_products,
}
# Meta sheet 3.4: What IG-IG cannot do
FACEBOOK_ONLY = frozenset(
    {
        ("account", "scheduled_media", "GET"),
        ("media", "", "DELETE"),
        ("account", "likes", "POST"),
        ("account", "likes", "DELETE"),
        ("media", "collaborators", "GET"),
        ("account", "collaboration_invites", "GET"),
        ("account", "collaboration_invites", "POST"),
        ("account", "collaborative_media", "GET"),
        ("media", "product_tags", "GET"),
        ("media", "product_tags", "POST"),
    }
)
