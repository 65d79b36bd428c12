"""One question to the Graph: who asks, in which version, about what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from postwire.simulator.meta.params import Params
from postwire.simulator.meta.refusal import GraphError, session, unsupported

if TYPE_CHECKING:
    from postwire.simulator.meta.records import File, Token
    from postwire.simulator.meta.state import Meta
    from postwire.simulator.meta.versions import Version

FACEBOOK, INSTAGRAM = "facebook", "instagram"
Args = Mapping[str, str]
Getter = Callable[["Ask", Any, Args], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of node shows: `default` without `fields`, and what only one login has."""

    label: str
    default: tuple[str, ...]
    fields: Mapping[str, Getter]
    facebook_only: frozenset[str] = frozenset()
    instagram_only: frozenset[str] = frozenset()

    def foreign(self, login: str) -> frozenset[str]:
        """Tell which fields a login does not have."""
        return self.facebook_only if login == INSTAGRAM else self.instagram_only


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that is answered in pages; `at` is the path of its edge."""

    items: list[Any]
    at: str = ""
    limit: int = 25
    most: int = 100
    summary: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """Something that was created: `bare` is the answer where no fields were asked for."""

    node: Any
    bare: Mapping[str, Any]


@dataclass(slots=True)
class Ask:
    """A request as the functions of the API see it; `node` and `path` are what it is about."""

    state: Meta
    login: str  # by the host: facebook or instagram
    version: Version
    method: str
    path: tuple[str, ...]
    params: Params
    token: Token
    url: Callable[[str, str], str]
    kinds: Mapping[str, Kind]
    edges: Mapping[tuple[str, str, str], Callable[[Ask], Any]]
    node: Any = None
    pulled: dict[str, File | int] = field(default_factory=dict)  # by address: the file, or the status
    raw_query: str = ""
    host: str = ""

    @property
    def now(self) -> float:
        """The simulated time."""
        return self.state.clock.now()

    @property
    def scopes(self) -> frozenset[str]:
        """What the user allowed."""
        return frozenset(self.token.grant.scopes) if self.token.grant else frozenset()

    @property
    def by_instagram(self) -> bool:
        """Whether it came by Instagram login."""
        return self.login == INSTAGRAM

    def about(self, node: Any, edge: str, args: Args) -> Ask:
        """Ask the same about an edge of another node, as an expanded field does."""
        params = Params(dict(args))
        return replace(self, node=node, path=(str(node.id), edge), method="GET", params=params)

    def need(self, facebook: str, instagram: str = "") -> None:
        """Refuse a token that lacks permissions, given for each login as words."""
        # Meta sheet 4: Permissions map; sheet 13.1: 200 for Pages, 10 for Instagram
        wanted = (f"instagram_business_{instagram}" if instagram else "") if self.by_instagram else facebook
        if lacking := [scope for scope in wanted.split() if scope not in self.scopes]:
            code = "10" if lacking[0].startswith("instagram_") else "200"
            raise GraphError(code, f"Requires the permission {lacking[0]}.")

    def need_page_token(self) -> None:
        """Refuse anything but the token of the Page that is asked about."""
        # Meta sheet 6: Pages — publishing (Page token). Sheet silent on the code: that of a wrong token.
        if self.token.kind != "PAGE" or self.token.page_id != self.page_id:
            raise GraphError("190/2069032", "This method must be called with a Page Access Token.")

    def need_task(self, *any_of: str) -> None:
        """Refuse a person who lacks a task on the Page that is asked about; Instagram login has none."""
        if self.by_instagram:
            return
        # Meta sheet 2.3: Account discovery after login (which task is needed for what)
        tasks = self.state.tasks(self.token, self.page_id)
        if not tasks.intersection(any_of):
            raise GraphError("200", f"Requires one of the tasks {', '.join(any_of)} on the Page.")

    @property
    def page_id(self) -> str:
        """The Page that is asked about, by itself, by what it owns, or by its Instagram account."""
        owner = str(self.node.id if self.node.kind in {"page", "account"} else self.node.owner)
        page = self.state.page_of(owner)
        return page.id if page else owner

    def foreign(self) -> GraphError:
        """Make the refusal of something that this token cannot reach."""
        return unsupported(self.method, self.path[0] if self.path else "")

    def person(self) -> Any:
        """Find the person behind a user token; raises GraphError for any other token."""
        if self.token.kind != "USER" or self.token.grant is None:
            raise GraphError("200", "This needs a user access token.")
        person = self.state.person(self.token.grant.user_id)
        if person is None:
            raise session()
        return person
