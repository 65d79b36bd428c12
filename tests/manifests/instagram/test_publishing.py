"""Publishing on Instagram: containers, waiting, the one publish, the link; for either login."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from postwire.decide.programs import Programs
from postwire.errors import ActionFailed, InvalidInput, OutcomeUnknown
from postwire.language.catalog import Catalog

PROGRAMS = Programs(Catalog())
IMAGE, FILM = "https://media.example.com/rolls.jpg", "https://media.example.com/bake.mp4"
KINDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("create_photo_post", {"image_url": IMAGE}, {"image_url": IMAGE}),
    (
        "create_video_post",
        {"video_url": FILM},
        {"media_type": "REELS", "video_url": FILM},
    ),
    ("create_story", {"image_url": IMAGE}, {"media_type": "STORIES", "image_url": IMAGE}),
    ("create_story", {"video_url": FILM}, {"media_type": "STORIES", "video_url": FILM}),
]
HOSTS = [("", "graph.instagram.com"), ("facebook", "graph.facebook.com")]
TWO = [{"image_url": IMAGE}, {"video_url": FILM}]


@pytest.mark.parametrize(("flavour", "host"), HOSTS)
@pytest.mark.parametrize(("action", "values", "sent"), KINDS)
def test_container_wait_publish_link(
    desk: Any, action: str, values: dict[str, Any], sent: dict[str, Any], flavour: str, host: str
) -> None:
    play = desk.play(action, values, *desk.published(), flavour=flavour)
    result = play.result()
    assert play.calls == [
        "POST /17841400000000001/media",
        f"GET /{desk.container}",
        "POST /17841400000000001/media_publish",
        f"GET /{desk.post}",
    ]
    assert {urlsplit(request.url).hostname for request in play.sent} == {host}
    assert all(request.credential for request in play.sent)
    assert {key: value for key, value in play.body(0).items() if key != "is_carousel_item"} == sent
    assert play.body(2) == {"creation_id": desk.container}
    assert (result["id"], result["url"], result["status"]) == (desk.post, desk.url, "PUBLISHED")


@pytest.mark.parametrize(("action", "values", "sent"), KINDS)
def test_a_container_is_never_given_out_as_a_post(
    desk: Any, action: str, values: dict[str, Any], sent: dict[str, Any]
) -> None:
    play = desk.play(action, values, desk.made(), desk.status("IN_PROGRESS"))
    result = play.result()
    assert result.state == "pending"
    assert result.output == {"container_id": desk.container, "status": "IN_PROGRESS"}
    assert 590 <= play.waited <= 600
    assert "POST /17841400000000001/media_publish" not in play.calls
    assert play.body(0) == sent


def test_every_option_goes_under_instagrams_name(desk: Any) -> None:
    options = {
        "caption": "Fresh",
        "location_id": "1010",
        "collaborators": ["ada"],
        "cover_url": IMAGE,
        "thumb_offset": 5,
        "share_to_feed": False,
        "audio_name": "Waves",
        "user_tags": [{"username": "ada"}],
        "product_tags": [{"product_id": "7"}],
        "trial_params": {"graduation_strategy": "SS_PERFORMANCE"},
        "audio_configuration": {"audio_id": "9", "audio_volume": 20, "video_volume": 80},
        "is_ai_generated": True,
        "is_paid_partnership": True,
        "branded_content_sponsor_ids": ["8"],
    }
    play = desk.play(
        "create_video_post", {"video_url": FILM, **options}, *desk.published(), flavour="facebook"
    )
    play.result()
    assert play.body(0) == {"media_type": "REELS", "video_url": FILM, **options}


@pytest.mark.parametrize(
    ("action", "option"),
    [
        ("create_photo_post", {"product_tags": [{"product_id": "7", "x": 0.1, "y": 0.1}]}),
        ("create_photo_post", {"is_paid_partnership": True}),
        ("create_photo_post", {"branded_content_sponsor_ids": ["8"]}),
        ("create_video_post", {"audio_configuration": {"audio_id": "9"}}),
    ],
)
def test_what_only_the_login_through_facebook_can(desk: Any, action: str, option: dict[str, Any]) -> None:
    source = {"image_url": IMAGE} if action == "create_photo_post" else {"video_url": FILM}
    play = desk.play(action, {**source, **option}, *desk.published())
    with pytest.raises(ActionFailed, match="Facebook Page") as caught:
        play.result()
    assert caught.value.code == "account_not_eligible"
    assert play.sent == []
    desk.play(action, {**source, **option}, *desk.published(), flavour="facebook").result()


def test_a_lost_container_is_made_again_and_a_lost_publish_never(desk: Any) -> None:
    answers = (desk.lost, desk.made(), desk.status("FINISHED"), desk.lost)
    play = desk.play("create_photo_post", {"image_url": IMAGE}, *answers)
    with pytest.raises(OutcomeUnknown) as caught:
        play.result()
    assert play.calls.count("POST /17841400000000001/media") == 2
    assert play.calls.count("POST /17841400000000001/media_publish") == 1
    assert caught.value.saved["container.id"] == desk.container


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_after_the_publish_nothing_looks_like_a_failure(desk: Any, status: int) -> None:
    answers = (*desk.published()[:3], desk.refusal(1, status=status))
    result = desk.play("create_photo_post", {"image_url": IMAGE}, *answers).result()
    assert (result.state, result["id"], result["status"]) == ("done", desk.post, "PUBLISHED")
    assert "url" not in result.output


def test_a_link_that_gets_no_answer_is_no_failure_either(desk: Any) -> None:
    result = desk.play("create_photo_post", {"image_url": IMAGE}, *desk.published()[:3], desk.lost).result()
    assert (result["id"], result["status"]) == (desk.post, "PUBLISHED")


@pytest.mark.parametrize(
    ("subcode", "code"),
    [
        (2207001, "transient"),
        (2207003, "transient"),
        (2207032, "transient"),
        (2207053, "transient"),
        (2207082, "transient"),
        (2207052, "media_rejected"),
        (2207077, "media_rejected"),
        (2207026, "media_rejected"),
        (2207076, "media_rejected"),
        (2207081, "account_not_eligible"),
        (2207050, "account_not_eligible"),
        (2207051, "policy_blocked"),
        (2207057, "invalid_input"),
        (2207098, "media_rejected"),
    ],
)
@pytest.mark.parametrize("action", ["create_video_post", "publish_container"])
def test_why_a_container_failed(desk: Any, subcode: int, code: str, action: str) -> None:
    create = action == "create_video_post"
    values = {"video_url": FILM} if create else {"container_id": desk.container}
    play = desk.play(action, values, *[desk.made()] * create, desk.failed(subcode))
    with pytest.raises(ActionFailed) as caught:
        play.result()
    assert caught.value.code == code
    assert not isinstance(caught.value, OutcomeUnknown)
    assert "POST /17841400000000001/media_publish" not in play.calls


@pytest.mark.parametrize(
    ("status", "publishes", "identifier"),
    [("FINISHED", True, "17950000000000009"), ("PUBLISHED", False, None)],
)
def test_going_on_after_a_pending_result(
    desk: Any, status: str, publishes: bool, identifier: str | None
) -> None:
    answers = (desk.status("IN_PROGRESS"), desk.status(status), *desk.published()[2:])
    play = desk.play("publish_container", {"container_id": desk.container}, *answers)
    result = play.result()
    assert ("POST /17841400000000001/media_publish" in play.calls) is publishes
    assert result.output.get("id") == identifier
    assert result["status"] == "PUBLISHED"


def test_an_expired_container_has_to_be_made_again(desk: Any) -> None:
    play = desk.play("publish_container", {"container_id": desk.container}, desk.status("EXPIRED"))
    with pytest.raises(ActionFailed, match="24 hours") as caught:
        play.result()
    assert caught.value.code == "conflict"


def test_a_carousel_is_made_of_its_items_in_order(desk: Any) -> None:
    made = [desk.made(f"1790000000000002{n}") for n in range(3)]
    ready = [desk.status("FINISHED")] * 3
    items = [*TWO, {"image_url": IMAGE, "alt_text": "A loaf"}]
    play = desk.play(
        "create_carousel_post", {"items": items, "caption": "All"}, *made, *ready, *desk.published()
    )
    result = play.result()
    children = ["17900000000000020", "17900000000000021", "17900000000000022"]
    assert play.body(0) == {"image_url": IMAGE, "is_carousel_item": True}
    assert play.body(1) == {"media_type": "VIDEO", "video_url": FILM, "is_carousel_item": True}
    assert play.body(2) == {"image_url": IMAGE, "is_carousel_item": True, "alt_text": "A loaf"}
    assert play.body(6) == {"media_type": "CAROUSEL", "children": children, "caption": "All"}
    assert result["children"] == children
    assert result["id"] == desk.post


def test_a_carousel_whose_items_take_long_keeps_them(desk: Any) -> None:
    made = [desk.made(f"1790000000000002{n}") for n in range(2)]
    result = desk.play("create_carousel_post", {"items": TWO}, *made, desk.status("IN_PROGRESS")).result()
    assert result.state == "pending"
    assert result.output == {"status": "IN_PROGRESS", "children": ["17900000000000020", "17900000000000021"]}


def test_items_that_were_prepared_before_are_not_made_again(desk: Any) -> None:
    items = [{"container_id": "17900000000000020"}, {"container_id": "17900000000000021"}]
    ready = [desk.status("FINISHED")] * 2
    play = desk.play("create_carousel_post", {"items": items}, *ready, *desk.published())
    play.result()
    assert play.calls.count("POST /17841400000000001/media") == 1


@pytest.mark.parametrize(
    ("items", "fits"),
    [
        (TWO, True),
        ([{"image_url": IMAGE}] * 10, True),
        ([{"image_url": IMAGE}], False),
        ([{"image_url": IMAGE}] * 11, False),
    ],
)
def test_two_to_ten_items(items: list[dict[str, Any]], fits: bool) -> None:
    schema = PROGRAMS.get("instagram.create_carousel_post").input
    assert (schema.mistakes(*schema.prepare({"items": items})) == []) is fits


@pytest.mark.parametrize(
    ("action", "values", "field"),
    [
        ("create_video_post", {}, "/video_url"),
        ("create_story", {}, "/image_url"),
        ("create_story", {"image_url": IMAGE, "video_url": FILM}, "/image_url"),
        ("create_carousel_post", {"items": [{"image_url": IMAGE, "video_url": FILM}, *TWO]}, "/items"),
        ("create_carousel_post", {"items": [{}, *TWO]}, "/items"),
        ("create_carousel_post", {"items": [{"video_url": FILM, "alt_text": "x"}, *TWO]}, "/items"),
        ("create_container", {"kind": "image"}, "/kind"),
        ("create_container", {"kind": "image", "video_url": FILM}, "/kind"),
        ("create_container", {"kind": "reel", "image_url": IMAGE}, "/kind"),
        ("create_container", {"kind": "reel", "children": ["1", "2"]}, "/kind"),
        ("create_container", {"kind": "carousel", "image_url": IMAGE}, "/kind"),
        ("create_container", {"kind": "story", "image_url": IMAGE, "video_url": FILM}, "/kind"),
    ],
)
def test_sources_that_do_not_fit(desk: Any, action: str, values: dict[str, Any], field: str) -> None:
    play = desk.play(action, values, *desk.published())
    with pytest.raises(InvalidInput) as caught:
        play.result()
    assert field in [each.path for each in caught.value.fields]
    assert play.sent == []


@pytest.mark.parametrize(
    ("values", "sent"),
    [
        ({"kind": "image", "image_url": IMAGE}, {"image_url": IMAGE}),
        ({"kind": "carousel_image", "image_url": IMAGE}, {"image_url": IMAGE, "is_carousel_item": True}),
        ({"kind": "reel", "video_url": FILM}, {"media_type": "REELS", "video_url": FILM}),
        ({"kind": "story", "image_url": IMAGE}, {"media_type": "STORIES", "image_url": IMAGE}),
        ({"kind": "story", "video_url": FILM}, {"media_type": "STORIES", "video_url": FILM}),
        (
            {"kind": "carousel_video", "video_url": FILM},
            {"media_type": "VIDEO", "video_url": FILM, "is_carousel_item": True},
        ),
        ({"kind": "carousel", "children": ["1", "2"]}, {"media_type": "CAROUSEL", "children": ["1", "2"]}),
    ],
)
def test_one_container_of_each_kind(desk: Any, values: dict[str, Any], sent: dict[str, Any]) -> None:
    play = desk.play("create_container", values, desk.made())
    assert play.result().output == {"container_id": desk.container}
    assert play.body(0) == sent


def _fits(desk: Any, caption: str) -> bool:
    play = desk.play("create_photo_post", {"image_url": IMAGE, "caption": caption}, *desk.published())
    try:
        play.result()
    except InvalidInput:
        return False
    return True


@settings(max_examples=25, deadline=None)
@example(sign="#", count=30, word="a")
@example(sign="#", count=31, word="a")
@example(sign="@", count=20, word="a")
@example(sign="@", count=21, word="a")
@given(sign=st.sampled_from("#@"), count=st.integers(0, 40), word=st.sampled_from(["a", "bread", "é"]))
def test_hashtags_and_mentions_are_counted(desk: Any, sign: str, count: int, word: str) -> None:
    caption = f"No. # 1 @ home {sign}{sign}" * (count == 0) + " ".join([f"{sign}{word}"] * count)
    assert _fits(desk, caption) == (count <= {"#": 30, "@": 20}[sign])


@pytest.mark.parametrize(("length", "fits"), [(2200, True), (2201, False)])
@pytest.mark.parametrize("letter", ["a", "é", "😀"])
def test_a_caption_has_2200_characters(letter: str, length: int, fits: bool) -> None:
    schema = PROGRAMS.get("instagram.create_photo_post").input
    values = {"image_url": IMAGE, "caption": letter * length}
    assert (schema.mistakes(*schema.prepare(values)) == []) is fits
