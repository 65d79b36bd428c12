"""An agent's whole session with a real server: find, connect, publish, put a mistake right, read on."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import urllib.request
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mcp_types as types
import pytest
from mcp import Client as Protocol
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

import postwire
from postwire.accounts.keyring import KEY_SIZE, KeyRing
from postwire.media import sample

from .conftest import text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from postwire.simulator import Served, Simulator

TOKEN = "planted-mcp-token"
COMMAND = (
    *("-m", "postwire", "mcp", "tiktok", "x", "--mode", "search", "--sandbox", "--no-confirm"),
    *("--redirect-uri", "http://127.0.0.1:0/callback/"),
)


class Agent:
    """A client of the protocol, with a person beside it who connects accounts."""

    def __init__(self, protocol: Protocol, opened: list[str]) -> None:
        self.protocol = protocol
        self.opened = opened
        self.told: list[tuple[float, float | None]] = []

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a call gives that works."""
        result = await self._call(tool, arguments)
        assert not result.is_error, text(result)
        assert result.structured_content is not None
        found: dict[str, Any] = result.structured_content
        return found

    async def failed(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The error object of one that does not."""
        result = await self._call(tool, arguments)
        assert result.is_error
        found: dict[str, Any] = json.loads(text(result, 1))
        return found

    async def read(self, uri: str) -> Any:
        (content,) = (await self.protocol.read_resource(uri)).contents
        assert isinstance(content, types.TextResourceContents)
        return json.loads(content.text)

    async def _call(self, tool: str, arguments: dict[str, Any]) -> types.CallToolResult:
        async def tell(progress: float, total: float | None, message: str | None) -> None:
            self.told.append((progress, total))

        return await self.protocol.call_tool(tool, arguments, progress_callback=tell)


async def session(agent: Agent, video: str) -> dict[str, Any]:
    """The agent's work; the run as it is kept in the end."""
    assert await agent.read("postwire://runs") == []
    found = await agent.call("search_actions", query="publish a clip on tiktok", effect="create")
    name = "tiktok_create_video_post"
    assert name in [each["name"] for each in found["actions"]]
    (described,) = (await agent.call("describe_actions", actions=[name]))["actions"]
    assert {"video", "privacy_level"} <= described["input"]["properties"].keys()
    who = await agent.call("run_action", action="tiktok_get_user_info")  # connects an account
    assert len(agent.opened) == 1
    (account,) = await agent.read("postwire://accounts")
    assert (account["username"], account["state"]) == (who["username"], "active")
    # A mistake, put right by what the error says.
    given = {"video": video, "privacy_level": "SELF", "title": "Paper boats"}
    wrong = await agent.failed("run_action", action=name, input=given)
    (field,) = wrong["field_errors"]
    assert (wrong["outcome"], field["path"]) == ("not_sent", "/privacy_level")
    right = re.search(r"\bSELF_\w+", field["expected"])
    assert right is not None
    agent.told.clear()
    given["privacy_level"] = right[0]
    done = await agent.call("run_action", action=name, input=given, idempotency_key="wish-1")
    size = float(sample.VIDEO.stat().st_size)
    assert agent.told[-1] == (size, size)
    status = {"publish_id": done["publish_id"]}
    read = await agent.call("run_action", action="tiktok_get_post_status", input=status)
    assert read["status"] in {"PROCESSING_UPLOAD", "PUBLISH_COMPLETE"}
    (run,) = await agent.read("postwire://runs")
    assert (run["action"], run["state"]) == ("tiktok.create_video_post", "done")
    whole: dict[str, Any] = await agent.read(f"postwire://runs/{run['id']}")
    assert whole["result"]["publish_id"] == done["publish_id"]
    return whole


@pytest.fixture
def environ(served: Served, tmp_path: Path) -> dict[str, str]:
    """A computer on which nothing was ever connected."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(postwire.__file__).parents[1]),
        "POSTWIRE_SANDBOX": served.origin,
        "POSTWIRE_HOME": str(tmp_path / "home"),
        "POSTWIRE_DATABASE": f"sqlite:///{tmp_path / 'vault.db'}",
        "POSTWIRE_KEY_FILE": str(_key(tmp_path / "key")),
        "POSTWIRE_MCP_TOKEN": TOKEN,
    }


def _key(file: Path) -> Path:
    file.write_text(KeyRing([b"k" * KEY_SIZE]).export())
    return file


@asynccontextmanager
async def on_stdio(environ: dict[str, str], asking: dict[str, Any]) -> AsyncIterator[tuple[Protocol, str]]:
    """A server as a child, and a video that it has taken in."""
    arguments = [*COMMAND, "--files", str(sample.VIDEO.parent)]
    server = StdioServerParameters(command=sys.executable, args=arguments, env=environ)
    async with Protocol(server, **asking) as protocol:
        taken = await protocol.call_tool("media_upload", {"source": str(sample.VIDEO)})
        assert not taken.is_error, text(taken)
        yield protocol, (taken.structured_content or {})["media"]


@asynccontextmanager
async def over_http(environ: dict[str, str], asking: dict[str, Any]) -> AsyncIterator[tuple[Protocol, str]]:
    """A server on a free port, and a video that was posted to its side door."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *COMMAND, "--http", "0", env=environ, stderr=asyncio.subprocess.PIPE
    )
    try:
        origin = await _origin(process)
        async with create_mcp_http_client(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
            taken = await http.post(f"{origin}/media?name=clip.mp4", content=sample.VIDEO.read_bytes())
            assert taken.status_code == 201, taken.text
            transport = streamable_http_client(f"{origin}/mcp", http_client=http)
            async with Protocol(transport, **asking) as protocol:
                yield protocol, taken.json()["media"]
    finally:
        process.terminate()
        await process.communicate()


async def _origin(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async for line in process.stderr:
        if b"Listening at" in line:
            return line.decode().split()[-1].removesuffix("/mcp")
    raise AssertionError("the server did not start")


@pytest.mark.parametrize("server", [on_stdio, over_http])
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_session_from_search_to_result(
    server: Any, mode: str, environ: dict[str, str], simulator: Simulator
) -> None:
    opened: list[str] = []

    async def person(_: Any, params: Any) -> types.ElicitResult:
        opened.append(params.url)
        await asyncio.to_thread(_allow, params.url)
        return types.ElicitResult(action="accept")

    async def go() -> dict[str, Any]:
        async with server(environ, {"mode": mode, "elicitation_callback": person}) as (protocol, video):
            return await session(Agent(protocol, opened), video)

    whole = asyncio.run(go())
    (publish,) = simulator.tiktok.publishes.values()
    assert publish.upload is not None
    assert publish.upload.received == sample.VIDEO.stat().st_size
    assert not any(token in repr(whole) for token in ("act.", "rft."))


def _allow(url: str) -> None:
    with urllib.request.urlopen(f"{url}&postwire_auto=allow") as page:
        assert page.status == 200
