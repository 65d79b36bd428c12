"""The Page itself: details, settings, roles, webhooks subscription, search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta import hooks
from postwire.simulator.meta.ask import Kind, Listing
from postwire.simulator.meta.getters import plain
from postwire.simulator.meta.identity import picture
from postwire.simulator.meta.refusal import GraphError, invalid, required
from postwire.simulator.meta.settings import TASKS, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.ask import Args, Ask, Getter
    from postwire.simulator.meta.settings import Account, Page

# Meta sheet 7.5: Page node (update details)
EDITABLE: Final = frozenset(
    words(
        "about bio description company_overview general_info mission phone website emails hours location"
        " category_list price_range impressum is_always_open is_permanently_closed temporary_status cover"
        " offset_y is_published"
    )
)
FIXED: Final = frozenset({"name", "username"})
PLAIN: Final = ("access_token", "appsecret_proof", "fields")
SETTINGS: Final = ("USERS_CAN_POST", "USERS_CAN_MESSAGE", "USERS_CAN_POST_PHOTOS")
TEMPORARY: Final = words("DIFFERENTLY_OPEN OPERATING_AS_USUAL TEMPORARILY_CLOSED NO_DATA")


def access_token(ask: Ask, page: Page, _: Args) -> str | None:
    """Show a Page's own token to someone with a role there."""
    # Meta sheet 2.3: Account discovery after login (one page's token, with the user token)
    token = ask.token
    if token.kind == "PAGE":
        return token.text if token.page_id == page.id else None
    if token.kind != "USER" or not ask.state.tasks(token, page.id):
        return None
    return ask.state.page_token(token, page.id).text


def instagram(ask: Ask, page: Page, _: Args) -> Account | None:
    """Show the linked professional account; absent where there is none."""
    # Meta sheet 2.3: Account discovery after login (key absent if not linked)
    allowed = {"instagram_basic", "pages_show_list", "pages_read_engagement"}
    return ask.state.linked(page) if allowed.intersection(ask.scopes) else None


def tasks(ask: Ask, page: Page, _: Args) -> list[str] | None:
    """Show what the person may do on the Page."""
    found = ask.state.tasks(ask.token, page.id)
    return [task for task in TASKS if task in found] or None


def detail(name: str) -> Getter:
    """Make the getter of what is set by hand."""
    return lambda _ask, page, _args: page.details.get(name)


def show(ask: Ask) -> Page:
    """Answer the Page node."""
    # Meta sheet 4: Permissions map. Reading the token itself needs no more than the list of Pages.
    wanted = {"pages_show_list", "pages_read_engagement", "pages_manage_metadata", "business_management"}
    if ask.token.kind != "APP" and not wanted.intersection(ask.scopes):
        ask.need("pages_read_engagement")
    page: Page = ask.node
    return page


def update(ask: Ask) -> dict[str, Any]:
    """Answer POST to the Page node: its details."""
    ask.need_page_token()
    ask.need("pages_manage_metadata")
    ask.need_task("MANAGE")
    given = {name: value for name, value in ask.params.values.items() if name not in PLAIN}
    if fixed := FIXED.intersection(given):
        raise invalid(f"Param {min(fixed)} cannot be changed.")
    known = {name: ask.params.json(name) for name in given if name in EDITABLE}
    if not known:
        raise invalid("Nothing to update was given.")
    ask.params.word("temporary_status", *TEMPORARY)
    ask.node.details.update(known)
    return {"success": True}


def change_picture(ask: Ask) -> dict[str, Any]:
    """Answer POST /picture."""
    # Meta sheet 7.5: Page node (picture by address or as the part `source`)
    ask.need_page_token()
    ask.need("pages_manage_metadata")
    url = ask.params.text("picture")
    if not url and "source" not in ask.params.files:
        raise required("picture")
    if url and isinstance(ask.pulled.get(url), int):
        raise GraphError("324/2069019")
    return {"success": True}


def read_settings(ask: Ask) -> dict[str, Any]:
    """Answer /settings."""
    ask.need("pages_manage_metadata")
    kept = ask.state.page_settings
    rows = [
        (name, kept.get((ask.node.id, name), "false" if name == SETTINGS[0] else "true")) for name in SETTINGS
    ]
    return {"data": [{"setting": name, "value": value == "true"} for name, value in rows]}


def change_setting(ask: Ask) -> dict[str, Any]:
    """Answer POST /settings: one setting a call."""
    ask.need_page_token()
    ask.need("pages_manage_metadata")
    option = ask.params.object("option") or {}
    if len(option) != 1 or next(iter(option)) not in SETTINGS:
        raise invalid("Param option must hold one setting.")
    name, value = next(iter(option.items()))
    ask.state.page_settings[ask.node.id, name] = str(value).lower()
    return {"success": True}


def roles(ask: Ask) -> Listing:
    """Answer /roles."""
    ask.need("pages_manage_metadata")
    ask.need_task("MANAGE")
    rows = [
        {"name": person.name, "id": f"9{person.id}", "tasks": list(person.pages[ask.node.id])}
        for person in ask.state.settings.people
        if ask.node.id in person.pages
    ]
    return Listing(rows)


def assigned(ask: Ask) -> Listing:
    """Answer /assigned_users, of Pages that a Business owns."""
    ask.need("business_management pages_manage_metadata")
    business = ask.state.business(ask.params.need("business"))
    if business is None or ask.node.id not in (*business.owned, *business.client):
        raise invalid("Param business must own the Page.")
    rows = [
        {
            "id": person.id,
            "name": person.name,
            "user_type": "REGULAR_USER",
            "tasks": list(person.pages[ask.node.id]),
        }
        for person in ask.state.settings.people
        if ask.node.id in person.pages
    ]
    return Listing(rows)


def assign(ask: Ask) -> dict[str, Any]:
    """Answer POST and DELETE /assigned_users."""
    # Meta sheet 7.5: Page node (assigned_users)
    ask.need("business_management pages_manage_metadata")
    ask.need_task("MANAGE")
    person = ask.state.person(ask.params.need("user"))
    if person is None:
        raise invalid("Param user must be a user of the Business.")
    pages = {name: given for name, given in person.pages.items() if name != ask.node.id}
    if ask.method == "POST":
        wanted = [str(task).upper() for task in ask.params.array("tasks") or []]
        if not wanted or not set(wanted) <= set(TASKS):
            raise invalid(f"Param tasks must be some of {', '.join(TASKS)}")
        pages[ask.node.id] = tuple(wanted)
    person.pages = pages
    return {"success": True}


def subscriptions(ask: Ask) -> dict[str, Any]:
    """Answer GET /subscribed_apps."""
    ask.need("pages_manage_metadata")
    app = ask.state.app(ask.token.app_id)
    fields = ask.state.subscribed.get((ask.token.app_id, ask.node.id))
    if app is None or fields is None:
        return {"data": []}
    return {"data": [{"id": app.id, "name": app.name, "subscribed_fields": fields}]}


def subscribe(ask: Ask) -> dict[str, Any]:
    """Answer POST /subscribed_apps; the former list is replaced."""
    ask.need_page_token()
    ask.need("pages_manage_metadata pages_show_list")
    # Meta sheet 4: Permissions map (page task)
    ask.need_task("CREATE_CONTENT", "MANAGE", "MODERATE")
    hooks.subscribe(ask, hooks.PAGE_FIELDS)
    return {"success": True}


def unsubscribe(ask: Ask) -> dict[str, Any]:
    """Answer DELETE /subscribed_apps."""
    ask.need("pages_manage_metadata")
    ask.state.subscribed.pop((ask.token.app_id, ask.node.id), None)
    return {"success": True}


def search(ask: Ask) -> Listing:
    """Answer /pages/search."""
    # Meta sheet 7.5: Page node (search: user or app token with the feature; without it → 10)
    app = ask.state.app(ask.token.app_id)
    wanted = {"Page Public Content Access", "Page Public Metadata Access"}
    if ask.token.kind not in {"USER", "APP"} or app is None or not wanted.intersection(app.features):
        raise GraphError("10")
    query = ask.params.need("q").lower()
    return Listing([page for page in ask.state.settings.pages if query in page.name.lower()])


def blocked(ask: Ask) -> dict[str, Any]:
    """Answer /blocked."""
    ask.need_page_token()
    ask.need("pages_manage_engagement")
    ask.need_task("MODERATE")
    held = ask.state.blocked[ask.node.id]
    if ask.method == "GET":
        return {"data": [{"id": one} for one in sorted(held)]}
    users = [str(one) for one in ask.params.array("user") or []]
    if not users:
        raise required("user")
    change = held.update if ask.method == "POST" else held.difference_update
    change(users)
    return dict.fromkeys(users, True)


def ratings(ask: Ask) -> Any:
    """Answer /ratings, which was withdrawn with v22.0."""
    # Meta sheet 7.5: Page node (reviews: code 12)
    if ask.version >= (22, 0):
        raise GraphError("12", "(deprecated) The ratings edge is deprecated for versions v22.0 and higher")
    return {"data": []}


def location(_ask: Ask, page: Page, _: Args) -> dict[str, Any]:
    """Show where the Page is."""
    usual = {"city": "Hamburg", "country": "Germany", "latitude": 53.55, "longitude": 9.99, "zip": "20457"}
    found: dict[str, Any] = page.details.get("location", usual)
    return found


PAGE = Kind(
    "Page",
    ("name", "id"),
    {
        "id": plain("id"),
        "name": plain("name"),
        "username": plain("username"),
        "category": plain("category"),
        "access_token": access_token,
        "tasks": tasks,
        "picture": picture,
        "instagram_business_account": instagram,
        "link": lambda _ask, page, _args: f"https://www.facebook.com/{page.username or page.id}",
        "location": location,
        "fan_count": plain("followers"),
        "followers_count": plain("followers"),
        "rating_count": lambda _ask, _page, _args: 12,
        "overall_star_rating": lambda _ask, _page, _args: 4.5,
        "verification_status": lambda _ask, _page, _args: "not_verified",
        "is_published": lambda _ask, page, _args: page.details.get("is_published", True),
        "is_unclaimed": lambda _ask, _page, _args: False,
        "is_eligible_for_branded_content": lambda _ask, _page, _args: True,
        "category_list": lambda _ask, page, _args: [{"id": "1", "name": page.category}],
        **{
            name: detail(name)
            for name in sorted(EDITABLE - {"location", "is_published", "category_list", "offset_y"})
        },
    },
)
KINDS: Mapping[str, Kind] = {"page": PAGE}
OPERATIONS = {
    ("root", "pages/search", "GET"): search,
    ("page", "", "GET"): show,
    ("page", "", "POST"): update,
    ("page", "picture", "POST"): change_picture,
    ("page", "settings", "GET"): read_settings,
    ("page", "settings", "POST"): change_setting,
    ("page", "roles", "GET"): roles,
    ("page", "assigned_users", "GET"): assigned,
    ("page", "assigned_users", "POST"): assign,
    ("page", "assigned_users", "DELETE"): assign,
    ("page", "subscribed_apps", "GET"): subscriptions,
    ("page", "subscribed_apps", "POST"): subscribe,
    ("page", "subscribed_apps", "DELETE"): unsubscribe,
    ("page", "blocked", "GET"): blocked,
    ("page", "blocked", "POST"): blocked,
    ("page", "blocked", "DELETE"): blocked,
    ("page", "ratings", "GET"): ratings,
}
