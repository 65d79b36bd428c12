"""Runs as people and programs browse them, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import literal, select, tuple_

from postwire.accounts.schema import runs
from postwire.errors import Field, InvalidInput
from postwire.publish.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from postwire.accounts.records import RunState
    from postwire.accounts.vault import Vault
    from postwire.publish.records import Run


@dataclass(frozen=True, slots=True)
class RunPage:
    """Some runs; `after` asks for the following ones, None at the end."""

    runs: tuple[Run, ...]
    after: str | None = None


def browse(
    vault: Vault,
    workspace: str,
    *,
    states: Sequence[RunState] = (),
    action: str | None = None,
    due: bool = False,
    limit: int = 50,
    after: str | None = None,
) -> RunPage:
    """The newest runs, or those after a former page.

    Args:
        vault: where the journal lies.
        workspace: whose runs.
        states: only these.
        action: only runs of this one.
        due: instead those that wait for their time, the next one first.
        limit: how many.
        after: of the former page.

    Raises:
        InvalidInput: *after* is not from a page.
    """
    moment = runs.c.run_at if due else runs.c.created_at
    place = tuple_(moment, runs.c.id)
    wanted: list[ColumnElement[bool]] = [runs.c.workspace_id == workspace]
    wanted += [runs.c.state.in_(states)] if states else []
    wanted += [runs.c.action == action] if action else []
    wanted += [runs.c.state == "waiting", runs.c.run_at.is_not(None)] if due else []
    if after is not None:
        mark = tuple_(*map(literal, _place(after)))
        wanted.append(place > mark if due else place < mark)
    order = (moment, runs.c.id) if due else (moment.desc(), runs.c.id.desc())
    statement = select(runs).where(*wanted).order_by(*order).limit(limit + 1)
    rows = Rows(vault.store)
    with vault.store.database.read() as connection:
        found = [rows.run(row) for row in connection.execute(statement)]
    last = found[limit - 1] if len(found) > limit else None
    return RunPage(tuple(found[:limit]), None if last is None else _mark(last, due=due))


def _mark(run: Run, *, due: bool) -> str:
    return f"{run.run_at if due else run.created_at!r}~{run.id}"


def _place(after: str) -> tuple[float, str]:
    moment, _, number = after.partition("~")
    try:
        return float(moment), number
    except ValueError:
        raise InvalidInput([Field("/after", "is not from a page")]) from None
