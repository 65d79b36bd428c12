"""From a Response to what a manifest reads, or to the error that it means."""

from __future__ import annotations

import json
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import CATALOGUE, ActionFailed, shown
from postwire.language.missing import MISSING, ExpressionProblem, text
from postwire.secret import scrub

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.decide.api import Api, Rule
    from postwire.language.expression import Closure, Scope
    from postwire.values import Response

# What a status means where no rule of the integration says more.
_BY_STATUS: Final = {
    400: "invalid_input",
    401: "auth_expired",
    402: "credits_depleted",
    403: "permission_denied",
    404: "not_found",
    408: "transient",
    409: "conflict",
    410: "not_found",
    413: "media_rejected",
    415: "media_rejected",
    422: "invalid_input",
    426: "version_retired",
    429: "rate_limited",
}
_SUCCESS: Final = range(200, 300)
_BROKEN: Final = 500
_CALLER: Final = 400
_LONGEST: Final = 500  # characters of a platform's message
_EVER: Final = 1e9  # seconds: thirty years
_DELAY: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def read(response: Response) -> dict[str, Any]:
    """What expressions see of an answer: `status`, `headers` and, when there is one, `body`."""
    seen: dict[str, Any] = {"status": response.status, "headers": response.headers}
    body = _body(response)
    if body is not MISSING:
        seen["body"] = body
    return seen


def _body(response: Response) -> Any:
    raw = response.body
    if not raw:
        return MISSING
    if raw[:1] in (b"{", b"[") or "json" in response.headers.get("content-type", ""):
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            pass
    return raw.decode("utf-8", "replace")


def failure(api: Api, own: tuple[Rule, ...], scope: Scope, accepted: list[int]) -> ActionFailed | None:
    """The error that an answer means, or None for a success.

    The action's *own* rules come first, then the integration's, then what the status means everywhere.
    """
    status = scope["status"]
    if status in accepted or _is_success(api, status, scope):
        return None
    rule = next((rule for rule in (*own, *api.errors) if _quiet(rule.when, scope) is True), None)
    code = rule.code if rule else _by_status(status)
    return ActionFailed(
        code,
        _message(api, rule, scope),
        remedy=_words(rule.remedy, scope) if rule and rule.remedy else None,
        retry_after=told(api, scope, rule.retry_after if rule else None),
        provider=_provider(api, scope),
    )


def _is_success(api: Api, status: int, scope: Scope) -> bool:
    if status not in _SUCCESS:
        return False
    # An upload host answers without the envelope; only a JSON body can contradict its status.
    return api.ok is None or not isinstance(scope.get("body"), dict) or _quiet(api.ok, scope) is True


def _by_status(status: int) -> str:
    if status >= _BROKEN:
        return "transient"
    return _BY_STATUS.get(status, "internal" if status < _CALLER else "invalid_input")


def _message(api: Api, rule: Rule | None, scope: Scope) -> str:
    said = (_words(rule.message, scope) if rule and rule.message else "") or _words(api.message, scope)
    if said:
        return said
    entry = CATALOGUE[rule.code if rule else _by_status(scope["status"])]
    return f"{entry.title}: {api.title} answered with status {scope['status']}."


def _quiet(closure: Callable[[Scope], Any], scope: Scope) -> Any:
    """The value of *closure*; missing when the answer is of another form: it means an error all the same."""
    try:
        return closure(scope)
    except ExpressionProblem:
        return MISSING


def _words(closure: Closure, scope: Scope) -> str:
    """What a platform or a manifest says, for people: cut, and without the credentials that it may repeat."""
    value = _quiet(closure, scope)
    return scrub(value[:_LONGEST]) if isinstance(value, str) else ""


def _provider(api: Api, scope: Scope) -> dict[str, Any]:
    known: dict[str, Any] = {"status": scope["status"]}
    for name, closure in (("code", api.error_code), ("message", api.message), ("request_id", api.request_id)):
        value = _quiet(closure, scope) if closure else MISSING
        if isinstance(value, str | int | float):
            spelled = scrub(str(value)[:_LONGEST] if isinstance(value, str) else text(value))
            known[name] = spelled if name == "message" else shown(spelled)
    return known


def told(api: Api, scope: Scope, otherwise: float | None = None) -> float | None:
    """Seconds that the answer asks to wait: by `Retry-After` (seconds or a date), or the platform's own."""
    own = _quiet(api.retry_after, scope) if api.retry_after else MISSING
    value = scope["headers"].get("retry-after") if own is MISSING or own is None else own
    seconds = _seconds(value, scope)
    return otherwise if seconds is None else seconds


def _seconds(value: Any, scope: Scope) -> float | None:
    if isinstance(value, int | float):
        return min(max(0.0, float(value)), _EVER) if not isinstance(value, bool) else None
    if not isinstance(value, str):
        return None
    if _DELAY.fullmatch(value.strip()):
        return float(value)
    then = _time(value)
    return None if then is None else max(0.0, then - _moment(scope))


def _moment(scope: Scope) -> float:
    """The server's own time where it tells it, for its dates are by its clock."""
    told_time = _time(scope["headers"].get("date", ""))
    return float(scope["run"]["now"]) if told_time is None else told_time


def _time(value: str) -> float | None:
    """An HTTP date in seconds since 1970; in UTC where it names no zone."""
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):  # the parser trips over some texts
        return None
