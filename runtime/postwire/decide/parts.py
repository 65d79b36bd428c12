"""The plan of an upload: which bytes go in which part, and where to go on when the server disagrees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from postwire.errors import ActionFailed, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_PARTS: Final = 10_000
_PROGRESS: Final = re.compile(r"\s*(?:bytes[ =])?0-([0-9]{1,18})(?:/(?:[0-9]+|\*))?\s*")


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `first` to `last` (inclusive) of a file; `index` counts from 0."""

    index: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.last - self.first + 1


def plan(total: int, part_size: int, remainder: Literal["own", "last"] = "own") -> tuple[Part, ...]:
    """The parts of *total* bytes.

    With `own` the trailing bytes are a shorter part of their own; with `last` they join the last whole part,
    so that there are floor(total / part_size) parts, at least one.

    Raises:
        ActionFailed: `internal`, when the figures make no plan.
    """
    if part_size < 1 or total < 1:
        raise _no_plan(f"parts of {part_size} bytes for a file of {total} bytes")
    count = max(1, total // part_size) if remainder == "last" else -(-total // part_size)
    if count > MAX_PARTS:
        raise _no_plan(f"{count} parts; at most {MAX_PARTS} are sent")
    ends = [*range(part_size, count * part_size, part_size), total]
    starts = [0, *ends[:-1]]
    return tuple(Part(i, first, end - 1) for i, (first, end) in enumerate(zip(starts, ends, strict=True)))


def given(ranges: Sequence[tuple[Any, Any]], total: int) -> tuple[Part, ...]:
    """The parts that a server asked for, as (first, last) pairs.

    Raises:
        ActionFailed: `internal`, when they are not ranges of the file.
    """
    if len(ranges) > MAX_PARTS:
        raise _no_plan(f"{len(ranges)} parts; at most {MAX_PARTS} are sent")
    parts = []
    for index, (first, last) in enumerate(ranges):
        whole = type(first) is int and type(last) is int
        if not whole or not 0 <= first <= last < total:
            raise _no_plan(f"bytes {shown(first)} to {shown(last)} of a file of {total}")
        parts.append(Part(index, first, last))
    return tuple(parts)


def resume(parts: tuple[Part, ...], headers: Mapping[str, str], total: int) -> int | None:
    """The index of the part to go on with after a 416; len(parts) when all is there, None if nobody can tell.

    The server says `Content-Range: bytes 0-N/total`; whether N is a count or the last byte's index differs
    (TikTok: Media Transfer Guide, read 2026-11-21), so whichever falls on the border of a part is taken.
    """
    match = _PROGRESS.fullmatch(headers.get("content-range", headers.get("range", "")))
    if not match:
        return None
    said = int(match[1])
    found = after(parts, said, total)
    return after(parts, said + 1, total) if found is None else found


def after(parts: tuple[Part, ...], received: float, total: int) -> int | None:
    """The index of the part that follows *received* bytes; len(parts) after all, None within a part."""
    return ({part.first: part.index for part in parts} | {total: len(parts)}).get(int(received))


def _no_plan(why: str) -> ActionFailed:
    return ActionFailed("internal", f"The upload cannot be planned: {why}.", sent="no")
