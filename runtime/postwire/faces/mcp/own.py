"""The tools that are no actions: they find one, describe it, rehearse it, and take in files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import InvalidInput, UnknownName
from postwire.faces.mcp.media import about, guarded, taken
from postwire.language.inputs import InputSchema
from postwire.media.fetch import FetchPolicy, fetcher
from postwire.transport import opener

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from postwire.client import AsyncClient
    from postwire.faces.mcp.offer import Offer
    from postwire.faces.mcp.settings import Settings

Wire = dict[str, Any]
NAMES: Final = frozenset(
    {"search_actions", "describe_actions", "run_action", "preview_action", "media_upload"}
)
_ONLY: Final[tuple[str, ...]] = ("integration", "effect")
_LINE: Final = 160  # characters of a description that a search shows


class OwnTools:
    """The tools of the server itself."""

    def __init__(self, client: AsyncClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._runs: dict[str, Callable[[Offer, Wire], Awaitable[Wire]]] = {
            "search_actions": self._search,
            "describe_actions": self._describe,
            "preview_action": self._preview,
            "media_upload": self._upload,
        }

    async def run(self, offer: Offer, name: str, arguments: Wire) -> Wire:
        """Run the tool of that name; errors as the action's, or as `checked`."""
        return await self._runs[name](offer, self.checked(offer, name, arguments))

    def checked(self, offer: Offer, name: str, arguments: Wire) -> Wire:
        """*arguments* with what they leave out.

        Raises:
            InvalidInput: they do not fit.
        """
        schema = InputSchema(offer.schema(name) or {})
        given = {key: value for key, value in arguments.items() if value is not None}
        values, places = schema.prepare(given)
        if mistakes := schema.mistakes(values, places):
            raise InvalidInput(mistakes, action=name)
        return values

    async def _search(self, offer: Offer, given: Wire) -> Wire:
        only: dict[str, str] = {name: given[name] for name in _ONLY if name in given}
        return {"actions": await asyncio.to_thread(self._hits, offer, given, only)}

    def _hits(self, offer: Offer, given: Wire, only: dict[str, str]) -> list[Wire]:
        """One line on each; what else there is to know comes by describe_actions."""
        connected: dict[str, bool] = {}
        made = []
        for each in offer.search(given["query"], given["limit"], only):
            integration = each.id.partition(".")[0]
            if integration not in connected:
                connected[integration] = self.connected(integration)
            made.append(
                {
                    "name": offer.names.wire(each.id),
                    "title": each.title,
                    "about": _line(each.description),
                    "effect": each.effect,
                    "required": offer.tool(each.id).input.get("required", []),
                    "connected": connected[integration],
                }
            )
        return made

    def connected(self, integration: str) -> bool:
        """Whether an account of *integration* is there to act."""
        try:
            return self._client.who(f"{integration}.any") is not None
        except UnknownName:  # several are
            return True

    async def _describe(self, offer: Offer, given: Wire) -> Wire:
        return {"actions": [_described(offer, name) for name in given["actions"]]}

    async def _preview(self, offer: Offer, given: Wire) -> Wire:
        tool = offer.tool(given["action"])
        values = guarded(tool.schema, given.get("input", {}), self._settings.roots, tool.id)
        return await asyncio.to_thread(self._rehearsed, tool.id, values, given.get("account"))

    def _rehearsed(self, action: str, values: Wire, account: str | None) -> Wire:
        return self._client.dry_run(action, values, account=account)

    async def _upload(self, _: Offer, given: Wire) -> Wire:
        policy = FetchPolicy()
        media = await asyncio.to_thread(
            taken,
            given["source"],
            given.get("name", ""),
            self._settings.roots,
            self._client.media,
            fetcher(opener(policy), policy),
        )
        return about(media)


def _line(text: str) -> str:
    first = text.partition(". ")[0]
    return first if len(first) <= _LINE else f"{first[: _LINE - 1]}…"


def _described(offer: Offer, name: str) -> Wire:
    tool = offer.tool(name)
    example = next((each.input for each in tool.action.examples if each.error is None), None)
    made = {
        "name": tool.name,
        "description": tool.description,
        "effect": tool.action.effect,
        "scopes": tool.action.scopes,
        "input": tool.input,
        "output": tool.output,
    }
    return {**made, "example": example} if example else made
