"""What the simulated LinkedIn remembers; pure, the clock is handed in."""

from __future__ import annotations

import copy
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any
from uuid import UUID

from postwire.simulator.linkedin.dice import Dice
from postwire.simulator.linkedin.records import (
    REVOKED,
    Check,
    Code,
    Comment,
    Delivery,
    Grant,
    Media,
    Notice,
    Post,
    Reaction,
    Subscription,
    Token,
)
from postwire.simulator.linkedin.refusal import RestError, token_refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.clock import Clock
    from postwire.simulator.linkedin.settings import App, Member, Page, Settings

DAY = 86_400
FIRST_POST = 7_243_000_000_000_000_000  # 19 digits, beyond 2^53
FIRST_ACTIVITY = 7_244_500_000_000_000_000
FIRST_COMMENT = 7_245_000_000_000_000_000


class LinkedIn:
    """The simulated LinkedIn: members, pages, tokens, posts, media, what is said about them, and settings."""

    def __init__(self, clock: Clock, settings: Settings, seed: int | None = None) -> None:
        self.clock = clock
        self._initial = copy.deepcopy(settings)
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget everything that happened; the settings are the first ones again."""
        self.settings = copy.deepcopy(self._initial)
        self._dice = Dice(self._seed)
        self.codes: dict[str, Code] = {}
        self.access: dict[str, Token] = {}
        self.refresh: dict[str, Token] = {}
        self.media: dict[str, Media] = {}
        self.posts: dict[str, Post] = {}  # by URN, in the order of their making; deleted ones stay
        self.comments: dict[str, Comment] = {}  # by URN
        self.reactions: dict[str, Reaction] = {}  # by URN
        self.notices: list[Notice] = []
        self.subscriptions: dict[tuple[str, str, str, str], Subscription] = {}
        self.deliveries: list[Delivery] = []
        self.checks: dict[tuple[str, str], Check] = {}  # (app, address)
        self.counted: dict[tuple[str, str, int], int] = defaultdict(int)  # (endpoint, who, UTC day)
        self.minutes: defaultdict[str, deque[float]] = defaultdict(deque)  # comment creations of an actor
        self._numbers = 0
        self._sample()

    def _sample(self) -> None:
        owners: list[Member | Page] = [*self.settings.members[:1], *self.settings.pages[:1]]
        for number in range(self.settings.samples):
            at = self.clock.now() - (self.settings.samples - number) * DAY
            for owner in owners:
                text = f"Sample {number + 1} of {owner.name}"
                self.add_post(
                    author=owner.urn, by=self.settings.members[0].sub, text=text, little=text, at=at
                )

    def number(self) -> int:
        """Give the next number."""
        self._numbers += 1
        return self._numbers

    def name(self, prefix: str, length: int = 20) -> str:
        """Make an unused id or token."""
        return prefix + self._dice.text(length)

    def uuid(self) -> str:
        """Make a random UUID."""
        return str(UUID(bytes=self._dice.roll(16), version=4))

    def support_id(self) -> str:
        """Make the id of one answer."""
        return f"AAY{self.number():09d}SIM=="

    def milliseconds(self) -> int:
        """Tell the time in milliseconds since 1970."""
        return int(self.clock.now() * 1000)

    def app(self, app_id: str) -> App | None:
        """Find an app."""
        return next((app for app in self.settings.apps if app.id == app_id), None)

    def member(self, who: str) -> Member | None:
        """Find a member by URN, id or name on the consent page."""
        return next((m for m in self.settings.members if who in {m.urn, m.sub, m.key}), None)

    def page(self, who: str) -> Page | None:
        """Find a page by URN, id or vanity name."""
        return next((p for p in self.settings.pages if who in {p.urn, p.id, p.vanity}), None)

    def roles(self, sub: str, page: Page) -> frozenset[str]:
        """Tell the approved roles of a member on a page; a brand's are its parent's too."""
        # Sheet silent on brand pages: who may act for the organisation may act for its brand.
        parent = self.page(page.parent) if page.parent else None
        own = {role for who, role, state in page.roles if who == sub and state == "APPROVED"}
        return frozenset(own) | (self.roles(sub, parent) if parent else frozenset())

    def token(self, bearer: str | None) -> Token:
        """Find what a bearer token may do; raises RestError for one that may nothing."""
        # LinkedIn sheet 12: Errors (the 401 rows)
        if not bearer:
            raise token_refusal("EMPTY_ACCESS_TOKEN", "Empty oauth2 access token")
        token = self.access.get(bearer)
        member = self.member(token.grant.sub) if token else None
        if token is None or member is None:
            raise token_refusal("INVALID_ACCESS_TOKEN", "Invalid access token")
        now = self.clock.now()
        # LinkedIn sheet 3: OAuth 2.0 (a token just issued can answer 401/65601 for a few seconds)
        if token.ended or now < token.created_at + self.settings.fresh_token_seconds:
            said = "The token used in the request has been revoked by the user"
            raise token_refusal("REVOKED_ACCESS_TOKEN", said)
        if token.expires_at <= now:
            raise token_refusal("EXPIRED_ACCESS_TOKEN", "The token used in the request has expired")
        if member.restricted:
            raise token_refusal("RESTRICTED_MEMBER", "Member is restricted")
        return token

    def connect(self, key: str = "mina", scopes: frozenset[str] | None = None, app_id: str = "") -> str:
        """Give an access token without the consent page, for tests; all scopes of the app unless told."""
        member = self.member(key)
        app = self.app(app_id) if app_id else self.settings.apps[0]
        if member is None or app is None:
            raise ValueError("There is no such simulated member or app.")
        now, token = self.clock.now(), self.name("AQX", 60)
        grant = Grant(app.id, member.sub, app.scopes if scopes is None else scopes, now)
        self.access[token] = Token(grant, now, now + self.settings.access_seconds)
        return token

    def end_grants(self, app_id: str, sub: str, why: str = REVOKED) -> None:
        """End every token that an app has of a member, and what it asked to be told about."""
        for token in (*self.access.values(), *self.refresh.values()):
            if (token.grant.app_id, token.grant.sub) == (app_id, sub):
                token.ended = token.ended or why
        # LinkedIn sheet 9.5: Notifications (a subscription dies silently with the grant)
        for key in [k for k, s in self.subscriptions.items() if (s.app_id, s.sub) == (app_id, sub)]:
            del self.subscriptions[key]

    def take(self, endpoint: str, who: str, limit: int, level: str) -> None:
        """Count a request of this UTC day; refuse it above the limit."""
        # LinkedIn sheet 11: Throttling (reset at 00:00 UTC). Sheet silent: refused requests are not counted.
        key = (endpoint, who, int(self.clock.now() // DAY))
        if self.counted[key] >= limit:
            said = f"Resource level throttle {level} DAY limit for calls to this resource is reached."
            raise RestError(429, "TOO_MANY_REQUESTS", said, 101)
        self.counted[key] += 1

    def add_post(self, *, at: float | None = None, kind: str = "share", **fields: Any) -> Post:
        """Put a post into the feed; raises TypeError for fields that a post does not have."""
        # LinkedIn sheet 13: Simulator notes (distinct post and activity numbers)
        step, moment = self.number() * 1009, int((self.clock.now() if at is None else at) * 1000)
        urn, activity = f"urn:li:{kind}:{FIRST_POST + step}", f"urn:li:activity:{FIRST_ACTIVITY + step}"
        post = Post(urn=urn, activity=activity, created_ms=moment, modified_ms=moment, **fields)
        self.posts[urn] = post
        return post

    def post(self, urn: str) -> Post | None:
        """Find a post that is there, by its own URN or its activity's."""
        # LinkedIn sheet 13: Simulator notes (accept share, ugcPost and activity as input)
        found = self.posts.get(urn) or next((p for p in self.posts.values() if p.activity == urn), None)
        return None if found is None or found.deleted else found

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Change plain settings by name; raises ValueError for an unknown name or a wrong type."""
        self.settings.change(changes)

    def register(self, redirect_uri: str) -> None:
        """Add a redirect URI to every app, as in the developer portal."""
        self.settings.register(redirect_uri)

    def summary(self) -> dict[str, Any]:
        """Describe the state as JSON, without tokens."""
        return {
            "accounts": [{"sub": m.sub, "key": m.key, "name": m.name} for m in self.settings.members],
            "pages": [{"id": p.id, "name": p.name} for p in self.settings.pages],
            "posts": [
                {
                    "id": p.urn,
                    "author": p.author,
                    "text": p.text,
                    "lifecycle": p.lifecycle,
                    "deleted": p.deleted,
                }
                for p in self.posts.values()
            ],
            "media": [
                {"id": m.urn, "owner": m.owner, "status": m.status, "received": m.received}
                | {"sha256": [part.sha256 for part in m.parts.values()]}
                for m in self.media.values()
            ],
            "comments": [
                {"id": c.urn, "actor": c.actor, "text": c.message["text"]} for c in self.comments.values()
            ],
            "reactions": [{"id": r.urn, "kind": r.kind} for r in self.reactions.values()],
            "deliveries": [{"statuses": d.statuses, "done": d.done} for d in self.deliveries],
        }
