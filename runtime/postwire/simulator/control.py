"""What the simulator answers in its own name: a greeting, and control over HTTP."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from postwire.simulator.faults import from_json
from postwire.simulator.outside import is_loopback

if TYPE_CHECKING:
    from postwire.simulator.app import Simulator
    from postwire.simulator.exchange import Call

Control = Callable[["Simulator", Any], Awaitable[Any]]


async def answer(simulator: Simulator, call: Call) -> Response:
    """Answer a request that is for no platform."""
    if not is_loopback(call.host):
        # A web page that points its own name at 127.0.0.1 must not steer the simulator.
        return PlainTextResponse("The Postwire simulator does not stand for this host.", 421)
    if call.path == "/" and call.method == "GET":
        return JSONResponse(greeting(simulator))
    methods = CONTROLS.get(call.path)
    if methods is None:
        return PlainTextResponse("The Postwire simulator has nothing here. See / for what it has.", 404)
    if call.method not in methods:
        return PlainTextResponse("Method not allowed.", 405, {"Allow": ", ".join(methods)})
    try:
        raw = await call.body()
        return JSONResponse(await methods[call.method](simulator, json.loads(raw) if raw.strip() else {}))
    except ValueError as error:
        return JSONResponse({"error": str(error) or "The body is not usable."}, 400)


def greeting(simulator: Simulator) -> dict[str, Any]:
    """Say what this is, for people who open it in a browser."""
    return {
        "what": "This is the Postwire simulator. It is not the real platform; nothing is published anywhere.",
        "use": "Send requests with the platform's Host header, or put its host first in the path: /HOST/PATH",
        "platforms": {name: face.greeting() for name, face in simulator.faces.items()},
        "hosts": sorted(simulator.hosts),
        "control": {path: list(methods) for path, methods in CONTROLS.items()},
    }


async def _state(simulator: Simulator, _: Any) -> Any:
    return {"time": simulator.clock.now(), **{name: s.summary() for name, s in simulator.platforms.items()}}


async def _clock(simulator: Simulator, body: Any) -> Any:
    seconds = body.get("advance") if isinstance(body, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ValueError('Turn the clock with {"advance": seconds}.')  # noqa: TRY004 - one error type for the HTTP face
    simulator.clock.advance(seconds)
    await simulator.settle()
    return {"time": simulator.clock.now()}


async def _time(simulator: Simulator, _: Any) -> Any:
    return {"time": simulator.clock.now()}


async def _faults(simulator: Simulator, _: Any) -> Any:
    return {"faults": [fault.to_json() for fault in simulator.faults]}


async def _add_fault(simulator: Simulator, body: Any) -> Any:
    simulator.faults.add(from_json(body))
    return await _faults(simulator, body)


async def _clear_faults(simulator: Simulator, body: Any) -> Any:
    simulator.faults.clear()
    return await _faults(simulator, body)


async def _reset(simulator: Simulator, _: Any) -> Any:
    simulator.reset()
    return {"reset": True}


async def _requests(simulator: Simulator, _: Any) -> Any:
    return {"requests": [record.to_json() for record in simulator.requests]}


async def _settings(simulator: Simulator, body: Any) -> Any:
    if not isinstance(body, dict) or not all(isinstance(changes, dict) for changes in body.values()):
        raise ValueError('Change settings with {"PLATFORM": {"NAME": value}}.')
    for platform, changes in body.items():
        if platform not in simulator.platforms:
            raise ValueError(f"There is no platform {platform[:80]!r}.")
        simulator.platforms[platform].configure(changes)
    return await _state(simulator, body)


async def _register(simulator: Simulator, body: Any) -> Any:
    uri, only = (body.get("redirect_uri"), body.get("platform")) if isinstance(body, dict) else (None, None)
    if not isinstance(uri, str) or not (only is None or only in simulator.platforms):
        raise ValueError('Register with {"redirect_uri": "http://…"}, with "platform" for one only.')
    for name in simulator.platforms if only is None else (only,):
        simulator.platforms[name].register(uri)
    return {"redirect_uri": uri}


CONTROLS: dict[str, dict[str, Control]] = {
    "/_simulator/state": {"GET": _state},
    "/_simulator/clock": {"GET": _time, "POST": _clock},
    "/_simulator/faults": {"GET": _faults, "POST": _add_fault, "DELETE": _clear_faults},
    "/_simulator/reset": {"POST": _reset},
    "/_simulator/requests": {"GET": _requests},
    "/_simulator/settings": {"POST": _settings},
    "/_simulator/redirects": {"POST": _register},
}
