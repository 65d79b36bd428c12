"""Which actions are offered as tools: by name, by what they do, and by what the accounts may do."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from postwire.errors import UnknownName, shown
from postwire.language.functions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postwire.language.catalog import Catalog, Summary


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice among all actions; empty means all.

    Attributes:
        only: integrations (`x`), ids (`x.get_post`) and patterns (`x.list_*`).
        effects: of `read`, `create`, `update` and `delete`.
        within: as `only`; what fits both remains.
    """

    only: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    within: tuple[str, ...] = ()

    def of(self, catalog: Catalog) -> list[Summary]:
        """The chosen actions, in the catalogue's order.

        Raises:
            UnknownName: something in `only` fits no action; the message offers the nearest.
        """
        every = catalog.actions()
        for wanted in (*self.only, *self.within):
            if not any(_fits(each, wanted) for each in every):
                _refuse(wanted, [*catalog.folders, *(each.id for each in every)])
        return [each for each in every if self._takes(each)]

    def _takes(self, action: Summary) -> bool:
        named = all(
            not names or any(_fits(action, wanted) for wanted in names) for names in (self.only, self.within)
        )
        return named and (not self.effects or action.effect in self.effects)


def choose(only: Iterable[str] | str = (), effects: Iterable[str] = (), *, read_only: bool = False) -> Choice:
    """A choice as callers write it; `read_only` is `effects=["read"]`."""
    names = (only,) if isinstance(only, str) else tuple(only)
    return Choice(names, ("read",) if read_only else tuple(effects))


def allowed(actions: Iterable[Summary], granted: Mapping[str, frozenset[str] | None]) -> list[Summary]:
    """Those of *actions* that accounts with these scopes may run.

    Args:
        actions: to choose from.
        granted: by integration, all scopes that its accounts granted; None where nobody knows, then all pass.
    """
    return [each for each in actions if _may(each, granted)]


def _may(action: Summary, granted: Mapping[str, frozenset[str] | None]) -> bool:
    integration = action.id.partition(".")[0]
    if integration not in granted:
        return False
    scopes = granted[integration]
    return scopes is None or not any(scopes.isdisjoint(scope.split(" or ")) for scope in action.scopes)


def _fits(action: Summary, wanted: str) -> bool:
    return action.id.partition(".")[0] == wanted or fnmatchcase(action.id, wanted)


def _refuse(wanted: str, known: list[str]) -> None:
    raise UnknownName(
        f"{shown(wanted)!r} is no integration and no action{nearest(wanted, known)}.",
        remedy="`postwire actions` lists what there is.",
    )
