"""From a Response to what a manifest reads, or to the error that it means."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import CATALOGUE, ActionFailed, shown
from postwire.language.functions import MISSING, ExpressionProblem, text

if TYPE_CHECKING:
    from postwire.decide.api import Api, Rule
    from postwire.language.expression import Scope
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
    rule = next((rule for rule in (*own, *api.errors) if rule.when(scope)), None)
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
    return api.ok is None or not isinstance(scope.get("body"), dict) or api.ok(scope)


def _by_status(status: int) -> str:
    if status >= _BROKEN:
        return "transient"
    return _BY_STATUS.get(status, "internal" if status in _SUCCESS or status < 400 else "invalid_input")  # noqa: PLR2004 - where the caller's faults begin


def _message(api: Api, rule: Rule | None, scope: Scope) -> str:
    said = _words(rule.message, scope) if rule and rule.message else _words(api.message, scope)
    if said:
        return said
    entry = CATALOGUE[rule.code if rule else _by_status(scope["status"])]
    return f"{entry.title}: {api.title} answered with status {scope['status']}."


def _words(closure: Any, scope: Scope) -> str:
    try:
        value = closure(scope)
    except ExpressionProblem:
        return ""
    return value if isinstance(value, str) else ""


def _provider(api: Api, scope: Scope) -> dict[str, Any]:
    known: dict[str, Any] = {"status": scope["status"]}
    for name, closure in (("code", api.error_code), ("message", api.message), ("request_id", api.request_id)):
        value = closure(scope) if closure else MISSING
        if value is not MISSING and value is not None:
            known[name] = shown(text(value)) if name != "message" else str(value)[:500]
    return known


def told(api: Api, scope: Scope, otherwise: float | None = None) -> float | None:
    """Seconds that the answer asks to wait: `Retry-After` (seconds or a date), or the platform's own header."""
    own = api.retry_after(scope) if api.retry_after else MISSING
    value = scope["headers"].get("retry-after") if own is MISSING or own is None else own
    seconds = _seconds(value, scope)
    return otherwise if seconds is None else seconds


def _seconds(value: Any, scope: Scope) -> float | None:
    if isinstance(value, int | float):
        return max(0.0, float(value))
    if not isinstance(value, str):
        return None
    if value.strip().replace(".", "", 1).isdigit():
        return float(value)
    try:
        then = parsedate_to_datetime(value).timestamp()
    except ValueError:
        return None
    return max(0.0, then - _moment(scope))


def _moment(scope: Scope) -> float:
    """The server's own time where it tells it, for its dates are by its clock."""
    try:
        return parsedate_to_datetime(scope["headers"]["date"]).timestamp()
    except (KeyError, ValueError):
        return float(scope["run"]["now"])
