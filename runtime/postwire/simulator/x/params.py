"""Query parameters: how each is read, and refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from postwire.simulator.x.refusal import InvalidError, bad_query

if TYPE_CHECKING:
    from collections.abc import Mapping

ID: Final = r"[0-9]{1,19}"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds."""

    low: int
    high: int
    default: int | None = None
    required: bool = False

    def read(self, name: str, raw: str) -> int:
        """Read it."""
        if not re.fullmatch(r"-?[0-9]{1,18}", raw):
            raise bad_query(name, raw, "is not a number")
        if not self.low <= int(raw) <= self.high:
            raise bad_query(name, raw, f"is not between {self.low} and {self.high}")
        return int(raw)


@dataclass(frozen=True, slots=True)
class Word:
    """A text that fits a pattern."""

    pattern: str = r".+"
    high: int = 0  # characters; 0 for no bound
    required: bool = False
    default: str | None = None

    def read(self, name: str, raw: str) -> str:
        """Read it."""
        if not raw:
            raise InvalidError(f"The `{name}` query parameter can not be empty", {name: [""]})
        if not re.fullmatch(self.pattern, raw, re.DOTALL):
            raise bad_query(name, raw, f"does not match ^{self.pattern}$")
        if self.high and len(raw) > self.high:
            raise bad_query(name, raw, f"is longer than {self.high} characters")
        return raw


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    values: tuple[str, ...]
    default: str | None = None
    required: bool = False

    def read(self, name: str, raw: str) -> str:
        """Read it."""
        if raw not in self.values:
            raise bad_query(name, raw, f"is not one of [{','.join(self.values)}]")
        return raw


@dataclass(frozen=True, slots=True)
class Many:
    """A comma-joined value; `allowed` are its only words, `unique` forbids repeating."""

    pattern: str = ID
    high: int = 100
    required: bool = False
    allowed: tuple[str, ...] = ()
    unique: bool = False
    default: tuple[str, ...] | None = None

    def read(self, name: str, raw: str) -> tuple[str, ...]:
        """Read it."""
        # X sheet 2: List-valued query params (single comma-joined value, at least 1 item)
        items = tuple(raw.split(","))
        if not raw or len(items) > self.high:
            why = f"must have 1 to {self.high} values"
            raise InvalidError(f"The `{name}` query parameter {why}", {name: [raw[:80]]})
        if self.unique and len(set(items)) != len(items):
            raise bad_query(name, raw, "repeats a value")
        for item in items:
            if self.allowed and item not in self.allowed:
                raise bad_query(name, item, f"is not one of [{','.join(self.allowed)}]")
            if not self.allowed and not re.fullmatch(self.pattern, item):
                raise bad_query(name, item, f"does not match ^{self.pattern}$")
        return items


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, as seconds since 1970."""

    required: bool = False
    default: float | None = None

    def read(self, name: str, raw: str) -> float:
        """Read it."""
        # X sheet 2: Times (YYYY-MM-DDTHH:mm:ssZ in)
        try:
            if not _TIME.fullmatch(raw):
                raise _no_time(name, raw)
            return datetime.fromisoformat(raw).timestamp()
        except ValueError:
            raise _no_time(name, raw) from None


def _no_time(name: str, raw: str) -> InvalidError:
    return bad_query(name, raw, "is not a valid RFC3339 date time")


Param = Whole | Word | Choice | Many | Moment


def read(specs: Mapping[str, Param], query: Mapping[str, str]) -> dict[str, Any]:
    """Read the parameters that an operation has beside its fields; absent ones are their defaults."""
    found: dict[str, Any] = {}
    for name, spec in specs.items():
        if name in query:
            found[name] = spec.read(name, query[name])
        elif spec.required:
            raise InvalidError(f"The `{name}` query parameter can not be empty", {name: [""]})
        else:
            found[name] = spec.default
    return found


def iso(moment: float) -> str:
    """Write a time as answers do."""
    # X sheet 2: Times (milliseconds out)
    written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")
