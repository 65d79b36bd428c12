"""Keeping an account: renewing its access, and letting it go."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from postwire.accounts.renewing import Renewing
from postwire.faces.settling import waiting
from postwire.faces.web.cards import card
from postwire.faces.web.here import page
from postwire.faces.web.pages.reading import ONE, auth_of, stored_of
from postwire.faces.web.sealed import notice, with_query

if TYPE_CHECKING:
    from starlette.responses import Response

    from postwire.accounts.connections import Connections
    from postwire.accounts.records import StoredAccount
    from postwire.faces.web.here import Here


@page
async def refresh(here: Here) -> Response:
    """Renew the account's access now."""
    stored = await stored_of(here)
    fresh, again = await asyncio.to_thread(_renewed, here.client.accounts, stored)
    name = card(here.site.catalog, again, here.href()).name
    if fresh:
        return await _changed(here, again, "success", f"{name} is renewed.")
    text = f"{name} could not be renewed. {again.reason or 'Its access has ended.'} Reconnect it."
    return await _changed(here, again, "warning", text)


def _renewed(connections: Connections, stored: StoredAccount) -> tuple[bool, StoredAccount]:
    """(whether it worked, the account afterwards); blocks."""
    renewing = Renewing(connections)
    try:
        fresh = renewing.renew_account(stored.id)
    finally:
        renewing.close()
    return fresh, connections.vault.accounts.get(connections.workspace, stored.id)


async def _changed(here: Here, stored: StoredAccount, kind: str, text: str) -> Response:
    """The account's card as it is now for htmx, else the list, with what happened."""
    if not here.partial:
        return here.go(with_query("/connections", notice(here.session.id, kind, text)))
    shown = card(here.site.catalog, stored, here.href())
    answer = here.render("connections/card.html", card=shown, opened=here.request.query_params.get("open"))
    answer.headers["HX-Trigger"] = json.dumps({"toast": {"kind": kind, "text": text}})
    return answer


@page
async def disconnect(here: Here) -> Response:
    """Ask first, saying what it does; then let the account go."""
    stored = await stored_of(here)
    connections = here.client.accounts
    if here.request.method == "POST":
        gone = await asyncio.to_thread(connections.disconnect, stored.id)
        names = [card(here.site.catalog, each, here.href()).name for each in gone.beneath]
        also = f" With it went {', '.join(names)}." if names else ""
        text = f"{card(here.site.catalog, stored, here.href()).name}: {gone.message}{also}"
        return here.go(with_query("/connections", notice(here.session.id, "success", text)))
    context: dict[str, Any] = {
        "card": card(here.site.catalog, stored, here.href()),
        "base": here.href(f"/connections/{stored.id}"),
        "beneath": [
            card(here.site.catalog, each, here.href())
            for each in await here.site.vault.run(connections.beneath, stored.id)
        ],
        "scheduled": await here.site.vault.run(_scheduled, here, stored.id),
        "withdraws": await here.site.vault.run(_withdraws, here, connections, stored),
    }
    return here.render(
        "connections/disconnect_dialog.html" if here.partial else "connections/disconnect.html", **context
    )


def _scheduled(here: Here, account: str) -> int:
    waits = waiting(here.site.journal, here.workspace)
    return sum(run.document.get("account") == account for run in waits)


def _withdraws(here: Here, connections: Connections, stored: StoredAccount) -> bool:
    """Whether the platform will be asked to withdraw the permission: not while others use the same login."""
    login = connections.login_of(stored.id)
    shared = stored.parent is not None and (
        login.listed or any(each.id != stored.id for each in connections.beneath(login.id))
    )
    auth = auth_of(here, login)
    return auth is not None and auth.revoke is not None and not shared


ROUTES = [
    Route(f"{ONE}/refresh", refresh, methods=["POST"]),
    Route(f"{ONE}/disconnect", disconnect, methods=["GET", "POST"]),
]
