"""The protocol around it all, for both of its eras; `mcp` is imported with this module."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.caching import CacheHint
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ToolsListChanged
from mcp.shared.exceptions import MCPError

from postwire import __version__
from postwire.errors import UnknownName
from postwire.faces.export.choice import Choice
from postwire.faces.mcp import resources
from postwire.faces.mcp.asked import Asked
from postwire.faces.mcp.calls import Calls, NoSuchTool
from postwire.faces.mcp.offer import Offer
from postwire.faces.mcp.person import Person
from postwire.faces.mcp.tasks import Tasks, wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.context import ServerRequestContext

    from postwire.client import AsyncClient
    from postwire.faces.mcp.links import Links
    from postwire.faces.mcp.settings import Settings

NAME: Final = "postwire"
_INSTRUCTIONS: Final = (
    "Posts to social platforms through connected accounts. Files are given as an address or as a media_… "
    "handle from media_upload. After an outcome of maybe_sent never repeat a call: look first. Where an "
    "account has to be connected, show the person the link; never ask for a password or token."
)
_TTL: Final = 60_000  # milliseconds that a client may keep the list
_MANY: Final = 64  # different wishes of clients that are kept in mind
_Ctx = Any


class Served(Server[dict[str, Any]]):
    """A server that says to clients of before 2026 too that its list may change."""

    def create_initialization_options(self, *args: Any, **more: Any) -> Any:
        """As the library's, with the change of the list among the abilities."""
        if not args and "notification_options" not in more:
            more["notification_options"] = NotificationOptions(tools_changed=True)
        return super().create_initialization_options(*args, **more)


class Face:
    """An MCP server over a client.

    Args:
        client: runs the actions; it stays the caller's to close.
        settings: what is offered, and how.
        links: connects accounts from within calls; None where that is not possible.
        write: takes the audit lines.
    """

    def __init__(
        self, client: AsyncClient, settings: Settings, links: Links | None, write: Callable[[str], None]
    ) -> None:
        self.client = client
        self.settings = settings
        self.calls = Calls(client, settings, links, write)
        self.bus = InMemorySubscriptionBus()
        self._offers: dict[tuple[Any, ...], Offer] = {}
        self._lists: dict[Offer, types.ListToolsResult] = {}
        self._standing: tuple[dict[str, frozenset[str] | None], list[str]] | None = None
        self._looked = 0.0
        self.tasks = Tasks()
        self.server = self._built()
        self.tasks.install(self.server)
        if links is not None:
            links.changed = self.changed

    def _built(self) -> Served:
        server = Served(
            NAME,
            version=__version__,
            title="Postwire",
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
            on_list_resources=resources.Listed(self.client),
            on_list_resource_templates=resources.templates,
            on_read_resource=resources.Read(self.client),
            on_subscriptions_listen=ListenHandler(self.bus),
            cache_hints={"tools/list": CacheHint(_TTL, "private")},
            get_tool_input_schema=lambda name: self.offer().schema(name),
        )
        security = RequestStateSecurity.ephemeral()
        server.middleware.append(RequestStateBoundary(security, default_audience=NAME))
        return server

    def offer(self, only: tuple[str, ...] = (), *, read_only: bool = False) -> Offer:
        """What is offered to whoever asks for no more than this of it."""
        key = (only, read_only)
        if len(self._offers) > _MANY:
            self._forget()
        granted, several = self._accounts()
        if key not in self._offers:
            settings = narrowed(self.settings, only, read_only=read_only)
            known = granted if settings.capable else None
            self._offers[key] = Offer(self.client.catalog, settings, known, several)
        return self._offers[key]

    async def aclose(self) -> None:
        """Stop the tasks that are under way."""
        await self.tasks.aclose()

    async def changed(self) -> None:
        """Accounts have changed, so what is offered may have: tell all clients."""
        self._forget()
        await self.bus.publish(ToolsListChanged())

    def _accounts(self) -> tuple[dict[str, frozenset[str] | None], list[str]]:
        """Who can act, looked at again each minute: accounts may be connected elsewhere."""
        now = time.monotonic()
        if self._standing is None or now - self._looked > _TTL / 1000:
            found = standing(self.client)
            if found != self._standing:
                self._forget()
            self._standing, self._looked = found, now
        return self._standing

    def _forget(self) -> None:
        self._offers.clear()
        self._lists.clear()
        self._standing = None

    async def _list(self, ctx: _Ctx, _: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        offer = await self._asked_for(ctx)
        if offer not in self._lists:
            self._lists[offer] = await asyncio.to_thread(_listed, offer)
        return self._lists[offer]

    async def _call(self, ctx: _Ctx, params: types.CallToolRequestParams) -> Any:
        person = Person(ctx, params, caller(ctx))
        before = len(self._offers)
        try:
            offer = await self._asked_for(ctx)
            call = self.calls.call(offer, params.name, params.arguments or {}, person)
            made = await (self.tasks.settled(call, person) if wanted(ctx) else call)
        except Asked as asked:
            waiting: types.InputRequiredResult = asked.result
            return waiting
        except NoSuchTool as error:
            raise MCPError(types.INVALID_PARAMS, error.message) from None
        if before and not self._offers:  # an account was connected within this call
            await ctx.session.send_tool_list_changed()
        return made if "taskId" in made else types.CallToolResult.model_validate(made)

    async def _asked_for(self, ctx: _Ctx) -> Offer:
        """What the address asks for: `?only=tiktok,x.get_*&read_only=1`; never more than there is."""
        query = getattr(ctx.request, "query_params", None) or {}
        only = tuple(filter(None, query.get("only", "").split(",")))
        try:
            read_only = query.get("read_only", "") in {"1", "true"}
            return await asyncio.to_thread(self.offer, only, read_only=read_only)
        except UnknownName as error:
            raise MCPError(types.INVALID_PARAMS, error.message) from None


def _listed(offer: Offer) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[types.Tool.model_validate(each) for each in offer.tools()])


def narrowed(settings: Settings, only: tuple[str, ...], *, read_only: bool) -> Settings:
    """*settings* for a client that wants less; of what is not offered it gets nothing."""
    if not only and not read_only:
        return settings
    choice = settings.choice
    effects = ("read",) if read_only else choice.effects
    if read_only and choice.effects and "read" not in choice.effects:
        effects = choice.effects
    return replace(settings, choice=Choice(choice.only, effects, only))


def standing(client: AsyncClient) -> tuple[dict[str, frozenset[str] | None], list[str]]:
    """(what the accounts of each integration may do, None for anything; the integrations with several)."""
    granted: dict[str, frozenset[str] | None] = {}
    several = []
    for name in client.catalog.folders:
        try:
            found = client.who(f"{name}.any")
        except UnknownName:
            several.append(name)
            granted[name] = None
            continue
        if found is not None:
            granted[name] = found.scopes
    return granted, several


def caller(ctx: ServerRequestContext[Any, Any]) -> str:
    """Who calls, for the audit and the limits: the program, and whom its token names."""
    token = get_access_token()
    params = ctx.session.client_params
    info = params.client_info if params is not None else None
    program = f"{info.name}/{info.version}" if info is not None else "unknown"
    return f"{token.subject or token.client_id} ({program})" if token is not None else program
