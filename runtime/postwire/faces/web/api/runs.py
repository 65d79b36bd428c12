"""Runs: listed, watched, ended, tried again, settled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwire.accounts.records import RUN_STATES
from postwire.errors import Field, InvalidInput
from postwire.faces.settling import resolved, retried
from postwire.faces.web.api import told
from postwire.faces.web.api.actions import PATIENCE, answer, preferred_wait
from postwire.faces.web.api.calling import chosen, limit, operation
from postwire.faces.web.watching import PING, SSE, events, frame, stream, until_ended
from postwire.publish.browsing import browse
from postwire.publish.rows import unknown_run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from postwire.faces.web.api.calling import Caller
    from postwire.faces.web.watching import Seen
    from postwire.publish.records import Run


@operation
async def runs(caller: Caller) -> Response:
    """Runs, newest first, page by page."""
    query = caller.query("state", "action", "limit", "after")
    state: Any = chosen(query, "state", RUN_STATES)
    page = await caller.site.vault.run(
        browse,
        caller.site.vault,
        caller.workspace,
        states=(state,) if state else (),
        action=query.get("action"),
        limit=limit(query),
        after=query.get("after"),
    )
    shown = [told.run(each) for each in page.runs if caller.key.may_run(each.action)]
    return JSONResponse({"runs": shown, "after": page.after})


@operation
async def show(caller: Caller) -> Response:
    """A run; with `Prefer: wait=…` when it has ended."""
    caller.query()
    return await _shown(caller, await found(caller))


@operation
async def cancel(caller: Caller) -> Response:
    """End a run before its next request."""
    caller.query()
    run = await caller.site.vault.run(caller.site.journal.cancel, await found(caller))
    return JSONResponse(told.run(run))


@operation
async def retry(caller: Caller) -> Response:
    """Let a run that failed go on where it failed."""
    caller.query()
    run = await found(caller)
    again = await caller.site.vault.run(retried, caller.site.journal, run)
    return await answer(caller, again, preferred_wait(caller), {})


@operation
async def resolve(caller: Caller) -> Response:
    """Say what became of a run whose outcome is unknown."""
    caller.query()
    said = await caller.body("Resolution")
    if said["happened"] is not True and "url" in said:
        raise InvalidInput([Field("/url", "is only for what has happened")])
    posted = said.get("url", "") if said["happened"] else None
    run = await found(caller)
    settled = await caller.site.vault.run(resolved, caller.site.journal, run, posted)
    return JSONResponse(told.run(settled))


@operation
async def watch(caller: Caller) -> Response:
    """A run as it goes on, until it ends."""
    caller.query()
    run = await found(caller)
    if caller.request.method == "HEAD":
        return Response(media_type=SSE)
    last = caller.request.headers.get("last-event-id")
    seen = events(caller.site, caller.workspace, run.id, last)
    return stream(_frames(seen))


async def _frames(seen: AsyncIterator[Seen | None]) -> AsyncIterator[str]:
    async for each in seen:
        yield PING if each is None else frame(each, json.dumps(told.run(each.run), ensure_ascii=False))


async def found(caller: Caller) -> Run:
    """The run of the address.

    Raises:
        UnknownName: the workspace has none of this name, or none that the key may run.
    """
    run = await caller.site.vault.run(caller.site.journal.get, caller.workspace, caller.path("run"))
    if not caller.key.may_run(run.action):
        raise unknown_run(caller.path("run"))
    return run


async def _shown(caller: Caller, run: Run) -> Response:
    """As it is: a run that failed is no failure of ours."""
    wait = min(preferred_wait(caller) or 0, PATIENCE)
    if wait:
        run = await until_ended(caller.site, run, wait)
    return JSONResponse(told.run(run), headers={"Preference-Applied": f"wait={wait}"} if wait else {})


ROUTES = [
    Route("/runs", runs),
    Route("/runs/{run}", show),
    Route("/runs/{run}/events", watch),
    Route("/runs/{run}/cancel", cancel, methods=["POST"]),
    Route("/runs/{run}/retry", retry, methods=["POST"]),
    Route("/runs/{run}/resolve", resolve, methods=["POST"]),
]
