"""Anthropic: client tools for Messages, and the answers to their calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.faces.export.reading import read
from postwire.faces.export.schemas import ANTHROPIC, NotExpressible, narrowed

if TYPE_CHECKING:
    from postwire.faces.export.tools import Called, Tool, Tools


def tools(
    offered: Tools, *, strict: bool = False, defer: bool = False, examples: bool = False
) -> list[dict[str, Any]]:
    """The tools as plain objects.

    Args:
        offered: the actions.
        strict: schemas that the model is held to, where they can express the action.
        defer: load a tool only when the tool search tool finds it.
        examples: with `input_examples` from the manifests; those with files are left out.
    """
    return [_tool(tool, strict=strict, defer=defer, examples=examples) for tool in offered]


def answer(offered: Tools, block: Any) -> dict[str, Any]:
    """Run a `tool_use` block, an object or a dictionary; the `tool_result` block to send back."""
    return _result(block, offered.call(str(read(block, "name")), read(block, "input")))


async def aanswer(offered: Tools, block: Any) -> dict[str, Any]:
    """As `answer`, without blocking."""
    return _result(block, await offered.acall(str(read(block, "name")), read(block, "input")))


def _tool(tool: Tool, *, strict: bool, defer: bool, examples: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"name": tool.name, "description": tool.description, "input_schema": tool.input}
    if strict:
        made |= _strict(tool)
    if defer:
        made["defer_loading"] = True
    shown = [each.input for each in tool.action.examples if each.error is None] if examples else []
    if shown and not tool.schema.slots:
        made["input_examples"] = shown
    return made


def _strict(tool: Tool) -> dict[str, Any]:
    try:
        return {"input_schema": narrowed(tool.input, ANTHROPIC), "strict": True}
    except NotExpressible:
        return {}


def _result(block: Any, called: Called) -> dict[str, Any]:
    made = {"type": "tool_result", "tool_use_id": read(block, "id"), "content": called.text}
    return {**made, "is_error": True} if called.is_error else made
