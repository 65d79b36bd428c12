"""Rate limits by window, the headers that tell of them, and what calls cost."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WINDOW: Final = 900  # seconds
DAY: Final = 86_400
_PART = re.compile(r"([UA]?) ?([\d,]+)(/24h|/s)?")
_SECONDS: Mapping[str, int] = {"": WINDOW, "/24h": DAY, "/s": 1}


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in so many seconds, of a user with an app ("U") or of an app ("A")."""

    who: str
    count: int
    seconds: int


@cache
def read(words: str) -> tuple[Limit, ...]:
    """Read limits in the sheet's own words, such as "U 100, A 10,000/24h"; a bare number is for both."""
    # X sheet 5: Endpoint catalogue (U per user token, A per app, per 15 minutes unless said)
    found: list[Limit] = []
    for part in words.split("; "):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"Not a limit: {part!r}")
        count, seconds = int(match[2].replace(",", "")), _SECONDS[match[3] or ""]
        found += [Limit(who, count, seconds) for who in (match[1] or "UA")]
    return tuple(found)


@dataclass(slots=True)
class _Window:
    until: float
    used: int = 0


class Windows:
    """How much of each window is used: fixed windows that begin with a call."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], _Window] = {}

    def take(self, name: str, limits: Iterable[tuple[Limit, str]], now: float) -> Taken:
        """Count a call in every window that it falls in; a call above one is not counted in any."""
        # X sheet 11: Rate limits. Sheet silent: windows begin with a call, and refused calls are not counted.
        windows = [(limit, self._window(f"{limit.who} {who} {name}", limit, now)) for limit, who in limits]
        full = any(window.used >= limit.count for limit, window in windows)
        for _, window in windows:
            window.used += not full
        seen = [(limit, max(limit.count - window.used, 0), window.until) for limit, window in windows]
        return Taken(full, seen)

    def _window(self, who: str, limit: Limit, now: float) -> _Window:
        key = (who, limit.seconds)
        window = self._open.get(key)
        if window is None or window.until <= now:
            window = self._open[key] = _Window(now + limit.seconds)
        return window


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of counting a call: whether a window was full, and (limit, left, end) of each."""

    full: bool
    seen: list[tuple[Limit, int, float]]

    def headers(self) -> dict[str, str]:
        """Tell of the windows, as every answer does."""
        # X sheet 11: x-rate-limit-* and the headers of the 24-hour windows
        told: dict[str, str] = {}
        for limit, left, until in self.seen:
            if limit.seconds == 1:
                continue
            if limit.seconds == DAY:
                prefix = f"x-{'user' if limit.who == 'U' else 'app'}-limit-24hour"
            elif "x-rate-limit-limit" in told and limit.who == "A":
                continue  # the user's own window is told where there are both
            else:
                prefix = "x-rate-limit"
            told |= {
                f"{prefix}-limit": str(limit.count),
                f"{prefix}-remaining": str(left),
                f"{prefix}-reset": str(round(until)),
            }
        return told


# X sheet 11: Price list (USD; reads per resource, writes per request). Endpoints by the sheet's own bracketed
# assignment in section 5; what it does not list costs nothing here.
PRICES: Final[Mapping[str, float]] = {
    "": 0.0,
    "read post": 0.005,
    "read user": 0.010,
    "read dm": 0.010,
    "read follow": 0.010,
    "read object": 0.005,
    "read tie": 0.001,
    "post": 0.015,
    "post with link": 0.200,
    "summoned reply": 0.010,
    "dm": 0.015,
    "interaction": 0.015,
    "interaction delete": 0.010,
    "manage": 0.005,
    "list create": 0.010,
    "list manage": 0.005,
    "bookmark": 0.005,
    "metadata": 0.005,
    "privacy": 0.010,
    "mute delete": 0.005,
    "counts recent": 0.005,
    "counts all": 0.010,
    "trends": 0.010,
}
OWNED: Final = 0.001  # a resource that the app's owner reads of their own
