"""Choices that only the account knows: who can watch, which pages it runs, which places there are.

A property's `x-options-from` names the read action that tells them; here it is asked, once for all fields
that it fills, and its answer is kept for a minute.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import ActionFailed, PostwireError
from postwire.faces.typed import plain
from postwire.faces.web.pages.forms import ANY, said
from postwire.language.places import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postwire.faces.web.here import Here

    Schema = Mapping[str, Any]

KEPT: Final = 60.0  # seconds
PATIENCE: Final = 20.0  # seconds for one answer
MOST: Final = 200  # choices that are shown
_REMEMBERED: Final = 500  # answers


@dataclass(frozen=True, slots=True)
class Offer:
    """What an account can choose from.

    Attributes:
        choices: (value, text).
        must: of a switch: the account allows nothing but on.
        problem: why the choices are not known.
    """

    choices: tuple[tuple[str, str], ...] = ()
    must: bool = False
    problem: str = ""


class Asked:
    """What was asked lately; an answer on its way is waited for by all who ask the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[float, asyncio.Task[Any]]] = {}

    async def ask(self, here: Here, action: str, account: str, given: Mapping[str, Any]) -> Any:
        """The output of a read action; errors as `AsyncClient.run`."""
        key = (here.workspace, action, account, repr(sorted(given.items())))
        now = time.monotonic()
        since, task = self._known.get(key, (0.0, None))
        if task is None or now - since > KEPT:
            self._known = dict(list(self._known.items())[-_REMEMBERED:])
            task = asyncio.create_task(_run(here, action, account, given))
            self._known[key] = now, task
        try:
            return await asyncio.shield(task)
        except Exception:
            self._known.pop(key, None)
            raise


async def _run(here: Here, action: str, account: str, given: Mapping[str, Any]) -> Any:
    try:
        async with asyncio.timeout(PATIENCE):
            return (await here.client.run(action, given, account=account)).output
    except TimeoutError:
        raise ActionFailed("transient", "The platform took too long to answer.") from None


_asked = Asked()


def sources(schema: Schema, place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every place of an input whose choices another action knows, and what is said of it there."""
    if "x-options-from" in schema:
        yield place, schema["x-options-from"]
    for name, inner in schema.get("properties", {}).items():
        yield from sources(inner, f"{place}/{escaped(name)}")
    if isinstance(schema.get("items"), dict):
        yield from sources(schema["items"], f"{place}/{ANY}")


async def offers(here: Here, action: str, schema: Schema, account: str, query: str = "") -> dict[str, Offer]:
    """The choices of an account by place: those that need no search, or with *query* those that need one."""
    integration = action.partition(".")[0]
    wanted = [(place, rule) for place, rule in sources(schema) if ("search" in rule) == bool(query)]
    found = await asyncio.gather(*(_offer(here, integration, rule, account, query) for _, rule in wanted))
    return {place: offer for (place, _), offer in zip(wanted, found, strict=True)}


async def _offer(here: Here, integration: str, rule: Mapping[str, Any], account: str, query: str) -> Offer:
    given = {rule["search"]: query} if "search" in rule else {}
    try:
        output = await _asked.ask(here, f"{integration}.{rule['action']}", account, given)
    except PostwireError as error:
        return Offer(problem=error.message)
    return read_offer(output, rule)


def read_offer(output: Any, rule: Mapping[str, Any]) -> Offer:
    """The choices in an action's output, as `x-options-from` says where they stand."""
    found = output
    for key in rule["path"].split("."):
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list):
        return Offer(must=found is True)
    pairs = [_pair(each, rule) for each in found[:MOST]]
    return Offer(tuple(dict.fromkeys(pair for pair in pairs if pair is not None)))


def _pair(item: Any, rule: Mapping[str, Any]) -> tuple[str, str] | None:
    if not isinstance(item, dict):
        return plain(item), said(item)
    value = item.get(rule.get("value", "id"))
    return None if value is None else (plain(value), str(item.get(rule.get("label", "name")) or value))
