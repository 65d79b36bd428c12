"""Sessions of the protocol's own client with our server, in both of its eras, over the simulator."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("mcp")

import mcp_types as types
from mcp import Client as Protocol

from postwire import Account, AsyncClient
from postwire.faces.export.choice import choose
from postwire.faces.mcp.links import Links
from postwire.faces.mcp.server import Face
from postwire.faces.mcp.settings import Settings
from postwire.media import sample
from postwire.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from postwire.simulator import Served

ERAS = ["auto", "legacy"]  # 2026-07-28, and the handshake before it
Talk = "Callable[[Session], Awaitable[Any]]"


@dataclass
class Session:
    """A client at work, and what it was told and asked."""

    protocol: Protocol
    client: AsyncClient
    face: Face
    audit: list[str]
    asked: list[Any] = field(default_factory=list)
    told: list[tuple[float, float | None, str | None]] = field(default_factory=list)

    async def call(self, tool: str, /, **arguments: Any) -> types.CallToolResult:
        async def tell(progress: float, total: float | None, message: str | None) -> None:
            self.told.append((progress, total, message))

        return await self.protocol.call_tool(tool, arguments, progress_callback=tell)

    async def failed(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The error object of a call that fails."""
        result = await self.call(tool, **arguments)
        assert result.is_error, result
        assert result.structured_content is None
        found: dict[str, Any] = json.loads(text(result, 1))
        return found

    def video(self) -> str:
        """A handle of a video that the server has taken in."""
        handle = self.client.media.put([sample.VIDEO.read_bytes()], "clip.mp4").handle
        assert handle is not None
        return handle

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.audit]


def text(result: types.CallToolResult, number: int = 0) -> str:
    block = result.content[number]
    assert isinstance(block, types.TextContent)
    return block.text


@dataclass
class Desk:
    """Holds sessions; what is not said otherwise is as a plain server has it."""

    served: Served

    def account(self, integration: str = "tiktok", **consent: str) -> Account:
        return Sandbox(self.served.origin).account(integration, **consent)

    def talk(
        self,
        what: Callable[[Session], Awaitable[Any]],
        *,
        era: str = "auto",
        only: tuple[str, ...] = ("tiktok",),
        account: Account | None = None,
        anonymous: bool = False,
        answer: Callable[[Any], Any] | None = None,
        connecting: bool = False,
        options: dict[str, Any] | None = None,
        **settings: Any,
    ) -> Any:
        """Run *what* with a session; *answer* gives the person's word, without it the client cannot ask."""
        acting = None if anonymous else account or self.account()
        chosen = Settings(**{"choice": choose(only), "confirm": frozenset(), **settings})

        async def go() -> Any:
            lines: list[str] = []
            client = AsyncClient(acting, sandbox=self.served.origin, local_files=False, **(options or {}))
            links = Links(client, redirect="http://127.0.0.1:0/callback/") if connecting else None
            face = Face(client, chosen, links, lines.append)
            asked: list[Any] = []

            async def ask(_: Any, params: Any) -> Any:
                asked.append(params)
                assert answer is not None
                return answer(params)

            able = {} if answer is None else {"elicitation_callback": ask}
            try:
                async with Protocol(face.server, mode=era, **able) as protocol:  # type: ignore[arg-type]
                    return await what(Session(protocol, client, face, lines, asked))
            finally:
                await face.aclose()
                if links is not None:
                    await links.aclose()
                await client.aclose()

        return asyncio.run(go())


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served)


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def agree(_: Any) -> types.ElicitResult:
    return types.ElicitResult(action="accept", content={"confirm": True})


def decline(_: Any) -> types.ElicitResult:
    return types.ElicitResult(action="decline")
