"""Words of ours that travel in an address: they are shown only to the browser for which they were written."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST: Final = 600  # characters of a notice
KINDS: Final = ("success", "info", "warning", "danger")


def seal(key: str, *texts: str) -> str:
    """What proves that *texts* are ours; *key* is known to us and, at most, to one browser."""
    return hmac.new(key.encode(), json.dumps(texts).encode(), hashlib.sha256).hexdigest()[:32]


def fits(key: str, given: str, *texts: str) -> bool:
    """Whether *given* is the seal of *texts*."""
    return hmac.compare_digest(seal(key, *texts).encode(), given.encode())


def notice(key: str, kind: str, text: str) -> dict[str, str]:
    """The query that shows *text* on the next page; *kind* as toasts have it."""
    said = _short(text)
    return {"told": said, "kind": kind, "seal": seal(key, "told", kind, said)}


def noticed(key: str, query: Mapping[str, str]) -> list[tuple[str, str]]:
    """(kind, text) of the notice in a query; nothing where it is none of ours."""
    kind, text = query.get("kind", ""), query.get("told", "")
    if kind in KINDS and text and fits(key, query.get("seal", ""), "told", kind, text):
        return [(kind, text)]
    return []


def trouble(key: str, message: str, remedy: str) -> dict[str, str]:
    """The query that tells what went wrong and what to do, in words that are not among our own."""
    said = (_short(message), _short(remedy))
    return {"note": said[0], "help": said[1], "seal": seal(key, "trouble", *said)}


def troubled(key: str, query: Mapping[str, str]) -> tuple[str, str]:
    """(message, remedy) of the trouble in a query; empty where it is none of ours."""
    said = (query.get("note", ""), query.get("help", ""))
    return said if fits(key, query.get("seal", ""), "trouble", *said) else ("", "")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def with_query(path: str, query: Mapping[str, str | None]) -> str:
    """*path* with what there is of *query* behind it."""
    given = {name: value for name, value in query.items() if value}
    if not given:
        return path
    bare, mark, place = path.partition("#")
    return f"{bare}{'&' if '?' in bare else '?'}{urlencode(given)}{mark}{place}"
