"""What can be set about the simulated X: apps, accounts, communities, limits, switches."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

# X sheet 4: Scopes (users.email is only in the guide, timeline.read and broadcast.* only in the spec)
SCOPES: Mapping[str, str] = {
    "tweet.read": "See posts that you can see",
    "tweet.write": "Post, repost and delete posts for you",
    "tweet.moderate.write": "Hide and unhide replies to your posts",
    "users.read": "See profiles that you can see",
    "users.email": "See your e-mail address",
    "follows.read": "See whom you follow and who follows you",
    "follows.write": "Follow and unfollow people for you",
    "offline.access": "Stay connected until you end it",
    "space.read": "See Spaces that you can see",
    "mute.read": "See whom you have muted",
    "mute.write": "Mute and unmute people for you",
    "like.read": "See posts that you have liked",
    "like.write": "Like and unlike posts for you",
    "list.read": "See your Lists, their members and followers",
    "list.write": "Make and manage Lists for you",
    "block.read": "See whom you have blocked",
    "block.write": "Block and unblock people for you",
    "bookmark.read": "See your bookmarks",
    "bookmark.write": "Set and remove bookmarks for you",
    "dm.read": "See your Direct Messages",
    "dm.write": "Send Direct Messages for you",
    "media.write": "Upload media for you",
    "timeline.read": "See who reposted your posts",
    "broadcast.read": "See your broadcasts",
    "broadcast.write": "Manage your broadcasts",
}

# Settings that are one of a few words
CHOICES: Mapping[str, tuple[str, ...]] = {
    "auto_consent": ("", "allow", "deny"),
    "unknown_field_value": ("reject", "drop"),
    "problem_host": ("api.x.com", "api.twitter.com"),
    "refused_refresh": ("invalid_request", "invalid_grant"),
    "depleted_as": ("credits-depleted", "credits", "spending-limit", "run-out"),
    "rate_refusal": ("code", "problem", "blank"),
}

Kind = Literal["confidential", "public"]
Plan = Literal["self_serve", "enterprise"]
Tier = Literal["None", "Basic", "Premium", "PremiumPlus"]


@dataclass(slots=True)
class App:
    """A registered app with its two pairs of keys and its plan; `credits` in USD, None: endless."""

    client_id: str = "sim-x-client"
    client_secret: str = field(default="sim-x-secret", repr=False)
    kind: Kind = "confidential"
    redirect_uris: tuple[str, ...] = (
        "http://127.0.0.1:5005/callback/",
        "http://localhost:5005/callback/",
        "https://app.example.com/callback",
    )
    consumer_key: str = "sim-x-consumer"
    consumer_secret: str = field(default="sim-x-consumer-secret", repr=False)
    number: str = "31000001"
    writes: bool = True  # the portal's "Read and write"
    plan: Plan = "self_serve"
    credits: float | None = 1000.0
    owner_id: str = "1524880000000000001"  # whose own reads are cheap

    def knows(self, uri: str) -> bool:
        """Tell whether a redirect URI is registered; it must be exactly equal."""
        # X sheet 4: Authorize params
        return uri in self.redirect_uris

    def adding(self, uri: str) -> App:
        """Make the app with one more redirect URI, unless it knows it; raises ValueError for no address."""
        # X sheet 4: Authorize params (a registered callback). Sheet silent on what may be registered.
        parts = urlsplit(uri)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"A callback is an absolute address: {uri[:80]}")
        return self if self.knows(uri) else replace(self, redirect_uris=(*self.redirect_uris, uri))


@dataclass(slots=True)
class Account:
    """A simulated X user."""

    id: str
    username: str
    name: str
    subscription: Tier = "None"
    verified_type: str = "none"  # blue, government, business or none
    description: str = "Simulated account"
    location: str = "Simulation"
    url: str = ""
    email: str = "sim@example.com"
    created_at: float = 1_420_070_400.0
    protected: bool = False
    suspended: bool = False
    dm_open: bool = True
    dm_limited: bool = False  # may not send messages for now
    geo_enabled: bool = True
    tagging: bool = True  # may be tagged in photos
    followers: int = 1204  # beside those in the simulator
    max_video_bytes: int = 512 * 1024**2  # X sheet 7.1: Premium video (configurable, default 512 MB)

    @property
    def premium(self) -> bool:
        """Whether it may write long posts and edit."""
        return self.subscription in {"Premium", "PremiumPlus"}


@dataclass(slots=True)
class Community:
    """A simulated Community and the ids of its members."""

    id: str
    name: str
    description: str = "A simulated Community"
    access: str = "Public"
    join_policy: str = "Open"
    members: set[str] = field(default_factory=set)
    created_at: float = 1_700_000_000.0


@dataclass(slots=True)
class Room:
    """A simulated Space; `state` is live, scheduled or ended."""

    id: str
    title: str
    creator_id: str
    state: str = "live"
    ticketed: bool = False
    buyers: list[str] = field(default_factory=list)
    participants: int = 12


def _accounts() -> list[Account]:
    return [
        Account("1524880000000000001", "simlabs", "Sim Labs"),
        Account("1524880000000000002", "simpremium", "Sim Premium", "Premium", "blue", followers=90_210),
        Account("1524880000000000003", "simfriend", "Sim Friend", followers=33),
        Account("1524880000000000004", "simlocked", "Sim Locked", protected=True, dm_open=False, followers=8),
    ]


def _communities() -> list[Community]:
    members = {"1524880000000000001", "1524880000000000002"}
    return [
        Community("1493000000000000001", "Simulated makers", members=members),
        Community(
            "1493000000000000002", "Simulated strangers", access="Closed", join_policy="RestrictedJoin"
        ),
    ]


def _rooms() -> list[Room]:
    return [
        Room("1SimSpaceLive", "Simulated talk", "1524880000000000001"),
        Room(
            "1SimSpaceNext",
            "Simulated plans",
            "1524880000000000002",
            "scheduled",
            ticketed=True,
            buyers=["1524880000000000003"],
        ),
    ]


@dataclass(slots=True)
class Settings:
    """Switches and limits; by default the sheet's limits, with a self-serve app and a plain account first."""

    apps: list[App] = field(
        default_factory=lambda: [
            App(),
            App("sim-x-public", "", "public", consumer_key="sim-x-public-consumer", number="31000002"),
        ]
    )
    accounts: list[Account] = field(default_factory=_accounts)
    communities: list[Community] = field(default_factory=_communities)
    rooms: list[Room] = field(default_factory=_rooms)
    sample_posts: int = 3  # that the first account already has; the third account also mentions it once
    # consent: "" shows the page; "allow" or "deny" answers at once for `auto_account`
    auto_consent: str = ""
    auto_account: str = "simlabs"
    auto_scopes: tuple[str, ...] | None = None  # None grants all that is asked for
    # OAuth
    code_seconds: int = 30
    access_seconds: int = 7_200
    refresh_seconds: int = 15_552_000
    require_client_id: bool = False  # ask for client_id in the form beside Basic too, as one report has it
    refused_refresh: str = "invalid_request"  # or "invalid_grant", also seen
    # policies of the self-serve plan
    self_serve_reply_gate: bool = True
    self_serve_quote_block: bool = True
    self_serve_toggle_block: bool = True  # no likes and follows
    cashtag_limit: bool = True
    duplicate_window: int = 86_400  # seconds in which the same text is refused; 0 never refuses
    blocked_hosts: list[str] = field(default_factory=lambda: ["blocked.example"])
    edit_minutes: int = 60
    # limits
    rate_limits: bool = True
    unlisted_limit: int = 900  # per 15 minutes, where the rate page has no row
    limits: dict[str, str] = field(default_factory=dict)  # "POST /2/tweets": "U 3", instead of the sheet's
    rate_refusal: str = "code"  # or "problem", "blank": the three bodies seen
    post_cap: int = 3_000_000  # post reads a month
    depleted_as: str = "credits-depleted"  # or "credits", "spending-limit", "run-out": the bodies seen
    # answers
    unknown_field_value: str = "reject"  # or "drop", as seen live in 2026-09
    problem_host: str = "api.x.com"  # or "api.twitter.com", the older backends
    empty_data: bool = False  # an empty page has `data: []` instead of none
    missing_post_404: bool = False  # single lookups of what is gone, as the response-codes page has it
    missing_delete_ok: bool = False  # deleting what is gone succeeds
    # media: done after so many polls, or so many seconds
    checksums: bool = True  # without, a segment has no sha256 and is taken faster
    processing_polls: int = 2
    processing_seconds: float = 30.0
    check_after: int = 1
    append_says_nothing: bool = False  # 204 without a body, as other mocks do
    segment_limit: int = 8 * 1024**2  # bytes; above it 413
    fail_next: list[str] = field(default_factory=list)  # messages of the next failed processings

    def register(self, uri: str) -> None:
        """Add a redirect URI to every app that has it not; raises ValueError for one that is refused."""
        self.apps = [each.adding(uri) for each in self.apps]

    def change(self, changes: Mapping[str, Any]) -> None:
        """Set plain values by name; raises ValueError for an unknown name or a wrong type."""
        for name, value in changes.items():
            _check_change(name, getattr(self, name, None), value)
        for name, value in changes.items():
            setattr(self, name, value)


def _check_change(name: str, old: Any, new: Any) -> None:
    named = name in {"blocked_hosts", "fail_next", "limits"}
    if not named and not isinstance(old, bool | int | float | str):
        raise ValueError(f"There is no plain setting {name[:80]!r}.")
    same = isinstance(new, int | float) if isinstance(old, float) else isinstance(new, type(old))
    if not same or isinstance(new, bool) != isinstance(old, bool):
        raise ValueError(f"The setting {name!r} wants a {type(old).__name__}.")
    if name in CHOICES and new not in CHOICES[name]:
        raise ValueError(f"The setting {name!r} is one of {', '.join(map(repr, CHOICES[name]))}.")
