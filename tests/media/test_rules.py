"""Every `x-media` rule: what fits, what does not and what is said, and what cannot be checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.media import rules
from postwire.media.facts import TRUNCATED, Probe
from postwire.media.file import Media
from postwire.media.rules import byte_limit, check_media, parse_ratio, unchecked

FULL: dict[str, Any] = {
    "kind": "video",
    "width": 1080,
    "height": 1920,
    "seconds": 30.0,
    "fps": 30.0,
    "codec": "h264",
    "audio_codec": "aac",
    "rotation": 0,
    "faststart": True,
    "edit_list": False,
}


def media(*, size: int = 5_000_000, type: str = "video/mp4", **facts: Any) -> Media:  # noqa: A002 - as in Media
    return Media(Path("/nowhere/clip.mp4"), size, type, "clip.mp4", Probe(**{**FULL, **facts}), owned=False)


def image(**facts: Any) -> Media:
    blank: dict[str, Any] = dict.fromkeys(FULL)
    found = {"type": "image/jpeg", **blank, "kind": "image", "width": 1080, "height": 1350, **facts}
    return media(**found)


class Row(NamedTuple):
    """A rule, a limit, a file that fits, one that does not, and what is said then."""

    rule: str
    limit: Any
    fits: Media
    breaks: Media
    says: str


JPEG = ["image/jpeg", "image/png"]
ROWS = [
    Row(
        "types",
        ["video/mp4", "video/quicktime"],
        media(),
        media(type="video/webm"),
        "The type of this file is WebM; MP4 or MOV is taken. Convert it.",
    ),
    Row(
        "types",
        ["video/*"],
        media(type="video/x-odd"),
        image(),
        "The type of this file is JPEG; video/* is taken.",
    ),
    Row(
        "types", JPEG, image(), image(type="image/gif"), "The type of this file is GIF; JPEG or PNG is taken."
    ),
    Row(
        "types",
        ["video/mp4"],
        media(),
        media(type="application/x-zip"),
        "The type of this file is application/x-zip; MP4",
    ),
    Row(
        "types",
        [*JPEG, "image/webp"],
        image(),
        media(type="image/heic"),
        "The type of this file is HEIC; JPEG, PNG or WebP",
    ),
    Row(
        "max_bytes", "4MB", media(size=4_000_000), media(size=5_000_000), "has 5 MB; at most 4 MB are taken."
    ),
    Row(
        "max_bytes",
        4_000_000,
        media(size=1),
        media(size=4_000_001),
        "has 4000001 bytes; at most 4000000 bytes",
    ),
    Row("max_bytes", "8MB", image(size=8_000_000), image(size=9_000_000), "The image has 9 MB; at most 8 MB"),
    Row("min_bytes", "1KB", media(size=1000), media(size=999), "has 999 bytes; at least 1 KB are needed."),
    Row(
        "max_seconds",
        600,
        media(seconds=600.1),
        media(seconds=600.2),
        "lasts 600.2 s; at most 600 s are taken.",
    ),
    Row(
        "max_seconds", 60, media(seconds=1), media(seconds=95.0), "lasts 1 min 35 s; at most 1 min are taken."
    ),
    Row("min_seconds", 3, media(seconds=2.9), media(seconds=2.8), "lasts 2.8 s; at least 3 s are needed."),
    Row("min_width", 360, media(width=360), media(width=359), "width is 359 pixels; at least 360 are taken."),
    Row(
        "max_width",
        1920,
        media(width=1920),
        media(width=1921),
        "width is 1921 pixels; at most 1920 are taken.",
    ),
    Row(
        "min_height", 360, image(height=360), image(height=20), "height is 20 pixels; at least 360 are taken."
    ),
    Row("max_height", 4096, image(), image(height=4097), "height is 4097 pixels; at most 4096 are taken."),
    Row("min_fps", 23, media(fps=22.8), media(fps=15.0), "has 15 frames a second; at least 23 are taken."),
    Row("max_fps", 60, media(fps=60.02), media(fps=120.0), "has 120 frames a second; at most 60 are taken."),
    Row(
        "min_ratio",
        "4:5",
        image(),
        image(width=600),
        "width is 0.44 times its height; at least 0.80 (4:5) is",
    ),
    Row("max_ratio", "1.91:1", image(), image(width=2700), "2.00 times its height; at most 1.91 (1.91:1) is"),
    Row("min_ratio", 0.5, media(), media(width=100), "at least 0.50 (0.5) is taken. Crop it."),
    Row(
        "max_ratio",
        "9:16",
        media(),
        media(width=1920, height=1080),
        "1.78 times its height; at most 0.56 (9:16)",
    ),
    Row(
        "codecs",
        ["h264", "H265"],
        media(codec="hevc"),
        media(codec="vp9"),
        "codec is vp9; h264, H265 can be taken.",
    ),
    Row("codecs", ["avc"], media(codec="h264"), media(codec="prores"), "codec is prores; avc can be taken."),
    Row(
        "faststart", True, media(), media(faststart=False), "index stands at its end; it must stand in front."
    ),
    Row("edit_lists", False, media(), media(edit_list=True), "holds edits (cuts or pauses"),
]
IDS = [f"{row.rule} {row.limit}" for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_what_fits_passes_and_what_does_not_is_told(row: Row) -> None:
    assert check_media(row.fits, {row.rule: row.limit}, "/video") == []
    (mistake,) = check_media(row.breaks, {row.rule: row.limit}, "/video")
    assert row.says in mistake.message
    assert mistake.message.endswith(".")
    assert (mistake.path, mistake.got) == ("/video", "clip.mp4")
    assert unchecked(row.breaks, {row.rule: row.limit}) == []


def test_every_rule_is_tried_here() -> None:
    assert {row.rule for row in ROWS} == set(rules._RULES)


UNKNOWN: dict[str, tuple[dict[str, Any], str]] = {
    "types": ({"type": "application/octet-stream"}, "the type"),
    "max_seconds": ({"seconds": None}, "the length"),
    "min_seconds": ({"seconds": None}, "the length"),
    "min_width": ({"width": None}, "the width"),
    "max_width": ({"width": None}, "the width"),
    "min_height": ({"height": None}, "the height"),
    "max_height": ({"height": None}, "the height"),
    "min_fps": ({"fps": None}, "the frame rate"),
    "max_fps": ({"fps": None}, "the frame rate"),
    "min_ratio": ({"width": None}, "the aspect ratio"),
    "max_ratio": ({"height": None}, "the aspect ratio"),
    "codecs": ({"codec": None}, "the codec"),
    "faststart": ({"faststart": None}, "whether the index stands in front"),
    "edit_lists": ({"edit_list": None}, "whether it holds edits"),
}


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_an_unknown_fact_never_fails_and_is_told(row: Row) -> None:
    if row.rule in {"max_bytes", "min_bytes"}:
        return  # a size is never unknown
    facts, what = UNKNOWN[row.rule]
    found = media(**facts)
    assert check_media(found, {row.rule: row.limit}, "/video") == []
    assert unchecked(found, {row.rule: row.limit}) == [
        f"Could not check {what} of clip.mp4; the platform decides."
    ]


ALL_RULES = {row.rule: row.limit for row in ROWS}


def test_a_file_of_which_nothing_is_known_passes_every_rule() -> None:
    nothing = Media(Path("/nowhere/x"), 2_000_000, "application/octet-stream", "x", Probe(), owned=False)
    assert check_media(nothing, ALL_RULES, "/video") == []
    (note,) = unchecked(nothing, ALL_RULES)
    assert note.count("the length") == note.count("the type") == 1


def test_what_has_no_meaning_for_a_kind_of_file_is_passed_over() -> None:
    film = {"max_seconds": 1, "codecs": ["h264"], "max_fps": 1, "faststart": True, "edit_lists": False}
    assert check_media(image(), film, "/image") == []
    assert unchecked(image(), film) == []
    pdf = image(type="application/pdf", kind="document", width=None, height=None)
    assert check_media(pdf, {**film, "max_width": 1, "min_ratio": 1}, "/file") == []
    assert unchecked(pdf, {**film, "max_width": 1, "min_ratio": 1}) == []
    assert len(check_media(pdf, {"max_bytes": 1, "types": ["video/mp4"]}, "/file")) == 2


def test_every_mistake_is_told_at_once() -> None:
    wrong = media(size=10**10, seconds=900.0, codec="vp9", width=4000)
    found = check_media(
        wrong, {"max_bytes": "4GB", "max_seconds": 600, "codecs": ["h264"], "max_width": 1920}, "/v"
    )
    assert len(found) == 4


@pytest.mark.parametrize(("rule", "limit"), [("faststart", False), ("edit_lists", True)])
def test_a_rule_that_allows_all_refuses_nothing(rule: str, limit: object) -> None:
    assert check_media(media(faststart=False, edit_list=True), {rule: limit}, "/video") == []


def test_words_of_others_are_passed_over() -> None:
    assert check_media(media(), {"base64_alias": "video_base64", "note": "x"}, "/video") == []


def test_a_truncated_file_is_a_mistake_and_other_damage_a_note() -> None:
    cut = media(problem=TRUNCATED, truncated=True)
    assert [mistake.message for mistake in check_media(cut, {}, "/video")] == [TRUNCATED]
    assert unchecked(cut, {}) == []
    odd = media(problem="The file seems to be damaged: it is odd.")
    assert check_media(odd, {}, "/video") == []
    assert unchecked(odd, {}) == ["The file seems to be damaged: it is odd."]


RATIOS = [("9:16", 0.5625), ("1.91:1", 1.91), ("1", 1.0), (0.8, 0.8), (2, 2.0), ("16 : 9", 16 / 9)]


@pytest.mark.parametrize(("text", "ratio"), RATIOS)
def test_ratios(text: float | str, ratio: float) -> None:
    assert parse_ratio(text) == pytest.approx(ratio)


@pytest.mark.parametrize(
    "text", ["", "x", "1:0", "0:1", "-1:2", "0", 0, -1, "nan", "inf", "1:2:3", "1:inf", "1e999"]
)
def test_what_is_no_ratio_is_refused(text: float | str) -> None:
    with pytest.raises(ValueError, match="ratio"):
        parse_ratio(text)


@pytest.mark.parametrize(("rule", "limit"), [("max_bytes", "4 XB"), ("max_bytes", -1), ("min_ratio", "x")])
def test_a_limit_that_cannot_be_read_is_the_manifest_s_mistake(rule: str, limit: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        check_media(media(), {rule: limit}, "/video")


def test_the_cap_for_reading() -> None:
    assert byte_limit({"max_bytes": "4GB"}) == 4_000_000_000
    assert byte_limit({"min_bytes": 1}) is None


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_the_shown_sizes_never_look_equal(size: int, limit: int) -> None:
    for mistake in check_media(media(size=size), {"max_bytes": limit}, "/video"):
        has, _, most = mistake.message.partition(" has ")[2].partition("; at most ")
        assert has != most.partition(" are taken")[0]
        assert size > limit
