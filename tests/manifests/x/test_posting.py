"""What X's posting actions send, in what order, and when they stop."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from postwire.accounts.account import Account
from postwire.decide.programs import Programs
from postwire.decide.retry import Policy
from postwire.errors import ActionFailed, InvalidInput, OutcomeUnknown
from postwire.flow import run
from postwire.language.catalog import Catalog
from postwire.media.value import MediaValue
from postwire.testing import Played, answer, play
from postwire.values import Lost, Multipart, Request, Response, Slice

if TYPE_CHECKING:
    from collections.abc import Iterable

PROGRAMS = Programs(Catalog())
DUPLICATE = answer({"title": "Forbidden", "type": "about:blank", "detail": "…with duplicate content."}, 403)
UPLOADED = answer({"data": {"id": "31", "media_key": "3_31"}})


def made(number: int) -> Response:
    return answer({"data": {"id": str(number), "text": "t", "edit_history_tweet_ids": [str(number)]}}, 201)


def state(word: str | None) -> Response:
    info = {"processing_info": {"state": word, "check_after_secs": 7}} if word else {}
    return answer({"data": {"id": "71", "media_key": "7_71", **info}})


def start(action: str, given: dict[str, Any], answers: Iterable[Any], *, attempts: int = 1) -> Played:
    program = PROGRAMS.get(f"x.{action}")
    values, _ = program.input.prepare(given)
    account = Account("x", "t", id="7")
    policy = Policy(attempts=attempts)
    return play(run(program, values, account, now=1_795_000_000, run_id="r", policy=policy), answers)


def body(request: Request) -> Any:
    assert isinstance(request.body, bytes)
    return json.loads(request.body)


def paths(played: Played) -> list[str]:
    return [urlsplit(request.url).path.removeprefix("/2") for request in played.requests]


def sized(media: MediaValue, size: int, **facts: Any) -> MediaValue:
    """A file that claims to be so large: nothing reads it here."""
    probe = dataclasses.replace(media.media.probe, **facts)
    return MediaValue(dataclasses.replace(media.media, size=size, probe=probe))


def test_a_text_alone_is_all_that_is_sent() -> None:
    result = start("create_text_post", {"text": "Hi"}, [made(1)])
    assert [body(request) for request in result.requests] == [{"text": "Hi"}]
    assert result.value.output["url"] == "https://x.com/i/web/status/1"


@pytest.mark.parametrize(
    ("action", "given", "sent"),
    [
        (
            "create_poll_post",
            {"text": "a", "poll_options": ["b", "c"]},
            {"poll": {"options": ["b", "c"], "duration_minutes": 1440}},
        ),
        ("reply_to_post", {"post_id": "9", "text": "a"}, {"reply": {"in_reply_to_tweet_id": "9"}}),
        ("quote_post", {"post_id": "9", "text": "a"}, {"quote_tweet_id": "9"}),
        ("update_post", {"post_id": "9", "text": "a"}, {"edit_options": {"previous_post_id": "9"}}),
        ("create_text_post", {"text": "a", "place_id": "p"}, {"geo": {"place_id": "p"}}),
        ("create_long_post", {"text": "a", "media_ids": ["3"]}, {"media": {"media_ids": ["3"]}}),
        (
            "create_text_post",
            {"text": "a", "community_id": "5", "share_with_followers": False, "nullcast": True},
            {"community_id": "5", "share_with_followers": False, "nullcast": True},
        ),
    ],
)
def test_each_kind_of_post_has_its_own_words(
    action: str, given: dict[str, Any], sent: dict[str, Any]
) -> None:
    result = start(action, given, [made(1)])
    assert body(result.requests[0]) == {"text": "a", **sent}


@pytest.mark.parametrize(
    "outcome", [Lost("maybe", "timed out"), answer({"title": "x"}, 500), answer({"title": "x"}, 504)]
)
def test_a_post_whose_answer_is_lost_is_never_sent_again(outcome: Any) -> None:
    answers = iter([outcome])
    with pytest.raises(OutcomeUnknown):
        start("create_text_post", {"text": "Hi"}, answers, attempts=4)
    assert next(answers, None) is None


def test_the_text_is_weighed_before_anything_is_sent() -> None:
    schema = PROGRAMS.get("x.create_text_post").input
    link = "https://example.com/" + "a" * 400
    for text, fits in (("日" * 140, True), ("日" * 141, False), (f"{'a' * 256} {link}", True), ("", False)):
        assert (schema.mistakes(*schema.prepare({"text": text})) == []) is fits, text
    long = PROGRAMS.get("x.create_long_post").input
    assert long.mistakes(*long.prepare({"text": "日" * 12_500})) == []
    assert long.mistakes(*long.prepare({"text": "日" * 12_501})) != []


def test_photos_go_whole_and_their_descriptions_before_the_post(kinds: dict[str, MediaValue]) -> None:
    photo = kinds["image/png"]
    given = {"images": [photo, photo], "alt_texts": ["A boat"], "text": "Hi"}
    second = answer({"data": {"id": "32"}})
    result = start("create_photo_post", given, [UPLOADED, answer({"data": {"id": "31"}}), second, made(1)])
    assert paths(result) == ["/media/upload", "/media/metadata", "/media/upload", "/tweets"]
    form = result.requests[0].body
    assert isinstance(form, Multipart)
    assert dict(form.fields)["media_category"] == "tweet_image"
    assert body(result.requests[1]) == {"id": "31", "metadata": {"alt_text": {"text": "A boat"}}}
    assert body(result.requests[3]) == {"text": "Hi", "media": {"media_ids": ["31", "32"]}}


@pytest.mark.parametrize(
    ("size", "parts", "last"),
    [
        (4_000_000, 1, 4_000_000),
        (4_000_001, 2, 1),
        (511_999_999, 128, 3_999_999),
        (8_000_000_000, 1000, 8_000_000),
    ],
)
def test_a_video_goes_in_at_most_a_thousand_parts(
    kinds: dict[str, MediaValue], size: int, parts: int, last: int
) -> None:
    given = {"video": sized(kinds["video/mp4"], size), "long_video": size > 512_000_000}
    done = [answer({"data": {"expires_at": 1}})] * parts
    result = start("create_video_post", given, [state(None), *done, state(None), made(1)])
    appends = [request for request in result.requests if request.url.endswith("/append")]
    fields = [
        dict(form.fields) for form in (request.body for request in appends) if isinstance(form, Multipart)
    ]
    assert sorted(int(str(field["segment_index"])) for field in fields) == list(range(parts))
    media = [field["media"] for field in fields]
    assert [part.size for part in media if isinstance(part, Slice)][-1] == last
    begun = body(result.requests[0])
    assert begun["total_bytes"] == size
    assert begun["media_category"] == ("amplify_video" if size > 512_000_000 else "tweet_video")


def test_a_video_is_posted_when_x_has_processed_it(kinds: dict[str, MediaValue]) -> None:
    waiting = [state("pending"), state("in_progress"), state("in_progress"), state("succeeded")]
    answers = [state(None), answer(status=204), *waiting, made(1)]
    result = start("create_video_post", {"video": kinds["video/mp4"]}, answers)
    assert result.waits == [7, 7]
    assert paths(result)[-2:] == ["/media/upload", "/tweets"]
    assert body(result.requests[-1])["media"] == {"media_ids": ["71"]}


def test_what_x_cannot_process_is_not_posted(kinds: dict[str, MediaValue]) -> None:
    info = {"state": "failed", "error": {"code": 1, "message": "Unsupported video format"}}
    failed = answer({"data": {"id": "71", "processing_info": info}})
    with pytest.raises(ActionFailed, match="Unsupported video format") as caught:
        start(
            "create_video_post",
            {"video": kinds["video/mp4"]},
            [state(None), state(None), state("pending"), failed],
        )
    assert caught.value.code == "media_rejected"
    assert caught.value.saved["file.id"] == "71"


def test_a_video_that_takes_too_long_is_pending_and_can_be_posted_later(kinds: dict[str, MediaValue]) -> None:
    busy = [state("in_progress")] * 200
    first = start("create_video_post", {"video": kinds["video/mp4"]}, [state(None), state(None), *busy])
    assert first.value.state == "pending"
    assert first.value.output == {"media_id": "71"}
    assert "/tweets" not in paths(first)
    later = start("create_video_post", {"media_id": "71"}, [state("succeeded"), made(1)])
    assert later.value.output["id"] == "1"
    assert paths(later) == ["/media/upload", "/tweets"]


@pytest.mark.parametrize(
    ("size", "seconds", "long", "fits"),
    [
        (1000, 140, False, True),
        (1000, 141, False, False),
        (1000, 3600, True, True),
        (512_000_000, 3, False, True),
        (512_000_001, 3, False, False),
    ],
)
def test_long_videos_have_to_be_asked_for(
    kinds: dict[str, MediaValue], size: int, seconds: float, long: bool, fits: bool
) -> None:
    video = sized(kinds["video/mp4"], size, seconds=seconds)
    answers = [state(None)] * 200 + [made(1)]
    if fits:
        assert start("create_video_post", {"video": video, "long_video": long}, [state(None)] * 131).requests
        return
    with pytest.raises(InvalidInput, match="/video"):
        start("create_video_post", {"video": video, "long_video": long}, answers)


THREE = {"posts": [{"text": "a"}, {"text": "b"}, {"text": "c"}]}


def replies(played: Played) -> list[str | None]:
    posts = [body(request) for request in played.requests if request.url.endswith("/2/tweets")]
    return [post.get("reply", {}).get("in_reply_to_tweet_id") for post in posts]


def test_each_post_of_a_thread_answers_the_one_before() -> None:
    given = {**THREE, "reply_to": "9", "reply_settings": "following"}
    result = start("create_thread", given, [made(1), made(2), made(3)])
    assert replies(result) == ["9", "1", "2"]
    assert [body(request).get("reply_settings") for request in result.requests] == ["following", None, None]
    assert result.value.output["ids"] == ["1", "2", "3"]


@pytest.mark.parametrize("trouble", [DUPLICATE, Lost("maybe", "timed out")])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_thread_that_breaks_off_goes_on_behind_what_was_posted(trouble: Any, before: int) -> None:
    with pytest.raises(ActionFailed) as caught:
        start("create_thread", THREE, [*(made(i + 1) for i in range(before)), trouble])
    so_far = caught.value.saved.get("thread.items", [])
    assert so_far == [str(i + 1) for i in range(before)]
    rest = [made(i + 1) for i in range(before, 3)]
    result = start("create_thread", {**THREE, "continue_from": so_far}, rest)
    assert [body(request)["text"] for request in result.requests] == list("abc")[before:]
    assert replies(result)[0] == (str(before) if before else None)
    assert result.value.output["ids"] == ["1", "2", "3"]


def test_a_thread_that_is_all_there_sends_nothing() -> None:
    result = start("create_thread", {**THREE, "continue_from": ["1", "2", "3"]}, [])
    assert result.value.output["ids"] == ["1", "2", "3"]
    with pytest.raises(InvalidInput, match="/continue_from"):
        start("create_thread", {**THREE, "continue_from": ["1", "2", "3", "4"]}, [])


def test_a_thread_uploads_everything_before_it_posts(kinds: dict[str, MediaValue]) -> None:
    photo = kinds["image/png"]
    posts = [{"text": "a"}, {"text": "b", "images": [photo], "alt_texts": ["A boat"]}]
    result = start(
        "create_thread", {"posts": posts}, [UPLOADED, answer({"data": {"id": "31"}}), made(1), made(2)]
    )
    assert paths(result) == ["/media/upload", "/media/metadata", "/tweets", "/tweets"]
    assert [body(request).get("media") for request in result.requests[2:]] == [None, {"media_ids": ["31"]}]
    rest = start("create_thread", {"posts": posts[::-1], "continue_from": ["1"]}, [made(2)])
    assert paths(rest) == ["/tweets"]  # what is posted already is not uploaded again


@pytest.mark.parametrize(
    ("kind", "category", "chunked"),
    [("image/png", "dm_image", False), ("image/gif", "dm_gif", True), ("video/mp4", "dm_video", True)],
)
def test_files_of_messages_have_their_own_category(
    kinds: dict[str, MediaValue], kind: str, category: str, chunked: bool
) -> None:
    upload = [state(None)] * 3 if chunked else [UPLOADED]
    sent = answer({"data": {"dm_conversation_id": "7-9", "dm_event_id": "5"}}, 201)
    result = start("send_message", {"participant_id": "9", "media": kinds[kind]}, [*upload, sent])
    form = result.requests[0].body
    found = body(result.requests[0]) if chunked else dict(form.fields) if isinstance(form, Multipart) else {}
    assert found["media_category"] == category
    assert body(result.requests[-1]) == {"attachments": [{"media_id": "71" if chunked else "31"}]}
    assert paths(result)[-1] == "/dm_conversations/with/9/messages"


@pytest.mark.parametrize(
    ("action", "given", "field"),
    [
        ("get_user", {}, "/username"),
        ("get_user", {"username": "a", "user_id": "1"}, "/username"),
        ("get_users", {}, "/user_ids"),
        ("send_message", {"text": "a"}, "/participant_id"),
        ("send_message", {"participant_id": "1"}, "/text"),
        ("create_conversation", {"participant_ids": ["1", "2"]}, "/text"),
        ("list_messages", {"participant_id": "1", "conversation_id": "1-2"}, "/conversation_id"),
        ("create_video_post", {}, "/video"),
        ("create_text_post", {"text": "a", "card_uri": "b", "direct_message_deep_link": "c"}, "/card_uri"),
        ("reply_to_post", {"post_id": "1"}, "/text"),
        (
            "search_posts",
            {"query": "a", "since_id": "1", "start_time": "2026-09-12T00:00:00Z"},
            "/start_time",
        ),
        ("update_list", {"list_id": "1"}, "/name"),
        (
            "create_article",
            {"title": "a", "blocks": [{"text": "b"}], "entities": [{"key": "0", "type": "link"}]},
            "/entities",
        ),
    ],
)
def test_what_x_would_refuse_is_refused_before_anything_is_sent(
    action: str, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        start(action, given, [])
    assert [each.path for each in caught.value.fields] == [field]
