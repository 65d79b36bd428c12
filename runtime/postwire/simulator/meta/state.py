"""What the simulated Meta remembers; pure, the clock is handed in."""

from __future__ import annotations

import copy
import random
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.meta import samples
from postwire.simulator.meta.records import Code, Container, Delivery, Grant, Token, Video, Visitor
from postwire.simulator.meta.refusal import session
from postwire.simulator.outside import loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.clock import Clock
    from postwire.simulator.meta.settings import Account, App, Business, Page, Person, Settings

HOUR: Final = 3_600
DAY: Final = 86_400
# Meta sheet 15: Simulator recipe (tokens: prefixes)
PREFIXES: Final = {"facebook": "EAA", "instagram": "IGAA"}
NOT_AUTHORIZED, EXPIRED, LOGGED_OUT, ROLE_LOST = 458, 463, 467, 492


class Meta:
    """The simulated Meta: apps, tokens, and everything on Pages and Instagram accounts."""

    def __init__(self, clock: Clock, settings: Settings, seed: int | None = None) -> None:
        self.clock = clock
        self._initial = copy.deepcopy(settings)
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget everything that happened; the settings are the first ones again."""
        self.settings = copy.deepcopy(self._initial)
        # Ids and tokens of a toy; a seed makes them repeatable.
        self.random = random.SystemRandom() if self._seed is None else random.Random(self._seed)  # noqa: S311
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, Token] = {}
        self.grants: dict[tuple[str, str], Grant] = {}  # (app, user)
        self.objects: dict[str, Any] = {}
        self.attachments: set[str] = set()
        self.subscribed: dict[tuple[str, str], list[str]] = {}  # (app, Page or account) → fields
        self.callbacks: dict[tuple[str, str], tuple[str, list[str]]] = {}  # (app, object) → address, fields
        self.deliveries: list[Delivery] = []
        self.calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self.published: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self.blocked: defaultdict[str, set[str]] = defaultdict(set)
        self.profiles: dict[tuple[str, str], dict[str, Any]] = {}  # (owner, platform) → messenger profile
        self.page_settings: dict[tuple[str, str], str] = {}
        self.tagged_products: dict[str, list[dict[str, Any]]] = {}
        self.invites: dict[tuple[str, str], str] = {}  # (account, media) → Pending, Accepted, Declined
        self._number = 0
        if self.settings.samples:
            samples.fill(self)

    def name(self, prefix: str) -> str:
        """Make an unused token or code."""
        return f"{prefix}{self.random.randrange(10**24, 10**25)}"

    def new_id(self, prefix: str) -> str:
        """Make an unused id of a node."""
        while True:
            self._number += 1
            made = f"{prefix}{self._number:0{17 - len(prefix)}d}"
            if made not in self.objects:  # as the samples' are
                return made

    def keep(self, node: Any) -> Any:
        """Remember a node by its id."""
        self.objects[node.id] = node
        return node

    def all(self, kind: str, owner: str = "") -> list[Any]:
        """List nodes of a kind, newest first."""
        found = [n for n in self.objects.values() if n.kind == kind and (not owner or n.owner == owner)]
        return found[::-1]

    def app(self, app_id: str, login: str = "") -> App | None:
        """Find an app."""
        return next((a for a in self.settings.apps if a.id == app_id and login in {"", a.login}), None)

    def person(self, who: str) -> Person | None:
        """Find a person by id or key."""
        return next((p for p in self.settings.people if who in {p.id, p.key}), None)

    def page(self, page_id: str) -> Page | None:
        """Find a Page."""
        return next((page for page in self.settings.pages if page.id == page_id), None)

    def account(self, who: str) -> Account | None:
        """Find an Instagram account by either id or by username."""
        return next((a for a in self.settings.accounts if who in {a.id, a.scoped_id, a.username}), None)

    def business(self, business_id: str) -> Business | None:
        """Find a Business."""
        return next((one for one in self.settings.businesses if one.id == business_id), None)

    def page_of(self, owner: str) -> Page | None:
        """Find a Page by its own id or by that of its Instagram account."""
        return next((page for page in self.settings.pages if owner in {page.id, page.instagram}), None)

    def linked(self, page: Page) -> Account | None:
        """Find the professional account that is linked to a Page."""
        account = self.account(page.instagram) if page.instagram else None
        return account if account and account.professional else None

    def visitor(self, who: str) -> Visitor | None:
        """Find someone who comments or writes, by id."""
        people = (one for one in self.objects.values() if isinstance(one, Visitor))
        return next((one for one in people if who in {one.id, one.igsid}), None)

    def reachable(self, person: Person) -> list[str]:
        """List the Pages where a person has a role, also through a Business."""
        through = [self.business(one) for one in person.businesses]
        by_business = [page for one in through if one for page in (*one.owned, *one.client)]
        return list(dict.fromkeys((*person.pages, *by_business)))

    def tasks(self, token: Token, page_id: str) -> frozenset[str]:
        """Tell which tasks the person behind a token has on a Page."""
        from_grant = self.person(token.grant.user_id) if token.grant else None
        if from_grant is None:
            return frozenset()
        if page_id in from_grant.pages:
            return frozenset(from_grant.pages[page_id])
        # Sheet silent on the tasks that a Business gives: all.
        everything = frozenset({"ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE"})
        return everything if page_id in self.reachable(from_grant) else frozenset()

    def token(self, text: str, login: str) -> Token:
        """Find what a token may do; raises GraphError 190 for one that is of no use on this host."""
        token = self.tokens.get(text) or self._app_token(text)
        # Meta sheet 0.1: Three account flavours (a token from one family is rejected by the others' host)
        if token is None or not self._family_fits(token, login):
            raise session()
        if subcode := self.ended(token):
            raise session(subcode)
        # Meta sheet 2.2: Token endpoint (data access). Sheet silent on the code: 190 without subcode.
        grant = token.grant
        if grant and grant.login == "facebook" and self.data_access_ends(grant) <= self.clock.now():
            raise session()
        return token

    def _family_fits(self, token: Token, login: str) -> bool:
        return (token.kind == "IG") == (login == "instagram")

    def _app_token(self, text: str) -> Token | None:
        # Meta sheet 2.2: Token endpoint (the literal `app_id|app_secret` works too)
        app_id, bar, secret = text.partition("|")
        app = self.app(app_id, "facebook") if bar else None
        return Token(text, "APP", app_id, None, self.clock.now()) if app and app.secret == secret else None

    def ended(self, token: Token) -> int:
        """Tell the subcode of 190 by which a token is dead, 0 for a live one."""
        if token.ended or (token.grant and token.grant.ended):
            return token.ended or (token.grant.ended if token.grant else 0)
        if token.expires_at and token.expires_at <= self.clock.now():
            return EXPIRED
        # Meta sheet 13.1: 190/492 (the user lost the Page role)
        return ROLE_LOST if token.kind == "PAGE" and not self.tasks(token, token.page_id) else 0

    def data_access_ends(self, grant: Grant) -> float:
        """Tell when data access ends, 90 days after the last login."""
        return grant.logged_in_at + self.settings.data_access_seconds

    def issue(self, kind: str, grant: Grant, seconds: float, **more: Any) -> Token:
        """Make an access token; 0 seconds is for ever."""
        now = self.clock.now()
        text = self.name(PREFIXES[grant.login])
        token = Token(text, kind, grant.app_id, grant, now, now + seconds if seconds else 0, **more)
        self.tokens[text] = token
        return token

    def page_token(self, user: Token, page_id: str) -> Token:
        """Derive the token of a Page; asked again, it is the same one."""
        # Meta sheet 2.2: Token endpoint (no expiry from a long user token, else it expires with it)
        until = 0.0 if user.long else user.expires_at
        for token in self.tokens.values():
            same = token.page_id == page_id and token.grant is user.grant
            if same and token.expires_at == until and not self.ended(token):
                return token
        assert user.grant is not None
        made = self.issue("PAGE", user.grant, 0, page_id=page_id, long=user.long)
        made.expires_at = until
        return made

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Change plain settings by name; raises ValueError for an unknown name or a wrong type."""
        for name in ("webhook_url", "deauthorize_url"):
            if changes.get(name):
                loopback(str(changes[name]))
        self.settings.change(changes)

    def register(self, redirect_uri: str) -> None:
        """Add a redirect URI to every app, as in the developer portal."""
        self.settings.register(redirect_uri)

    def summary(self) -> dict[str, Any]:
        """Describe the state as JSON, without tokens."""
        return {
            "pages": [{"id": page.id, "name": page.name} for page in self.settings.pages],
            "accounts": [{"id": a.id, "username": a.username} for a in self.settings.accounts],
            "objects": [_shown(node) for node in self.objects.values()],
            "deliveries": [
                {"field": d.about, "statuses": d.statuses, "done": d.done} for d in self.deliveries
            ],
        }

    def connect(
        self, who: str = "simowner", scopes: frozenset[str] | None = None, *, long: bool = True
    ) -> str:
        """Give a token without the consent page, for tests: of a person, or of an Instagram username."""
        person, account = self.person(who), self.account(who)
        login = "facebook" if person else "instagram"
        found = person or account
        if found is None:
            raise ValueError("There is no such simulated person or account.")
        app = next(app for app in self.settings.apps if app.login == login)
        allowed = set(app.scopes if scopes is None else scopes)
        pages = tuple(self.reachable(person)) if person else ()
        grant = Grant(app.id, login, found.id, allowed, set(), pages, self.clock.now())
        seconds = self.settings.long_seconds if long else self.settings.short_seconds
        return self.issue("USER" if person else "IG", grant, seconds, long=long).text

    def connect_page(self, page_id: str = "1010", **options: Any) -> str:
        """Give a Page token without the consent page, for tests."""
        return self.page_token(self.tokens[self.connect(**options)], page_id).text


def _shown(node: Any) -> dict[str, Any]:
    shown = {"id": node.id, "kind": node.kind, "owner": node.owner}
    if isinstance(node, Container | Video):
        shown["state"] = node.status if isinstance(node, Container) else node.state
        shown["failure"] = node.failure
    upload = getattr(node, "upload", None)
    if upload is not None:
        shown["received"] = upload.received
        shown["sha256"] = upload.digest.hexdigest() if upload.digest and upload.complete else ""
    return shown
