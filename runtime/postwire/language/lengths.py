"""How long a text is, as each platform counts: the units of `x-length`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.language.weighted import weighted_length

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNITS: Final[dict[str, tuple[Callable[[str], int], str]]] = {
    "utf16": (
        lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
        "UTF-16 units (an emoji counts 2)",
    ),
    "utf8": (lambda text: len(text.encode("utf-8", "surrogatepass")), "bytes of UTF-8"),
    "codepoints": (len, "characters"),
    "weighted": (weighted_length, "characters as X counts them (a link counts 23, an emoji 2)"),
}


def length(text: str, unit: str) -> int:
    """How long *text* is, in *unit*: one of UNITS."""
    return UNITS[unit][0](text)


def check_length(text: str, rule: Mapping[str, Any]) -> str | None:
    """What is wrong with the length of *text*, for people; None when nothing is.

    Args:
        text: as it will be sent.
        rule: `unit`, and `max` or `min` or both.
    """
    unit = rule["unit"]
    found = length(text, unit)
    if "max" in rule and found > rule["max"]:
        length_here = f"This is {found} {UNITS[unit][1]} long"
        return f"{length_here}; at most {rule['max']} are taken. Shorten it by {found - rule['max']}."
    if found < rule.get("min", 0):
        return f"This is {found} {UNITS[unit][1]} long; at least {rule['min']} are needed."
    return None
