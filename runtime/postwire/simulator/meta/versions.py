"""API versions: which are live, which are forwarded, which do not exist."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from postwire.simulator.meta.refusal import GraphError

Version = tuple[int, int]


def _day(year: int, month: int, day: int) -> float:
    return datetime(year, month, day, tzinfo=UTC).timestamp()


# Meta sheet 1: Hosts, versions, general rules (expiry; infinity where none is announced)
ENDS: Final[dict[Version, float]] = {
    (21, 0): _day(2027, 1, 21),
    (22, 0): _day(2027, 5, 20),
    (23, 0): _day(2027, 10, 8),
    (24, 0): _day(2028, 2, 18),
    (25, 0): _day(2028, 7, 29),
    (26, 0): float("inf"),
}
LATEST: Final = max(ENDS)
LAST_MINOR: Final = 3  # v3.3 was the last one that did not end with .0
_VERSION: Final = re.compile(r"v(\d{1,3})\.(\d{1,2})")


def read(segment: str) -> Version | None:
    """Read a path segment such as `v26.0`; None when it is no version."""
    match = _VERSION.fullmatch(segment)
    return (int(match[1]), int(match[2])) if match else None


def serve(version: Version | None, now: float) -> Version:
    """Tell the version that answers: an expired one is forwarded; raises GraphError for an unknown one."""
    # Meta sheet 1: unversioned calls use the app's default version. Sheet silent on it: the latest.
    if version is None:
        return LATEST
    live = [known for known, end in ENDS.items() if end > now]
    # Meta sheet 15: Simulator recipe (unknown future version → error 2635)
    if version > LATEST or (version[1] and version[0] > LAST_MINOR):
        raise GraphError("2635", f"v{version[0]}.{version[1]} is an unknown version.")
    return version if version in live else min(live)


def show(version: Version) -> str:
    """Write a version as in paths."""
    return f"v{version[0]}.{version[1]}"
