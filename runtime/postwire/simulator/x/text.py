"""The text of a post: links found and wrapped, weight, tags and mentions."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LIMIT = 280  # weighted
LONG_LIMIT = 25_000
LINK_WEIGHT = 23

# X sheet 8: Text length rule (bare domains with known TLDs too). Sheet silent on which: a few common ones.
_TLDS = "com|org|net|io|dev|co|app|ai|edu|gov|info|biz|tv|me|xyz|news|blog|shop|de|uk|fr|eu|jp"
LINK = re.compile(
    r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]'…]"
    rf"|(?<![@#$\w.\-/])(?:[a-z0-9-]+\.)+(?:{_TLDS})\b(?:/[^\s<>\".,;:!?)]*)?",
    re.IGNORECASE,
)
HASHTAG = re.compile(r"(?<![\w&])#(\w*[^\W\d]\w*)")
MENTION = re.compile(r"(?<![\w@])@([A-Za-z0-9_]{1,15})(?!\w)")
CASHTAG = re.compile(r"(?<![\w$])\$([A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?!\w)")

_SIGN = "[\U0001f000-\U0001faff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff]"
_TONE = "[\U0001f3fb-\U0001f3ff]"
_TEXTUAL = "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u3030\u303d\u3297\u3299]"
_ONE = f"(?:{_SIGN}\ufe0f?|{_TEXTUAL}\ufe0f){_TONE}?"
EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    f"|{_ONE}[\U000e0020-\U000e007f]*(?:\u200d(?:{_ONE}|[\u2640\u2642\u2695\u2696\u2708\u2764]\ufe0f?))*"
)
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


def weight(text: str) -> int:
    """Tell the weighted length of a text."""
    # X sheet 8: Text length rule (NFC; an address counts 23, an emoji 2, a code point 1 or 2)
    total, rest = 0, unicodedata.normalize("NFC", text)
    rest, links = LINK.subn("", rest)
    rest, emojis = EMOJI.subn("", rest)
    total += LINK_WEIGHT * links + 2 * emojis
    return total + sum(1 if _is_light(ord(sign)) else 2 for sign in rest)


def _is_light(point: int) -> bool:
    return any(first <= point <= last for first, last in _LIGHT)


def without_leading(text: str, usernames: Iterable[str]) -> str:
    """Take the leading mentions of a reply off that the app fills in itself."""
    # X sheet 8: Text length rule (auto-populated leading @mentions do not count)
    known = {name.lower() for name in usernames}
    while (match := re.match(r"\s*@(\w{1,15})\s*", text)) and match[1].lower() in known:
        text = text[match.end() :]
    return text


def wrap(text: str, name: Callable[[], str]) -> tuple[str, list[tuple[str, str]]]:
    """Put a short address in place of each one, and list (short, original)."""
    # X sheet 13: Simulator notes (https://t.co/<10 chars>)
    links: list[tuple[str, str]] = []

    def short(match: re.Match[str]) -> str:
        if match[0].startswith("https://t.co/"):
            return match[0]
        links.append((name(), match[0]))
        return links[-1][0]

    return LINK.sub(short, text), links


def entities(text: str, links: list[tuple[str, str]], known: Callable[[str], str | None]) -> dict[str, Any]:
    """Find the entities of a text whose addresses are wrapped; `known` gives the id of a username."""
    # X sheet 13: Simulator notes (entities.urls). Offsets count code points.
    found: dict[str, list[dict[str, Any]]] = {
        "urls": [_link(text, short, given) for short, given in links],
        "hashtags": [_tag(match) for match in HASHTAG.finditer(text)],
        "cashtags": [_tag(match) for match in CASHTAG.finditer(text)],
        "mentions": [
            {"start": match.start(), "end": match.end(), "username": match[1], "id": known(match[1])}
            for match in MENTION.finditer(text)
        ],
    }
    for mention in found["mentions"]:
        if mention["id"] is None:
            del mention["id"]
    return {kind: items for kind, items in found.items() if items}


def _tag(match: re.Match[str]) -> dict[str, Any]:
    return {"start": match.start(), "end": match.end(), "tag": match[1]}


def _link(text: str, short: str, given: str) -> dict[str, Any]:
    start = text.find(short)
    whole = given if "://" in given else f"http://{given}"
    return {
        "start": start,
        "end": start + len(short),
        "url": short,
        "expanded_url": whole,
        "display_url": whole.partition("://")[2].removeprefix("www.").rstrip("/")[:40],
    }


def mentions(text: str) -> set[str]:
    """List the usernames in a text, in small letters."""
    return {name.lower() for name in MENTION.findall(text)}
