"""What is told of files: what a field takes, and what is known of one that was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postwire.language.units import parse_size, show_duration, show_size
from postwire.media.rules import check_media, type_name, unchecked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postwire.media.file import Media
    from postwire.media.store import MediaStore


@dataclass(frozen=True, slots=True)
class About:
    """A file that was sent.

    Attributes:
        kind: image, video or document; "" for what nobody knows.
        told: its type, size, length and measures, in words.
        mistakes: which rules of the field it breaks.
        notes: what could not be checked.
    """

    media: str
    name: str
    type: str
    kind: str
    told: str
    mistakes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def takes(rules: Mapping[str, Any]) -> str:
    """What a field takes: "MP4, MOV or WebM, up to 500 MB, up to 10 min"."""
    names = list(dict.fromkeys(type_name(each) for each in rules.get("types", ())))
    words = [" or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))] if names else []
    if "max_bytes" in rules:
        words.append(f"up to {show_size(parse_size(rules['max_bytes']))}")
    least, most = rules.get("min_seconds"), rules.get("max_seconds")
    if most is not None:
        words.append(
            f"{show_duration(least)} to {show_duration(most)}" if least else f"up to {show_duration(most)}"
        )
    return ", ".join(words)


def largest(rules: Mapping[str, Any]) -> int:
    """Bytes at most; 0 for any number. What is converted first may be larger."""
    return parse_size(rules["max_bytes"]) if "max_bytes" in rules and "convert" not in rules else 0


def about(media: Media, rules: Mapping[str, Any] | None = None) -> About:
    """What is known of *media*, and what speaks against it in a field with these rules."""
    known = media.probe
    words = [type_name(media.type), show_size(media.size)]
    words += [show_duration(known.seconds)] if known.seconds and known.kind == "video" else []
    words += [f"{known.width} × {known.height}"] if known.width and known.height else []  # noqa: RUF001 - a times sign
    rules = _checked(rules or {}, media)
    mistakes = tuple(field.message for field in check_media(media, rules, ""))
    told = ", ".join(words)
    notes = tuple(unchecked(media, rules))
    return About(str(media.handle), media.name, media.type, known.kind or "", told, mistakes, notes)


def _checked(rules: Mapping[str, Any], media: Media) -> Mapping[str, Any]:
    """The rules that speak of the file as it is: one that will be converted changes its type and size."""
    if "convert" not in rules or media.probe.kind != "image":
        return rules
    return {key: rule for key, rule in rules.items() if key not in {"types", "max_bytes"}}


def known(store: MediaStore, texts: Iterable[str]) -> dict[str, About]:
    """What is known of those that are handles of *store*; reads their headers, so it is for threads."""
    found = {}
    for text in texts:
        try:
            found[text] = about(store.get(text))
        except KeyError:
            continue
    return found
