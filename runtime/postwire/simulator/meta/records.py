"""The things that the simulated Meta remembers; each knows its kind, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(slots=True)
class Grant:
    """What a person (or an Instagram account) allowed an app; it ends with a subcode of 190."""

    app_id: str
    login: str
    user_id: str
    scopes: set[str]
    declined: set[str]
    pages: tuple[str, ...]
    logged_in_at: float
    ended: int = 0


@dataclass(slots=True)
class Code:
    """An authorization code."""

    grant: Grant
    redirect_uri: str
    expires_at: float
    used: bool = False


@dataclass(slots=True)
class Token:
    """An access token: USER, PAGE, APP or IG; `expires_at` 0 is never."""

    text: str = field(repr=False)
    kind: str
    app_id: str
    grant: Grant | None
    issued_at: float
    expires_at: float = 0
    page_id: str = ""
    long: bool = False
    ended: int = 0


@dataclass(slots=True)
class Visitor:
    """Someone who comments and writes: `id` is page-scoped, `username` and `igsid` Instagram's."""

    kind: ClassVar[str] = "visitor"
    id: str
    name: str
    username: str
    igsid: str = ""  # the id that Instagram messages have instead
    owner: str = ""


@dataclass(slots=True)
class Audio:
    """A piece of music or an original sound for reels."""

    kind: ClassVar[str] = "audio"
    id: str
    title: str
    artist: str
    sort: str = "music"
    owner: str = ""


@dataclass(slots=True)
class File:
    """A media file as far as it is kept: its size and first bytes, and what is pretended of it."""

    size: int
    head: bytes
    width: int = 1080
    height: int = 1080
    seconds: float = 12.0
    sha256: str = ""


@dataclass(slots=True)
class Upload:
    """Bytes on their way in: `total` is 0 until it is known."""

    kind: ClassVar[str] = "upload"
    id: str
    owner: str
    total: int = 0
    received: int = 0
    head: bytes = b""
    digest: Any = None
    url: str = ""  # pulled instead
    handle: str = ""
    busy: bool = False
    seconds: float = 12.0

    @property
    def complete(self) -> bool:
        """Whether all bytes are there."""
        return self.total > 0 and self.received == self.total

    def size_fits(self, most: int) -> bool:
        """Whether there is something, and not too much of it."""
        return 0 < self.total <= most


@dataclass(slots=True)
class Container:
    """An Instagram post in the making."""

    kind: ClassVar[str] = "container"
    id: str
    owner: str
    media_type: str  # IMAGE, VIDEO, REELS, STORIES, CAROUSEL
    video: bool
    created_at: float
    params: dict[str, Any]
    child: bool = False
    children: tuple[Container, ...] = ()
    upload: Upload | None = None
    status: str = "IN_PROGRESS"
    failure: str = ""  # a subcode
    media_at: float | None = None
    polls: int = 0
    media_id: str = ""
    pulling: bool = False


@dataclass(slots=True)
class Media:
    """A published Instagram post."""

    kind: ClassVar[str] = "media"
    id: str
    owner: str
    media_type: str  # IMAGE, VIDEO, CAROUSEL_ALBUM
    product: str  # FEED, STORY, REELS
    caption: str
    created_at: float
    alt_text: str = ""
    children: list[Media] = field(default_factory=list)
    parent: str = ""
    comments_enabled: bool = True
    params: dict[str, Any] = field(default_factory=dict)
    likes: set[str] = field(default_factory=set)
    mentions: str = ""  # the account that the caption of a stranger's post names
    tagged: str = ""  # the account that is tagged in it
    ended: bool = False  # a story whose day is over


@dataclass(slots=True)
class Remark:
    """A comment or reply on Instagram; `author` is an account's or a visitor's id."""

    kind: ClassVar[str] = "remark"
    id: str
    owner: str
    media_id: str
    text: str
    author: str
    username: str
    created_at: float
    parent: str = ""
    hidden: bool = False
    likes: set[str] = field(default_factory=set)
    answered: bool = False  # by a private reply


@dataclass(slots=True)
class Hashtag:
    """A hashtag that was searched."""

    kind: ClassVar[str] = "hashtag"
    id: str
    name: str
    owner: str = ""


@dataclass(slots=True)
class Post:
    """A Page post; `state` is published, scheduled or draft."""

    kind: ClassVar[str] = "post"
    id: str
    owner: str
    message: str
    created_at: float
    state: str = "published"
    due_at: float = 0
    app_id: str = ""
    status_type: str = "mobile_status_update"
    author: str = ""
    media: tuple[str, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)
    hidden: bool = False
    updated_at: float = 0
    likes: set[str] = field(default_factory=set)
    shares: int = 0
    tagged: str = ""


@dataclass(slots=True)
class Photo:
    """A photo of a Page."""

    kind: ClassVar[str] = "photo"
    id: str
    owner: str
    caption: str
    created_at: float
    published: bool = True
    post_id: str = ""
    alt_text: str = ""
    album: str = ""
    temporary: bool = False
    story: str = ""
    likes: set[str] = field(default_factory=set)
    author: str = ""


@dataclass(slots=True)
class Video:
    """A video, reel or story video of a Page."""

    kind: ClassVar[str] = "video"
    id: str
    owner: str
    surface: str  # video, reel or story
    created_at: float
    upload: Upload
    title: str = ""
    description: str = ""
    state: str = "waiting"  # then published, scheduled or draft, once it is finished
    due_at: float = 0
    media_at: float | None = None
    polls: int = 0
    ready: bool = False
    failure: str = ""
    post_id: str = ""
    story: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    collaborators: list[str] = field(default_factory=list)
    likes: set[str] = field(default_factory=set)
    author: str = ""
    pulling: bool = False


@dataclass(slots=True)
class Story:
    """A story of a Page; its id is that of a post."""

    kind: ClassVar[str] = "story"
    id: str
    owner: str
    media_id: str
    media_type: str
    created_at: float


@dataclass(slots=True)
class Album:
    """A photo album of a Page."""

    kind: ClassVar[str] = "album"
    id: str
    owner: str
    name: str
    created_at: float
    can_upload: bool = True


@dataclass(slots=True)
class Comment:
    """A comment on something of a Page; its id does not hold the Page's."""

    kind: ClassVar[str] = "comment"
    id: str
    owner: str
    object_id: str
    message: str
    author: str
    name: str
    created_at: float
    parent: str = ""
    hidden: bool = False
    attachment: str = ""
    likes: set[str] = field(default_factory=set)
    answered: bool = False


@dataclass(slots=True)
class Message:
    """A message in a conversation."""

    kind: ClassVar[str] = "message"
    id: str
    owner: str
    conversation: str
    author: str
    to: str
    text: str
    created_at: float
    attachments: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Conversation:
    """A thread between an account or Page and one person."""

    kind: ClassVar[str] = "conversation"
    id: str
    owner: str
    platform: str
    visitor: str
    messages: list[Message] = field(default_factory=list)
    replies: int = 0  # private replies that await the person's answer


@dataclass(slots=True)
class Delivery:
    """A webhook on its way: `statuses` are the answers so far, 0 for none."""

    about: str
    owner: str
    body: bytes
    url: str
    headers: dict[str, str]
    next_at: float
    first_at: float
    statuses: list[int] = field(default_factory=list)
    under_way: bool = False
    done: bool = False
