"""What the simulated TikTok remembers; pure, the clock is handed in."""

from __future__ import annotations

import copy
import ipaddress
import random
from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from postwire.simulator.outside import loopback
from postwire.simulator.tiktok.refusal import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.clock import Clock
    from postwire.simulator.tiktok.settings import Account, Client, Settings

DAY = 86_400
HOUR = 3_600
FIRST_VIDEO = 7_500_000_000_000_000_001  # 19 digits, beyond 2^53
MEDIA_HEAD = 16  # bytes kept to tell the format


class Stage(StrEnum):
    """Where a publish is."""

    UPLOAD = "upload"
    DOWNLOAD = "download"
    PROCESSING = "processing"
    INBOX = "inbox"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(slots=True)
class Grant:
    """What a user allowed an app."""

    client_key: str
    open_id: str
    scopes: frozenset[str]


@dataclass(slots=True)
class Code:
    """An authorization code."""

    grant: Grant
    redirect_uri: str
    challenge: str | None
    expires_at: float
    used: bool = False


@dataclass(slots=True)
class Token:
    """An access or refresh token; without a grant it belongs to an app alone."""

    grant: Grant | None
    expires_at: float
    dead: bool = False


@dataclass(slots=True)
class Upload:
    """A file on its way in: `received` counts whole parts only."""

    id: str
    token: str
    publish_id: str
    size: int
    chunk_size: int
    count: int
    expires_at: float
    received: int = 0
    head: bytes = b""
    digest: Any = None  # a running SHA-256, where checksums are on
    busy: bool = False

    @property
    def sha256(self) -> str | None:
        """The hex digest of the bytes so far, None without checksums."""
        return str(self.digest.hexdigest()) if self.digest else None

    def part(self, first: int) -> int:
        """Tell which part (from 1) starts at a byte."""
        return min(first // self.chunk_size + 1, self.count)


@dataclass(slots=True)
class Publish:
    """One post or draft on its way."""

    id: str
    grant: Grant
    kind: str  # VIDEO or PHOTO
    draft: bool
    stage: Stage
    created_at: float
    title: str = ""
    description: str = ""
    privacy: str = ""
    post_info: Mapping[str, Any] = field(default_factory=dict)
    urls: tuple[str, ...] = ()
    upload: Upload | None = None
    pulling: bool = False
    pull_due: bool = False
    downloaded: int = 0
    planned_failure: str = ""
    fail_reason: str = ""
    polls: int = 0  # since the stage was entered
    media_at: float | None = None
    completed_at: float | None = None
    post_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Video:
    """A post in the profile of an account."""

    id: int
    open_id: str
    created_ms: int
    title: str
    kind: str = "VIDEO"
    is_aigc: bool = False
    publish_id: str = ""
    public: bool = True


@dataclass(slots=True)
class Delivery:
    """A webhook on its way: `statuses` are the answers so far, 0 for none."""

    event: str
    user_openid: str
    body: bytes
    next_at: float
    first_at: float
    statuses: list[int] = field(default_factory=list)
    under_way: bool = False
    done: bool = False


class TikTok:
    """The simulated TikTok: accounts, tokens, publishes, uploads, webhooks and their settings."""

    def __init__(self, clock: Clock, settings: Settings, seed: int | None = None) -> None:
        self.clock = clock
        self._initial = copy.deepcopy(settings)
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget everything that happened; the settings are the first ones again."""
        self.settings = copy.deepcopy(self._initial)
        # Ids and tokens of a toy; a seed makes them repeatable.
        self._random = random.SystemRandom() if self._seed is None else random.Random(self._seed)  # noqa: S311
        self.codes: dict[str, Code] = {}
        self.access: dict[str, Token] = {}
        self.refresh: dict[str, Token] = {}
        self.publishes: dict[str, Publish] = {}
        self.uploads: dict[str, Upload] = {}
        self.videos: list[Video] = []
        self.deliveries: list[Delivery] = []
        self.allowed: dict[
            tuple[str, str], frozenset[str]
        ] = {}  # (client, user) → scopes, at the last consent
        self.active: dict[tuple[str, str], float] = {}  # (client, user) → last accepted init
        self.windows: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._log_number = 0
        self._sample()

    def _sample(self) -> None:
        for number in range(self.settings.sample_videos):
            age = (self.settings.sample_videos - number) * DAY
            self.add_video(
                self.settings.accounts[0].open_id, f"Sample {number + 1}", at=self.clock.now() - age
            )

    def name(self, prefix: str) -> str:
        """Make an unused id or token."""
        return f"{prefix}{self._random.randrange(10**18, 10**19)}"

    def log_id(self) -> str:
        """Make the id of one answer."""
        self._log_number += 1
        return f"{int(self.clock.now())}{self._log_number:06d}SIM"

    def client(self, key: str) -> Client | None:
        """Find an app."""
        return next((client for client in self.settings.clients if client.key == key), None)

    def account(self, who: str) -> Account | None:
        """Find an account by username or open_id."""
        return next((a for a in self.settings.accounts if who in {a.username, a.open_id}), None)

    def owner(self, grant: Grant) -> Account:
        """Find the account of a grant; a deleted one is a dead token."""
        account = self.account(grant.open_id)
        if account is None:
            raise RefusalError(401, "access_token_invalid", "The account is gone.")
        return account

    def grant(self, bearer: str | None) -> Grant:
        """Find what a bearer token may do."""
        # TikTok sheet 15: Simulator recipe (bearer: unknown or expired)
        token = self.access.get(bearer or "")
        # Sheet silent: an app token (client_credentials) on a user's endpoint counts as invalid.
        if token is None or token.dead or token.expires_at <= self.clock.now() or token.grant is None:
            raise RefusalError(
                401, "access_token_invalid", "The access token is invalid or not found in the request."
            )
        return token.grant

    def connect(
        self, username: str = "simstudio", scopes: frozenset[str] | None = None, client_key: str | None = None
    ) -> str:
        """Give an access token without the consent page, for tests; all scopes unless told."""
        account = self.account(username)
        client = self.client(client_key) if client_key else self.settings.clients[0]
        if account is None or client is None:
            raise ValueError("There is no such simulated account or app.")
        granted = client.scopes if scopes is None else scopes
        token = self.name("act.sim")
        expires_at = self.clock.now() + self.settings.access_seconds
        self.access[token] = Token(Grant(client.key, account.open_id, granted), expires_at)
        return token

    def take(self, endpoint: str, who: str, limit: int) -> None:
        """Count a request in a sliding minute; refuse it above the limit."""
        # TikTok sheet 9: Rate limits and quotas. Sheet silent: refused requests are not counted.
        now, window = self.clock.now(), self.windows[endpoint, who]
        while window and window[0] <= now - 60:
            window.popleft()
        if len(window) >= limit:
            raise RefusalError(
                429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later."
            )
        window.append(now)

    def add_video(
        self, open_id: str, title: str, *, at: float | None = None, kind: str = "VIDEO", publish_id: str = ""
    ) -> Video:
        """Put a public post into a profile, as if made in the app."""
        moment = int((self.clock.now() if at is None else at) * 1000)
        taken = {video.created_ms for video in self.videos}
        while moment in taken:  # paging by time needs distinct times
            moment += 1
        video = Video(FIRST_VIDEO + len(self.videos), open_id, moment, title, kind, publish_id=publish_id)
        self.videos.append(video)
        return video

    def is_verified(self, url: str) -> bool:
        """Tell whether an address may be pulled from."""
        # TikTok sheet 7: PULL_FROM_URL
        try:
            host = (urlsplit(url).hostname or "").lower()
        except ValueError:
            return False
        return any(_covers(rule, url, host) for rule in self.settings.verified)

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Change plain settings by name; raises ValueError for an unknown name or a wrong type."""
        if changes.get("webhook_url"):
            loopback(str(changes["webhook_url"]))
        self.settings.change(changes)

    def register(self, redirect_uri: str) -> None:
        """Add a redirect URI to every app, as in the developer portal."""
        self.settings.register(redirect_uri)

    def summary(self) -> dict[str, Any]:
        """Describe the state as JSON, without tokens."""
        return {
            "audited": self.settings.audited,
            "accounts": [
                {"open_id": a.open_id, "username": a.username, "private": a.private}
                for a in self.settings.accounts
            ],
            "publishes": [_shown(publish) for publish in self.publishes.values()],
            "videos": [{"id": str(v.id), "open_id": v.open_id, "title": v.title} for v in self.videos],
            "deliveries": [
                {"event": d.event, "statuses": d.statuses, "done": d.done} for d in self.deliveries
            ],
        }


def _shown(publish: Publish) -> dict[str, Any]:
    return {
        "publish_id": publish.id,
        "open_id": publish.grant.open_id,
        "kind": publish.kind,
        "draft": publish.draft,
        "stage": publish.stage.value,
        "title": publish.title,
        "fail_reason": publish.fail_reason,
        "post_ids": [str(post_id) for post_id in publish.post_ids],
        "received": publish.upload.received if publish.upload else None,
        "sha256": publish.upload.sha256 if publish.upload else None,
    }


def _covers(rule: str, url: str, host: str) -> bool:
    if "://" not in rule:  # a domain covers its sub-domains and all paths, over https only
        return url.startswith("https://") and (host == rule or host.endswith(f".{rule}"))
    if rule.startswith("https://"):  # TikTok sheet 7: PULL_FROM_URL (exact prefix, host not an IP)
        return rule.endswith("/") and url.startswith(rule) and not _is_address(host)
    try:
        loopback(rule), loopback(url)  # plain http is the simulator's own, and for loopback only
    except ValueError:
        return False
    return url.startswith(rule)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
