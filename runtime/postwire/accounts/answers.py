"""What the platform answers while an account is connected: its callback, its tokens, who it is.

Whatever it answers else becomes a ConnectFailed, with the code that people are shown.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from postwire.accounts import refusals
from postwire.accounts.attempts import AttemptInvalid
from postwire.accounts.keyring import Unreadable, WrongKey
from postwire.drive import World, drive
from postwire.errors import ActionFailed
from postwire.values import Response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postwire.accounts.attempts import Attempts
    from postwire.accounts.oauth import OAuth
    from postwire.accounts.records import Connecting
    from postwire.accounts.tokens import Child, Tokens
    from postwire.transport import Transport
    from postwire.values import Flow, Lost, Send

_WHY: Final = {"unknown": "state", "expired": "expired", "browser": "state", "integration": "state"}
# What a callback may call a refusal of the user, as people are shown it; any other text stays a text.
_DECLINED: Final = frozenset({"access_denied", "user_cancelled_login", "user_cancelled_authorize"})


@contextmanager
def waiting(codes: Mapping[str, str]) -> Iterator[None]:
    """Name what is wrong with an attempt that is looked for within the block."""
    try:
        yield
    except AttemptInvalid as error:
        raise refusals.at(_WHY[error.why], codes) from None
    except (Unreadable, WrongKey):
        raise refusals.at("corrupted", codes) from None


def attempt_of(
    attempts: Attempts, integration: str, callback: Mapping[str, str], browser: str, codes: Mapping[str, str]
) -> Connecting:
    """The attempt that a callback answers with a code; it is used up, whatever comes of it.

    Raises:
        ConnectFailed: there is none, or it brings neither a code nor a refusal.
    """
    if not callback.get("state"):
        said = callback.get("code") or callback.get("error")
        raise refusals.at("no_state" if said else "empty", codes)
    with waiting(codes):
        attempt = attempts.take(integration, callback["state"], browser)
    if not callback.get("code") and not callback.get("error"):
        raise refusals.at("code", codes)
    return attempt


def check_consent(oauth: OAuth, callback: Mapping[str, str], codes: Mapping[str, str]) -> None:
    """Tell of a consent page that sent the browser back with a refusal, or that is not the one we asked.

    Raises:
        ConnectFailed: it did, or it is not.
    """
    try:
        oauth.check_issuer(callback)
    except ActionFailed as error:
        raise refusals.at("state", codes, error) from None
    if refused := callback.get("error"):
        problem = oauth.refusal(callback)
        raise refusals.at("declined", codes, problem, own=refused if refused in _DECLINED else "")


def exchange(flow: Flow[Tokens], transport: Transport, codes: Mapping[str, str]) -> Tokens:
    """The tokens that the platform gives for the code; *flow* asks for them."""
    ear = _Ear()
    try:
        tokens: Tokens = drive(flow, transport, World(trace=ear))
    except ActionFailed as error:
        if error.code == "internal" and not error.provider:  # a success that holds no token
            raise refusals.at("no_token" if ear.understood else "unreadable", codes, error) from None
        raise refusals.at(refusals.EXCHANGE.get(error.code, "exchange"), codes, error) from None
    return tokens


def check_granted(tokens: Tokens, codes: Mapping[str, str]) -> None:
    """Refuse a consent without a permission that the integration cannot do without.

    Those are the scopes among the names of *codes*; where nobody told what was granted, the platform decides.
    """
    if tokens.scopes is None:
        return
    lacking = [scope for scope in codes if scope not in refusals.STAGES and scope not in tokens.scopes]
    if lacking:
        same = [scope for scope in lacking if codes[scope] == codes[lacking[0]]]
        raise refusals.at(lacking[0], codes, detail=f"Not granted: {', '.join(same)}.")


def identity(
    oauth: OAuth, tokens: Tokens, transport: Transport, codes: Mapping[str, str], now: float
) -> tuple[dict[str, Any], list[Child]]:
    """Who has given the consent, and the accounts that it brings."""
    try:
        who = drive(oauth.identity(tokens), transport, World())
        children = drive(oauth.children(tokens, who, now), transport, World())
    except ActionFailed as error:
        raise refusals.at("profile", codes, error) from None
    if not (who.get("id") or tokens.subject):
        raise refusals.at("no_profile", codes)
    return who, children


class _Ear:
    """Remembers whether the last answer could be read at all."""

    def __init__(self) -> None:
        self.understood = True

    def __call__(self, _: Send, answer: Response | Lost) -> None:
        self.understood = isinstance(answer, Response) and _is_json(answer.body)


def _is_json(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict | list)
    except ValueError:
        return False
