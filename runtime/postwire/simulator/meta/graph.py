"""The Graph: which node and edge a path means, whether the token reaches it, and what answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from postwire.simulator.meta import fields, hooks, identity, inbox, sending
from postwire.simulator.meta.ask import FACEBOOK, INSTAGRAM
from postwire.simulator.meta.instagram import account, containers, discovery, media, publish, remarks
from postwire.simulator.meta.instagram import insights as instagram_insights
from postwire.simulator.meta.pages import comments, films, insights, page, photos, posts, reels, videos
from postwire.simulator.meta.refusal import GraphError, invalid, no_field, session, unsupported

if TYPE_CHECKING:
    from postwire.simulator.meta.ask import Ask, Kind
    from postwire.simulator.meta.state import Meta

Operation = Callable[["Ask"], Any]
Operations = Mapping[tuple[str, str, str], Operation]  # (kind of node, edge, method)

MODULES: tuple[Any, ...] = (
    identity,
    hooks,
    inbox,
    sending,
    page,
    posts,
    photos,
    videos,
    films,
    reels,
    comments,
    insights,
    account,
    containers,
    publish,
    media,
    remarks,
    discovery,
    instagram_insights,
)
KINDS: dict[str, Kind] = {name: kind for module in MODULES for name, kind in module.KINDS.items()}
OPERATIONS: dict[tuple[str, str, str], Operation] = {
    key: operation for module in MODULES for key, operation in module.OPERATIONS.items()
}
FACEBOOK_ONLY: frozenset[tuple[str, str, str]] = frozenset().union(
    *(getattr(module, "FACEBOOK_ONLY", ()) for module in MODULES)
)
# Meta sheet 3.4: What IG-IG cannot do
EDGES: Mapping[str, Mapping[tuple[str, str, str], Operation]] = {
    FACEBOOK: OPERATIONS,
    INSTAGRAM: {key: operation for key, operation in OPERATIONS.items() if key not in FACEBOOK_ONLY},
}
ROOTS = frozenset(edge for kind, edge, _ in OPERATIONS if kind == "root")


def locate(ask: Ask) -> None:
    """Find the node that a path begins with; raises GraphError where the token does not reach it."""
    path = "/".join(ask.path)
    if path in ROOTS:
        return
    # Meta sheet 1: Hosts, versions, general rules (dropped protocol features: root ?ids=)
    if not ask.path:
        raise invalid("Reading several ids at once is not supported any more.")
    ask.node = _node(ask, ask.path[0])
    if ask.node is None or not reaches(ask, ask.node):
        raise unsupported(ask.method, ask.path[0])


def perform(ask: Ask) -> Any:
    """Answer a located call as JSON."""
    edge = "/".join(ask.path) if ask.node is None else "/".join(ask.path[1:2])
    kind = "root" if ask.node is None else ask.node.kind
    operation = ask.edges.get((kind, edge, ask.method))
    if operation is None:
        # Meta sheet 15: Simulator recipe (traps: 100/33 for what Instagram login lacks, inferred)
        raise _nothing(ask, kind, edge)
    return fields.answer(ask, operation(ask))


def _nothing(ask: Ask, kind: str, edge: str) -> GraphError:
    known = any(key[:2] == (kind, edge) for key in OPERATIONS)
    if ask.method == "GET" and edge and not known and kind in KINDS:
        return no_field(edge, KINDS[kind].label)
    return unsupported(ask.method, ask.path[0])


def _node(ask: Ask, name: str) -> Any:
    state, token = ask.state, ask.token
    if name == "me":
        user = token.grant.user_id if token.grant else ""
        found = {"USER": state.person, "PAGE": state.page, "IG": state.account}.get(token.kind)
        if found is None:
            raise session()
        return found(token.page_id if token.kind == "PAGE" else user)
    return find(state, name)


def find(state: Meta, name: str) -> Any:
    """Find a node by its id."""
    if name in state.objects:
        return state.objects[name]
    if not name.isdigit():
        return None
    people = [person for person in state.settings.people if person.id == name]
    finders = (state.page, state.account, state.business, state.app, state.visitor)
    return people[0] if people else next((node for finder in finders if (node := finder(name))), None)


def reaches(ask: Ask, node: Any) -> bool:
    """Tell whether a token may see a node at all."""
    state, token, grant = ask.state, ask.token, ask.token.grant
    if node.kind == "app":
        return bool(node.id == token.app_id)
    if node.kind in {"hashtag", "audio"}:
        return not ask.by_instagram
    if node.kind == "visitor":
        return grant is not None
    if grant is None:
        return False
    if ask.by_instagram:
        return owner_of(node) == grant.user_id
    if node.kind == "user":
        return token.kind == "USER" and bool(node.id == grant.user_id)
    if node.kind == "business":
        person = state.person(grant.user_id)
        return person is not None and node.id in person.businesses
    page = state.page_of(owner_of(node))
    if page is None:
        return False
    if token.kind == "PAGE":
        return page.id == token.page_id
    return page.id in grant.pages or identity.is_public_look(ask, node)


def owner_of(node: Any) -> str:
    """Tell whose a node is: a Page's or an Instagram account's id."""
    return str(node.id if node.kind in {"page", "account"} else getattr(node, "owner", ""))
