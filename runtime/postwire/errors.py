"""Every error that Postwire raises, and the catalogue of codes that they carry.

PostwireError             anything we say is wrong
├── ManifestInvalid       a manifest or integration cannot be used; the author must act
├── UnknownName           no such action, integration or account; the caller must act
├── MissingExtra          a feature needs an optional dependency; the operator must act
├── InvalidInput          the input does not fit; nothing was sent
└── ActionFailed          an action ended without success; `code` says how
    └── OutcomeUnknown    a create was sent and not answered: it may have happened

An error says what happened, who must act, what to do, whether it was sent and whether a repeat is safe.
None carries a secret, nor more than 80 characters of the caller's value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

Who = Literal["caller", "account_owner", "operator", "platform", "nobody"]
Sent = Literal["no", "yes", "maybe"]

SHOWN = 80  # characters of a caller's value that an error may repeat


@dataclass(frozen=True, slots=True)
class Entry:
    """What a code means to people: its title, who must act, what to do, and whether a repeat can help."""

    title: str
    who: Who
    remedy: str
    retryable: bool = False


CATALOGUE: Final[dict[str, Entry]] = {
    "auth_expired": Entry(
        "Invalid Token",
        "account_owner",
        "The authorization has expired or was revoked: reconnect the account.",
    ),
    "scope_missing": Entry(
        "Permission Missing", "account_owner", "Reconnect the account and approve all requested permissions."
    ),
    "permission_denied": Entry(
        "Permission Denied",
        "account_owner",
        "Use an account that may do this, or ask its owner for the right role.",
    ),
    "account_not_eligible": Entry(
        "Account Not Eligible", "account_owner", "Change the account's settings or type as the message says."
    ),
    "rate_limited": Entry(
        "Rate Limited",
        "nobody",
        "Wait before trying again; the platform's limits pass by themselves.",
        retryable=True,
    ),
    "quota_exceeded": Entry(
        "Quota Exceeded",
        "nobody",
        "The platform's quota is used up: wait until it is renewed.",
        retryable=True,
    ),
    "invalid_input": Entry("Invalid Input", "caller", "Correct the named fields and send again."),
    "media_rejected": Entry(
        "Upload Failed", "caller", "Check the file's format, size and length, re-encode it, and upload again."
    ),
    "not_found": Entry("Not Found", "caller", "Check the id and that this account may see it."),
    "conflict": Entry(
        "Conflict", "caller", "The state has changed meanwhile: read it again before you decide."
    ),
    "policy_blocked": Entry(
        "Blocked By Policy", "account_owner", "Change the content, or settle it with the platform's support."
    ),
    "version_retired": Entry(
        "API Version Retired", "operator", "Update Postwire: the platform no longer answers this API version."
    ),
    "credits_depleted": Entry("Credits Depleted", "operator", "Add credits to the developer account."),
    "transient": Entry(
        "Temporary Failure",
        "platform",
        "Try again in a few minutes; see the platform's status page.",
        retryable=True,
    ),
    "outcome_unknown": Entry(
        "Outcome Unknown",
        "caller",
        "It may have happened. Look on the platform before you repeat it, or it may appear twice.",
    ),
    "cancelled": Entry("Cancelled", "nobody", "Start it again if it is still wanted."),
    "internal": Entry(
        "Internal Error", "operator", "This is a fault in Postwire or a manifest: please report it."
    ),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One mistake in the input: where (`/photos/3`), what would fit, what came (at most 80 characters)."""

    path: str
    message: str
    got: str | None = None


def shown(value: object) -> str:
    """*value* as an error may repeat it: on one line, at most 80 characters."""
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


class PostwireError(Exception):
    """Base of all our errors; `code` is one of the catalogue, `remedy` says what to do in plain words."""

    code = "internal"

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or CATALOGUE[self.code].remedy

    def to_dict(self) -> dict[str, Any]:
        """The error object that every face shows (`schemas/error.schema.json`), without empty entries."""
        entry = CATALOGUE[self.code]
        return {
            "code": self.code,
            "title": entry.title,
            "message": self.message,
            "who_acts": entry.who,
            "remedy": self.remedy,
            "retryable": entry.retryable,
        }


class ManifestInvalid(PostwireError):
    """A manifest cannot be used; the message names file and line, `postwire check` names every mistake."""


class UnknownName(PostwireError):
    """No action, integration or account has this name; the message offers the nearest."""

    code = "not_found"


class MissingExtra(PostwireError):
    """A feature needs an optional dependency that is not installed; the message has the command."""


class InvalidInput(PostwireError):
    """The input does not fit the action: every mistake is in `fields`, and nothing was published.

    `note` says how far it came: usually "nothing was sent".
    """

    code = "invalid_input"

    def __init__(self, fields: list[Field], *, action: str = "", note: str = "nothing was sent") -> None:
        self.fields = fields
        self.action = action
        count = "1 mistake" if len(fields) == 1 else f"{len(fields)} mistakes"
        where = f" of {action}" if action else ""
        lines = "".join(f"\n  {field.path or '/'}: {field.message}" for field in fields)
        super().__init__(f"The input{where} has {count}; {note}.{lines}")

    def to_dict(self) -> dict[str, Any]:
        """As the base, with `sent: no` and one entry per mistake."""
        fields = [
            {"path": f.path, "message": f.message, **({"got": f.got} if f.got is not None else {})}
            for f in self.fields
        ]
        return {**super().to_dict(), "sent": "no", "fields": fields}


class ActionFailed(PostwireError):
    """An action ended without success.

    Attributes:
        code: one of the catalogue.
        sent: whether the failing call reached the platform: `no`, `yes` or `maybe`.
        retry_after: seconds to wait before a repeat can help; None where nobody knows.
        provider: the platform's own `status`, `code`, `message` and `request_id`, as far as known.
        step: the key of the step that failed.
        saved: what earlier steps saved (a publish id, say), so that nothing is lost.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        remedy: str | None = None,
        sent: Sent = "yes",
        retry_after: float | None = None,
        provider: dict[str, Any] | None = None,
        step: str = "",
        saved: dict[str, Any] | None = None,
    ) -> None:
        self.code = code
        super().__init__(message, remedy=remedy)
        self.sent = sent
        self.retry_after = retry_after
        self.provider = provider or {}
        self.step = step
        self.saved = saved or {}

    def to_dict(self) -> dict[str, Any]:
        """As the base, with what is known of the failing call."""
        extra = {
            "sent": self.sent,
            "retry_after": self.retry_after,
            "provider": self.provider,
            "step": self.step,
            "saved": self.saved,
        }
        return {
            **super().to_dict(),
            **{key: value for key, value in extra.items() if value not in (None, {}, "")},
        }


class OutcomeUnknown(ActionFailed):
    """A create was sent and no answer came: it may have happened. We never repeat it; look before you do."""

    def __init__(self, message: str, **known: Any) -> None:
        super().__init__("outcome_unknown", message, **{"sent": "maybe", **known})
