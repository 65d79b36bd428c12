"""The upload plan that an init declares: how many parts of which size."""

from __future__ import annotations

from typing import Any

from postwire.simulator.tiktok.refusal import RefusalError, invalid_params

MAX_SIZE = 4 * 1024**3  # bytes
LIMITS = (5_000_000, 67_108_864)  # smallest and largest chunk
STRICT_LIMITS = (5_242_880, 64_000_000)


def check(size: Any, chunk: Any, count: Any, *, strict: bool = False) -> tuple[int, int, int]:
    """Check a plan in the platform's order; raises RefusalError."""
    # TikTok sheet 15: Simulator recipe (init FILE: the order of checks)
    smallest, largest = STRICT_LIMITS if strict else LIMITS
    size = _whole(size, "video_size")
    chunk = _whole(chunk, "chunk_size")
    count = _whole(count, "total_chunk_count")
    bad_chunk = (
        not 1 <= size <= MAX_SIZE
        or chunk < 1
        or (chunk < smallest and chunk != size)
        or chunk > largest
        or (count == 1 and chunk != size)
        or (size > largest and count < 2)  # noqa: PLR2004 - "must be multi-chunk"
    )
    # TikTok sheet 6: File upload protocol (error texts; 1-1000 chunks, the count is rounded down)
    if bad_chunk:
        raise invalid_params("The chunk size is invalid")
    if count < 1 or count != size // chunk:
        raise invalid_params("The total chunk count is invalid")
    return size, chunk, count


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _not_whole(name)
    return value


def _not_whole(name: str) -> RefusalError:
    return invalid_params(f"{name} must be a whole number")


def part_length(size: int, chunk: int, count: int, part: int) -> int:
    """Tell how many bytes a part (from 1) has; the last one takes the rest."""
    # TikTok sheet 6: File upload protocol (trailing bytes are merged into the last chunk)
    return size - chunk * (count - 1) if part == count else chunk
