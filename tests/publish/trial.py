"""One publishing action that is killed again and again, each time in a new run; another process goes on."""

from __future__ import annotations

import signal
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from tests.publish.posts import Post, relax
from tests.publish.workers import Death, Forks, call, perform, unlimited

from postwire import Account, Client, PostwireError, Result

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.publish.stage import Stage

    from postwire.publish.records import Run
    from postwire.simulator import Served

MOST: Final = 30  # requests that one of these actions sends
_NUMBERS: Final = count(1)


@dataclass
class Trial:
    """On SQLite under a key, as a program does it; on PostgreSQL a run that waits, as a worker does."""

    stage: Stage
    served: Served
    forks: Forks
    post: Post
    folder: Path
    client: Client
    account: Account = field(init=False)
    key: str = ""
    run: Run | None = None
    unknowns: int = 0  # that a person had to settle

    def __post_init__(self) -> None:
        relax(self.served.simulator)
        self.account = self.post.account(self.served.origin)

    def begin(self) -> None:
        """A new run, which nobody has begun."""
        number = next(_NUMBERS)
        self.id = self.stage.connect(self.post, self.account)  # whose limits are fresh
        self.given = self.post.input(number, self.client, self.account, self.folder)
        self.key = f"{self.post.action} {self.id} {number}"
        self.before = self.post.count(self.served.simulator)
        if self.stage.server:
            self.run = self.client.submit(self.post.action, self.given, account=self.id, key=self.key)

    @property
    def made(self) -> int:
        """How much the run has shown to people."""
        return self.post.count(self.served.simulator) - self.before

    def found(self) -> Run:
        """The run as it is now."""
        return self.stage.journal.get("default", self.key)

    def doing(self, death: Death) -> tuple[Any, ...]:
        """What another process is to do, until it ends itself."""
        environ, origin = self.stage.environ, self.served.origin
        if self.run is None:
            return call, environ, origin, self.post.action, self.given, self.id, self.key, death
        return perform, environ, origin, self.run.id, death

    def killed(self, death: Death) -> bool:
        """Let another process do it; whether it ended itself before the end of the run."""
        code = self.forks.ended(*self.doing(death))
        assert code in {0, -signal.SIGKILL}, code
        return code != 0

    def go(self) -> Run:
        """Do it, or go on with it, in this process."""
        if self.run is None:
            with suppress(PostwireError):
                self.client.run(self.post.action, self.given, account=self.id, key=self.key)
        else:
            self.client.perform(self.run.id, unlimited)
        return self.found()

    def settle(self, found: Run, *, posted: bool) -> Run:
        """Say what a person has seen, and let it go on."""
        self.stage.journal.resolve(found, result=Result({}) if posted else None)
        if not posted and self.run is not None:
            self.stage.journal.revive(found)
        return self.go()

    def everywhere(self, moments: Sequence[str]) -> int:
        """Kill it at every request, at all of *moments*, and look what becomes of it; how many kills."""
        kills = 0
        for at in range(1, MOST):
            for moment in moments:
                self.begin()
                if not self.killed(Death(at, moment)):
                    assert at > 1
                    assert (self.go().state, self.made) == ("done", self.post.makes)
                    return kills
                kills += 1
                self.check(at, moment)
        raise AssertionError("it never came to its end")

    def check(self, at: int, moment: str) -> None:
        """Exactly one post, or an honest unknown that can be settled."""
        found = self.go()
        assert found.state in {"done", "unknown"}, (at, moment, found)
        left_out = False
        if found.state == "unknown":
            assert found.error is not None
            assert "runs resolve" in found.error["remedy"]
            assert moment == "before" or not self.post.asked, (at, moment, found)
            assert self.made <= self.post.makes
            self.unknowns += 1
            left_out = moment == "after"  # of several posts a person leaves out those that were to come
            found = self.settle(found, posted=moment == "after")
        assert found.state == "done", (at, moment, found)
        least = 1 if left_out else self.post.makes
        assert least <= self.made <= self.post.makes, (at, moment, self.made, found)
