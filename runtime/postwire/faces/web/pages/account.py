"""One account: what it is, its figures and recent posts, and for admins the state of its token."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import PlainTextResponse
from starlette.routing import Route

from postwire.accounts.keyring import WrongKey
from postwire.errors import ActionFailed, PostwireError
from postwire.faces.web.cards import card
from postwire.faces.web.here import page
from postwire.faces.web.pages.reading import ONE, asked, auth_of, feed_for, page_of, stored_of
from postwire.faces.web.sealed import seal, with_query
from postwire.faces.web.shelf import shelf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from postwire.accounts.records import StoredAccount
    from postwire.faces.web.here import Here

_POSTS: Final = 6
_FIGURES: Final = ("followers", "following", "posts", "likes", "views")


@page
async def account(here: Here) -> Response:
    """The details: a sheet for htmx, else a page of its own."""
    context = await context_of(here, here.request.path_params["account"])
    if here.partial:
        return here.render("connections/account_sheet.html", **context, back=_back(here))
    query = here.request.query_params
    posts = await _posts(here, context["card"].stored) if query.get("posts") else None
    return here.render("connections/account.html", **context, posts=posts)


async def context_of(here: Here, account: str) -> dict[str, Any]:
    """What the details of an account show before the platform is asked.

    Raises:
        UnknownName: no such account.
    """
    stored = await here.site.vault.run(here.site.vault.accounts.get, here.workspace, account)
    shown = card(here.site.catalog, stored, here.href())
    login = await here.site.vault.run(here.client.accounts.login_of, account)
    auth = auth_of(here, login)
    missing = auth is not None and login.scopes is not None and not set(auth.authorize.scopes) <= login.scopes
    reads = feed_for(here, stored)
    return {
        "card": shown,
        "base": here.href(f"/connections/{stored.id}"),
        "inspects": here.admin and auth is not None and auth.inspect is not None,
        "incomplete": missing,
        "lists": reads is not None and reads.posts() is not None,
        "tells": reads is not None and bool(reads.about()),
        "charged": not shown.free,
    }


def _back(here: Here) -> str:
    """The address that the page below the sheet has."""
    current = here.request.headers.get("hx-current-url", "")
    path = current.removeprefix(here.site.settings.public_url)
    return path if path.startswith(here.href("/connections")) else here.href("/connections")


@page
async def figures(here: Here) -> Response:
    """What the platform tells of the account itself."""
    stored = await stored_of(here)
    told = await _told(here, stored)
    if here.request.query_params.get("only") == "followers":
        found = dict(told["metrics"]).get("followers")
        return PlainTextResponse("Not told by the platform" if found is None else f"{found:,}")
    return here.render("connections/figures.html", card=card(here.site.catalog, stored, here.href()), **told)


async def _told(here: Here, stored: StoredAccount) -> dict[str, Any]:
    """Its figures, as far as any of its actions tells them; remembered for ten minutes."""
    known, key = shelf(here.site).figures, (stored.id, stored.version)
    if (found := known.get(key)) is not None:
        return found
    reads, problem = feed_for(here, stored), None
    for act in reads.about() if reads else ():
        try:
            output = await asked(here, act.action, {}, stored)
        except PostwireError as error:
            problem = problem or error.to_dict()
            continue
        metrics = output.get("metrics") or {}
        told = {"about": output, "metrics": [(n, metrics[n]) for n in _FIGURES if n in metrics]}
        return known.put(key, {**told, "problem": None})
    return {"about": {}, "metrics": [], "problem": problem}


@page
async def posts(here: Here) -> Response:
    """Its recent posts; `?fresh=1` forgets nothing, as they are asked for each time."""
    stored = await stored_of(here)
    if not here.partial:
        return here.go(f"/connections/{stored.id}?posts=1")
    return here.render("connections/posts.html", **await _posts(here, stored))


async def _posts(here: Here, stored: StoredAccount) -> dict[str, Any]:
    reads = feed_for(here, stored)
    lister = reads.posts() if reads else None
    shown = card(here.site.catalog, stored, here.href())
    context: dict[str, Any] = {"card": shown, "base": here.href(f"/connections/{stored.id}"), "problem": None}
    context |= {"talks": reads is not None and reads.talk() is not None, "charged": not shown.free}
    items: list[dict[str, Any]] = []
    if lister is not None:
        try:
            items = await page_of(here, lister, stored, _POSTS)
        except PostwireError as error:
            context["problem"] = error.to_dict()
    return {**context, "posts": [_post(here, item) for item in items]}


def _post(here: Here, item: Mapping[str, Any]) -> dict[str, Any]:
    """A post with its picture by way of us."""
    url = str(item.get("thumbnail_url") or "")
    metrics = item.get("metrics") or {}
    comments = metrics.get("comments")
    return {**item, "metrics": metrics, "preview": outside(here, url), "talked": comments is None or comments}


def outside(here: Here, url: str) -> str:
    """The address under which a page may show a picture of elsewhere."""
    if not url.startswith(("https://", "http://")):
        return ""
    return with_query(here.href("/pictures"), {"of": url, "seal": seal(here.session.id, "picture", url)})


@page
async def token(here: Here) -> Response:
    """What the platform says of the account's token; for admins, and never the token."""
    here.check_admin()
    stored = await stored_of(here)
    context: dict[str, Any] = {"base": here.href(f"/connections/{stored.id}"), "told": None, "problem": None}
    context |= {"card": card(here.site.catalog, stored, here.href()), "level": 3}
    try:
        context["told"] = await asyncio.to_thread(here.client.accounts.inspect, stored.id)
    except WrongKey:
        context["problem"] = ("The stored token is sealed with another key.", "Start Postwire with that key.")
    except ActionFailed as error:
        nothing = error.code == "auth_expired" and error.sent == "no"
        title = "No token found: the account needs to be reconnected." if nothing else error.message
        context["problem"] = (title, error.remedy)
    if not here.partial:
        return here.render("connections/token_page.html", **{**context, "level": 2})
    return here.render("connections/token.html", **context)


ROUTES = [
    Route(ONE, account),
    Route(f"{ONE}/figures", figures),
    Route(f"{ONE}/posts", posts),
    Route(f"{ONE}/token", token),
]
