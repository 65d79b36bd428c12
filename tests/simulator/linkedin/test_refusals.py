"""Wrong requests and what they are told, row by row of the sheet."""

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
CONTOSO = "urn:li:organization:1035001"
EMOJI = "\N{GRINNING FACE}"  # two UTF-16 code units
NO_IMAGE = "urn:li:image:C4E10AQnothing"
POLL = {"question": "Tea?", "options": [{"text": "Yes"}, {"text": "No"}], "settings": {"duration": "ONE_DAY"}}
_SHARES = "/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity="
STATISTICS = _SHARES + quote(FJORD, safe="")
MEMBER = "/memberCreatorPostAnalytics"
WEEK = "timeIntervals=(timeRange:(start:1794000000000,end:1794600000000),timeGranularityType:DAY)"


def enc(urn: str) -> str:
    return quote(urn, safe="")


def rows(told: dict[Any, dict[str, Any]]) -> list[Any]:
    return [pytest.param(ask, code, id=name) for code, asked in told.items() for name, ask in asked.items()]


def draft(desk: Any, text: str | None = "Hello", author: str | None = MINA, **fields: Any) -> httpx2.Response:
    answer: httpx2.Response = desk.rest("POST", "/posts", desk.draft(text, author, **fields))
    return answer


def holding(desk: Any, author: str = MINA, **content: Any) -> httpx2.Response:
    return draft(desk, author=author, content=content)


def poll(desk: Any, **changes: Any) -> httpx2.Response:
    return holding(desk, poll=POLL | changes)


def article(desk: Any, **changes: Any) -> httpx2.Response:
    body = {"source": "https://example.com/", "title": "T"} | changes
    return holding(desk, article={name: value for name, value in body.items() if value is not None})


def feed(desk: Any, author: str = MINA, **distribution: Any) -> httpx2.Response:
    return draft(desk, author=author, distribution=distribution)


def images(desk: Any, count: int) -> httpx2.Response:
    return holding(desk, multiImage={"images": [{"id": desk.image()} for _ in range(count)]})


def started(desk: Any, kind: str, **fields: Any) -> str:
    value = desk.init(kind, **fields)
    return str(value[kind.removesuffix("s")])


def of_northwind(desk: Any) -> str:
    desk.token, mina = desk.linkedin.connect("omar"), desk.token
    urn = str(desk.document(NORTHWIND))
    desk.token = mina
    return urn


def failed_video(desk: Any) -> httpx2.Response:
    desk.settings.fail_media.append("Codec")
    return holding(desk, media={"id": desk.video()})


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


def react(desk: Any, kind: str = "LIKE", actor: str = MINA, token: str | None = None) -> httpx2.Response:
    body = {"root": desk.post("React", FJORD), "reactionType": kind}
    answer: httpx2.Response = desk.rest("POST", f"/reactions?actor={enc(actor)}", body, token=token)
    return answer


def finder(desk: Any, query: str, **options: Any) -> httpx2.Response:
    answer: httpx2.Response = desk.rest("GET", f"/posts?q=author&author={enc(FJORD)}{query}", **options)
    return answer


def change(desk: Any, **changes: Any) -> httpx2.Response:
    answer: httpx2.Response = desk.patch(f"/posts/{enc(desk.post())}", {"patch": {"$set": changes}})
    return answer


def deleted(desk: Any) -> str:
    urn = str(desk.post("Gone"))
    assert desk.rest("DELETE", f"/posts/{enc(urn)}").status_code == 204
    return urn


def versioned(desk: Any, version: str | None) -> httpx2.Response:
    return finder(desk, "", LinkedIn_Version=version)


def later(desk: Any, seconds: float) -> Any:
    desk.simulator.clock.advance(seconds)
    return desk


def restricted(desk: Any) -> Any:
    desk.settings.members[0].restricted = True
    return desk


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
    (400, "VERSION_MISSING"): {
        "1 Surprises: no LinkedIn-Version": lambda d: versioned(d, None),
    },
    (426, "NONEXISTENT_VERSION"): {
        "2.2 Versions: past its sunset": lambda d: versioned(d, "202508"),
        "2.2 Versions: one that never was": lambda d: versioned(d, "202512"),
        "2.2 Versions: not confirmed yet": lambda d: versioned(d, "202611"),
        "2.2 Versions: its last day is over": lambda d: finder(
            later(d, 302 * 86_400), "", token=d.linkedin.connect()
        ),
        "2.2 Versions: not six digits": lambda d: versioned(d, "2026-09"),
    },
    (401, "EMPTY_ACCESS_TOKEN"): {
        "12 Errors: no token": lambda d: d.send("GET", "https://api.linkedin.com/v2/userinfo"),
        "13 Simulator notes: the token comes before the version": lambda d: d.send(
            "GET", "https://api.linkedin.com/rest/posts?q=author"
        ),
    },
    (401, ""): {"12 Errors: an unknown token (65600)": lambda d: d.v2("GET", "/userinfo", token="AQXno")},
    (401, "EXPIRED_ACCESS_TOKEN"): {
        "3 OAuth: after 60 days": lambda d: later(d, 5_184_000).v2("GET", "/userinfo"),
    },
    (401, "RESTRICTED_MEMBER"): {
        "12 Errors: a restricted member": lambda d: restricted(d).v2("GET", "/userinfo"),
    },
    (403, "ACCESS_DENIED"): {
        "5.1 userinfo: without openid": lambda d: d.v2("GET", "/userinfo", token=d.only("w_member_social")),
        "5.1 me: without r_basicprofile": lambda d: d.v2("GET", "/me", token=d.only("openid")),
        "5.2 Pages: without an admin scope": lambda d: d.rest(
            "GET", "/organizationAcls?q=roleAssignee", token=d.only("w_organization_social")
        ),
        "5.3 Lookup: not an administrator": lambda d: d.rest("GET", "/organizations/2414183"),
        "1 Surprises: a self-serve token reads": lambda d: d.rest(
            "GET", f"/posts/{enc(d.post())}", token=d.only("w_member_social")
        ),
        "1 Surprises: a self-serve token comments": lambda d: comment(d, token=d.only("w_member_social")),
        "1 Surprises: a self-serve token reacts": lambda d: react(d, token=d.only("w_member_social")),
        "1 Surprises: a self-serve token looks at an image": lambda d: d.rest(
            "GET", f"/images/{enc(d.image())}", token=d.only("w_member_social")
        ),
        "1 Surprises: a self-serve token looks at a document": lambda d: d.rest(
            "GET", f"/documents/{enc(d.document())}", token=d.only("w_member_social")
        ),
        "6.1 Create: another member": lambda d: draft(d, author=OMAR),
        "6.1 Create: a page without a role": lambda d: draft(d, author=CONTOSO),
        "4 Scopes: a page by w_member_social": lambda d: d.rest(
            "POST", "/posts", d.draft(author=FJORD), token=d.only("w_member_social")
        ),
        "4 Scopes: a member by w_organization_social": lambda d: d.rest(
            "POST", "/posts", d.draft(), token=d.only("w_organization_social")
        ),
        "4 Scopes: a content admin's media": lambda d: d.rest(
            "POST",
            "/images?action=initializeUpload",
            {"initializeUploadRequest": {"owner": NORTHWIND}},
        ),
        "4 Scopes: own posts need the closed r_member_social": lambda d: d.rest(
            "GET", f"/posts?q=author&author={enc(MINA)}"
        ),
        "4 Products: BATCH_GET in the development tier": lambda d: d.rest(
            "GET", f"/posts?ids=List({enc(d.post())})", token=d.linkedin.connect(app_id="sim-dev-id")
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
        "6.1 Create: no author": lambda d: draft(d, author=None),
        "6.1 Create: no commentary": lambda d: draft(d, text=None),
        "6.1 Create: no visibility": lambda d: draft(d, visibility=None),
        "6.1 Create: no distribution": lambda d: draft(d, distribution=None),
        "6.1 Create: no feedDistribution": lambda d: feed(d, targetEntities=[]),
        "6.1 Create: no lifecycleState": lambda d: draft(d, lifecycleState=None),
        "6.1 Create: a document without a title": lambda d: holding(d, media={"id": d.document()}),
        "6.1 Create: an article without a title": lambda d: article(d, title=None),
        "6.1 Create: an article without a source": lambda d: article(d, source=None),
        "6.1 Create: a poll without settings": lambda d: poll(d, settings=None),
        "7.2 Images: no owner": lambda d: d.rest(
            "POST", "/images?action=initializeUpload", {"initializeUploadRequest": {}}
        ),
        "7.4 Videos: no size": lambda d: d.rest(
            "POST", "/videos?action=initializeUpload", {"initializeUploadRequest": {"owner": MINA}}
        ),
        "7.4 Videos: no uploadToken": lambda d: video(d, 1, 10, uploadToken=None),
        "6.4 Update: nothing to set": change,
        "8.1 Comments: no text": lambda d: comment(d, None),
        "8.2 Reactions: no type": lambda d: react(d, kind=None),  # type: ignore[arg-type]
    },
    (400, "INVALID_VALUE_BLANK_FIELD"): {
        "6.1 Create: blank": lambda d: draft(d, " \n"),
        "6.1 Create: empty": lambda d: draft(d, ""),
        "6.1 Create: spaces in a reshare": lambda d: draft(
            d, " ", reshareContext={"parent": d.post("First")}
        ),
        "6.1 Create: a document without caption": lambda d: draft(
            d, "", content={"media": {"id": d.document(), "title": "A"}}
        ),
        "6.1 Create: an empty altText": lambda d: holding(d, media={"id": d.image(), "altText": ""}),
        "6.1 Create: an empty question": lambda d: poll(d, question=" "),
        "8.1 Comments: an empty text": lambda d: comment(d, ""),
    },
    (400, "FIELD_LENGTH_TOO_LONG"): {
        "6.1 Create: 3001 code units": lambda d: draft(d, EMOJI * 1_500 + "a"),
        "6.1 Create: a question of 141": lambda d: poll(d, question="a" * 141),
        "6.1 Create: an option of 31": lambda d: poll(d, options=[{"text": "a" * 31}, {"text": "b"}]),
        "6.1 Create: an article's title of 400": lambda d: article(d, title="a" * 400),
        "6.1 Create: an article's description of 4086": lambda d: article(d, description="a" * 4_086),
        "6.1 Create: altText of 4087": lambda d: holding(d, media={"id": d.image(), "altText": "a" * 4_087}),
        "8.1 Comments: 1251": lambda d: comment(d, "a" * 1_251),
    },
    (400, "INVALID_VALUE_FOR_FIELD"): {
        "14 Open points: a draft": lambda d: draft(d, lifecycleState="DRAFT"),
        "6.1 Create: an unknown visibility": lambda d: draft(d, visibility="FRIENDS"),
        "6.1 Create: a page to connections": lambda d: draft(d, author=FJORD, visibility="CONNECTIONS"),
        "6.1 Create: CONTAINER without one": lambda d: draft(d, visibility="CONTAINER"),
        "6.1 Create: a member's dark post": lambda d: feed(d, feedDistribution="NONE"),
        "6.1 Create: a member's targeting": lambda d: feed(
            d, feedDistribution="MAIN_FEED", targetEntities=[{"geoLocations": ["urn:li:geo:1"]}]
        ),
        "6.1 Create: an unknown facet": lambda d: feed(
            d, FJORD, feedDistribution="MAIN_FEED", targetEntities=[{"geo": []}]
        ),
        "6.1 Create: two contents": lambda d: holding(d, poll=POLL, article={"source": "x", "title": "y"}),
        "6.1 Create: one image in multiImage": lambda d: images(d, 1),
        "6.1 Create: 21 images in multiImage": lambda d: images(d, 21),
        "6.1 Create: one option": lambda d: poll(d, options=[{"text": "a"}]),
        "6.1 Create: five options": lambda d: poll(d, options=[{"text": "a"}] * 5),
        "14 Open points: ONE_WEEK": lambda d: poll(d, settings={"duration": "ONE_WEEK"}),
        "6.1 Create: MULTIPLE_VOTE": lambda d: poll(
            d, settings={"duration": "ONE_DAY", "voteSelectionType": "MULTIPLE_VOTE"}
        ),
        "6.1 Create: votes that are not visible": lambda d: poll(
            d, settings={"duration": "ONE_DAY", "isVoterVisibleToAuthor": False}
        ),
        "6.1 Create: content in a reshare": lambda d: draft(
            d, content={"poll": POLL}, reshareContext={"parent": d.post("First")}
        ),
        "6.1 Create: a misspelt field": lambda d: draft(d, isReshareDisabled=True),
        "6.4 Update: the content": lambda d: change(d, content={"poll": POLL}),
        "6.4 Update: the visibility": lambda d: change(d, visibility="CONNECTIONS"),
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
        "6.1 Create: a member's number as author": lambda d: draft(d, author="782bbtaQ"),
        "2.3 Encoding: an encoded URN in JSON": lambda d: draft(d, author=enc(MINA)),
        "6.1 Create: a share as media": lambda d: holding(d, media={"id": "urn:li:share:1"}),
        "6.1 Create: a video in multiImage": lambda d: holding(
            d, multiImage={"images": [{"id": d.video()}, {"id": d.image()}]}
        ),
        "6.1 Create: an activity as parent": lambda d: draft(
            d, reshareContext={"parent": "urn:li:activity:1"}
        ),
        "6.3 Read: an image's URN": lambda d: d.rest("GET", f"/posts/{enc(d.image())}"),
        "7.2 Images: a document's URN": lambda d: d.rest("GET", f"/images/{enc(d.document())}"),
        "8.1 Comments: an edit by activity": lambda d: d.patch(
            f"/socialActions/{enc('urn:li:activity:1')}/comments/1", {"patch": {"message": {"$set": {}}}}
        ),
        "9.1 Page share statistics: a ugcPost among shares": lambda d: d.rest(
            "GET", f"{STATISTICS}&shares=List({enc('urn:li:ugcPost:1')})"
        ),
    },
    (400, "INVALID_URN_ID"): {
        "6.1 Create: a parent that is not there": lambda d: draft(
            d, reshareContext={"parent": "urn:li:share:1"}
        ),
    },
    (400, "INVALID_URL"): {
        "6.1 Create: an article without http": lambda d: article(d, source="example.com"),
        "6.1 Create: a landing page that is none": lambda d: draft(d, contentLandingPage="shop"),
        "6.4 Update: a landing page that is none": lambda d: change(d, contentLandingPage="shop"),
    },
    (400, "INVALID_CALL_TO_ACTION"): {
        "6.1 Create: an unknown call": lambda d: draft(d, contentCallToActionLabel="CLICK"),
    },
    (400, "INVALID_IMAGE_ID"): {
        "6.1 Create: an image that is not there": lambda d: holding(d, media={"id": NO_IMAGE}),
        "6.1 Create: a member's image in a page's post": lambda d: holding(d, FJORD, media={"id": d.image()}),
        "6.1 Create: a thumbnail that is not there": lambda d: article(d, thumbnail=NO_IMAGE),
    },
    (400, "INVALID_VIDEO_ID"): {
        "7.4 Videos: finalise one that is not there": lambda d: video(d, 1, 10, video="urn:li:video:C5x"),
    },
    (400, "MEDIA_ASSET_WAITING_UPLOAD"): {
        "6.1 Create: an image without bytes": lambda d: holding(d, media={"id": started(d, "images")}),
        "6.1 Create: a video that is not finalised": lambda d: holding(
            d, media={"id": started(d, "videos", fileSizeBytes=9)}
        ),
        "12 Errors: a video that is not ready": lambda d: holding(d, media={"id": d.video(wait=0)}),
        "13 Simulator notes: finalise without bytes": video,
    },
    (400, "MEDIA_ASSET_PROCESSING_FAILED"): {"6.1 Create: a failed transcode": failed_video},
    (400, "UPDATING_ASSET_FAILED"): {
        "13 Simulator notes: a missing part": lambda d: video(d, 4_194_304),
    },
    (400, "All chunks IDs must be signed"): {
        "13 Simulator notes: an id that was not issued": lambda d: video(d, 1, 10, ids=["a", "b"]),
    },
    (400, "Invalid query parameters passed to request"): {
        "2.3 Encoding: a URN that is not encoded": lambda d: d.rest("GET", f"/posts?q=author&author={FJORD}"),
        "2.3 Encoding: a list that is not closed": lambda d: d.rest("GET", "/posts?ids=List(a"),
    },
    (400, ""): {
        "2.3 Encoding: a list whose parentheses are encoded": lambda d: d.rest(
            "GET", f"/posts?ids=List%28{enc(d.post())}%29"
        ),
        "2.1 Headers: no protocol version": lambda d: finder(d, "", X_Restli_Protocol_Version=None),
        "2.1 Headers: a method that does not fit": lambda d: finder(d, "", X_RestLi_Method="BATCH_GET"),
        "6.4 Update: without PARTIAL_UPDATE": lambda d: d.rest(
            "POST", f"/posts/{enc(d.post())}", {"patch": {"$set": {"commentary": "x"}}}
        ),
        "6.3 Read: a page of 101": lambda d: finder(d, "&count=101"),
        "6.3 Read: an unknown order": lambda d: finder(d, "&sortBy=LIKES"),
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
        "6.3 Read: a post that is gone": lambda d: d.rest("GET", f"/posts/{enc('urn:li:share:1')}"),
        "6.4 Update: a post that is deleted": lambda d: d.patch(
            f"/posts/{enc(deleted(d))}", {"patch": {"$set": {"commentary": "x"}}}
        ),
        "6.4 Delete: a post that never was": lambda d: d.rest("DELETE", f"/posts/{enc('urn:li:share:1')}"),
        "8.1 Comments: on nothing": lambda d: comment(d, at="urn:li:share:1"),
        "8.1 Comments: one that is gone": lambda d: d.rest(
            "DELETE", f"/socialActions/{enc(d.post())}/comments/1"
        ),
    },
    (404, "RESOURCE_NOT_FOUND"): {
        "9.4 Member posts: memberShareStatistics": lambda d: d.rest("GET", "/memberShareStatistics"),
    },
    (422, "UNPROCESSABLE_ENTITY"): {
        "6.1 Create: a carousel without sponsoring": lambda d: holding(d, carousel={}),
        "6.1 Create: a reshare that its author forbids": lambda d: draft(
            d, reshareContext={"parent": d.post("Mine", isReshareDisabledByAuthor=True)}
        ),
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


@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        ("GET", "/posts/urn%3Ali%3Ashare%3A1", "partnerApiPostsExternal.GET.20260901"),
        ("POST", "/socialActions/urn%3Ali%3Ashare%3A1/comments", "partnerApiSocialActions.CREATE.20260901"),
    ],
)
def test_a_missing_scope_names_resource_method_and_version(
    desk: Any, method: str, path: str, named: str
) -> None:
    answer = desk.rest(method, path, {} if method == "POST" else None, token=desk.only("w_member_social"))
    assert answer.json()["message"] == f"Not enough permissions to access: {named}"


def test_the_recorded_duplicate(desk: Any) -> None:
    first = desk.post("Twice")
    answer = draft(desk, "Twice")
    assert (answer.status_code, answer.headers["x-restli-error-response"]) == (422, "true")
    assert answer.json() == {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": "com.linkedin.content.common.exception.BadRequestResponseException: "
        f"Content is a duplicate of {first}",
        "errorDetails": {
            "inputErrors": [
                {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
            ]
        },
        "status": 422,
    }
    assert draft(desk, "Twi(ce").status_code == 201
    assert draft(desk, "Twi<ce").status_code == 422  # both were published as "Twi"
    assert draft(desk, "Twice", FJORD).status_code == 201
    assert draft(desk, "Twice", content={"poll": POLL}).status_code == 201
    desk.simulator.clock.advance(601)
    assert draft(desk, "Twice").status_code == 201


def test_quotas_are_per_endpoint_and_end_at_midnight_utc(desk: Any) -> None:
    desk.settings.member_per_day = 1
    omar = desk.linkedin.connect("omar")
    assert desk.v2("GET", "/me").status_code == 200
    answer = desk.v2("GET", "/me")
    assert (answer.status_code, answer.json()["serviceErrorCode"]) == (429, 101)
    assert "MEMBER DAY limit" in answer.json()["message"]
    assert "retry-after" not in answer.headers
    assert desk.v2("GET", "/userinfo").status_code == 200
    assert desk.v2("GET", "/me", token=omar).status_code == 200
    desk.settings.app_per_day = 2
    desk.settings.member_per_day = 9
    assert "APPLICATION DAY limit" in desk.v2("GET", "/me").json()["message"]
    desk.simulator.clock.advance(86_400 - 1_795_000_000 % 86_400)
    assert desk.v2("GET", "/me").status_code == 200
