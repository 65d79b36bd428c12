"""How many accounts a workspace may connect: plans, as the operator writes them down.

A file of plans is YAML; what a plan leaves out is unlimited:

    Free: {total: 3, each: 1}
    Professional: {total: 25}
    Enterprise: {}

`total` counts all accounts, `each` those of one integration, `integrations` lists the only ones to be had.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import ActionFailed, ManifestInvalid, UnknownName, shown
from postwire.language import yamlfile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_WORDS: Final = ("total", "each", "integrations")
_REMEDY: Final = "Disconnect an account that you no longer need, or choose a larger plan."


class PlanFull(ActionFailed):
    """The workspace's plan allows no further account; nothing was connected."""

    def __init__(self, message: str) -> None:
        super().__init__("permission_denied", message, remedy=_REMEDY, sent="no")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a workspace may connect; None means unlimited.

    Attributes:
        total: accounts in all.
        each: accounts of one integration.
        integrations: the only ones to be had.
    """

    total: int | None = None
    each: int | None = None
    integrations: frozenset[str] | None = None

    @property
    def unlimited(self) -> bool:
        """Nothing needs to be counted."""
        return self == UNLIMITED

    def check(self, have: Mapping[str, int], new: Iterable[str]) -> None:
        """May accounts of the integrations *new* come to those that the workspace has, by integration?

        Raises:
            PlanFull: not all of them.
        """
        coming = Counter(new)
        if self.integrations is not None and (barred := sorted(set(coming) - self.integrations)):
            raise PlanFull(f"Your plan does not include {' and '.join(barred)}.")
        for integration in coming:
            _check(have.get(integration, 0), coming[integration], self.each, f"{integration} accounts")
        _check(sum(have.values()), coming.total(), self.total, "accounts")


UNLIMITED: Final = Plan()


def _check(have: int, coming: int, limit: int | None, what: str) -> None:
    if coming and limit is not None and have + coming > limit:
        more = f", and this connects {coming} more" if coming > 1 else ""
        raise PlanFull(f"You reached the current plan limit: {have} of {limit} {what} are connected{more}.")


class Plans:
    """The operator's plans by name; a workspace without a plan is unlimited."""

    def __init__(self, plans: Mapping[str, Plan] | None = None) -> None:
        self._plans = dict(plans or {})

    @property
    def names(self) -> tuple[str, ...]:
        """As they are written, in order."""
        return tuple(self._plans)

    def of(self, name: str) -> Plan:
        """The plan called *name*; unlimited for "".

        Raises:
            UnknownName: there is no such plan. A workspace is never given more than was meant.
        """
        if not name:
            return UNLIMITED
        if name not in self._plans:
            known = ", ".join(self._plans) or "none is configured"
            raise UnknownName(f"No plan {shown(name)!r}; plans: {known}.", remedy="Correct the plan's name.")
        return self._plans[name]

    @classmethod
    def read(cls, file: Path) -> Plans:
        """The plans of a YAML file.

        Raises:
            ManifestInvalid: it is not as the head of this module says; the message names file and line.
        """
        try:
            parsed = yamlfile.parse(file.read_text(encoding="utf-8"))
            return cls({name: _plan(value) for name, value in _mapping(parsed.data).items()})
        except yamlfile.YamlProblem as problem:
            raise ManifestInvalid(f"{file}:{problem.mark.line}: {problem.message}") from None
        except ValueError as error:
            raise ManifestInvalid(f"{file}: {error}") from None


def _plan(value: Any) -> Plan:
    given = _mapping(value)
    if unknown := sorted(set(given) - set(_WORDS)):
        raise ValueError(f"a plan has no {unknown[0]!r}, only {', '.join(_WORDS)}")
    only = given.get("integrations")
    if only is not None and not (isinstance(only, list) and all(isinstance(name, str) for name in only)):
        raise ValueError("integrations must be a list of names")
    return Plan(
        _number(given, "total"), _number(given, "each"), frozenset(only) if only is not None else None
    )


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a plan is a mapping such as {total: 3, each: 1}")  # noqa: TRY004 - read() tells people
    return value


def _number(given: dict[str, Any], word: str) -> int | None:
    value = given.get(word)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise ValueError(f"{word} must be a whole number from 0, or left out for unlimited")
    return value
