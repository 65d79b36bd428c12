"""OpenAI Agents SDK: function tools. Imports that SDK, and nothing else, when it is used."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from postwire.errors import MissingExtra
from postwire.faces.export.schemas import OPENAI, NotExpressible, narrowed

if TYPE_CHECKING:
    from postwire.faces.export.tools import Tool, Tools


def tools(offered: Tools, *, strict: bool = True, approve: bool = True) -> list[Any]:
    """A `FunctionTool` for each action.

    Args:
        offered: the actions.
        strict: schemas that the model is held to, where they can express the action.
        approve: have what changes something approved by a person first (`needs_approval`).

    Raises:
        MissingExtra: the SDK is not installed.
    """
    made = _framework()
    return [_tool(made, offered, tool, strict=strict, approve=approve) for tool in offered]


def _tool(made: Any, offered: Tools, tool: Tool, *, strict: bool, approve: bool) -> Any:
    schema, held = _schema(tool, strict=strict)
    return made(
        name=tool.name,
        description=tool.description,
        params_json_schema=schema,
        on_invoke_tool=partial(_invoked, offered, tool.name),
        strict_json_schema=held,
        needs_approval=approve and tool.action.effect != "read",
    )


async def _invoked(offered: Tools, name: str, _: Any, arguments: str) -> str:
    return (await offered.acall(name, arguments)).text


def _schema(tool: Tool, *, strict: bool) -> tuple[dict[str, Any], bool]:
    try:
        return (narrowed(tool.input, OPENAI), True) if strict else (tool.input, False)
    except NotExpressible:
        return tool.input, False


def _framework() -> Any:
    try:
        return import_module("agents").FunctionTool
    except ImportError:
        raise MissingExtra(
            "These tools need the OpenAI Agents SDK.", remedy="pip install openai-agents"
        ) from None
