"""Secrets that cannot be printed, and the scrubber that keeps them out of logs and cassettes."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "•••"
# Parameter names under which the platforms put credentials, in query strings, forms, JSON and headers.
_NAMES = (
    "access_token|refresh_token|client_secret|app_secret|code_verifier|code|upload_token|upload_id|token|authorization"
    "|fb_exchange_token|input_token|appsecret_proof|session_info|cookie|x-api-key"
)
_ASSIGNED = re.compile(rf"""(?ix)(["']?\b(?:{_NAMES})["']?\s*[=:]\s*["']?)(?!\s)[^"'&\s,}}]+""")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=!*-]+")


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
    """*text* with every credential that stands under a known name, or after Bearer or Basic, masked."""
    return _ASSIGNED.sub(rf"\1{MASK}", _BEARER.sub(rf"\1 {MASK}", text))
