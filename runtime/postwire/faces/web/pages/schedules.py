"""What waits for its time, day by day."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from postwire.faces.web.here import page
from postwire.faces.web.pages import asked as asking
from postwire.faces.web.pages.moments import zone_of, zones
from postwire.faces.web.pages.runs import names_of, show
from postwire.faces.web.sealed import with_query
from postwire.publish.browsing import browse

if TYPE_CHECKING:
    from starlette.responses import Response

    from postwire.faces.web.here import Here
    from postwire.faces.web.pages.runs import Shown

PAGE: Final = 50  # runs


@page
async def schedules(here: Here) -> Response:
    """What waits for its time, the next one first, by the days of the browser's time zone."""
    after = here.request.query_params.get("after") or None
    vault = here.site.vault
    found = await vault.run(browse, vault, here.workspace, due=True, limit=PAGE, after=after)
    names = await names_of(here)
    zone = asking.zone_here(here)
    rows = [show(here, run, names) for run in found.runs]
    days = [(day, list(inside)) for day, inside in groupby(rows, key=lambda row: _day(row, zone))]
    base = here.href("/schedules")
    first = base if after else ""
    later = with_query(base, {"after": found.after}) if found.after else ""
    return here.render("schedules.html", days=days, zone=zone, zones=zones, first=first, later=later)


def _day(row: Shown, zone: str) -> str:
    at = row.run.run_at or 0.0
    return datetime.fromtimestamp(at, zone_of(zone)).strftime("%A, %d %B %Y").replace(" 0", " ")


ROUTES: Final = [Route("/w/{workspace}/schedules", schedules)]
