"""What a server offers: each action as a tool, or tools to find and run them; as the protocol's own objects.

The schemas are the manifests' own. What a call may say besides (`account`, `idempotency_key`, `confirm`)
stands beside an action's properties, unless the action has one of that name.
"""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import ManifestInvalid
from postwire.faces.export.choice import allowed
from postwire.faces.export.names import Names
from postwire.faces.export.tools import Tool
from postwire.faces.mcp.settings import THRESHOLD
from postwire.language.search import Index

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from postwire.faces.mcp.settings import Settings
    from postwire.language.catalog import Catalog, Summary

DOMAIN: Final = "postwire.dev"  # whose keys those in `_meta` are
Wire = dict[str, Any]
_log = logging.getLogger(__name__)
# What the four effects mean to a client: (read only, destructive, idempotent).
_HINTS: Final = {
    "read": (True, False, True),
    "create": (False, False, False),
    "update": (False, True, True),
    "delete": (False, True, True),
}
_TEXT: Final = {"type": "string"}
_ACCOUNT: Final = {
    **_TEXT,
    "description": "Who acts, where several accounts are connected: an id, user name or label.",
}
_KEY: Final = {
    **_TEXT,
    "minLength": 1,
    "maxLength": 200,
    "description": "Any text of your own for this one wish: a call with the same key happens only once.",
}
_CONFIRM: Final = {
    "type": "boolean",
    "description": "true once the person has agreed to exactly this; needed where the client cannot ask.",
}
_NAME: Final = {**_TEXT, "description": "The action's name, as search_actions gives it."}
_GIVEN: Final = {"type": "object", "description": "Its input, as describe_actions shows it."}
OWN: Final[tuple[str, ...]] = ("account", "idempotency_key", "confirm")


class Offer:
    """The tools of one choice of actions.

    Args:
        catalog: all that there is.
        settings: what of it is offered, and how.
        granted: by integration, what its accounts may do; None for any.
        several: the integrations that have several accounts.
    """

    def __init__(
        self,
        catalog: Catalog,
        settings: Settings,
        granted: Mapping[str, frozenset[str] | None] | None = None,
        several: Iterable[str] = (),
    ) -> None:
        self.catalog = catalog
        self.settings = settings
        found = settings.choice.of(catalog)
        self.actions = found if granted is None else allowed(found, granted)
        self.names = Names(each.id for each in self.actions)
        self._several = frozenset(several)
        self._tools: dict[str, Tool] = {}
        self._icons: dict[str, list[Wire]] = {}
        self._index: Index | None = None

    @property
    def searching(self) -> bool:
        """Whether actions are found by search instead of standing in the list."""
        mode = self.settings.mode
        return mode == "search" or (mode == "auto" and len(self.actions) > THRESHOLD)

    @property
    def changing(self) -> bool:
        """Whether any of the actions changes something."""
        return any(each.effect != "read" for each in self.actions)

    def tools(self) -> list[Wire]:
        """The list of tools."""
        if not self.searching:
            return [*self._wired(self.names), *self._own()]
        visible = [name for name in self.names if name in self.settings.visible]
        return [*self._wired(visible), *_searchers(self.changing), *self._own()]

    def _wired(self, names: Iterable[str]) -> Iterator[Wire]:
        """Those actions as tools; one whose manifest cannot be used does not take the others with it."""
        for name in names:
            try:
                yield self.wire(name)
            except ManifestInvalid as error:
                _log.warning("%s is left out: %s", name, error.message)

    def schema(self, name: str) -> Wire | None:
        """The input schema of the tool called *name*; None where there is none."""
        if name in self.names:
            found: Wire = self.wire(self.names.id(name))["inputSchema"]
            return found
        others = [*(_searchers(self.changing) if self.searching else ()), *self._own()]
        known = {each["name"]: each["inputSchema"] for each in others}
        return known.get(name)

    def tool(self, name: str) -> Tool:
        """The action called *name*.

        Raises:
            UnknownName: there is none, or it is not offered.
        """
        action = self.names.id(name)
        if action not in self._tools:
            self._tools[action] = Tool(action, self.names.wire(action), self.catalog.action(action))
        return self._tools[action]

    def wire(self, action: str) -> Wire:
        """An action as a tool of the protocol."""
        tool = self.tool(action)
        integration = action.partition(".")[0]
        about = {"action_id": action, "effect": tool.action.effect, "scopes": tool.action.scopes}
        return {
            "name": tool.name,
            "title": tool.title,
            "description": tool.description,
            "inputSchema": self._input(tool),
            "outputSchema": tool.output,
            "annotations": hints(tool.action.effect, tool.title),
            "icons": self._icon(integration),
            "_meta": {f"{DOMAIN}/{name}": value for name, value in about.items()},
        }

    def search(self, words: str, limit: int, only: Mapping[str, str]) -> Iterator[Summary]:
        """The actions that fit *words*, the best first; *only* names an integration or an effect."""
        if self._index is None:
            self._index = Index(self.catalog, self.actions)

        def fits(each: Summary) -> bool:
            known = {"integration": each.id.partition(".")[0], "effect": each.effect}
            return all(known[name] == value for name, value in only.items())

        return (hit.action for hit in self._index.search(words, limit, fits))

    def confirmed(self, effect: str) -> bool:
        """Whether an action of this effect needs the person's word."""
        return effect in self.settings.confirm

    def _input(self, tool: Tool) -> Wire:
        """The action's own schema, with what a call may say besides."""
        schema = tool.input
        effect = tool.action.effect
        more: Wire = {}
        if tool.id.partition(".")[0] in self._several:
            more["account"] = _ACCOUNT
        if effect == "create":
            more["idempotency_key"] = _KEY
        if effect == "delete" and self.confirmed(effect):
            more["confirm"] = _CONFIRM
        return {**schema, "properties": {**more, **schema["properties"]}}

    def _icon(self, integration: str) -> list[Wire]:
        if integration not in self._icons:
            content = base64.b64encode(self.catalog.icon(integration)).decode()
            icon = {
                "src": f"data:image/svg+xml;base64,{content}",
                "mimeType": "image/svg+xml",
                "sizes": ["any"],
            }
            self._icons[integration] = [icon] if content else []
        return self._icons[integration]

    def _own(self) -> list[Wire]:
        """The tools beside the actions, where something can be changed with them."""
        return [_UPLOAD, _PREVIEW] if self.changing else []


def hints(effect: str, title: str) -> Wire:
    """All four hints, for what is left out counts as the worst."""
    read_only, destructive, idempotent = _HINTS[effect]
    return {
        "title": title,
        "readOnlyHint": read_only,
        "destructiveHint": destructive,
        "idempotentHint": idempotent,
        "openWorldHint": True,
    }


def _helper(name: str, title: str, about: str, required: list[str], /, **properties: Any) -> Wire:
    schema = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return {
        "name": name,
        "title": title,
        "description": about,
        "inputSchema": schema,
        "annotations": {**hints("read", title), "openWorldHint": False},
    }


def _searchers(changing: bool) -> list[Wire]:
    """The tools of the search mode; the one that runs things is as dangerous as the worst of them."""
    run = {**_RUN, "annotations": {**hints("create" if changing else "read", "Run action")}}
    run["annotations"]["destructiveHint"] = changing
    return [_SEARCH, _DESCRIBE, run]


_SEARCH: Final = _helper(
    "search_actions",
    "Search actions",
    "Finds actions on the connected platforms by what they do, the best first: name, one line and required "
    "inputs. Read the whole schema with describe_actions before run_action.",
    ["query"],
    query={**_TEXT, "description": "What is wanted, in a few words: publish a video on TikTok."},
    integration={**_TEXT, "description": "Only actions of this platform."},
    effect={"enum": list(_HINTS), "description": "Only actions that do this."},
    limit={"type": "integer", "minimum": 1, "maximum": 20, "default": 5, "description": "How many at most."},
)
_DESCRIBE: Final = _helper(
    "describe_actions",
    "Describe actions",
    "Shows what actions take and give: description, input and output schema, scopes, examples.",
    ["actions"],
    actions={
        "type": "array",
        "items": _TEXT,
        "minItems": 1,
        "maxItems": 5,
        "description": "Their names, as search_actions gives them.",
    },
)
_RUN: Final = _helper(
    "run_action",
    "Run action",
    "Runs an action. Publishing and deleting cannot be taken back.",
    ["action"],
    action=_NAME,
    input=_GIVEN,
    account=_ACCOUNT,
    idempotency_key=_KEY,
    confirm=_CONFIRM,
)
_PREVIEW: Final = _helper(
    "preview_action",
    "Preview action",
    "Shows the requests that an action would send, with nothing sent and nothing changed.",
    ["action"],
    action=_NAME,
    input=_GIVEN,
    account=_ACCOUNT,
)
_UPLOAD: Final = _helper(
    "media_upload",
    "Upload media",
    "Takes in a file once and gives its media_… handle, type, size and length, for use in any action. Give "
    "an address, a path where files of this computer are allowed, or a small file as base64.",
    ["source"],
    source={**_TEXT, "description": "https address, path, data: URI or base64 of at most 256 KiB."},
    name={**_TEXT, "description": "What the file is called, such as clip.mp4."},
)
