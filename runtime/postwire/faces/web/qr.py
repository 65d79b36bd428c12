"""A QR code as the path of an SVG, drawn here: no style, no script, nothing from elsewhere."""

from __future__ import annotations

from typing import NamedTuple

import segno

_QUIET = 4  # modules of white around it, as ISO/IEC 18004 asks for


class Code(NamedTuple):
    """The side of the square in modules, and the path of the dark ones."""

    side: int
    path: str


def path_of(text: str) -> Code:
    """The QR code of *text*, with a middling correction of errors."""
    rows = [list(map(bool, row)) for row in segno.make(text, error="m", micro=False).matrix]
    runs = [
        f"M{first + _QUIET} {line + _QUIET}h{length}v1h-{length}z"
        for line, row in enumerate(rows)
        for first, length in _dark(row)
    ]
    return Code(len(rows) + 2 * _QUIET, "".join(runs))


def _dark(row: list[bool]) -> list[tuple[int, int]]:
    """The runs of dark modules in a row: where each begins, and how long it is."""
    found: list[tuple[int, int]] = []
    for place, dark in enumerate(row):
        if dark and found and sum(found[-1]) == place:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((place, 1))
    return found
