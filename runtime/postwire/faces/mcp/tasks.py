"""Long calls as tasks (SEP-2663), for clients that have them: answered at once, looked after later.

What ends within half a second is answered as any call. Tasks live in this process, and for an hour after they
have ended.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.shared.exceptions import MCPError

from postwire.faces.mcp.asked import Asked
from postwire.faces.mcp.calls import failure

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from mcp.server.lowlevel import Server

    from postwire.faces.mcp.person import Person

EXTENSION: Final = "io.modelcontextprotocol/tasks"
GRACE: Final = 0.5  # seconds
KEEP: Final = 3600.0  # seconds
_MOST: Final = 1000  # tasks that are remembered
_POLL: Final = 2000  # milliseconds between two looks of a client
_MISMATCH: Final = -32020  # the protocol's code for a header that says something else
_CAPABILITY: Final = -32021  # … and for an ability that the client has not declared
_CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"
_ASK_AGAIN: Final = {
    "code": "cancelled",
    "message": "The person has to be asked first; nothing was sent.",
    "outcome": "not_sent",
    "retryable": True,
    "remedy": "Call the tool again.",
}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Named(types.RequestParams):
    """What names a task; `tasks/update` may bring answers, of which we ask none."""

    task_id: str


@dataclass(slots=True)
class Task:
    """A call that goes on, or has ended."""

    job: asyncio.Task[dict[str, Any]]
    person: Person
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    created: str = field(default_factory=_now)
    ended: float | None = None
    changed: str = ""

    def shown(self) -> dict[str, Any]:
        """As the protocol wants it: how it is, and the result when there is one."""
        status, more = self._state()
        message = {"statusMessage": self.person.latest} if status == "working" and self.person.latest else {}
        return {
            "taskId": self.id,
            "status": status,
            "createdAt": self.created,
            "lastUpdatedAt": self.changed or self.created,
            "ttlMs": int(KEEP * 1000),
            "pollIntervalMs": _POLL,
            **message,
            **more,
        }

    def _state(self) -> tuple[str, dict[str, Any]]:
        if not self.job.done():
            return "working", {}
        if self.job.cancelled():
            return "cancelled", {}
        error = self.job.exception()
        if isinstance(error, Asked):
            return "completed", {"result": failure(_ASK_AGAIN)}
        if error is not None:
            return "failed", {"error": {"code": types.INTERNAL_ERROR, "message": "The task broke off."}}
        return "completed", {"result": self.job.result()}


class Tasks:
    """The tasks of a server."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}

    def install(self, server: Server[Any]) -> None:
        """Offer tasks on *server*."""
        server.extensions[EXTENSION] = {}
        server.add_request_handler("tasks/get", Named, self._get)
        server.add_request_handler("tasks/update", Named, self._update)
        server.add_request_handler("tasks/cancel", Named, self._cancel)

    async def settled(self, call: Coroutine[Any, Any, dict[str, Any]], person: Person) -> dict[str, Any]:
        """The result of a call that ends soon, else a task that goes on; errors as the call's."""
        job = asyncio.create_task(call)
        try:
            await asyncio.wait({job}, timeout=GRACE)
        except asyncio.CancelledError:
            job.cancel()
            await asyncio.wait({job})
            raise
        if job.done():
            return job.result()
        task = Task(job, person)
        self._forget()
        self._tasks[task.id] = task
        job.add_done_callback(lambda _: _end(task))
        return {"resultType": "task", **task.shown()}

    async def aclose(self) -> None:
        """Stop what is under way."""
        jobs = [task.job for task in self._tasks.values() if not task.job.done()]
        for job in jobs:
            job.cancel()
        if jobs:
            await asyncio.wait(jobs)

    async def _get(self, ctx: Any, params: Named) -> dict[str, Any]:
        return {"resultType": "complete", **self._named(ctx, params).shown()}

    async def _update(self, ctx: Any, params: Named) -> dict[str, Any]:
        self._named(ctx, params)
        return {"resultType": "complete"}

    async def _cancel(self, ctx: Any, params: Named) -> dict[str, Any]:
        self._named(ctx, params).job.cancel()
        return {"resultType": "complete"}

    def _named(self, ctx: Any, params: Named) -> Task:
        if not wanted(ctx):
            needed: dict[str, Any] = {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}
            raise MCPError(_CAPABILITY, "The client has not said that it has tasks.", needed)
        header = ctx.request.headers.get("mcp-name") if ctx.request is not None else None
        if header is not None and header != params.task_id:
            raise MCPError(_MISMATCH, "The header Mcp-Name names another task.")
        self._forget()
        if params.task_id not in self._tasks:
            raise MCPError(types.INVALID_PARAMS, "There is no such task, or not any more.")
        return self._tasks[params.task_id]

    def _forget(self) -> None:
        """Let go of what ended long ago, and of the oldest ends where there are too many."""
        old = time.monotonic() - KEEP
        ended = [task for task in self._tasks.values() if task.ended is not None]
        spare = len(self._tasks) - _MOST
        for number, task in enumerate(ended):
            if number < spare or (task.ended or 0) < old:
                del self._tasks[task.id]


def wanted(ctx: Any) -> bool:
    """Whether the client of this request has tasks."""
    known = ctx.session.client_capabilities
    said = (ctx.meta or {}).get(_CAPABILITIES) if isinstance(ctx.meta, dict) else None
    extensions = (said or {}).get("extensions") or getattr(known, "extensions", None) or {}
    return EXTENSION in extensions


def _end(task: Task) -> None:
    task.ended, task.changed = time.monotonic(), _now()
    if not task.job.cancelled():
        task.job.exception()  # whoever asks is told; nobody has to
