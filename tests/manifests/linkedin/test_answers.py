"""What LinkedIn's refusals mean: the code, the words, how long to wait."""

from __future__ import annotations

from typing import Any

import pytest

from postwire.errors import ActionFailed
from postwire.testing import answer

POST = {"id": "urn:li:share:7"}
DAY = "Resource level throttle {} DAY limit for calls to this resource is reached."


@pytest.mark.parametrize(
    ("status", "more", "code"),
    [
        (400, {"code": "VERSION_MISSING"}, "internal"),
        (426, {"code": "NONEXISTENT_VERSION"}, "version_retired"),
        (426, {}, "version_retired"),
        (401, {"code": "INVALID_ACCESS_TOKEN", "serviceErrorCode": 65600}, "auth_expired"),
        (401, {"serviceErrorCode": 65600}, "auth_expired"),
        (401, {"code": "EMPTY_ACCESS_TOKEN", "serviceErrorCode": 65604}, "auth_expired"),
        (401, {"code": "REVOKED_ACCESS_TOKEN", "serviceErrorCode": 65601}, "auth_expired"),
        (401, {"code": "EXPIRED_ACCESS_TOKEN", "serviceErrorCode": 65602}, "auth_expired"),
        (401, {"code": "RESTRICTED_MEMBER", "serviceErrorCode": 65608}, "account_not_eligible"),
        (401, {"serviceErrorCode": 65608}, "account_not_eligible"),
        (403, {"message": "Not enough permissions to access: partnerApiPostsExternal.GET"}, "scope_missing"),
        (403, {"message": "Accessing this image resource is forbidden."}, "scope_missing"),
        (403, {"code": "ACCESS_DENIED", "message": "The actor is not an administrator"}, "permission_denied"),
        (403, {}, "permission_denied"),
        (404, {"code": "NOT_FOUND"}, "not_found"),
        (404, {"code": "RESOURCE_NOT_FOUND"}, "not_found"),
        (409, {"code": "CONFLICT"}, "conflict"),
        (410, {}, "conflict"),
        (400, {"code": "EXPIRED_UPLOAD_URL"}, "conflict"),
        (422, {"message": "Content is a duplicate of urn:li:share:1"}, "conflict"),
        (422, {"code": "UNPROCESSABLE_ENTITY"}, "invalid_input"),
        (422, {}, "invalid_input"),
        (400, {"code": "MISSING_FIELD"}, "invalid_input"),
        (400, {"code": "INVALID_VALUE_FOR_FIELD"}, "invalid_input"),
        (400, {"code": "INVALID_VALUE_BLANK_FIELD"}, "invalid_input"),
        (400, {"code": "FIELD_LENGTH_TOO_LONG"}, "invalid_input"),
        (400, {"code": "INVALID_URN_TYPE"}, "invalid_input"),
        (400, {"code": "INVALID_URN_ID"}, "invalid_input"),
        (400, {"code": "INVALID_URL"}, "invalid_input"),
        (400, {"code": "INVALID_CALL_TO_ACTION"}, "invalid_input"),
        (400, {"code": "INVALID_VIDEO_ID"}, "media_rejected"),
        (400, {"code": "MEDIA_ASSET_PROCESSING_FAILED"}, "media_rejected"),
        (400, {"code": "UPDATING_ASSET_FAILED"}, "media_rejected"),
        (413, {"code": "REQUEST_ENTITY_TOO_LARGE"}, "media_rejected"),
        (415, {"code": "UNSUPPORTED_MEDIA_TYPE"}, "media_rejected"),
        (400, {"message": "All chunks IDs must be signed"}, "internal"),
        (400, {"message": "Invalid query parameters passed to request"}, "internal"),
        (400, {"message": "Syntax exception in path variables"}, "internal"),
        (429, {"message": DAY.format("APPLICATION")}, "quota_exceeded"),
        (429, {"message": DAY.format("MEMBER")}, "quota_exceeded"),
        (429, {"message": "Comment create throttled"}, "rate_limited"),
        (429, {}, "rate_limited"),
        (500, {"code": "INTERNAL_SERVER_ERROR"}, "transient"),
        (503, {"code": "SERVICE_UNAVAILABLE"}, "transient"),
        (504, {}, "transient"),
    ],
)
def test_every_refusal_is_known(desk: Any, status: int, more: dict[str, Any], code: str) -> None:
    with pytest.raises(ActionFailed) as caught:
        desk.play("get_post", POST, desk.refusal(status, **more))
    error = caught.value
    assert error.code == code
    assert (error.provider["status"], error.provider["request_id"]) == (status, "AAY1")
    assert "${{" not in error.message + (error.remedy or "")


def test_an_answer_that_is_no_json_is_a_fault_too(desk: Any) -> None:
    with pytest.raises(ActionFailed) as caught:
        desk.play("get_post", POST, answer(b"<html>Bad gateway</html>", 502))
    assert caught.value.code == "transient"


@pytest.mark.parametrize(
    ("message", "seconds"),
    [(DAY.format("MEMBER"), 86_400 - 1_795_000_000 % 86_400), ("Comment create throttled", 60), ("", 60)],
)
def test_how_long_to_wait(desk: Any, message: str, seconds: float) -> None:
    """Quotas are renewed at 00:00 UTC; no header tells so."""
    with pytest.raises(ActionFailed) as caught:
        desk.play("get_post", POST, desk.refusal(429, message))
    assert caught.value.retry_after == seconds


def test_a_lone_service_code_is_told(desk: Any) -> None:
    with pytest.raises(ActionFailed) as caught:
        desk.play("get_post", POST, desk.refusal(401, "Invalid access token", serviceErrorCode=65600))
    assert caught.value.provider["code"] == "65600"


@pytest.mark.parametrize(
    ("scopes", "action", "given"),
    [
        ({"openid", "w_member_social"}, "get_post", POST),
        ({"openid", "w_member_social"}, "list_comments", POST),
        ({"openid", "w_member_social"}, "list_organizations", {}),
        ({"r_organization_social"}, "create_text_post", {"text": "x"}),
    ],
)
def test_a_missing_permission_is_told_before_anything_is_sent(
    desk: Any, scopes: set[str], action: str, given: dict[str, Any]
) -> None:
    with pytest.raises(ActionFailed) as caught:
        desk.play(action, given, scopes=scopes)
    assert (caught.value.code, caught.value.sent) == ("scope_missing", "no")
