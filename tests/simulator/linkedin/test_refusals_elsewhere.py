"""Wrong requests, row by row of the sheet: identity, media, comments, reactions, figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    Asked = Callable[[Any], httpx2.Response]

MINA, OMAR = "urn:li:person:782bbtaQ", "urn:li:person:AbC4dEfG"
FJORD, NORTHWIND = "urn:li:organization:5515715", "urn:li:organization:2414183"
NO_IMAGE = "urn:li:image:C4E10AQnothing"
_SHARES = "/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity="
STATISTICS = _SHARES + quote(FJORD, safe="")
MEMBER = "/memberCreatorPostAnalytics"
WEEK = "timeIntervals=(timeRange:(start:1794000000000,end:1794600000000),timeGranularityType:DAY)"


def enc(urn: str) -> str:
    return quote(urn, safe="")


def rows(told: dict[Any, dict[str, Any]]) -> list[Any]:
    return [pytest.param(ask, code, id=name) for code, asked in told.items() for name, ask in asked.items()]


def of_northwind(desk: Any) -> str:
    desk.token, mina = desk.linkedin.connect("omar"), desk.token
    urn = str(desk.document(NORTHWIND))
    desk.token = mina
    return urn


def comment(desk: Any, text: Any = "Hi", **fields: Any) -> httpx2.Response:
    token = fields.pop("token", None)
    urn = fields.pop("at", None) or desk.post("Below", FJORD)
    body = {"actor": MINA, "message": {"text": text} | fields.pop("message", {})} | fields
    answer: httpx2.Response = desk.rest("POST", f"/socialActions/{enc(urn)}/comments", body, token=token)
    return answer


def mention(desk: Any, **attribute: Any) -> httpx2.Response:
    whole = {"start": 0, "length": 2, "value": {"person": {"person": OMAR}}} | attribute
    return comment(desk, message={"attributes": [whole]})


def reply_to_reply(desk: Any) -> httpx2.Response:
    first = comment(desk).json()["commentUrn"]
    return comment(desk, at=comment(desk, at=first).json()["commentUrn"])


def react(
    desk: Any, kind: str | None = "LIKE", actor: str = MINA, token: str | None = None
) -> httpx2.Response:
    body = {"root": desk.post("React", FJORD), "reactionType": kind}
    answer: httpx2.Response = desk.rest("POST", f"/reactions?actor={enc(actor)}", body, token=token)
    return answer


def video(desk: Any, *sizes: int, ids: list[str] | None = None, **fields: Any) -> httpx2.Response:
    """Start a video of parts, send some of them, and finalise."""
    value = desk.init("videos", fileSizeBytes=4_194_304 + 10)
    steps = value["uploadInstructions"]
    etags = [
        desk.put(step["uploadUrl"], b"x" * size, bearer=False).headers["etag"]
        for step, size in zip(steps, sizes, strict=False)
    ]
    answer: httpx2.Response = desk.finalize(value, etags if ids is None else ids, **fields)
    return answer


def day_of(desk: Any, metric: str, entity: bool = True, extra: str = "&aggregation=DAILY") -> httpx2.Response:
    where = f"q=entity&entity=(share:{enc(desk.post())})" if entity else "q=me"
    answer: httpx2.Response = desk.rest("GET", f"{MEMBER}?{where}&queryType={metric}{extra}")
    return answer


def many(desk: Any, times: int, ask: Asked) -> httpx2.Response:
    answers = [ask(desk) for _ in range(times)]
    assert {answer.status_code for answer in answers[:-1]} <= {200, 201}
    return answers[-1]


# (status, code) → the heading of the sheet and what is wrong → the request
APIS: dict[tuple[int, str], dict[str, Asked]] = {
    (403, "ACCESS_DENIED"): {
        "5.1 userinfo: without openid": lambda d: d.v2("GET", "/userinfo", token=d.only("w_member_social")),
        "5.1 me: without r_basicprofile": lambda d: d.v2("GET", "/me", token=d.only("openid")),
        "5.2 Pages: without an admin scope": lambda d: d.rest(
            "GET", "/organizationAcls?q=roleAssignee", token=d.only("w_organization_social")
        ),
        "5.3 Lookup: not an administrator": lambda d: d.rest("GET", "/organizations/2414183"),
        "1 Surprises: a self-serve token comments": lambda d: comment(d, token=d.only("w_member_social")),
        "1 Surprises: a self-serve token reacts": lambda d: react(d, token=d.only("w_member_social")),
        "1 Surprises: a self-serve token looks at an image": lambda d: d.rest(
            "GET", f"/images/{enc(d.image())}", token=d.only("w_member_social")
        ),
        "1 Surprises: a self-serve token looks at a document": lambda d: d.rest(
            "GET", f"/documents/{enc(d.document())}", token=d.only("w_member_social")
        ),
        "4 Scopes: a content admin's media": lambda d: d.rest(
            "POST",
            "/images?action=initializeUpload",
            {"initializeUploadRequest": {"owner": NORTHWIND}},
        ),
        "7.3 Documents: a page's, looked at by a content admin": lambda d: d.rest(
            "GET", f"/documents/{enc(of_northwind(d))}"
        ),
        "8.3 Metadata: closed by another than the author": lambda d: d.patch(
            f"/socialMetadata/{enc(d.post())}?actor={enc(FJORD)}",
            {"patch": {"$set": {"commentsState": "CLOSED"}}},
        ),
        "4 Scopes: comments of a page by the member's scope": lambda d: d.rest(
            "GET",
            f"/socialActions/{enc(d.post('x', FJORD))}/comments",
            token=d.only("r_member_social_feed"),
        ),
        "4 Scopes: comments of a page without a role": lambda d: d.rest(
            "GET", f"/socialActions/{enc(d.post('x', FJORD))}/comments", token=d.linkedin.connect("omar")
        ),
        "8.2 Reactions: another's, ended": lambda d: d.rest(
            "DELETE",
            f"/reactions/(actor:{enc(MINA)},entity:{enc(react(d).json()['root'])})",
            token=d.linkedin.connect("omar"),
        ),
        "8.1 Comments: as a page by a content admin": lambda d: comment(d, actor=NORTHWIND),
        "9.1 Page share statistics: not an administrator": lambda d: d.rest(
            "GET", STATISTICS.replace("5515715", "2414183")
        ),
        "9.4 Member posts: another's post": lambda d: d.rest(
            "GET",
            f"{MEMBER}?q=entity&entity=(share:{enc(d.post())})&queryType=COMMENT",
            token=d.linkedin.connect("omar"),
        ),
    },
    (400, "MISSING_FIELD"): {
        "7.2 Images: no owner": lambda d: d.rest(
            "POST", "/images?action=initializeUpload", {"initializeUploadRequest": {}}
        ),
        "7.4 Videos: no size": lambda d: d.rest(
            "POST", "/videos?action=initializeUpload", {"initializeUploadRequest": {"owner": MINA}}
        ),
        "7.4 Videos: no uploadToken": lambda d: video(d, 1, 10, uploadToken=None),
        "8.1 Comments: no text": lambda d: comment(d, None),
        "8.2 Reactions: no type": lambda d: react(d, kind=None),
    },
    (400, "INVALID_VALUE_BLANK_FIELD"): {
        "8.1 Comments: an empty text": lambda d: comment(d, ""),
    },
    (400, "FIELD_LENGTH_TOO_LONG"): {
        "8.1 Comments: 1251": lambda d: comment(d, "a" * 1_251),
    },
    (400, "INVALID_VALUE_FOR_FIELD"): {
        "7.4 Videos: more than 5 GB": lambda d: d.rest(
            "POST",
            "/videos?action=initializeUpload",
            {"initializeUploadRequest": {"owner": MINA, "fileSizeBytes": 5_000_000_001}},
        ),
        "7.4 Videos: another uploadToken": lambda d: video(d, 1, 10, uploadToken="x"),
        "8.1 Comments: a reply to a reply": reply_to_reply,
        "8.1 Comments: a mention beyond the text": lambda d: mention(d, length=3),
        "8.1 Comments: a mention of a school": lambda d: mention(d, value={"school": {"school": "x"}}),
        "8.1 Comments: a like of another object": lambda d: d.v2(
            "POST", f"/socialActions/{enc(d.post('A'))}/likes", {"actor": MINA, "object": d.post("B")}
        ),
        "5.2 Pages: another impersonator": lambda d: d.rest(
            "GET",
            f"/organizationAuthorizations/(impersonator:{enc(OMAR)},organization:{enc(FJORD)},action:"
            "(organizationContentAuthorizationAction:(actionType:ORGANIC_SHARE_CREATE)))",
        ),
        "8.1 Comments: another object": lambda d: comment(d, object=d.post("Other")),
        "8.1 Comments: an image on a reply": lambda d: comment(
            d, at=comment(d).json()["commentUrn"], content=[{"entity": {"image": d.image()}}]
        ),
        "8.2 Reactions: MAYBE": lambda d: react(d, "MAYBE"),
        "8.3 Metadata: an unknown state": lambda d: d.patch(
            f"/socialMetadata/{enc(d.post())}?actor={enc(MINA)}",
            {"patch": {"$set": {"commentsState": "SHUT"}}},
        ),
    },
    (400, "INVALID_URN_TYPE"): {
        "7.2 Images: a document's URN": lambda d: d.rest("GET", f"/images/{enc(d.document())}"),
        "8.1 Comments: an edit by activity": lambda d: d.patch(
            f"/socialActions/{enc('urn:li:activity:1')}/comments/1", {"patch": {"message": {"$set": {}}}}
        ),
        "9.1 Page share statistics: a ugcPost among shares": lambda d: d.rest(
            "GET", f"{STATISTICS}&shares=List({enc('urn:li:ugcPost:1')})"
        ),
    },
    (400, "INVALID_VIDEO_ID"): {
        "7.4 Videos: finalise one that is not there": lambda d: video(d, 1, 10, video="urn:li:video:C5x"),
    },
    (400, "MEDIA_ASSET_WAITING_UPLOAD"): {
        "13 Simulator notes: finalise without bytes": video,
    },
    (400, "UPDATING_ASSET_FAILED"): {
        "13 Simulator notes: a missing part": lambda d: video(d, 4_194_304),
    },
    (400, "All chunks IDs must be signed"): {
        "13 Simulator notes: an id that was not issued": lambda d: video(d, 1, 10, ids=["a", "b"]),
    },
    (400, "Syntax exception in path variables"): {
        "2.3 Encoding: a URN in the path that is not encoded": lambda d: d.rest(
            "DELETE", f"/posts/{d.post()}"
        ),
        "2.3 Encoding: a comment's URN with raw parentheses": lambda d: d.rest(
            "GET", f"/socialActions/{comment(d).json()['commentUrn']}/comments"
        ),
        "2.3 Encoding: a key's URN that is not encoded": lambda d: d.rest(
            "GET", f"/reactions/(actor:{MINA},entity:{enc(FJORD)})"
        ),
    },
    (400, ""): {
        "5.2 Pages: an unknown role": lambda d: d.rest("GET", "/organizationAcls?q=roleAssignee&role=OWNER"),
        "5.3 Lookup: the old edge": lambda d: d.rest(
            "GET", f"/networkSizes/{enc(FJORD)}?edgeType=CompanyFollowedByMember"
        ),
        "8.2 Reactions: no actor": lambda d: d.rest(
            "POST", "/reactions", {"root": "x", "reactionType": "LIKE"}
        ),
        "9.1 Page share statistics: posts and times": lambda d: d.rest(
            "GET", f"{STATISTICS}&{WEEK}&shares=List({enc('urn:li:share:1')})"
        ),
        "9.1 Page share statistics: the Rest.li 1.0 form": lambda d: d.rest(
            "GET", f"{STATISTICS}&shares[0]=urn:li:share:1"
        ),
        "9.1 Page share statistics: more than a year": lambda d: d.rest(
            "GET", f"{STATISTICS}&{WEEK.replace('1794000000000', '1762000000000')}"
        ),
        "9.1 Page share statistics: by week": lambda d: d.rest(
            "GET", f"{STATISTICS}&{WEEK}".replace("DAY", "WEEK")
        ),
        "9.4 Member posts: no metric": lambda d: d.rest("GET", f"{MEMBER}?q=me"),
        "9.4 Member posts: two metrics": lambda d: d.rest(
            "GET", f"{MEMBER}?q=me&queryType=List(COMMENT,RESHARE)"
        ),
        "9.4 Member posts: members reached by day": lambda d: day_of(d, "MEMBERS_REACHED", entity=False),
        "9.4 Member posts: a post's impressions by day": lambda d: day_of(d, "IMPRESSION"),
        "9.4 Member posts: new metrics before 202604": lambda d: d.rest(
            "GET", f"{MEMBER}?q=me&queryType=POST_SAVE", LinkedIn_Version="202603"
        ),
    },
    (404, "NOT_FOUND"): {
        "8.1 Comments: on nothing": lambda d: comment(d, at="urn:li:share:1"),
        "8.1 Comments: one that is gone": lambda d: d.rest(
            "DELETE", f"/socialActions/{enc(d.post())}/comments/1"
        ),
    },
    (404, "RESOURCE_NOT_FOUND"): {
        "9.4 Member posts: memberShareStatistics": lambda d: d.rest("GET", "/memberShareStatistics"),
    },
    (429, "TOO_MANY_REQUESTS"): {
        "11 Throttling: a 101st of a member in the dev tier": lambda d: many(
            d,
            101,
            lambda d: d.rest(
                "GET", "/memberFollowersCount?q=me", token=d.linkedin.connect(app_id="sim-dev-id")
            ),
        ),
        "8.1 Comments: a 21st within a minute": lambda d: many(
            d, 21, lambda d: comment(d, at=next(iter(d.linkedin.posts)))
        ),
    },
    (500, "INTERNAL_SERVER_ERROR"): {
        "8.1 Comments: content by /v2": lambda d: d.v2(
            "POST",
            f"/socialActions/{enc(d.post())}/comments",
            {"actor": MINA, "message": {"text": "x"}, "content": [{"entity": {"image": NO_IMAGE}}]},
        ),
    },
}
SERVICE = {
    "EMPTY_ACCESS_TOKEN": 65604,
    "EXPIRED_ACCESS_TOKEN": 65602,
    "RESTRICTED_MEMBER": 65608,
    "ACCESS_DENIED": 100,
    "TOO_MANY_REQUESTS": 101,
}


@pytest.mark.parametrize(("ask", "told"), rows(APIS))
def test_a_wrong_call_is_told_so_in_the_envelope(desk: Any, ask: Asked, told: tuple[int, str]) -> None:
    answer = ask(desk)
    error = answer.json()
    assert answer.status_code == error["status"] == told[0], error
    assert told[1] in {error.get("code", ""), error["message"]}, error
    assert answer.headers["x-restli-error-response"] == "true"
    assert answer.headers["x-li-uuid"]
    if "/comments" not in str(answer.request.url) or told[0] != 429:
        assert error.get("serviceErrorCode") == SERVICE.get(told[1], 65600 if told == (401, "") else None)
