"""`postwire mcp` against a bare server of the same library, on stdio: start, memory, list and call."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from call import FIELDS, unlimited
from loopback import Json, serving

from postwire.language.catalog import Catalog
from postwire.language.search import Index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

STARTS = 9
CALLS = 1000
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
OURS = [sys.executable, "-m", "postwire", "mcp", "--no-confirm", "--audit", os.devnull]
# The same server, in the simulator's place one that answers at once, and without TikTok's own limits.
OWN = """
import asyncio, sys
from postwire import Account, AsyncClient
from postwire.faces.export.choice import choose
from postwire.faces.mcp.server import Face
from postwire.faces.mcp.serving import serve_stdio
from postwire.faces.mcp.settings import Settings
async def main():
    account = Account("tiktok", "act.bench", id="bench")
    async with AsyncClient(account, integrations=[sys.argv[1]], override=True, sandbox=sys.argv[2]) as client:
        await serve_stdio(Face(client, Settings(choice=choose("tiktok")), None, lambda line: None))
asyncio.run(main())
"""
# The least that does the same: the library's low-level server, one HTTP request, no checks, no audit.
BARE = """
import asyncio, json, sys
import httpx2, mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
tools = [types.Tool.model_validate(each) for each in json.load(open(sys.argv[1]))]
http = httpx2.AsyncClient()
async def listed(ctx, params):
    return types.ListToolsResult(tools=tools)
async def called(ctx, params):
    headers = {"Authorization": "Bearer a"}
    answer = await http.get(sys.argv[2], params={"fields": sys.argv[3]}, headers=headers)
    user = answer.json()["data"]["user"]
    content = [types.TextContent(type="text", text=json.dumps(user))]
    return types.CallToolResult(content=content, structured_content=user)
async def main():
    server = Server("bare", on_list_tools=listed, on_call_tool=called)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())
asyncio.run(main())
"""


class Wire:
    """A client that is nothing but lines on a pipe."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        self.begun = time.perf_counter()
        self._process = subprocess.Popen(
            command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._number = 0

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "result" in answer, answer
        return answer["result"]

    def hello(self) -> None:
        self.ask("initialize", HELLO)
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def memory(self) -> float:
        """MB of the process that are resident now."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()


@contextmanager
def wired(command: list[str], environ: dict[str, str]) -> Iterator[Wire]:
    wire = Wire(command, environ)
    try:
        wire.hello()
        yield wire
    finally:
        wire.close()


def started(command: list[str], environ: dict[str, str]) -> tuple[float, float, int]:
    """(ms to the first list, MB then, tools in it), the middle of several."""
    times, sizes, tools = [], [], 0
    for _ in range(STARTS):
        with wired(command, environ) as wire:
            tools = len(wire.ask("tools/list", {})["tools"])
            times.append((time.perf_counter() - wire.begun) * 1000)
            sizes.append(wire.memory())
    return statistics.median(times), statistics.median(sizes), tools


def called(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """(median, 95th percentile) of a call, in ms."""
    with wired(command, environ) as wire:
        call = {"name": "tiktok_get_user_info", "arguments": {}}
        times = []
        for _ in range(CALLS):
            begin = time.perf_counter()
            assert not wire.ask("tools/call", call).get("isError")
            times.append((time.perf_counter() - begin) * 1000)
    cuts = statistics.quantiles(times[50:], n=20)
    return statistics.median(times[50:]), cuts[-1]


def listed(command: list[str], environ: dict[str, str]) -> list[dict[str, Any]]:
    with wired(command, environ) as wire:
        found: list[dict[str, Any]] = wire.ask("tools/list", {})["tools"]
        return found


def found() -> tuple[float, float]:
    """(ms to read all manifests for the search, ms for one search)."""
    begin = time.perf_counter()
    index = Index(Catalog())
    built = (time.perf_counter() - begin) * 1000
    begin = time.perf_counter()
    for _ in range(200):
        index.search("post a clip on tiktok", 5)
    return built, (time.perf_counter() - begin) * 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Json) as origin:
        environ = {
            **os.environ,
            "POSTWIRE_TIKTOK_ACCESS_TOKEN": "act.bench",
            "POSTWIRE_HOME": folder,
        }
        print("start to first tools/list, memory then")
        bare_file = Path(folder) / "tools.json"
        for name, more in (
            ("search, all", []),
            ("direct, tiktok", ["tiktok"]),
            ("direct, all", ["--mode", "direct"]),
        ):
            bare_file.write_text(json.dumps(listed([*OURS, *more], environ)))
            bare = [sys.executable, "-c", BARE, str(bare_file), f"{origin}/v2/user/info/", FIELDS]
            ms, mb, tools = started([*OURS, *more], environ)
            other, less, _ = started(bare, environ)
            print(f"  {name:16} {tools:4} tools  {ms:5.0f} ms  {mb:4.0f} MB", end="   ")
            print(f"bare: {other:5.0f} ms  {less:4.0f} MB")
        print("one call, median and 95th percentile")
        (Path(folder) / "integrations").mkdir()
        print_calls([str(unlimited(Path(folder) / "integrations")), origin], environ, bare)
    built, one = found()
    print(f"search: all manifests read in {built:.0f} ms, one search {one:.2f} ms")


def print_calls(place: list[str], environ: dict[str, str], bare: list[str]) -> None:
    both = {"postwire": called([sys.executable, "-c", OWN, *place], environ), "bare": called(bare, environ)}
    for name, (middle, most) in both.items():
        print(f"  {name:9} {middle:.2f} ms, {most:.2f} ms")
    print(f"  ratio {both['postwire'][0] / both['bare'][0]:.2f}")


if __name__ == "__main__":
    main()
