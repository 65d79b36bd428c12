"""The "little" text of posts: what is published of it, and what a read gives back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# LinkedIn sheet 6.2: little text format (reserved characters)
RESERVED = frozenset("\\|{}@[]()<>#*_~")
_HASHTAG = re.compile(r"#([^\W_]+)")
_TEMPLATE = re.compile(r"\{hashtag\|\\?#\|([^\W_]+)\}")
_MENTION = re.compile(
    r"@\[((?:\\.|[^\\\]])*)\]\((urn:li:(?:person|organization|organizationBrand):[^()\s]+)\)"
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed text: what people see, what a read gives back, and where it was cut, if it was."""

    text: str
    little: str
    cut: int | None = None


def parse(source: str, names: Callable[[str], tuple[str, ...]]) -> Parsed:
    """Read little text; `names` tells by which texts a URN may be mentioned, none where it is unknown.

    The text ends silently before the first reserved character that is neither escaped nor an element.
    """
    # LinkedIn sheet 1: Twelve things that will surprise you (2); sheet 13: Simulator notes
    shown, little, at = "", "", 0
    while at < len(source):
        step = _element(source, at, names)
        if step is None:
            return Parsed(shown, little, at)
        length, text, back = step
        shown, little, at = shown + text, little + back, at + length
    return Parsed(shown, little)


def escape(text: str) -> str:
    """Put a backslash before every reserved character."""
    return "".join(f"\\{char}" if char in RESERVED else char for char in text)


def _element(source: str, at: int, names: Callable[[str], tuple[str, ...]]) -> tuple[int, str, str] | None:
    char = source[at]
    if char not in RESERVED:
        return 1, char, char
    if char == "\\":
        escaped = source[at + 1 : at + 2]
        return (2, escaped, f"\\{escaped}") if escaped and escaped in RESERVED else None
    # LinkedIn sheet 6.2: little text format (a read returns hashtags as templates)
    if tag := _HASHTAG.match(source, at) or _TEMPLATE.match(source, at):
        return len(tag[0]), f"#{tag[1]}", f"{{hashtag|\\#|{tag[1]}}}"
    if mention := _MENTION.match(source, at):
        return len(mention[0]), *_mentioned(mention, names)
    return None


def _mentioned(mention: re.Match[str], names: Callable[[str], tuple[str, ...]]) -> tuple[str, str]:
    # LinkedIn sheet 6.2: little text format (not the name: plain text; an unrelated person is dropped)
    display, known = _ESCAPE.sub(r"\1", mention[1]), names(mention[2])
    if display in known:
        return display, f"@[{mention[1]}]({mention[2]})"
    if not known and ":person:" in mention[2]:
        return "", ""
    return display, escape(display)
