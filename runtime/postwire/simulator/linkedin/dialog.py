"""The HTTP shape of the simulated login: the consent page and the token endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl

from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, Response

from postwire.simulator.linkedin import consent, oauth
from postwire.simulator.login import OAuthRefusalError, UntrustedError
from postwire.simulator.page import back, shown, sorry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postwire.simulator.exchange import Call, Handler
    from postwire.simulator.linkedin.state import LinkedIn

SESSION = "postwire_linkedin"


def flat(refusal: OAuthRefusalError, status: int | None = None) -> Response:
    """Tell a refusal of an OAuth endpoint."""
    # LinkedIn sheet 12: Errors (OAuth host errors use error and error_description)
    content = {"error": refusal.error, "error_description": refusal.description}
    return JSONResponse(content, status or refusal.status, {"Cache-Control": "no-store"})


def form_api(state: LinkedIn, function: Callable[[LinkedIn, Mapping[str, str]], dict[str, Any]]) -> Handler:
    """Make a handler of a function of the OAuth endpoints."""

    async def handle(call: Call) -> Response:
        raw = await call.body()
        try:
            answer = function(state, _form(call, raw))
        except OAuthRefusalError as refusal:
            return flat(refusal)
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    return handle


def _form(call: Call, raw: bytes) -> dict[str, str]:
    # LinkedIn sheet 3: OAuth 2.0 (form-encoded)
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise OAuthRefusalError("invalid_request", "Send application/x-www-form-urlencoded.")
    return dict(parse_qsl(raw.decode("utf-8", "replace")))


def authorize(state: LinkedIn) -> Handler:
    """Make the handler of the consent page and of its form."""

    async def handle(call: Call) -> Response:
        raw = await call.body()
        try:
            asking = oauth.read(state, call.query)
        except UntrustedError as error:
            return sorry(consent.LOOK, str(error))
        except OAuthRefusalError as refusal:
            uri, about = call.query["redirect_uri"], call.query.get("state", "")
            return back(oauth.refuse(uri, about, refusal.error, refusal.description))
        if call.method == "POST":
            form = parse_qs(raw.decode("utf-8", "replace"))
            return _decide(state, asking, form)
        return _ask(state, asking, call)

    return handle


def _ask(state: LinkedIn, asking: oauth.Asking, call: Call) -> Response:
    decision = call.query.get("postwire_auto") or state.settings.auto_consent
    if decision in {"allow", *oauth.REFUSALS}:
        chosen = call.query.get("postwire_account") or state.settings.auto_account
        return _decide(state, _narrowed(asking, call), {"decision": [decision], "account": [chosen]})
    session = cookie_parser(call.headers.get("cookie", "")).get(SESSION)
    if member := oauth.remembered(state, asking, session):
        return back(oauth.allow(state, asking, member, asking.scopes))
    # Sheet silent on prompt=none without a grant: the page is shown.
    action = call.url(call.host, f"{call.path}?{call.raw_query}")
    return shown(consent.page(asking, state.settings.members, action))


def _narrowed(asking: oauth.Asking, call: Call) -> oauth.Asking:
    # The simulator's own switch, for scripts: grant only some of what was asked for.
    chosen = call.query.get("postwire_scopes")
    if chosen is None:
        return asking
    scopes = tuple(scope for scope in asking.scopes if scope in chosen.split(","))
    return oauth.Asking(asking.app, asking.redirect_uri, asking.state, scopes, asking.challenge)


def _decide(state: LinkedIn, asking: oauth.Asking, form: Mapping[str, list[str]]) -> Response:
    decision = form.get("decision", ["deny"])[0]
    if decision != "allow" or not asking.scopes:
        error, said = oauth.REFUSALS["close" if decision == "close" else "deny"]
        return back(oauth.refuse(asking.redirect_uri, asking.state, error, said))
    member = state.member(form.get("account", [""])[0])
    if member is None:
        return sorry(consent.LOOK, "There is no such simulated account.")
    response = back(oauth.allow(state, asking, member, asking.scopes))
    response.set_cookie(SESSION, member.key, httponly=True, samesite="lax")
    return response
