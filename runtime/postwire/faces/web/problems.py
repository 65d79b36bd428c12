"""Errors over HTTP: the one catalogue as problem+json (RFC 9457), and which status tells which code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse

from postwire.errors import ActionFailed, PostwireError, UnknownName

if TYPE_CHECKING:
    from starlette.responses import Response

STATUSES: Final = {
    "auth_expired": 401,
    "scope_missing": 403,
    "permission_denied": 403,
    "account_not_eligible": 403,
    "policy_blocked": 403,
    "rate_limited": 429,
    "quota_exceeded": 429,
    "invalid_input": 400,
    "media_rejected": 400,
    "not_found": 404,
    "conflict": 409,
    "version_retired": 502,
    "credits_depleted": 402,
    "transient": 502,
    "outcome_unknown": 502,
    "cancelled": 409,
    "internal": 500,
}
TYPE: Final = "urn:postwire:error:"


def problem(error: PostwireError, *, status: int | None = None, **more: Any) -> Response:
    """*error* as an answer; *more* are further members (`run`, say)."""
    told = error.to_dict()
    code = status or STATUSES.get(error.code, 500)
    headers = {}
    if isinstance(error, ActionFailed) and error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    if code == 401:  # noqa: PLR2004 - Unauthorized
        headers["WWW-Authenticate"] = "Bearer"
    body = {"type": TYPE + error.code, "status": code, "detail": told.pop("message"), **told, **more}
    return JSONResponse(body, code, headers, "application/problem+json")


def refusal(status: int, code: str, message: str, remedy: str | None = None) -> Response:
    """A refusal of the server's own: nothing was tried."""
    return problem(ActionFailed(code, message, remedy=remedy, sent="no"), status=status)


def nowhere() -> Response:
    """There is nothing at this address."""
    return problem(UnknownName("There is nothing at this address.", remedy="See /v1/openapi.json."))
