"""Reading of one account through its own actions, for the pages about it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from postwire.decide.programs import of_flavour
from postwire.errors import ActionFailed, PostwireError
from postwire.faces.web.feed import feed_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.accounts.records import StoredAccount
    from postwire.faces.web.feed import Feed, Lister
    from postwire.faces.web.here import Here
    from postwire.language.manifest import Auth

PATIENCE: Final = 30.0  # seconds that a platform may take for a part of a page
ONE: Final = "/w/{workspace}/connections/{account}"


async def stored_of(here: Here) -> StoredAccount:
    """The account that the address names.

    Raises:
        UnknownName: no such account.
    """
    account = here.request.path_params["account"]
    return await here.site.vault.run(here.site.vault.accounts.get, here.workspace, account)


def feed_for(here: Here, stored: StoredAccount) -> Feed | None:
    """What can be read of it; None where its integration is gone."""
    try:
        return feed_of(here.site.catalog, stored)
    except PostwireError:
        return None


def auth_of(here: Here, login: StoredAccount) -> Auth | None:
    """How it was connected; None where its integration is gone."""
    try:
        return of_flavour(here.site.catalog.integration(login.integration), login.flavour).auth
    except PostwireError:
        return None


async def page_of(
    here: Here, lister: Lister, stored: StoredAccount, size: int, subject: str = ""
) -> list[dict[str, Any]]:
    """The first items of a list.

    Raises:
        PostwireError: it failed, or took too long.
    """
    output = await asked(here, lister.act.action, lister.given(size, subject), stored)
    return [dict(item) for item in output.get(lister.items) or () if isinstance(item, dict)]


async def asked(
    here: Here, action: str, given: Mapping[str, Any], stored: StoredAccount, key: str | None = None
) -> Mapping[str, Any]:
    """The output of an action; with a *key* it happens once, and is waited for as long as it takes.

    Raises:
        PostwireError: it failed, or took too long.
    """
    try:
        async with asyncio.timeout(PATIENCE if key is None else None):
            result = await here.client.run(action, given, account=stored.id, key=key)
    except TimeoutError:
        raise ActionFailed("transient", "The platform took too long to answer.", sent="maybe") from None
    return result.output if isinstance(result.output, dict) else {}
