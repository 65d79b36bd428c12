"""Calls that go on as tasks: looked after, cancelled, ended, forgotten."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from mcp.shared.exceptions import MCPError

from postwire.faces.mcp import tasks as module
from postwire.faces.mcp.asked import Asked
from postwire.faces.mcp.tasks import EXTENSION, Named, Tasks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

RESULT = {"content": [], "isError": False}
PERSON: Any = SimpleNamespace(latest="")
ABLE: Any = SimpleNamespace(
    meta=None,
    request=None,
    session=SimpleNamespace(client_capabilities=SimpleNamespace(extensions={EXTENSION: {}})),
)
UNABLE: Any = SimpleNamespace(meta=None, request=None, session=SimpleNamespace(client_capabilities=None))


class Job:
    """A call that ends when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.error: Exception | None = None
        self.stopped = False

    async def run(self) -> dict[str, Any]:
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.stopped = True
            raise
        if self.error is not None:
            raise self.error
        return RESULT


def shown(tasks: Tasks, task: str, ctx: Any = ABLE) -> Awaitable[dict[str, Any]]:
    return tasks._get(ctx, Named(task_id=task))


def within(
    what: Callable[[Tasks, Job], Awaitable[None]], monkeypatch: pytest.MonkeyPatch, grace: float = 0.01
) -> None:
    monkeypatch.setattr(module, "GRACE", grace)

    async def go() -> None:
        tasks = Tasks()
        await what(tasks, Job())
        await tasks.aclose()

    asyncio.run(go())


def test_what_ends_soon_is_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def what(tasks: Tasks, job: Job) -> None:
        job.go.set()
        assert await tasks.settled(job.run(), PERSON) == RESULT

    within(what, monkeypatch, grace=10)


def test_what_goes_on_is_a_task_and_then_has_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    async def what(tasks: Tasks, job: Job) -> None:
        task = await tasks.settled(job.run(), SimpleNamespace(latest="3 of 9 bytes"))  # type: ignore[arg-type]
        assert (task["resultType"], task["status"]) == ("task", "working")
        now = await shown(tasks, task["taskId"])
        assert (now["status"], now["statusMessage"]) == ("working", "3 of 9 bytes")
        assert "result" not in now
        job.go.set()
        await asyncio.sleep(0.01)
        done = await shown(tasks, task["taskId"])
        assert (done["status"], done["result"]) == ("completed", RESULT)

    within(what, monkeypatch)


def test_cancelling_stops_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def what(tasks: Tasks, job: Job) -> None:
        task = (await tasks.settled(job.run(), PERSON))["taskId"]
        for _ in range(2):
            assert await tasks._cancel(ABLE, Named(task_id=task)) == {"resultType": "complete"}
            await asyncio.sleep(0)
        assert job.stopped
        assert (await shown(tasks, task))["status"] == "cancelled"

    within(what, monkeypatch)


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("planted"), "failed"), (Asked(None), "completed")]
)
def test_a_call_that_breaks_off(monkeypatch: pytest.MonkeyPatch, error: Exception, status: str) -> None:
    async def what(tasks: Tasks, job: Job) -> None:
        job.error = error
        task = (await tasks.settled(job.run(), PERSON))["taskId"]
        job.go.set()
        await asyncio.sleep(0.01)
        done = await shown(tasks, task)
        assert done["status"] == status
        assert "planted" not in repr(done)
        if status == "completed":
            assert done["result"]["isError"] is True

    within(what, monkeypatch)


def test_giving_up_before_it_is_a_task_stops_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def what(tasks: Tasks, job: Job) -> None:
        asking = asyncio.create_task(tasks.settled(job.run(), PERSON))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert job.stopped

    within(what, monkeypatch, grace=10)


def test_the_end_of_the_server_stops_all(monkeypatch: pytest.MonkeyPatch) -> None:
    async def what(tasks: Tasks, job: Job) -> None:
        await tasks.settled(job.run(), PERSON)
        await tasks.aclose()
        assert job.stopped

    within(what, monkeypatch)


def test_who_may_ask_for_what(monkeypatch: pytest.MonkeyPatch) -> None:
    async def what(tasks: Tasks, job: Job) -> None:
        task = (await tasks.settled(job.run(), PERSON))["taskId"]
        wrong = SimpleNamespace(**{**vars(ABLE), "request": SimpleNamespace(headers={"mcp-name": "other"})})
        for ctx, name, code in ((ABLE, "made up", -32602), (UNABLE, task, -32021), (wrong, task, -32020)):
            for method in (tasks._get, tasks._update, tasks._cancel):
                with pytest.raises(MCPError) as raised:
                    await method(ctx, Named(task_id=name))
                assert raised.value.error.code == code
        assert not job.stopped

    within(what, monkeypatch)


def test_old_ends_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 1)

    async def what(tasks: Tasks, job: Job) -> None:
        first = (await tasks.settled(job.run(), PERSON))["taskId"]
        job.go.set()
        await asyncio.sleep(0.01)
        going = Job()
        for _ in range(3):
            await tasks.settled(going.run(), PERSON)
        with pytest.raises(MCPError):
            await shown(tasks, first)
        assert len(tasks._tasks) == 3, "what goes on is never forgotten"

    within(what, monkeypatch)
