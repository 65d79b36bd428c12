"""The port to the engine: who runs the runs that are due, on which worker, one at a time for an account.

The journal knows what is to be done and what was done; an engine only brings a due run to a worker that
lives, again and again until it has ended. So nothing but its adapter (`durable.py`) knows an engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Engine(Protocol):
    """One worker's side of an engine."""

    def start(self, queues: Sequence[str], perform: Callable[[str], str]) -> None:
        """Begin to run what is in *queues*: each run through *perform*, by its id."""
        ...

    def submit(self, job: str, run: str, queue: str, account: str) -> None:
        """Put a run into a queue, behind the others of its account; once for each *job*."""
        ...

    def recover(self) -> int:
        """Take over what dead workers were doing; how many runs."""
        ...

    def lost(self) -> list[str]:
        """Runs that the engine has given up, because they ended too many workers, say."""
        ...

    def forget(self, older_than: float) -> int:
        """Delete what the engine remembers of jobs that ended so many seconds ago."""
        ...

    def stop(self, patience: float) -> None:
        """Begin nothing more, and wait so many seconds for what runs."""
        ...
