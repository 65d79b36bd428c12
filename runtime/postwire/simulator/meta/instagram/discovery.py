"""Looking at others, with Facebook Login only: business discovery, mentions, hashtags, audio."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta.ask import Kind, Listing
from postwire.simulator.meta.getters import exact
from postwire.simulator.meta.instagram import media as medias
from postwire.simulator.meta.processing import recent
from postwire.simulator.meta.records import Audio, Hashtag, Media, Remark
from postwire.simulator.meta.refusal import GraphError, invalid, unsupported
from postwire.simulator.meta.state import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Args, Ask, Getter
    from postwire.simulator.meta.settings import Account

WEEK: Final = 7 * DAY
BANNED: Final = "banned"  # any hashtag that begins so is refused


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that is seen from outside, by fewer fields than its owner sees."""

    kind: str
    of: Any

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.of.id)


def discover(ask: Ask, _: Account, args: Args) -> Seen:
    """Answer business_discovery.username(…)."""
    # Meta sheet 9.1.1: Discovery and shopping; sheet 4: Permissions map
    ask.need("instagram_basic instagram_manage_insights")
    if not {"pages_read_engagement", "pages_show_list"}.intersection(ask.scopes):
        ask.need("pages_read_engagement")
    found = ask.state.account(args.get("username", ""))
    if found is None or not found.professional or found.username != args["username"]:
        raise GraphError("110/2207013")
    return Seen("discovered", found)


def mentioned_media(ask: Ask, account: Account, args: Args) -> Media:
    """Answer mentioned_media.media_id(…)."""
    # Meta sheet 9.1: Media and edges (mentions)
    ask.need("instagram_basic instagram_manage_comments")
    found = ask.state.objects.get(args.get("media_id", ""))
    if not isinstance(found, Media) or found.mentions != account.id:
        raise unsupported("GET", args.get("media_id", ""))
    return found


def mentioned_comment(ask: Ask, account: Account, args: Args) -> Remark:
    """Answer mentioned_comment.comment_id(…)."""
    ask.need("instagram_basic instagram_manage_comments")
    found = ask.state.objects.get(args.get("comment_id", ""))
    if not isinstance(found, Remark) or f"@{account.username}" not in found.text:
        raise unsupported("GET", args.get("comment_id", ""))
    return found


def collaborative_media(ask: Ask, account: Account, args: Args) -> Media:
    """Answer collaborative_media_search.media_id(…)."""
    found = ask.state.objects.get(args.get("media_id", ""))
    if not isinstance(found, Media) or ask.state.invites.get((account.id, found.id)) != "Accepted":
        raise unsupported("GET", args.get("media_id", ""))
    return found


def _searcher(ask: Ask) -> Account:
    """Find the account that a search is made for."""
    ask.need("instagram_basic")
    app = ask.state.app(ask.token.app_id)
    if app is None or "Instagram Public Content Access" not in app.features:
        raise GraphError("10")
    account = ask.state.account(ask.params.need("user_id"))
    page = ask.state.page_of(account.id) if account else None
    pages = ask.token.grant.pages if ask.token.grant else ()
    if account is None or page is None or page.id not in pages:
        raise unsupported("GET", ask.params.text("user_id"))
    return account


def hashtag(ask: Ask) -> dict[str, Any]:
    """Answer /ig_hashtag_search."""
    # Meta sheet 9.1.1: Discovery and shopping (30 different hashtags in 7 days; repeating is free)
    account, query = _searcher(ask), ask.params.need("q")
    if not re.fullmatch(r"\w+", query):
        raise invalid("Param q is a hashtag without # and without emoji.")
    name = query.lower()
    if name.startswith(BANNED):
        raise GraphError("24/2207024")
    known = [one for one in ask.state.all("hashtag") if one.name == name]
    tag = known[0] if known else Hashtag(ask.state.new_id("1784"), name)
    searched = recent(ask.state, f"hashtag {tag.id}", account.id, WEEK)
    if not searched and len(_searched(ask, account)) >= ask.state.settings.hashtags_per_week:
        raise GraphError("18/2207034")
    ask.state.keep(tag)
    searched.append(ask.now)
    return {"data": [{"id": tag.id}]}


def _searched(ask: Ask, account: Account) -> list[Hashtag]:
    tags: list[Hashtag] = ask.state.all("hashtag")
    return [tag for tag in tags if recent(ask.state, f"hashtag {tag.id}", account.id, WEEK)]


def searched(ask: Ask) -> Listing:
    """Answer /{ig}/recently_searched_hashtags."""
    ask.need("instagram_basic")
    return Listing([{"id": tag.id} for tag in _searched(ask, ask.node)])


def hashtag_media(ask: Ask) -> Listing:
    """Answer /{hashtag}/recent_media and /top_media."""
    _searcher(ask)
    since = ask.now - DAY if ask.path[1] == "recent_media" else 0
    wanted = re.compile(rf"#{re.escape(ask.node.name)}\b", re.IGNORECASE)
    found = [
        Seen("hashtag_media", media)
        for media in ask.state.all("media")
        if wanted.search(media.caption) and media.created_at > since and media.product != "STORY"
    ]
    return Listing(found, most=50)


def audio(ask: Ask) -> dict[str, Any]:
    """Answer /ig_audio."""
    # Meta sheet 9.1: Media and edges (audio; both user ids → 100/9050)
    ask.need("instagram_basic instagram_content_publish")
    app = ask.state.app(ask.token.app_id)
    if "user_id" in ask.params and "ig_user_id" in ask.params:
        raise GraphError("100/9050", "Only one of user_id and ig_user_id may be given.")
    if app is None or "Instagram Audio" not in app.features:
        raise GraphError("10")
    sort = ask.params.word("audio_type", "MUSIC", "ORIGINAL_SOUND").lower()
    if not sort or not (ask.params.text("ig_user_id") or ask.params.text("user_id")):
        raise invalid("audio_type and ig_user_id are needed.")
    query = ask.params.text("search_query").lower()
    found = [one for one in ask.state.all("audio") if one.sort == sort and query in one.title.lower()]
    return {"audio": [_track(one) for one in found]}


def _track(one: Audio) -> dict[str, Any]:
    return {
        "audio_id": one.id,
        "title": one.title,
        "display_artist": one.artist,
        "duration_in_ms": 30_000,
        "download_url": None,
    }


def show_audio(ask: Ask) -> dict[str, Any]:
    """Answer the audio node."""
    # Sheet 9.1 is silent on its shape: that of the list.
    ask.need("instagram_basic instagram_content_publish")
    return _track(ask.node)


def _of(name: str, table: Mapping[str, Getter]) -> Getter:
    return lambda ask, node, args: table[name](ask, node.of, args)


def _discovered_media(ask: Ask, node: Seen, _: Args) -> Listing:
    return Listing([Seen("discovered_media", media) for media in medias.own(ask.state, node.id)])


HASHTAG_FIELDS: Final = (
    "id",
    "caption",
    "children",
    "comments_count",
    "like_count",
    "media_type",
    "media_url",
    "permalink",
    "timestamp",
)
DISCOVERED = Kind(
    "ShadowIGUser",
    ("id",),
    {
        "id": exact("id"),
        "username": lambda _ask, node, _args: node.of.username,
        "name": lambda _ask, node, _args: node.of.name,
        "biography": lambda _ask, node, _args: node.of.biography,
        "website": lambda _ask, node, _args: node.of.website,
        "followers_count": lambda _ask, node, _args: node.of.followers,
        "follows_count": lambda _ask, node, _args: node.of.follows,
        "media_count": lambda ask, node, _args: len(medias.own(ask.state, node.id)),
        "profile_picture_url": lambda _ask, node, _args: f"https://scontent.sim.invalid/{node.id}.jpg",
        "media": _discovered_media,
    },
)
DISCOVERED_MEDIA = Kind(
    "ShadowIGMedia",
    ("id",),
    {
        **{
            name: _of(name, medias.MEDIA.fields)
            for name in (*HASHTAG_FIELDS, "username", "media_product_type")
        },
        # Meta sheet 9.1: Media and edges (view_count only inside business discovery, reels)
        "view_count": lambda _ask, node, _args: 42 if node.of.product == "REELS" else None,
    },
)
HASHTAG_MEDIA = Kind(
    "IGHashtagMedia", ("id",), {name: _of(name, medias.MEDIA.fields) for name in HASHTAG_FIELDS}
)
KINDS: Mapping[str, Kind] = {
    "discovered": DISCOVERED,
    "discovered_media": DISCOVERED_MEDIA,
    "hashtag_media": HASHTAG_MEDIA,
}
OPERATIONS = {
    ("root", "ig_hashtag_search", "GET"): hashtag,
    ("root", "ig_audio", "GET"): audio,
    ("account", "recently_searched_hashtags", "GET"): searched,
    ("hashtag", "recent_media", "GET"): hashtag_media,
    ("hashtag", "top_media", "GET"): hashtag_media,
    ("audio", "", "GET"): show_audio,
}
FACEBOOK_ONLY = frozenset(OPERATIONS)
