"""The HTTP shape of the simulated Graph: tokens, envelopes, headers, batches."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import JSONResponse, Response

from postwire.simulator.meta import graph, hooks, oauth, params, processing, pull, usage, versions
from postwire.simulator.meta.ask import FACEBOOK, INSTAGRAM, Ask
from postwire.simulator.meta.refusal import GraphError, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.exchange import Call, Handler
    from postwire.simulator.meta.params import Params
    from postwire.simulator.meta.state import Meta

Settle = Callable[[], Awaitable[None]]

# Endpoints that take no token
OPEN: Mapping[tuple[str, str], Callable[[Meta, Params], dict[str, Any]]] = {
    (FACEBOOK, "oauth/access_token"): oauth.facebook_token,
    (INSTAGRAM, "access_token"): oauth.instagram_long,
    (INSTAGRAM, "refresh_access_token"): oauth.instagram_refresh,
}
BATCH = 50
# Meta sheet 1: Hosts, versions, general rules (dropped protocol features are ignored)
IGNORED = ("pretty", "debug", "date_format")


def handler(state: Meta, login: str) -> Handler:
    """Make the handler of a Graph host."""

    async def handle(call: Call) -> Response:
        headers: dict[str, str] = {}
        try:
            version, path = _path(state, call)
            headers = {"facebook-api-version": versions.show(version)}
            given = await params.read(call, checksums=state.settings.checksums)
            token_free = OPEN.get((login, "/".join(path)))
            if token_free and call.method in {"GET", "POST"}:
                body = token_free(state, given)
                return answer(state, body, {**headers, "Cache-Control": "no-store"})
            ask = _ask(state, call, login, version, path, given)
            if not path and "batch" in given:
                return answer(state, await _batch(ask, given, call.settle), headers)
            headers |= await _work(ask, call.settle)
            body = graph.perform(ask)
        except GraphError as error:
            return refused(state, error, headers)
        return answer(state, body, headers)

    return handle


async def _work(ask: Ask, settle: Settle) -> dict[str, str]:
    oauth.check_proof(ask.state, ask.token, ask.params)
    graph.locate(ask)
    headers = usage.take(ask)
    await pull.images(ask)
    if ask.method == "POST" and ask.path[1:] == ("subscriptions",):
        await hooks.verify(ask)
    if ask.method == "GET" and len(ask.path) == 1:
        processing.poll(ask.state, ask.node)
        await settle()
        processing.look(ask.state, ask.node)
    return headers


def _path(state: Meta, call: Call) -> tuple[versions.Version, tuple[str, ...]]:
    segments = [segment for segment in call.path.split("/") if segment]
    asked = versions.read(segments[0]) if segments else None
    version = versions.serve(asked, state.clock.now())
    return version, tuple(segments[1:] if asked else segments)


def _ask(
    state: Meta, call: Call, login: str, version: versions.Version, path: tuple[str, ...], given: Params
) -> Ask:
    # Meta sheet 1: Hosts, versions, general rules (auth placement)
    text = call.bearer or given.text("access_token")
    token = state.token(text, login)
    for name in IGNORED:
        given.values.pop(name, None)
    return Ask(
        state=state,
        login=login,
        version=version,
        method=call.method,
        path=path,
        params=given,
        token=token,
        url=call.url,
        kinds=graph.KINDS,
        edges=graph.EDGES[login],
        raw_query=call.raw_query,
        host=call.host,
    )


async def _batch(ask: Ask, given: Params, settle: Settle) -> list[dict[str, Any]]:
    # Meta sheet 1: Hosts, versions, general rules (batch: ≤ 50, each counted, body as JSON text)
    wanted = given.array("batch") or []
    if not 1 <= len(wanted) <= BATCH or not all(isinstance(one, dict) for one in wanted):
        raise invalid("A batch has 1 to 50 requests.")
    return [await _one(ask, one, settle) for one in wanted]


async def _one(ask: Ask, wanted: dict[str, Any], settle: Settle) -> dict[str, Any]:
    parts = urlsplit(str(wanted.get("relative_url", "")))
    segments = [segment for segment in parts.path.split("/") if segment]
    values = dict(parse_qsl(parts.query)) | dict(parse_qsl(str(wanted.get("body", ""))))
    try:
        asked = versions.read(segments[0]) if segments else None
        one = Ask(
            state=ask.state,
            login=ask.login,
            version=versions.serve(asked, ask.now) if asked else ask.version,
            method=str(wanted.get("method", "GET")).upper(),
            path=tuple(segments[1:] if asked else segments),
            params=params.Params(dict(values)),
            token=ask.state.token(str(values["access_token"]), ask.login)
            if "access_token" in values
            else ask.token,
            url=ask.url,
            kinds=ask.kinds,
            edges=ask.edges,
            raw_query=parts.query,
            host=ask.host,
        )
        await _work(one, settle)
        code, body = 200, graph.perform(one)
    except GraphError as error:
        code, body = error.status, error.envelope(trace(ask.state))
    return {"code": code, "headers": [], "body": json.dumps(body)}


def trace(state: Meta) -> str:
    """Make the trace id of an answer."""
    return f"A{state.random.randrange(10**9, 10**10)}"


def answer(state: Meta, body: Any, headers: Mapping[str, str], status: int = 200) -> Response:
    """Send an answer with the tracing headers."""
    # Meta sheet 1: Hosts, versions, general rules (tracing)
    about = {"x-fb-trace-id": trace(state), "x-fb-request-id": trace(state), "x-fb-rev": "1030000000"}
    return JSONResponse(body, status, {**about, **headers})


def refused(state: Meta, error: GraphError, headers: Mapping[str, str]) -> Response:
    """Send a refusal in the Graph envelope."""
    more = error.headers if isinstance(error, usage.ThrottledError) else {}
    return answer(state, error.envelope(trace(state)), {**headers, **more}, error.status)
