"""`pages` and `poll`: one request again and again, until there is no more, or until it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.errors import ActionFailed
from postwire.flow.exchange import exchange
from postwire.flow.state import Pending, saved
from postwire.language.functions import MISSING, text
from postwire.language.units import parse_duration
from postwire.values import About, Event, Report, Sleep

if TYPE_CHECKING:
    from postwire.decide.program import PagesCode, PollCode, RequestCode, Saves
    from postwire.flow.state import State
    from postwire.language.expression import Scope
    from postwire.values import Flow

_PASSING = ("transient", "rate_limited")


def pages(state: State, key: str, code: RequestCode, paging: PagesCode, scope: Scope) -> Flow[dict[str, Any]]:
    """Every page's items; the scope of the last answer, with `page.items` and where it would go on.

    Raises:
        ActionFailed: `internal`, when the platform gives the same place twice; what was created until then is
            in `saved`.
    """
    items: list[Any] = []
    limit = _limit(paging, scope)
    page: dict[str, Any] = {"number": 1, "left": limit}
    seen_places = set()
    while True:
        name = key if page["number"] == 1 else f"{key}[{page['number']}]"
        try:
            seen = yield from exchange(state, name, code, {**scope, "page": _known(page)})
        except ActionFailed as error:
            error.saved = {**_reached(state, key, items), **error.saved}
            raise
        found = paging.items(seen)
        items += found if isinstance(found, list) else []
        following = paging.next(seen)
        left = None if limit is None else limit - len(items)
        page = {"number": page["number"] + 1, "left": left, "next": following, "items": items[:limit]}
        ended = following is MISSING or following is None
        if ended or (left is not None and left <= 0) or page["number"] > paging.max_pages:
            return {**seen, "page": _known(page)}
        if repr(following) in seen_places:
            raise ActionFailed("internal", "The platform's list goes round in circles.", step=name)
        seen_places.add(repr(following))


def _reached(state: State, key: str, items: list[Any]) -> dict[str, Any]:
    """What a chain of calls that change something had made before it broke off: its ids, say."""
    made = [item for item in items if isinstance(item, str | int)]
    return {f"{key}.items": made} if made and state.tally.created else {}


def _limit(paging: PagesCode, scope: Scope) -> int | None:
    value = paging.limit(scope) if paging.limit else MISSING
    return value if isinstance(value, int) else None


def _known(page: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in page.items() if value is not None and value is not MISSING}


def poll(
    state: State, key: str, code: PollCode, saves: Saves, scope: Scope
) -> Flow[tuple[dict[str, Any], bool]]:
    """(what is saved, whether the end was reached); out of time is not the end, and no failure either.

    Raises:
        ActionFailed: the platform says that it failed, or refuses the question.
    """
    budget = parse_duration(code.timeout(scope))
    about = _about(state, code, scope)
    start, number = state.spent.seconds, 0
    while True:
        number += 1
        name = key if number == 1 else f"{key}#{number}"
        try:
            seen = yield from exchange(state, name, code.request, scope)
        except ActionFailed as error:
            if not state.tally.created or error.code not in _PASSING:
                raise
            # What was created stays created, although we cannot look at it just now.
            state.tally.warnings.append(f"Could not look how far it is: {error.message}")
            return {}, False
        _check(code, seen, name)
        if code.until(seen):
            return saved(saves, seen, key), True
        wait = parse_duration(code.every(seen))
        if state.spent.seconds - start + wait > budget:
            return saved(saves, seen, key, strict=False), False
        yield Report(Event("wait", key, "The platform is still processing it.", seconds=wait))
        yield Sleep(f"{name}+again", wait, about)
        state.spent.seconds += wait


def _about(state: State, code: PollCode, scope: Scope) -> About | None:
    reference = code.reference(scope) if code.reference else MISSING
    known = reference is not MISSING and reference is not None
    return About(state.program.api.name, text(reference)) if known else None


def _check(code: PollCode, seen: Scope, key: str) -> None:
    if code.fail_when and code.fail_when(seen):
        message = code.fail_message(seen)
        told = text(message) if message is not MISSING else "The platform could not process it."
        raise ActionFailed(code.fail_code, told, step=key, provider={"status": seen["status"]})


__all__ = ["Pending", "pages", "poll"]
