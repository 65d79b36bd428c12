"""Both drivers do the same: send, wait, report, run flows side by side, and tell a flow what went wrong."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from typing import TYPE_CHECKING, Any

import pytest

from postwire import ActionFailed, Event, OutcomeUnknown, Secret
from postwire.decide.limits import Limiter
from postwire.drive import AsyncWorld, World, adrive, drive
from postwire.flow.state import Pending
from postwire.testing import answer, play
from postwire.values import Limit, Lost, Progress, Renew, Report, Request, Send, Sleep, Together

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.values import Flow

OK = answer({"ok": True})
ONCE = Limit("k", 1, 60)


class Bench:
    """A scripted world for either driver, with a clock that only waiting turns."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.answers: list[Any] = []
        self.sent: list[Request] = []
        self.bytes: tuple[int, ...] = ()
        self.time = 100.0
        self.slept: list[float] = []
        self.events: list[Event] = []
        self.traced: list[tuple[str, Any]] = []
        self.renewed: Any = None
        self.options: dict[str, Any] = {}

    def send(self, request: Request, sent: Callable[[int], None] | None = None) -> Any:
        self.sent.append(request)
        for count in self.bytes if sent else ():
            assert sent is not None
            sent(count)
        given = self.answers.pop(0) if self.answers else OK
        if isinstance(given, BaseException):
            raise given
        return given

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def renew(self) -> Any:
        return self.renewed

    def run(self, flow: Flow[Any]) -> Any:
        shared = {
            "watch": self.events.append,
            "trace": lambda effect, seen: self.traced.append((effect.key, seen)),
            "clock": lambda: self.time,
            **self.options,
        }
        if self.kind == "sync":
            return drive(flow, self, World(sleep=self.sleep, renew=self.renew, **shared))  # type: ignore[arg-type]
        return asyncio.run(self._run(flow, shared))

    async def _run(self, flow: Flow[Any], shared: dict[str, Any]) -> Any:
        bench = self

        class Looping:
            async def send(self, request: Request, sent: Any = None) -> Any:
                await asyncio.sleep(0)
                return bench.send(request, sent)

            async def aclose(self) -> None:
                """Nothing is open."""

        async def sleep(seconds: float) -> None:
            bench.sleep(seconds)

        async def renew() -> Any:
            return bench.renewed

        return await adrive(flow, Looping(), AsyncWorld(sleep=sleep, renew=renew, **shared))


@pytest.fixture(params=["sync", "async"])
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


def request(path: str = "/") -> Request:
    return Request("GET", f"https://acme.example{path}")


def send(key: str = "a", *limits: Limit, progress: Progress | None = None) -> Send:
    return Send(key, request(f"/{key}"), limits, progress)


def asking(*effects: Any) -> Flow[list[Any]]:
    found: list[Any] = []
    for effect in effects:
        found += [(yield effect)]
    return found


def test_each_effect_gets_its_answer(bench: Bench) -> None:
    bench.answers, bench.renewed = [OK, Lost("maybe", "gone")], Secret("fresh")
    event = Event("step", "s")
    told = bench.run(asking(send("a"), Sleep("w", 3), Report(event), Renew("r"), send("b")))
    assert told == [OK, None, None, bench.renewed, Lost("maybe", "gone")]
    assert (bench.slept, bench.events) == ([3], [event])
    assert bench.traced == [("a", OK), ("b", Lost("maybe", "gone"))]


def test_nobody_needs_to_watch(bench: Bench) -> None:
    bench.options = {"watch": None, "trace": None}
    assert bench.run(asking(Report(Event("step", "s")), send(progress=Progress("s", 0, 9)))) == [None, OK]


CHILDREN = """
effect: create
steps:
  - id: first
    request: {post: /first}
    save: {id: '${{ body.id }}'}
  - id: each
    foreach: ${{ [1, 2, 3] }}
    parallel: 2
    do: [{id: one, request: {put: '/each/${{ item }}'}}]
  - {id: last, request: {get: /paced}}
return: {id: '${{ steps.first.id }}'}
output: {properties: {id: {}}}
"""


def test_a_flow_asks_for_the_same_whoever_drives_it(bench: Bench, acme: Any) -> None:
    acme.write("it", CHILDREN)
    script = [answer({"id": "f"}), OK, answer(status=503), OK, OK, OK]
    played = play(acme.flow(), script)
    bench.answers = list(script)
    assert bench.run(acme.flow()) == played.value
    found = sorted((sent.method, sent.url) for sent in bench.sent)
    assert found == sorted((sent.method, sent.url) for sent in played.requests)
    assert len(bench.slept) == 1


def test_results_side_by_side_keep_their_order(bench: Bench) -> None:
    flows = tuple(asking(send(str(number)), Sleep("w", 1)) for number in range(7))
    bench.answers = [answer({"n": number}) for number in range(7)]
    (found,) = bench.run(asking(Together(flows, 3)))
    assert len(found) == 7
    assert all(wait is None for _, wait in found)


def test_no_more_than_the_limit_run_at_once() -> None:
    now, most, lock = 0, 0, threading.Lock()
    gate = threading.Barrier(2, timeout=60)

    def work(request: Request, _: Any = None) -> Any:
        nonlocal now, most
        with lock:
            now, most = now + 1, max(most, now + 1)
        gate.wait()  # two are here, or it breaks
        with lock:
            now -= 1
        return OK

    bench = Bench("sync")
    bench.send = work  # type: ignore[assignment]
    bench.run(asking(Together(tuple(asking(send(str(n))) for n in range(6)), 2)))
    assert most == 2


def test_the_first_failure_stops_those_not_yet_begun_and_is_raised_in_the_flow(bench: Bench) -> None:
    def children() -> Flow[str]:
        flows = tuple(asking(send(str(number))) for number in range(20))
        try:
            yield Together(flows, 2)
        except ActionFailed as error:
            yield send("after")
            return error.message
        return "nothing failed"

    bench.answers = [OK, ActionFailed("conflict", "the second"), *[OK] * 20]
    assert bench.run(children()) == "the second"
    assert len(bench.sent) < 20
    assert bench.sent[-1].url.endswith("/after")


@pytest.mark.parametrize(
    ("failures", "raised"),
    [
        ([ActionFailed("conflict", "a"), OutcomeUnknown("b")], "b"),
        ([OutcomeUnknown("a"), ActionFailed("conflict", "b")], "a"),
        ([Pending("a"), ActionFailed("conflict", "b")], "b"),
        ([ActionFailed("conflict", "a"), ActionFailed("conflict", "b")], "a"),
    ],
    ids=["unknown last", "unknown first", "only a delay", "the first"],
)
def test_of_several_failures_the_gravest_is_raised(bench: Bench, failures: list[Any], raised: str) -> None:
    def failing(failure: Exception) -> Flow[None]:
        yield send()
        raise failure

    gate = threading.Barrier(2, timeout=60)

    def both_are_here(*_: Any) -> Any:
        gate.wait()
        return OK

    if bench.kind == "sync":
        bench.send = both_are_here  # type: ignore[method-assign,assignment]
    with pytest.raises(Exception, match=f"^{raised}$"):
        bench.run(asking(Together(tuple(map(failing, failures)), 2)))


def test_a_parallel_failure_in_an_action_keeps_what_was_made(bench: Bench, acme: Any) -> None:
    bench.answers = [answer({"id": "f"}), answer(status=404), answer(status=404), answer(status=404)]
    with pytest.raises(ActionFailed) as caught:
        bench.run(acme.write("it", CHILDREN).flow())
    assert (caught.value.code, caught.value.saved) == ("not_found", {"first.id": "f"})


def test_polls_side_by_side_have_each_their_own_time(bench: Bench, acme: Any) -> None:
    acme.write("it", POLLS)
    busy, done = answer({"state": "busy"}), answer({"state": "done"})
    bench.answers = [*[busy] * 9, done, done, done]  # each is asked four times, with thirty seconds between
    if bench.kind == "sync":  # all three must be on their way before one may go on
        gate, send = threading.Barrier(3, timeout=60), bench.send

        def together(*given: Any) -> Any:
            gate.wait()
            return send(*given)

        bench.send = together  # type: ignore[method-assign,assignment]
    assert bench.run(acme.flow()).state == "done"
    assert bench.slept == [10] * 9


def test_a_parallel_child_that_is_pending_makes_the_run_pending(bench: Bench, acme: Any) -> None:
    bench.answers = [answer({"state": "busy"})] * 20
    assert bench.run(acme.write("it", POLLS).flow()).state == "pending"


def test_a_manifests_fault_in_a_parallel_child_is_an_error_of_ours(bench: Bench, acme: Any) -> None:
    bench.answers = [answer({"state": 7})] * 20
    with pytest.raises(ActionFailed) as caught:
        bench.run(acme.write("it", POLLS.replace("body.state == 'done'", "body.state")).flow())
    assert caught.value.code == "internal"


POLLS = """
effect: create
steps:
  - id: each
    foreach: ${{ [1, 2, 3] }}
    parallel: 3
    do:
      - id: ready
        poll: {get: '/things/${{ item }}', until: body.state == 'done', every: 10s, timeout: 30s}
"""


def test_what_the_transport_refuses_is_raised_in_the_flow(bench: Bench) -> None:
    def flow() -> Flow[str]:
        try:
            yield send()
        except ActionFailed as error:
            return error.code
        return ""

    bench.answers = [ActionFailed("conflict", "The file was changed.")]
    assert bench.run(flow()) == "conflict"


def test_a_limit_is_waited_for(bench: Bench) -> None:
    bench.options = {"limiter": Limiter()}
    bench.run(asking(send("a", ONCE), send("b", ONCE)))
    assert bench.slept == [60]
    assert [(event.kind, event.step, event.seconds) for event in bench.events] == [("wait", "b", 60)]


def test_a_wait_for_a_limit_beyond_patience_is_thrown_into_the_flow(bench: Bench, acme: Any) -> None:
    acme.write(
        "it",
        """
        effect: create
        steps:
          - {id: make, request: {post: /things}, save: {id: '${{ body.id }}'}}
          - {id: one, request: {get: /paced}}
          - {id: two, request: {get: /paced}}
          - {id: three, request: {get: /paced}}
        """,
    )
    bench.options = {"patience": 59.0}
    bench.answers = [answer({"id": "f"})]
    with pytest.raises(ActionFailed) as caught:
        bench.run(acme.flow())
    error = caught.value
    assert (error.code, error.sent, error.retry_after) == ("rate_limited", "no", 60)
    assert (error.step, error.saved) == ("three", {"make.id": "f"})
    assert bench.slept == []


def test_bytes_are_told_as_they_go(bench: Bench) -> None:
    bench.bytes = (4, 6)
    bench.run(asking(send("a", progress=Progress("up", 0, 20)), send("b", progress=Progress("up", 10, 20))))
    assert [(event.kind, event.step, event.done, event.total) for event in bench.events] == [
        ("upload", "up", done, 20) for done in (4, 10, 14, 20)
    ]


def test_leaving_an_async_run_ends_it() -> None:
    begun = asyncio.Event()

    class Silent:
        async def send(self, *_: Any) -> Any:
            begun.set()
            await asyncio.Event().wait()

        async def aclose(self) -> None:
            """Nothing is open."""

    caught: list[BaseException] = []

    def flow() -> Flow[None]:
        try:
            yield send()
        except BaseException as error:
            caught.append(error)
            raise

    async def main() -> None:
        task = asyncio.create_task(adrive(flow(), Silent(), AsyncWorld()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert [type(error) for error in caught] == [GeneratorExit]


def test_worlds_of_both_kinds_have_the_same_parts() -> None:
    assert [field.name for field in dataclasses.fields(World)] == [
        field.name for field in dataclasses.fields(AsyncWorld)
    ]
