"""Which of an integration's actions show an account's posts, their comments and its figures.

The runtime knows no platform: an action is found by its name, where the name is one that all integrations
share, and by what its schemas promise.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from postwire.accounts.health import capable
from postwire.decide.programs import of_flavour

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from postwire.accounts.records import StoredAccount
    from postwire.language.catalog import Catalog
    from postwire.language.manifest import Action

# What an item of a list must have to be shown as a post, or a comment, of `schemas/common.schema.json`.
_POST: Final = frozenset({"id", "text", "created_at", "url"})
_COMMENT: Final = frozenset({"id", "text", "created_at"})
_SIZES: Final = ("limit", "max_count")
_ABOUT: Final = ("get_user_info", "get_page", "get_account_insights")
# Reading comments, answering one, hiding it, showing it again, deleting it.
_TALKS: Final = (
    ("list_comments", "reply_to_comment", "hide_comment", "unhide_comment", "delete_comment"),
    ("list_replies", "reply_to_post", "hide_reply", "unhide_reply", "delete_reply"),
)
_ENGAGEMENT: Final = (*_ABOUT, "list_posts", "list_comments", "get_post_insights")


@dataclass(frozen=True, slots=True)
class Act:
    """An action, and which of its inputs hold what it acts on and what it says."""

    action: str
    subject: str = ""
    words: str = ""
    more: tuple[tuple[str, Any], ...] = ()

    def given(self, subject: str, words: str = "") -> dict[str, Any]:
        """Its input."""
        named = {self.subject: subject, self.words: words}
        return {**dict(self.more), **{name: value for name, value in named.items() if name and value}}


@dataclass(frozen=True, slots=True)
class Lister:
    """An action that lists: `items` is the list in its output."""

    act: Act
    items: str
    size: str = ""
    smallest: int = 1
    pages: bool = False

    def given(self, size: int, subject: str = "", cursor: str = "") -> dict[str, Any]:
        """Its input for about *size* items."""
        amount = {self.size: max(size, self.smallest)} if self.size else {}
        return {**self.act.given(subject), **amount, **({"cursor": cursor} if cursor and self.pages else {})}


@dataclass(frozen=True, slots=True)
class Talk:
    """What can be done about comments; None for what cannot."""

    comments: Lister
    reply: Act | None = None
    hide: Act | None = None
    show: Act | None = None
    delete: Act | None = None


class Feed:
    """What can be read of the accounts of one kind; it lists files, so it is made once (`feed_of`).

    Args:
        catalog: the integrations.
        stored: one of these accounts.
    """

    def __init__(self, catalog: Catalog, stored: StoredAccount) -> None:
        self._catalog = catalog
        self._integration = stored.integration
        # Every permission that an action needs is lacking where none was granted.
        self._needs = capable(catalog, dataclasses.replace(stored, scopes=frozenset()))
        auth = of_flavour(catalog.integration(stored.integration), stored.flavour).auth
        self._asked = frozenset(auth.authorize.scopes) if auth else frozenset()

    def unread(self, scopes: frozenset[str] | None) -> tuple[str, ...]:
        """The permissions without which less can be shown; only those that a new consent can bring."""
        needed = (scope for name in _ENGAGEMENT for scope in self._needs.get(self._id(name), ()))
        return self._lacking(needed, scopes)

    def unpublished(self, scopes: frozenset[str] | None) -> tuple[str, ...] | None:
        """The permissions that publishing lacks; None where there is nothing to publish with."""
        found = [self._lacking(needs, scopes) for name, needs in self._needs.items() if _publishes(name)]
        return min(found, key=len) if found else None

    def _lacking(self, needed: Iterable[str], scopes: frozenset[str] | None) -> tuple[str, ...]:
        """Of `a or b` only what the consent page asks for is named."""
        found: dict[str, None] = {}
        for scope in needed:
            ways = scope.split(" or ")
            if scopes is not None and scopes.isdisjoint(ways):
                found |= dict.fromkeys(way for way in ways if way in self._asked)
        return tuple(found)

    def _id(self, name: str) -> str:
        return f"{self._integration}.{name}"

    def posts(self) -> Lister | None:
        """The action that lists its posts."""
        names = (name.partition(".")[2] for name in self._needs)
        for name in ("list_posts", *(name for name in names if name.startswith(("list_", "get_")))):
            # Without the shared name it must at least count what people did with each.
            wanted = _POST if name == "list_posts" else _POST | {"metrics"}
            if (action := self._own(name)) is not None and not action.input.get("required"):
                for items in _lists(action.output, wanted):
                    return self._lister(name, action, items)
        return None

    def talk(self) -> Talk | None:
        """The actions about the comments of a post."""
        for listing, reply, hide, show, delete in _TALKS:
            action = self._own(listing)
            items = next(_lists(action.output, _COMMENT), "") if action else ""
            if action is not None and items:
                hiding, shows = self._act(hide), self._act(show)
                if hiding and shows is None:
                    shows = self._shown_by(hide, hiding)
                lister = self._lister(listing, action, items)
                return Talk(lister, self._act(reply), hiding, shows, self._act(delete))
        return None

    def about(self) -> list[Act]:
        """The actions that tell of the account itself, those with its followers first."""
        found = [(name, action) for name in _ABOUT if (action := self._own(name)) is not None]
        found = [each for each in found if not each[1].input.get("required")]
        found.sort(key=lambda each: "followers" not in _metrics(each[1]))
        return [Act(self._id(name)) for name, _ in found]

    def _own(self, name: str) -> Action | None:
        """The action of this name, where accounts of this kind have it."""
        return self._catalog.action(self._id(name)) if self._id(name) in self._needs else None

    def _act(self, name: str) -> Act | None:
        if (action := self._own(name)) is None:
            return None
        properties: Mapping[str, Any] = action.input.get("properties", {})
        subject = next(iter(action.input.get("required") or properties), "")
        texts = (key for key, each in properties.items() if key != subject and _is_text(each))
        return Act(self._id(name), subject, next(texts, ""))

    def _shown_by(self, name: str, hide: Act) -> Act | None:
        """The way back where one action does both, by a switch that is on by itself."""
        action = self._own(name)
        properties = action.input.get("properties", {}) if action else {}
        switches = [key for key, each in properties.items() if each.get("default") is True]
        return Act(hide.action, hide.subject, more=((switches[0], False),)) if switches else None

    def _lister(self, name: str, action: Action, items: str) -> Lister:
        properties: Mapping[str, Any] = action.input.get("properties", {})
        size = next((each for each in _SIZES if each in properties), "")
        smallest = int(properties.get(size, {}).get("minimum", 1))
        subject = next(iter(action.input.get("required") or ()), "")
        return Lister(Act(self._id(name), subject), items, size, smallest, pages="cursor" in properties)


_feeds: WeakKeyDictionary[Catalog, dict[tuple[str, str], Feed]] = WeakKeyDictionary()


def feed_of(catalog: Catalog, stored: StoredAccount) -> Feed:
    """What can be read of accounts of this kind.

    Raises:
        UnknownName: the integration is gone.
        ManifestInvalid: an action of it cannot be used.
    """
    known = _feeds.setdefault(catalog, {})
    kind = (stored.integration, stored.flavour)
    if kind not in known:
        known[kind] = Feed(catalog, stored)
    return known[kind]


def _publishes(action: str) -> bool:
    name = action.partition(".")[2]
    return name.startswith("create_") and name.endswith("_post")


def _lists(output: Mapping[str, Any], wanted: frozenset[str]) -> Iterator[str]:
    for name, each in output.get("properties", {}).items():
        if each.get("type") == "array" and wanted <= set(each.get("items", {}).get("properties", {})):
            yield name


def _metrics(action: Action) -> frozenset[str]:
    properties: Mapping[str, Any] = action.output.get("properties", {})
    return frozenset(properties.get("metrics", {}).get("properties", {}))


def _is_text(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "string" and schema.get("format") != "media" and "enum" not in schema
