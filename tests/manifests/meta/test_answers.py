"""What the Graph API's answers mean: every refusal of Pages and of Instagram, listings, figures."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from postwire.decide.parse import failure, read
from postwire.decide.programs import Programs
from postwire.errors import ActionFailed
from postwire.language.catalog import Catalog
from postwire.testing import answer
from postwire.values import Response

PROGRAMS = Programs(Catalog())

# Pages "Handle Errors" and "Rate Limits", read 2026-11-21: code, subcode, ours.
BOTH = [
    (102, None, "auth_expired"),
    (190, None, "auth_expired"),
    *[(190, sub, "auth_expired") for sub in (458, 459, 460, 463, 464, 467)],
    (190, 492, "permission_denied"),
    (10, None, "permission_denied"),
    (3, None, "permission_denied"),
    *[(code, None, "scope_missing") for code in (200, 210, 299)],
    *[(code, None, "rate_limited") for code in (4, 17, 32, 341, 613, 80000, 80001, 80002, 80006, 80014)],
    (1, None, "transient"),
    (2, None, "transient"),
    (33, None, "not_found"),
    (100, 33, "not_found"),
    (803, None, "not_found"),
    (100, None, "invalid_input"),
    (2500, None, "invalid_input"),
    (12, None, "version_retired"),
    (2635, None, "version_retired"),
    (104, None, "permission_denied"),
    (3001, 1504028, "invalid_input"),
    (368, None, "policy_blocked"),
    (368, 4444, "policy_blocked"),
    (506, None, "conflict"),
    (551, None, "not_found"),
    (230, None, "permission_denied"),
    (294, None, "scope_missing"),
    (324, 2069019, "media_rejected"),
    (389, None, "media_rejected"),
]
# Video API: Error Codes, read 2026-11-21; the others as clients report them.
PAGES = [
    (390, None, "transient"),
    (10, 2018278, "policy_blocked"),
    *[(code, None, "invalid_input") for code in (1609005, 2061006, 1609008)],
    (100, 1609005, "invalid_input"),
    (324, 1366046, "media_rejected"),
    (100, 1366051, "conflict"),
    (4, 1390008, "rate_limited"),
    (368, 1346003, "policy_blocked"),
    (368, 1404006, "account_not_eligible"),
    (200, 4854002, "account_not_eligible"),
    (200, 1404078, "account_not_eligible"),
    (368, 1404102, "policy_blocked"),
    (368, 1404112, "policy_blocked"),
    (100, 1349125, "invalid_input"),
    *[(6000, sub, "transient") for sub in (1363047, 1609010, 1363030, 1363019)],
    (6000, 1363042, "permission_denied"),
    *[(6000, sub, "media_rejected") for sub in (1363022, 1363023, 1363040, 1363127, 1363128, 1363129)],
    (6000, 1363037, "conflict"),
    (6000, None, "media_rejected"),
    (352, None, "media_rejected"),
]
# Instagram Platform: Error Codes, read 2026-11-21.
INSTAGRAM = [
    (-2, 2207003, "transient"),
    (-2, 2207020, "conflict"),
    *[(-1, sub, "transient") for sub in (2207001, 2207032, 2207053)],
    (1, 2207057, "invalid_input"),
    (1, 2207099, "media_rejected"),
    (4, 2207051, "policy_blocked"),
    (9, 2207042, "quota_exceeded"),
    (9007, 2207027, "conflict"),
    (24, 2207006, "not_found"),
    (24, 2207008, "conflict"),
    (25, 2207050, "account_not_eligible"),
    *[(100, sub, "invalid_input") for sub in (2207023, 2207028, 2207035, 2207036, 2207037, 2207040)],
    (352, 2207026, "media_rejected"),
    (9004, 2207052, "media_rejected"),
    (36000, 2207004, "media_rejected"),
    (36001, 2207005, "media_rejected"),
    (36003, 2207009, "media_rejected"),
    (36004, 2207010, "invalid_input"),
    (-1, 2207073, "invalid_input"),
    (110, 2207013, "not_found"),
    (18, 2207034, "quota_exceeded"),
    (24, 2207024, "not_found"),
    (100, 9050, "invalid_input"),
    *[(code, None, "invalid_input") for code in (9050, 9052, 9058, 9064)],
    (9053, None, "permission_denied"),
    (10, 9053, "permission_denied"),
    (100, 2534068, "account_not_eligible"),
    (10, 2534022, "policy_blocked"),
    (20, 1772107, "conflict"),
    (100, 2108006, "not_found"),
    *[(9007, sub, "media_rejected") for sub in (2207076, 2207077, 2207099)],
    (9007, 2207081, "account_not_eligible"),
    (9007, 2207082, "transient"),
]
CASES = [(name, *row) for name in ("meta", "instagram") for row in BOTH]
CASES += [("meta", *row) for row in PAGES] + [("instagram", *row) for row in INSTAGRAM]


def meant(integration: str, response: Response, account: str = "1010") -> ActionFailed | None:
    scope = {"account": {"id": account}, "run": {"now": 0.0}, **read(response)}
    return failure(PROGRAMS.api(integration), (), scope, [])


@pytest.mark.parametrize(("integration", "code", "sub", "ours"), CASES)
def test_every_refusal_is_one_of_ours(
    desk: Any, integration: str, code: int, sub: int | None, ours: str
) -> None:
    error = meant(integration, desk.refusal(code, sub))
    assert error is not None
    assert error.code == ours
    assert error.provider["code"] == (f"{code}/{sub}" if sub else str(code))
    assert error.provider["request_id"] == "F1"
    assert error.message.endswith((".", '"'))


@pytest.mark.parametrize(
    ("integration", "sub", "ours"), [(name, sub, ours) for name, _, sub, ours in CASES if sub and sub != 4444]
)
def test_a_subcode_decides_whatever_the_code(desk: Any, integration: str, sub: int, ours: str) -> None:
    other = 506 if ours == "rate_limited" else 4
    error = meant(integration, desk.refusal(other, sub))
    assert error is not None
    assert error.code == ours


@pytest.mark.parametrize(
    ("integration", "words", "ours"),
    [
        ("meta", "Error: the session has been invalidated", "auth_expired"),
        ("instagram", "REVOKED_ACCESS_TOKEN", "auth_expired"),
        ("meta", "Page request limit reached", "quota_exceeded"),
        ("instagram", "The user is not an Instagram Business", "account_not_eligible"),
        ("instagram", "INSTAGRAM_PLATFORM_API__PERMISSION", "scope_missing"),
        ("instagram", "INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID", "invalid_input"),
        ("instagram", "Not enough viewers for the media to show insights", "not_found"),
    ],
)
def test_some_refusals_are_known_by_their_words(desk: Any, integration: str, words: str, ours: str) -> None:
    code = 10 if "viewers" in words else 27
    error = meant(integration, desk.refusal(code, message=words))
    assert error is not None
    assert error.code == ours


@pytest.mark.parametrize("integration", ["meta", "instagram"])
@pytest.mark.parametrize(
    ("response", "ours"),
    [
        (Response(502, {"content-type": "text/html"}, b"<html>"), "transient"),
        (answer({"error": {"code": 99999, "message": "?", "is_transient": True}}, 400), "transient"),
        (answer({"success": False}), "conflict"),
        (answer({"debug_info": {"retriable": False, "type": "OffsetInvalidError"}}, 412), "transient"),
        (answer({"debug_info": {"retriable": False, "type": "PartialRequestError"}}, 400), "transient"),
        (answer({"debug_info": {"retriable": True, "type": "ProcessingFailedError"}}, 400), "transient"),
        (
            answer({"debug_info": {"retriable": False, "type": "ProcessingFailedError"}}, 400),
            "media_rejected",
        ),
        (
            answer({"debug_info": {"retriable": False, "type": "NotAuthorizedError"}}, 400),
            "permission_denied",
        ),
    ],
)
def test_answers_of_another_form(integration: str, response: Response, ours: str) -> None:
    error = meant(integration, response)
    assert error is not None
    assert error.code == ours


def test_a_success_is_one() -> None:
    assert meant("meta", answer({"success": True})) is None
    assert meant("meta", answer({"data": []})) is None


@pytest.mark.parametrize(
    ("usage", "account", "seconds"),
    [
        ({"1010": [{"type": "pages", "estimated_time_to_regain_access": 7}]}, "1010", 420),
        ({"1010": [{"type": "pages", "estimated_time_to_regain_access": 0}]}, "1010", 3600),
        ({"2020": [{"type": "pages", "estimated_time_to_regain_access": 7}]}, "1010", 3600),
        (None, "1010", 3600),
    ],
)
def test_the_wait_is_told_in_minutes_by_a_header(desk: Any, usage: Any, account: str, seconds: float) -> None:
    refused = desk.refusal(80001, status=403)
    headers = {"x-business-use-case-usage": json.dumps(usage)} if usage else {}
    error = meant("meta", Response(403, {**refused.headers, **headers}, refused.body), account)
    assert error is not None
    assert (error.code, error.retry_after) == ("rate_limited", seconds)


def page_of(*ids: int, more: bool) -> Response:
    paging = {"cursors": {"before": "b", "after": f"after-{ids[-1]}"}}
    following = {"next": "https://graph.facebook.com/v26.0/1010/posts?after=x&access_token=EAA.leaked"}
    return answer(
        {"data": [{"id": f"1010_{i}"} for i in ids], "paging": paging | (following if more else {})}
    )


def test_a_list_goes_on_by_its_own_cursor_and_never_by_the_address_it_is_given(desk: Any) -> None:
    played = desk.play("list_posts", {"limit": 150}, page_of(1, 2, more=True), page_of(3, more=False))
    queries = [parse_qs(urlsplit(request.url).query) for request in played.requests]
    assert [query.get("after") for query in queries] == [None, ["after-2"]]
    assert [query["limit"] for query in queries] == [["100"], ["100"]]
    assert [post["id"] for post in played.value.output["posts"]] == ["1010_1", "1010_2", "1010_3"]
    assert played.value.output["has_more"] is False
    assert "leaked" not in str(played.value.output)


def test_shares_that_are_left_out_are_none_and_figures_that_are_left_out_unknown(desk: Any) -> None:
    metrics = desk.play("get_post", {"post_id": "1010_1"}, answer({"id": "1010_1"})).value.output["metrics"]
    assert metrics == {"shares": 0}


def figure(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "period": "lifetime", "values": [{"value": value}]}


def test_one_dead_figure_does_not_take_the_others_with_it(desk: Any) -> None:
    names = ["post_impressions", "post_media_view", "post_clicks"]
    played = desk.play(
        "get_post_insights",
        {"post_id": "1010_1", "metrics": names},
        desk.refusal(100),
        desk.refusal(100),
        answer({"data": [figure("post_media_view", 12)]}),
        answer({"data": [figure("post_clicks", 3)]}),
    )
    output = played.value.output
    assert output["metrics"] == {"views": 12, "clicks": 3}
    assert output["unavailable"] == [{"metric": "post_impressions", "reason": "(#100) no"}]
    asked = [parse_qs(urlsplit(request.url).query)["metric"][0] for request in played.requests]
    assert asked == [",".join(names), *names]


@pytest.mark.parametrize(
    ("refusal", "ours"),
    [((190, 460), "auth_expired"), ((200, None), "scope_missing"), ((4, None), "rate_limited"),
     ((100, 33), "not_found")],
)  # fmt: skip
def test_a_refusal_that_is_not_about_a_figure_is_no_figure_missing(
    desk: Any, refusal: tuple[int, int | None], ours: str
) -> None:
    given = {"post_id": "1010_1", "metrics": ["post_media_view"]}
    with pytest.raises(ActionFailed) as caught:
        desk.play("get_post_insights", given, desk.refusal(*refusal), desk.refusal(*refusal))
    assert caught.value.code == ours


def test_a_page_sees_itself_and_a_revoked_token_is_no_page(desk: Any) -> None:
    own = desk.play("list_pages", {}, desk.refusal(100), answer({"id": "1010", "name": "Harbor"}))
    assert own.value.output == {"pages": [{"id": "1010", "name": "Harbor"}], "has_more": False}
    with pytest.raises(ActionFailed) as caught:
        desk.play("list_pages", {}, desk.refusal(190, 463), desk.refusal(190, 463))
    assert caught.value.code == "auth_expired"


def test_a_message_without_text_has_none(desk: Any) -> None:
    files = {"data": [{"mime_type": "audio/mp4", "file_url": "https://cdn.example.com/a"}]}
    found = answer({"id": "m_1", "message": "", "attachments": files})
    output = desk.play("get_message", {"message_id": "m_1"}, found).value.output
    assert output == {
        "id": "m_1",
        "attachments": [{"kind": "audio", "url": "https://cdn.example.com/a", "mime_type": "audio/mp4"}],
    }
