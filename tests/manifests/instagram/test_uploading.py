"""Own bytes on Instagram: who may upload, where to, and how an upload that broke off goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire.errors import ActionFailed

if TYPE_CHECKING:
    from postwire.media.value import MediaValue


@pytest.mark.parametrize("action", ["create_video_post", "create_story"])
def test_own_bytes_need_the_login_through_facebook(desk: Any, video: MediaValue, action: str) -> None:
    play = desk.play(action, {"video": video}, *desk.published())
    with pytest.raises(ActionFailed, match="cannot upload a file") as caught:
        play.result()
    assert caught.value.code == "account_not_eligible"
    assert "video_url" in caught.value.remedy
    assert play.sent == []


@pytest.mark.parametrize("action", ["create_video_post", "create_story"])
def test_own_bytes_go_to_the_upload_host(desk: Any, video: MediaValue, action: str) -> None:
    made, *rest = desk.published()
    play = desk.play(action, {"video": video}, made, desk.ok({"success": True}), *rest, flavour="facebook")
    assert play.result()["id"] == desk.post
    assert play.body(0)["upload_type"] == "resumable"
    assert "video_url" not in play.body(0)
    sent = play.sent[1]
    assert sent.url == f"https://rupload.facebook.com/ig-api-upload/v26.0/{desk.container}"
    assert (sent.headers["offset"], sent.headers["file_size"]) == ("0", str(video.size))
    assert sent.credential.value.reveal() == "OAuth IGAAtest"


def _place(desk: Any, received: int | None, phase: str = "not_started") -> Any:
    return desk.ok(
        {
            "id": desk.container,
            "video_status": {
                "uploading_phase": {} if received is None else {"bytes_transferred": received},
                "processing_phase": {"status": phase},
            },
        }
    )


@pytest.mark.parametrize("kind", ["OffsetInvalidError", "PartialRequestError"])
@pytest.mark.parametrize("received", [0, 20_000])
def test_a_broken_upload_goes_on_where_instagram_stands(
    desk: Any, video: MediaValue, kind: str, received: int
) -> None:
    broken = desk.ok({"debug_info": {"retriable": True, "type": kind, "message": ""}}, 412)
    made, *rest = desk.published()
    play = desk.play(
        "create_video_post",
        {"video": video},
        made,
        broken,
        _place(desk, received),
        desk.ok({"success": True}),
        *rest,
        flavour="facebook",
    )
    assert play.result()["id"] == desk.post
    assert [r.headers.get("offset") for r in play.sent if "rupload" in r.url] == ["0", str(received)]
    assert play.sent[3].body.size == video.size - received


@pytest.mark.parametrize("phase", ["not_started", "complete"])
def test_a_whole_upload_is_not_sent_again(desk: Any, video: MediaValue, phase: str) -> None:
    refused = desk.ok({"debug_info": {"retriable": False, "type": "ProcessingFailedError"}}, 400)
    made, *rest = desk.published()
    play = desk.play(
        "create_video_post",
        {"video": video},
        made,
        desk.lost,
        refused,
        _place(desk, video.size, phase),
        *rest,
        flavour="facebook",
    )
    assert play.result()["id"] == desk.post


@pytest.mark.parametrize(("received", "phase"), [(0, "not_started"), (39_977, "error")])
def test_a_rejected_file_says_so(desk: Any, video: MediaValue, received: int, phase: str) -> None:
    refused = desk.ok({"debug_info": {"retriable": False, "type": "ProcessingFailedError"}}, 400)
    values = {"video": video}
    play = desk.play(
        "create_video_post", values, desk.made(), refused, _place(desk, received, phase), flavour="facebook"
    )
    with pytest.raises(ActionFailed) as caught:
        play.result()
    assert caught.value.code == "media_rejected"


def test_an_upload_that_cannot_be_reached_is_no_unknown_post(desk: Any, video: MediaValue) -> None:
    play = desk.play("create_video_post", {"video": video}, desk.made(), desk.lost, flavour="facebook")
    with pytest.raises(ActionFailed) as caught:
        play.result()
    assert caught.value.code == "transient"
    assert caught.value.saved["container.id"] == desk.container


@pytest.mark.parametrize("received", [None, 20_000])
def test_an_upload_is_taken_up_later(desk: Any, video: MediaValue, received: int | None) -> None:
    values = {"container_id": desk.container, "video": video}
    answers = (_place(desk, received), desk.ok({"success": True}))
    play = desk.play("upload_container_video", values, *answers, flavour="facebook")
    assert play.result()["bytes"] == video.size
    assert play.sent[1].headers["offset"] == str(received or 0)
