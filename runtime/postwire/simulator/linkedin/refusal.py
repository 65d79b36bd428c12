"""How the simulated LinkedIn says no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class RestError(Exception):
    """A refusal in the API's envelope; `code` and `service` are left out where they are empty."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        service: int | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.service = service
        self.more = more or {}

    def envelope(self) -> dict[str, Any]:
        """Make the body."""
        # LinkedIn sheet 12: Errors (any of serviceErrorCode and code may be missing)
        body: dict[str, Any] = {"status": self.status}
        if self.service is not None:
            body["serviceErrorCode"] = self.service
        if self.code:
            body["code"] = self.code
        return body | {"message": self.message} | dict(self.more)


# LinkedIn sheet 12: Errors (the serviceErrorCode of each code that has one)
SERVICE: Mapping[str, tuple[int, int]] = {
    "INVALID_ACCESS_TOKEN": (401, 65600),
    "EMPTY_ACCESS_TOKEN": (401, 65604),
    "REVOKED_ACCESS_TOKEN": (401, 65601),
    "EXPIRED_ACCESS_TOKEN": (401, 65602),
    "RESTRICTED_MEMBER": (401, 65608),
    "ACCESS_DENIED": (403, 100),
    "TOO_MANY_REQUESTS": (429, 101),
}


def token_refusal(code: str, message: str) -> RestError:
    """Refuse an access token."""
    # LinkedIn sheet 12: Errors (65600 was seen without a code)
    status, service = SERVICE[code]
    return RestError(status, "" if code == "INVALID_ACCESS_TOKEN" else code, message, service)


def invalid(code: str, message: str) -> RestError:
    """Refuse an input."""
    return RestError(400, code, message)


def missing_field(name: str) -> RestError:
    """Refuse a body without a field."""
    return invalid("MISSING_FIELD", f"Field /{name} is required but not found")


def wrong_value(name: str, why: str = "has an invalid value") -> RestError:
    """Refuse a field's value."""
    return invalid("INVALID_VALUE_FOR_FIELD", f"Field /{name} {why}")


def blank(name: str) -> RestError:
    """Refuse an empty value."""
    return invalid("INVALID_VALUE_BLANK_FIELD", f"Field /{name} must not be blank")


def too_long(name: str, most: int) -> RestError:
    """Refuse a text that is too long."""
    return invalid("FIELD_LENGTH_TOO_LONG", f"Field /{name} is longer than {most}")


def bad_query(message: str = "Invalid query parameters passed to request") -> RestError:
    """Refuse a query that is not Rest.li 2.0."""
    # LinkedIn sheet 12: Errors ("Invalid query parameters": a Rest.li encoding bug)
    return invalid("", message)


def denied(message: str) -> RestError:
    """Refuse what the member or the app may not do."""
    status, service = SERVICE["ACCESS_DENIED"]
    return RestError(status, "ACCESS_DENIED", message, service)


def not_found(what: str) -> RestError:
    """Refuse a URN that is not there."""
    return RestError(404, "NOT_FOUND", f"{what[:120]} was not found")
