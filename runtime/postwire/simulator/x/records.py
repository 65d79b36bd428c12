"""What the simulated X remembers, as plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Grant:
    """What a user allowed an app; without an account it is the app itself."""

    client_id: str
    account_id: str | None
    scopes: frozenset[str]


@dataclass(slots=True)
class Code:
    """An authorization code."""

    grant: Grant
    redirect_uri: str
    challenge: str
    method: str
    expires_at: float
    used: bool = False


@dataclass(slots=True)
class Token:
    """An access or refresh token."""

    grant: Grant
    expires_at: float
    dead: bool = False


@dataclass(slots=True)
class Poll:
    """A poll in a post; `votes` go with its options."""

    id: str
    options: list[str]
    minutes: int
    ends_at: float
    votes: list[int]


@dataclass(slots=True)
class Post:
    """One version of a post; `metrics` and the private ones may be set by tests."""

    id: str
    author_id: str
    text: str  # with addresses wrapped
    created_at: float
    given: str = ""  # the text as it came
    links: list[tuple[str, str]] = field(default_factory=list)  # (wrapped, as it came)
    root_id: str = ""
    reply_to: str = ""
    quoted: str = ""
    reposted: str = ""
    media: list[str] = field(default_factory=list)  # ids
    tagged: list[str] = field(default_factory=list)
    poll: Poll | None = None
    reply_settings: str = "everyone"
    community_id: str = ""
    place_id: str = ""
    card_uri: str = ""
    paid_partnership: bool = False
    made_with_ai: bool = False
    promoted: bool = False
    subscribers_only: bool = False
    hidden: bool = False
    deleted: bool = False
    history: list[str] = field(default_factory=list)  # ids of all versions, the first one first
    first_at: float = 0.0  # when the first version was made
    article: str = ""  # its title
    impressions: int = 0
    clicks: int = 0

    @property
    def latest(self) -> str:
        """The id of the newest version."""
        return self.history[-1] if self.history else self.id


@dataclass(slots=True)
class Segment:
    """A segment that arrived whole."""

    size: int
    sha256: str = ""


@dataclass(slots=True)
class Media:
    """A file in the upload API: `state` is open, pending, in_progress, succeeded or failed."""

    id: str
    key: str
    owner_id: str
    category: str
    mime: str
    created_at: float
    expires_at: float
    total: int | None = None
    size: int = 0
    head: bytes = b""
    segments: dict[int, Segment] = field(default_factory=dict)
    state: str = "open"
    finalized_at: float = 0.0
    polls: int = 0
    planned_failure: str = ""
    owners: frozenset[str] = frozenset()
    metadata: dict[str, Any] = field(default_factory=dict)
    subtitles: list[dict[str, Any]] = field(default_factory=list)
    views: int = 0

    @property
    def kind(self) -> str:
        """Its type in read objects."""
        if self.category.endswith("_video"):
            return "video"
        return "animated_gif" if self.category.endswith("_gif") else "photo"

    @property
    def alt_text(self) -> str:
        """The words for people who do not see it."""
        return str(self.metadata.get("alt_text", {}).get("text", ""))


@dataclass(slots=True)
class UserList:
    """A List."""

    id: str
    name: str
    owner_id: str
    created_at: float
    description: str = ""
    private: bool = False
    members: list[str] = field(default_factory=list)
    followers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Folder:
    """A folder of bookmarks."""

    id: str
    name: str
    posts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Conversation:
    """A conversation of Direct Messages."""

    id: str
    participants: list[str]
    group: bool = False


@dataclass(slots=True)
class DmEvent:
    """Something that happened in a conversation; `gone_for` are those who deleted it."""

    id: str
    conversation_id: str
    type: str
    sender_id: str
    created_at: float
    text: str = ""
    media: str = ""
    participants: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    gone_for: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Article:
    """A long article; `post_id` once it is published."""

    id: str
    owner_id: str
    title: str
    content: dict[str, Any]
    cover: str = ""
    post_id: str = ""


@dataclass(slots=True)
class Ties:
    """What one account has done to others and to posts: ids, the newest first."""

    following: list[str] = field(default_factory=list)
    muting: list[str] = field(default_factory=list)
    blocking: list[str] = field(default_factory=list)
    dm_blocked: list[str] = field(default_factory=list)
    likes: list[str] = field(default_factory=list)
    bookmarks: list[str] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)
    pinned_lists: list[str] = field(default_factory=list)


def add(ids: list[str], item: str) -> None:
    """Put an id first, once."""
    # X sheet 6.7: Toggles (repeating one is harmless)
    if item not in ids:
        ids.insert(0, item)


def drop(ids: list[str], item: str) -> None:
    """Take an id away, if it is there."""
    if item in ids:
        ids.remove(item)
