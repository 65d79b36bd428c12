"""`upload`: a file in parts, in order or several at once, going on where the server is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast

from postwire.decide.parts import Part, after, given, plan, resume
from postwire.decide.retry import is_unknown
from postwire.errors import ActionFailed, OutcomeUnknown
from postwire.flow.exchange import exchange
from postwire.language.functions import MISSING
from postwire.language.units import parse_size
from postwire.media.value import MediaPart, MediaValue
from postwire.values import Progress, Together

if TYPE_CHECKING:
    from postwire.decide.program import UploadCode
    from postwire.flow.state import State
    from postwire.language.expression import Closure, Scope
    from postwire.values import Flow

_ELSEWHERE: Final = 416  # Range Not Satisfiable: the server stands at another byte
_REFUSED: Final = 400
_RESYNCS: Final = 5


class _Elsewhere(NamedTuple):
    """The server wants another part next; None where it cannot be told which."""

    part: int | None


def upload(
    state: State, key: str, code: UploadCode, collect: Closure | None, scope: Scope
) -> Flow[dict[str, Any]]:
    """Send every part; `items` are what `collect` made of the answers, in the order of the parts.

    Raises:
        ActionFailed: a part was refused, or the server's place cannot be found again.
        OutcomeUnknown: the last part may have arrived although no answer came.
    """
    media = code.media(scope)
    if not isinstance(media, MediaValue):
        raise ActionFailed("internal", "There is no media to upload.", sent="no", step=key)
    ranges = _ranges(code, scope)
    parts = _parts(code, scope, media, ranges)
    scopes = [_part_scope(scope, part, parts, media, ranges) for part in parts]
    if code.parallel > 1:
        flows = tuple(_send(state, key, code, collect, part, scopes[part.index]) for part in parts)
        items = yield Together(flows, code.parallel)
    else:
        items = yield from _in_order(state, key, code, collect, parts, scopes)
    # Each part may be sent again, but with all of them there the platform goes on by itself.
    state.tally.created |= state.program.effect != "read"
    return {"items": [item for item in items if item is not MISSING], "count": len(parts)}


def _ranges(code: UploadCode, scope: Scope) -> list[Any] | None:
    if code.ranges is None:
        return None
    found = code.ranges(scope)
    if not isinstance(found, list) or not found:
        raise ActionFailed("internal", "The platform gave no ranges to upload.")
    return found


def _parts(code: UploadCode, scope: Scope, media: MediaValue, ranges: list[Any] | None) -> tuple[Part, ...]:
    if ranges is not None and code.first and code.last:
        pairs = [(code.first(inner), code.last(inner)) for inner in ({**scope, "range": r} for r in ranges)]
        return given(pairs, media.size)
    size = code.part_size(scope) if code.part_size else media.size
    remainder = cast("Literal['own', 'last']", code.remainder)
    return plan(media.size, parse_size(size), remainder)


def _part_scope(
    scope: Scope, part: Part, parts: tuple[Part, ...], media: MediaValue, ranges: list[Any] | None
) -> dict[str, Any]:
    about = {
        "index": part.index,
        "number": part.index + 1,
        "count": len(parts),
        "first": part.first,
        "last": part.last,
        "size": part.size,
        "total": media.size,
        "bytes": MediaPart(media, part.first, part.size),
    }
    return {**scope, "part": about, **({"range": ranges[part.index]} if ranges else {})}


def _send(
    state: State,
    key: str,
    code: UploadCode,
    collect: Closure | None,
    part: Part,
    scope: dict[str, Any],
    parts: tuple[Part, ...] = (),
    resyncs: int = 0,
) -> Flow[Any]:
    """Send one part; what `collect` makes of the answer, or an _Elsewhere."""
    name = key if scope["part"]["count"] == 1 else f"{key}[{part.index}]"
    name = f"{name}^{resyncs}" if resyncs else name  # the same part again is another effect
    progress = Progress(key, part.first, scope["part"]["total"])
    accept = partial(_is_elsewhere, code) if code.resync else None
    seen = yield from exchange(state, name, code.request, scope, progress=progress, accept=accept)
    if accept and accept(seen):
        return _Elsewhere(_place(code, parts, seen))
    return collect(seen) if collect else MISSING


def _is_elsewhere(code: UploadCode, seen: Scope) -> bool:
    if code.received is None:
        return bool(seen["status"] == _ELSEWHERE)
    return seen["status"] >= _REFUSED and code.received(seen) is not MISSING


def _place(code: UploadCode, parts: tuple[Part, ...], seen: Scope) -> int | None:
    total = seen["part"]["total"]
    if code.received is None:
        return resume(parts, seen["headers"], total)
    return after(parts, code.received(seen), total)


def _in_order(
    state: State,
    key: str,
    code: UploadCode,
    collect: Closure | None,
    parts: tuple[Part, ...],
    scopes: list[dict[str, Any]],
) -> Flow[list[Any]]:
    items: dict[int, Any] = {}
    index = resyncs = 0
    while index < len(parts):
        try:
            answer = yield from _send(state, key, code, collect, parts[index], scopes[index], parts, resyncs)
        except ActionFailed as error:
            raise (_last_part(state, error, key) if index == len(parts) - 1 else error) from None
        if not isinstance(answer, _Elsewhere):
            items[index] = answer
            index += 1
            continue
        resyncs += 1
        if answer.part is None or resyncs > _RESYNCS:
            raise ActionFailed("conflict", "The server does not say where the upload goes on.", step=key)
        index = answer.part
    return [items.get(part.index, MISSING) for part in parts]


def _last_part(state: State, error: ActionFailed, key: str) -> ActionFailed:
    """With the last part everything may be there, although an answer was lost on the way."""
    # A platform that failed may have gone on all the same, unless it says that it took nothing up.
    unsure = error.sent == "maybe" or is_unknown(error, safe=False)
    if not unsure or state.program.effect == "read" or isinstance(error, OutcomeUnknown):
        return error
    message = f"The answer to the last part was lost ({error.message}): the upload may be complete."
    return OutcomeUnknown(message, step=key, provider=error.provider)
