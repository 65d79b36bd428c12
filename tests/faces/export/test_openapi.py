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
    return [each["post"] for each in document["paths"].values()]


def test_every_action_is_an_operation(document: dict[str, Any], every: Tools) -> None:
    assert list(document["paths"]) == [f"/actions/{tool.id}" for tool in every]
    names = [each["operationId"] for each in operations(document)]
    assert len(set(names)) == len(names) == len(every)
    tags = {each["name"] for each in document["tags"]}
    assert {tag for each in operations(document) for tag in each["tags"]} == tags


def test_schemas_are_the_manifests_own(document: dict[str, Any], every: Tools) -> None:
    for tool in every:
        post = document["paths"][f"/actions/{tool.id}"]["post"]
        body = post["requestBody"]["content"]["application/json"]["schema"]
        assert body == json.loads(json.dumps(tool.schema.published))
        Draft202012Validator.check_schema(body)
        Draft202012Validator.check_schema(post["responses"]["200"]["content"]["application/json"]["schema"])


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

    found = set(references(document))
    assert found == {"#/components/schemas/Error"}
    assert "code" in document["components"]["schemas"]["Error"]["properties"]
