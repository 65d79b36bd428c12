"""Look-ups of the Advertising API, and the archive of a member's messages: gated, each by its product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.simulator.linkedin import figures, restli
from postwire.simulator.linkedin.ask import Answer, Operation
from postwire.simulator.linkedin.refusal import bad_query, denied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.linkedin.ask import Ask

# LinkedIn sheet 9.6: Ads look-ups. The facets and their values are a sample.
FACETS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "locations": (
        ("urn:li:geo:103644278", "United States"),
        ("urn:li:geo:101165590", "United Kingdom"),
        ("urn:li:geo:103819153", "Norway"),
    ),
    "industries": (("urn:li:industry:4", "Software Development"), ("urn:li:industry:80", "Advertising")),
    "seniorities": (("urn:li:seniority:4", "Senior"), ("urn:li:seniority:8", "CXO")),
    "employers": (("urn:li:organization:2414183", "Northwind"), ("urn:li:organization:1035001", "Contoso")),
}
FACET = "urn:li:adTargetingFacet:"
ACCOUNT = "urn:li:sponsoredAccount:507404993"
LEAST, EACH = 300, 1_200  # people: fewer than LEAST answer 0, and each value of a facet adds EACH
FIGURES: Mapping[str, Any] = {
    "impressions": 5_120,
    "clicks": 64,
    "costInLocalCurrency": "123.45",
    "pivotValues": ["urn:li:sponsoredCampaign:112233"],
}
GRANULARITIES = ("ALL", "DAILY", "MONTHLY")
# LinkedIn sheet 9.7: Member messages (its own version track; 28 days; EEA and Switzerland; most 50)
TRACK, KEPT_DAYS, MOST_EVENTS = "202312", 28, 50
COVERED = frozenset({"CH", "DE", "ES", "FR", "IT", "NO", "PL", "SE"})  # as many as the simulation needs


def facets(ask: Ask) -> Answer:
    """Answer every facet."""
    rows = [
        {
            "facetName": name,
            "adTargetingFacetUrn": f"{FACET}{name}",
            "entityTypes": [name.rstrip("s").upper()],
            "availableEntityFinders": ["AD_TARGETING_FACET", "TYPEAHEAD"],
        }
        for name in FACETS
    ]
    return ask.listing(rows)


def typeahead(ask: Ask) -> Answer:
    """Answer a facet's values whose names hold a text."""
    if ask.text("queryVersion") != "QUERY_USES_URNS":
        raise bad_query("queryVersion must be QUERY_USES_URNS")
    words, facet = ask.text("query").lower(), ask.text("facet")
    return ask.listing([row for row in _values(facet) if words in row["name"].lower()])


def by_facet(ask: Ask) -> Answer:
    """Answer a facet's values."""
    return ask.listing(_values(ask.text("facet")))


def by_urns(ask: Ask) -> Answer:
    """Answer the names of values."""
    wanted = restli.urns(ask.query, "urns")
    every = [row for name in FACETS for row in _values(f"{FACET}{name}")]
    return ask.listing([row for row in every if row["urn"] in wanted])


def _values(facet: str) -> list[dict[str, str]]:
    name = facet.removeprefix(FACET)
    if not facet.startswith(FACET) or name not in FACETS:
        raise bad_query(f"There is no facet {facet[:80]}")
    return [{"urn": urn, "facetUrn": facet, "name": text} for urn, text in FACETS[name]]


def audience(ask: Ask) -> Answer:
    """Answer how many people a targeting reaches."""
    criteria = ask.query.get("targetingCriteria")
    include = criteria.get("include") if isinstance(criteria, dict) else None
    groups = include.get("and") if isinstance(include, dict) else None
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise bad_query("targetingCriteria must be (include:(and:List((or:(FACET:List(VALUE))))))")
    sizes = [sum(_size(facet, urns) for facet, urns in _either(group).items()) for group in groups]
    total = min(sizes, default=0)
    shown = total if total >= LEAST else 0
    return Answer(body={"elements": [{"total": shown, "active": shown // 2}]})


def _either(group: Mapping[str, Any]) -> dict[str, Any]:
    either = group.get("or")
    if not isinstance(either, dict) or not all(isinstance(urns, list) for urns in either.values()):
        raise bad_query("Each group is (or:(FACET:List(VALUE)))")
    return either


def _size(facet: str, urns: list[str]) -> int:
    return EACH * len({row["urn"] for row in _values(facet)}.intersection(urns))


def account_users(ask: Ask) -> Answer:
    """Answer the ad accounts of the member."""
    return ask.listing([{"account": ACCOUNT, "role": "ACCOUNT_MANAGER", "user": ask.member.urn}])


def accounts(ask: Ask) -> Answer:
    """Answer the ad accounts that a search finds."""
    search = ask.query.get("search", {})
    if not isinstance(search, dict):
        raise bad_query("search must be a record")
    status = search.get("status", {"values": ["ACTIVE"]})
    wanted = status.get("values") if isinstance(status, dict) else None
    found = isinstance(wanted, list) and "ACTIVE" in wanted and search.get("test", "false") == "false"
    row = {"id": int(ACCOUNT.rpartition(":")[2]), "name": "Fjord ads", "status": "ACTIVE", "currency": "EUR"}
    return ask.listing([row] if found else [])


def report(ask: Ask) -> Answer:
    """Answer the figures of an account: the asked fields only, impressions and clicks without any."""
    granularity = ask.query.get("timeGranularity")
    word = granularity.get("value") if isinstance(granularity, dict) else granularity
    if word not in GRANULARITIES:
        raise bad_query(f"timeGranularity must be one of {', '.join(GRANULARITIES)}")
    ask.text("pivot")
    days = figures.days(ask)
    if days is None:
        raise bad_query("Query parameter dateRange is required")
    if ACCOUNT not in restli.urns(ask.query, "accounts"):
        raise denied("Viewer has no role on this ad account")
    fields = str(ask.query.get("fields") or "impressions,clicks").split(",")
    rows = [{name: FIGURES[name] for name in fields if name in FIGURES}]
    return Answer(body={"elements": rows * (len(days) if word == "DAILY" else 1)})


def change_log(ask: Ask) -> Answer:
    """Answer what the member did of late: here one message, and one thing that is none."""
    if ask.member.country not in COVERED:
        raise denied("The member is not in a country that this API covers")
    _, count = ask.span()
    if count > MOST_EVENTS:
        raise bad_query(f"count must be at most {MOST_EVENTS}")
    now = ask.state.milliseconds()
    since = now - KEPT_DAYS * figures.DAY_MS
    if "startTime" in ask.query:
        since = max(since, figures.moment(ask.query["startTime"]))
    at = now - figures.DAY_MS
    rows = [_event(ask, 1, "messages", at), _event(ask, 2, "socialActions/likes", at)]
    return ask.listing([row for row in rows if row["processedAt"] >= since])


def _event(ask: Ask, number: int, name: str, at: int) -> dict[str, Any]:
    urn = ask.member.urn
    said = {"thread": "urn:li:messagingThread:2-sim", "author": urn, "createdAt": at}
    activity = said | {"content": {"format": "TEXT", "fallback": "Hello"}}
    return {
        "id": number,
        "resourceName": name,
        "resourceId": f"sim-{number}",
        "method": "CREATE",
        "owner": urn,
        "actor": urn,
        "activityId": f"sim-activity-{number}",
        "processedAt": at,
        "capturedAt": at,
        "activity": activity,
        "processedActivity": activity,
    }


_READ, _REPORT = ("r_ads", "rw_ads"), ("r_ads_reporting",)
_DMA = ("r_dma_portability_3rd_party", "r_dma_portability_self_serve")
_ENTITIES = "adTargetingEntities"
REST = {
    "/rest/adTargetingFacets": {"GET": Operation("adTargetingFacets", "GET_ALL", facets, _READ)},
    f"/rest/{_ENTITIES}": {
        "GET:q=typeahead": Operation(_ENTITIES, "FINDER-typeahead", typeahead, _READ),
        "GET:q=adTargetingFacet": Operation(_ENTITIES, "FINDER-adTargetingFacet", by_facet, _READ),
        "GET:q=urns": Operation(_ENTITIES, "FINDER-urns", by_urns, _READ),
    },
    "/rest/audienceCounts": {
        "GET:q=targetingCriteriaV2": Operation("audienceCounts", "FINDER", audience, _READ)
    },
    "/rest/adAccountUsers": {
        "GET:q=authenticatedUser": Operation("adAccountUsers", "FINDER", account_users, _READ)
    },
    "/rest/adAccounts": {"GET:q=search": Operation("adAccounts", "FINDER-search", accounts, _READ)},
    "/rest/adAnalytics": {"GET:q=analytics": Operation("adAnalytics", "FINDER-analytics", report, _REPORT)},
    "/rest/memberChangeLogs": {
        "GET:q=memberAndApplication": Operation("memberChangeLogs", "FINDER", change_log, _DMA, TRACK)
    },
}
