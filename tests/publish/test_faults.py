"""Every fault at every request of every publishing action: a rule tells what may come of it, and nothing is
shown twice. The rule knows the fault, whether the request may be repeated, and whether the platform can be
asked whether it happened.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import pytest
from tests.accounts.conftest import postgres_server  # noqa: F401 - a fixture
from tests.publish.posts import POSTS, Post, relax
from tests.publish.stage import away, back
from tests.publish.workers import unlimited

from postwire import ActionFailed, Client, OutcomeUnknown
from postwire.transport import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.publish.stage import Stage

    from postwire.simulator import Served
    from postwire.values import Send

NOBODY: Final = "http://127.0.0.1:9"  # a port of this machine where nobody listens
_NUMBERS: Final = count(1)


@dataclass(frozen=True)
class Trouble:
    """A fault of one request.

    Attributes:
        name: for people.
        rule: what the simulator does.
        sent: the request was received.
        happens: the work is done all the same.
        answered: the platform says no, so that nothing is uncertain; with these codes.
    """

    name: str
    rule: dict[str, Any]
    sent: bool = True
    happens: bool = False
    answered: tuple[str, ...] = ()

    def outcomes(self, request: Send, post: Post) -> set[str]:
        """What may come of it: `done`, `unknown`, or an error's code."""
        if self.answered:
            return {"done", *self.answered}
        if not self.sent or request.repeatable or (self.happens and post.asked):
            return {"done"}
        return {"done", "unknown"}


TROUBLES: Final = [
    Trouble("nobody listens", {}, sent=False),
    Trouble("slow", {"delay": 0.03, "pace_bytes": 50, "pace_seconds": 0.001}, sent=False),
    Trouble("answer lost", {"lose_answer": True}, happens=True),
    Trouble("cut in the body", {"reset_after_bytes": 10}),
    Trouble("failure before the work", {"status": 502}),
    Trouble("failure after the work", {"status": 500, "after": True}, happens=True),
    Trouble("too often", {"status": 429, "retry_after": 1}, answered=("rate_limited", "quota_exceeded")),
    Trouble("token revoked", {"revoke_token": True}, answered=("auth_expired",)),
]


class Unreached(HttpTransport):
    """Sends its nth request to where nobody listens."""

    def __init__(self, origin: str) -> None:
        super().__init__(sandbox=origin)
        self._nobody = HttpTransport(sandbox=NOBODY)
        self.left = 0
        self.never = False

    def send(self, request: Any, sent: Any = None) -> Any:
        self.left -= 1
        gone = self.never or self.left == 0
        return self._nobody.send(request, sent) if gone else super().send(request, sent)


@pytest.fixture
def transport(served: Served) -> Unreached:
    return Unreached(served.origin)


@pytest.fixture
def client(served: Served, transport: Unreached) -> Iterator[Client]:
    relax(served.simulator)
    with Client(sandbox=served.origin, transport=transport) as client:
        object.__setattr__(client._world, "sleep", lambda _: None)
        yield client


class Case:
    """Runs of one action."""

    def __init__(self, served: Served, client: Client, post: Post, folder: Path) -> None:
        self.simulator, self.client, self.post, self.folder = served.simulator, client, post, folder
        self.origin = served.origin
        self.renew()

    def renew(self) -> None:
        """Connect the account anew."""
        self.account = self.post.account(self.origin)

    def begin(self) -> None:
        number = next(_NUMBERS)
        self.given = self.post.input(number, self.client, self.account, self.folder)
        self.key = f"fault {number}"
        self.before = self.post.count(self.simulator)
        self.simulator.faults.clear()

    def run(self, trace: Any = None) -> str:
        """How it ended."""
        try:
            return self.client.run(
                self.post.action, self.given, account=self.account, key=self.key, trace=trace
            ).state
        except OutcomeUnknown:
            return "unknown"
        except ActionFailed as error:
            return error.code

    @property
    def made(self) -> int:
        return self.post.count(self.simulator) - self.before


@pytest.mark.parametrize("post", POSTS, ids=[post.action for post in POSTS])
def test_a_fault_at_every_request(
    served: Served,
    client: Client,
    transport: Unreached,
    post: Post,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("postwire.publish.limits.SharedLimiter.take", lambda *_: 0.0)
    case = Case(served, client, post, tmp_path)
    requests: list[Send] = []
    case.begin()
    assert case.run(lambda effect, _: requests.append(effect)) == "done"
    for trouble in TROUBLES:
        for number, request in enumerate(requests, 1):
            case.begin()
            if trouble.rule:
                case.simulator.faults.add(nth=number, **trouble.rule)
            else:
                transport.left = number
            told = case.run()
            where = (trouble.name, request.key, told, case.made)
            assert told in trouble.outcomes(request, post), where
            assert case.made <= post.makes, where
            if told not in {"done", "unknown"}:  # it was clearly refused: once that is mended it goes on
                case.simulator.faults.clear()
                case.renew()
                told = case.run()
            assert told == "unknown" or (told, case.made) == ("done", post.makes), where


@pytest.mark.parametrize("post", POSTS, ids=[post.action for post in POSTS])
def test_nobody_listens_at_all(
    served: Served, client: Client, transport: Unreached, post: Post, tmp_path: Path
) -> None:
    case = Case(served, client, post, tmp_path)
    case.begin()
    transport.never = True
    assert case.run() == "transient"
    assert case.made == 0
    transport.never = False
    assert (case.run(), case.made) == ("done", post.makes)


@pytest.mark.parametrize("stage", ["postgres"], indirect=True)
@pytest.mark.parametrize("post", POSTS, ids=[post.action for post in POSTS])
def test_a_database_that_goes_away_during_every_request(
    stage: Stage, served: Served, post: Post, tmp_path: Path
) -> None:
    """As when its server is restarted: no connection stays, and for a moment there is no new one."""
    relax(served.simulator)
    transport = Disturbed(served.origin, stage)
    with stage.client(served.origin, transport) as client:
        account = post.account(served.origin)
        given = post.input(next(_NUMBERS), client, account, tmp_path)
        before = post.count(served.simulator)
        run = client.submit(post.action, given, account=stage.connect(post, account))
        transport.disturbs = True
        assert client.perform(run.id, unlimited) == "done"
        transport.timer.join()
        assert post.count(served.simulator) - before == post.makes


class Disturbed(HttpTransport):
    """Has the database go away during each request; it is back a moment after the answer."""

    disturbs = False
    timer: threading.Timer

    def __init__(self, origin: str, stage: Stage) -> None:
        super().__init__(sandbox=origin)
        self._stage = stage
        self._lock = threading.Lock()

    def send(self, request: Any, sent: Any = None) -> Any:
        if not self.disturbs:
            return super().send(request, sent)
        with self._lock:  # parts side by side take turns
            away(self._stage)
            answer = super().send(request, sent)
            self.timer = threading.Timer(0.02, back, [self._stage])
            self.timer.start()
            return answer
