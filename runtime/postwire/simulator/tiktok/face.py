"""The HTTP shape of the simulated TikTok: parsing, envelopes, status codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl

from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, Response

from postwire.simulator.login import OAuthRefusalError, UntrustedError
from postwire.simulator.page import back, shown, sorry
from postwire.simulator.tiktok import consent, display, oauth, posting, upload
from postwire.simulator.tiktok.refusal import RefusalError
from postwire.simulator.tiktok.state import Grant, Publish, TikTok

if TYPE_CHECKING:
    from postwire.simulator.exchange import Call, Handler

SESSION = "simulator_tiktok"  # cookies know no ports: it must be no other server's name

Body = Mapping[str, Any]
Api = Callable[[TikTok, Grant, Mapping[str, str], Body], dict[str, Any] | None]


def envelope(state: TikTok, data: Mapping[str, Any] | None, refusal: RefusalError | None = None) -> Response:
    """Wrap an answer."""
    # TikTok sheet 4: Envelope
    log_id = state.log_id()
    error = {"code": "ok", "message": "", "log_id": log_id}
    if refusal is not None:
        error |= {"code": refusal.code, "message": refusal.message}
    content = {"error": error} if data is None else {"data": data, "error": error}
    # TikTok sheet 1: Hosts and general rules (tracing)
    return JSONResponse(content, refusal.status if refusal else 200, {"x-tt-logid": log_id})


def flat(state: TikTok, refusal: OAuthRefusalError, status: int | None = None) -> Response:
    """Tell a refusal of an OAuth endpoint."""
    # TikTok sheet 2.3: Token endpoint (failure is flat; 400, or 401 for invalid_client, or always 200)
    usual = 401 if refusal.error == "invalid_client" else 400
    if state.settings.oauth_errors_as_200:
        usual = 200
    log_id = state.log_id()
    content = {"error": refusal.error, "error_description": refusal.description, "log_id": log_id}
    return JSONResponse(content, status or usual, {"x-tt-logid": log_id, "Cache-Control": "no-store"})


def json_api(state: TikTok, function: Api, unusable: str = "invalid_params") -> Handler:
    """Make a handler of a JSON API's function; `unusable` is the code for a body that is no JSON object."""

    async def handle(call: Call) -> Response:
        raw = await call.body()
        try:
            grant = state.grant(call.bearer)
            return envelope(state, function(state, grant, call.query, _json(call, raw, unusable)))
        except RefusalError as refusal:
            return envelope(state, {}, refusal)

    return handle


def _json(call: Call, raw: bytes, unusable: str) -> Body:
    # TikTok sheet 1: Hosts and general rules (GET without a body; POST takes JSON)
    if not raw:
        return {}
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        body = json.loads(raw) if kind == "application/json" and call.method == "POST" else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise RefusalError(
            400, unusable, "A POST takes a JSON object as application/json; a GET takes no body."
        )
    return body


def init(state: TikTok, function: Callable[[TikTok, Grant, Body], Publish]) -> Handler:
    """Make a handler of one of the inits, whose answer may hold an upload URL."""

    async def handle(call: Call) -> Response:
        def answer(state: TikTok, grant: Grant, _: Mapping[str, str], body: Body) -> dict[str, Any]:
            publish = function(state, grant, body)
            # TikTok sheet 5.5: video/init (response)
            data = {"publish_id": publish.id}
            if publish.upload:
                query = f"upload_id={publish.upload.id}&upload_token={publish.upload.token}"
                data["upload_url"] = call.url(state.settings.upload_host, f"/video/?{query}")
            return data

        return await json_api(state, answer)(call)

    return handle


def status_fetch(state: TikTok) -> Handler:
    """Make the handler of status/fetch, which gives a pull a moment to end."""

    async def handle(call: Call) -> Response:
        raw = await call.body()
        try:
            publish = posting.poll(state, state.grant(call.bearer), _json(call, raw, "invalid_publish_id"))
        except RefusalError as refusal:
            return envelope(state, {}, refusal)
        await call.settle()
        return envelope(state, posting.status(state, publish))

    return handle


def creator_info(state: TikTok, grant: Grant, _query: Mapping[str, str], _body: Body) -> dict[str, Any]:
    """Answer creator_info/query."""
    return posting.creator_info(state, grant)


def cancel(state: TikTok, grant: Grant, _query: Mapping[str, str], body: Body) -> None:
    """Answer cancel."""
    # TikTok sheet 4: Envelope (cancel's success has no data)
    posting.cancel(state, grant, body)


def user_info(state: TikTok, grant: Grant, query: Mapping[str, str], _body: Body) -> dict[str, Any]:
    """Answer user/info."""
    return display.user_info(state, grant, query)


def form_api(
    state: TikTok, function: Callable[[TikTok, Mapping[str, str]], dict[str, Any] | None]
) -> Handler:
    """Make a handler of a function of the OAuth endpoints."""

    async def handle(call: Call) -> Response:
        raw = await call.body()
        try:
            answer = function(state, _form(call, raw))
        except OAuthRefusalError as refusal:
            return flat(state, refusal)
        if answer is None and state.settings.revoke_says_nothing:
            return Response()  # TikTok sheet 2.5: Revoke (old page: empty body)
        return JSONResponse(answer or {}, headers={"Cache-Control": "no-store"})

    return handle


def _form(call: Call, raw: bytes) -> dict[str, str]:
    # TikTok sheet 1: Hosts and general rules (OAuth endpoints take forms only)
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise OAuthRefusalError("invalid_request", "Send application/x-www-form-urlencoded.")
    return dict(parse_qsl(raw.decode("utf-8", "replace")))


def authorize(state: TikTok) -> Handler:
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
            return _remember(_decide(state, asking, form), form)
        return _ask(state, asking, call)

    return handle


def _ask(state: TikTok, asking: oauth.Asking, call: Call) -> Response:
    # TikTok sheet 15: Simulator recipe (authorize: 302 at once; switches deny and partial scopes)
    decision = call.query.get("postwire_auto") or state.settings.auto_consent
    if decision in {"allow", "deny"}:
        chosen = call.query.get("postwire_account") or state.settings.auto_account
        switched_on = state.settings.auto_scopes
        scopes = list(asking.scopes if switched_on is None else switched_on)
        return _decide(state, asking, {"decision": [decision], "account": [chosen], "scope": scopes})
    session = cookie_parser(call.headers.get("cookie", "")).get(SESSION)
    if account := oauth.remembered(state, asking, session, call.query):
        return back(oauth.allow(state, asking, account, asking.scopes))
    action = call.url(call.host, f"{call.path}?{call.raw_query}")
    return shown(consent.page(asking, state.settings.accounts, action))


def _decide(state: TikTok, asking: oauth.Asking, form: Mapping[str, list[str]]) -> Response:
    account = state.account(form.get("account", [""])[0])
    scopes = tuple(scope for scope in asking.scopes if scope in form.get("scope", []))
    # Sheet silent on a user who switches every scope off: the same as denying.
    if form.get("decision") != ["allow"] or not scopes:
        return back(oauth.refuse(asking.redirect_uri, asking.state, "access_denied", "The user said no."))
    if account is None:
        return sorry(consent.LOOK, "There is no such simulated account.")
    return back(oauth.allow(state, asking, account, scopes))


def _remember(response: Response, form: Mapping[str, list[str]]) -> Response:
    if form.get("decision") == ["allow"]:
        response.set_cookie(SESSION, form.get("account", [""])[0], httponly=True, samesite="lax")
    return response


def put(state: TikTok) -> Handler:
    """Make the handler of the upload host."""

    async def handle(call: Call) -> Response:
        try:
            piece = upload.begin(state, call.query, call.headers)
            status = await upload.receive(state, piece, call.stream())
        except upload.UploadRefusalError as refusal:
            told = refusal.upload
            headers = {"Content-Range": upload.progress(state, told)} if told else {}
            return Response(refusal.message, refusal.status, headers, "text/plain")
        # TikTok sheet 6: File upload protocol (progress in the answer's Content-Range)
        return Response(None, status, {"Content-Range": upload.progress(state, piece.upload)})

    return handle
