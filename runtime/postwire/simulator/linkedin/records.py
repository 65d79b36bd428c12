"""What the simulated LinkedIn remembers of each thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

REVOKED = "revoked"


@dataclass(slots=True)
class Grant:
    """What a member allowed an app."""

    app_id: str
    sub: str
    scopes: frozenset[str]
    authorized_at: float


@dataclass(slots=True)
class Code:
    """An authorization code."""

    grant: Grant
    redirect_uri: str
    expires_at: float
    challenge: str = ""
    used: bool = False


@dataclass(slots=True)
class Token:
    """An access or refresh token; `ended` says why it is invalid before its time."""

    grant: Grant
    created_at: float
    expires_at: float
    ended: str = ""


@dataclass(slots=True)
class Part:
    """One upload URL: the bytes that it is for, inclusive, and what came."""

    first: int
    last: int  # -1 where any length is taken
    token: str
    etag: str = ""
    received: int = 0
    sha256: str | None = None

    @property
    def whole(self) -> bool:
        """Whether the right number of bytes came."""
        return bool(self.etag) and (self.last < 0 or self.received == self.last - self.first + 1)


@dataclass(slots=True)
class Media:
    """An image, a document or a video on its way: `parts` by number from 1, `extras` by kind."""

    urn: str
    kind: str
    owner: str
    by: str  # sub of the member who made it
    created_at: float
    expires_at: float
    size: int = 0  # as declared
    upload_token: str = ""
    parts: dict[int, Part] = field(default_factory=dict)
    extras: dict[str, Part] = field(default_factory=dict)
    head: bytes = b""
    status: str = "WAITING_UPLOAD"
    processing_since: float = 0.0
    polls: int = 0
    planned_failure: str = ""
    failure: str = ""

    @property
    def received(self) -> int:
        """How many bytes came."""
        return sum(part.received for part in self.parts.values())


@dataclass(slots=True)
class Post:
    """A post: `text` is what is published, `little` what a read gives back."""

    urn: str
    activity: str
    author: str
    by: str  # sub of the member who made it
    created_ms: int
    text: str
    little: str
    visibility: str = "PUBLIC"
    distribution: Mapping[str, Any] = field(default_factory=dict)
    lifecycle: str = "PUBLISHED"
    content: Mapping[str, Any] | None = None
    reshare_of: str = ""
    reshare_disabled: bool = False
    more: dict[str, Any] = field(default_factory=dict)  # landing page and call to action
    modified_ms: int = 0
    edited: bool = False
    comments_open: bool = True
    deleted: bool = False


@dataclass(slots=True)
class Comment:
    """A comment or reply; `thread` is the activity, `parent` the URN of the comment it answers."""

    id: str
    thread: str
    actor: str
    agent: str  # the member who acted, for a page
    message: Mapping[str, Any]
    created_ms: int
    modified_ms: int
    parent: str = ""
    content: list[Any] = field(default_factory=list)

    @property
    def urn(self) -> str:
        """The URN."""
        return f"urn:li:comment:({self.thread},{self.id})"


@dataclass(slots=True)
class Reaction:
    """A reaction of an actor to an activity or a comment."""

    actor: str
    agent: str
    entity: str
    kind: str
    created_ms: int
    modified_ms: int

    @property
    def urn(self) -> str:
        """The URN."""
        return f"urn:li:reaction:({self.actor},{self.entity})"


@dataclass(slots=True)
class Notice:
    """Something that happened to a page, for those who ask for its notifications."""

    number: int
    page: str
    action: str
    post: str
    made: str
    at_ms: int


@dataclass(slots=True)
class Subscription:
    """An app that is told what happens to a page."""

    app_id: str
    sub: str
    page: str
    event: str
    webhook: str
    expires_ms: int
    after: int = 0  # number of the last notice that was told


@dataclass(slots=True)
class Check:
    """How an address proves that it is the app's."""

    next_at: float
    good: bool = False
    failures: int = 0  # in a row
    under_way: bool = False


@dataclass(slots=True)
class Delivery:
    """A webhook on its way: `statuses` are the answers so far, 0 for none."""

    subscription: Subscription
    body: bytes
    next_at: float
    first_at: float
    statuses: list[int] = field(default_factory=list)
    under_way: bool = False
    done: bool = False
