"""OpenAPI 3.1 of the HTTP API: every action as an operation, `POST /actions/<id>`, and what belongs to it."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from postwire import __version__
from postwire.language import locate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.faces.export.tools import Tool, Tools

Schema = dict[str, Any]
_SERVICE: Final = Path(__file__).with_name("service.yaml")
_SCHEMAS: Final = "#/components/schemas/"
_SAMPLES: Final = "https://example.com/"  # where the files of examples are
# Which answer tells which of our codes.
STATUSES: Final = {
    "400": "The input does not fit, or the media; nothing was published.",
    "401": "The API key is not good, or the account has to be connected again: `code` says which.",
    "402": "The developer account has no credits left.",
    "403": "The account, or the API key, may not do this.",
    "404": "There is no such thing.",
    "409": "The state has changed meanwhile, or the key stands for another request.",
    "413": "The file is too large.",
    "429": "A limit of the platform is reached; wait.",
    "502": "The platform failed, or its answer never came: `code` says which.",
    "507": "There is no room for more files.",
}


def document(offered: Tools, *, title: str = "Postwire", server: str = "/v1") -> Schema:
    """The whole document; its schemas are the manifests' own, as both are JSON Schema 2020-12."""
    tools = list(offered)
    names = dict.fromkeys(tool.id.partition(".")[0] for tool in tools)
    described = {name: offered.catalog.integration(name) for name in names}
    service = copy.deepcopy(_service())
    tags = [{"name": name, "description": each.description} for name, each in described.items()]
    components = service["components"]
    components["schemas"] |= {name: schema for tool in tools for name, schema in _schemas(tool)}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": __version__, "description": _ABOUT},
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "tags": [*tags, *service["tags"]],
        "paths": {
            **{f"/actions/{tool.id}": {"post": _operation(tool)} for tool in tools},
            **service["paths"],
        },
        "components": components,
    }


_ABOUT: Final = (
    "Every action is `POST /actions/{id}`. Those that read answer at once. What changes something is a run: "
    "it is answered with 202 and looked after by workers; `Prefer: wait=20` waits for its end. Every error "
    "has the same form, and says who must act and what to do."
)


def shape(name: str) -> Schema:
    """The schema called *name* among those of the service itself."""
    found: Schema = _service()["components"]["schemas"][name]
    return found


@cache
def _service() -> Schema:
    """What is there besides the actions, with the errors that everything can give."""
    found: Schema = yaml.safe_load(_SERVICE.read_text("utf-8"))
    components = found["components"]
    components["schemas"] |= {"Error": _error(), "Problem": _problem()}
    for status, about in STATUSES.items():
        components["responses"][f"Problem{status}"] = {
            **components["responses"]["Problem"],
            "description": about,
        }
    for path in found["paths"].values():
        for method, operation in path.items():
            if method != "parameters":
                operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
    return found


def _schemas(tool: Tool) -> Iterator[tuple[str, Schema]]:
    yield f"{tool.name}.input", tool.schema.published
    yield f"{tool.name}.output", {"type": "object", **tool.action.output}


def _operation(tool: Tool) -> Schema:
    action = tool.action
    made: Schema = {
        "operationId": tool.name,
        "summary": action.title,
        "description": action.description,
        "tags": [tool.id.partition(".")[0]],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _parameters(tool)],
        "requestBody": {"required": bool(tool.schema.published.get("required")), "content": _content(tool)},
        "responses": {
            **_successes(tool),
            **{status: {"$ref": f"#/components/responses/Problem{status}"} for status in STATUSES},
            "default": {"$ref": "#/components/responses/Problem"},
        },
        "x-postwire": {"action": tool.id, "effect": action.effect, "scopes": action.scopes},
    }
    if action.docs:
        made["externalDocs"] = {"url": action.docs.url}
    return made


def _parameters(tool: Tool) -> tuple[str, ...]:
    shared = ("Account", "DryRun")
    return shared if tool.action.effect == "read" else (*shared, "At", "Key", "Prefer")


def _content(tool: Tool) -> Schema:
    """The input as JSON; with files in it as a form too."""
    made = _json({"$ref": f"{_SCHEMAS}{tool.name}.input"}, _example_input(tool))
    if any(len(slot.path) == 1 or slot.path[1:] == ("*",) for slot in tool.schema.slots):
        made["multipart/form-data"] = {"schema": _form(tool)}
    return made


def _form(tool: Tool) -> Schema:
    """The input as a form: files in the place of their addresses."""
    made = copy.deepcopy(tool.schema.schema)
    for slot in tool.schema.slots:
        head, *rest = slot.path
        inner = made["properties"][head]
        file = {"type": "string", "format": "binary"}
        if not rest:
            made["properties"][head] = {**file, "description": inner.get("description", "")}
        elif rest == ["*"]:
            made["properties"][head] = {**inner, "items": file}
    return made


def _successes(tool: Tool) -> Schema:
    output = {"$ref": f"{_SCHEMAS}{tool.name}.output"}
    rehearsal = {"$ref": f"{_SCHEMAS}Rehearsal"}
    state = {"enum": ["done", "pending"], "description": "`pending`: the platform is still busy."}
    warnings = {"type": "array", "items": {"type": "string"}}
    if tool.action.effect == "read":
        properties = {"state": state, "output": output, "warnings": warnings}
        done: Schema = {"type": "object", "required": list(properties), "properties": properties}
        return {
            "200": {"description": "Done.", "content": _json({"anyOf": [done, rehearsal]}, _example(tool))}
        }
    finished = {"properties": {"state": state, "output": output}, "required": ["output"]}
    done = {"allOf": [{"$ref": f"{_SCHEMAS}Run"}, finished]}
    return {
        "200": {"description": "Done.", "content": _json({"anyOf": [done, rehearsal]})},
        "202": {"$ref": "#/components/responses/Begun"},
    }


def _example(tool: Tool) -> Schema | None:
    found = next((each.return_ for each in tool.action.examples if each.error is None), None)
    return None if found is None else {"state": "done", "output": found, "warnings": []}


def _example_input(tool: Tool) -> Any:
    """An example's input, with its files at an address: nobody else has them."""
    given = next((each.input for each in tool.action.examples if each.error is None), None)
    if given is None:
        return None
    values, places = tool.schema.prepare(given)
    for place in places:
        if isinstance(place.value, str) and "://" not in place.value:
            place.holder[place.key] = f"{_SAMPLES}{place.value}"
    return values


def _json(schema: Schema, example: Any = None) -> Schema:
    return {"application/json": {"schema": schema, **({"example": example} if example else {})}}


def _error() -> Schema:
    text = (locate.shipped("schemas") / "error.schema.json").read_text("utf-8")
    found: Schema = json.loads(text)
    return {name: value for name, value in found.items() if name not in {"$schema", "$id", "x-antiExamples"}}


def _problem() -> Schema:
    """An error as an answer has it (RFC 9457)."""
    error = _error()
    known = {name: value for name, value in error["properties"].items() if name != "message"}
    own = {
        "type": {"type": "string", "description": "The code as a URN."},
        "status": {"type": "integer", "description": "That of the answer."},
        "detail": {"type": "string", "description": "What happened."},
        "run": {"type": "string", "description": "The run that failed."},
        "offset": {"type": "integer", "description": "How much of an upload has come."},
    }
    needed = [name for name in error["required"] if name != "message"]
    return {
        "type": "object",
        "title": "A problem",
        "description": error["description"],
        "required": ["type", "status", "detail", *needed],
        "properties": {**own, **known},
    }
