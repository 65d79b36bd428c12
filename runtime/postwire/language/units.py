"""Sizes and durations as people write them: `64MB`, `10MiB`, `5s`, `500ms`; and moments as JSON has them.

A manifest author writes them in rules and expressions, so one letter decides: kB, MB and GB are powers of
1000 (as the platforms' limits are meant), KiB, MiB and GiB powers of 1024.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, overload

_SIZES: Final[dict[str, int]] = {
    "b": 1,
    "kb": 1000,
    "mb": 1000**2,
    "gb": 1000**3,
    "tb": 1000**4,
    "kib": 1024,
    "mib": 1024**2,
    "gib": 1024**3,
    "tib": 1024**4,
}
_SECONDS: Final[dict[str, Decimal]] = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
}
# Eighteen digits are plenty, and keep a hostile text from becoming a huge number.
_QUANTITY: Final = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,18})?) ?([A-Za-z]*)")


def parse_size(value: int | str) -> int:
    """*value* in bytes: a whole number as it is, `64MB` as 64 000 000, `10MiB` as 10 485 760.

    Raises:
        ValueError: not a size, negative, or not a whole number of bytes.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return int(_not_negative(value))
    number, unit = _split(value, "a size such as 64MB, 10MiB or 500B")
    if unit and unit.lower() not in _SIZES:
        raise ValueError(
            f"{unit} is no unit of size: use B, KB, MB, GB (powers of 1000) or KiB, MiB, GiB (of 1024)"
        )
    size = number * _SIZES[unit.lower() or "b"]
    if size != size.to_integral_value():
        raise ValueError(f"{value} is not a whole number of bytes")
    return int(size)


def parse_duration(value: float | str) -> float:
    """*value* in seconds: a number as it is, `500ms`, `5s`, `10m`, `1h` and `7d` converted.

    Raises:
        ValueError: not a duration, negative, or text without a unit.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(_not_negative(value))
    number, unit = _split(value, "a duration such as 500ms, 5s, 10m, 1h or 7d")
    if unit not in _SECONDS:
        raise ValueError(f"{value} needs a unit of time: ms, s, m (minutes), h or d")
    return float(number * _SECONDS[unit])


def _split(value: object, wanted: str) -> tuple[Decimal, str]:
    match = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"expected {wanted}")
    return Decimal(match[1]), match[2]


def _not_negative(value: float) -> float:
    if not 0 <= value < float("inf"):
        raise ValueError("must be zero or more")
    return value


def show_size(size: int) -> str:
    """*size* bytes for people: `12.3 MB`, in powers of 1000 as the platforms count."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("KB", 1000)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"


def show_duration(seconds: float) -> str:
    """*seconds* for people: `12 min 5 s`, `2 h`, `2.5 s`."""
    if seconds < 59.95:  # noqa: PLR2004 - what rounds to a minute is shown as one
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if n]
    return " ".join(parts)


@overload
def moment(seconds: float) -> str: ...
@overload
def moment(seconds: float | None) -> str | None: ...
def moment(seconds: float | None) -> str | None:
    """A time, in seconds since 1970, as ISO 8601 in UTC; None for none."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
