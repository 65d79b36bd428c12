"""Connecting an account: what to prepare, the platform's consent page, the choice after it, how it ended.

An attempt leaves this site and comes back by a redirect, in the same tab. The answer with the code is never
shown: its address is left at once for one that says only how it ended.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from postwire.accounts.family import candidate, read_account
from postwire.accounts.plans import PlanFull
from postwire.accounts.refusals import ConnectFailed
from postwire.errors import ActionFailed, PostwireError, UnknownName, shown
from postwire.faces.web import flows, links
from postwire.faces.web.brands import SOON
from postwire.faces.web.cards import connectable
from postwire.faces.web.here import form_of, page
from postwire.faces.web.pages.connections import PLAN_FULL, told_of
from postwire.faces.web.qr import path_of
from postwire.faces.web.sealed import notice, seal, trouble, troubled, with_query
from postwire.faces.web.templating import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request

    from postwire.accounts.connections import Connected
    from postwire.accounts.records import NewAccount, StoredAccount
    from postwire.faces.web.flows import Flow
    from postwire.faces.web.here import Here
    from postwire.faces.web.site import Site
    from postwire.language.manifest import Integration

SECONDS: Final = 4  # until the result goes away by itself


@page
async def prepare(here: Here) -> Response:
    """What to prepare, and the button that goes on: a sheet for htmx, else a page."""
    name = here.request.path_params["integration"]
    if name in SOON:
        return _soon(here, SOON[name])
    context = _preparing(here.site, name, here.request.query_params.get("flavour", ""))
    context["reconnect"] = here.request.query_params.get("reconnect", "")
    context["post"] = here.href(f"/connect/{name}")
    return here.render(
        "connections/setup_sheet.html" if here.partial else "connections/setup.html", **context
    )


def _soon(here: Here, title: str) -> Response:
    text = f"{title} is coming soon."
    if here.partial:
        told = json.dumps({"toast": {"kind": "info", "text": text}})
        return Response(status_code=204, headers={"HX-Trigger": told})
    return here.go(with_query("/connections", notice(here.session.id, "info", text)))


def _preparing(site: Site, name: str, flavour: str) -> dict[str, Any]:
    described = _described(site, name)
    others = [each for each, other in described.flavours.items() if other.auth is not None]
    setup = described.setup if not flavour else None
    return {
        "integration": name,
        "setup": setup,
        "flavour": flavour,
        "flavours": [each for each in others if each != flavour],
        "qr": path_of(setup.phone.url) if setup is not None and setup.phone is not None else None,
    }


def _described(site: Site, name: str) -> Integration:
    """A platform that can be connected.

    Raises:
        UnknownName: there is none of this name.
    """
    found = dict(connectable(site.catalog)).get(name)
    if found is None:
        raise UnknownName(f"There is no platform {shown(name)!r} to connect.")
    return found


@page
async def begin(here: Here) -> Response:
    """Send the browser to the platform's consent page."""
    form, site = await here.form(), here.site
    name, reconnect = here.request.path_params["integration"], form.get("reconnect") or None
    flavour = form.get("flavour", "")
    if reconnect is not None:
        login = await site.vault.run(here.client.accounts.login_of, reconnect)
        name, flavour = login.integration, login.flavour
    described = _described(site, name)
    if flavour and flavour not in described.flavours:
        raise UnknownName(f"{described.name} has no login {shown(flavour)!r}.")
    given = {
        "browser": here.session.id,
        "owner": here.session.person.name,
        "flavour": flavour,
        "reconnect": reconnect,
    }
    try:
        begun = await asyncio.to_thread(flows.begin, site, here.workspace, name, **given)
    except ActionFailed as error:
        query = _query(error, here.session.id)
        return here.go(with_query("/connections", {"platform": name, **query}))
    if here.partial:
        answer = Response(headers={"HX-Redirect": begun.url})
    else:
        answer = plain("connections/going.html", **_frame(site), platform=name, url=begun.url)
    flows.remember(answer, site, flows.name_of(begun.state), here.workspace)
    return answer


def _query(error: ActionFailed, key: str) -> dict[str, str]:
    """How an attempt ended, as an address tells it."""
    code = error.refusal if isinstance(error, ConnectFailed) else error.code
    if isinstance(error, PlanFull):
        code = PLAN_FULL
    if (error.message, error.remedy) == told_of(code):
        return {"error": code}
    return {"error": code, **trouble(key, error.message, error.remedy)}


async def by_link(request: Request) -> Response:
    """`/connect/TOKEN`: a link by which somebody connects an account without signing in."""
    site: Site = request.app.state.site
    token = request.path_params["token"]
    wanted = await site.vault.run(links.look, site, token)
    if wanted is None:
        return _ended(site, 410, "This link has been used, or is too old.", "Ask for a new one.")
    try:
        if request.method == "POST":
            return await _begun_by_link(site, token)
        flavour = (request.query_params.get("flavour") or wanted.flavour) if not wanted.reconnect else ""
        context = _preparing(site, wanted.integration, flavour)
    except PostwireError as error:
        return _ended(site, 400, error.message, error.remedy)
    more = {"post": f"/connect/{token}", "reconnect": wanted.reconnect or "", "flavours": []}
    return plain("connections/setup.html", **{**_frame(site), **context, **more})


async def _begun_by_link(site: Site, token: str) -> Response:
    wanted = await site.vault.run(links.take, site, token)
    if wanted is None:
        return _ended(site, 410, "This link has been used, or is too old.", "Ask for a new one.")
    browser, name = flows.secret(), wanted.integration
    given = {"browser": browser, "flavour": wanted.flavour, "reconnect": wanted.reconnect}
    if wanted.reconnect:
        connections = site.client(wanted.workspace).accounts
        login = await site.vault.run(connections.login_of, wanted.reconnect)
        name, given["flavour"] = login.integration, login.flavour
    begun = await asyncio.to_thread(flows.begin, site, wanted.workspace, name, **given)
    answer = plain("connections/going.html", **_frame(site), platform=name, url=begun.url)
    flows.remember(answer, site, flows.name_of(begun.state), wanted.workspace, browser, wanted.back)
    return answer


async def callback(request: Request) -> Response:
    """What the platform sends the browser back with; never shown, and left at once."""
    site: Site = request.app.state.site
    name, query = request.path_params["integration"], dict(request.query_params)
    flow = flows.name_of(query.get("state", ""))
    found = await flows.flow_of(request, site, flow)
    if found is None or not found.workspace or name not in dict(connectable(site.catalog)):
        return _done(name, "", {"error": "session_expired"})
    try:
        connected = await asyncio.to_thread(_finish, site, found, name, query)
    except ActionFailed as error:
        return _done(name, flow, _query(error, found.browser))
    accounts = ",".join(each.id for each in connected.accounts)
    if connected.ticket is None:
        return _done(name, flow, {"accounts": accounts})
    ticket = connected.ticket.reveal()
    address = with_query(f"/connect/choose/{flow}/{ticket}", {"via": name, "accounts": accounts})
    return RedirectResponse(address, 303, {"Referrer-Policy": "no-referrer"})


def _finish(site: Site, flow: Flow, name: str, query: Mapping[str, str]) -> Connected:
    return site.client(flow.workspace).accounts.finish(name, query, browser=flow.browser)


def _done(name: str, flow: str, query: Mapping[str, str]) -> Response:
    address = with_query(f"/connect/done/{name}", {"flow": flow, **query})
    return RedirectResponse(address, 303, {"Referrer-Policy": "no-referrer"})


async def choose(request: Request) -> Response:
    """Which of the accounts that the consent brought are connected too; none of them is a good answer."""
    site: Site = request.app.state.site
    flow, ticket = request.path_params["flow"], request.path_params["ticket"]
    via, before = request.query_params.get("via", ""), request.query_params.get("accounts", "")
    found = await flows.flow_of(request, site, flow)
    if found is None:
        return _done(via, "", {"error": "session_expired"})
    if request.method == "POST":
        form = await form_of(request)
        wanted = form.getlist("account") if form.get("do") == "connect" else []
        return await _chosen(site, found, (flow, via, before), ticket, wanted)
    try:
        waiting = await site.vault.run(site.vault.attempts.offered, found.workspace, ticket, found.browser)
    except ActionFailed:
        return _done(via, flow, {"error": "state_expired"})
    login = read_account(json.loads(waiting.found.reveal()))
    offered = [_offered(site, found, child) for child in login.children]
    known = await _connected(site, found, before)
    context = {"offered": offered, "connected": known, "here_path": request.url.path, "via": via}
    return plain("connections/choose.html", **{**_frame(site, found), **context, "query": request.url.query})


def _offered(site: Site, flow: Flow, child: NewAccount) -> dict[str, Any]:
    """An account that may be chosen; never its token."""
    one = candidate(child)
    described = dict(connectable(site.catalog)).get(one.integration)
    picture = ""
    if one.avatar_url.startswith("https://"):
        proof = seal(flow.browser, "picture", one.avatar_url)
        picture = with_query(f"/w/{flow.workspace}/pictures", {"of": one.avatar_url, "seal": proof})
    return {
        "integration": one.integration,
        "subject": one.subject,
        "name": one.name or one.username or one.subject,
        "username": one.username,
        "followers": one.facts.get("followers"),
        "page": one.facts.get("page_name", ""),
        "picture": picture if flow.session else "",
        "setup": described.setup if described else None,
    }


async def _chosen(
    site: Site, flow: Flow, came: tuple[str, str, str], ticket: str, wanted: Iterable[str]
) -> Response:
    name, via, before = came
    accounts = site.client(flow.workspace).accounts
    subjects = list(wanted)
    try:
        chosen = await asyncio.to_thread(accounts.choose, ticket, subjects, browser=flow.browser)
    except ActionFailed as error:
        return _done(via, name, {**_query(error, flow.browser), "accounts": before})
    both = ",".join(each for each in (before, *(one.id for one in chosen.accounts)) if each)
    return _done(via, name, {"accounts": both, "skipped": "" if both else "1"})


async def done(request: Request) -> Response:
    """How it ended; the page closes itself, or goes back."""
    site: Site = request.app.state.site
    query, name = request.query_params, request.path_params["integration"]
    found = await flows.flow_of(request, site, query.get("flow", ""))
    platform = name if name in dict(connectable(site.catalog)) else ""
    context = {**_frame(site, found), "platform": platform, "seconds": SECONDS}
    context["elsewhere"] = bool(found and found.back)
    accounts = await _connected(site, found, query.get("accounts", "")) if found else []
    code = shown(query.get("error", ""))
    back = _back(found, query, name, accounts, code)
    if code:
        note, help_ = troubled(found.browser, query) if found else ("", "")
        cause, remedy = told_of(code)
        more = {
            "code": code,
            "text": note or cause,
            "remedy": help_ or remedy,
            "accounts": accounts,
            "back": back,
        }
        return plain("connections/done.html", 200, **{**context, **more})
    kinds = list(dict.fromkeys(each.integration for each in accounts)) or [platform]
    warned = [each.reason for each in accounts if each.reason]
    more = {"code": "", "kinds": kinds, "accounts": accounts, "warned": warned, "back": back}
    return plain("connections/done.html", 200, **{**context, **more, "skipped": bool(query.get("skipped"))})


def _back(
    flow: Flow | None, query: Mapping[str, str], name: str, accounts: list[StoredAccount], code: str
) -> str:
    """Where people go from the result; "" for those who came by a link that leads nowhere."""
    if flow is None:
        return "/"
    if flow.session is None or not flow.workspace:
        told = {"error": code, "platform": name, "account": ",".join(each.id for each in accounts)}
        return with_query(flow.back, told) if flow.back else ""
    base = f"/w/{flow.workspace}/connections"
    if code:
        said = {each: query.get(each, "") for each in ("note", "help", "seal")}
        return with_query(base, {"error": code, "platform": name, **said})
    if not accounts:
        return base
    text = "Account connected!" if len(accounts) == 1 else f"{len(accounts)} accounts connected!"
    return with_query(base, notice(flow.browser, "success", text))


async def _connected(site: Site, flow: Flow, ids: str) -> list[StoredAccount]:
    """The accounts of the workspace among *ids*."""
    found = []
    for each in ids.split(",")[:50]:
        try:
            found.append(await site.vault.run(site.vault.accounts.get, flow.workspace, each))
        except UnknownName:
            continue
    return found


def _frame(site: Site, flow: Flow | None = None) -> dict[str, Any]:
    """What a page without navigation shows of the site."""
    settings = site.settings
    session = flow.session if flow else None
    return {
        "brands": site.brands,
        "title": settings.title,
        "sandbox": settings.sandbox is not None,
        "csrf": session.csrf if session else "",
    }


def _ended(site: Site, status: int, text: str, remedy: str) -> Response:
    context = {"platform": "", "code": "link", "text": text, "remedy": remedy, "accounts": [], "back": ""}
    return plain("connections/done.html", status, **{**_frame(site), **context, "seconds": SECONDS})


ROUTES = [
    Route("/w/{workspace}/connect/{integration}", prepare, methods=["GET"]),
    Route("/w/{workspace}/connect/{integration}", begin, methods=["POST"]),
    Route("/callback/{integration}/", callback),
    Route("/connect/choose/{flow}/{ticket}", choose, methods=["GET", "POST"]),
    Route("/connect/done/{integration}", done),
    Route("/connect/{token}", by_link, methods=["GET", "POST"]),
]
