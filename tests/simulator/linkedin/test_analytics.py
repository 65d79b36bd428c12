"""Figures of pages and members."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

MINA, FJORD = "urn:li:person:782bbtaQ", "urn:li:organization:5515715"
NORTHWIND = "urn:li:organization:2414183"
NOW = 1_795_000_000_000
DAY = 86_400_000
PAGE = f"q=organizationalEntity&organizationalEntity={quote(FJORD, safe='')}"
SHARES, FOLLOWERS = "/organizationalEntityShareStatistics", "/organizationalEntityFollowerStatistics"
VIEWS = f"/organizationPageStatistics?q=organization&organization={quote(FJORD, safe='')}"
RANGE = "dateRange=(start:(day:1,month:9,year:2026),end:(day:4,month:9,year:2026))"


def enc(urn: str) -> str:
    return quote(urn, safe="")


def rows(desk: Any, path: str, **options: Any) -> list[dict[str, Any]]:
    answer = desk.rest("GET", path, X_RestLi_Method="FINDER", **options)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["elements"]
    return found


def times(start: int, end: int, step: str) -> str:
    return f"timeIntervals=(timeRange:(start:{start},end:{end}),timeGranularityType:{step})"


def react(desk: Any, urn: str, actor: str = MINA) -> None:
    body = {"root": urn, "reactionType": "LIKE"}
    assert desk.rest("POST", f"/reactions?actor={enc(actor)}", body).status_code == 201


def test_share_statistics_of_posts_omit_those_without_activity(desk: Any) -> None:
    quiet, loud = desk.post("Quiet", FJORD), desk.post("Loud", FJORD)
    film = desk.post("Film", FJORD, content={"media": {"id": desk.video(FJORD)}})
    react(desk, loud)
    react(desk, film)
    react(desk, film, FJORD)
    foreign = desk.post("Elsewhere", NORTHWIND)
    react(desk, foreign)
    where = f"shares=List({enc(quiet)},{enc(loud)},{enc(foreign)})&ugcPosts=List({enc(film)})"
    found = rows(desk, f"{SHARES}?{PAGE}&{where}")
    assert [row.get("share") or row.get("ugcPost") for row in found] == [loud, film]
    told = found[1]["totalShareStatistics"]
    assert told["likeCount"] == 2
    engaged = sum(told[name] for name in ("clickCount", "likeCount", "commentCount", "shareCount"))
    assert told["engagement"] == pytest.approx(engaged / told["impressionCount"], abs=1e-6)


def test_share_statistics_of_the_whole_page_grow(desk: Any) -> None:
    (before,) = rows(desk, f"{SHARES}?{PAGE}")
    react(desk, desk.post("New", FJORD))
    (after,) = rows(desk, f"{SHARES}?{PAGE}")
    likes = [row["totalShareStatistics"]["likeCount"] for row in (before, after)]
    assert likes[1] == likes[0] + 1
    assert after["organizationalEntity"] == FJORD
    assert "share" not in after


@pytest.mark.parametrize(
    ("path", "step", "days", "count"),
    [
        (f"{SHARES}?{PAGE}", "DAY", 10, 10),
        (f"{SHARES}?{PAGE}", "MONTH", 60, 2),
        (f"{FOLLOWERS}?{PAGE}", "DAY", 10, 8),  # the range ends two days ago
        (f"{FOLLOWERS}?{PAGE}", "WEEK", 16, 2),
        (VIEWS, "DAY", 10, 10),
    ],
)
def test_figures_by_time(desk: Any, path: str, step: str, days: int, count: int) -> None:
    found = rows(desk, f"{path}&{times(NOW - days * DAY, NOW, step)}")
    assert len(found) == count
    starts = [row["timeRange"]["start"] for row in found]
    assert starts[0] == NOW - days * DAY
    assert starts[1:] == [row["timeRange"]["end"] for row in found[:-1]]


def test_followers_by_facet_and_as_gains(desk: Any) -> None:
    (whole,) = rows(desk, f"{FOLLOWERS}?{PAGE}")
    facet = whole["followerCountsByGeoCountry"][0]
    assert facet["followerCounts"]["paidFollowerCount"] == 0
    gain = rows(desk, f"{FOLLOWERS}?{PAGE}&{times(NOW - 5 * DAY, NOW, 'DAY')}")[0]
    assert gain["followerGains"] == {"organicFollowerGain": 4, "paidFollowerGain": 0}


def test_page_views(desk: Any) -> None:
    (whole,) = rows(desk, VIEWS)
    views = whole["totalPageStatistics"]["views"]
    assert views["allPageViews"]["pageViews"] == 8 * views["overviewPageViews"]["pageViews"]
    for name in ("lifeAtPageViews", "allMobilePageViews", "desktopCareersPageViews"):
        assert set(views[name]) == {"pageViews", "uniquePageViews"}
    assert "pageStatisticsByIndustryV2" in whole


def test_a_members_post_one_metric_at_a_time(desk: Any) -> None:
    urn = desk.post("Mine")
    react(desk, urn)
    path = f"/memberCreatorPostAnalytics?q=entity&entity=(share:{enc(urn)})"
    assert rows(desk, f"{path}&queryType=REACTION&aggregation=TOTAL") == [
        {"count": 1, "metricType": "REACTION", "targetEntity": {"share": urn}}
    ]
    daily = rows(desk, f"{path}&queryType=REACTION&aggregation=DAILY&{RANGE}")
    assert [row["dateRange"]["start"]["day"] for row in daily] == [1, 2, 3]  # the end is exclusive
    assert daily[0]["dateRange"]["end"] == {"year": 2026, "month": 9, "day": 2}


def test_a_video_post_is_named_ugc(desk: Any) -> None:
    urn = desk.post("Film", content={"media": {"id": desk.video()}})
    path = "/memberCreatorPostAnalytics?queryType=IMPRESSION&q=entity&entity="
    assert rows(desk, f"{path}(ugc:{enc(urn)})")[0]["targetEntity"] == {"ugc": urn}
    assert desk.rest("GET", f"{path}(share:{enc(urn)})").status_code == 400
    assert desk.rest("GET", f"{path}(ugcPost:{enc(urn)})").status_code == 400


def test_all_posts_together_have_impressions_by_day(desk: Any) -> None:
    path = f"/memberCreatorPostAnalytics?q=me&queryType=IMPRESSION&aggregation=DAILY&{RANGE}"
    assert len(rows(desk, path)) == 3


def test_the_metric_became_plain_in_202605(desk: Any) -> None:
    path = "/memberCreatorPostAnalytics?q=me&queryType=COMMENT"
    assert rows(desk, path, LinkedIn_Version="202605")[0]["metricType"] == "COMMENT"
    ((name, word),) = rows(desk, path, LinkedIn_Version="202604")[0]["metricType"].items()
    assert name.endswith("CreatorPostAnalyticsMetricTypeV1")
    assert word == "COMMENT"


def test_videos_and_followers_of_a_member(desk: Any) -> None:
    assert rows(desk, "/memberCreatorVideoAnalytics?q=me&queryType=VIDEO_PLAY")
    assert desk.rest("GET", "/memberCreatorVideoAnalytics?q=me&queryType=COMMENT").status_code == 400
    assert rows(desk, "/memberFollowersCount?q=me") == [{"memberFollowersCount": 412}]
    assert len(rows(desk, f"/memberFollowersCount?q=dateRange&{RANGE}")) == 3


def test_a_pages_video(desk: Any) -> None:
    urn = desk.post("Film", FJORD, content={"media": {"id": desk.video(FJORD)}})
    path = f"/videoAnalytics?q=entity&entity={enc(urn)}&type=VIDEO_VIEW&aggregation=ALL"
    (row,) = rows(desk, path)
    assert (row["entity"], row["value"]) == (urn, 17)
