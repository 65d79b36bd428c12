"""What one operation of the API is, what a request to it carries, and what it is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from postwire.simulator.x import params

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from postwire.simulator.exchange import Call
    from postwire.simulator.x.lens import Lens
    from postwire.simulator.x.params import Param
    from postwire.simulator.x.records import Post, Ties, Token
    from postwire.simulator.x.settings import Account, App
    from postwire.simulator.x.shapes import Check
    from postwire.simulator.x.state import X

# X sheet 5: Endpoint catalogue (TU)
TU = "tweet.read users.read"

TokenKind = Literal["user", "both", "app"]


@dataclass(slots=True)
class Answer:
    """What an operation answers; includes and errors are the lens's."""

    data: Any = None
    meta: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the catalogue; `limits` in the sheet's words, `price` a name of the price list.

    `own` names the path's id that must be the token's user. `stream` takes the body itself.
    """

    method: str
    path: str
    run: Callable[[Ask], Answer] | None
    scopes: str = TU
    who: TokenKind = "user"  # whose token it takes
    limits: str = ""
    price: str = ""
    owned: bool = False  # a cheap read for the app's owner
    family: str = ""
    query: Mapping[str, Param] = field(default_factory=dict)
    body: Check | None = None
    patterns: Mapping[str, str] = field(default_factory=dict)  # of ids in the path that are not digits
    own: str = ""
    ok: int = 200
    stream: Callable[[Ask, Call], Awaitable[Answer]] | None = None

    @property
    def name(self) -> str:
        """Its name in settings and limits."""
        return f"{self.method} {self.path}"

    def pattern(self, name: str) -> str:
        """Tell what an id in the path must look like."""
        return self.patterns.get(name, params.ID)


@dataclass(slots=True)
class Ask:
    """A request that was let in."""

    x: X
    operation: Operation
    token: Token
    params: Mapping[str, str]
    query: Mapping[str, Any]
    lens: Lens
    body: dict[str, Any] = field(default_factory=dict)
    price: str = ""  # what it turned out to cost, where that depends on what was asked

    @property
    def app(self) -> App:
        """The app that asks."""
        return self.x.app(self.token.grant.client_id) or self.x.settings.apps[0]

    @property
    def viewer(self) -> str | None:
        """The id of the user that asks, None for an app alone."""
        return self.token.grant.account_id

    @property
    def me(self) -> Account:
        """The user that asks."""
        return self.x.owner(self.viewer or "")

    @property
    def ties(self) -> Ties:
        """What the user that asks has done."""
        return self.x.ties[self.me.id]

    @property
    def now(self) -> float:
        """The time, in seconds since 1970."""
        return self.x.clock.now()

    @property
    def self_serve(self) -> bool:
        """Whether the app is on a self-serve plan."""
        return self.app.plan == "self_serve"

    def post(self, post_id: str) -> Post | None:
        """Find a post that the user may see."""
        found = self.x.posts.get(post_id)
        return found if self.x.visible(found, self.viewer) else None
