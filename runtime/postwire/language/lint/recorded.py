"""The answers that an action's cassette holds, as types: what `body.*` can be."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import yaml

from postwire.language import cassette
from postwire.language.lint import kinds
from postwire.language.template import TemplateProblem, pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postwire.language.cassette import Cassette
    from postwire.language.lint.kinds import Type

    Answers = Callable[[str, str], Type]

_BROKEN: Final = (yaml.YAMLError, LookupError, TypeError, AttributeError, ValueError, OSError)


def read(folder: Path, action: str) -> Cassette | None:
    """The cassette of *action*; None where there is none, or none that can be read."""
    try:
        return cassette.read(folder, action)
    except _BROKEN:  # `unreadable_cassette` tells of it
        return None


def answers(found: Cassette | None) -> Answers:
    """From a request's method and address to the type of its `body`; ANY where none is recorded."""

    def body(method: str, address: str) -> Type:
        pattern = _pattern(address)
        if found is None or pattern is None:
            return kinds.ANY
        bodies = [
            kinds.of_answer(value)
            for one in found.interactions
            if one.method == method and pattern.search(urlsplit(one.uri).path)
            for value in _json(one.body)
        ]
        return kinds.joined(bodies) if bodies else kinds.ANY

    return body


def _pattern(address: str) -> re.Pattern[str] | None:
    """What the path of a recorded address ends with; None where the address is known only in a run."""
    try:
        parts = pieces(address)
    except TemplateProblem:
        return None
    if not parts or not isinstance(parts[0], str):
        return None
    made = "".join(re.escape(part) if isinstance(part, str) else "[^?]*" for part in parts)
    path = re.sub(r"^https?://[^/]*", "", made).partition(r"\?")[0]
    return re.compile(f"{path}$") if path else None


def _json(body: bytes) -> Iterator[Any]:
    try:
        yield json.loads(body)
    except (ValueError, RecursionError):
        return
