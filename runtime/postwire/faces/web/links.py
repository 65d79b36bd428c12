"""Links by which a person connects an account to a workspace without signing in: fifteen minutes, once.

A program asks for one and hands it to somebody. The page behind it begins to connect in that person's
browser, so the attempt is bound to that browser as any other.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, unquote

from postwire.accounts.attempts import CHOICE_SECONDS, AttemptInvalid
from postwire.accounts.records import Connecting
from postwire.secret import Secret

if TYPE_CHECKING:
    from postwire.accounts.records import Purpose
    from postwire.faces.web.site import Site

_PURPOSE: Final = "a link"  # in the browser's place: no browser's cookie has a space


class Wanted(NamedTuple):
    """What a link is for: the account to connect, or with `reconnect` (its id) to connect again.

    `back` is where the person goes on afterwards; "" for nowhere.
    """

    workspace: str
    integration: str
    flavour: str
    reconnect: str | None
    back: str = ""


def make(
    site: Site,
    workspace: str,
    integration: str,
    flavour: str = "",
    reconnect: str | None = None,
    *,
    back: str = "",
) -> tuple[str, float]:
    """(the link's address, when it ends in seconds since 1970).

    Raises:
        UnknownName: no such workspace, or no account with the id *reconnect*.
    """
    purpose: Purpose = "reconnect" if reconnect else "connect"
    attempt = Connecting(
        workspace, integration, purpose, reconnect, "", "", (), Secret(""), Secret(""), time.time()
    )
    # What waits for a choice waits as long, and is found once: only its browser differs.
    found = Secret(json.dumps({"flavour": flavour, "back": back}))
    ticket = site.vault.attempts.offer(attempt, found, _PURPOSE)
    address = f"{site.settings.public_url}/connect/{ticket.reveal()}.{quote(workspace, safe='')}"
    return address, time.time() + CHOICE_SECONDS


def look(site: Site, token: str) -> Wanted | None:
    """What a link is for, which stays good; None where it is good no more."""
    workspace, ticket = _parts(token)
    try:
        return _wanted(site.vault.attempts.offered(workspace, ticket, _PURPOSE))
    except AttemptInvalid:
        return None


def take(site: Site, token: str) -> Wanted | None:
    """As `look`, and the link is used up: for when the person has said yes, as programs preview links too."""
    workspace, ticket = _parts(token)
    try:
        return _wanted(site.vault.attempts.choose(workspace, ticket, _PURPOSE))
    except AttemptInvalid:
        return None


def _parts(token: str) -> tuple[str, str]:
    ticket, _, workspace = token.partition(".")
    return unquote(workspace), ticket


def _wanted(attempt: Connecting) -> Wanted:
    found = json.loads(attempt.found.reveal())
    return Wanted(
        attempt.workspace, attempt.integration, found["flavour"], attempt.account, found.get("back", "")
    )
