"""What waits for its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from postwire.faces.settling import rescheduled, too_late
from postwire.faces.web.api import told
from postwire.faces.web.api.actions import moment_of
from postwire.faces.web.api.calling import limit, operation
from postwire.faces.web.api.runs import found
from postwire.publish.browsing import browse

if TYPE_CHECKING:
    from postwire.faces.web.api.calling import Caller


@operation
async def schedules(caller: Caller) -> Response:
    """Runs that wait for their time, the next one first."""
    query = caller.query("limit", "after")
    page = await caller.site.vault.run(
        browse, caller.site.vault, caller.workspace, due=True, limit=limit(query), after=query.get("after")
    )
    shown = [told.run(each) for each in page.runs if caller.key.may_run(each.action)]
    return JSONResponse({"runs": shown, "after": page.after})


@operation
async def move(caller: Caller) -> Response:
    """Give a run that waits another time."""
    caller.query()
    at = moment_of((await caller.body("Reschedule"))["at"], "/at")
    run = await found(caller)
    return JSONResponse(told.run(await caller.site.vault.run(rescheduled, caller.site.journal, run, at)))


@operation
async def cancel(caller: Caller) -> Response:
    """Take a run that waits out."""
    caller.query()
    run = await found(caller)
    if run.state != "waiting":
        raise too_late(run)
    return JSONResponse(told.run(await caller.site.vault.run(caller.site.journal.cancel, run)))


ROUTES = [
    Route("/schedules", schedules),
    Route("/schedules/{run}", move, methods=["PATCH"]),
    Route("/schedules/{run}", cancel, methods=["DELETE"]),
]
