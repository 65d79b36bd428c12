"""The HTTP shape of the simulated X: who is let in, how bodies are read, what answers look like."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl

from starlette.responses import JSONResponse, Response

from postwire.simulator.login import OAuthRefusalError, UntrustedError
from postwire.simulator.page import back, shown, sorry
from postwire.simulator.x import billing, consent, limits, oauth, params
from postwire.simulator.x.lens import Lens, check_names
from postwire.simulator.x.operation import Answer, Ask, Operation
from postwire.simulator.x.refusal import (
    CodedError,
    InvalidError,
    ProblemError,
    bad_query,
    forbidden,
)

if TYPE_CHECKING:
    from postwire.simulator.exchange import Call, Handler
    from postwire.simulator.x.records import Token
    from postwire.simulator.x.state import X

SAME_USER = "must be the same as the authenticating user"
OAuthFunction = Callable[["X", Mapping[str, str], str | None], dict[str, Any]]


def api(x: X, operation: Operation) -> Handler:
    """Make the handler of an operation."""

    async def handle(call: Call) -> Response:
        headers = traces(x)
        try:
            ask = enter(x, operation, call, headers)
            if operation.stream is not None:
                answer = await operation.stream(ask, call)
            else:
                assert operation.run is not None
                raw = await call.body()
                ask.body = _body(operation, call, raw)
                answer = operation.run(ask)
            content = _content(ask, answer)
            billing.charge(ask, content)
        except ProblemError as refusal:
            return problem(x, refusal, headers)
        if operation.stream is not None and answer.data is None:
            return Response(None, 204, headers)
        return JSONResponse(content, operation.ok, headers)

    return handle


def traces(x: X) -> dict[str, str]:
    """Make the headers that every answer of the API has."""
    # X sheet 11: x-transaction-id, x-access-level
    return {"x-transaction-id": x.word(16).lower(), "x-access-level": "read-write"}


def problem(x: X, refusal: ProblemError, headers: Mapping[str, str] | None = None) -> Response:
    """Tell a refusal."""
    # X sheet 2: Content type of errors
    kind = "application/json" if isinstance(refusal, CodedError) else "application/problem+json"
    content = json.dumps(refusal.content(x.settings.problem_host))
    return Response(content, refusal.status, dict(headers or traces(x)), kind)


def enter(x: X, operation: Operation, call: Call, headers: dict[str, str]) -> Ask:
    """Let a request in; adds the headers of its windows."""
    # Sheet silent on the order of the checks: who, how often, may they, can they pay, is it right.
    token = x.token(call.bearer)
    _count(x, operation, token, headers)
    _allowed(x, operation, token)
    billing.check(x, operation, token)
    check_names(operation.family, operation.query, call.query)
    viewer = token.grant.account_id
    lens = Lens(x, viewer, operation.family, call.query, token.grant.scopes)
    for name, value in call.params.items():
        if not re.fullmatch(operation.pattern(name), value):
            raise bad_query(name, value, "is not valid")
    if operation.own and call.params[operation.own] != viewer:
        # X sheet 6.7: Toggles ({id} must equal the authenticated user id)
        raise bad_query(operation.own, call.params[operation.own], f"{SAME_USER} [{viewer}]")
    query = params.read(operation.query, call.query)
    return Ask(x, operation, token, call.params, query, lens, price=operation.price)


def _count(x: X, operation: Operation, token: Token, headers: dict[str, str]) -> None:
    # X sheet 11: Rate limits (headers on success and failure)
    words = x.settings.limits.get(operation.name, operation.limits) or str(x.settings.unlisted_limit)
    grant = token.grant
    user = f"{grant.client_id}/{grant.account_id}"
    # Sheet silent on an app-only call where only a user limit is listed: it is the app's.
    known = limits.read(words)
    if grant.account_id is None:
        mine = [one for one in known if one.who == "A"] or list(known)
    else:
        mine = [one for one in known if one.who == "U"] + [
            one for one in known if one.who == "A" and one.seconds == limits.DAY
        ] or list(known)
    taken = x.windows.take(
        operation.name, [(one, user if one.who == "U" else grant.client_id) for one in mine], x.clock.now()
    )
    headers.update(taken.headers())
    if taken.full and x.settings.rate_limits:
        raise _too_many(x.settings.rate_refusal)


def _too_many(form: str) -> ProblemError:
    # X sheet 11: 429 bodies seen
    item = {"code": 88, "message": "Rate limit exceeded"}
    if form == "problem":
        return ProblemError(
            429, "Rate Limit Exceeded", "Rate limit exceeded", "rate-limit-exceeded", errors=[item]
        )
    if form == "blank":
        return ProblemError(429, "Too Many Requests", "Too Many Requests")
    return CodedError(429, 88, "Rate limit exceeded")


def _allowed(x: X, operation: Operation, token: Token) -> None:
    grant = token.grant
    # X sheet 5: Token kinds
    if grant.account_id is None and operation.who == "user":
        raise _wrong_token("Application-Only", "OAuth 2.0 User Context")
    if grant.account_id is not None and operation.who == "app":
        raise _wrong_token("User Context", "OAuth 2.0 Application-Only")
    if grant.account_id is None:
        return
    # X sheet 12.2: 403 oauth1-permissions (the app lacks write permission)
    app = x.app(grant.client_id)
    if app is not None and not app.writes and operation.method != "GET":
        detail = "Your client app is not configured with the appropriate permissions for this endpoint."
        raise ProblemError(403, "Forbidden", detail, "oauth1-permissions")
    # X sheet 4: Missing scope
    if not grant.scopes.issuperset(operation.scopes.split()):
        raise forbidden()
    # X sheet 12.2: 403 "not permitted to access this feature" (account suspended)
    if x.owner(grant.account_id).suspended:
        raise forbidden("Your account is suspended and is not permitted to access this feature.")


def _wrong_token(kind: str, wanted: str) -> ProblemError:
    # X sheet 12.1: Examples
    detail = (
        f"Authenticating with OAuth 2.0 {kind} is forbidden for this endpoint.  "
        f"Supported authentication types are [{wanted}]."
    )
    return ProblemError(403, "Unsupported Authentication", detail, "unsupported-authentication")


def _body(operation: Operation, call: Call, raw: bytes) -> dict[str, Any]:
    if operation.body is None:
        return {}
    body = json_object(call, raw)
    operation.body("$", body)
    return body


def json_object(call: Call, raw: bytes) -> dict[str, Any]:
    """Read a JSON body."""
    # X sheet 2: Request bodies
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise InvalidError("Requests with bodies must have content-type of application/json.")
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):  # Sheet silent on the words.
        raise InvalidError("The request body is not a JSON object.")
    return body


def _content(ask: Ask, answer: Answer) -> dict[str, Any]:
    # X sheet 2: Envelope (no data when the result is empty)
    content: dict[str, Any] = {}
    if answer.data or (answer.data == [] and ask.x.settings.empty_data):
        content["data"] = answer.data
    if included := ask.lens.included():
        content["includes"] = included
    if ask.lens.errors:
        content["errors"] = ask.lens.errors
    if answer.meta is not None:
        content["meta"] = answer.meta
    return content


def catalogue(operations: Iterable[Operation]) -> Handler:
    """Make the handler that lists the operations, for everybody."""
    # X sheet 2: Spec self-service (no auth). The list has names only, none of X's schemas.
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        answers = {str(one.ok): {"description": "The request has succeeded."}}
        paths.setdefault(one.path, {})[one.method.lower()] = {"responses": answers}
    about = {"title": "Simulated X API v2", "version": "2.167"}

    async def handle(_: Call) -> Response:
        return JSONResponse({"openapi": "3.0.0", "info": about, "paths": paths})

    return handle


def form_api(x: X, function: OAuthFunction) -> Handler:
    """Make a handler of a function of the OAuth endpoints."""

    async def handle(call: Call) -> Response:
        raw = await call.body()
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        try:
            basic = value.strip() if scheme.lower() == "basic" else None
            answer = function(x, _form(call, raw), basic)
        except OAuthRefusalError as refusal:
            return flat(refusal)
        except ProblemError as refusal:
            return problem(x, refusal)
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    return handle


def flat(refusal: OAuthRefusalError, status: int | None = None) -> Response:
    """Tell a refusal of an OAuth endpoint."""
    # X sheet 12.1: E5
    content = {"error": refusal.error, "error_description": refusal.description}
    return JSONResponse(content, status or refusal.status, {"Cache-Control": "no-store"})


def _form(call: Call, raw: bytes) -> dict[str, str]:
    # X sheet 4: Token (application/x-www-form-urlencoded). Sheet silent on other bodies: they hold nothing.
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    return dict(parse_qsl(raw.decode("utf-8", "replace")))


def authorize(x: X) -> Handler:
    """Make the handler of the consent page and of its form."""

    async def handle(call: Call) -> Response:
        raw = await call.body()
        try:
            asking = oauth.read(x, call.query)
        except UntrustedError as error:
            return sorry(consent.LOOK, str(error))
        except OAuthRefusalError as refusal:
            uri, about = call.query["redirect_uri"], call.query.get("state", "")
            return back(oauth.refuse(uri, about, refusal.error))
        if call.method == "POST":
            form = parse_qs(raw.decode("utf-8", "replace"))
            account = form.get("account", [""])[0]
            return _decide(x, asking, form.get("decision", [""])[0], account, asking.scopes)
        return _ask(x, asking, call)

    return handle


def _ask(x: X, asking: oauth.Asking, call: Call) -> Response:
    decision = call.query.get("postwire_auto") or x.settings.auto_consent
    if decision in {"allow", "deny"}:
        chosen = call.query.get("postwire_account") or x.settings.auto_account
        scopes = asking.scopes
        if x.settings.auto_scopes is not None:
            scopes = x.settings.auto_scopes
        if given := call.query.get("postwire_scopes"):
            scopes = tuple(re.split(r"[, ]+", given))
        return _decide(x, asking, decision, chosen, scopes)
    action = call.url(call.host, f"{call.path}?{call.raw_query}")
    return shown(consent.page(asking, x.settings.accounts, action))


def _decide(x: X, asking: oauth.Asking, decision: str, who: str, scopes: tuple[str, ...]) -> Response:
    account = x.account(who)
    granted = tuple(scope for scope in asking.scopes if scope in scopes)
    if decision != "allow" or not granted:
        return back(oauth.refuse(asking.redirect_uri, asking.state, "access_denied"))
    if account is None:
        return sorry(consent.LOOK, "There is no such simulated account.")
    return back(oauth.allow(x, asking, account, granted))
