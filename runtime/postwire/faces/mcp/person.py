"""The person behind a client, and how they are asked: by the protocol of either era, or not at all.

Clients of 2026-07-28 are answered with what is asked, and call again with the person's word; those before it
answer a request in between. Who declares neither is not asked: the caller says what to do instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from postwire.faces.mcp.asked import Asked

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

_CONFIRM: Final = "confirm"
_CONNECT: Final = "connect"


class Person:
    """Who made this call, as far as the client lets us talk to them."""

    def __init__(
        self, ctx: ServerRequestContext[Any, Any], params: types.CallToolRequestParams, name: str
    ) -> None:
        self._ctx = ctx
        self._params = params
        self.name = name
        self.latest = ""  # what it was told last, for who asks instead of listening
        self._modern = ctx.protocol_version in MODERN_PROTOCOL_VERSIONS
        known = ctx.session.client_capabilities
        self._can = known.elicitation if known is not None else None

    async def report(self, done: float, total: float | None, message: str | None) -> None:
        """Tell the client how far it is, if it wants to know."""
        self.latest = message or (f"{done:.0f} of {total:.0f} bytes" if total else "")
        await self._ctx.session.report_progress(done, total, message)

    async def confirm(self, message: str, state: str) -> bool | None:
        """The person's word; None where the client cannot ask.

        Args:
            message: what they are asked.
            state: names what they agree to; an answer to anything else does not count.

        Raises:
            Asked: the client asks now, and calls again.
        """
        if self._can is None or (self._can.form is None and self._can.url is not None):
            return None
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {_CONFIRM: {"type": "boolean", "title": "Do this", "default": False}},
            "required": [_CONFIRM],
        }
        if self._modern:
            given = self._given(_CONFIRM, state)
            if given is None:
                form = types.ElicitRequestFormParams(message=message, requested_schema=schema)
                raise Asked(_request(_CONFIRM, form, state))
            return _agreed(given)
        if not self._ctx.session.can_send_request:
            return None
        answer = await self._ctx.session.elicit_form(message, schema, related_request_id=self._ctx.request_id)
        return _agreed(answer)

    async def open(self, message: str, url: str, state: str) -> bool | None:
        """Whether the person agreed to open *url*; None where the client cannot ask. Errors as `confirm`."""
        if self._can is None or self._can.url is None:
            return None
        if self._modern:
            given = self._given(_CONNECT, state)
            if given is None:
                page = types.ElicitRequestURLParams(message=message, url=url, elicitation_id=state)
                raise Asked(_request(_CONNECT, page, state))
            return given.action == "accept"
        if not self._ctx.session.can_send_request:
            return None
        answer = await self._ctx.session.elicit_url(
            message, url, state, related_request_id=self._ctx.request_id
        )
        return answer.action == "accept"

    def _given(self, what: str, state: str) -> types.ElicitResult | None:
        if self._params.request_state != state:
            return None
        found = (self._params.input_responses or {}).get(what)
        return found if isinstance(found, types.ElicitResult) else None


def _agreed(answer: types.ElicitResult) -> bool:
    return answer.action == "accept" and bool((answer.content or {}).get(_CONFIRM))


def _request(what: str, params: Any, state: str) -> types.InputRequiredResult:
    asked = types.ElicitRequest(params=params)
    return types.InputRequiredResult(input_requests={what: asked}, request_state=state)
