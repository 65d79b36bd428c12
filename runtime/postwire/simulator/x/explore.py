"""Communities, trends, news, usage and credits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from postwire.simulator.x import billing, paging
from postwire.simulator.x.limits import DAY
from postwire.simulator.x.operation import TU, Answer, Operation
from postwire.simulator.x.params import ID, Whole, Word, iso
from postwire.simulator.x.refusal import forbidden, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.x.lens import Field
    from postwire.simulator.x.operation import Ask

COMMUNITY_FIELDS: Mapping[str, Field] = {
    "id": lambda _, one: one.id,
    "name": lambda _, one: one.name,
    "access": lambda _, one: one.access,
    "created_at": lambda _, one: iso(one.created_at),
    "description": lambda _, one: one.description,
    "join_policy": lambda _, one: one.join_policy,
    "member_count": lambda _, one: len(one.members),
}
PLACES = {"1": "World", "23424977": "United States"}  # X sheet 6.10: woeid
TRENDS = (("#simulated", 12_345), ("Postwire", 2_300), ("Loopback", 815))
NEWS: Mapping[str, Any] = {
    "id": "1990000000000000001",
    "name": "Simulated platforms agree",
    "summary": "Everything that happens here happens on loopback.",
    "hook": "No one was posted to.",
    "category": "Technology",
    "disclaimer": "This story is made up.",
}


def community(ask: Ask) -> Answer:
    """Answer a Community."""
    found = ask.x.community(ask.params["id"])
    if found is None:
        ask.lens.note(not_found("id", ask.params["id"], "community"))
        return Answer()
    return Answer(ask.lens.show("community", COMMUNITY_FIELDS, found))


def communities(ask: Ask) -> Answer:
    """Answer the Communities whose name holds some words."""
    # X sheet 6.10: GET /2/communities/search (meta only next_token)
    words = ask.query["query"].lower()
    found = [one for one in ask.x.settings.communities if words in one.name.lower()]
    taken, meta = paging.page(ask, found, lambda one: one.id, back=False)
    meta.pop("result_count")
    return Answer([ask.lens.show("community", COMMUNITY_FIELDS, one) for one in taken], meta or None)


def trends(ask: Ask) -> Answer:
    """Answer the trends of a place."""
    # X sheet 6.10: trends (tweet_count stays in both vocabularies)
    if ask.params["woeid"] not in PLACES:
        ask.lens.note(not_found("woeid", ask.params["woeid"], "place"))
        return Answer()
    wanted = ask.lens.fields("trend")
    told = [{"trend_name": name, "tweet_count": count} for name, count in TRENDS]
    shown = [{key: value for key, value in trend.items() if key in wanted} for trend in told]
    return Answer(shown[: ask.query["max_trends"]])


def personalized_trends(ask: Ask) -> Answer:
    """Answer the trends that X shows this user."""
    # X sheet 6.10: personalized_trends (needs a Premium account). Sheet silent on the refusal.
    if not ask.me.premium:
        raise forbidden("This needs Premium.")
    wanted = ask.lens.fields("personalized_trend")
    told = [
        {
            "category": "Technology",
            "post_count": f"{count / 1000:.1f}K posts",
            "trend_name": name,
            "trending_since": "3 hours ago",
        }
        for name, count in TRENDS
    ]
    return Answer([{key: value for key, value in trend.items() if key in wanted} for trend in told])


def _story(ask: Ask) -> dict[str, Any]:
    linked = [{"post_id": post.id} for post in ask.x.alive()[:1]]
    whole = {**NEWS, "updated_at": iso(ask.now - 3_600), "cluster_posts_results": linked}
    return {key: value for key, value in whole.items() if key in ask.lens.fields("news")}


def news(ask: Ask) -> Answer:
    """Answer a story."""
    if ask.params["id"] != NEWS["id"]:
        ask.lens.note(not_found("id", ask.params["id"], "news"))
        return Answer()
    return Answer(_story(ask))


def search_news(ask: Ask) -> Answer:
    """Answer the stories that hold some words."""
    held = ask.query["query"].lower() in f"{NEWS['name']} {NEWS['summary']}".lower()
    found = [_story(ask)] if held else []
    return Answer(found, {"result_count": len(found)})


def usage(ask: Ask) -> Answer:
    """Answer how many posts the app read."""
    # X sheet 6.10: GET /2/usage/tweets (numbers travel as strings in 2.167)
    app, days = ask.app, ask.query["days"]
    today = int(ask.now // DAY)
    by_day = {day: count for (who, day), count in ask.x.post_reads.items() if who == app.client_id}
    rows = [
        {"date": iso(day * DAY), "usage": str(by_day[day])} for day in sorted(by_day) if day > today - days
    ]
    told = {
        "project_id": app.number,
        "project_cap": str(ask.x.settings.post_cap),
        "project_usage": str(billing.reads(ask.x, app, billing.MONTH)),
        "cap_reset_day": datetime.fromtimestamp(ask.now, UTC).day,
        "daily_project_usage": {"project_id": app.number, "usage": rows},
        "daily_client_app_usage": [
            {"client_app_id": app.number, "usage_result_count": len(rows), "usage": rows}
        ],
    }
    return Answer({key: value for key, value in told.items() if key in ask.lens.fields("usage")})


def credits_left(ask: Ask) -> Answer:
    """Answer what is left to pay with."""
    # X sheet 5: /2/usage/credits (USD). Sheet silent on an app without an end of credits: a million.
    left = 1_000_000.0 if ask.app.credits is None else ask.app.credits
    return Answer({"free_balance": 0, "prepaid_balance": left, "total_balance": left})


OPERATIONS = (
    Operation(
        "GET",
        "/2/communities/{id}",
        community,
        f"{TU} list.read",
        who="both",
        limits="300",
        price="read object",
        family="community",
    ),
    Operation(
        "GET",
        "/2/communities/search",
        communities,
        limits="300",
        price="read object",
        family="community",
        query={
            "query": Word(high=4096, required=True),
            "max_results": Whole(10, 100, 10),
            "next_token": Word(),
            "pagination_token": Word(),
        },
    ),
    Operation(
        "GET",
        "/2/trends/by/woeid/{woeid}",
        trends,
        "",
        who="both",
        limits="A 75",
        price="trends",
        family="trend",
        query={"max_trends": Whole(1, 50, 20)},
        patterns={"woeid": ID},
    ),
    Operation(
        "GET",
        "/2/users/personalized_trends",
        personalized_trends,
        limits="U 10; U 100/24h",
        price="trends",
        family="personalized_trend",
    ),
    Operation("GET", "/2/news/{id}", news, who="both", limits="200", family="news", price="read object"),
    Operation(
        "GET",
        "/2/news/search",
        search_news,
        who="both",
        limits="200",
        family="news",
        price="read object",
        query={
            "query": Word(high=2048, required=True),
            "max_results": Whole(1, 100, 10),
            "max_age_hours": Whole(1, 720, 168),
        },
    ),
    Operation(
        "GET",
        "/2/usage/tweets",
        usage,
        who="app",
        limits="A 50",
        family="usage",
        query={"days": Whole(1, 90, 7)},
    ),
    Operation("GET", "/2/usage/credits", credits_left, who="app", limits="A 50"),
)
