"""Runs and accounts as programs are told them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from postwire.accounts.health import health
from postwire.language.units import moment

if TYPE_CHECKING:
    from postwire.accounts.records import StoredAccount
    from postwire.media.file import Media
    from postwire.publish.records import Run


def run(found: Run) -> dict[str, Any]:
    """A run: what is known of it, and its result or error once it has ended."""
    place = found.document.get("place", "")
    made: dict[str, Any] = {
        "id": found.id,
        "action": found.action,
        "account": found.document.get("account"),
        "state": found.state,
        "key": found.key.removeprefix(f"{place} "),
        "created": moment(found.created_at),
        "due": moment(found.run_at),
        "progress": None if found.progress is None else dict(found.progress),
        "error": None if found.error is None else dict(found.error),
    }
    if found.result is not None:
        made |= {"output": found.result.output, "warnings": list(found.result.warnings)}
    return {name: value for name, value in made.items() if value is not None}


def account(stored: StoredAccount) -> dict[str, Any]:
    """A connected account, and how it is."""
    made = {
        "id": stored.id,
        "platform": stored.integration,
        "flavour": stored.flavour,
        "platform_id": stored.subject,
        "name": stored.name,
        "username": stored.username,
        "label": stored.label,
        "avatar_url": stored.avatar_url,
        "connected_by": stored.owner,
        "connected": moment(stored.connected_at),
        "expires": moment(stored.expires_at),
        "scopes": None if stored.scopes is None else sorted(stored.scopes),
        "parent": stored.parent,
        "health": health(stored, time.time()).to_dict(),
    }
    return {name: value for name, value in made.items() if value not in (None, "")}


def media(file: Media) -> dict[str, Any]:
    """A file: its handle, and what its headers tell."""
    return {"media": file.handle, **file.facts()}
