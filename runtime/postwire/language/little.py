"""LinkedIn's "little text", which posts are written in (page "little Text Format", view 2026-05).

A backslash stands before each reserved character of plain text; one without it can silently cut what is
published. What is meant as an element stays as it is: mentions `@[Name](urn)` and hashtags `#word`.
Comments are plain text beside a list of mentions with their places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from postwire.errors import shown
from postwire.language.missing import ExpressionProblem

_RESERVED: Final = {ord(mark): f"\\{mark}" for mark in "\\|{}@[]()<>#*_~"}
# One word of letters and digits, a letter among them; not inside a word or an address.
_HASHTAG: Final = re.compile(r"(?<![\w#&/])#(?=[^\W_]*[^\W\d_])[^\W_]+(?!\w)")
_NAME: Final = re.compile(r"[^\[\]\\\n]+")
_URN: Final = re.compile(r"urn:li:[A-Za-z]+:[A-Za-z0-9_-]+")
_ELEMENT: Final = re.compile(
    r"\\(?P<plain>.)"
    r"|@\[(?P<name>(?:[^\]\\]|\\.)*)\]\(urn:[^()\s]*\)"
    r"|\{hashtag\|\\?\#\|(?P<tag>(?:[^}\\]|\\.)*)\}",
    re.DOTALL,
)
_Place = tuple[int, int, Mapping[str, Any]]  # where a name begins and ends, and the mention


def little_text(value: Any, mentions: Any = ()) -> str:
    r"""Plain text as little text; each of *mentions* (`name`, `urn`) becomes one where its name stands.

    >>> print(little_text("50% (off) #sale with @Acme", [{"name": "Acme", "urn": "urn:li:organization:1"}]))
    50% \(off\) #sale with @[Acme](urn:li:organization:1)
    """
    whole, made, end = _text(value, "little_text"), [], 0
    for start, stop, mention in _places(whole, mentions, "little_text"):
        before = whole[end:start]
        made += [_escaped(before.removesuffix("@")), f"@[{mention['name']}]({mention['urn']})"]
        end = stop
    return "".join([*made, _escaped(whole[end:])])


def from_little_text(value: Any) -> str:
    r"""What people read of a little text.

    >>> from_little_text(r"@[Acme](urn:li:organization:1) \(UK\) {hashtag|\#|sale}")
    'Acme (UK) #sale'
    """
    return _ELEMENT.sub(_read, _text(value, "from_little_text"))


def mention_spans(value: Any, mentions: Any) -> list[dict[str, Any]]:
    """Where the names of *mentions* stand, in UTF-16 units; one that is not in the text is left out.

    >>> mention_spans("Hi Ada!", [{"name": "Ada", "urn": "urn:li:person:a"}])
    [{'start': 3, 'length': 3, 'name': 'Ada', 'urn': 'urn:li:person:a'}]
    """
    whole = _text(value, "mention_spans")
    return [
        {"start": _units(whole[:start]), "length": _units(whole[start:stop]), **mention}
        for start, stop, mention in _places(whole, mentions, "mention_spans")
    ]


def _places(whole: str, mentions: Any, function: str) -> list[_Place]:
    """Each mention at the first place of its name that none before it took, in the order of the text."""
    taken: list[_Place] = []
    for mention in _mentions(mentions, function):
        free = (
            (start, stop, mention)
            for start, stop in _occurrences(whole, mention["name"])
            if all(stop <= first or start >= last for first, last, _ in taken)
        )
        taken += [place] if (place := next(free, None)) else []
    return sorted(taken, key=lambda place: place[0])


def _mentions(mentions: Any, function: str) -> Iterator[dict[str, str]]:
    if not isinstance(mentions, list | tuple):
        raise ExpressionProblem(f"{function}() asks for a list, not {shown(mentions)}")
    for each in mentions:
        name, urn = (each.get("name"), each.get("urn")) if isinstance(each, Mapping) else (None, None)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ExpressionProblem(f"{shown(name)} is no name of a mention")
        if not isinstance(urn, str) or not _URN.fullmatch(urn):
            raise ExpressionProblem(f"{shown(urn)} is no urn of a mention")
        yield {"name": name, "urn": urn}


def _occurrences(whole: str, name: str) -> Iterator[tuple[int, int]]:
    """Where *name* stands as words of its own: first those behind an @, then the others."""
    found = [match.span(1) for match in re.finditer(rf"(?<![\w@])@?({re.escape(name)})(?!\w)", whole)]
    yield from sorted(found, key=lambda span: whole[span[0] - 1 : span[0]] != "@")


def _escaped(plain: str) -> str:
    made, end = [], 0
    for match in _HASHTAG.finditer(plain):
        made += [plain[end : match.start()].translate(_RESERVED), match[0]]
        end = match.end()
    return "".join([*made, plain[end:].translate(_RESERVED)])


def _read(element: re.Match[str]) -> str:
    if element["plain"] is not None:
        return element["plain"]
    inner = re.sub(r"\\(.)", r"\1", element["name"] or element["tag"] or "", flags=re.DOTALL)
    return inner if element["name"] is not None else f"#{inner}"


def _units(part: str) -> int:
    return len(part.encode("utf-16-le", "surrogatepass")) // 2


def _text(value: Any, function: str) -> str:
    if isinstance(value, str):
        return value
    raise ExpressionProblem(f"{function}() asks for text, not {shown(value)}")
