"""What the simulated X remembers; pure, the clock is handed in."""

from __future__ import annotations

import copy
import random
import string
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from postwire.simulator.x import text
from postwire.simulator.x.limits import Windows
from postwire.simulator.x.records import (
    Article,
    Code,
    Conversation,
    DmEvent,
    Grant,
    Media,
    Post,
    Ties,
    Token,
    UserList,
)
from postwire.simulator.x.refusal import unauthorized
from postwire.simulator.x.settings import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postwire.simulator.clock import Clock
    from postwire.simulator.x.settings import Account, App, Community, Settings

EPOCH = 1_288_834_974_657  # milliseconds; ids count from here, shifted
SHIFT = 22
DAY = 86_400
HOUR = 3_600
BASE62 = string.ascii_letters + string.digits


class X:
    """The simulated X: accounts, tokens, posts, media, messages, lists and their settings."""

    clock: Clock
    settings: Settings

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
        self._taken: set[int] = set()
        self.codes: dict[str, Code] = {}
        self.access: dict[str, Token] = {}
        self.refresh: dict[str, Token] = {}
        self.app_tokens: dict[str, str] = {}  # client id → its one bearer token
        self.posts: dict[str, Post] = {}
        self.media: dict[str, Media] = {}
        self.lists: dict[str, UserList] = {}
        self.conversations: dict[str, Conversation] = {}
        self.dm_events: list[DmEvent] = []
        self.articles: dict[str, Article] = {}
        self.ties: defaultdict[str, Ties] = defaultdict(Ties)
        self.windows = Windows()
        self.billed: set[tuple[int, str, str, str]] = set()  # (day, client id, kind, id)
        self.post_reads: dict[tuple[str, int], int] = {}  # (client id, day) → posts read
        self._sample()

    def _sample(self) -> None:
        first, others = self.settings.accounts[0], self.settings.accounts[1:]
        for number in range(self.settings.sample_posts):
            age = (self.settings.sample_posts - number) * DAY
            self.add_post(first.id, f"Sample {number + 1} #simulated", at=self.clock.now() - age)
        if self.settings.sample_posts and len(others) > 1:
            self.add_post(
                others[1].id, f"Thanks @{first.username}, ask me anything", at=self.clock.now() - HOUR
            )

    def id(self, at: float | None = None) -> str:
        """Make an unused id of 19 digits that grows with time."""
        # X sheet 13: Simulator notes (snowflake-like increasing ids)
        moment = self.clock.now() if at is None else at
        number = (int(moment * 1000) - EPOCH) << SHIFT
        while number in self._taken:
            number += 1
        self._taken.add(number)
        return str(number)

    def word(self, length: int) -> str:
        """Make an opaque word."""
        return "".join(self._random.choice(BASE62) for _ in range(length))

    def app(self, client_id: str) -> App | None:
        """Find an app."""
        return next((app for app in self.settings.apps if app.client_id == client_id), None)

    def account(self, who: str) -> Account | None:
        """Find an account by id, or by its name in any case."""
        accounts = self.settings.accounts
        return next((a for a in accounts if who == a.id or who.lower() == a.username.lower()), None)

    def owner(self, account_id: str) -> Account:
        """Find the account that something belongs to; one that is gone is a dead token."""
        account = self.account(account_id)
        if account is None:
            raise unauthorized()
        return account

    def community(self, community_id: str) -> Community | None:
        """Find a Community."""
        return next((c for c in self.settings.communities if c.id == community_id), None)

    def token(self, bearer: str | None) -> Token:
        """Find a token that is good now."""
        # X sheet 12.2: 401 (access token expired or invalid)
        token = self.access.get(bearer or "")
        if token is None or token.dead or token.expires_at <= self.clock.now():
            raise unauthorized()
        return token

    def connect(
        self, username: str = "simlabs", scopes: Iterable[str] | None = None, client_id: str = ""
    ) -> str:
        """Give an access token without the consent page, for tests; all scopes unless told."""
        account, app = self.account(username), self.app(client_id or self.settings.apps[0].client_id)
        if account is None or app is None:
            raise ValueError("There is no such simulated account or app.")
        granted = frozenset(SCOPES if scopes is None else scopes)
        token = self.word(64)
        expires_at = self.clock.now() + self.settings.access_seconds
        self.access[token] = Token(Grant(app.client_id, account.id, granted), expires_at)
        return token

    def app_token(self, client_id: str = "") -> str:
        """Give the bearer token of an app alone, always the same one until it is invalidated."""
        # X sheet 4: App-only (no expiry)
        app = self.app(client_id) or self.settings.apps[0]
        if app.client_id not in self.app_tokens:
            token = self.app_tokens[app.client_id] = "AAAA" + self.word(60)
            self.access[token] = Token(Grant(app.client_id, None, frozenset()), float("inf"))
        return self.app_tokens[app.client_id]

    def disconnect(self, username: str, client_id: str = "") -> None:
        """Play the user who ends an app's access in the settings; every app's unless told."""
        # X sheet 4: User-side revoke
        account = self.account(username)
        for token in (*self.access.values(), *self.refresh.values()):
            grant = token.grant
            if account and grant.account_id == account.id and client_id in {"", grant.client_id}:
                token.dead = True

    def add_post(self, author_id: str, given: str, *, at: float | None = None, **fields: Any) -> Post:
        """Put a post into a profile, as if made in the app."""
        moment = self.clock.now() if at is None else at
        new = self.id(moment)
        wrapped, links = text.wrap(given, lambda: f"https://t.co/{self.word(10)}")
        post = Post(new, author_id, wrapped, moment, given, links, **fields)
        post.root_id, post.first_at = post.root_id or new, post.first_at or moment
        post.history = post.history or [new]
        self.posts[new] = post
        return post

    def visible(self, post: Post | None, viewer: str | None) -> bool:
        """Tell whether an account may see a post: it is there, and its author is not locked to them."""
        if post is None or post.deleted:
            return False
        if post.reposted and not self.visible(self.posts.get(post.reposted), viewer):
            return False
        author = self.account(post.author_id)
        return author is not None and not author.suspended and self.sees(viewer, author)

    def sees(self, viewer: str | None, account: Account) -> bool:
        """Tell whether an account's posts may be seen."""
        if not account.protected or viewer == account.id:
            return True
        return viewer is not None and account.id in self.ties[viewer].following

    def alive(self, author_id: str | None = None) -> list[Post]:
        """List posts that are there, in their newest version, the newest first."""
        found = (p for p in self.posts.values() if not p.deleted and p.latest == p.id)
        mine = [p for p in found if author_id in {None, p.author_id}]
        return sorted(mine, key=lambda post: int(post.id), reverse=True)

    def followers(self, account_id: str) -> list[str]:
        """List the ids of an account's followers in the simulator."""
        return [who for who, ties in self.ties.items() if account_id in ties.following]

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Change plain settings by name; raises ValueError for an unknown name or a wrong type."""
        self.settings.change(changes)

    def register(self, redirect_uri: str) -> None:
        """Add a redirect URI to every app, as in the developer portal."""
        self.settings.register(redirect_uri)

    def summary(self) -> dict[str, Any]:
        """Describe the state as JSON, without tokens."""
        return {
            "accounts": [
                {"id": a.id, "username": a.username, "subscription": a.subscription}
                for a in self.settings.accounts
            ],
            "apps": [{"client_id": a.client_id, "credits": a.credits} for a in self.settings.apps],
            "posts": [
                {"id": p.id, "author_id": p.author_id, "text": p.text, "deleted": p.deleted, "media": p.media}
                for p in self.posts.values()
            ],
            "media": [_shown(media) for media in self.media.values()],
            "dm_events": [
                {"id": e.id, "conversation_id": e.conversation_id, "text": e.text} for e in self.dm_events
            ],
            "lists": [{"id": item.id, "name": item.name} for item in self.lists.values()],
        }


def _shown(media: Media) -> dict[str, Any]:
    segments = {str(n): {"size": s.size, "sha256": s.sha256} for n, s in sorted(media.segments.items())}
    return {
        "id": media.id,
        "owner_id": media.owner_id,
        "category": media.category,
        "state": media.state,
        "size": media.size,
        "alt_text": media.alt_text,
        "segments": segments,
    }
