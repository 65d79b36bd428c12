"""The Connections page: the accounts of a workspace, found by words and filters, and what can be added."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from postwire.accounts.listing import Filter
from postwire.accounts.refusals import REFUSALS
from postwire.errors import UnknownName, shown
from postwire.faces.web import onboarding
from postwire.faces.web.brands import SOON
from postwire.faces.web.cards import card, connectable, is_full, offers
from postwire.faces.web.here import page
from postwire.faces.web.pages import account as details
from postwire.faces.web.sealed import noticed, troubled, with_query
from postwire.faces.web.shelf import shelf

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from postwire.accounts.records import Page, Summary
    from postwire.accounts.vault import Vault
    from postwire.faces.web.cards import Card
    from postwire.faces.web.here import Here

PER_PAGE: Final = 24
FILTERS: Final = ("q", "integration", "status", "since", "until", "owner")
_STATUSES: Final[dict[str, Literal["active", "inactive", "failed"]]] = {
    "active": "active",
    "inactive": "inactive",
    "failed": "failed",
}
PLAN_FULL: Final = "plan_full"
_OTHER: Final = {
    PLAN_FULL: (
        "You reached the current plan limit.",
        "Disconnect an account that you no longer need, or choose a larger plan.",
    ),
    "conflict": (
        "The consent was given for another account than the one to reconnect.",
        "Reconnect again, and sign in to the platform with the account that the card names.",
    ),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of a workspace's accounts."""

    found: Page
    summary: Summary
    have: Mapping[str, int]
    owners: list[str]


@page
async def connections(here: Here) -> Response:
    """The page; for htmx only what changes with words and filters."""
    query = here.request.query_params
    only = filter_of(query)
    seen = await here.site.vault.run(_seen, here.site.vault, here.workspace, only, query.get("after") or None)
    catalog = here.site.catalog
    cards = [card(catalog, stored, here.href()) for stored in seen.found.accounts]
    if here.partial:
        return here.render("connections/list.html", **_list(here, seen, cards))
    told = [*noticed(here.session.id, query), *_expired(here, cards)]
    context = {
        **_list(here, seen, cards),
        **await _adding(here, seen),
        "problem": problem_of(here, query),
        "told": told,
        "panel": await _panel(here),
        "platforms": [name for name, _ in connectable(catalog)],
    }
    answer = here.render("connections/page.html", **context)
    if context["onboarding"]:
        onboarding.keep(here, answer, context["onboarding"])
    return answer


def _seen(vault: Vault, workspace: str, only: Filter, after: str | None) -> Shown:
    listing = vault.listing
    found = listing.page(workspace, only, limit=PER_PAGE, after=after)
    summary, have = listing.summary(workspace), listing.counts(workspace)
    return Shown(found, summary, have, listing.owners(workspace))


def filter_of(query: Mapping[str, str]) -> Filter:
    """The filter that a query holds; what makes no sense in it is left out, as a person may type it."""
    last = _day(query.get("until"))
    return Filter(
        search=query.get("q", "")[:200],
        integration=query.get("integration") or None,
        status=_STATUSES.get(query.get("status", "")),
        since=_start(_day(query.get("since"))),
        until=_start(last + timedelta(days=1)) if last is not None else None,
        owner=query.get("owner") or None,
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _start(day: date | None) -> float | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _list(here: Here, seen: Shown, cards: list[Card]) -> dict[str, Any]:
    query = here.request.query_params
    asked = {name: query[name] for name in FILTERS if query.get(name)}
    base = here.href("/connections")
    return {
        "cards": cards,
        "summary": seen.summary,
        "asked": {name: query.get(name, "") for name in FILTERS},
        "filtered": bool(asked),
        "owners": seen.owners,
        "first": with_query(base, asked) if query.get("after") else "",
        "older": with_query(base, {**asked, "after": seen.found.after}) if seen.found.after else "",
        "onboarding": onboarding.wanted(here),
    }


async def _adding(here: Here, seen: Shown) -> dict[str, Any]:
    """What can be added, and whether the plan has room."""
    plan = await here.site.vault.run(here.site.vault.plan, here.workspace)
    return {
        "offers": offers(here.site.catalog, plan, seen.have),
        "soon": SOON.items(),
        "full": is_full(plan, seen.have),
        "upgrade": here.site.settings.upgrade_url,
    }


async def _panel(here: Here) -> dict[str, Any] | None:
    """The account that `?account=` names, whose details open by themselves."""
    wanted = here.request.query_params.get("account")
    if not wanted:
        return None
    try:
        return await details.context_of(here, wanted)
    except UnknownName:
        return None


def _expired(here: Here, cards: list[Card]) -> list[tuple[str, str]]:
    """A notice for each account that needs a new consent, once in a session."""
    warned = shelf(here.site).warned
    known = warned.get(here.session.id) or warned.put(here.session.id, set())
    fresh = [each for each in cards if each.health.status == "inactive" and each.id not in known]
    known.update(each.id for each in fresh)
    return [("warning", f"{each.name} on {each.platform} needs to be reconnected.") for each in fresh]


def problem_of(here: Here, query: Mapping[str, str]) -> dict[str, str] | None:
    """What the banner says of `?error=CODE&platform=NAME`; codes that only a platform knows pass through."""
    code = shown(query.get("error", ""))
    if not code:
        return None
    platform = query.get("platform", "")
    known = platform in SOON or platform in dict(connectable(here.site.catalog))
    cause, remedy = told_of(code)
    support = here.site.settings.support_url
    filled = support.replace("{code}", quote(code, "")).replace("{platform}", quote(platform, ""))
    note, help_ = troubled(here.session.id, query)
    full = code == PLAN_FULL
    return {
        "code": code,
        "platform": platform if known else "",
        "text": note or cause,
        "remedy": help_ or remedy,
        "support": filled,
        "upgrade": here.site.settings.upgrade_url if full else "",
    }


def told_of(code: str) -> tuple[str, str]:
    """(cause, remedy) of a code."""
    if code in REFUSALS:
        return REFUSALS[code].cause, REFUSALS[code].remedy
    usual = (
        "The platform refused to connect the account.",
        "Connect again. If it persists, contact the operator.",
    )
    return _OTHER.get(code, usual)


@page
async def go_on(here: Here) -> Response:
    """Back to the application that sent the person here."""
    answer = RedirectResponse(onboarding.wanted(here) or here.href("/connections"), 303)
    onboarding.forget(here, answer)
    return answer


@page
async def enter_workspace(here: Here) -> Response:
    """Go to another workspace."""
    wanted = (await here.form()).get("workspace", "")
    here.check_workspace(wanted)
    return RedirectResponse(replace(here, workspace=wanted).href("/connections"), 303)


ROUTES = [
    Route("/w/{workspace}/connections", connections),
    Route("/w/{workspace}/connections/continue", go_on),
    Route("/workspace", enter_workspace, methods=["POST"]),
]
