"""A large video to each simulated platform: what it costs in memory, and in processor time against curl."""

from __future__ import annotations

import json
import multiprocessing
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loopback import Sink, serving

from postwire.media import sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

ALLOWED = 32  # MB over what the process had after a small upload
ROUNDS = 3


class Row(NamedTuple):
    """An action that uploads a video, the name of the input that takes it, and as many bytes as it takes."""

    action: str
    video: str
    size: int


ROWS = [
    Row("x.upload_media", "file", 512_000_000),
    Row("linkedin.upload_video", "video", 500_000_000),  # the largest that LinkedIn takes
    Row("meta.create_reel", "video", 300_000_000),
]

# Run in a process of its own, so that its peak memory is its own.
CHILD = """
import json, resource, sys, time
from pathlib import Path
from postwire import Client
from postwire.sandbox import Sandbox
origin, action, name, file = sys.argv[1:]
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
account = Sandbox(origin).account(action.partition(".")[0])
with Client(account, sandbox=origin) as client:
    client.run(action, {name: str(Path(file).with_name("small.mp4"))})
    before, begin, busy = peak(), time.perf_counter(), time.process_time()
    client.run(action, {name: file})
    seconds, busy = time.perf_counter() - begin, time.process_time() - busy
    print(json.dumps({"seconds": seconds, "busy": busy, "grown": peak() - before, "before": before}))
"""


def _simulate(pipe: Connection) -> None:
    from postwire.simulator import Simulator, run

    simulator = Simulator()
    for settings in (simulator.x.settings, simulator.linkedin.settings, simulator.meta.settings):
        settings.checksums = False  # or its reading would be what is measured
    for settings in (simulator.x.settings, simulator.meta.settings):
        settings.processing_polls = 0
    run(port=0, announce=pipe.send, simulator=simulator)


@contextmanager
def simulated() -> Iterator[str]:
    """The origin of a simulator in a process of its own while the block runs."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_simulate, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def ours(row: Row, origin: str, file: Path) -> dict[str, float]:
    command = [sys.executable, "-c", CHILD, origin, row.action, row.video, str(file)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def curl(origin: str, file: Path) -> float:
    """Seconds of processor time that curl takes for the whole file in one request."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-H", "Expect:", "-T", str(file), f"{origin}/take"], check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(row: Row, origin: str, sink: str, file: Path) -> float:
    """Print one platform's figures; the most memory that a round took."""
    sample.write(file, row.size)
    grown, ratios = [], []
    for _ in range(ROUNDS):
        mine = ours(row, origin, file)
        ratios.append(mine["busy"] / curl(sink, file))
        grown.append(mine["grown"])
        print(
            f"{row.action:16} {row.size / mine['seconds'] / 1e6:5.0f} MB/s   processor {mine['busy']:.2f} s,"
            f" {ratios[-1]:.1f} x curl's   memory +{grown[-1]:.1f} MB over {mine['before']:.0f} MB"
        )
    print(
        f"{row.action:16} processor {statistics.median(ratios):.1f} x curl's (median)   memory at most"
        f" +{max(grown):.1f} MB of {ALLOWED} MB, {max(grown) / row.size * 1e8:.1f} % of the file"
    )
    return max(grown)


def main() -> None:
    with tempfile.TemporaryDirectory() as name, simulated() as origin, serving(Sink) as sink:
        sample.write(Path(name) / "small.mp4", 100_000)
        most = max(measure(row, origin, sink, Path(name) / "large.mp4") for row in ROWS)
    if most > ALLOWED:
        sys.exit(f"{most:.1f} MB are more than {ALLOWED} MB.")


if __name__ == "__main__":
    if shutil.which("curl") is None:
        sys.exit("This benchmark needs curl.")
    main()
