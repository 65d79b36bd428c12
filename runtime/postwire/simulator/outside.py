"""The only ways out of the simulator: a file fetched, or a webhook posted, on this machine's loopback."""

from __future__ import annotations

import ipaddress
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.simulator.exchange import Job

PIECE = 65_536  # bytes
HEAD = 64  # bytes kept to tell the format
TIMEOUT = 10.0  # seconds
HTTP_OK = 200


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came of fetching a file: `status` is 0 when there was no answer."""

    status: int
    size: int = 0
    head: bytes = b""


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine's loopback, by name or address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def loopback(url: str) -> SplitResult:
    """Split an http address of loopback; raises ValueError for any other."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        raise ValueError("The simulator only talks to http:// addresses of this machine's loopback.")
    _ = parts.port  # a wrong port is a ValueError too
    return parts


def pull(url: str, limit: int, progress: Callable[[int], None]) -> Pulled:
    """Fetch a file from loopback without keeping it; redirects are not followed."""
    parts = loopback(url)
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT)
    try:
        connection.request("GET", _target(parts), headers={"User-Agent": "postwire-simulator"})
        answer = connection.getresponse()
        if answer.status != HTTP_OK:
            return Pulled(answer.status)
        head, size = b"", 0
        while size <= limit and (piece := answer.read(PIECE)):
            head = head or piece[:HEAD]
            size += len(piece)
            progress(len(piece))
        return Pulled(answer.status, size, head)
    except (OSError, HTTPException):
        return Pulled(0)
    finally:
        connection.close()


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Post a webhook to loopback and tell the status, 0 for none."""
    parts = loopback(url)
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT)
    try:
        connection.request("POST", _target(parts), body=body, headers=headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException):
        return 0
    else:
        return answer.status
    finally:
        connection.close()


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class Outside:
    """Jobs in threads; their results are taken up by whoever turns the simulator next."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._running: list[tuple[Future[Any], Job]] = []

    def start(self, job: Job) -> None:
        """Run a job in a thread."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(4, thread_name_prefix="postwire-simulator")
        self._running.append((self._pool.submit(job.run), job))

    def collect(self) -> bool:
        """Finish the jobs that are done, and tell whether there were any."""
        done = [entry for entry in self._running if entry[0].done()]
        self._running = [entry for entry in self._running if entry not in done]
        for future, job in done:
            job.finish(future.result())
        return bool(done)

    def waiting(self, *, awaited_only: bool) -> list[Future[Any]]:
        """List the jobs that are not finished."""
        return [future for future, job in self._running if job.awaited or not awaited_only]

    def close(self) -> None:
        """Wait for running jobs and let the threads go."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        self._running.clear()


def wait_for(futures: list[Future[Any]], seconds: float) -> bool:
    """Wait for the first of some jobs; tells False when the time is over."""
    return bool(wait(futures, seconds, return_when="FIRST_COMPLETED").done)
