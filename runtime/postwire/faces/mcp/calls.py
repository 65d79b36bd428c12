"""The running of what is called: checked by us, agreed where it must be, watched, and told to the audit."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, Protocol

from postwire.accounts.account import Account
from postwire.errors import ActionFailed, UnknownName, shown
from postwire.faces.export.schemas import without_nulls
from postwire.faces.export.tools import spoken
from postwire.faces.export.trouble import explained, sentence
from postwire.faces.mcp.asked import Asked
from postwire.faces.mcp.audit import Changes, Entry
from postwire.faces.mcp.media import guarded
from postwire.faces.mcp.meter import Meter
from postwire.faces.mcp.offer import OWN
from postwire.faces.mcp.own import NAMES, OwnTools
from postwire.language.inputs import OutputSchema
from postwire.language.units import show_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.accounts.records import StoredAccount
    from postwire.client import AsyncClient
    from postwire.faces.export.tools import Tool
    from postwire.faces.mcp.links import Links
    from postwire.faces.mcp.offer import Offer
    from postwire.faces.mcp.settings import Settings
    from postwire.values import Result

Wire = dict[str, Any]
_SHOWN: Final = 8  # values of an input that a question repeats
_RECONNECT: Final = frozenset({"auth_expired", "scope_missing"})


class Talker(Protocol):
    """The person behind a call; see `person.Person`."""

    name: str

    async def report(self, done: float, total: float | None, message: str | None) -> None: ...  # noqa: D102 - see Person
    async def confirm(self, message: str, state: str) -> bool | None: ...  # noqa: D102 - as above
    async def open(self, message: str, url: str, state: str) -> bool | None: ...  # noqa: D102 - as above


class NoSuchTool(UnknownName):
    """Nothing of this name is offered: the protocol has an error of its own for that."""


class Calls:
    """Runs calls for any number of clients.

    Args:
        client: runs the actions.
        settings: how.
        links: connects accounts; None where that is not possible.
        write: takes the audit lines.
    """

    def __init__(
        self, client: AsyncClient, settings: Settings, links: Links | None, write: Callable[[str], None]
    ) -> None:
        self.client = client
        self.settings = settings
        self._links = links
        self._write = write
        self._changes = Changes(settings.changes)
        self._own = OwnTools(client, settings)

    async def call(self, offer: Offer, name: str, arguments: Wire, person: Talker) -> Wire:
        """What the call gave, or what went wrong, as the protocol's result.

        Raises:
            NoSuchTool: nothing of this name is offered.
            Asked: the person is asked first.
        """
        entry = Entry(name, person.name, fields=sorted(arguments))
        try:
            return await self._run(offer, name, arguments, person, entry)
        except (Asked, NoSuchTool, asyncio.CancelledError) as stop:
            entry.outcome = _STOPS[type(stop)]
            raise
        except Exception as error:  # noqa: BLE001 - the model is told, and never of our insides
            told = await self._told(error, offer, entry)
            entry.outcome = told["code"]
            return failure(told)
        finally:
            self._write(entry.line())

    async def _run(self, offer: Offer, name: str, arguments: Wire, person: Talker, entry: Entry) -> Wire:
        if name in NAMES and offer.schema(name) is not None:
            if name != "run_action":
                return success(await self._own.run(offer, name, arguments))
            arguments = self._own.checked(offer, name, arguments)
            own = {key: arguments[key] for key in OWN if key in arguments}
            return await self._act(offer, arguments["action"], arguments.get("input", {}), own, person, entry)
        if name not in offer.names:
            raise NoSuchTool(f"There is no tool {shown(name)!r}.")
        tool = offer.tool(name)
        own_words = [key for key in OWN if key not in tool.input["properties"]]
        own = {key: arguments[key] for key in own_words if arguments.get(key) is not None}
        given = {key: value for key, value in arguments.items() if key not in own_words}
        return await self._act(offer, tool.id, given, own, person, entry)

    async def _act(
        self, offer: Offer, name: str, given: Wire, own: Wire, person: Talker, entry: Entry
    ) -> Wire:
        tool = offer.tool(name)
        entry.action, entry.effect = tool.id, tool.action.effect
        given = without_nulls(given, tool.schema.schema)
        values = await self._guarded(tool, given)
        who = await self._who(tool, own.get("account"), person)
        entry.account = who.name if who is not None else ""
        await self._agreed(offer, tool, given, own, person, entry.account)
        if tool.action.effect != "read":
            self._changes.count(person.name)
        result = await self._watched(tool, values, own, who, person, entry)
        return _reply(tool, result)

    async def _guarded(self, tool: Tool, given: Wire) -> Wire:
        if not tool.schema.slots:  # nothing is looked for on the disk
            return guarded(tool.schema, given, (), tool.id)
        return await asyncio.to_thread(guarded, tool.schema, given, self.settings.roots, tool.id)

    async def _watched(
        self,
        tool: Tool,
        values: Wire,
        own: Wire,
        who: Account | StoredAccount | None,
        person: Talker,
        entry: Entry,
    ) -> Result:
        account = who if who is None or isinstance(who, Account) else who.id
        more = {"key": own["idempotency_key"]} if own.get("idempotency_key") else {}
        async with Meter(person.report) as meter:
            try:
                return await self.client.run(tool.id, values, account=account, on_event=meter.watch, **more)
            finally:
                entry.sent = meter.bytes

    async def _who(self, tool: Tool, name: str | None, person: Talker) -> Account | StoredAccount | None:
        """Who acts; where nobody can, the person is offered to connect an account."""
        found = await asyncio.to_thread(self.client.who, tool.id, name)
        lacking = _lacking(tool, found)
        if (found is not None or self._open_to_all(tool)) and not lacking:
            return found
        reconnect = None if found is None or isinstance(found, Account) else found.id
        if await self._connected(tool, lacking, reconnect, person):
            return await asyncio.to_thread(self.client.who, tool.id, name)
        raise _nobody(tool, lacking)

    def _open_to_all(self, tool: Tool) -> bool:
        return self.client.programs.described(tool.id).api.auth == "none"

    async def _connected(self, tool: Tool, lacking: list[str], reconnect: str | None, person: Talker) -> bool:
        """Whether the person has connected an account just now."""
        integration = tool.id.partition(".")[0]
        url = await self._links.link(integration, reconnect) if self._links is not None else None
        if self._links is None or url is None:
            return False
        title = self.client.catalog.integration(integration).name
        why = f"approve {', '.join(lacking)} for your" if lacking else "connect your"
        message = f"To go on, {why} {title} account: open the page and allow access."
        if not await person.open(message, url, f"connect:{_digest(url)}"):
            return False
        return await self._links.used(integration, self.settings.link_seconds)

    async def _agreed(
        self, offer: Offer, tool: Tool, values: Wire, own: Wire, person: Talker, account: str
    ) -> None:
        """Have the person agree, where that is wanted.

        Raises:
            ActionFailed: they do not; or nobody can be asked, and what would be destroyed was not confirmed.
        """
        effect = tool.action.effect
        if not offer.confirmed(effect):
            return
        state = f"confirm:{_digest(json.dumps([tool.id, account, values], default=str, sort_keys=True))}"
        agreed = await person.confirm(self._question(tool, values, account), state)
        if agreed is None and (effect != "delete" or own.get("confirm") is True):
            return
        if not agreed:
            raise _declined(asked=agreed is not None)

    def _question(self, tool: Tool, given: Wire, account: str) -> str:
        """What the person is asked: what would be done, by whom, with what."""
        lines = [f"{name}: {shown(self._said(value))}" for name, value in list(given.items())[:_SHOWN]]
        more = [f"and {len(given) - _SHOWN} more"] if len(given) > _SHOWN else []
        by = f" as {account}" if account else ""
        return "\n".join([f"{tool.title}{by}?", *lines, *more])

    def _said(self, value: Any) -> str:
        """A value as people know it: a file by its name, not by its handle."""
        try:
            media = self.client.media.get(str(value))
        except KeyError:
            return str(value)
        return f"{media.name} ({show_size(media.size)})"

    async def _told(self, error: Exception, offer: Offer, entry: Entry) -> Wire:
        """The error for the model, with a link where an account has to be connected."""
        named: Callable[[str], str] = lambda each: offer.names.wire(each) if each in offer.names else each  # noqa: E731
        told = explained(error, action=entry.action, catalog=self.client.catalog, named=named)
        if told["code"] in _RECONNECT and entry.action and self._links is not None:
            url = await self._links.link(entry.action.partition(".")[0])
            if url:
                told["connect_url"] = url
                told["remedy"] = "Show the person connect_url; when they have allowed access, call again."
                told["retryable"] = True
        return told


def success(value: Wire) -> Wire:
    """A result of the protocol: the value, and the same as text for clients that only read that."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return {
        "content": [{"type": "text", "text": text}],
        "structuredContent": json.loads(text),
        "isError": False,
    }


def failure(told: Wire) -> Wire:
    """An error as a result: a sentence for the person, then the object for the model."""
    texts = [sentence(told), json.dumps(told, ensure_ascii=False, default=str)]
    if "connect_url" in told:
        texts[0] += f" {told['connect_url']}"
    return {"content": [{"type": "text", "text": text} for text in texts], "isError": True}


def _reply(tool: Tool, result: Result) -> Wire:
    value = spoken(result)
    made = success(value)
    wrong = OutputSchema(tool.action.output).mistakes(made["structuredContent"])
    if not wrong:
        return made
    told = {
        "code": "internal",
        "message": f"It was done, but the answer is not as it should be: {wrong[0]}.",
        "outcome": "sent",
        "retryable": False,
        "remedy": "Do not repeat the call. The answer is below, as it came.",
        "output": value,
    }
    return failure(told)


def _lacking(tool: Tool, who: Account | StoredAccount | None) -> list[str]:
    """The scopes that an account needs for the action and has not; none where nobody knows."""
    if who is None or who.scopes is None:
        return []
    return [scope for scope in tool.action.scopes if who.scopes.isdisjoint(scope.split(" or "))]


def _nobody(tool: Tool, lacking: list[str]) -> ActionFailed:
    integration = tool.id.partition(".")[0]
    if lacking:
        message = f"The account has not granted {', '.join(lacking)}; nothing was sent."
        return ActionFailed(
            "scope_missing", message, sent="no", remedy=f"Run: postwire connect {integration}"
        )
    return ActionFailed(
        "auth_expired",
        f"No {integration} account is connected; nothing was sent.",
        sent="no",
        remedy=f"Ask the person to connect one: postwire connect {integration}",
    )


def _declined(*, asked: bool) -> ActionFailed:
    if asked:
        return ActionFailed(
            "cancelled",
            "The person did not agree; nothing was sent.",
            sent="no",
            remedy="Ask them what to change.",
        )
    return ActionFailed(
        "invalid_input",
        "This cannot be taken back, and needs the person's word; nothing was sent.",
        sent="no",
        remedy="Tell the person what would be done, and call again with confirm: true when they agree.",
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


_STOPS: Final[dict[type[BaseException], str]] = {
    Asked: "asked",
    NoSuchTool: "not_found",
    asyncio.CancelledError: "cancelled",
}
