"""The HTTP shape of the simulated API: order of the checks, Rest.li methods, envelopes, headers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from postwire.simulator.linkedin import restli, versions
from postwire.simulator.linkedin.ask import Answer, Ask, Operation
from postwire.simulator.linkedin.refusal import RestError, bad_query, invalid
from postwire.simulator.linkedin.settings import LIMITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.exchange import Call, Handler
    from postwire.simulator.linkedin.records import Token
    from postwire.simulator.linkedin.state import LinkedIn

UPLOAD_HOST = "www.linkedin.com"

# By what a call is chosen at one path: GET, POST, PUT or DELETE, and after a colon `ids` for a batch,
# `q=NAME` for a finder, `action=NAME` for an action, or the Rest.li method of a POST
Methods = dict[str, Operation]


def respond(state: LinkedIn, answer: Answer) -> Response:
    """Make a response with the headers that every answer has."""
    # LinkedIn sheet 2.4: Success statuses (every answer; errors add x-restli-error-response)
    headers = {
        "x-li-uuid": state.support_id(),
        "x-li-fabric": "prod-sim",
        "x-restli-protocol-version": versions.PROTOCOL,
        **answer.headers,
    }
    if answer.body is None:
        return Response(None, answer.status, headers)
    return JSONResponse(answer.body, answer.status, headers)


def refused(state: LinkedIn, refusal: RestError) -> Response:
    """Tell a refusal."""
    headers = {"x-restli-error-response": "true"}
    return respond(state, Answer(refusal.status, refusal.envelope(), headers))


def rest(state: LinkedIn, methods: Methods) -> Handler:
    """Make the handler of a path of the versioned API."""

    async def handle(call: Call) -> Response:
        raw = await call.body()
        try:
            return respond(state, _versioned(state, methods, call, raw))
        except RestError as refusal:
            return refused(state, refusal)

    return handle


def _versioned(state: LinkedIn, methods: Methods, call: Call, raw: bytes) -> Answer:
    # LinkedIn sheet 13: Simulator notes (validate in order)
    token = state.token(call.bearer)
    asked, protocol = (call.headers.get(f"{name}-version", "") for name in ("linkedin", "x-restli-protocol"))
    track = next(iter(methods.values())).track
    version = versions.check(state, asked, protocol, track)
    restli.check_path(call.raw_path, call.params)
    query = restli.query(call.raw_query)
    operation = _choose(methods, call, query)
    _throttle(state, token, operation)
    ask = _ask(state, token, call, operation, raw)
    ask.version, ask.query = version, query
    ask.need(*operation.scopes)
    # LinkedIn sheet 4: Products and scopes (BATCH_GET refused in the development tier, as one report says)
    if operation.method == "BATCH_GET" and ask.app.tier == "development":
        raise ask.denied()
    return operation.run(ask)


def legacy(state: LinkedIn, operation: Operation) -> Handler:
    """Make the handler of a path of the API without versions."""

    # LinkedIn sheet 2.1: Hosts and headers (/v2: extra headers are harmless)
    async def handle(call: Call) -> Response:
        raw = await call.body()
        try:
            token = state.token(call.bearer)
            _throttle(state, token, operation)
            ask = _ask(state, token, call, operation, raw)
            ask.need(*operation.scopes)
            return respond(state, operation.run(ask))
        except RestError as refusal:
            return refused(state, refusal)

    return handle


def _ask(state: LinkedIn, token: Token, call: Call, operation: Operation, raw: bytes) -> Ask:
    return Ask(
        state=state,
        token=token,
        version="",
        params=call.params,
        query=call.query,
        body=_json(call, raw),
        url=lambda path: call.url(UPLOAD_HOST, path),
        operation=operation,
        address=_address(call),
    )


def _address(call: Call) -> str:
    kept = [piece for piece in call.raw_query.split("&") if piece.partition("=")[0] not in {"start", "count"}]
    query = "&".join(kept)
    return quote(call.path, safe="/") + (f"?{query}" if query else "")


def _json(call: Call, raw: bytes) -> Mapping[str, Any]:
    # LinkedIn sheet 2.1: Hosts and headers (application/json for JSON bodies)
    if not raw:
        return {}
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        body = json.loads(raw) if kind == "application/json" else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise invalid("", "Could not parse the body: a JSON object as application/json is wanted")
    return body


def _choose(methods: Methods, call: Call, query: Mapping[str, Any]) -> Operation:
    named = call.headers.get("x-restli-method", "").upper()
    wanted = _wanted(call.method, named, query)
    operation = methods.get(wanted)
    if operation is None:
        kind, _, detail = wanted.partition(":")
        # Sheet silent on an unknown finder or action, and on a partial update without its header.
        raise bad_query(f"No method of this resource fits {kind} {detail}".strip())
    # LinkedIn sheet 2.1: Hosts and headers (X-RestLi-Method). Sheet silent on a wrong one: refused.
    expected = {"GET:ids": "BATCH_GET"}.get(wanted, "FINDER" if wanted.startswith("GET:q=") else "")
    usual = {
        "GET": named if named == "GET_ALL" else "GET",
        "DELETE": "DELETE",
        "PUT": "UPDATE",
        "POST": "CREATE",
    }.get(wanted, "")
    fits = {expected, usual, "ACTION" if "action=" in wanted else "", wanted.partition(":")[2]} - {""}
    if named and named not in fits:
        raise bad_query(f"X-RestLi-Method {named[:40]} does not fit this request")
    return operation


def _wanted(method: str, named: str, query: Mapping[str, Any]) -> str:
    if method == "GET" and "q" in query:
        return f"GET:q={query['q']}"
    if method == "GET" and "ids" in query:
        return "GET:ids"
    if method == "POST" and "action" in query:
        return f"POST:action={query['action']}"
    return "POST:PARTIAL_UPDATE" if method == "POST" and named == "PARTIAL_UPDATE" else method


def _throttle(state: LinkedIn, token: Token, operation: Operation) -> None:
    # LinkedIn sheet 11: Throttling (per application and per member, per endpoint)
    app = state.app(token.grant.app_id)
    by_member, by_app = LIMITS[app.tier if app else "share"]
    by_member = state.settings.member_per_day or by_member
    if operation.resource == "userinfo":  # LinkedIn sheet 5.1: GET /v2/userinfo (500 a day per one note)
        by_member = state.settings.userinfo_per_day
    endpoint, grant = f"{operation.resource}.{operation.method}", token.grant
    state.take(endpoint, f"{grant.app_id} {grant.sub}", by_member, "MEMBER")
    state.take(endpoint, grant.app_id, state.settings.app_per_day or by_app, "APPLICATION")
