"""Times as people write them: a date and a clock time, with or without a zone, or how long from now."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from postwire.errors import Field, InvalidInput, shown
from postwire.language.units import parse_duration

_FORMS: Final = "Write it as 2026-12-24T18:00+01:00, '2026-12-24 18:00 Europe/Berlin', or +2h."
_LATE: Final = 60.0  # seconds that a time may lie back: it was typed


def read_time(text: str, now: float | None = None) -> float:
    """Seconds since 1970 of *text*; without a zone it is in the zone of this computer.

    >>> read_time("2026-12-24 18:00 Europe/Berlin", now=0)
    1798131600.0
    >>> read_time("+90m", now=1000)
    6400.0

    Raises:
        InvalidInput: it is no time, or lies back, or the clocks leap over it.
    """
    now = time.time() if now is None else now
    text = text.strip()
    found = now + _span(text[1:], text) if text.startswith("+") else _moment(text)
    if found < now - _LATE:
        raise _wrong(text, "lies back", "Give a time to come.")
    return found


def _span(length: str, text: str) -> float:
    try:
        return parse_duration(length)
    except ValueError:
        raise _wrong(text, "is no length of time", _FORMS) from None


def _moment(text: str) -> float:
    clock, _, name = text.rpartition(" ")
    named = bool(clock and re.fullmatch(r"[A-Za-z_]+(/[A-Za-z0-9_+-]+)*", name))
    zone = _zone(name, text) if named else None
    try:
        read = datetime.fromisoformat(clock if named else text)
    except ValueError:
        raise _wrong(text, "is no time", _FORMS) from None
    if read.tzinfo is not None:
        return read.timestamp()
    aware = read.replace(tzinfo=zone) if zone else read.astimezone()
    if zone and aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != read:
        raise _wrong(text, "does not exist: the clocks leap over it", "Give a time before or after.")
    return aware.timestamp()


def _zone(name: str, text: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _wrong(text, f"names a zone that nobody knows ({shown(name)})", _FORMS) from None


def _wrong(text: str, what: str, remedy: str) -> InvalidInput:
    return InvalidInput([Field("/at", f"{shown(text)} {what}. {remedy}", shown(text))])
