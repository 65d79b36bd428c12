"""Times in forms: a local time and a zone in two controls, one moment of RFC 3339 in an input."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_OFFSET: Final = re.compile(r"([+-])(\d\d):(\d\d)")
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d(?::\d\d)?)(Z|z|[+-]\d\d:\d\d)?")
_REGIONS: Final = (
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@cache
def zones() -> tuple[str, ...]:
    """The zones that people are offered."""
    return ("UTC", *sorted(name for name in available_timezones() if name.partition("/")[0] in _REGIONS))


def split_time(text: str) -> tuple[str, str] | None:
    """(local time, zone or offset) of a moment; None where the controls cannot show it.

    >>> split_time("2026-12-24T18:00:00+01:00"), split_time("2026-12-24T18:00:00Z"), split_time("")
    (('2026-12-24T18:00:00', '+01:00'), ('2026-12-24T18:00:00', 'UTC'), ('', ''))
    """
    if not text:
        return "", ""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    zone = found[3] or ""
    return f"{found[1]}T{found[2]}", "UTC" if zone in {"Z", "z"} else zone


def joined_time(local: str, zone: str) -> str:
    """The moment of RFC 3339; *local* as it is where the two make none, so that the schema says so."""
    known = zone_of(zone or "UTC")
    try:
        read = datetime.fromisoformat(local)
    except ValueError:
        return local
    if known is None or read.tzinfo is not None:
        return local
    return read.replace(tzinfo=known).isoformat().replace("+00:00", "Z")


def zone_of(name: str) -> tzinfo | None:
    """The zone of a name or an offset; None where there is none."""
    if offset := _OFFSET.fullmatch(name):
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(away if offset[1] == "+" else -away) if away < timedelta(days=1) else None
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
