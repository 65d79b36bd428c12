"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postwire.errors import InvalidInput
from postwire.publish.times import read_time


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-12-24T18:00Z", "2026-12-24T18:00"),
        ("2026-12-24T18:00+01:00", "2026-12-24T17:00"),
        ("2026-12-24 18:00 Europe/Berlin", "2026-12-24T17:00"),
        ("2026-07-01 18:00 Europe/Berlin", "2026-07-01T16:00"),
        ("2026-12-24 18:00:30 America/Argentina/Buenos_Aires", "2026-12-24T21:00:30"),
        ("2026-12-24 18:00 UTC", "2026-12-24T18:00"),
        # Clocks that are put back show a time twice: the first one is meant.
        ("2026-10-25 02:30 Europe/Berlin", "2026-10-25T00:30"),
    ],
)
def test_a_time_and_its_zone(text: str, utc: str) -> None:
    assert read_time(text, now=0.0) == datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()


def test_without_a_zone_it_is_the_computers() -> None:
    naive = datetime(2026, 12, 24, 18)  # noqa: DTZ001 - that is what it is about
    assert read_time("2026-12-24 18:00", now=0.0) == naive.astimezone().timestamp()


@pytest.mark.parametrize(("text", "seconds"), [("+90s", 90), ("+2h", 7200), ("+1d", 86_400)])
def test_from_now(text: str, seconds: int) -> None:
    assert read_time(text, now=1000.0) == 1000 + seconds


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("tomorrow", "is no time"),
        ("2026-13-01T10:00", "is no time"),
        ("+soon", "is no length of time"),
        ("2026-12-24 18:00 Europe/Atlantis", "names a zone that nobody knows"),
        ("2026-03-29 02:30 Europe/Berlin", "the clocks leap over it"),
        ("1999-01-01T00:00Z", "lies back"),
    ],
)
def test_what_is_no_time_to_come(text: str, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        read_time(text, now=1_700_000_000.0)
