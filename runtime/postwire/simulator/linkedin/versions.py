"""Dated versions: which are alive, and what the others are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from postwire.simulator.linkedin.refusal import RestError, invalid

if TYPE_CHECKING:
    from postwire.simulator.linkedin.state import LinkedIn

# LinkedIn sheet 2.2: Versions (202605: the member analytics' metricType became a plain string)
PLAIN_METRIC = "202605"
# LinkedIn sheet 9.4: Member posts (needs 202506; more metrics since 202604)
MORE_METRICS = "202604"
PROTOCOL = "2.0.0"


def check(state: LinkedIn, asked: str, protocol: str, track: str = "") -> str:
    """Take a request's version; raises RestError for none, and for one that is not alive.

    A resource with versions of its own takes just its `track`.
    """
    # LinkedIn sheet 1: Twelve things that will surprise you (3)
    if not asked:
        raise invalid(
            "VERSION_MISSING", "A version must be present. Please specify a version by adding the header"
        )
    # LinkedIn sheet 2.2: Versions (the dates as the last safe day; the message carries eight digits)
    last = state.settings.versions.get(asked)
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=state.clock.now())
    alive = asked == track if track else last is not None and day.date().isoformat() <= last
    if not alive:
        raise RestError(426, "NONEXISTENT_VERSION", f"Requested version {asked[:20]}01 is not active")
    # LinkedIn sheet 2.1: Hosts and headers (2.0.0 on every /rest call). Sheet silent on the answer.
    if protocol != PROTOCOL:
        raise invalid("", f"X-RestLi-Protocol-Version must be {PROTOCOL}")
    return asked
