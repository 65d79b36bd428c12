"""The Instagram account itself, and what only the login by Facebook shows of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.meta import hooks
from postwire.simulator.meta.ask import Kind, Listing
from postwire.simulator.meta.getters import plain
from postwire.simulator.meta.instagram import discovery, media
from postwire.simulator.meta.instagram.options import CATALOG
from postwire.simulator.meta.refusal import GraphError, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Args, Ask
    from postwire.simulator.meta.settings import Account


def show(ask: Ask) -> Account:
    """Answer the account node."""
    # Meta sheet 4: Permissions map (IG read profile/media). /me of Instagram login needs no more than basic.
    ask.need("instagram_basic", "basic")
    account: Account = ask.node
    return account


def shown_id(ask: Ask, account: Account, _: Args) -> str:
    """Show the id of this login: Instagram's own is app-scoped."""
    # Meta sheet 3.3: Identity
    return account.scoped_id if ask.by_instagram else account.id


def _eligible(ask: Ask, account: Account, _: Args) -> bool:
    # Meta sheet 2.3: Account discovery after login (needs catalog permissions)
    ask.need("catalog_management instagram_shopping_tag_products")
    return account.account_type == "Business"


def catalogs(ask: Ask) -> dict[str, Any]:
    """Answer /available_catalogs."""
    ask.need("catalog_management instagram_shopping_tag_products instagram_basic")
    row = {"catalog_id": "77", "catalog_name": "Sim catalog", "shop_name": "Sim shop"}
    return {"data": [{**row, "product_count": len(CATALOG)}]}


def products(ask: Ask) -> Listing:
    """Answer /catalog_product_search."""
    ask.need("catalog_management instagram_shopping_tag_products instagram_basic")
    if ask.params.need("catalog_id") != "77":
        raise invalid("Param catalog_id is unknown.")
    query = ask.params.text("q").lower()
    rows = [
        {"id": key, "product_id": key, "product_name": name, "review_status": "approved"}
        for key, name in CATALOG.items()
        if query in name.lower()
    ]
    return Listing(rows)


def appeal(ask: Ask) -> dict[str, Any]:
    """Answer /product_appeal."""
    ask.need("catalog_management instagram_shopping_tag_products instagram_basic")
    product = ask.params.need("product_id")
    if product not in CATALOG:
        raise GraphError("100/2207037")
    if ask.method == "POST":
        ask.params.need("appeal_reason")
        return {"success": True}
    return {"data": [{"product_id": product, "review_status": "approved", "eligible_for_appeal": False}]}


def subscribe(ask: Ask) -> dict[str, Any]:
    """Answer POST /subscribed_apps of an account."""
    # Meta sheet 9.3: Direct messages (subscribe). On Facebook's host it is not in SPEC, but seen: accepted.
    ask.need("pages_manage_metadata", "basic")
    hooks.subscribe(ask, hooks.INSTAGRAM_FIELDS)
    return {"success": True}


def subscriptions(ask: Ask) -> dict[str, Any]:
    """Answer GET and DELETE /subscribed_apps of an account."""
    key = (ask.token.app_id, ask.node.id)
    if ask.method == "DELETE":
        ask.state.subscribed.pop(key, None)
        return {"success": True}
    fields = ask.state.subscribed.get(key)
    return {"data": [] if fields is None else [{"id": key[0], "subscribed_fields": fields}]}


ACCOUNT = Kind(
    "IGUser",
    ("id",),
    {
        "id": shown_id,
        "user_id": plain("id"),
        "account_type": plain("account_type"),
        "username": plain("username"),
        "name": plain("name"),
        "biography": plain("biography"),
        "website": plain("website"),
        "followers_count": plain("followers"),
        "follows_count": plain("follows"),
        "profile_picture_url": lambda _ask, node, _args: f"https://scontent.sim.invalid/{node.username}.jpg",
        "media_count": lambda ask, node, _args: len(media.own(ask.state, node.id)),
        "media": lambda ask, node, _args: media.listing(ask, node),
        "shopping_product_tag_eligibility": _eligible,
        "business_discovery": discovery.discover,
        "mentioned_media": discovery.mentioned_media,
        "mentioned_comment": discovery.mentioned_comment,
        "collaborative_media_search": discovery.collaborative_media,
    },
    facebook_only=frozenset(
        {
            "business_discovery",
            "mentioned_media",
            "mentioned_comment",
            "shopping_product_tag_eligibility",
            "collaborative_media_search",
        }
    ),
    instagram_only=frozenset({"user_id", "account_type"}),
)
KINDS: Mapping[str, Kind] = {"account": ACCOUNT, "discovered": discovery.DISCOVERED}
OPERATIONS = {
    ("account", "", "GET"): show,
    ("account", "available_catalogs", "GET"): catalogs,
    ("account", "catalog_product_search", "GET"): products,
    ("account", "product_appeal", "GET"): appeal,
    ("account", "product_appeal", "POST"): appeal,
    ("account", "subscribed_apps", "POST"): subscribe,
    ("account", "subscribed_apps", "GET"): subscriptions,
    ("account", "subscribed_apps", "DELETE"): subscriptions,
}
FACEBOOK_ONLY = frozenset(
    {
        key
        for key in OPERATIONS
        if key[1] in {"available_catalogs", "catalog_product_search", "product_appeal"}
    }
)
