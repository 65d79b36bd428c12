"""Checks a file against the `x-media` rules of an input schema.

The rules and their figures are data of each action. A fact that the probe does not know never fails a rule:
it is told as "could not check", and the platform decides. Rules that have no meaning for a kind of file (the
seconds of an image) are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import Field
from postwire.language.units import parse_size, show_duration, show_size
from postwire.media.probe import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postwire.media.file import Media

# Files are rarely exact: encoders round a frame up or down, and no platform is known to count so closely.
_SECONDS_SLACK: Final = 0.1
_SHARE_SLACK: Final = 0.01  # of a frame rate or a ratio

_ALIASES: Final = {
    "h265": "hevc",
    "h.265": "hevc",
    "x265": "hevc",
    "h.264": "h264",
    "avc": "h264",
    "x264": "h264",
}
_NAMES: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WebP",
    "image/heic": "HEIC",
    "video/mp4": "MP4",
    "video/quicktime": "MOV",
    "video/webm": "WebM",
    "video/x-msvideo": "AVI",
    "video/x-matroska": "Matroska",
    "application/pdf": "PDF",
    "application/msword": "DOC",
    "application/vnd.ms-powerpoint": "PPT",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PPTX",
    "application/x-subrip": "SRT",
    "text/srt": "SRT",
    "text/vtt": "WebVTT",
    "text/plain": "plain text",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
}


@dataclass(frozen=True, slots=True)
class _Rule:
    """One key of `x-media`.

    Attributes:
        read: the fact that it is about; None when it is unknown.
        fits: whether (fact, limit) is fine.
        tell: what to say about (fact, limit) when it is not.
        what: what could not be checked when the fact is unknown.
        kinds: the kinds of file that it is about.
    """

    read: Callable[[Media], Any]
    fits: Callable[[Any, Any], bool]
    tell: Callable[[Any, Any], str]
    what: str
    kinds: tuple[str | None, ...] = ("video", None)


def check_media(media: Media, rules: Mapping[str, Any], field: str) -> list[Field]:
    """Every rule that *media* certainly breaks, for people, each at *field*; a truncated file is one too.

    Raises:
        ValueError: a rule's limit cannot be read; the manifest is wrong.
    """
    mistakes = []
    if media.probe.truncated and media.probe.problem:
        mistakes.append(Field(field, media.probe.problem, media.name))
    for rule, limit in _applicable(media, rules):
        fact = rule.read(media)
        if fact is not None and not rule.fits(fact, limit):
            mistakes.append(Field(field, rule.tell(fact, limit), media.name))
    return mistakes


def unchecked(media: Media, rules: Mapping[str, Any]) -> list[str]:
    """Notes on what could not be checked, for people: the file is sent all the same."""
    names = dict.fromkeys(rule.what for rule, _ in _applicable(media, rules) if rule.read(media) is None)
    notes = [f"Could not check {', '.join(names)} of {media.name}; the platform decides."] if names else []
    if media.probe.problem and not media.probe.truncated:
        notes.append(media.probe.problem)
    return notes


def byte_limit(rules: Mapping[str, Any]) -> int | None:
    """The `max_bytes` of *rules* in bytes, for `open_media`; None where there is none."""
    return parse_size(rules["max_bytes"]) if "max_bytes" in rules else None


def fits_type(media: Media, types: list[str]) -> bool:
    """Whether *media* is of one of *types*; `image/*` stands for all images."""
    return any(
        media.type == name or (name.endswith("/*") and media.type.startswith(name[:-1])) for name in types
    )


def parse_ratio(value: float | str) -> float:
    """Width by height: a number, or text such as `9:16` or `1.91:1`.

    Raises:
        ValueError: neither, or not above zero.
    """
    try:
        width, _, height = str(value).partition(":")
        ratio = float(width) / float(height or 1)
    except (ValueError, ZeroDivisionError):
        raise ValueError("expected a ratio such as 9:16, 1.91:1 or 0.8") from None
    if not 0 < ratio < float("inf"):
        raise ValueError("a ratio is above zero")
    return ratio


def _applicable(media: Media, rules: Mapping[str, Any]) -> list[tuple[_Rule, Any]]:
    kind = media.probe.kind
    found = [(_RULES[key], limit) for key, limit in rules.items() if key in _RULES]
    return [(rule, limit) for rule, limit in found if kind in rule.kinds]


def type_name(kind: str) -> str:
    """What people call a MIME type."""
    return _NAMES.get(kind, kind)


def _thing(media: Media) -> str:
    return {"video": "video", "image": "image"}.get(media.probe.kind or "", "file")


def _type_tell(media: Media, types: list[str]) -> str:
    wanted = [type_name(name) for name in types]
    given = type_name(media.type)
    choice = wanted[0] if len(wanted) == 1 else f"{', '.join(wanted[:-1])} or {wanted[-1]}"
    return f"The type of this file is {given}; {choice} is taken. Convert it."


def _sizes(size: int, limit: int) -> tuple[str, str]:
    """Both for people; in bytes when rounding would make them look equal."""
    shown = show_size(size), show_size(limit)
    return shown if shown[0] != shown[1] else (f"{size} bytes", f"{limit} bytes")


def _too_big(media: Media, limit: Any) -> str:
    size, most = _sizes(media.size, parse_size(limit))
    return f"The {_thing(media)} has {size}; at most {most} are taken. Compress it."


def _too_small(media: Media, limit: Any) -> str:
    size, least = _sizes(media.size, parse_size(limit))
    return f"The {_thing(media)} has {size}; at least {least} are needed. It may be incomplete."


def _lengths(seconds: float, limit: float) -> tuple[str, str]:
    """Both for people; in seconds when rounding would make them look equal."""
    shown = show_duration(seconds), show_duration(limit)
    return shown if shown[0] != shown[1] else (f"{seconds:g} s", f"{limit:g} s")


def _too_long(seconds: float, limit: float) -> str:
    length, most = _lengths(seconds, limit)
    return f"The video lasts {length}; at most {most} are taken. Shorten it."


def _too_short(seconds: float, limit: float) -> str:
    length, least = _lengths(seconds, limit)
    return f"The video lasts {length}; at least {least} are needed. Use a longer one."


def _whole(media: Media) -> Media:
    return media


def _typed(media: Media) -> Media | None:
    return None if media.type == UNKNOWN else media


def _ratio(media: Media) -> float | None:
    width, height = media.probe.width, media.probe.height
    return width / height if width and height else None


def _fact(name: str) -> Callable[[Media], Any]:
    def read(media: Media) -> Any:
        return getattr(media.probe, name)

    return read


def _side(name: str, *, least: bool) -> _Rule:
    bound, remedy = ("at least", "larger") if least else ("at most", "smaller")

    def fits(pixels: int, limit: int) -> bool:
        return pixels >= limit if least else pixels <= limit

    def tell(pixels: int, limit: int) -> str:
        return f"The picture's {name} is {pixels} pixels; {bound} {limit} are taken. Export it {remedy}."

    return _Rule(_fact(name), fits, tell, f"the {name}", ("video", "image", None))


def _ratio_tell(bound: str) -> Callable[[float, Any], str]:
    def tell(ratio: float, limit: Any) -> str:
        allowed = f"{bound} {parse_ratio(limit):.2f} ({limit}) is taken"
        return f"The picture's width is {ratio:.2f} times its height; {allowed}. Crop it."

    return tell


def _rate_tell(bound: str) -> Callable[[float, Any], str]:
    def tell(fps: float, limit: Any) -> str:
        return (
            f"The video has {fps:g} frames a second; {bound} {limit:g} are taken. Export it at another rate."
        )

    return tell


def _codec(name: str) -> str:
    return _ALIASES.get(name.lower(), name.lower())


def _codec_tell(codec: str, wanted: list[str]) -> str:
    return (
        f"The video's codec is {codec}; {', '.join(wanted)} can be taken. Export it again with one of those."
    )


_ALL: Final = ("video", "image", "document", None)
_PICTURE: Final = ("video", "image", None)
_RULES: Final[dict[str, _Rule]] = {
    "types": _Rule(_typed, fits_type, _type_tell, "the type", _ALL),
    "max_bytes": _Rule(_whole, lambda m, most: m.size <= parse_size(most), _too_big, "the size", _ALL),
    "min_bytes": _Rule(_whole, lambda m, least: m.size >= parse_size(least), _too_small, "the size", _ALL),
    "max_seconds": _Rule(
        _fact("seconds"),
        lambda seconds, most: seconds <= most + _SECONDS_SLACK,
        _too_long,
        "the length",
    ),
    "min_seconds": _Rule(
        _fact("seconds"),
        lambda seconds, least: seconds >= least - _SECONDS_SLACK,
        _too_short,
        "the length",
    ),
    "min_width": _side("width", least=True),
    "max_width": _side("width", least=False),
    "min_height": _side("height", least=True),
    "max_height": _side("height", least=False),
    "min_fps": _Rule(
        _fact("fps"),
        lambda fps, least: fps >= least * (1 - _SHARE_SLACK),
        _rate_tell("at least"),
        "the frame rate",
    ),
    "max_fps": _Rule(
        _fact("fps"),
        lambda fps, most: fps <= most * (1 + _SHARE_SLACK),
        _rate_tell("at most"),
        "the frame rate",
    ),
    "min_ratio": _Rule(
        _ratio,
        lambda ratio, least: ratio >= parse_ratio(least) * (1 - _SHARE_SLACK),
        _ratio_tell("at least"),
        "the aspect ratio",
        _PICTURE,
    ),
    "max_ratio": _Rule(
        _ratio,
        lambda ratio, most: ratio <= parse_ratio(most) * (1 + _SHARE_SLACK),
        _ratio_tell("at most"),
        "the aspect ratio",
        _PICTURE,
    ),
    "codecs": _Rule(
        _fact("codec"),
        lambda codec, wanted: _codec(codec) in {_codec(name) for name in wanted},
        _codec_tell,
        "the codec",
    ),
    "faststart": _Rule(
        _fact("faststart"),
        lambda fact, wanted: fact or not wanted,
        lambda *_: (
            "The video's index stands at its end; it must stand in front. Export it for the web (fast start)."
        ),
        "whether the index stands in front",
    ),
    "edit_lists": _Rule(
        _fact("edit_list"),
        lambda fact, taken: taken or not fact,
        lambda *_: (
            "The video holds edits (cuts or pauses that were not rendered). Export it again as a new video."
        ),
        "whether it holds edits",
    ),
}
