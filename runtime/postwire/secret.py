"""Secrets that cannot be printed, and the scrubber that keeps them out of logs and cassettes."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "•••"
# Parameter names under which the platforms put credentials, in query strings, forms, JSON and headers.
_NAMES = (
    "(?:[a-z]+[_-])?access[_-]?token|refresh[_-]?token|id[_-]?token|upload[_-]?(?:token|id)|verify_token|token"
    "|client[_-]?(?:secret|ticket)|app_?secret|fb_exchange_token|input_token|appsecret_proof|signed_request"
    "|code_verifier|session_info|x-api-key"
)
# The whole value of these is secret: a scheme and a token, several cookies.
_HEADERS = "authorization|(?:set-)?cookie"
# Addresses stand inside addresses, and inside JSON with & escaped.
_FROM = r"(?:(?<![\w-])|(?<=%3F)|(?<=%26)|(?<=u0026))"
# As JSON, forms, headers, YAML and Python write it.
_IS = r"""(?:\\*["'])?\s*(?:[=:]|%3D)\s*(?:-\s+)?(?:\\*b?["'])?"""
# A quoted value goes to its closing quote.
_VALUE = r"""(?:(?<=["'])(?:[^"'\\]|\\[^"'])+|[^"'&\s,;}\\]+)"""
_END = r"(?![\w./!#%~-])"
_MASKED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"""({_FROM}(?:{_HEADERS}){_IS})[^"'\r\n]+""",
        r"(\b(?:bearer|basic)\s+|\boauth\s+(?=\S*[0-9]))[A-Za-z0-9._~+/=!*|%-]+",
        rf"({_FROM}(?:{_NAMES}){_IS}){_VALUE}",
        # An OAuth code has the name of every error code: those are numbers, or words in JSON.
        rf"({_FROM}code(?:=|%3D))(?![0-9]{{1,9}}{_END}){_VALUE}",
        rf"""({_FROM}code{_IS})(?<!=)(?!-?[0-9]{{1,9}}{_END}|(?-i:[a-z_]+|[A-Z_]+){_END}){_VALUE}""",
        rf"""(\(b?["'](?:{_NAMES}|{_HEADERS}|code)["'],\s*b?["'])[^"']+""",  # headers, as a list shows them
        r"(\b[a-z][a-z0-9+.-]*://[^/\s:@]*:)[^/\s@]+(?=@)",  # the password of a database's address
    )
)


class Secret:
    """A value that shows itself only to `reveal()`; `str`, `repr` and formatting give a mask.

    >>> token = Secret("act.1234")
    >>> f"{token} {token!r}"
    '••• Secret(•••)'
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that puts it on the wire."""
        return self._value

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        raise TypeError("a Secret is not pickled")


def scrub(text: str) -> str:
    """*text* with every credential masked that its surroundings give away.

    Those are: a parameter's or header's known name, a scheme (Bearer, Basic, OAuth), the place of a password
    in an address.
    """
    for pattern in _MASKED:
        text = pattern.sub(rf"\1{MASK}", text)
    return text
