"""A worker process for tests: `workers.py ORIGIN [--die AT [after]]`, on the vault of the environment."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

from postwire import Client
from postwire.accounts.vault import Vault
from postwire.publish.durable import Durable
from postwire.publish.journal import Journal
from postwire.publish.portable import media_folder
from postwire.publish.worker import Worker
from postwire.transport import HttpTransport


class Dying(HttpTransport):
    """Ends the process at the nth request, before it is sent or once it is answered."""

    count = 0

    def __init__(self, origin: str, at: int, *, after: bool) -> None:
        super().__init__(sandbox=origin)
        self._at, self._after = at, after

    def send(self, request: Any, sent: Any = None) -> Any:
        Dying.count += 1
        mine = Dying.count == self._at
        if mine and not self._after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = super().send(request, sent)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def main(origin: str, at: str = "0", when: str = "before") -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with Vault() as vault:

        def client(workspace: str) -> Client:
            transport = Dying(origin, int(at), after=when == "after")
            made = Client(
                vault=vault, workspace=workspace, sandbox=origin, media=media_folder(), transport=transport
            )
            object.__setattr__(made._world, "sleep", lambda _: stop.wait(0.01))
            return made

        engine = Durable(vault.url, poll=0.1, checks=2)
        worker = Worker(Journal(vault), engine, client, ["tiktok"])
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        worker.run(stop, every=0.1, patience=1.0)


if __name__ == "__main__":
    main(*sys.argv[1:])
