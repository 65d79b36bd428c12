"""Following a TikTok post to its end: ids, links, time-outs, reasons of failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire.errors import ActionFailed
from postwire.values import Response

if TYPE_CHECKING:
    from postwire.media.value import MediaValue

BIG = "7500000000000000777"  # above 2**53: a float would round it


@pytest.mark.parametrize(
    "data",
    [
        {"publicaly_available_post_id": [int(BIG)]},
        {"publicaly_available_post_id": [BIG]},
        {"publicaly_available_post_id": BIG},
        {"publicly_available_post_id": [int(BIG)]},
    ],
)
@pytest.mark.parametrize("action", ["get_post_status", "wait_for_post"])
def test_public_ids_keep_every_digit(desk: Any, action: str, data: dict[str, Any]) -> None:
    result = desk.play(action, {"publish_id": "p"}, desk.status("PUBLISH_COMPLETE", **data)).result()
    assert result["publicaly_available_post_id"] == [BIG]
    assert result["id"] == BIG
    assert result.output.get("publicly_available_post_id", [BIG]) == [BIG]


@pytest.mark.parametrize(
    "data", [{}, {"publicaly_available_post_id": []}, {"publicaly_available_post_id": None}]
)
def test_published_without_a_public_id_is_normal(desk: Any, data: dict[str, Any]) -> None:
    result = desk.play(
        "get_post_status", {"publish_id": "p"}, desk.status("PUBLISH_COMPLETE", **data)
    ).result()
    assert result.state == "done"
    assert result["publicaly_available_post_id"] == []
    assert "id" not in result.output


def test_a_public_post_is_waited_for_until_it_has_its_link(desk: Any, video: MediaValue) -> None:
    play = desk.publish(
        video,
        "PUBLIC_TO_EVERYONE",
        desk.status("PROCESSING_UPLOAD"),
        desk.status("PUBLISH_COMPLETE"),
        desk.status("PUBLISH_COMPLETE", publicaly_available_post_id=[]),
        desk.status("PUBLISH_COMPLETE", publicaly_available_post_id=[int(BIG)]),
    )
    result = play.result()
    assert result.state == "done"
    assert result["url"] == f"https://www.tiktok.com/@simstudio/video/{BIG}"


def test_a_private_post_is_done_without_a_link(desk: Any, video: MediaValue) -> None:
    play = desk.publish(video, "SELF_ONLY", desk.status("PUBLISH_COMPLETE", publicaly_available_post_id=[]))
    result = play.result()
    assert result.state == "done"
    assert not result.output.keys() & {"id", "url"}
    assert play.waited == 0


@pytest.mark.parametrize(("word", "longest"), [("PROCESSING_UPLOAD", 600), ("PUBLISH_COMPLETE", 180)])
def test_time_over_is_pending_and_names_the_post(
    desk: Any, video: MediaValue, word: str, longest: float
) -> None:
    play = desk.publish(video, "PUBLIC_TO_EVERYONE", desk.status(word))
    result = play.result()
    assert result.state == "pending"
    assert result["publish_id"] == desk.init["publish_id"]
    assert result["status"] == word
    assert longest - 10 <= play.waited <= longest


def test_a_status_that_cannot_be_read_is_no_failed_post(desk: Any, video: MediaValue) -> None:
    result = desk.publish(video, "SELF_ONLY", Response(502, {}, b"<html>")).result()
    assert result.state == "pending"
    assert result["publish_id"] == desk.init["publish_id"]
    assert result.warnings


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("file_format_check_failed", "media_rejected"),
        ("duration_check_failed", "media_rejected"),
        ("frame_rate_check_failed", "media_rejected"),
        ("picture_size_check_failed", "media_rejected"),
        ("internal", "transient"),
        ("video_pull_failed", "transient"),
        ("photo_pull_failed", "transient"),
        ("publish_cancelled", "cancelled"),
        ("user_cancel", "cancelled"),
        ("auth_removed", "auth_expired"),
        ("spam_risk_too_many_posts", "quota_exceeded"),
        ("spam_risk_user_banned_from_posting", "policy_blocked"),
        ("spam_risk_text", "policy_blocked"),
        ("spam_risk", "policy_blocked"),
        ("privacy_level_check_failed", "invalid_input"),
        ("something_new", "media_rejected"),
        (None, "media_rejected"),
    ],
)
def test_fail_reasons(desk: Any, video: MediaValue, reason: str | None, code: str) -> None:
    failed = desk.status("FAILED", **({"fail_reason": reason} if reason else {}))
    assert desk.play("get_post_status", {"publish_id": "p"}, failed).result()["error_code"] == code
    with pytest.raises(ActionFailed) as caught:
        desk.publish(video, "SELF_ONLY", failed).result()
    assert caught.value.code == code
    assert caught.value.saved["post.publish_id"] == desk.init["publish_id"]
