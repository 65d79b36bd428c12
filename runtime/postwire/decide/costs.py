"""What the platform charges, in words: for the calls of an action, and for those that a dry run shows."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postwire.decide.api import Api
    from postwire.language.manifest import CostRule

_CALL: Final = "call"


def prices(api: Api, calls: Iterable[tuple[str, str]]) -> list[str]:
    """The price of each kind of call among *calls*, which are (method, path)."""
    return [
        _noted(f"{_amount(rule)} for each {rule.each} of {_name(rule)}", rule) for rule in _of(api, calls)
    ]


def estimate(api: Api, calls: Iterable[tuple[str, str]]) -> list[str]:
    """What *calls* cost by the platform's list; of what is charged by the thing, the price of one."""
    counted = _of(api, calls)
    told = [_noted(_told(rule, count), rule) for rule, count in counted.items()]
    return [*told, *_sums(counted)]


def _of(api: Api, calls: Iterable[tuple[str, str]]) -> Counter[CostRule]:
    return Counter(rule for method, path in calls if (rule := api.price(method, path)))


def _told(rule: CostRule, count: int) -> str:
    if rule.each != _CALL:
        return f"{_amount(rule)} for each {rule.each} of {_name(rule)}"
    times = f"{count} calls" if count > 1 else "one call"
    return f"{_amount(rule, count)} for {times} of {_name(rule)}"


def _sums(counted: Counter[CostRule]) -> list[str]:
    """The sum of a unit, where several prices add to it."""
    parts: defaultdict[str, list[float]] = defaultdict(list)
    for rule, count in counted.items():
        if rule.each == _CALL:
            parts[rule.unit].append(rule.cost * count)
    return [f"{sum(each):g} {unit} for these calls together" for unit, each in parts.items() if len(each) > 1]


def _amount(rule: CostRule, count: int = 1) -> str:
    return f"{rule.cost * count:g} {rule.unit}"


def _name(rule: CostRule) -> str:
    return f"{rule.method} {rule.path}" if rule.method else rule.path


def _noted(text: str, rule: CostRule) -> str:
    return f"{text}; {rule.note}" if rule.note else text
