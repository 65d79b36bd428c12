"""Accounts and platforms as the pages of connections show them."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postwire.accounts.health import health
from postwire.accounts.plans import PlanFull
from postwire.errors import PostwireError
from postwire.faces.web.brands import called, readable
from postwire.faces.web.feed import feed_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.accounts.health import Health
    from postwire.accounts.plans import Plan
    from postwire.accounts.records import StoredAccount
    from postwire.language.catalog import Catalog
    from postwire.language.manifest import Integration


@dataclass(frozen=True, slots=True)
class Card:
    """An account for people.

    Attributes:
        platform: what it is called: the integration's own name for it.
        publishes: whether something can be published with it; None where there is nothing to publish with.
        lacking: the permissions that publishing lacks.
        unread: the permissions without which posts or figures cannot be shown.
        picture: where its picture is; "" for none.
        followers: as far as it was told when the account was connected.
        free: the platform charges nothing for what is read.
    """

    stored: StoredAccount
    health: Health
    platform: str
    publishes: bool | None
    lacking: tuple[str, ...]
    unread: tuple[str, ...]
    picture: str
    followers: int | None
    free: bool

    @property
    def id(self) -> str:
        """The account's."""
        return self.stored.id

    @property
    def name(self) -> str:
        """What people call it."""
        stored = self.stored
        return stored.label or stored.name or stored.username or stored.subject or stored.id

    @property
    def reconnects(self) -> bool:
        """Whether a new consent is what helps."""
        return self.health.status == "inactive" or self.stored.state == "limited" or bool(self.lacking)


def card(catalog: Catalog, stored: StoredAccount, base: str) -> Card:
    """*stored* for people; *base* is the address of its workspace's pages."""
    lacking: tuple[str, ...] | None = None
    unread: tuple[str, ...] = ()
    try:
        feed = feed_of(catalog, stored)
        lacking, unread = feed.unpublished(stored.scopes), feed.unread(stored.scopes)
        described = catalog.integration(stored.integration)
        platform, free = called(described), not described.costs
    except PostwireError:  # an integration of one's own whose folder is gone
        platform, free = stored.integration, False
    known = health(stored, time.time())
    publishes = None if lacking is None else not lacking and known.works
    followers = stored.facts.get("followers")
    return Card(
        stored,
        known,
        platform,
        publishes,
        lacking or (),
        unread,
        picture_of(stored, base),
        followers if isinstance(followers, int) else None,
        free,
    )


def picture_of(stored: StoredAccount, base: str) -> str:
    """The address of an account's picture, which changes with it."""
    if not stored.avatar_url:
        return ""
    return f"{base}/avatars/{stored.id}?v={hashlib.sha256(stored.avatar_url.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A platform of which accounts can be connected, or why not.

    Attributes:
        prepares: people read something before its consent page.
        refused: why the plan allows no more of them; "" if it does.
        included: whether the plan has this platform at all.
    """

    integration: str
    prepares: bool
    connected: int
    refused: str
    included: bool


def offers(catalog: Catalog, plan: Plan, have: Mapping[str, int]) -> list[Offer]:
    """Every platform."""
    return [_offer(name, described, plan, have) for name, described in connectable(catalog)]


def _offer(name: str, described: Integration, plan: Plan, have: Mapping[str, int]) -> Offer:
    included = plan.integrations is None or name in plan.integrations
    try:
        plan.check(have, [name])
        refused = ""
    except PlanFull as full:
        refused = full.message
    return Offer(name, described.setup is not None, have.get(name, 0), refused, included)


def connectable(catalog: Catalog) -> list[tuple[str, Integration]]:
    """The integrations with a login, by what people call them."""
    found = [(name, described) for name in catalog.folders if (described := readable(catalog, name))]
    found.sort(key=lambda pair: called(pair[1]).lower())
    return [(name, described) for name, described in found if described.auth is not None]


def is_full(plan: Plan, have: Mapping[str, int]) -> bool:
    """Whether the plan's total is reached."""
    return plan.total is not None and sum(have.values()) >= plan.total
