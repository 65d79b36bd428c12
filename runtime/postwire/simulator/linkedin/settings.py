"""What can be set about the simulated LinkedIn: apps, members, pages, limits, switches."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# LinkedIn sheet 4: Products and scopes
OPENID = frozenset({"openid", "profile", "email"})
SHARE = frozenset({"w_member_social"})
COMMUNITY = frozenset(
    {
        "r_organization_social",
        "w_organization_social",
        "rw_organization_admin",
        "r_organization_followers",
        "r_basicprofile",
        "r_1st_connections_size",
        "r_organization_social_feed",
        "w_organization_social_feed",
        "w_member_social",
        "w_member_social_feed",
        "r_member_postAnalytics",
        "r_member_profileAnalytics",
    }
)
ADS = frozenset({"r_ads", "rw_ads", "r_ads_reporting", "r_dma_portability_3rd_party"})
CLOSED = frozenset({"r_member_social", "r_member_social_feed", "r_organization_admin"})

# LinkedIn sheet 2.2: Versions (version → the last safe day; 202608's is "mid-month")
VERSIONS: Mapping[str, str] = {
    "202508": "2026-08-17",
    "202509": "2026-09-15",
    "202510": "2026-10-15",
    "202511": "2026-11-16",
    "202601": "2027-01-15",
    "202602": "2027-02-15",
    "202603": "2027-03-16",
    "202604": "2027-04-15",
    "202605": "2027-05-15",
    "202606": "2027-06-15",
    "202607": "2027-07-15",
    "202608": "2027-08-15",
    "202609": "2027-09-15",
}

# LinkedIn sheet 5.2: Pages the member may act for
ROLES = (
    "ADMINISTRATOR",
    "DIRECT_SPONSORED_CONTENT_POSTER",
    "RECRUITING_POSTER",
    "LEAD_CAPTURE_ADMINISTRATOR",
    "LEAD_GEN_FORMS_MANAGER",
    "ANALYST",
    "CURATOR",
    "CONTENT_ADMINISTRATOR",
)
STATES = ("APPROVED", "REQUESTED", "REJECTED", "REVOKED")

# Settings that are one of a few words
CHOICES: Mapping[str, tuple[Any, ...]] = {
    "auto_consent": ("", "allow", "deny", "close"),
    "delete_again": (204, 404),
}

GONE = 404

Tier = Literal["share", "development", "standard"]

# LinkedIn sheet 11: Throttling (requests a UTC day: member, app). Sheet silent on the standard tier.
LIMITS: Mapping[str, tuple[int, int]] = {
    "share": (150, 100_000),
    "development": (100, 500),
    "standard": (10_000, 100_000),
}


@dataclass(frozen=True, slots=True)
class App:
    """A registered app; raises ValueError for a redirect URI that the portal refuses."""

    id: str = "sim-client-id"
    secret: str = field(default="simsecret", repr=False)
    number: int = 90001
    redirect_uris: tuple[str, ...] = (
        "http://localhost:5005/callback/",
        "http://127.0.0.1:5005/callback/",
        "https://app.example.com/callback",
    )
    tier: Tier = "standard"
    scopes: frozenset[str] = OPENID | COMMUNITY
    partner: bool = True  # gets refresh tokens
    webhooks: bool = True  # has an approved webhook use case

    def __post_init__(self) -> None:
        for uri in self.redirect_uris:
            _check_redirect(uri)

    def knows(self, uri: str) -> bool:
        """Tell whether a redirect URI is registered: it must be equal."""
        return uri in self.redirect_uris

    def adding(self, uri: str) -> App:
        """Make the app with one more redirect URI, unless it knows it; ValueError as for any app."""
        return self if self.knows(uri) else replace(self, redirect_uris=(*self.redirect_uris, uri))


def _check_redirect(uri: str) -> None:
    # LinkedIn sheet 3: OAuth 2.0 (absolute HTTPS without fragment; http on localhost in practice)
    parts = urlsplit(uri)
    local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"}
    if not parts.hostname or parts.fragment or not (parts.scheme == "https" or local):
        raise ValueError(f"A redirect URI is absolute, https or on localhost, without a fragment: {uri[:80]}")


@dataclass(slots=True)
class Member:
    """A simulated member; `sub` is the id of the URN, `key` the name that people choose on the page."""

    sub: str
    key: str
    given_name: str
    family_name: str
    email: str
    headline: str = "Simulated member"
    restricted: bool = False
    followers: int = 412
    follows: tuple[str, ...] = ()  # ids of pages
    country: str = "US"

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.given_name} {self.family_name}"

    @property
    def urn(self) -> str:
        """The URN."""
        return f"urn:li:person:{self.sub}"


@dataclass(slots=True)
class Page:
    """A simulated organisation; `roles` are (sub, role, state) rows."""

    id: str
    name: str
    vanity: str
    domain: str
    roles: tuple[tuple[str, str, str], ...] = ()
    followers: int = 12_345
    parent: str = ""  # id of the page that this one is a brand of

    @property
    def urn(self) -> str:
        """The URN; a brand has one of its own kind."""
        kind = "organizationBrand" if self.parent else "organization"
        return f"urn:li:{kind}:{self.id}"


def _apps() -> list[App]:
    # LinkedIn sheet 4: Products and scopes. The first has all, as clients in production ask for openid
    # beside the Community Management scopes; the second is what anyone gets; the third is the dev tier, the
    # last has the Advertising and portability products.
    return [
        App(),
        App("sim-share-id", "sim-share-secret", 90002, tier="share", scopes=OPENID | SHARE, partner=False),
        App("sim-dev-id", "sim-dev-secret", 90003, tier="development", scopes=COMMUNITY, partner=False),
        App("sim-ads-id", "sim-ads-secret", 90004, scopes=ADS, partner=False),
    ]


def _members() -> list[Member]:
    return [
        Member("782bbtaQ", "mina", "Mina", "Park", "mina@example.com", follows=("2414183",)),
        Member(
            "AbC4dEfG",
            "omar",
            "Omar",
            "Reyes",
            "omar@example.com",
            followers=9,
            follows=("5515715",),
            country="ES",
        ),
    ]


def _pages() -> list[Page]:
    mina, omar = "782bbtaQ", "AbC4dEfG"
    return [
        Page("5515715", "Fjord Studio", "fjord-studio", "fjord.example", ((mina, ROLES[0], "APPROVED"),)),
        Page(
            "2414183",
            "Northwind",
            "northwind",
            "northwind.example",
            ((mina, ROLES[7], "APPROVED"), (omar, ROLES[0], "APPROVED")),
            followers=880,
        ),
        Page("1035001", "Contoso", "contoso", "contoso.example", ((mina, ROLES[0], "REQUESTED"),)),
        Page("5515800", "Fjord Labs", "fjord-labs", "fjord.example", parent="5515715"),
    ]


@dataclass(slots=True)
class Settings:
    """Switches and limits; by default the sheet's."""

    apps: list[App] = field(default_factory=_apps)
    members: list[Member] = field(default_factory=_members)
    pages: list[Page] = field(default_factory=_pages)
    samples: int = 3  # posts that the first member and the first page already have
    versions: dict[str, str] = field(default_factory=lambda: dict(VERSIONS))
    # consent: "" shows the page; "allow", "deny" and "close" answer at once for `auto_account`
    auto_consent: str = ""
    auto_account: str = "mina"
    # OAuth (sheet 3)
    code_seconds: int = 1_800
    access_seconds: int = 5_184_000
    refresh_seconds: int = 31_536_000
    fresh_token_seconds: float = 0.0  # for so long a new token may answer 65601
    # requests a day by endpoint; 0 takes what the app's tier has (sheet 11)
    member_per_day: int = 0
    app_per_day: int = 0
    userinfo_per_day: int = 500
    # Sheet 8.1 names a one-minute throttle of comments without its number.
    comments_per_minute: int = 20
    # posts
    strict_text: bool = False  # an unescaped reserved character is a 400 instead of a silent cut
    duplicate_seconds: int = 600
    delete_again: int = GONE  # or 204, as the documents have it
    # media
    image_seconds: int = 86_400  # sheet silent on the life of an image's or document's upload URL
    video_seconds: int = 2_592_000
    quoted_etags: bool = False  # as the documents' schema shows them
    processing_polls: int = 2  # processed after so many polls, or so many seconds
    processing_seconds: float = 15.0
    fail_media: list[str] = field(default_factory=list)  # reasons for the next uploads, in order
    check_format: bool = True
    video_least_bytes: int = 75_000
    video_most_bytes: int = 500_000_000
    document_most_bytes: int = 100_000_000
    checksums: bool = True  # without, an upload has no sha256 and is taken faster
    keep_uploads: Path | None = None  # a folder in which uploads are kept

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
    if not isinstance(old, bool | int | float | str) and name != "fail_media":
        raise ValueError(f"There is no plain setting {name[:80]!r}.")
    same = isinstance(new, int | float) if isinstance(old, float) else isinstance(new, type(old))
    if not same or isinstance(new, bool) != isinstance(old, bool):
        raise ValueError(f"The setting {name!r} wants a {type(old).__name__}.")
    if new not in CHOICES.get(name, (new,)):
        raise ValueError(f"The setting {name!r} is one of {', '.join(map(repr, CHOICES[name]))}.")
