"""What publishing on a Page has in common: who may, when it appears, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta.params import whole
from postwire.simulator.meta.refusal import GraphError, invalid, provoke
from postwire.simulator.meta.settings import words
from postwire.simulator.meta.state import DAY

if TYPE_CHECKING:
    from postwire.simulator.meta.ask import Ask

# Meta sheet 4: Permissions map (publish/edit/delete page post, photo, video, reel, story)
PUBLISH: Final = "pages_manage_posts pages_read_engagement pages_show_list"
# Meta sheet 6.1: Text / link / multi-photo post (10 min … 30 days); sheet 6.4: Reels (29 days)
SOONEST, POST_LATEST, REEL_LATEST = 600, 30 * DAY, 29 * DAY
CONTENT_TYPES: Final = words(
    "SCHEDULED DRAFT ADS_POST INLINE_CREATED PUBLISHED PUBLISH_PENDING REVIEWABLE_BRANDED_CONTENT"
    " SCHEDULED_RECURRING"
)
ACTIONS: Final = frozenset(
    words(
        "LEARN_MORE SHOP_NOW BOOK_TRAVEL BUY_NOW CALL_NOW CONTACT_US DOWNLOAD GET_DIRECTIONS GET_OFFER"
        " GET_QUOTE LISTEN_MUSIC MESSAGE_PAGE ORDER_NOW PLAY_GAME SIGN_UP SUBSCRIBE"
        " USE_APP WATCH_MORE NO_BUTTON"
    )
)
AGES: Final = frozenset({13, 15, 18, 21, 25})
YOUNGEST: Final = 13
GRANULARITY: Final = words("NONE YEAR MONTH DAY HOUR MIN")


def need_publish(ask: Ask) -> None:
    """Refuse who may not publish on the Page."""
    ask.need_page_token()
    ask.need(PUBLISH)
    ask.need_task("CREATE_CONTENT", "MANAGE")


def provoked(ask: Ask, *names: str) -> None:
    """Refuse what a text asks to be refused."""
    for name in names:
        if (error := provoke(ask.params.text(name))) is not None:
            raise error


def appearance(ask: Ask) -> tuple[str, float]:
    """Tell whether something is published, scheduled or a draft, and when; raises GraphError."""
    # Meta sheet 6.1: Text / link / multi-photo post (published, scheduled_publish_time)
    published = ask.params.flag("published")
    kind = ask.params.word("unpublished_content_type", *CONTENT_TYPES)
    at = ask.params.moment("scheduled_publish_time")
    if at is None:
        if kind == "SCHEDULED":
            raise invalid("A scheduled post needs scheduled_publish_time.")
        return ("draft" if published is False else "published"), 0
    if published is not False:
        raise invalid("scheduled_publish_time goes with published=false.")
    if kind == "DRAFT":
        raise invalid("A draft has no scheduled_publish_time.")
    return "scheduled", in_window(ask, at, POST_LATEST)


def in_window(ask: Ask, at: float, latest: float) -> float:
    """Refuse a time that is too soon or too far away."""
    if not ask.now + SOONEST <= at <= ask.now + latest:
        raise invalid(
            f"The specified scheduled publish time is not 10 minutes to {round(latest / DAY)} days ahead."
        )
    return at


def audience(ask: Ask) -> None:
    """Check targeting, place and tags."""
    targeting = ask.params.object("targeting") or {}
    feed = ask.params.object("feed_targeting") or {}
    if "age_min" in targeting and whole(targeting["age_min"], "targeting") not in AGES:
        raise invalid("targeting.age_min is one of 13, 15, 18, 21, 25.")
    genders = feed.get("genders", [])
    known = isinstance(genders, list) and all(one in (1, 2) for one in genders)
    if not known or whole(feed.get("age_min", YOUNGEST), "feed_targeting") < YOUNGEST:
        raise invalid("feed_targeting is not usable.")
    place = ask.params.text("place")
    if place and ask.state.page(place) is None:
        raise invalid("Param place must be a Page with a location.")
    if ask.params.array("tags") and not place:
        raise invalid("tags go only with place.")


def backdated(ask: Ask, state: str) -> float | None:
    """Read backdated_time: in the past, and not with scheduling."""
    ask.params.word("backdated_time_granularity", *GRANULARITY)
    at = ask.params.moment("backdated_time")
    if at is not None and (at > ask.now or state == "scheduled"):
        raise invalid("backdated_time is in the past, and not with scheduling.")
    return at


def action(ask: Ask) -> dict[str, Any] | None:
    """Check call_to_action."""
    # Meta sheet 6.1: Text / link / multi-photo post (needs link, and value.link equal to it)
    given = ask.params.object("call_to_action")
    if given is None:
        return None
    if str(given.get("type")) not in ACTIONS:
        raise invalid("The type of call_to_action is unknown.")
    value = given.get("value")
    target = value.get("link") if isinstance(value, dict) else None
    if given["type"] != "MESSAGE_PAGE" and (not target or target != ask.params.text("link")):
        raise invalid("call_to_action needs the same link as the post.")
    return given


def check_link(ask: Ask, link: str) -> None:
    """Refuse a link that cannot be scraped."""
    # Meta sheet 13.1: 1609005, 2061006, 1609008
    if not link.startswith(("http://", "https://")) or " " in link:
        raise GraphError("100/2061006", "The URL is not usable.")
    host = link.partition("://")[2].partition("/")[0].lower()
    if host == "facebook.com" or host.endswith(".facebook.com"):
        raise GraphError("100/1609008")
    remote = ask.state.settings.remote.get(link)
    if remote is not None and remote.status != 200:  # noqa: PLR2004
        raise GraphError("100/1609005")
