"""A request's way through the fault that strikes it, if one does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.responses import Response

from postwire.simulator.exchange import Call, Platform
from postwire.simulator.faults import ConnectionLost, Fault

if TYPE_CHECKING:
    from starlette.types import Message, Scope, Send

Handle = Callable[[Call], Awaitable[Response]]


class Passage:
    """One request with its fault."""

    def __init__(self, face: Platform, call: Call, fault: Fault | None, now: float) -> None:
        self._face = face
        self._call = call
        self._fault = fault
        self._now = now

    async def through(self, handle: Handle) -> Response:
        """Have the request handled, or go wrong; raises ConnectionLost where the fault cuts."""
        fault = self._fault
        if fault is None:
            return await handle(self._call)
        if fault.revoke_token and self._call.credential:
            self._face.revoke(self._call.credential)
        if fault.refuse:
            raise ConnectionLost("fault: cut before the work")
        if fault.reset_after_bytes is not None:
            self._cut_after(fault.reset_after_bytes)
        response = await self._worked(fault, handle)
        if fault.lose_answer:
            raise ConnectionLost("fault: the work is done, the answer is lost")
        if fault.delay:
            await asyncio.sleep(fault.delay)
        return response

    async def _worked(self, fault: Fault, handle: Handle) -> Response:
        if not fault.answers:
            return await handle(self._call)
        if fault.after:
            await handle(self._call)
        return await self._injected(fault)

    async def _injected(self, fault: Fault) -> Response:
        await self._call.drain()
        if fault.error_code is not None:
            response = self._face.refusal(self._call, fault.status or 200, fault.error_code, fault.message)
        else:
            response = Response(fault.body, fault.status or 200, media_type="text/html")
        response.headers.update(fault.extra_headers(self._now))
        return response

    def _cut_after(self, limit: int) -> None:
        receive, taken = self._call.receive, 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken >= limit:
                raise ConnectionLost("fault: cut in the middle of the body")
            return message

        self._call.receive = limited

    async def send(self, response: Response, scope: Scope, send: Send) -> None:
        """Send the answer, slowly where the fault says so."""
        fault = self._fault
        if fault is None or not fault.pace_bytes:
            await response(scope, self._call.receive, send)
            return
        start = {
            "type": "http.response.start",
            "status": response.status_code,
            "headers": response.raw_headers,
        }
        await send(start)
        body = bytes(response.body)
        for first in range(0, len(body), fault.pace_bytes):
            piece = body[first : first + fault.pace_bytes]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(fault.pace_seconds)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
