"""`postwire mcp` before it serves: what it costs, what it needs, what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import postwire
from postwire.faces.cli import cli


def call(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ("mcp", *arguments))


def test_the_cost_of_each_mode() -> None:
    found = {each["mode"]: each for each in json.loads(call("--cost", "--json").stdout)}
    assert found["direct"]["tokens"] > 20 * found["search"]["tokens"]
    few = {
        each["mode"]: each for each in json.loads(call("tiktok", "--read-only", "--cost", "--json").stdout)
    }
    assert few["direct"]["tokens"] < found["direct"]["tokens"] / 10


def test_the_cost_for_people() -> None:
    lines = call("tiktok", "--cost").stdout.splitlines()
    assert lines[0].split() == ["MODE", "TOOLS", "TOKENS", "BYTES"]
    assert [line.split()[0] for line in lines[1:]] == ["direct", "search"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("tiktik", "--cost"),
        ("--no-auth", "--host", "0.0.0.0", "--http", "0"),
        ("--mode", "clever"),
        ("--effect", "destroy"),
        ("--files", "/nowhere/at/all"),
        ("--http", "99999"),
    ],
)
def test_what_makes_no_sense(arguments: tuple[str, ...]) -> None:
    assert call(*arguments).exit_code == 2


def test_without_the_package_there_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    done = call()
    assert done.exit_code != 0
    assert "pip install 'postwire[mcp]'" in done.stderr


@pytest.mark.parametrize(
    "module",
    ["offer", "settings", "cost", "audit", "calls", "own", "links", "media", "meter", "side", "asked"],
)
def test_only_the_outermost_needs_the_package(module: str) -> None:
    code = f"import sys, postwire.faces.mcp.{module}; sys.exit('mcp_types' in sys.modules)"
    environ = {"PYTHONPATH": str(Path(postwire.__file__).parents[1])}
    assert subprocess.run([sys.executable, "-c", code], env=environ, check=False).returncode == 0


def test_help_loads_nothing_of_it() -> None:
    code = "import sys, postwire.faces.cli.mcp; sys.exit(bool({'mcp', 'pydantic'} & sys.modules.keys()))"
    environ = {"PYTHONPATH": str(Path(postwire.__file__).parents[1])}
    assert subprocess.run([sys.executable, "-c", code], env=environ, check=False).returncode == 0
