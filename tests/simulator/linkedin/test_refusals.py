"""Wrong requests and what they are told, row by row of the sheet: tokens, versions, posts."""

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
MEMBER = "/memberCreatorPostAnalytics"


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


def failed_video(desk: Any) -> httpx2.Response:
    desk.settings.fail_media.append("Codec")
    return holding(desk, media={"id": desk.video()})


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
    (401, ""): {
        "12 Errors: an unknown token (65600)": lambda d: d.v2("GET", "/userinfo", token="AQXno"),
    },
    (401, "EXPIRED_ACCESS_TOKEN"): {
        "3 OAuth: after 60 days": lambda d: later(d, 5_184_000).v2("GET", "/userinfo"),
    },
    (401, "RESTRICTED_MEMBER"): {
        "12 Errors: a restricted member": lambda d: restricted(d).v2("GET", "/userinfo"),
    },
    (403, "ACCESS_DENIED"): {
        "1 Surprises: a self-serve token reads": lambda d: d.rest(
            "GET", f"/posts/{enc(d.post())}", token=d.only("w_member_social")
        ),
        "6.1 Create: another member": lambda d: draft(d, author=OMAR),
        "6.1 Create: a page without a role": lambda d: draft(d, author=CONTOSO),
        "4 Scopes: a page by w_member_social": lambda d: d.rest(
            "POST", "/posts", d.draft(author=FJORD), token=d.only("w_member_social")
        ),
        "4 Scopes: a member by w_organization_social": lambda d: d.rest(
            "POST", "/posts", d.draft(), token=d.only("w_organization_social")
        ),
        "4 Scopes: own posts need the closed r_member_social": lambda d: d.rest(
            "GET", f"/posts?q=author&author={enc(MINA)}"
        ),
        "4 Products: BATCH_GET in the development tier": lambda d: d.rest(
            "GET", f"/posts?ids=List({enc(d.post())})", token=d.linkedin.connect(app_id="sim-dev-id")
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
        "6.4 Update: nothing to set": change,
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
    },
    (400, "FIELD_LENGTH_TOO_LONG"): {
        "6.1 Create: 3001 code units": lambda d: draft(d, EMOJI * 1_500 + "a"),
        "6.1 Create: a question of 141": lambda d: poll(d, question="a" * 141),
        "6.1 Create: an option of 31": lambda d: poll(d, options=[{"text": "a" * 31}, {"text": "b"}]),
        "6.1 Create: an article's title of 400": lambda d: article(d, title="a" * 400),
        "6.1 Create: an article's description of 4086": lambda d: article(d, description="a" * 4_086),
        "6.1 Create: altText of 4087": lambda d: holding(d, media={"id": d.image(), "altText": "a" * 4_087}),
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
    (400, "MEDIA_ASSET_WAITING_UPLOAD"): {
        "6.1 Create: an image without bytes": lambda d: holding(d, media={"id": started(d, "images")}),
        "6.1 Create: a video that is not finalised": lambda d: holding(
            d, media={"id": started(d, "videos", fileSizeBytes=9)}
        ),
        "12 Errors: a video that is not ready": lambda d: holding(d, media={"id": d.video(wait=0)}),
    },
    (400, "MEDIA_ASSET_PROCESSING_FAILED"): {
        "6.1 Create: a failed transcode": failed_video,
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
    },
    (404, "NOT_FOUND"): {
        "6.3 Read: a post that is gone": lambda d: d.rest("GET", f"/posts/{enc('urn:li:share:1')}"),
        "6.4 Update: a post that is deleted": lambda d: d.patch(
            f"/posts/{enc(deleted(d))}", {"patch": {"$set": {"commentary": "x"}}}
        ),
        "6.4 Delete: a post that never was": lambda d: d.rest("DELETE", f"/posts/{enc('urn:li:share:1')}"),
    },
    (422, "UNPROCESSABLE_ENTITY"): {
        "6.1 Create: a carousel without sponsoring": lambda d: holding(d, carousel={}),
        "6.1 Create: a reshare that its author forbids": lambda d: draft(
            d, reshareContext={"parent": d.post("Mine", isReshareDisabledByAuthor=True)}
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
