"""How the simulated X says no: problems, validation errors, coded, OAuth and partial errors."""

from __future__ import annotations

from typing import Any

BLANK = "about:blank"


class ProblemError(Exception):
    """A refusal as a problem; `kind` is a slug, made into an address on the way out, or about:blank."""

    def __init__(self, status: int, title: str, detail: str = "", kind: str = BLANK, **more: Any) -> None:
        super().__init__(detail or title)
        self.status = status
        self.title = title
        self.detail = detail
        self.kind = kind
        self.more = more

    def content(self, host: str) -> dict[str, Any]:
        """Show it as JSON."""
        # X sheet 12.1: E1
        told = {"title": self.title, "type": address(self.kind, host), "status": self.status}
        return {**told, **({"detail": self.detail} if self.detail else {}), **self.more}


class InvalidError(ProblemError):
    """A refusal of what was sent: `parameters` name it, and may be empty."""

    def __init__(self, message: str, parameters: dict[str, list[str]] | None = None) -> None:
        super().__init__(400, "Invalid Request", message, "invalid-request")
        self.message = message
        self.parameters = parameters or {}

    def content(self, host: str) -> dict[str, Any]:
        """Show it as JSON."""
        # X sheet 12.1: E2 (no status member)
        return {
            "errors": [{"parameters": self.parameters, "message": self.message}],
            "title": self.title,
            "detail": "One or more parameters to your request was invalid.",
            "type": address(self.kind, host),
        }


class CodedError(ProblemError):
    """A refusal of the older form, with a number."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(status, message, message)
        self.code = code
        self.item = more

    def content(self, host: str) -> dict[str, Any]:  # noqa: ARG002 - the older form has no address
        """Show it as JSON."""
        # X sheet 12.1: E3
        return {"errors": [{"code": self.code, **self.item, "message": self.detail}]}


class MissingError(ProblemError):
    """A refusal of what is not there."""

    def __init__(self, name: str, value: str, kind: str) -> None:
        self.item = not_found(name, value, kind)
        super().__init__(404, self.item["title"], self.item["detail"], "resource-not-found")

    def content(self, host: str) -> dict[str, Any]:
        """Show it as JSON."""
        # X sheet 6.3: DELETE (404 with errors[])
        item = self.item | {"type": address(self.kind, host)}
        return {"errors": [item], **super().content(host), "resource_type": item["resource_type"]}


def address(kind: str, host: str) -> str:
    """Make the address of a kind of problem."""
    # X sheet 12.1: type host (two of them are live)
    return kind if kind == BLANK or kind.startswith("http") else f"https://{host}/2/problems/{kind}"


def unauthorized() -> ProblemError:
    """Refuse a token."""
    # X sheet 12.1: Examples
    return ProblemError(401, "Unauthorized", "Unauthorized")


def forbidden(detail: str = "Forbidden") -> ProblemError:
    """Refuse what is not allowed; the bare form is that of a missing scope."""
    # X sheet 4: Missing scope
    return ProblemError(403, "Forbidden", detail)


def not_permitted() -> ProblemError:
    """Refuse what belongs to somebody else."""
    # X sheet 12.2: 403 about:blank
    return forbidden("You are not permitted to perform this action.")


def bad_query(name: str, value: str, why: str, place: str = "query") -> InvalidError:
    """Refuse a parameter's value."""
    shown = value[:80]
    return InvalidError(f"The `{name}` {place} parameter value [{shown}] {why}", {name: [shown]})


def not_found(name: str, value: str, kind: str, **more: Any) -> dict[str, Any]:
    """Tell of something missing, beside what was found."""
    # X sheet 6.4: Lookup
    return {
        "resource_id": value,
        "resource_type": kind,
        "parameter": name,
        "value": value,
        "title": "Not Found Error",
        "detail": f"Could not find {kind} with {name}: [{value}].",
        "type": "resource-not-found",
        **more,
    }


def hidden(name: str, value: str, kind: str) -> dict[str, Any]:
    """Tell of something that this user may not see."""
    # X sheet 12.1: E4 (not-authorized-for-resource)
    return {
        "resource_id": value,
        "resource_type": kind,
        "parameter": name,
        "value": value,
        "section": "data",
        "title": "Authorization Error",
        "detail": f"Sorry, you are not authorized to see the {kind} with {name}: [{value}].",
        "type": "not-authorized-for-resource",
    }


def withheld_field(field: str, value: str, kind: str) -> dict[str, Any]:
    """Tell of a field that this user may not see."""
    # X sheet 9: Metrics and analytics (example shape)
    return {
        "resource_id": value,
        "resource_type": kind,
        "parameter": "id",
        "field": field,
        "section": "data",
        "value": value,
        "title": "Field Authorization Error",
        "detail": f"Sorry, you are not authorized to access '{field}' on the {kind} with id : [{value}].",
        "type": "not-authorized-for-field",
    }
