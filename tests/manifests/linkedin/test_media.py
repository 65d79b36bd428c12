"""How files reach LinkedIn: announced for their owner, sent, awaited as far as the token may look, posted."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from postwire.decide.programs import Programs
from postwire.errors import ActionFailed, InvalidInput
from postwire.language.catalog import Catalog
from postwire.media.value import MediaValue
from postwire.testing import answer
from postwire.values import Request, Slice

if TYPE_CHECKING:
    from postwire.testing import Played

PROGRAMS = Programs(Catalog())
FORBIDDEN = "Accessing this image resource is forbidden. Please check your permissions for this resource"


def paths(played: Played) -> list[str]:
    """Method and last part of the address of every request."""
    return [f"{each.method} {each.url.rpartition('/')[2]}" for each in played.requests]


def last(played: Played) -> Request:
    return played.requests[-1]


def etag(index: int, quote: str = "") -> Any:
    return answer(None, 200, etag=f"{quote}/ambry-video/signedId/{index}.bin{quote}")


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("token", ["", "tok/1"])
def test_each_part_of_a_video_goes_to_its_own_address(
    desk: Any, film: MediaValue, token: str, quote: str
) -> None:
    played = desk.play(
        "upload_video",
        {"video": film},
        desk.film(film.size, uploadToken=token),
        *[etag(index, quote) for index in range(3)],
        answer(None, 200),
    )
    init, *parts, finalize = played.requests
    assert desk.body(init)["initializeUploadRequest"] == {
        "owner": desk.mina,
        "fileSizeBytes": film.size,
        "uploadCaptions": False,
        "uploadThumbnail": False,
    }
    assert [part.url.rpartition("/")[2] for part in parts] == ["p0", "p1", "p2"]
    bodies = [part.body for part in parts]
    assert all(isinstance(body, Slice) for body in bodies)
    assert [(body.first, body.size) for body in bodies if isinstance(body, Slice)] == [
        (0, 4_194_304),
        (4_194_304, 4_194_304),
        (8_388_608, 1000),
    ]
    assert all(part.headers["Content-Type"] == "application/octet-stream" for part in parts)
    assert [each.credential is None for each in played.requests] == [False, True, True, True, False]
    assert desk.body(finalize)["finalizeUploadRequest"] == {
        "video": "urn:li:video:C5",
        "uploadToken": token,
        "uploadedPartIds": [f"/ambry-video/signedId/{index}.bin" for index in range(3)],
    }


def test_captions_and_a_thumbnail_are_sent_where_linkedin_says(
    desk: Any, film: MediaValue, gif: MediaValue
) -> None:
    where = {
        "captionsUploadUrl": "https://www.linkedin.com/c",
        "thumbnailUploadUrl": "https://www.linkedin.com/t",
    }
    given = {"video": film, "captions": gif, "thumbnail": gif}
    replies = [etag(0), etag(1), etag(2), answer(None, 201), answer(None, 201), answer(None, 200)]
    played = desk.play("upload_video", given, desk.film(film.size, **where), *replies)
    assert desk.body(played.requests[0])["initializeUploadRequest"]["uploadCaptions"] is True
    assert paths(played)[-3:] == ["PUT c", "PUT t", "POST videos?action=finalizeUpload"]
    assert [each.credential is None for each in played.requests[-3:]] == [True, True, False]


def test_a_video_is_posted_once_it_can_be_seen(desk: Any, film: MediaValue) -> None:
    replies = [etag(0), etag(1), etag(2), answer(None, 200), desk.media("PROCESSING"), desk.media()]
    played = desk.play(
        "create_video_post",
        {"video": film, "text": "x", "title": "Boats (1)"},
        desk.film(film.size),
        *replies,
        desk.created("urn:li:ugcPost:9"),
    )
    assert paths(played)[-3:] == ["GET urn%3Ali%3Avideo%3AC5"] * 2 + ["POST posts"]
    assert desk.body(last(played))["content"] == {"media": {"id": "urn:li:video:C5", "title": "Boats (1)"}}
    assert (played.value["id"], played.value["media_id"]) == ("urn:li:ugcPost:9", "urn:li:video:C5")


def test_out_of_time_is_pending_and_posts_nothing(desk: Any) -> None:
    given = {"video_urn": "urn:li:video:C5", "text": "x"}
    played = desk.play("create_video_post", given, *[desk.media("PROCESSING")] * 200)
    assert played.value.state == "pending"
    assert played.value.output["media_id"] == "urn:li:video:C5"
    assert "POST posts" not in paths(played)
    assert 590 <= sum(played.waits) <= 600


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("create_video_post", {"video_urn": "urn:li:video:C5"}),
        ("create_document_post", {"document_urn": "urn:li:document:D4", "title": "D"}),
        ("create_photo_post", {"images": [{"image_urn": "urn:li:image:C4"}]}),
    ],
)
def test_what_linkedin_could_not_process_is_not_posted(desk: Any, action: str, given: dict[str, Any]) -> None:
    failed = desk.media("PROCESSING_FAILED", processingFailureReason="Bad codec")
    with pytest.raises(ActionFailed, match="Bad codec") as caught:
        desk.play(action, {"text": "x", **given}, failed)
    assert caught.value.code == "media_rejected"


def test_a_token_that_may_only_write_posts_without_looking(desk: Any, gif: MediaValue) -> None:
    played = desk.play(
        "create_photo_post",
        {"text": "x", "images": [{"image": gif, "alt_text": "A (boat)"}]},
        desk.image(),
        answer(None, 201),
        desk.refusal(403, FORBIDDEN),
        desk.created(),
    )
    assert paths(played) == [
        "POST images?action=initializeUpload",
        "PUT 1",
        "GET urn%3Ali%3Aimage%3AC4E1",
        "POST posts",
    ]
    assert all(each.credential for each in played.requests)  # an image's address wants the token too
    assert desk.body(last(played))["content"] == {"media": {"id": "urn:li:image:C4E1", "altText": "A (boat)"}}


def test_several_images_keep_their_order(desk: Any, gif: MediaValue) -> None:
    images = [{"image": gif}, {"image_urn": "urn:li:image:old", "alt_text": "Old"}, {"image": gif}]
    played = desk.play(
        "create_photo_post",
        {"text": "x", "images": images},
        desk.image(1),
        answer(None, 201),
        desk.image(2),
        answer(None, 201),
        *[desk.media()] * 3,
        desk.created(),
    )
    assert desk.body(last(played))["content"] == {
        "multiImage": {
            "images": [
                {"id": "urn:li:image:C4E1"},
                {"id": "urn:li:image:old", "altText": "Old"},
                {"id": "urn:li:image:C4E2"},
            ]
        }
    }


@pytest.mark.parametrize(
    ("action", "given", "field"),
    [
        ("create_video_post", {}, "/video"),
        ("create_video_post", {"video": "film", "video_urn": "urn:li:video:1"}, "/video"),
        ("create_video_post", {"video_urn": "urn:li:video:1", "captions": "film"}, "/video_urn"),
        ("create_document_post", {"title": "D"}, "/document"),
        ("create_photo_post", {"images": [{"alt_text": "x"}]}, "/images"),
        ("create_photo_post", {"images": [{"image": "film", "image_urn": "urn:li:image:1"}]}, "/images"),
    ],
)
def test_exactly_one_source(desk: Any, film: MediaValue, action: str, given: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        desk.play(action, {"text": "x", **filled(given, film)})
    assert [each.path for each in caught.value.fields] == [field]


def filled(value: Any, film: MediaValue) -> Any:
    """*value* with the file in the place of its name."""
    if isinstance(value, dict):
        return {key: filled(inner, film) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, film) for inner in value]
    return film if value == "film" else value


@pytest.mark.parametrize(("width", "fits"), [(36_152_319, True), (36_152_320, False)])
@pytest.mark.parametrize("action", ["create_photo_post", "upload_image"])
def test_an_image_has_fewer_pixels_than_linkedin_counts(
    desk: Any, gif: MediaValue, action: str, width: int, fits: bool
) -> None:
    facts = dataclasses.replace(gif.media.probe, width=width, height=1)
    wide = MediaValue(dataclasses.replace(gif.media, probe=facts))
    given = {"image": wide} if action == "upload_image" else {"text": "x", "images": [{"image": wide}]}
    replies = [desk.image(), answer(None, 201), desk.media(), desk.created()]
    if fits:
        desk.play(action, given, *replies)
    else:
        with pytest.raises(InvalidInput, match="36,152,320 pixels"):
            desk.play(action, given)


@pytest.mark.parametrize(
    ("action", "field", "word", "value"),
    [
        ("create_video_post", "video", "max_bytes", "500MB"),
        ("upload_video", "video", "min_bytes", "75KB"),
        ("upload_video", "video", "max_seconds", 1800),
        ("create_document_post", "document", "max_bytes", "100MB"),
    ],
)
def test_the_limits_of_files(action: str, field: str, word: str, value: Any) -> None:
    assert PROGRAMS.get(f"linkedin.{action}").action.input["properties"][field]["x-media"][word] == value


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ({"status": 403, "message": "The resource is forbidden"}, "conflict"),
        ({"status": 400, "code": "MEDIA_ASSET_WAITING_UPLOAD"}, "conflict"),
        ({"status": 400, "code": "INVALID_IMAGE_ID"}, "media_rejected"),
    ],
)
def test_a_refused_fresh_file_says_that_nothing_was_posted(desk: Any, reply: Any, code: str) -> None:
    given = {"text": "x", "images": [{"image_urn": "urn:li:image:1"}]}
    with pytest.raises(ActionFailed) as caught:
        desk.play("create_photo_post", given, desk.media(), desk.refusal(**reply))
    assert caught.value.code == code
