"""What TikTok's posting actions send, what they refuse, and when they send again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire.decide.programs import Programs
from postwire.errors import ActionFailed, InvalidInput, OutcomeUnknown
from postwire.language.catalog import Catalog
from postwire.values import Lost, Response

if TYPE_CHECKING:
    from postwire.media.value import MediaValue

PROGRAMS = Programs(Catalog())


@pytest.mark.parametrize(
    ("size", "chunk", "count", "last"),
    [
        (4_999_999, 4_999_999, 1, 4_999_999),
        (5_242_880, 5_242_880, 1, 5_242_880),
        (64_000_000, 64_000_000, 1, 64_000_000),
        (64_000_001, 10_000_000, 6, 14_000_001),
        (67_108_865, 10_000_000, 6, 17_108_865),
        (287_000_000, 10_000_000, 28, 17_000_000),
        (4_294_967_296, 10_000_000, 429, 14_967_296),
    ],
)
@pytest.mark.parametrize("action", ["create_video_post", "upload_video_draft"])
def test_chunks_as_tiktok_counts_them(
    desk: Any, video: MediaValue, action: str, size: int, chunk: int, count: int, last: int
) -> None:
    direct = action == "create_video_post"
    given = {"video": desk.of_size(video, size), **({"privacy_level": "SELF_ONLY"} if direct else {})}
    play = desk.play(action, given, *[desk.ok(desk.creator)] * direct, desk.ok(desk.init), Response(201, {}))
    play.result()
    source = play.body(1 if direct else 0)["source_info"]
    assert source == {
        "source": "FILE_UPLOAD",
        "video_size": size,
        "chunk_size": chunk,
        "total_chunk_count": count,
    }
    puts = [request for request in play.sent if request.method == "PUT"]
    assert len(puts) == count
    assert puts[0].headers["Content-Range"] == f"bytes 0-{(chunk if count > 1 else size) - 1}/{size}"
    assert puts[-1].headers["Content-Range"] == f"bytes {size - last}-{size - 1}/{size}"


def test_the_upload_host_gets_the_type_and_no_token(desk: Any, video: MediaValue) -> None:
    play = desk.play(
        "create_video_post",
        {"video": video, "privacy_level": "SELF_ONLY"},
        desk.ok(desk.creator),
        desk.ok(desk.init),
        Response(201, {}),
    )
    play.result()
    assert [request.credential is None for request in play.sent] == [False, False, True]
    assert play.sent[-1].headers["Content-Type"] == "video/mp4"
    assert play.sent[-1].url == desk.upload


def test_a_direct_post_says_everything_aloud(desk: Any, video: MediaValue) -> None:
    play = desk.play(
        "create_video_post",
        {"video": video, "privacy_level": "SELF_ONLY"},
        desk.ok(desk.creator),
        desk.ok(desk.init),
        Response(201, {}),
    )
    play.result()
    assert play.body(1)["post_info"] == {
        "privacy_level": "SELF_ONLY",
        "disable_comment": True,
        "disable_duet": True,
        "disable_stitch": True,
        "brand_content_toggle": False,
        "brand_organic_toggle": False,
        "is_aigc": False,
    }


DIRECT: dict[str, dict[str, Any]] = {
    "create_video_post": {"video_url": "https://a.example/1.mp4"},
    "publish_video": {"video_url": "https://a.example/1.mp4"},
    "create_photo_post": {"photo_urls": ["https://a.example/1.jpg"]},
}


@pytest.mark.parametrize("action", DIRECT)
def test_privacy_is_chosen_by_the_caller(action: str) -> None:
    schema = PROGRAMS.get(f"tiktok.{action}").action.input
    assert "privacy_level" in schema["required"]
    assert "default" not in schema["properties"]["privacy_level"]


@pytest.mark.parametrize("action", DIRECT)
def test_a_private_paid_partnership_is_refused_before_anything_is_sent(desk: Any, action: str) -> None:
    play = desk.play(action, {**DIRECT[action], "privacy_level": "SELF_ONLY", "brand_content_toggle": True})
    with pytest.raises(InvalidInput) as caught:
        play.result()
    assert [field.path for field in caught.value.fields] == ["/privacy_level"]
    assert play.sent == []


@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("action", ["create_video_post", "upload_video_draft", "publish_video"])
def test_exactly_one_source(desk: Any, video: MediaValue, action: str, both: bool) -> None:
    given = {"video": video, "video_url": "https://a.example/1.mp4"} if both else {}
    play = desk.play(action, {**given, "privacy_level": "SELF_ONLY"})
    with pytest.raises(InvalidInput) as caught:
        play.result()
    assert [field.path for field in caught.value.fields] == ["/video"]
    assert play.sent == []


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"privacy_level": "FOLLOWER_OF_CREATOR"}, ["/privacy_level"]),
        ({"disable_comment": False}, ["/disable_comment"]),
        (
            {"disable_comment": False, "disable_duet": False, "disable_stitch": False},
            ["/disable_comment", "/disable_duet", "/disable_stitch"],
        ),
    ],
)
@pytest.mark.parametrize("action", ["create_video_post", "publish_video"])
def test_what_the_creator_does_not_offer(
    desk: Any, action: str, change: dict[str, Any], fields: list[str]
) -> None:
    play = desk.play(
        action, {**DIRECT[action], "privacy_level": "SELF_ONLY", **change}, desk.ok(desk.creator)
    )
    with pytest.raises(InvalidInput) as caught:
        play.result()
    assert [field.path for field in caught.value.fields] == fields
    assert f"tiktok.{action}" in caught.value.message
    assert play.paths == ["/post/publish/creator_info/query/"]


@pytest.mark.parametrize(("seconds", "fits"), [(300, True), (301, False)])
def test_the_creators_longest_video(desk: Any, video: MediaValue, seconds: float, fits: bool) -> None:
    given = {"video": desk.of_size(video, 1000, seconds), "privacy_level": "SELF_ONLY"}
    play = desk.play("create_video_post", given, desk.ok(desk.creator), desk.ok(desk.init), Response(201, {}))
    if fits:
        play.result()
    else:
        with pytest.raises(InvalidInput, match=r"/video: The video lasts 301 seconds"):
            play.result()
    assert ("PUT" in [request.method for request in play.sent]) is fits


def test_a_draft_needs_no_creator_info(desk: Any) -> None:
    play = desk.play(
        "upload_video_draft",
        {"video_url": "https://a.example/1.mp4"},
        desk.ok({"publish_id": "v_inbox_url~v2.1"}),
        scopes={"video.upload"},
    )
    assert play.result()["status"] == "PROCESSING_DOWNLOAD"
    assert play.paths == ["/post/publish/inbox/video/init/"]


@pytest.mark.parametrize(
    ("action", "field", "most"),
    [
        ("create_video_post", "title", 2200),
        ("publish_video", "title", 2200),
        ("create_photo_post", "title", 90),
        ("create_photo_post", "description", 4000),
        ("upload_photo_draft", "title", 90),
        ("upload_photo_draft", "description", 4000),
    ],
)
def test_texts_are_counted_in_utf16(action: str, field: str, most: int) -> None:
    schema = PROGRAMS.get(f"tiktok.{action}").input
    rest = {**DIRECT.get(action, DIRECT["create_photo_post"]), "privacy_level": "SELF_ONLY"}
    rest = {key: value for key, value in rest.items() if key in schema.schema["properties"]}
    for text, fits in (("😀" * (most // 2), True), ("😀" * (most // 2) + "a", False)):
        assert (schema.mistakes(*schema.prepare({**rest, field: text})) == []) is fits


@pytest.mark.parametrize(
    ("index", "fits"),
    [(None, True), (1, True), (2, False)],
)
@pytest.mark.parametrize("action", ["create_photo_post", "upload_photo_draft"])
def test_the_cover_is_one_of_the_photos(desk: Any, action: str, index: int | None, fits: bool) -> None:
    direct = action == "create_photo_post"
    given: dict[str, Any] = {"photo_urls": ["https://a.example/1.jpg", "https://a.example/2.jpg"]}
    given |= {"privacy_level": "SELF_ONLY"} if direct else {}
    given |= {} if index is None else {"photo_cover_index": index}
    play = desk.play(action, given, *[desk.ok(desk.creator)] * direct, desk.ok({"publish_id": "p"}))
    if not fits:
        with pytest.raises(InvalidInput, match="/photo_cover_index"):
            play.result()
        assert play.sent == []
        return
    play.result()
    assert play.body()["source_info"]["photo_cover_index"] == (index or 0)
    assert isinstance(play.body()["post_info"], dict)  # TikTok wants the object even when it says nothing


@pytest.mark.parametrize("action", DIRECT)
def test_a_lost_init_is_never_repeated(desk: Any, action: str) -> None:
    play = desk.play(
        action,
        {**DIRECT[action], "privacy_level": "SELF_ONLY"},
        desk.ok(desk.creator),
        Lost("maybe", "timed out"),
    )
    with pytest.raises(OutcomeUnknown):
        play.result()
    assert len(play.sent) == 2


@pytest.mark.parametrize("answer", [403, 404])
def test_a_dead_upload_address_says_that_nothing_was_posted(
    desk: Any, video: MediaValue, answer: int
) -> None:
    given = {"video": video, "privacy_level": "SELF_ONLY"}
    play = desk.play(
        "create_video_post", given, desk.ok(desk.creator), desk.ok(desk.init), Response(answer, {})
    )
    with pytest.raises(ActionFailed, match="nothing was posted") as caught:
        play.result()
    assert caught.value.code == "conflict"
    assert caught.value.saved["init.publish_id"] == desk.init["publish_id"]


@pytest.mark.parametrize("said", [10_000_000, 9_999_999])
def test_the_upload_goes_on_where_tiktok_is(desk: Any, video: MediaValue, said: int) -> None:
    where = Response(416, {"content-range": f"bytes 0-{said}/70000000"})
    play = desk.play(
        "upload_video_draft",
        {"video": desk.of_size(video, 70_000_000)},
        desk.ok(desk.init),
        where,
        Response(206, {}),
    )
    play.result()
    firsts = [request.headers["Content-Range"].split("-")[0] for request in play.sent[1:]]
    assert firsts[:2] == ["bytes 0", "bytes 10000000"]
    assert len(firsts) == 7
