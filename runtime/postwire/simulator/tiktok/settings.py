"""What can be set about the simulated TikTok: apps, accounts, limits, switches."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# TikTok sheet 3: Scopes
PROFILE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "user.info.basic": (
        "open_id",
        "union_id",
        "avatar_url",
        "avatar_url_100",
        "avatar_large_url",
        "display_name",
    ),
    "user.info.profile": (
        "bio_description",
        "profile_deep_link",
        "profile_web_link",
        "is_verified",
        "username",
    ),
    "user.info.stats": ("follower_count", "following_count", "likes_count", "video_count"),
}
SCOPES = frozenset({*PROFILE_FIELDS, "video.list", "video.publish", "video.upload"})
# TikTok sheet 1: Hosts and general rules (binary upload: the docs' two, and one seen live)
UPLOAD_HOSTS = ("open-upload.tiktokapis.com", "upload.us.tiktokapis.com", "open-upload-va.tiktokapis.com")
GRANTS = frozenset({"authorization_code", "refresh_token", "client_credentials"})

# TikTok sheet 2.4: Lifetimes (seconds of access and refresh)
LIFETIMES: Mapping[str, tuple[int, int]] = {
    "2026-11": (7_200, 15_552_000),
    "2026-09": (86_400, 31_536_000),
}

# TikTok sheet 2.1: Authorization request
REDIRECTS_PER_APP = 10
REDIRECT_LENGTH = 512  # must be shorter
DESKTOP_HOSTS = frozenset({"localhost", "127.0.0.1"})
WILDCARD = ":*/"

# Settings that are one of a few words
CHOICES: Mapping[str, tuple[str, ...]] = {
    "auto_consent": ("", "allow", "deny"),
    "upload_host": UPLOAD_HOSTS,
    "post_ids_as": ("list", "absent", "string", "alias"),
}

Kind = Literal["desktop", "web"]


@dataclass(frozen=True, slots=True)
class Client:
    """A registered app; raises ValueError for a redirect URI that the portal refuses."""

    key: str = "sim-client-key"
    secret: str = field(default="sim-client-secret", repr=False)
    redirect_uris: tuple[str, ...] = ("http://127.0.0.1:*/callback/", "http://localhost:*/callback/")
    kind: Kind = "desktop"
    scopes: frozenset[str] = SCOPES
    grants: frozenset[str] = GRANTS

    def __post_init__(self) -> None:
        if not 1 <= len(self.redirect_uris) <= REDIRECTS_PER_APP:
            raise ValueError("An app has 1 to 10 redirect URIs.")
        for uri in self.redirect_uris:
            check_redirect(uri, self.kind)

    def knows(self, uri: str) -> bool:
        """Tell whether a redirect URI is registered; a wildcard stands for any port."""
        return any(uri == known or _fits(uri, known) for known in self.redirect_uris)

    def adding(self, uri: str) -> Client:
        """Make the app with one more redirect URI, unless it knows it; ValueError as for any app."""
        return self if self.knows(uri) else replace(self, redirect_uris=(*self.redirect_uris, uri))


def check_redirect(uri: str, kind: Kind) -> None:
    """Refuse what cannot be registered, with a ValueError that says why."""
    # TikTok sheet 2.1: Authorization request
    parts = urlsplit(uri.replace(WILDCARD, ":1/", 1) if kind == "desktop" else uri)
    problems = {
        "shorter than 512 characters": len(uri) >= REDIRECT_LENGTH,
        "absolute": not parts.scheme or not parts.hostname,
        "without query and fragment": "?" in uri or "#" in uri,
        "https": kind == "web" and parts.scheme != "https",
        "http or https": parts.scheme not in {"http", "https"},
        "on localhost or 127.0.0.1": kind == "desktop" and parts.hostname not in DESKTOP_HOSTS,
        "with a port": kind == "desktop" and parts.port is None,
    }
    for rule, broken in problems.items():
        if broken:
            raise ValueError(f"A {kind} redirect URI must be {rule}: {uri[:80]}")


def _fits(uri: str, known: str) -> bool:
    before, wildcard, after = known.partition(WILDCARD)
    if not wildcard or not uri.startswith(f"{before}:"):
        return False
    port, _, path = uri[len(before) + 1 :].partition("/")
    return port.isascii() and port.isdigit() and path == after


@dataclass(slots=True)
class Account:
    """A simulated TikTok user."""

    open_id: str
    username: str
    display_name: str
    private: bool = False
    banned: bool = False
    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    max_seconds: int = 600
    app_version: tuple[int, int] = (40, 0)
    followers: int = 1204
    following: int = 17
    likes: int = 5821
    verified: bool = False


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """What a pretended https address gives: `head` are its first bytes, None the right ones for its kind."""

    size: int = 1_000_000
    status: int = 200
    head: bytes | None = None


def _accounts() -> list[Account]:
    return [
        Account("-000SimOpenId01", "simstudio", "Sim Studio"),
        Account("-000SimOpenId02", "simprivate", "Sim Private", private=True, followers=12, likes=31),
    ]


@dataclass(slots=True)
class Settings:
    """Switches and limits; by default the sheet's limits, with an audited app and a public account first."""

    clients: list[Client] = field(default_factory=lambda: [Client()])
    accounts: list[Account] = field(default_factory=_accounts)
    sample_videos: int = 3  # public posts that the first account already has
    audited: bool = True
    # consent: "" shows the page; "allow" or "deny" answers at once for `auto_account`
    auto_consent: str = ""
    auto_account: str = "simstudio"
    auto_scopes: tuple[str, ...] | None = None  # None grants all that is asked for
    # OAuth
    code_seconds: int = 300
    access_seconds: int = LIFETIMES["2026-11"][0]
    refresh_seconds: int = LIFETIMES["2026-11"][1]
    refresh_shrinks: bool = False  # each refresh token keeps the first one's end
    oauth_errors_as_200: bool = False
    revoke_says_nothing: bool = False  # an empty body, as the older page has it
    # Display API
    silent_zeros: bool = False  # ungranted statistics are 0 instead of an error
    # limits
    init_per_minute: int = 6
    creator_per_minute: int = 20
    status_per_minute: int = 30
    display_per_minute: int = 600
    posts_per_day: int = 15
    pending_shares: int = 5
    active_users: int | None = None  # None: no cap when audited, 5 when not
    # upload
    strict_plan: bool = False  # the narrow reading of "MB"
    upload_host: str = UPLOAD_HOSTS[0]  # one of UPLOAD_HOSTS
    upload_seconds: int = 3_600
    progress_as_last_index: bool = False  # 206 tells the last byte's index instead of a count
    checksums: bool = True  # without, an upload has no sha256 and is taken faster
    keep_uploads: Path | None = None  # a folder in which uploads are kept
    check_format: bool = True
    # processing: done after so many polls, or so many seconds
    download_polls: int = 1
    download_seconds: float = 10.0
    processing_polls: int = 2
    processing_seconds: float = 30.0
    public_polls: int = 1
    public_seconds: float = 60.0
    post_ids_as: str = "list"  # or "absent" while there is none, a bare "string", the well-spelled "alias"
    fail_next: list[str] = field(default_factory=list)  # fail reasons for the next publishes, in order
    # pull: domains ("media.example.com"), https prefixes, and loopback prefixes such as "http://127.0.0.1:8000/"
    verified: list[str] = field(default_factory=lambda: ["media.example.com"])
    remote: dict[str, RemoteFile] = field(default_factory=dict)
    webhook_url: str = ""  # http on loopback
    webhook_key: str = "sim-client-key"  # the app whose portal holds the address

    def use_lifetimes(self, profile: str) -> None:
        """Take token lifetimes of a date: "2026-11" or "2026-09"."""
        self.access_seconds, self.refresh_seconds = LIFETIMES[profile]

    def register(self, uri: str) -> None:
        """Add a redirect URI to every app that has it not; raises ValueError for one that is refused."""
        self.clients = [each.adding(uri) for each in self.clients]

    def change(self, changes: Mapping[str, Any]) -> None:
        """Set plain values by name; raises ValueError for an unknown name or a wrong type."""
        for name, value in changes.items():
            _check_change(name, getattr(self, name, None), value)
        for name, value in changes.items():
            setattr(self, name, value)


def _check_change(name: str, old: Any, new: Any) -> None:
    if name == "active_users":
        old = 0
    plain = isinstance(old, bool | int | float | str) or (
        isinstance(old, list) and name in {"verified", "fail_next"}
    )
    if not plain:
        raise ValueError(f"There is no plain setting {name[:80]!r}.")
    same = isinstance(new, int | float) if isinstance(old, float) else isinstance(new, type(old))
    if not same or isinstance(new, bool) != isinstance(old, bool):
        raise ValueError(f"The setting {name!r} wants a {type(old).__name__}.")
    if new not in CHOICES.get(name, (new,)):
        raise ValueError(f"The setting {name!r} is one of {', '.join(map(repr, CHOICES[name]))}.")
