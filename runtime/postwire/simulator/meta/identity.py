"""Who is logged in, what they allowed, which Pages and Businesses they have; token inspection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.meta.ask import Kind, Listing
from postwire.simulator.meta.refusal import invalid, session, unsupported
from postwire.simulator.meta.settings import FACEBOOK_SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Args, Ask
    from postwire.simulator.meta.records import Token
    from postwire.simulator.meta.settings import Business, Page, Person

# Meta sheet 2.3: Account discovery after login
PEOPLE = frozenset({"pages_show_list", "business_management"})


def picture(_ask: Ask, node: Any, args: Args) -> dict[str, Any]:
    """Show the picture of a person or Page."""
    size = 200 if args.get("type") == "large" else 50
    url = f"https://scontent.sim.invalid/{node.id}-{size}.jpg"
    return {"data": {"height": size, "width": size, "is_silhouette": False, "url": url}}


def accounts(ask: Ask) -> Listing:
    """Answer /me/accounts: the Pages with a role that were shared at login."""
    # Meta sheet 4: Permissions map (list pages)
    ask.need("pages_show_list")
    person = ask.person()
    return Listing(_shared(ask, list(person.pages)), f"{person.id}/accounts")


def _shared(ask: Ask, ids: list[str]) -> list[Page]:
    allowed = ask.token.grant.pages if ask.token.grant else ()
    return [page for page in ask.state.settings.pages if page.id in ids and page.id in allowed]


def businesses(ask: Ask) -> Listing:
    """Answer /me/businesses."""
    ask.need("business_management")
    found = [ask.state.business(one) for one in ask.person().businesses]
    return Listing([one for one in found if one])


def owned_pages(ask: Ask) -> Listing:
    """Answer the Pages that a Business owns."""
    ask.need("business_management pages_show_list")
    business: Business = ask.node
    return Listing(_shared(ask, list(business.owned)), f"{business.id}/owned_pages")


def client_pages(ask: Ask) -> Listing:
    """Answer the Pages that a Business works for."""
    ask.need("business_management pages_show_list")
    business: Business = ask.node
    return Listing(_shared(ask, list(business.client)), f"{business.id}/client_pages")


def permissions(ask: Ask) -> dict[str, Any]:
    """Answer /me/permissions."""
    grant = ask.token.grant
    assert grant is not None
    rows = [{"permission": scope, "status": "granted"} for scope in sorted(grant.scopes)]
    rows += [{"permission": scope, "status": "declined"} for scope in sorted(grant.declined)]
    return {"data": rows}


def revoke(ask: Ask) -> dict[str, Any]:
    """Answer DELETE /me/permissions, whole or for one permission."""
    # Meta sheet 2.4: Inspect and revoke (kills the user token and all derived Page tokens)
    grant = ask.token.grant
    assert grant is not None
    if len(ask.path) == 2:  # noqa: PLR2004 - /me/permissions
        grant.ended = 458
        return {"success": True}
    name = ask.path[2]
    if name not in FACEBOOK_SCOPES:
        raise invalid("The permission does not exist.")
    grant.scopes.discard(name)
    grant.declined.add(name)
    return {"success": True}


def debug(ask: Ask) -> dict[str, Any]:
    """Answer /debug_token; an invalid token is told with status 200."""
    # Meta sheet 2.4: Inspect and revoke. Sheet silent on the token of another app: as unknown.
    text = ask.params.need("input_token")
    token = ask.state.tokens.get(text)
    if token is None or token.kind == "IG" or token.app_id != ask.token.app_id:
        error = session()
        told = {"code": error.code, "message": error.message, "subcode": error.subcode or 0}
        return {"data": {"error": told, "is_valid": False, "scopes": []}}
    return {"data": _debugged(ask, token)}


def _debugged(ask: Ask, token: Token) -> dict[str, Any]:
    state, grant, app = ask.state, token.grant, ask.state.app(token.app_id)
    assert grant is not None
    assert app is not None
    data: dict[str, Any] = {
        "app_id": app.id,
        "type": token.kind,
        "application": app.name,
        "user_id": grant.user_id,
        "is_valid": True,
        "issued_at": int(token.issued_at),
        "expires_at": int(token.expires_at),
        "data_access_expires_at": int(state.data_access_ends(grant)),
        "scopes": sorted(grant.scopes),
        "granular_scopes": _granular(ask, token),
    }
    if token.kind == "PAGE":
        data["profile_id"] = token.page_id
    if subcode := state.ended(token):
        error = session(subcode)
        data["is_valid"] = False
        data["error"] = {"code": error.code, "message": error.message, "subcode": subcode}
    return data


def _granular(ask: Ask, token: Token) -> list[dict[str, Any]]:
    # Meta sheet 2.4: Inspect and revoke (target_ids tell which Pages and accounts; missing list = all)
    grant = token.grant
    assert grant is not None
    pages = [page for page in ask.state.settings.pages if page.id in grant.pages]
    linked = [page.instagram for page in pages if page.instagram]
    rows: list[dict[str, Any]] = []
    for scope in sorted(grant.scopes):
        targets = linked if scope.startswith("instagram_") else [page.id for page in pages]
        if scope.startswith(("pages_", "instagram_", "read_insights")):
            rows.append({"scope": scope, "target_ids": targets})
        elif scope == "business_management":
            rows.append({"scope": scope})
    return rows


def is_public_look(ask: Ask, node: Any) -> bool:
    """Tell whether a foreign Page is only looked at, with the feature for that."""
    # Meta sheet 7.5: Page node (foreign Pages: user token + Page Public Content Access)
    app = ask.state.app(ask.token.app_id)
    feature = app is not None and "Page Public Content Access" in app.features
    return bool(feature and node.kind == "page" and ask.method == "GET" and len(ask.path) == 1)


def show_user(ask: Ask) -> Person:
    """Answer /me."""
    person: Person = ask.node
    return person


def no_root(ask: Ask) -> Any:
    """Refuse a root edge with this method."""
    raise unsupported(ask.method, "/".join(ask.path))


USER = Kind(
    "User",
    ("name", "id"),
    {
        "id": lambda _ask, node, _args: node.id,
        "name": lambda _ask, node, _args: node.name,
        "picture": picture,
        "email": lambda _ask, node, _args: f"{node.key}@sim.invalid",
    },
)
BUSINESS = Kind(
    "Business",
    ("name", "id"),
    {"id": lambda _ask, node, _args: node.id, "name": lambda _ask, node, _args: node.name},
)
KINDS: Mapping[str, Kind] = {"user": USER, "business": BUSINESS}
OPERATIONS = {
    ("root", "debug_token", "GET"): debug,
    ("user", "", "GET"): show_user,
    ("user", "accounts", "GET"): accounts,
    ("user", "businesses", "GET"): businesses,
    ("user", "permissions", "GET"): permissions,
    ("user", "permissions", "DELETE"): revoke,
    ("business", "", "GET"): show_user,
    ("business", "owned_pages", "GET"): owned_pages,
    ("business", "client_pages", "GET"): client_pages,
}
