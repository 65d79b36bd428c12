"""Actions as tools for models, frameworks and other platforms.

>>> from postwire import Client, export
>>> tools = export.Tools(Client(), ["tiktok"], read_only=True)
>>> offered = export.openai.tools(tools, strict=True)  # for `tools=` of a request
>>> export.openai.answer(tools, {"type": "function_call", "call_id": "c1", "name": "…"})["type"]
'function_call_output'

`openai`, `anthropic` and `gemini` make plain objects and answer calls; `langchain` and `agents` (of OpenAI)
make tools of those frameworks; `openapi` and `autohive` describe actions for other platforms.
"""

from __future__ import annotations

from postwire.faces.export import agents, anthropic, autohive, gemini, langchain, openai, openapi
from postwire.faces.export.tools import Called, Tool, Tools

__all__ = [
    "Called",
    "Tool",
    "Tools",
    "agents",
    "anthropic",
    "autohive",
    "gemini",
    "langchain",
    "openai",
    "openapi",
]
