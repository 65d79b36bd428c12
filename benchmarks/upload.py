"""A large upload against curl, and what it costs in memory; base64 inside JSON too; in one run."""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from loopback import Sink, serving

from postwire.media import sample

SIZE = 1_000_000_000
PART = 50_000_000
BASE64_BYTES = 287_000_000
ROUNDS = 3

INTEGRATION = """
name: Sink
description: Takes everything.
docs: {url: https://example.com/, read: 2026-11-21}
api: {base: 'https://sink.example.com'}
"""
ACTION = """
title: Upload
description: Uploads a file.
effect: create
input:
  required: [video]
  properties:
    video: {type: string, format: media, description: A file., x-media: {base64_alias: video_base64}}
steps:
  - id: upload
    upload:
      media: ${{ input.video }}
      part_size: %d
      put: /take/${{ part.index }}
return: {parts: '${{ steps.upload.count }}'}
output: {properties: {parts: {type: integer, description: How many.}}}
"""


def write_integration(folder: Path) -> Path:
    actions = folder / "sink" / "actions"
    actions.mkdir(parents=True)
    (folder / "sink" / "integration.yaml").write_text(INTEGRATION)
    (actions / "upload.yaml").write_text(ACTION % PART)
    return folder


# Run in a process of its own, so that its peak memory is its own.
CHILD = """
import json, resource, sys, time
from pathlib import Path
from postwire import Account, Client
from postwire.media.jsonspool import read_json
folder, origin, kind, file = sys.argv[1:]
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
with Client(Account("sink", "t"), integrations=[folder], sandbox=origin) as client:
    small = Path(file).with_name("small.mp4")
    client.run("sink.upload", video=str(small))
    before, begin = peak(), time.perf_counter()
    if kind == "file":
        client.run("sink.upload", video=file)
    else:
        with open(file, "rb") as stream:
            client.run("sink.upload", read_json(stream))
    print(json.dumps({"seconds": time.perf_counter() - begin, "grown": peak() - before, "before": before}))
"""


def ours(folder: Path, origin: str, kind: str, file: Path) -> dict[str, float]:
    command = [sys.executable, "-c", CHILD, str(folder), origin, kind, str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def curl(origin: str, file: Path) -> float:
    begin = time.perf_counter()
    subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-H", "Expect:", "-T", str(file), f"{origin}/take/0"], check=True
    )
    return time.perf_counter() - begin


def write_json(file: Path) -> None:
    """287 MB of video as base64 in a JSON document, written in pieces."""
    import base64

    piece = base64.b64encode(bytes(3_000_000))
    with file.open("wb") as out:
        out.write(b'{"video_base64": "')
        for _ in range(BASE64_BYTES // 3_000_000):
            out.write(piece)
        out.write(b'"}')


def main() -> None:
    with tempfile.TemporaryDirectory() as name, serving(Sink) as origin:
        folder = Path(name)
        write_integration(folder / "packs")
        sample.write(folder / "small.mp4")
        large = sample.write(folder / "large.mp4", SIZE)
        ratios = []
        for _ in range(ROUNDS):
            mine = ours(folder / "packs", origin, "file", large)
            other = curl(origin, large)
            ratios.append(other / mine["seconds"])
            speeds = (SIZE / mine["seconds"] / 1e6, SIZE / other / 1e6)
            print("1 GB file     postwire {:6.0f} MB/s   curl {:6.0f} MB/s".format(*speeds), end="   ")
            print(f"speed ratio {ratios[-1]:.2f}   memory +{mine['grown']:.1f} MB")
        print(f"speed ratio, median: {statistics.median(ratios):.2f}")
        document = folder / "large.json"
        write_json(document)
        mine = ours(folder / "packs", origin, "json", document)
        print(
            f"287 MB base64 {mine['seconds']:.2f} s from JSON to the last part"
            f"   memory +{mine['grown']:.1f} MB over {mine['before']:.0f} MB"
        )


if __name__ == "__main__":
    if shutil.which("curl") is None:
        sys.exit("This benchmark needs curl.")
    resource.getrusage(resource.RUSAGE_SELF)
    main()
