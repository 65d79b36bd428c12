"""What a container may be given beside its media: caption, tags, location, partners."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta.params import objects
from postwire.simulator.meta.refusal import GraphError, invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.simulator.meta.ask import Ask
    from postwire.simulator.meta.settings import Account

# Meta sheet 8.1: Create container
CAPTION, ALT_TEXT = 2_200, 1_000
HASHTAGS, MENTIONS, USER_TAGS, PARTNERS, PRODUCTS, SPONSORS = 30, 20, 20, 3, 5, 2
STRATEGIES: Final = ("MANUAL", "SS_PERFORMANCE")
# Products of the one simulated catalog
CATALOG: Final = {"7700001": "Rye bread", "7700002": "Poppy roll"}
# Meta sheet 3.4: What IG-IG cannot do (catalogs, audio, partnership label)
FACEBOOK_ONLY: Final = (
    "audio_configuration",
    "product_tags",
    "is_paid_partnership",
    "branded_content_sponsor_ids",
)


def check(ask: Ask, account: Account, kind: str, *, child: bool, video: bool) -> None:
    """Check every option of a container; raises GraphError."""
    caption(ask.params.text("caption"))
    for name in FACEBOOK_ONLY:
        if ask.by_instagram and name in ask.params:
            raise invalid(f"param {name} is not allowed")
    _allowed(ask, kind, child=child, video=video)
    _alt_text(ask)
    _location(ask)
    _user_tags(ask, video=video)
    _collaborators(ask, account)
    _trial(ask)
    _audio(ask)
    _products(ask, video=video)
    _sponsors(ask)
    ask.params.number("thumb_offset")
    for name in ("share_to_feed", "is_ai_generated", "is_paid_partnership"):
        ask.params.flag(name)


def caption(text: str) -> None:
    """Check a caption."""
    if len(text) > CAPTION:
        raise GraphError("36004/2207010")
    # Sheet silent on the code for too many hashtags: a bad parameter.
    if len(re.findall(r"#\w+", text)) > HASHTAGS:
        raise invalid("The caption has more than 30 hashtags.")
    if len(re.findall(r"@\w+", text)) > MENTIONS:
        raise GraphError("100/2207040")


def _allowed(ask: Ask, kind: str, *, child: bool, video: bool) -> None:
    """Refuse an option where its row of the sheet does not allow it."""
    # Meta sheet 8.1: Create container (column "applies to"); sheet 13.3: "param … is not allowed"
    plain_image = kind == "IMAGE"
    reel = kind == "REELS"
    whole = kind in {"IMAGE", "REELS", "CAROUSEL"} and not child
    where = {
        "alt_text": plain_image,
        "location_id": whole,
        "collaborators": whole,
        "user_tags": plain_image or reel or kind == "STORIES",
        "cover_url": reel,
        "thumb_offset": reel or (child and video),
        "share_to_feed": reel or kind == "CAROUSEL",
        "audio_name": reel,
        "trial_params": reel,
        "audio_configuration": reel,
        "product_tags": kind != "STORIES",
        "is_ai_generated": not child,
        "is_paid_partnership": whole,
        "branded_content_sponsor_ids": whole,
        "children": kind == "CAROUSEL",
    }
    for name, allowed in where.items():
        if name in ask.params and not allowed:
            raise invalid(f"param {name} is not allowed")


def _alt_text(ask: Ask) -> None:
    if len(ask.params.text("alt_text")) > ALT_TEXT:
        raise invalid("Param alt_text may have at most 1000 characters.")


def _location(ask: Ask) -> None:
    if (given := ask.params.text("location_id")) and ask.state.page(given) is None:
        raise invalid("INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID")


def _between(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _user_tags(ask: Ask, *, video: bool) -> None:
    tags = objects(ask.params.array("user_tags") or [], "user_tags")
    if len(tags) > USER_TAGS:
        raise GraphError("100/2207040")
    story = ask.params.text("media_type").upper() == "STORIES"
    for tag in tags:
        if not isinstance(tag.get("username"), str):
            raise invalid("Each of user_tags needs a username.")
        placed = [tag[name] for name in ("x", "y") if name in tag]
        # Meta sheet 8.1: Create container (x, y: required for images, optional for stories, none for videos)
        if video and not story and placed:
            raise invalid("user_tags of a video have no positions.")
        if not video and not story and len(placed) != 2:  # noqa: PLR2004 - x and y
            raise invalid("user_tags of an image need x and y.")
        if not all(_between(value) for value in placed):
            raise invalid("x and y of user_tags are from 0 to 1.")


def _collaborators(ask: Ask, account: Account) -> None:
    names = ask.params.array("collaborators") or []
    if len(names) > PARTNERS or account.username in names:
        raise invalid("Param collaborators holds at most 3 other usernames.")


def _trial(ask: Ask) -> None:
    given = ask.params.object("trial_params")
    if given is not None and given.get("graduation_strategy") not in STRATEGIES:
        raise invalid("trial_params needs a graduation_strategy of MANUAL or SS_PERFORMANCE.")


def _audio(ask: Ask) -> None:
    given = ask.params.object("audio_configuration")
    if given is None:
        return
    if "audio_id" not in given:
        raise invalid("audio_configuration needs an audio_id.")
    volumes = [given[name] for name in ("audio_volume", "video_volume") if name in given]
    if not all(isinstance(volume, int | float) and 0 <= volume <= 100 for volume in volumes):  # noqa: PLR2004
        raise invalid("Volumes are from 0 to 100.")


def _products(ask: Ask, *, video: bool) -> None:
    tags = objects(ask.params.array("product_tags") or [], "product_tags")
    if not tags:
        return
    ask.need("catalog_management instagram_shopping_tag_products instagram_basic")
    ids = [str(tag.get("product_id")) for tag in tags]
    if len(tags) > PRODUCTS or len(set(ids)) != len(ids) or not set(ids) <= set(CATALOG):
        raise GraphError("100/2207037")
    placed: Callable[[dict[str, Any]], bool] = lambda tag: "x" in tag or "y" in tag  # noqa: E731
    if video and any(placed(tag) for tag in tags):
        raise GraphError("100/2207035")
    if not video and not all(_between(tag.get("x")) and _between(tag.get("y")) for tag in tags):
        raise GraphError("100/2207036")


def _sponsors(ask: Ask) -> None:
    sponsors = ask.params.array("branded_content_sponsor_ids") or []
    if len(sponsors) > SPONSORS:
        raise invalid("Param branded_content_sponsor_ids holds at most 2 ids.")
