"""The gated look-ups: advertising, and the archive of messages."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

FACET = quote("urn:li:adTargetingFacet:locations", safe="")
NORWAY, MARS = (quote(urn, safe="") for urn in ("urn:li:geo:103819153", "urn:li:geo:1"))
ACCOUNT = quote("urn:li:sponsoredAccount:507404993", safe="")
DATES = "dateRange=(start:(day:1,month:9,year:2026),end:(day:4,month:9,year:2026))"
REPORT = f"/adAnalytics?q=analytics&pivot=CAMPAIGN&{DATES}&accounts=List({ACCOUNT})"
LOG = "/memberChangeLogs?q=memberAndApplication"


@pytest.fixture
def token(desk: Any) -> str:
    return str(desk.linkedin.connect("omar", app_id="sim-ads-id"))


def rows(desk: Any, token: str, path: str, **headers: str) -> list[dict[str, Any]]:
    answer = desk.rest("GET", path, token=token, **headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["elements"]
    return found


def test_facets_and_their_values(desk: Any, token: str) -> None:
    assert "locations" in [row["facetName"] for row in rows(desk, token, "/adTargetingFacets")]
    path = f"/adTargetingEntities?facet={FACET}"
    found = rows(desk, token, f"{path}&q=typeahead&query=united%20k&queryVersion=QUERY_USES_URNS")
    assert [row["name"] for row in found] == ["United Kingdom"]
    assert len(rows(desk, token, f"{path}&q=adTargetingFacet")) == 3
    assert rows(desk, token, f"/adTargetingEntities?q=urns&urns=List({NORWAY})")[0]["name"] == "Norway"


@pytest.mark.parametrize(("value", "total"), [(NORWAY, 1_200), (MARS, 0)])
def test_the_size_of_an_audience(desk: Any, token: str, value: str, total: int) -> None:
    criteria = f"(include:(and:List((or:({FACET}:List({value}))))))"
    path = f"/audienceCounts?q=targetingCriteriaV2&targetingCriteria={criteria}"
    assert rows(desk, token, path)[0]["total"] == total


def test_accounts(desk: Any, token: str) -> None:
    assert rows(desk, token, "/adAccountUsers?q=authenticatedUser")[0]["role"] == "ACCOUNT_MANAGER"
    search = "/adAccounts?q=search&search=(status:(values:List({})),test:false)"
    assert len(rows(desk, token, search.format("ACTIVE"))) == 1
    assert rows(desk, token, search.format("DRAFT")) == []


@pytest.mark.parametrize(
    ("more", "count", "keys"),
    [
        ("&timeGranularity=(value:ALL)", 1, {"impressions", "clicks"}),
        ("&timeGranularity=DAILY", 3, {"impressions", "clicks"}),
        ("&timeGranularity=(value:ALL)&fields=clicks,pivotValues", 1, {"clicks", "pivotValues"}),
    ],
)
def test_reports_hold_the_asked_fields(desk: Any, token: str, more: str, count: int, keys: set[str]) -> None:
    found = rows(desk, token, REPORT + more)
    assert (len(found), set(found[0])) == (count, keys)


def test_the_message_archive_has_its_own_version_and_countries(desk: Any, token: str) -> None:
    events = rows(desk, token, LOG, LinkedIn_Version="202312")
    assert [event["resourceName"] for event in events] == ["messages", "socialActions/likes"]
    vague = desk.rest("GET", f"{LOG}&startTime=yesterday", token=token, LinkedIn_Version="202312")
    assert vague.status_code == 400
    later = f"{LOG}&startTime=1795000000000"
    assert rows(desk, token, later, LinkedIn_Version="202312") == []
    assert desk.rest("GET", LOG, token=token).status_code == 426
    mina = desk.linkedin.connect("mina", app_id="sim-ads-id")
    assert desk.rest("GET", LOG, token=mina, LinkedIn_Version="202312").status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/adTargetingEntities?q=typeahead&query=a&facet=x&queryVersion=QUERY_USES_URNS", 400),
        (f"/adTargetingEntities?q=typeahead&query=a&facet={FACET}", 400),
        ("/audienceCounts?q=targetingCriteriaV2&targetingCriteria=(include:x)", 400),
        (REPORT, 400),
        (f"{REPORT}&timeGranularity=(value:HOURLY)", 400),
        (REPORT.replace("507404993", "1") + "&timeGranularity=DAILY", 403),
    ],
)
def test_refusals(desk: Any, token: str, path: str, status: int) -> None:
    assert desk.rest("GET", path, token=token).status_code == status


@pytest.mark.parametrize("path", ["/adTargetingFacets", "/adAccountUsers?q=authenticatedUser", REPORT])
def test_another_product_is_needed(desk: Any, path: str) -> None:
    assert desk.rest("GET", path).json()["code"] == "ACCESS_DENIED"
