"""What can be set about the simulated Meta: apps, people, Pages, Instagram accounts, limits, switches."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def words(text: str) -> tuple[str, ...]:
    """Split names that are written one after the other."""
    return tuple(text.split())


# Meta sheet 4: Permissions map
FACEBOOK_SCOPES: Final = frozenset(
    words(
        "public_profile email pages_show_list business_management pages_read_engagement"
        " pages_read_user_content pages_manage_posts publish_video pages_manage_engagement"
        " read_insights pages_messaging pages_manage_metadata instagram_basic instagram_content_publish"
        " instagram_manage_comments"
        " instagram_manage_insights instagram_manage_messages instagram_manage_contents"
        " instagram_manage_engagement catalog_management instagram_shopping_tag_products"
        " instagram_branded_content_creator ads_management ads_read"
    )
)
# Meta sheet 3.1: Authorize (scopes of Instagram login)
INSTAGRAM_SCOPES: Final = frozenset(
    f"instagram_business_{name}"
    for name in ("basic", "content_publish", "manage_comments", "manage_messages", "manage_insights")
)
# Meta sheet 2.3: Account discovery after login (tasks)
TASKS: Final = ("ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE")
# Meta sheet 4: Permissions map (features that are reviewed)
FEATURES: Final = frozenset(
    {"Page Public Content Access", "Instagram Public Content Access", "Human Agent", "Instagram Audio"}
)
WILDCARD: Final = ":*/"
CALLBACKS: Final = ("http://127.0.0.1:*/callback/", "http://localhost:*/callback/")

# Settings that are one of a few words
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "auto_consent": ("", "allow", "deny"),
    "instagram_exchange": ("random", "flat", "wrapped"),
    "instagram_suffix": ("fragment", "code", ""),
}


@dataclass(frozen=True, slots=True)
class App:
    """A registered app: `login` tells which of the two logins it is for."""

    kind: ClassVar[str] = "app"
    id: str
    secret: str = field(repr=False)
    login: str = "facebook"  # or "instagram", which has ids of its own
    name: str = "Sim App"
    redirect_uris: tuple[str, ...] = CALLBACKS
    scopes: frozenset[str] = FACEBOOK_SCOPES  # what App Review approved
    features: frozenset[str] = FEATURES
    configurations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # config_id → scopes
    requires_proof: bool = False

    def knows(self, uri: str) -> bool:
        """Tell whether a redirect URI is registered; a wildcard stands for any port."""
        # Meta sheet 2.1: Authorize (must be listed)
        return any(uri == known or _fits(uri, known) for known in self.redirect_uris)

    def adding(self, uri: str) -> App:
        """Make the app with one more redirect URI, unless it knows it; ValueError for one that is refused."""
        _check_redirect(uri)
        return self if self.knows(uri) else replace(self, redirect_uris=(*self.redirect_uris, uri))


def _check_redirect(uri: str) -> None:
    # Meta sheet 2.1: Authorize (https except localhost in dev)
    parts = urlsplit(uri)
    local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"}
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise ValueError(f"A redirect URI is absolute, https or on localhost: {uri[:80]}")


def _fits(uri: str, known: str) -> bool:
    before, wildcard, after = known.partition(WILDCARD)
    if not wildcard or not uri.startswith(f"{before}:"):
        return False
    port, _, path = uri[len(before) + 1 :].partition("/")
    return port.isascii() and port.isdigit() and path == after


@dataclass(slots=True)
class Person:
    """A Facebook user; `pages` are those with a role, and the tasks there."""

    kind: ClassVar[str] = "user"
    id: str
    key: str
    name: str
    pages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    businesses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Business:
    """A Business that owns Pages or works for others' Pages."""

    kind: ClassVar[str] = "business"
    id: str
    name: str
    owned: tuple[str, ...] = ()
    client: tuple[str, ...] = ()


@dataclass(slots=True)
class Page:
    """A Facebook Page; `details` are what can be set by hand, `instagram` the id of the linked account."""

    kind: ClassVar[str] = "page"
    id: str
    name: str
    username: str = ""
    category: str = "Bakery"
    instagram: str = ""
    followers: int = 320
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Account:
    """An Instagram account; a personal one is not professional."""

    kind: ClassVar[str] = "account"
    id: str
    scoped_id: str  # what only Instagram login shows
    username: str
    name: str
    account_type: str = "Business"
    professional: bool = True
    restricted: bool = False
    trial_reels: bool = True
    followers: int = 812
    follows: int = 40
    biography: str = "A simulated account."
    website: str = "https://example.com/"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """What a pretended address gives; `head` None is the right one by the address's ending."""

    size: int = 1_000_000
    status: int = 200
    head: bytes | None = None
    width: int = 1080
    height: int = 1080
    seconds: float = 12.0


def _apps() -> list[App]:
    return [
        App("999000000000001", "metasimsecret", configurations={"7000001": tuple(sorted(FACEBOOK_SCOPES))}),
        App("888000000000001", "instasimsecret", "instagram", scopes=INSTAGRAM_SCOPES),
    ]


def _people() -> list[Person]:
    two = {"1010": TASKS, "1011": TASKS}
    return [
        Person("555", "simowner", "Sim Owner", two),
        Person("556", "simeditor", "Sim Editor", {"1011": ("ANALYZE", "CREATE_CONTENT")}),
        Person("557", "simnobody", "Sim Nobody"),
        Person("558", "simagency", "Sim Agency", businesses=("4242",)),
    ]


def _pages() -> list[Page]:
    return [
        Page("1010", "Harbor Bakery", "harborbakery", instagram="17841400000000001"),
        Page("1011", "Hill Cafe", "hillcafe", "Cafe"),
        Page("1012", "Business Bistro", "bizbistro", "Restaurant", "17841400000000004"),
        Page("1013", "Foreign Fish", "foreignfish", "Restaurant"),
    ]


def _accounts() -> list[Account]:
    return [
        Account("17841400000000001", "9100000000000001", "harborbakery", "Harbor Bakery"),
        Account("17841400000000002", "9100000000000002", "simcreator", "Sim Creator", "Media_Creator"),
        Account("17841400000000003", "9100000000000003", "simpersonal", "Sim Personal", professional=False),
        Account("17841400000000004", "9100000000000004", "bizbistro", "Business Bistro"),
    ]


@dataclass(slots=True)
class Settings:
    """Switches and limits; by default the sheet's."""

    apps: list[App] = field(default_factory=_apps)
    people: list[Person] = field(default_factory=_people)
    businesses: list[Business] = field(
        default_factory=lambda: [Business("4242", "Sim Business", ("1012",), ("1010",))]
    )
    pages: list[Page] = field(default_factory=_pages)
    accounts: list[Account] = field(default_factory=_accounts)
    samples: bool = True  # the first Page and account have posts, comments and a conversation
    # consent: "" shows the page; "allow" or "deny" answers at once
    auto_consent: str = ""
    auto_person: str = "simowner"
    auto_account: str = "harborbakery"
    auto_scopes: tuple[str, ...] | None = None  # None grants all that is asked for
    # tokens, in seconds
    code_seconds: int = 600
    instagram_code_seconds: int = 3_600
    short_seconds: int = 3_600
    long_seconds: int = 5_184_000
    data_access_seconds: int = 7_776_000
    long_says_expiry: bool = True  # some answers have no expires_in
    instagram_exchange: str = "random"  # or "flat", "wrapped"
    instagram_suffix: str = "fragment"  # where "#_" is: after the query, at the end of "code", or nowhere
    instagram_rotates: bool = True
    # limits
    app_calls: int = 20_000  # an hour
    page_calls: int = 48_000  # a day and Page
    instagram_calls: int = 48_000  # a day and account
    messenger_calls: int = 20_000  # a day and Page
    posts_per_day: int = 100
    containers_per_day: int = 400
    reels_per_day: int = 30
    hashtags_per_week: int = 30
    # media
    checksums: bool = True
    keep_uploads: Path | None = None
    chunk_bytes: int = 1_048_576  # what a phased upload asks for at a time
    remote: dict[str, RemoteFile] = field(default_factory=dict)
    check_format: bool = True
    # processing: done after so many polls, or so many seconds
    processing_polls: int = 2
    processing_seconds: float = 30.0
    fail_next: list[str] = field(default_factory=list)  # subcodes for the next videos or containers
    # webhooks
    webhook_url: str = ""  # http on loopback; what a Dashboard holds
    deauthorize_url: str = ""  # http on loopback

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
    plain = isinstance(old, bool | int | float | str) or (isinstance(old, list) and name == "fail_next")
    if not plain:
        raise ValueError(f"There is no plain setting {name[:80]!r}.")
    same = isinstance(new, int | float) if isinstance(old, float) else isinstance(new, type(old))
    if not same or isinstance(new, bool) != isinstance(old, bool):
        raise ValueError(f"The setting {name!r} wants a {type(old).__name__}.")
    if new not in CHOICES.get(name, (new,)):
        raise ValueError(f"The setting {name!r} is one of {', '.join(map(repr, CHOICES[name]))}.")
