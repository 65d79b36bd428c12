"""The OpenAPI document: whole, without loose ends, and with the manifests' own schemas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from postwire.export import openapi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.export import Tools


@pytest.fixture(scope="module")
def document(every: Tools) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(openapi.document(every)))
    return made


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    methods = ("get", "put", "post", "patch", "delete")
    return [each for path in document["paths"].values() for name, each in path.items() if name in methods]


def test_every_action_is_an_operation(document: dict[str, Any], every: Tools) -> None:
    assert set(document["paths"]) > {f"/actions/{tool.id}" for tool in every}
    found = [each["operationId"] for each in operations(document)]
    assert len(set(found)) == len(found)
    assert {tool.name for tool in every} < set(found)
    tags = {each["name"] for each in document["tags"]}
    assert {tag for each in operations(document) for tag in each["tags"]} == tags


def test_schemas_are_the_manifests_own(document: dict[str, Any], every: Tools) -> None:
    schemas = document["components"]["schemas"]
    for tool in every:
        assert schemas[f"{tool.name}.input"] == json.loads(json.dumps(tool.schema.published))
        assert schemas[f"{tool.name}.output"] == {"type": "object", **tool.action.output}
        post = document["paths"][f"/actions/{tool.id}"]["post"]
        body = post["requestBody"]["content"]["application/json"]["schema"]
        assert body == {"$ref": f"#/components/schemas/{tool.name}.input"}
        for schema in (schemas[f"{tool.name}.input"], schemas[f"{tool.name}.output"]):
            Draft202012Validator.check_schema(schema)


def test_examples_fit_their_schemas(document: dict[str, Any], every: Tools) -> None:
    shown = 0
    for tool in every:
        body = document["paths"][f"/actions/{tool.id}"]["post"]["requestBody"]["content"]["application/json"]
        if "example" in body:
            shown += 1
            Draft202012Validator(document["components"]["schemas"][f"{tool.name}.input"]).validate(
                body["example"]
            )
            assert "sample.mp4" not in json.dumps(body["example"]).replace(
                "https://example.com/sample.mp4", ""
            )
    assert shown > 100


def test_what_waits_and_what_answers_at_once(document: dict[str, Any]) -> None:
    read = document["paths"]["/actions/tiktok.get_user_info"]["post"]
    create = document["paths"]["/actions/tiktok.create_video_post"]["post"]
    assert "202" not in read["responses"]
    assert create["responses"]["202"] == {"$ref": "#/components/responses/Begun"}
    taken = [each["$ref"].rpartition("/")[2] for each in create["parameters"]]
    assert taken == ["Account", "DryRun", "At", "Key", "Prefer"]


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name == "$ref" and isinstance(inner, str):
                    yield inner
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for found in set(references(document)):
        _, section, kind, name = found.split("/")
        assert name in document[section][kind], found
    parts = document["components"]
    kept = {f"#/components/{kind}/{name}" for kind in parts for name in parts[kind]}
    assert kept - set(references(document)) == {"#/components/securitySchemes/key"}
