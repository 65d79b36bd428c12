"""One request to the API: who asks, in which version, about what; and what an answer is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from postwire.simulator.linkedin import restli
from postwire.simulator.linkedin.refusal import (
    bad_query,
    denied,
    invalid,
    missing_field,
    wrong_value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postwire.simulator.linkedin.records import Token
    from postwire.simulator.linkedin.settings import App, Member, Page
    from postwire.simulator.linkedin.state import LinkedIn

# LinkedIn sheet 4: Products and scopes (w_organization_social)
POSTERS = frozenset({"ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"})
ADMINS = frozenset({"ADMINISTRATOR"})
COUNT, MOST = 10, 100
DIGITS = 9  # of a start that is taken


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: no body where it is None."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a resource; `scopes` are those of which a token needs one (none where it is empty)."""

    resource: str
    method: str
    run: Callable[[Ask], Answer]
    scopes: tuple[str, ...] = ()
    track: str = ""  # the version of a resource that has versions of its own


@dataclass(frozen=True, slots=True)
class Acting:
    """Of which scopes a token needs one to act as a member, and as a page."""

    by_member: tuple[str, ...]
    by_page: tuple[str, ...]


@dataclass(slots=True)
class Ask:
    """A request as the functions of the API see it."""

    state: LinkedIn
    token: Token
    version: str  # "" on /v2
    params: Mapping[str, str]  # out of the path
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    url: Callable[[str], str]  # addresses the upload host in the client's style
    operation: Operation
    address: str = ""  # path and query as they came, without start and count

    @property
    def member(self) -> Member:
        """Who acts."""
        member = self.state.member(self.token.grant.sub)
        assert member is not None
        return member

    @property
    def app(self) -> App:
        """For which app."""
        app = self.state.app(self.token.grant.app_id)
        assert app is not None
        return app

    @property
    def legacy(self) -> bool:
        """Whether it came to the API without versions."""
        return not self.version

    def denied(self) -> Exception:
        """Refuse for want of a scope or product."""
        # LinkedIn sheet 12: Errors (resource.method.version; the version is the header's and 01)
        key = f"{self.operation.resource}.{self.operation.method}"
        return denied(
            f"Not enough permissions to access: {key}{f'.{self.version}01' if self.version else ''}"
        )

    def need(self, *scopes: str) -> None:
        """Require one of the scopes."""
        if scopes and not self.token.grant.scopes.intersection(scopes):
            raise self.denied()

    def act(self, urn: str, acting: Acting, roles: frozenset[str], name: str = "author") -> None:
        """Require that the token's member may act as a URN: as itself, or as a page with a role."""
        if restli.kind_of(urn) == "person":
            self.need(*acting.by_member)
            if urn != self.member.urn:
                raise denied(f"Field Value validation failed: /{name} is not the authenticated member")
            return
        self.need(*acting.by_page)
        page = self.state.page(urn)
        if page is None or not self.state.roles(self.member.sub, page) & roles:
            raise denied(f"Viewer is not authorized to act as the /{name} organization")

    def managed(self, urn: str, roles: frozenset[str] = ADMINS) -> Page:
        """Find a page on which the member has one of the roles."""
        if restli.kind_of(urn) not in {"organization", "organizationBrand"}:
            raise invalid("INVALID_URN_TYPE", f"Not an organization URN: {urn[:80]}")
        page = self.state.page(urn)
        if page is None or not self.state.roles(self.member.sub, page) & roles:
            raise denied("Viewer is not an administrator of this organization")
        return page

    def text(self, name: str) -> str:
        """Take a text out of the query; raises RestError where it is absent."""
        found = self.query.get(name)
        if not isinstance(found, str) or not found:
            raise bad_query(f"Query parameter {name} is required")
        return found

    def one_of(self, name: str, words: tuple[str, ...], default: str) -> str:
        """Take a word out of the query."""
        found = self.query.get(name, default)
        if found not in words:
            raise bad_query(f"Query parameter {name} must be one of {', '.join(words)}")
        return str(found)

    def span(self) -> tuple[int, int]:
        """Take `start` and `count` out of the query."""
        # LinkedIn sheet 10: Pagination (count: default 10, most 100)
        start, count = self.query.get("start", "0"), self.query.get("count", str(COUNT))
        if not (_digits(start) and _digits(count)) or not 1 <= int(count) <= MOST:
            raise bad_query(f"start must be 0 or more, and count 1 to {MOST}")
        return int(start), int(count)

    def listing(self, rows: list[Any]) -> Answer:
        """Answer one page of rows."""
        # LinkedIn sheet 10: Pagination
        start, count = self.span()
        links = []
        if start + count < len(rows):
            joint = "&" if "?" in self.address else "?"
            href = f"{self.address}{joint}start={start + count}&count={count}"
            links = [{"type": "application/json", "rel": "next", "href": href}]
        paging = {"start": start, "count": count, "links": links, "total": len(rows)}
        return Answer(body={"paging": paging, "elements": rows[start : start + count]})


def _digits(text: Any) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= DIGITS


def field_of(body: Mapping[str, Any], name: str, kind: type, path: str = "") -> Any:
    """Take a required field of a body; raises RestError where it is absent or of another type."""
    where = f"{path}{name}"
    if body.get(name) is None:
        raise missing_field(where)
    found = body[name]
    if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
        raise wrong_value(where, f"must be a {kind.__name__}")
    return found


def patch(body: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """Take the `$set` of a partial update."""
    # LinkedIn sheet 6.4: Update / delete; sheet 8.1: Comments (edit)
    for name in ("patch", *path, "$set"):
        body = field_of(body, name, dict)
    if not body:
        raise missing_field("patch/$set")
    return body


def batch(keys: list[str], found: Mapping[str, Any], errors: Mapping[str, int] | None = None) -> Answer:
    """Answer a batch: results by key, and a status for what is not there."""
    # LinkedIn sheet 5.3: Organisation lookup; sheet 6.3: Read / list / batch
    statuses = dict.fromkeys(found, 200)
    wrong = {key: (errors or {}).get(key, 404) for key in keys if key not in found}
    told = {key: {"status": status, "message": "Not found"} for key, status in wrong.items()}
    return Answer(body={"results": dict(found), "statuses": statuses | wrong, "errors": told})
