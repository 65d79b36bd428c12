"""A set of actions as tools, and the running of what a model calls."""

from __future__ import annotations

import asyncio
import inspect
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from postwire.errors import Field, InvalidInput
from postwire.faces.export.choice import choose
from postwire.faces.export.names import Names
from postwire.faces.export.schemas import readable, without_nulls
from postwire.faces.export.trouble import explained
from postwire.language.inputs import InputSchema, OutputSchema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postwire.accounts.account import Account
    from postwire.client import AsyncClient, Client
    from postwire.language.catalog import Catalog
    from postwire.language.manifest import Action


class Tool:
    """An action as a tool: its name on the wire, its words and its schemas."""

    def __init__(self, id: str, name: str, action: Action) -> None:  # noqa: A002 - everyone's word for it
        self.id = id
        self.name = name
        self.action = action

    @property
    def title(self) -> str:
        """For people, with its platform: many platforms have a `Create post`."""
        return f"{self.id.partition('.')[0]}: {self.action.title}"

    @property
    def description(self) -> str:
        """What it does, for the model."""
        return f"{self.title}. {self.action.description}"

    @cached_property
    def input(self) -> dict[str, Any]:
        """Its input schema in standard words."""
        return readable(self.schema.schema)

    @cached_property
    def output(self) -> dict[str, Any]:
        """Its output schema in standard words."""
        return readable(OutputSchema(self.action.output).schema)

    @cached_property
    def schema(self) -> InputSchema:
        """Its input schema at work."""
        return InputSchema(self.action.input)


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a call.

    Attributes:
        value: the action's output, with `warnings` and `state` where there is something to say; or `{"error":
            …}`.
        is_error: whether it failed.
    """

    value: dict[str, Any]
    is_error: bool = False

    @property
    def text(self) -> str:
        """The value as JSON, for the model."""
        return json.dumps(self.value, ensure_ascii=False, default=str)


class Tools:
    """Actions of a client, offered to a model.

    Args:
        client: runs them; a `Client` for `call`, an `AsyncClient` for `acall`.
        only: integrations, ids and patterns such as `x.list_*`; all by default.
        effects: only actions that do this: `read`, `create`, `update`, `delete`.
        read_only: the same as `effects=["read"]`.
        account: who acts, itself or its name; the client's own account by default.

    Raises:
        UnknownName: something in *only* fits no action.
    """

    def __init__(
        self,
        client: Client | AsyncClient,
        only: Iterable[str] | str = (),
        *,
        effects: Iterable[str] = (),
        read_only: bool = False,
        account: Account | str | None = None,
    ) -> None:
        self.client = client
        self.account = account
        self._chosen = choose(only, effects, read_only=read_only).of(client.catalog)
        self.names = Names(each.id for each in self._chosen)
        self._tools: dict[str, Tool] = {}

    def __iter__(self) -> Iterator[Tool]:
        return (self.get(each.id) for each in self._chosen)

    def __len__(self) -> int:
        return len(self._chosen)

    @property
    def catalog(self) -> Catalog:
        """All that the client has, chosen or not."""
        return self.client.catalog

    def get(self, name: str) -> Tool:
        """The tool of that name, or of the action with that id.

        Raises:
            UnknownName: there is none, or it was not chosen.
        """
        action = self.names.id(name)
        if action not in self._tools:
            self._tools[action] = Tool(action, self.names.wire(action), self.catalog.action(action))
        return self._tools[action]

    def call(self, name: str, arguments: str | dict[str, Any] | None) -> Called:
        """Run what a model called: the result, or the error in words that it can act on; it never raises.

        Args:
            name: the tool's name.
            arguments: as JSON text or an object; nulls where the schema wants none count as left out.
        """
        if inspect.iscoroutinefunction(self.client.run):
            raise TypeError("an AsyncClient's tools are awaited: acall")
        action = ""
        try:
            action = self.get(name).id
            return self._done(self.client.run(action, self.given(name, arguments), account=self.account))
        except Exception as error:  # noqa: BLE001 - the model is told, whatever it was
            return self.failed(error, action)

    async def acall(self, name: str, arguments: str | dict[str, Any] | None) -> Called:
        """As `call`, without blocking; a `Client` runs it in a thread."""
        if not inspect.iscoroutinefunction(self.client.run):
            return await asyncio.to_thread(self.call, name, arguments)
        action = ""
        try:
            action = self.get(name).id
            given = self.given(name, arguments)
            return self._done(await self.client.run(action, given, account=self.account))
        except Exception as error:  # noqa: BLE001 - as above
            return self.failed(error, action)

    def given(self, name: str, arguments: str | dict[str, Any] | None) -> dict[str, Any]:
        """A call's arguments as the action's input.

        Raises:
            InvalidInput: they are no JSON object.
        """
        try:
            value = json.loads(arguments or "{}") if isinstance(arguments, str) else arguments or {}
        except ValueError:
            raise InvalidInput(
                [Field("", "must be a JSON object; this is no JSON", str(arguments)[:80])]
            ) from None
        if not isinstance(value, dict):
            raise InvalidInput([Field("", "must be a JSON object", type(value).__name__)])
        found: dict[str, Any] = without_nulls(value, self.get(name).schema.schema)
        return found

    def failed(self, error: BaseException, action: str = "") -> Called:
        """What a model is told of *error*."""
        told = explained(error, action=action, catalog=self.catalog, named=self._named)
        return Called({"error": told}, is_error=True)

    def _named(self, action: str) -> str:
        return self.names.wire(action) if action in self.names else action

    def _done(self, result: Any) -> Called:
        return Called(spoken(result))


def spoken(result: Any) -> dict[str, Any]:
    """A Result as a model reads it: its output, and besides it what went not as expected."""
    value = result.output if isinstance(result.output, dict) else {"result": result.output}
    more: dict[str, Any] = {}
    if result.state == "pending":
        more["state"] = "pending: the platform is still busy; look again later"
    if result.warnings:
        more["warnings"] = list(result.warnings)
    return {**more, **value}
