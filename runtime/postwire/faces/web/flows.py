"""Connecting in a browser: which browser began it, for which workspace, and the simulator's apps.

Each attempt has a cookie of its own, named after the attempt. It keeps the workspace, so that the browser
comes back to where it began, and for people without a session a secret in the session's place and where they
go on afterwards.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from postwire.errors import ActionFailed
from postwire.faces.web.here import session_of
from postwire.sandbox import Sandbox
from postwire.transport import HttpTransport
from postwire.values import Lost, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request as Asked
    from starlette.responses import Response

    from postwire.access.sessions import Session
    from postwire.accounts.connections import Begun
    from postwire.faces.web.site import Site

SECONDS: Final = 1_800  # as long as a consent and a choice after it may take
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Flow:
    """An attempt, as its browser shows it.

    Attributes:
        workspace: to which the accounts will belong.
        browser: what the attempt is bound to.
        session: of whoever is signed in; None for people who came by a link.
        back: where people who came by a link go on afterwards; "" for nowhere.
    """

    workspace: str
    browser: str
    session: Session | None
    back: str = ""


def name_of(state: str) -> str:
    """An attempt's name in addresses and cookies, which does not tell its state."""
    return hashlib.sha256(state.encode()).hexdigest()[:16]


def secret() -> str:
    """What stands for the session of people who have none."""
    return secrets.token_urlsafe(24)


def remember(
    answer: Response, site: Site, flow: str, workspace: str, outsider: str = "", back: str = ""
) -> None:
    """Let the browser bring back what this attempt is for; *outsider* stands for a session it has not."""
    value = quote(workspace, safe="") + (f"~{outsider}~{quote(back, safe='')}" if outsider else "")
    # Lax: the platform's consent page must bring it back.
    answer.set_cookie(
        _cookie(site, flow), value, SECONDS, httponly=True, samesite="lax", secure=site.settings.secure
    )


def _cookie(site: Site, flow: str) -> str:
    return f"{'__Host-' if site.settings.secure else ''}postwire_flow_{flow}"


async def flow_of(request: Asked, site: Site, flow: str) -> Flow | None:
    """The attempt that this browser began; None where nothing of it came back."""
    workspace, _, more = request.cookies.get(_cookie(site, flow), "").partition("~")
    outsider, _, back = more.partition("~")
    if outsider:
        return Flow(unquote(workspace), outsider, None, unquote(back))
    session = await session_of(request, site)
    if session is None:
        return None
    known = {each.id for each in await site.vault.run(site.seen_by, session.person)}
    wanted = unquote(workspace)
    return Flow(wanted if wanted in known else min(known, default=""), session.id, session)


def begin(site: Site, workspace: str, integration: str, **given: Any) -> Begun:
    """Begin to connect, as `Connections.begin`; blocks.

    Raises:
        ConnectFailed, UnknownName, ActionFailed: as there; also when the simulator does not take part.
    """
    redirect = site.settings.callback(integration)
    connections = site.client(workspace).accounts
    if site.settings.sandbox is None:
        return connections.begin(integration, redirect_uri=redirect, **given)
    sandbox = Sandbox(site.settings.sandbox, site.catalog)
    transport = HttpTransport(sandbox=sandbox.origin)
    try:
        _register(transport, sandbox.origin, integration, redirect)
        sandbox.lend(site.vault.apps, workspace, integration, transport)
    finally:
        transport.close()
    begun = connections.begin(integration, redirect_uri=redirect, **given)
    return type(begun)(sandbox.in_browser(begun.url), begun.state)


def _register(transport: HttpTransport, origin: str, integration: str, redirect: str) -> None:
    """Let the simulator's apps know our redirect address, as one does in a platform's developer portal."""
    body = json.dumps({"redirect_uri": redirect, "platform": integration}).encode()
    headers = {"Content-Type": "application/json"}
    answer = transport.send(Request("POST", f"{origin}/_simulator/redirects", headers, body))
    if isinstance(answer, Lost) or answer.status != _OK:
        why = "" if isinstance(answer, Lost) else _why(answer.body)
        raise ActionFailed(
            "invalid_input",
            f"The simulator does not take the redirect address {redirect}. {why}".strip(),
            remedy="Restart the simulator, or serve at another address.",
            sent="no",
        )


def _why(body: bytes) -> str:
    try:
        told: Mapping[str, Any] = json.loads(body)
        return str(told.get("error", ""))
    except ValueError:
        return ""
