"""What the Page's publishing actions send, what they refuse, and what they never send twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from postwire.errors import ActionFailed, InvalidInput, OutcomeUnknown
from postwire.testing import answer
from postwire.values import Lost

if TYPE_CHECKING:
    from postwire.media.value import MediaValue

MINUTE, DAY = 60, 86_400
POSTED = answer({"id": "1010_20", "permalink_url": "https://www.facebook.com/1010/posts/20"})
DONE = answer({"success": True})
LOST = Lost("maybe", "the connection broke")
STARTED = answer({"video_id": "50", "upload_url": "https://rupload.facebook.com/video-upload/v26.0/50"})


def at(now: float, seconds: float) -> str:
    return (datetime.fromtimestamp(now, UTC) + timedelta(seconds=seconds)).isoformat()


def mistakes(caught: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [field.path for field in caught.value.fields]


@pytest.mark.parametrize(
    ("action", "given", "days"),
    [
        ("create_text_post", {"message": "Rolls"}, 30),
        ("create_photo_post", {"photo_urls": ["https://m.example.com/1.jpg"]}, 30),
        ("create_video_post", {"video_url": "https://m.example.com/1.mp4"}, 30),
        ("create_reel", {"video_url": "https://m.example.com/1.mp4"}, 29),
        ("reschedule_post", {"post_id": "1010_20"}, 30),
        ("update_video", {"video_id": "50"}, 30),
    ],
)
@pytest.mark.parametrize("beside", ["early", "late"])
def test_a_time_outside_of_the_window_sends_nothing(
    desk: Any, action: str, given: dict[str, Any], days: int, beside: str
) -> None:
    seconds = 10 * MINUTE - 1 if beside == "early" else days * DAY + 1
    with pytest.raises(InvalidInput, match=f"to {days} days") as caught:
        desk.play(action, {**given, "scheduled_publish_time": at(desk.now, seconds)})
    assert mistakes(caught) == ["/scheduled_publish_time"]


@pytest.mark.parametrize("seconds", [10 * MINUTE, 30 * DAY])
def test_a_planned_post_is_unpublished_and_has_its_time(desk: Any, seconds: int) -> None:
    given = {"message": "Rolls", "scheduled_publish_time": at(desk.now, seconds)}
    played = desk.play("create_text_post", given, POSTED)
    assert desk.body(played.requests[0]) == {
        "message": "Rolls",
        "published": False,
        "scheduled_publish_time": desk.now + seconds,
        "unpublished_content_type": "SCHEDULED",
    }
    assert played.value.output["status"] == "scheduled"


def test_a_draft_is_told_as_such_and_has_no_time(desk: Any) -> None:
    played = desk.play("create_text_post", {"message": "Rolls", "draft": True}, POSTED)
    body = {"message": "Rolls", "published": False, "unpublished_content_type": "DRAFT"}
    assert desk.body(played.requests[0]) == body
    given = {"message": "Rolls", "draft": True, "scheduled_publish_time": at(desk.now, DAY)}
    with pytest.raises(InvalidInput) as caught:
        desk.play("create_text_post", given)
    assert mistakes(caught) == ["/draft"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, "/message"),
        ({"message": "x", "call_to_action": "SHOP_NOW"}, "/link"),
        ({"message": "x", "child_attachments": [{"link": "https://a.example"}] * 2}, "/link"),
        ({"message": "x", "tags": ["1"]}, "/tags"),
        ({"message": "x" * 131, "text_format_preset_id": "1"}, "/text_format_preset_id"),
        ({"link": "https://a.example", "text_format_preset_id": "1"}, "/text_format_preset_id"),
        ({"link": "https://a.example", "child_attachments": [{"link": "https://a.example"}] * 6},
         "/child_attachments"),
        ({"message": "x", "backdated_time": "2027-01-01T00:00:00Z"}, "/backdated_time"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_sends_nothing(desk: Any, given: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        desk.play("create_text_post", given)
    assert path in mistakes(caught)


def test_a_button_leads_where_the_link_does(desk: Any) -> None:
    given = {"link": "https://a.example/", "call_to_action": "SHOP_NOW"}
    button = desk.body(desk.play("create_text_post", given, POSTED).requests[0])["call_to_action"]
    assert button == {"type": "SHOP_NOW", "value": {"link": "https://a.example/"}}
    given = {"message": "x", "call_to_action": "MESSAGE_PAGE"}
    button = desk.body(desk.play("create_text_post", given, POSTED).requests[0])["call_to_action"]
    assert button == {"type": "MESSAGE_PAGE"}


@pytest.mark.parametrize("lost", [LOST, None])
def test_a_post_is_never_sent_twice(desk: Any, lost: Any) -> None:
    answers = [lost or desk.refusal(2, status=500)] * 4
    with pytest.raises(OutcomeUnknown) as caught:
        desk.play("create_text_post", {"message": "Rolls"}, *answers, attempts=4)
    assert caught.value.step == "post/request"


def test_photos_keep_their_order_and_their_words(desk: Any, photo: MediaValue) -> None:
    given = {
        "photos": [photo, photo],
        "alt_texts": ["One", "Two"],
        "scheduled_publish_time": at(desk.now, DAY),
    }
    played = desk.play("create_photo_post", given, answer({"id": "31"}), answer({"id": "32"}), POSTED)
    staged = [desk.fields(request) for request in played.requests[:2]]
    assert [fields["alt_text_custom"] for fields in staged] == ["One", "Two"]
    assert all((fields["published"], fields["temporary"]) == ("false", "true") for fields in staged)
    assert desk.body(played.requests[2])["attached_media"] == [{"media_fbid": "31"}, {"media_fbid": "32"}]
    assert played.value.output["photo_ids"] == ["31", "32"]


def test_staging_a_photo_may_be_repeated_but_posting_it_may_not(desk: Any) -> None:
    given = {"photo_urls": ["https://m.example.com/1.jpg"]}
    answers = [LOST, answer({"id": "31"}), LOST]
    with pytest.raises(OutcomeUnknown) as caught:
        desk.play("create_photo_post", given, *answers, attempts=4)
    assert caught.value.step == "post/request"


def test_a_video_goes_in_the_parts_that_facebook_asks_for(desk: Any, film: MediaValue) -> None:
    size = film.size
    start = {"upload_session_id": "7", "video_id": "40", "start_offset": "0", "end_offset": "1048576"}
    following = [str(offset) for offset in (1_048_576, 2_097_152, size)]
    played = desk.play(
        "create_video_post",
        {"video": film, "wait": False, "content_tags": ["a"], "call_to_action": {"type": "SHOP_NOW"}},
        answer(start),
        *[answer({"start_offset": offset, "end_offset": offset}) for offset in following],
        DONE,
    )
    parts = [desk.fields(request) for request in played.requests[1:4]]
    assert [part["start_offset"] for part in parts] == ["0", "1048576", "2097152"]
    assert [part["video_file_chunk"].size for part in parts] == [1_048_576, 1_048_576, size - 2_097_152]
    assert all(urlsplit(request.url).netloc == "graph-video.facebook.com" for request in played.requests)
    finish = desk.fields(played.requests[-1])
    assert (finish["upload_phase"], finish["content_tags"]) == ("finish", '["a"]')
    assert finish["call_to_action"] == '{"type":"SHOP_NOW"}'
    assert played.value.output == {"id": "40", "status": "processing", "video_id": "40"}


@pytest.mark.parametrize("reached", [0, 1_048_576, 2_097_152, None])
def test_a_video_goes_on_where_facebook_is(desk: Any, film: MediaValue, reached: int | None) -> None:
    size = film.size
    offsets = [0, 1_048_576, 2_097_152, size]
    start = {"upload_session_id": "7", "video_id": "40", "start_offset": "0", "end_offset": "1048576"}
    place = size if reached is None else reached
    wrong = {"code": 6000, "error_subcode": 1363037, "error_data": {"start_offset": str(place)}}
    played = desk.play(
        "create_video_post",
        {"video": film, "wait": False},
        answer(start),
        answer({"start_offset": "1048576"}),
        answer({"error": wrong}, status=400),
        *[answer({"start_offset": str(end)}) for begin, end in pairwise(offsets) if begin >= place],
        DONE,
    )
    parts = [desk.fields(request).get("start_offset") for request in played.requests[1:-1]]
    assert parts == ["0", "1048576", *[str(offset) for offset in offsets[:-1] if offset >= place]]
    assert played.value.output["id"] == "40"


def test_a_video_that_is_not_whole_is_not_published(desk: Any, film: MediaValue) -> None:
    start = {"upload_session_id": "7", "video_id": "40", "start_offset": "0", "end_offset": str(film.size)}
    with pytest.raises(ActionFailed, match="whole file"):
        desk.play("create_video_post", {"video": film}, answer(start), answer({"start_offset": "9"}))


def test_a_reel_is_sent_whole_with_the_pages_token_of_another_scheme(desk: Any, film: MediaValue) -> None:
    state = desk.state("ready", published=True, uploading="complete")
    played = desk.play("create_reel", {"video": film, "message": "Rolls"}, STARTED, DONE, DONE, state)
    upload = played.requests[1]
    assert upload.url == "https://rupload.facebook.com/video-upload/v26.0/50"
    assert (upload.headers["offset"], upload.headers["file_size"]) == ("0", str(film.size))
    assert upload.credential is not None
    assert upload.credential.value.reveal() == "OAuth EAA.test"
    finish = desk.body(played.requests[2])
    assert finish == {
        "upload_phase": "finish",
        "video_id": "50",
        "video_state": "PUBLISHED",
        "description": "Rolls",
    }
    assert played.value.output["status"] == "published"


def test_a_reel_that_facebook_fetches_has_no_body(desk: Any) -> None:
    given = {"video_url": "https://m.example.com/1.mp4", "wait": False}
    played = desk.play("create_reel", given, STARTED, DONE, DONE)
    assert played.requests[1].headers["file_url"] == "https://m.example.com/1.mp4"
    assert played.requests[1].body == b""


def test_an_upload_host_of_someone_else_gets_nothing(desk: Any, film: MediaValue) -> None:
    started = answer({"video_id": "50", "upload_url": "https://rupload.example.com/50"})
    with pytest.raises(ActionFailed, match="does not declare"):
        desk.play("create_reel", {"video": film}, started)


def test_processing_that_takes_too_long_is_pending_and_not_failed(desk: Any) -> None:
    given = {"video_url": "https://m.example.com/1.mp4"}
    played = desk.play("create_reel", given, STARTED, DONE, DONE, *[desk.state("processing")] * 200)
    assert played.value.state == "pending"
    assert played.value.output["status"] == "processing"
    assert sum(played.waits) <= 600


@pytest.mark.parametrize("phase", ["uploading", "processing", "publishing"])
def test_processing_that_fails_says_so(desk: Any, phase: str) -> None:
    given = {"video_url": "https://m.example.com/1.mp4"}
    with pytest.raises(ActionFailed) as caught:
        desk.play("create_reel", given, STARTED, DONE, DONE, desk.state("processing", **{phase: "error"}))
    assert caught.value.code == "media_rejected"


@pytest.mark.parametrize("last", [LOST, None])
def test_the_last_call_of_a_story_is_never_repeated(desk: Any, photo: MediaValue, last: Any) -> None:
    last = last or desk.refusal(1, status=500)
    with pytest.raises(OutcomeUnknown) as caught:
        desk.play("create_story", {"photo": photo}, answer({"id": "31"}), last, DONE, attempts=4)
    assert caught.value.step == "shown_photo"


def test_a_video_story_is_shown_only_when_it_is_processed(desk: Any, film: MediaValue) -> None:
    busy = desk.state("processing", uploading="complete", processing="in_progress")
    ready = desk.state("processing", uploading="complete", processing="complete")
    shown = answer({"success": True, "post_id": "61"})
    played = desk.play("create_story", {"video": film}, STARTED, DONE, busy, ready, shown)
    assert desk.keys(played) == ["start", "bytes/file", "processed", "processed#2", "shown_video"]
    assert played.value.output["url"] == "https://www.facebook.com/stories/61"


def test_a_story_that_is_not_processed_in_time_was_not_shown(desk: Any, film: MediaValue) -> None:
    played = desk.play("create_story", {"video": film}, STARTED, DONE, *[desk.state("processing")] * 200)
    assert played.value.state == "pending"
    assert played.value.output == {"video_id": "50"}


@pytest.mark.parametrize(
    "given", [{}, {"photo_url": "https://a.example/1.jpg", "video_url": "https://a.example/1.mp4"}]
)
def test_a_story_has_one_thing_in_it(desk: Any, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        desk.play("create_story", given)


def test_the_answer_to_a_reply_goes_to_the_comment_above(desk: Any) -> None:
    level = answer({"id": "20_72", "parent": {"id": "20_70"}})
    played = desk.play(
        "reply_to_comment", {"comment_id": "20_72", "message": "x"}, level, answer({"id": "20_73"})
    )
    assert urlsplit(played.requests[1].url).path == "/v26.0/20_70/comments"
    assert played.value.output == {"id": "20_73", "parent_id": "20_70"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": "Hello"}, {"text": "Hello"}),
        ({"attachment_url": "https://a.example/v", "attachment_kind": "video"},
         {"attachment": {"type": "video", "payload": {"url": "https://a.example/v", "is_reusable": False}}}),
        ({"attachment_id": "9"}, {"attachment": {"type": "image", "payload": {"attachment_id": "9"}}}),
    ],
)  # fmt: skip
def test_a_message_has_one_thing_in_it(desk: Any, given: dict[str, Any], message: Any) -> None:
    sent = answer({"recipient_id": "333", "message_id": "m_1"})
    played = desk.play("send_message", {"recipient_id": "333", **given}, sent)
    assert desk.body(played.requests[0]) == {
        "recipient": {"id": "333"},
        "messaging_type": "RESPONSE",
        "message": message,
    }
    with pytest.raises(InvalidInput):
        desk.play(
            "send_message", {"recipient_id": "333", "text": "Hello", "attachment_url": "https://a.example/1"}
        )


def test_a_message_with_a_file_of_ones_own(desk: Any, photo: MediaValue) -> None:
    sent = answer({"recipient_id": "333", "message_id": "m_1"})
    fields = desk.fields(
        desk.play("send_message", {"recipient_id": "333", "attachment": photo}, sent).requests[0]
    )
    assert fields["recipient"] == '{"id":"333"}'
    assert fields["message"] == '{"attachment":{"type":"image","payload":{"is_reusable":false}}}'
    assert fields["filedata"].size == photo.size


def test_opening_hours_become_facebooks_one_map(desk: Any) -> None:
    hours = [
        {"day": "mon", "open": "07:00", "close": "12:00"},
        {"day": "mon", "turn": 2, "open": "14:00", "close": "18:00"},
    ]
    body = desk.body(desk.play("update_page", {"hours": hours}, DONE).requests[0])
    assert body == {
        "hours": {
            "mon_1_open": "07:00",
            "mon_1_close": "12:00",
            "mon_2_open": "14:00",
            "mon_2_close": "18:00",
        }
    }


def test_what_is_not_given_is_not_changed(desk: Any) -> None:
    played = desk.play("update_post", {"post_id": "1010_20", "is_hidden": False}, DONE)
    assert desk.body(played.requests[0]) == {"is_hidden": False}


def test_an_account_without_an_id_is_me(desk: Any) -> None:
    played = desk.play("list_posts", {}, answer({"data": []}), id="")
    assert urlsplit(played.requests[0].url).path == "/v26.0/me/posts"
    assert parse_qs(urlsplit(played.requests[0].url).query)["limit"] == ["25"]
