"""Webhooks in, without a database: whether a notice is genuine, of what it speaks, what a challenge gets.

A notice only makes a waiting run look at once. What the platform's own answer says then decides, so that the
worst that a stolen secret or a repeated notice can do is one look more.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import ActionFailed
from postwire.language.functions import MISSING, ExpressionProblem, text
from postwire.language.template import compile_value
from postwire.language.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import NoReturn

    from postwire.language.webhooks import Webhooks
    from postwire.secret import Secret

    Keys = Mapping[str, Secret]  # of one app, by name

LARGEST: Final = 1_000_000  # bytes of a notice
_MOST: Final = 1_000  # things that one notice speaks of
_SECONDS: Final = re.compile(r"[0-9]{1,12}")  # since 1970
_LONGEST: Final = 256  # characters of a reference, or of the answer to a challenge


class Notice:
    """The `webhooks` of one integration at work.

    Args:
        words: as the manifest says.
    """

    def __init__(self, words: Webhooks) -> None:
        self._words = words
        self._signed = compile_value(words.signature.signed)
        self._references = compile_value(words.references)
        self._tolerance = parse_duration(words.signature.tolerance)

    def signers(
        self, headers: Mapping[str, str], body: bytes, apps: Mapping[str, Keys], now: float
    ) -> frozenset[str]:
        """Whose app has signed a notice: those of *apps* whose key fits.

        Args:
            headers: with names in lower case, each once.
            body: as it came, byte for byte.
            apps: the keys of each app that may have signed, by a name for it.
            now: seconds since 1970.

        Raises:
            ActionFailed: `invalid_input`, it is too large; `permission_denied`, nobody's key fits, or it is
                not of this time.
        """
        if len(body) > LARGEST:
            raise ActionFailed("invalid_input", f"A notice has {LARGEST} bytes at most.", sent="no")
        given, moment = self._shown(headers.get(self._words.signature.header.lower(), ""))
        if moment is not None and abs(now - int(moment)) > self._tolerance:
            _refuse("The notice is not of this time.")
        content = self._content(body, moment)
        # Every key is tried, so that the time tells nothing of which one fits.
        found = [who for who, keys in apps.items() if self._signed_by(keys, content, given)]
        if not found:
            _refuse("The signature of the notice does not fit.")
        return frozenset(found)

    def references(self, body: bytes) -> tuple[str, ...]:
        """What a notice speaks of; nothing where it is of another kind than runs wait for.

        Raises:
            ActionFailed: `invalid_input`, it is no JSON.
        """
        try:
            plain = json.loads(body)
        except (ValueError, RecursionError):
            raise ActionFailed("invalid_input", "The notice is no JSON.", sent="no") from None
        try:
            found = self._references({"body": plain})
            listed = found if isinstance(found, list | tuple) else [found]
            named = [text(one) for one in listed if one is not MISSING and one is not None]
        except ExpressionProblem:
            return ()
        return tuple(dict.fromkeys(name for name in named if 0 < len(name) <= _LONGEST))[:_MOST]

    def answer(self, query: Mapping[str, str], apps: Iterable[Keys]) -> str:
        """What the platform is answered that makes sure of the address.

        Raises:
            ActionFailed: `not_found`, this platform asks nothing; `permission_denied`, its token is not ours.
        """
        challenge = self._words.challenge
        if challenge is None:
            raise ActionFailed("not_found", "This platform does not make sure of addresses.", sent="no")
        asked: dict[str, Any] = {"query": dict(query)}
        token, answer = compile_value(challenge.token)(asked), compile_value(challenge.answer)(asked)
        known = [keys[challenge.key] for keys in apps if challenge.key in keys]
        shown = [token.encode()] if isinstance(token, str) and token else []
        if not _one_of([key.reveal().encode() for key in known], shown):
            _refuse("The token of the challenge is not the one that was set.")
        if not isinstance(answer, str) or len(answer) > _LONGEST:
            raise ActionFailed("invalid_input", "The challenge has nothing to be answered.", sent="no")
        return answer

    def _shown(self, header: str) -> tuple[list[bytes], str | None]:
        """The signatures that a header holds, and the moment that it names, if it has to."""
        signature = self._words.signature
        if signature.field is None:
            return [header.encode()], None
        pairs = [part.strip().partition("=") for part in header.split(",")]
        given = [value.encode() for name, _, value in pairs if name == signature.field]
        if signature.timestamp is None:
            return given, None
        moments = [value for name, _, value in pairs if name == signature.timestamp]
        if len(moments) != 1 or not _SECONDS.fullmatch(moments[0]):
            _refuse("The notice does not say when it was sent.")
        return given, moments[0]

    def _content(self, body: bytes, moment: str | None) -> bytes:
        # Latin-1 has a character for each byte, so that the body stays as it is.
        scope = {"body": body.decode("latin-1"), **({} if moment is None else {"timestamp": moment})}
        return text(self._signed(scope)).encode("latin-1")

    def _signed_by(self, keys: Keys, content: bytes, given: list[bytes]) -> bool:
        named = [keys[name] for name in self._words.signature.keys if name in keys]
        wanted = [hmac.new(key.reveal().encode(), content, hashlib.sha256).hexdigest() for key in named]
        return _one_of([each.encode() for each in wanted], given)


def _one_of(wanted: list[bytes], given: list[bytes]) -> bool:
    """Whether one of *given* is one of *wanted*; all are compared, whichever fits."""
    return sum(hmac.compare_digest(one, other) for one in wanted for other in given) > 0


def _refuse(message: str) -> NoReturn:
    raise ActionFailed(
        "permission_denied", message, remedy="The operator checks the keys of the app.", sent="no"
    )
