"""Runs as people, programs and models are shown them; never a credential."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from postwire.publish.records import Run

LONGEST: Final = (
    20_000  # characters of a result that is sent to others; the specification wants small messages
)


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
        "due": None if run.run_at is None else moment(run.run_at),
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


def moment(seconds: float) -> str:
    """A time, in seconds since 1970, as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
