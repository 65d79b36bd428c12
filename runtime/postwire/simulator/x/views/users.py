"""What users look like in answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postwire.simulator.x.params import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.x.lens import Field, Lens, Shown
    from postwire.simulator.x.settings import Account


# X sheet 3: Allowed values (what is expanded is in the data too)
EXPANSION_FIELDS: Mapping[str, str] = {name: name for name in ("most_recent_tweet_id", "pinned_tweet_id")}


def bare_user(lens: Lens, account: Account) -> Shown:
    """Show a user, without what it refers to."""
    extra = frozenset(EXPANSION_FIELDS[name] for name in lens.expansions & EXPANSION_FIELDS.keys())
    return lens.show("user", USER_FIELDS, account, extra)


def _user_metrics(lens: Lens, account: Account) -> Shown:
    # X sheet 9: public_metrics (User)
    x, mine = lens.x, lens.x.alive(account.id)
    ties = x.ties[account.id]
    return {
        "followers_count": account.followers + len(x.followers(account.id)),
        "following_count": len(ties.following),
        lens.word("tweet_count"): len(mine),
        "listed_count": sum(account.id in item.members for item in x.lists.values()),
        "like_count": len(ties.likes),
        "media_count": sum(len(post.media) for post in mine),
    }


def _connections(lens: Lens, account: Account) -> list[str] | None:
    # X sheet 3: connection_status
    if lens.viewer is None:
        return None
    mine, theirs = lens.x.ties[lens.viewer], lens.x.ties[account.id]
    told = {
        "following": account.id in mine.following,
        "followed_by": lens.viewer in theirs.following,
        "muting": account.id in mine.muting,
        "blocking": account.id in mine.blocking,
    }
    return [name for name, holds in told.items() if holds]


def _email(lens: Lens, account: Account) -> str | None:
    # X sheet 6.1: confirmed_email (only with scope users.email)
    return account.email if account.id == lens.viewer and "users.email" in lens.scopes else None


USER_FIELDS: Mapping[str, Field] = {
    "id": lambda _, account: account.id,
    "name": lambda _, account: account.name,
    "username": lambda _, account: account.username,
    "created_at": lambda _, account: iso(account.created_at),
    "confirmed_email": _email,
    "connection_status": _connections,
    "description": lambda _, account: account.description,
    "is_identity_verified": lambda _, account: account.verified_type == "government",
    "location": lambda _, account: account.location,
    "most_recent_tweet_id": lambda lens, account: next((p.id for p in lens.x.alive(account.id)), None),
    "pinned_tweet_id": lambda _lens, _account: None,
    "parody": lambda _lens, _account: False,
    "profile_image_url": lambda _, account: f"https://pbs.twimg.com/profile_images/{account.id}/a_normal.jpg",
    "protected": lambda _, account: account.protected,
    "public_metrics": _user_metrics,
    "receives_your_dm": lambda lens, account: None if lens.viewer is None else account.dm_open,
    "subscription": lambda lens, _: None if lens.viewer is None else {"subscribes_to_you": False},
    "subscription_type": lambda _, account: account.subscription,
    "subscribes_to_you": lambda lens, _: None if lens.viewer is None else False,
    "url": lambda _, account: account.url,
    "verified": lambda _, account: account.verified_type != "none",
    "verified_followers_count": lambda _lens, _account: 0,
    "verified_type": lambda _, account: account.verified_type,
}
