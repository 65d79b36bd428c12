"""Remembers what was sent, so that whoever stops a run can be told what may have happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.transport import Transport
    from postwire.values import Lost, Request, Response

_LOOKS: Final = {"GET", "HEAD"}  # what only looks changes nothing


class Watched:
    """A transport that keeps count."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.answered = 0
        self.under_way: dict[int, str] = {}

    def send(self, request: Request, sent: Callable[[int], None] | None = None) -> Response | Lost:
        """As the inner one; a request that is interrupted stays under way."""
        if request.method in _LOOKS:
            return self._inner.send(request, sent)
        key = id(request)
        self.under_way[key] = f"{request.method} {urlsplit(request.url).hostname}"
        answer = self._inner.send(request, sent)
        self.under_way.pop(key, None)
        self.answered += 1
        return answer

    def close(self) -> None:
        """Close what is open."""
        self._inner.close()

    def told(self, effect: str) -> str:
        """What a run of that *effect* may have done until now, in one or two sentences."""
        if effect == "read":
            return "Nothing was changed: this action only reads."
        if self.under_way:
            where = ", ".join(dict.fromkeys(self.under_way.values()))
            return (
                f"A request was under way ({where}): it may have been received. "
                "Look on the platform before you repeat it."
            )
        if self.answered:
            count = "1 request" if self.answered == 1 else f"{self.answered} requests"
            return f"{count} had been answered: a part was done. Look on the platform before you repeat it."
        return "Nothing was sent."
