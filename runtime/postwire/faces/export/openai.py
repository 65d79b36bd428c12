"""OpenAI: function tools for Responses and Chat Completions, and the answers to their calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.faces.export.reading import read
from postwire.faces.export.schemas import OPENAI, NotExpressible, narrowed

if TYPE_CHECKING:
    from postwire.faces.export.tools import Called, Tool, Tools


def tools(
    offered: Tools, *, strict: bool = False, chat: bool = False, defer: bool = False
) -> list[dict[str, Any]]:
    """The tools as plain objects.

    Args:
        offered: the actions.
        strict: schemas that the model is held to: what may be left out is null instead. An action that they
            cannot express keeps `strict: false`.
        chat: for Chat Completions instead of Responses.
        defer: for Responses with `{"type": "tool_search"}`: load a tool when it is searched for.
    """
    made = [_function(tool, strict=strict) for tool in offered]
    if chat:
        return [{"type": "function", "function": each} for each in made]
    more = {"defer_loading": True} if defer else {}
    return [{"type": "function", **each, **more} for each in made]


def answer(offered: Tools, call: Any) -> dict[str, Any]:
    """Run a call of either interface, an object or a dictionary; the message to send back."""
    name, arguments = _call(call)
    return _message(call, offered.call(name, arguments))


async def aanswer(offered: Tools, call: Any) -> dict[str, Any]:
    """As `answer`, without blocking."""
    name, arguments = _call(call)
    return _message(call, await offered.acall(name, arguments))


def _function(tool: Tool, *, strict: bool) -> dict[str, Any]:
    parameters = _strict(tool) if strict else None
    return {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.input if parameters is None else parameters,
        "strict": parameters is not None,
    }


def _strict(tool: Tool) -> dict[str, Any] | None:
    try:
        return narrowed(tool.input, OPENAI)
    except NotExpressible:
        return None


def _call(call: Any) -> tuple[str, Any]:
    function = read(call, "function") or call
    return str(read(function, "name")), read(function, "arguments")


def _message(call: Any, called: Called) -> dict[str, Any]:
    if read(call, "function") is not None:
        return {"role": "tool", "tool_call_id": read(call, "id"), "content": called.text}
    return {"type": "function_call_output", "call_id": read(call, "call_id"), "output": called.text}
