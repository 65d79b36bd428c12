"""Connected accounts: listed, renewed, let go; and links by which people connect more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse
from starlette.routing import Route

from postwire.accounts.connections import check_same
from postwire.accounts.listing import Filter
from postwire.accounts.renewing import Renewing
from postwire.decide.programs import of_flavour
from postwire.errors import ActionFailed
from postwire.faces.web import links
from postwire.faces.web.api import told
from postwire.faces.web.api.calling import chosen, limit, operation
from postwire.faces.web.receiving import to_end
from postwire.language.units import moment

if TYPE_CHECKING:
    from starlette.responses import Response

    from postwire.accounts.records import StoredAccount
    from postwire.faces.web.api.calling import Caller

_STATUSES: Final = ("active", "inactive", "failed")


@operation
async def accounts(caller: Caller) -> Response:
    """The accounts, newest first, page by page."""
    query = caller.query("platform", "status", "search", "limit", "after")
    only = Filter(
        search=query.get("search", ""),
        integration=query.get("platform"),
        status=chosen(query, "status", _STATUSES),  # type: ignore[arg-type]
    )
    page = await caller.site.vault.run(
        caller.site.vault.listing.page, caller.workspace, only, limit=limit(query), after=query.get("after")
    )
    return JSONResponse({"accounts": [told.account(each) for each in page.accounts], "after": page.after})


@operation
async def account(caller: Caller) -> Response:
    """One account."""
    caller.query()
    return JSONResponse(told.account(await _found(caller)))


@operation
async def refresh(caller: Caller) -> Response:
    """Renew an account's credential now."""
    caller.check("accounts.refresh")
    caller.query()
    found = await _found(caller)
    return JSONResponse(told.account(await to_end(_refreshed, caller, found.id)))


@operation
async def disconnect(caller: Caller) -> Response:
    """Let an account go."""
    caller.check("accounts.disconnect")
    caller.query()
    found = await _found(caller)
    gone = await to_end(caller.client.accounts.disconnect, found.id)
    beneath = [each.id for each in gone.beneath]
    about = {"id": gone.account.id, "revoked": gone.revoked, "message": gone.message, "beneath": beneath}
    return JSONResponse(about)


@operation
async def link(caller: Caller) -> Response:
    """A link by which somebody connects an account, or connects one again."""
    caller.check("accounts.connect")
    caller.query()
    wanted = await caller.body("ConnectLink")
    flavour, reconnect = wanted.get("flavour", ""), wanted.get("reconnect")
    login = await caller.site.vault.run(_login, caller, wanted["platform"], flavour, reconnect)
    back = wanted.get("return_url", "")
    make = partial(links.make, caller.site, caller.workspace, wanted["platform"], login, reconnect, back=back)
    url, ends = await caller.site.vault.run(make)
    return JSONResponse({"url": url, "expires": moment(ends)}, 201)


def _login(caller: Caller, platform: str, flavour: str, reconnect: str | None) -> str:
    """The flavour of the login that is meant.

    Raises:
        UnknownName: no such platform, flavour or account.
        ActionFailed: `invalid_input`, one cannot connect so.
    """
    if reconnect is not None:
        login = caller.client.accounts.login_of(reconnect)
        check_same(login, platform)
        return login.flavour
    if of_flavour(caller.site.catalog.integration(platform), flavour).auth is None:
        raise ActionFailed("invalid_input", f"{platform} declares no way to connect.", sent="no")
    return flavour


async def _found(caller: Caller) -> StoredAccount:
    vault = caller.site.vault
    return await vault.run(vault.accounts.get, caller.workspace, caller.path("account"))


def _refreshed(caller: Caller, name: str) -> StoredAccount:
    """As the account is then.

    Raises:
        ActionFailed: `auth_expired`, it must be connected again; `transient`, it did not work just now.
    """
    renewing = Renewing(caller.client.accounts)
    try:
        fresh = renewing.renew_account(name)
    finally:
        renewing.close()
    stored = caller.site.vault.accounts.get(caller.workspace, name)
    if not fresh:
        raise ActionFailed(
            "auth_expired",
            f"The account could not be renewed: {stored.reason or 'it has ended.'}",
            remedy="Connect it again: POST /v1/connect-links with `reconnect` gives a link for its owner.",
        )
    return stored


ROUTES = [
    Route("/accounts", accounts),
    Route("/accounts/{account}", account),
    Route("/accounts/{account}", disconnect, methods=["DELETE"]),
    Route("/accounts/{account}/refresh", refresh, methods=["POST"]),
    Route("/connect-links", link, methods=["POST"]),
]
