"""What waits for its time, day by day."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from postwire.faces.settling import waiting
from postwire.faces.web.here import page
from postwire.faces.web.pages import asked as asking
from postwire.faces.web.pages.moments import zone_of, zones
from postwire.faces.web.pages.runs import names_of, show

if TYPE_CHECKING:
    from starlette.responses import Response

    from postwire.faces.web.here import Here
    from postwire.faces.web.pages.runs import Shown


@page
async def schedules(here: Here) -> Response:
    """What waits, by the days of the browser's time zone."""
    found = await here.site.vault.run(waiting, here.site.journal, here.workspace)
    names = await names_of(here)
    zone = asking.zone_here(here)
    rows = [show(here, run, names) for run in found]
    days = [(day, list(inside)) for day, inside in groupby(rows, key=lambda row: _day(row, zone))]
    return here.render("schedules.html", days=days, zone=zone, zones=zones, count=len(rows))


def _day(row: Shown, zone: str) -> str:
    at = row.run.run_at or row.run.created_at
    return datetime.fromtimestamp(at, zone_of(zone)).strftime("%A, %d %B %Y").replace(" 0", " ")


ROUTES: Final = [Route("/w/{workspace}/schedules", schedules)]
