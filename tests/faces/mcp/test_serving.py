"""Real servers: `postwire mcp` as a process on stdio and on HTTP, with the protocol's own client."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mcp_types as types
import pytest
from mcp import Client as Protocol
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

import postwire
from postwire.media import sample

from .conftest import agree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.simulator import Served

    from .conftest import Desk

TOKEN = "planted-mcp-token"
POST = {"privacy_level": "SELF_ONLY", "title": "Paper boats"}
COMMAND = [sys.executable, "-m", "postwire", "mcp", "--sandbox"]


def environment(served: Served, desk: Desk) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(postwire.__file__).parents[1]),
        "POSTWIRE_SANDBOX": served.origin,
        "POSTWIRE_TIKTOK_ACCESS_TOKEN": desk.account().token.reveal(),
        "POSTWIRE_MCP_TOKEN": TOKEN,
    }


async def session(protocol: Protocol, video: str) -> None:
    """An agent's work: find, read, publish a file with progress, get over a mistake, look."""
    listed = {tool.name for tool in (await protocol.list_tools()).tools}
    assert listed >= {"search_actions", "describe_actions", "run_action", "media_upload"}
    found = await protocol.call_tool("search_actions", {"query": "publish a clip on tiktok"})
    names = [each["name"] for each in (found.structured_content or {})["actions"]]
    assert "tiktok_create_video_post" in names
    wrong = await protocol.call_tool(
        "run_action",
        {"action": "tiktok_create_video_post", "input": {"video": video, "privacy_level": "ALL"}},
    )
    assert wrong.is_error
    told: list[tuple[float, float | None]] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total))

    given = {"action": "tiktok_create_video_post", "input": {"video": video, **POST}}
    done = await protocol.call_tool("run_action", given, progress_callback=tell)
    assert not done.is_error, done
    size = float(sample.VIDEO.stat().st_size)
    assert told[-1] == (size, size)
    publish = (done.structured_content or {})["publish_id"]
    status = {"action": "tiktok_get_post_status", "input": {"publish_id": publish}}
    assert not (await protocol.call_tool("run_action", status)).is_error


@pytest.mark.parametrize("era", ["auto", "legacy"])
def test_a_session_on_stdio(served: Served, desk: Desk, era: str, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(sample.VIDEO.read_bytes())
    audit = tmp_path / "audit.jsonl"
    more = ["--files", str(tmp_path), "--audit", str(audit)]
    server = StdioServerParameters(
        command=COMMAND[0], args=[*COMMAND[1:], *more], env=environment(served, desk)
    )

    async def go() -> list[Any]:
        asked = []

        async def ask(_: Any, params: Any) -> Any:
            asked.append(params)
            return agree(params)

        async with Protocol(server, mode=era, elicitation_callback=ask) as protocol:  # type: ignore[arg-type]
            await session(protocol, str(tmp_path / "clip.mp4"))
        return asked

    assert len(asyncio.run(go())) == 1
    lines = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [each["outcome"] for each in lines if each["action"] == "tiktok.create_video_post"][-1] == "done"


@contextmanager
def over_http(served: Served, desk: Desk, *more: str) -> Iterator[str]:
    """A server on a free port; its origin."""
    process = subprocess.Popen(
        [*COMMAND, "--http", "0", *more], env=environment(served, desk), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if "Listening at" in line:
                yield line.split()[-1].removesuffix("/mcp")
                break
        else:
            raise AssertionError("the server did not start")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.fixture
def origin(served: Served, desk: Desk) -> Iterator[str]:
    with over_http(served, desk, "--no-confirm") as found:
        yield found


def ask(url: str, *, data: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=data, headers=named)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.mark.parametrize("era", ["auto", "legacy"])
def test_a_session_over_http(origin: str, era: str) -> None:
    status, body = ask(
        f"{origin}/media?name=clip.mp4", data=sample.VIDEO.read_bytes(), Authorization=f"Bearer {TOKEN}"
    )
    assert status == 201
    about = json.loads(body)
    assert (about["type"], about["size"]) == ("video/mp4", sample.VIDEO.stat().st_size)

    async def go() -> None:
        async with create_mcp_http_client(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
            transport = streamable_http_client(f"{origin}/mcp", http_client=http)
            async with Protocol(transport, mode=era) as protocol:
                await session(protocol, about["media"])
            narrow = streamable_http_client(f"{origin}/mcp?only=tiktok&read_only=1", http_client=http)
            async with Protocol(narrow, mode=era) as protocol:
                names = {tool.name for tool in (await protocol.list_tools()).tools}
                assert "tiktok_get_user_info" in names
                assert "tiktok_create_video_post" not in names
                refused = await protocol.call_tool("tiktok_get_user_info", {})
                assert isinstance(refused, types.CallToolResult)

    asyncio.run(go())


@pytest.mark.parametrize("path", ["/mcp", "/media"])
def test_the_door_is_shut(origin: str, path: str) -> None:
    url, shown = f"{origin}{path}", f"Bearer {TOKEN}"
    assert ask(url, data=b"{}")[0] == 401
    assert ask(url, data=b"{}", Authorization="Bearer wrong")[0] == 401
    assert ask(url, data=b"{}", Authorization=f"Basic {TOKEN}")[0] == 401
    assert ask(url, data=b"{}", Authorization=shown, Host="evil.example")[0] == 421
    assert ask(url, data=b"{}", Authorization=shown, Host="evil.example:80")[0] == 421
    assert ask(url, data=b"{}", Authorization=shown, Origin="https://evil.example")[0] == 403
    assert ask(url, data=b"{}", Authorization=shown, Origin="null")[0] == 403
    assert ask(url, data=b"{}", Authorization=shown, Origin="http://127.0.0.1.evil.example:80")[0] == 403


def test_files_at_the_side(origin: str) -> None:
    shown = f"Bearer {TOKEN}"
    assert ask(f"{origin}/media", Authorization=shown)[0] == 405
    assert ask(f"{origin}/media", data=b"", Authorization=shown)[0] == 400


def test_a_file_of_the_server_cannot_be_named_over_http(served: Served, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(sample.VIDEO.read_bytes())

    async def go(origin: str) -> types.CallToolResult:
        async with create_mcp_http_client(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
            transport = streamable_http_client(f"{origin}/mcp", http_client=http)
            async with Protocol(transport) as protocol:
                return await protocol.call_tool("media_upload", {"source": str(tmp_path / "clip.mp4")})

    with over_http(served, desk, "--files", str(tmp_path)) as origin:
        assert asyncio.run(go(origin)).is_error


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_soon_and_tidily(
    served: Served, desk: Desk, number: signal.Signals, tmp_path: Path
) -> None:
    environ = {**environment(served, desk), "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        COMMAND, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    upload = {"source": f"data:video/mp4;base64,{'AAAA' * 10}"}
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "t", "version": "1"},
        },
    }
    call = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "media_upload", "arguments": upload},
    }
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    for message in (hello, ready, call):
        process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for _ in range(2)]
    assert answers[0]["result"]["capabilities"]["tools"]["listChanged"] is True
    assert list(tmp_path.iterdir())
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_stdin_ends_it(served: Served, desk: Desk) -> None:
    done = subprocess.run(
        COMMAND, env=environment(served, desk), input=b"", capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"")
