"""Runs: what is under way, what came of what was sent, and what to do about it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args
from urllib.parse import urlencode

from starlette.routing import Route

from postwire.accounts.records import RunState
from postwire.errors import Field, InvalidInput, PostwireError
from postwire.faces.settling import for_workers, rescheduled, resolved, retried
from postwire.faces.web.here import page
from postwire.faces.web.pages import asked as asking
from postwire.faces.web.pages.moments import zones
from postwire.faces.web.pages.results import link, parts
from postwire.faces.web.sealed import with_query
from postwire.faces.web.watching import PING, events, has_ended, stream
from postwire.publish.browsing import browse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from starlette.responses import Response

    from postwire.faces.web.here import Here
    from postwire.publish.records import Run

PAGE: Final = 30  # runs
_STATES: Final[tuple[RunState, ...]] = get_args(RunState)
_FOLLOWED: Final = 3  # further actions that are offered
_RETRIABLE: Final = ("failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Shown:
    """A run as the pages show it.

    Attributes:
        state: as `run_state` names it: a run that waits for a time is `scheduled`.
        who: the account's name.
        percent: of the bytes that were sent; None where nobody knows.
        says: what it does now.
        link: to what was made.
        following: (address, title) of what can be asked about it next.
    """

    run: Run
    title: str
    platform: str
    state: str
    who: str
    ended: bool
    percent: int | None
    says: str
    link: str
    following: tuple[tuple[str, str], ...]
    retriable: bool
    parts: tuple[Any, ...]
    json: str


def show(here: Here, run: Run, names: Mapping[str, str]) -> Shown:
    """*run* as the pages show it; *names* are the accounts' by their ids."""
    output = run.result.output if run.result else None
    progress = run.progress or {}
    total = progress.get("total")
    return Shown(
        run,
        _title(here, run.action),
        run.action.partition(".")[0],
        "scheduled" if run.state == "waiting" and (run.run_at or 0) > time.time() else run.state,
        names.get(str(run.document.get("account")), run.account),
        has_ended(run),
        100 * progress.get("done", 0) // total if total else None,
        _says(run),
        link(output),
        tuple(_following(here, run, output)),
        run.state in _RETRIABLE and for_workers(run),
        tuple(parts(output)) if output else (),
        json.dumps(output, indent=2, ensure_ascii=False, default=str) if output else "",
    )


def _title(here: Here, action: str) -> str:
    try:
        return here.site.catalog.action(action).title
    except PostwireError:  # it is gone
        return action


def _says(run: Run) -> str:
    progress = run.progress or {}
    if run.state == "waiting":
        return "It waits for its time." if run.run_at else "It waits for a worker."
    if run.cancelled_at is not None and run.state == "running":
        return "It ends before its next request."
    if progress.get("kind") == "wait":
        return progress.get("message") or f"Waiting for the platform, {progress.get('seconds', 0):g} s."
    if progress.get("kind") == "upload":
        return "Sending the file."
    step = str(progress.get("step", "")).partition("[")[0].replace("_", " ").replace(".", ", ")
    return str(progress.get("message") or (f"At step “{step}”." if step else "It has begun."))


def _following(here: Here, run: Run, output: Any) -> list[tuple[str, str]]:
    """What can be asked about what was made: look-ups that need just what the result has."""
    if not isinstance(output, dict) or link(output):
        return []
    found = []
    integration = run.action.partition(".")[0]
    for each in here.site.catalog.actions(integration):
        action = here.site.catalog.action(each.id)
        required = action.input.get("required", [])
        if each.effect == "read" and len(required) == 1 and required[0] in output and "_" in required[0]:
            given = {f"/{required[0]}": output[required[0]], "account": run.document.get("account") or ""}
            found.append((here.href(f"/publish/{each.id}?{urlencode(given)}"), each.title))
    return found[:_FOLLOWED]


@page
async def listed(here: Here) -> Response:
    """The newest runs, or those in one state."""
    query = here.request.query_params
    state = query.get("state", "")
    wanted: Sequence[RunState] = [each for each in _STATES if each == state]
    after = query.get("after") or None
    vault = here.site.vault
    found = await vault.run(browse, vault, here.workspace, states=wanted, limit=PAGE, after=after)
    names = await names_of(here)
    base = here.href("/runs")
    context: dict[str, Any] = {
        "rows": [show(here, run, names) for run in found.runs],
        "state": state,
        "newest": with_query(base, {"state": state}) if after else "",
        "older": with_query(base, {"state": state, "after": found.after}) if found.after else "",
    }
    return here.render("runs/part.html" if here.partial else "runs/list.html", **context)


@page
async def one(here: Here) -> Response:
    """A run, which the page watches until it ends."""
    run = await _run(here)
    return here.render("runs/one.html", errors={}, **await _about(here, run))


async def _about(here: Here, run: Run) -> dict[str, Any]:
    return _context(here, run, await names_of(here))


def _context(here: Here, run: Run, names: Mapping[str, str]) -> dict[str, Any]:
    return {"it": show(here, run, names), "zone": asking.zone_here(here), "zones": zones}


async def _run(here: Here) -> Run:
    return await here.site.vault.run(here.site.journal.get, here.workspace, here.request.path_params["run"])


@page
async def watch(here: Here) -> Response:
    """A run's progress as server-sent events: each message is the part of the page that shows it."""
    run = await _run(here)
    last = here.request.headers.get("last-event-id")
    return stream(_told(here, run, last))


async def _told(here: Here, run: Run, last: str | None) -> AsyncIterator[str]:
    names = await names_of(here)
    async for seen in events(here.site, here.workspace, run.id, last):
        if seen is None:
            yield PING
            continue
        part = here.render("runs/state.html", **_context(here, seen.run, names))
        yield event(bytes(part.body).decode(), seen.id)
        if seen.ended:
            yield "event: end\ndata: end\n\n"


def event(html: str, number: str) -> str:
    """An event whose data takes the place of what is shown."""
    lines = "".join(f"data: {line}\n" for line in html.splitlines() if line.strip())
    return f"id: {number}\n{lines}\n"


@page
async def cancel(here: Here) -> Response:
    """End it before its next request."""
    run = await _run(here)
    await here.site.vault.run(here.site.journal.cancel, run)
    return here.go(_back(here, run))


@page
async def retry(here: Here) -> Response:
    """Hand it to the workers again."""
    run = await _run(here)
    await here.site.vault.run(retried, here.site.journal, run)
    return here.go(f"/runs/{run.id}")


@page
async def resolve(here: Here) -> Response:
    """Settle it, as somebody has looked on the platform."""
    sent, run = await here.form(), await _run(here)
    posted = sent.get("posted", "").strip() if sent.get("found") == "yes" else None
    errors = {}
    if sent.get("found") not in {"yes", "no"}:
        errors["found"] = "Say what you found on the platform."
    elif posted is not None and not posted.startswith(("https://", "http://")):
        errors["posted"] = "Give the address of the post, beginning with https://."
    if errors:
        return here.render("runs/one.html", 422, errors=errors, **await _about(here, run))
    await here.site.vault.run(resolved, here.site.journal, run, posted)
    return here.go(f"/runs/{run.id}")


@page
async def move(here: Here) -> Response:
    """Give it another time."""
    sent, run = await here.form(), await _run(here)
    try:
        at = asking.moment_of(sent)
        if at is None:
            raise InvalidInput([Field(asking.WHEN, "Choose a date and a time.")])  # noqa: TRY301 - told below
    except InvalidInput as error:
        errors = {"when": error.fields[0].message}
        return here.render("runs/one.html", 422, errors=errors, **await _about(here, run))
    await here.site.vault.run(rescheduled, here.site.journal, run, at)
    return here.go(_back(here, run))


def _back(here: Here, run: Run) -> str:
    return "/schedules" if here.request.query_params.get("back") == "schedules" else f"/runs/{run.id}"


async def names_of(here: Here) -> dict[str, str]:
    """The accounts' names by their ids."""
    return {each.id: asking.name_of(each) for each in await asking.accounts(here)}


ROUTES: Final = [
    Route("/w/{workspace}/runs", listed),
    Route("/w/{workspace}/runs/{run}", one),
    Route("/w/{workspace}/runs/{run}/events", watch),
    Route("/w/{workspace}/runs/{run}/cancel", cancel, methods=["POST"]),
    Route("/w/{workspace}/runs/{run}/retry", retry, methods=["POST"]),
    Route("/w/{workspace}/runs/{run}/resolve", resolve, methods=["POST"]),
    Route("/w/{workspace}/runs/{run}/move", move, methods=["POST"]),
]
