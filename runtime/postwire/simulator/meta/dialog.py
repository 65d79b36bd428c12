"""The HTTP side of both logins: consent pages, and the code exchange of Instagram."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import JSONResponse, Response

from postwire.simulator.login import UntrustedError
from postwire.simulator.meta import consent, oauth, params
from postwire.simulator.meta.refusal import GraphError, InstagramLoginError
from postwire.simulator.page import back, shown, sorry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.exchange import Call, Handler
    from postwire.simulator.meta.state import Meta


def authorize(state: Meta, login: str) -> Handler:
    """Make the handler of a consent page and of its form."""

    async def handle(call: Call) -> Response:
        raw = await call.body()
        try:
            asking = oauth.read(state, login, call.query)
        except UntrustedError as error:
            return _problem(login, str(error))
        if call.method == "POST":
            return _decide(state, asking, parse_qs(raw.decode("utf-8", "replace")))
        return _ask(state, asking, call)

    return handle


def _problem(login: str, message: str) -> Response:
    return sorry(consent.look(login), message)


def _ask(state: Meta, asking: oauth.Asking, call: Call) -> Response:
    settings, login = state.settings, asking.app.login
    decision = call.query.get("postwire_auto") or settings.auto_consent
    usual = settings.auto_person if login == "facebook" else settings.auto_account
    if decision in {"allow", "deny"}:
        chosen = call.query.get("postwire_account") or usual
        form = {"decision": [decision], "account": [chosen], "scope": _switched_on(state, asking, call)}
        person = state.person(chosen)
        pages = call.query.get("postwire_pages")
        form["page"] = pages.split(",") if pages else state.reachable(person) if person else []
        return _decide(state, asking, form)
    action = call.url(call.host, f"{call.path}?{call.raw_query}")
    return shown(consent.page(asking, _who(state, login), _pages(state, login), action))


def _switched_on(state: Meta, asking: oauth.Asking, call: Call) -> list[str]:
    given = call.query.get("postwire_scopes")
    if given is not None:
        return given.split(",")
    scopes = state.settings.auto_scopes
    return list(asking.scopes if scopes is None else scopes)


def _who(state: Meta, login: str) -> list[consent.Choice]:
    if login == "facebook":
        return [(person.key, person.name) for person in state.settings.people]
    return [(a.username, f"{a.name} (@{a.username}, {a.account_type})") for a in state.settings.accounts]


def _pages(state: Meta, login: str) -> list[consent.Choice]:
    if login == "instagram":
        return []
    reachable = {page for person in state.settings.people for page in state.reachable(person)}
    return [(page.id, page.name) for page in state.settings.pages if page.id in reachable]


def _decide(state: Meta, asking: oauth.Asking, form: Mapping[str, list[str]]) -> Response:
    left = form.get("scope", [])
    scopes = asking.scopes if asking.all_or_none else tuple(one for one in asking.scopes if one in left)
    # Sheet silent on a user who switches every permission off: the same as denying.
    if form.get("decision") != ["allow"] or not scopes:
        return back(oauth.refuse(asking))
    who = form.get("account", [""])[0]
    if asking.app.login == "facebook":
        person = state.person(who)
        if person is None:
            return _problem("facebook", "There is no such simulated person.")
        pages = tuple(page for page in state.reachable(person) if page in form.get("page", []))
        return back(oauth.allow(state, asking, person.id, scopes, pages))
    account = state.account(who)
    # Meta sheet 0.1: Three account flavours (personal accounts are not reachable at all)
    if account is None or not account.professional:
        return _problem("instagram", "The app needs a professional Instagram account.")
    # Meta sheet 3.1: Authorize (instagram_business_basic is always required)
    scopes = tuple(dict.fromkeys(("instagram_business_basic", *scopes)))
    return back(oauth.allow(state, asking, account.id, scopes, ()))


def instagram_code(state: Meta) -> Handler:
    """Make the handler of the code exchange at api.instagram.com."""

    async def handle(call: Call) -> Response:
        try:
            # Meta sheet 3.2: Three token calls (multipart or form: the simulator accepts both)
            given = (await params.read(call, checksums=False)).values
            form = {name: str(value) for name, value in given.items() if name not in call.query}
            return JSONResponse(oauth.instagram_code(state, form), headers={"Cache-Control": "no-store"})
        except GraphError as error:
            return JSONResponse(InstagramLoginError(error.message).envelope(), 400)
        except InstagramLoginError as error:
            return JSONResponse(error.envelope(), 400)

    return handle
