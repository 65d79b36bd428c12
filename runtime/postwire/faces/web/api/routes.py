"""All operations of `/v1`, and what is said where there is none."""

from __future__ import annotations

import logging
import re
import secrets
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, Router

from postwire.errors import ActionFailed, PostwireError
from postwire.faces.web.api import (
    accounts,
    actions,
    catalogue,
    documents,
    media,
    resuming,
    runs,
    schedules,
    webhooks,
)
from postwire.faces.web.problems import nowhere, problem

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)
_ID: Final = re.compile(r"[\w.:-]{1,100}", re.ASCII)  # of a request, as a caller may name it


class Versioned:
    """Names each request, and says as problem+json what no operation has answered."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI wants it."""
        given = Headers(scope=scope).get("x-request-id", "")
        name = given if _ID.fullmatch(given) else f"req_{secrets.token_hex(12)}"
        begun = False

        async def told(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                MutableHeaders(scope=message)["X-Request-Id"] = name
            await send(message)

        try:
            await self._inner(scope, receive, told)
        except HTTPException as error:
            await _refused(error)(scope, receive, told)
        except Exception:
            _log.exception("The request %s broke off.", name)
            if begun:
                raise
            broken = PostwireError(f"Something broke off here; the log has more under {name}.")
            await problem(broken)(scope, receive, told)


def _refused(error: HTTPException) -> Response:
    """What the router says, in our words."""
    said = ActionFailed("invalid_input", f"{error.detail}.", remedy="See /v1/openapi.json.", sent="no")
    answer = problem(said, status=error.status_code)
    answer.headers.update(error.headers or {})
    return answer


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    await nowhere()(scope, receive, send)


async def health(request: Request) -> Response:
    """`/healthz`: whether the server answers and its database does."""
    site = request.app.state.site
    try:
        await site.vault.run(site.workspaces)
    except Exception:  # noqa: BLE001 - whatever a database says
        _log.exception("The database does not answer.")
        return JSONResponse({"status": "database does not answer"}, 503)
    return JSONResponse({"status": "ok"})


_MODULES: Final = (actions, catalogue, accounts, resuming, media, runs, schedules, webhooks, documents)
_OPERATIONS: Final = [route for module in _MODULES for route in module.ROUTES]
_V1: Final = Mount("/v1", Versioned(Router(_OPERATIONS, redirect_slashes=False, default=_nowhere)))
_V1.path_regex = re.compile(_V1.path_regex.pattern, re.DOTALL)  # a line break in a path is ours to refuse too
ROUTES: Final[list[Route | Mount]] = [Route("/healthz", health), _V1]
