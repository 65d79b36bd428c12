"""LangChain: structured tools. Imports langchain-core, and nothing else, when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from postwire.errors import MissingExtra
from postwire.faces.export.trouble import sentence

if TYPE_CHECKING:
    from postwire.faces.export.tools import Called, Tool, Tools


def tools(offered: Tools) -> list[Any]:
    """A `StructuredTool` for each action; what fails is told to the model, as the tool's content.

    With an `AsyncClient` they are awaited (`ainvoke`); with a `Client` both ways work.

    Raises:
        MissingExtra: langchain-core is not installed.
    """
    return [_tool(offered, tool) for tool in offered]


def plain(offered: Tools) -> list[dict[str, Any]]:
    """What the tools say of themselves, without LangChain: name, description, `args_schema`, metadata."""
    return [_about(tool) for tool in offered]


def _about(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "args_schema": tool.input,
        "metadata": {"action": tool.id, "effect": tool.action.effect, "scopes": tool.action.scopes},
    }


def _tool(offered: Tools, tool: Tool) -> Any:
    structured, refusal = _framework()

    def run(**given: Any) -> tuple[str, Any]:
        return _said(offered.call(tool.name, given))

    async def arun(**given: Any) -> tuple[str, Any]:
        return _said(await offered.acall(tool.name, given))

    def _said(called: Called) -> tuple[str, Any]:
        if called.is_error:
            raise refusal(f"{sentence(called.value['error'])}\n{called.text}")
        return called.text, called.value

    return structured(
        **_about(tool),
        func=run,
        coroutine=arun,
        response_format="content_and_artifact",
        handle_tool_error=True,
    )


def _framework() -> tuple[Any, Any]:
    try:
        found = import_module("langchain_core.tools")
    except ImportError:
        raise MissingExtra(
            "LangChain's tools need langchain-core.", remedy="pip install langchain-core"
        ) from None
    return found.StructuredTool, found.ToolException
