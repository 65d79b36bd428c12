"""Gemini: function declarations, and the answers to their calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.faces.export.reading import read
from postwire.faces.export.schemas import GEMINI, narrowed

if TYPE_CHECKING:
    from postwire.faces.export.tools import Called, Tools


def tools(offered: Tools) -> list[dict[str, Any]]:
    """The declarations as plain objects, for `function_declarations` of a request's tools."""
    return [
        {
            "name": tool.name,
            "description": tool.description,
            "parameters_json_schema": narrowed(tool.input, GEMINI),
        }
        for tool in offered
    ]


def answer(offered: Tools, call: Any) -> dict[str, Any]:
    """Run a function call, an object or a dictionary; the part to send back."""
    return _part(call, offered.call(str(read(call, "name")), read(call, "args")))


async def aanswer(offered: Tools, call: Any) -> dict[str, Any]:
    """As `answer`, without blocking."""
    return _part(call, await offered.acall(str(read(call, "name")), read(call, "args")))


def _part(call: Any, called: Called) -> dict[str, Any]:
    response = called.value if called.is_error else {"output": called.value}
    made: dict[str, Any] = {"name": read(call, "name"), "response": response}
    if read(call, "id") is not None:
        made["id"] = read(call, "id")
    return {"function_response": made}
