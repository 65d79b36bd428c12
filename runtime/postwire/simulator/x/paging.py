"""Pages and their opaque tokens."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypeVar

from postwire.simulator.x.params import Param, Whole, Word
from postwire.simulator.x.refusal import InvalidError, bad_query

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from postwire.simulator.x.operation import Ask

T = TypeVar("T")
LONG_TOKEN = 16  # characters


def parameters(low: int, high: int, default: int, *, long_token: bool = False) -> dict[str, Param]:
    """Make the paging parameters of an operation."""
    # X sheet 10: Pagination (minimum token length 16 on some)
    token = Word(rf".{{{LONG_TOKEN},}}") if long_token else Word()
    return {"max_results": Whole(low, high, default), "pagination_token": token}


def page(
    ask: Ask, items: Sequence[T], identify: Callable[[T], str], *, back: bool = True, size: int = 0
) -> tuple[list[T], dict[str, Any]]:
    """Take the page that a request wants, and make its meta; raises InvalidError for a token of elsewhere."""
    # X sheet 10: Pagination (pagination_token and next_token are synonyms, one at a time)
    given = [n for n in ("pagination_token", "next_token") if ask.query.get(n)]
    if len(given) > 1:
        raise InvalidError("Use only one of `pagination_token` and `next_token`", {"next_token": []})
    size = size or ask.query["max_results"]
    first = _first(ask, given[0], [identify(item) for item in items], size) if given else 0
    taken = list(items[first : first + size])
    meta: dict[str, Any] = {"result_count": len(taken)}
    if first + size < len(items):
        meta["next_token"] = _token(ask, "n", identify(taken[-1]))
    if back and first > 0 and taken:
        meta["previous_token"] = _token(ask, "p", identify(taken[0]))
    return taken, meta


def _token(ask: Ask, direction: str, item_id: str) -> str:
    words = f"{direction}|{ask.operation.path}|{item_id}"
    return base64.b32hexencode(words.encode()).decode().rstrip("=")


def _first(ask: Ask, name: str, ids: list[str], size: int) -> int:
    raw = ask.query[name]
    try:
        words = base64.b32hexdecode(raw + "=" * (-len(raw) % 8)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise bad_query(name, raw, "is not valid") from None
    direction, _, rest = words.partition("|")
    path, _, item_id = rest.rpartition("|")
    if path != ask.operation.path or direction not in {"n", "p"}:
        raise bad_query(name, raw, "is not valid")
    at = ids.index(item_id) if item_id in ids else _nearest(ids, item_id)
    return at + 1 if direction == "n" and item_id in ids else max(at - size, 0) if direction == "p" else at


def _nearest(ids: list[str], gone: str) -> int:
    """Tell where something that is gone would be: ids fall from first to last."""
    return next((n for n, item in enumerate(ids) if item.isdigit() and int(item) < int(gone)), len(ids))
