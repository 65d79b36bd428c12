"""OpenAPI 3.1: every action as an operation, `POST /actions/<id>`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from postwire import __version__
from postwire.language import locate

if TYPE_CHECKING:
    from postwire.faces.export.tools import Tool, Tools

_ERROR: Final = "#/components/schemas/Error"
# Which answer tells which of our codes.
STATUSES: Final = {
    "400": "The input does not fit, or the media; nothing was published.",
    "401": "The account has to be connected again.",
    "403": "The account may not do this.",
    "404": "There is no such thing.",
    "409": "The state has changed meanwhile.",
    "429": "A limit of the platform is reached; wait.",
    "502": "The platform failed, or its answer never came: `code` says which.",
}


def document(offered: Tools, *, title: str = "Postwire", server: str = "/") -> dict[str, Any]:
    """The whole document; its schemas are the manifests' own, as both are JSON Schema 2020-12."""
    tools = list(offered)
    names = dict.fromkeys(tool.id.partition(".")[0] for tool in tools)
    described = {name: offered.catalog.integration(name) for name in names}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": __version__},
        "servers": [{"url": server}],
        "tags": [{"name": name, "description": each.description} for name, each in described.items()],
        "paths": {f"/actions/{tool.id}": {"post": _operation(tool)} for tool in tools},
        "components": {"schemas": {"Error": _error()}},
    }


def _operation(tool: Tool) -> dict[str, Any]:
    action = tool.action
    made: dict[str, Any] = {
        "operationId": tool.name,
        "summary": action.title,
        "description": action.description,
        "tags": [tool.id.partition(".")[0]],
        "requestBody": {"required": True, "content": _json(tool.schema.published, _example(tool, "input"))},
        "responses": {
            "200": {"description": "Done.", "content": _json({"type": "object", **action.output})},
            **{status: _refusal(about) for status, about in STATUSES.items()},
        },
        "x-postwire": {"action": tool.id, "effect": action.effect, "scopes": action.scopes},
    }
    if action.docs:
        made["externalDocs"] = {"url": action.docs.url}
    return made


def _example(tool: Tool, what: str) -> Any:
    return next((getattr(each, what) for each in tool.action.examples if each.error is None), None)


def _refusal(about: str) -> dict[str, Any]:
    return {"description": about, "content": _json({"$ref": _ERROR})}


def _json(schema: dict[str, Any], example: Any = None) -> dict[str, Any]:
    return {"application/json": {"schema": schema, **({"example": example} if example else {})}}


def _error() -> dict[str, Any]:
    text = (locate.shipped("schemas") / "error.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return {name: value for name, value in found.items() if name not in {"$schema", "$id"}}
