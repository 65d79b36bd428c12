"""Our receiver of notices on a real port, and a worker that naps by script instead of sleeping."""

from __future__ import annotations

import dataclasses
import logging
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from postwire.faces.notices import NoticesApp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire import Client
    from postwire.drive import World
    from postwire.publish.noticed import Notices

PATIENCE = 10.0  # seconds that a test waits for what must come


class Receiver:
    """The ASGI application under /webhooks, as a web server would mount it; counts what it has answered."""

    def __init__(self, notices: Notices) -> None:
        self._app = NoticesApp(notices)
        self.statuses: list[int] = []
        self.bodies: list[bytes] = []
        self._more = threading.Condition()
        self.origin = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return

        async def listened() -> Any:
            message = await receive()
            self.bodies.append(message.get("body", b""))
            return message

        async def told(message: Any) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                status = message["status"]
                with self._more:
                    self.statuses.append(status)
                    self._more.notify_all()

        await self._app({**scope, "root_path": "/webhooks"}, listened, told)

    def wait_for(self, count: int) -> None:
        """Until so many requests were answered."""
        with self._more:
            assert self._more.wait_for(lambda: len(self.statuses) >= count, PATIENCE), self.statuses


@contextmanager
def receiving(notices: Notices) -> Iterator[Receiver]:
    """Serve it on loopback."""
    receiver = Receiver(notices)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(receiver, lifespan="off", log_config=None, log_level=logging.CRITICAL)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    receiver.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield receiver
    server.should_exit = True
    thread.join()
    listener.close()


class Napping:
    """Runs what waits in the journal; `naps` are the seconds that it would have slept.

    At its nth nap it does what `script` says.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self.naps: list[float] = []
        self.script: dict[int, Callable[[], object]] = {}

    def perform(self, run: str) -> str:
        """The state in which the run is then."""
        return self._client.perform(run, self._world)

    def _world(self, world: World) -> World:
        return dataclasses.replace(world, sleep=self._nap)

    def _nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.script.get(len(self.naps), lambda: None)()


class Direct:
    """An engine that runs a job at once, in the caller's thread."""

    def __init__(self, perform: Callable[[str], object]) -> None:
        self._perform = perform
        self.jobs: list[str] = []

    def submit(self, job: str, run: str, queue: str, account: str) -> None:
        """As `Engine`."""
        if job not in self.jobs:
            self.jobs.append(job)
            self._perform(run)

    def recover(self) -> int:
        """As `Engine`: nobody has died."""
        return 0

    def lost(self) -> list[str]:
        """As `Engine`: nothing is."""
        return []
