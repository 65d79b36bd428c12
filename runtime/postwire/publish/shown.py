"""Runs as people, programs and models are shown them; never a credential."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from postwire.language.units import moment

if TYPE_CHECKING:
    from postwire.publish.records import Run

# Characters of a result that is sent to others: the specification wants small messages.
LONGEST: Final = 20_000


def row(run: Run) -> dict[str, Any]:
    """A run in a few words."""
    shown = {
        "id": run.id,
        "key": None if run.key == run.id else run.key,
        "action": run.action,
        "account": run.account,
        "state": run.state,
        "code": run.code or None,
        "created": moment(run.created_at),
        "due": moment(run.run_at),
    }
    return {name: value for name, value in shown.items() if value is not None}


def ending(run: Run) -> dict[str, Any]:
    """A run that has ended, and what came of it: `result`, `warnings`, `error`.

    A result that is too long for a message is left out, and `result_left_out` says so.
    """
    about = {**row(run), "workspace": run.workspace}
    if run.result is not None:
        fits = len(json.dumps(run.result.output, default=str)) <= LONGEST
        about |= {"result": run.result.output} if fits else {"result_left_out": True}
        about |= {"warnings": list(run.result.warnings)} if run.result.warnings else {}
    if run.error is not None:
        about["error"] = dict(run.error)
    return about
