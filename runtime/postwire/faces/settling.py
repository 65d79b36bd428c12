"""What people do about runs: try again, settle, move to another time. The same for every face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postwire.errors import ActionFailed
from postwire.values import Result

if TYPE_CHECKING:
    from postwire.publish.journal import Journal
    from postwire.publish.records import Run


def retried(journal: Journal, run: Run) -> Run:
    """Hand a run that failed to the workers again; it goes on where it failed.

    Raises:
        ActionFailed: `conflict`, it was none for workers, or has not failed.
    """
    if not for_workers(run):
        raise ActionFailed(
            "conflict", "This run was none for workers: run it again with the same key.", sent="no"
        )
    return journal.revive(run)


def for_workers(run: Run) -> bool:
    """Workers can run it."""
    return "portable" in run.document


def resolved(journal: Journal, run: Run, posted: str | None) -> Run:
    """Settle a run whose outcome is unknown.

    Args:
        journal: of the run.
        run: whose outcome is unknown.
        posted: the address where it is, "" where that is not known; None: it did not happen.

    Raises:
        ActionFailed: `conflict`, its outcome is not unknown.
    """
    output = {"url": posted} if posted else {}
    result = None if posted is None else Result(output, warnings=("A person looked it up.",))
    return journal.resolve(run, result=result)


def rescheduled(journal: Journal, run: Run, at: float) -> Run:
    """Give a run that waits another time, in seconds since 1970.

    Raises:
        ActionFailed: `conflict`, it waits no longer.
    """
    if not journal.move(run, at):
        raise too_late(run)
    return journal.find(run.id)


def too_late(run: Run) -> ActionFailed:
    """The refusal of what is only for a run that waits."""
    return ActionFailed("conflict", f"{run.id} waits no longer: it is {run.state}.", sent="no")


def waiting(journal: Journal, workspace: str) -> list[Run]:
    """All that waits, in its order."""
    found = journal.runs(workspace, states=("waiting",), limit=None)
    return sorted(found, key=lambda run: (run.run_at or run.created_at, run.created_at))
