"""The simulator against X's own OpenAPI document, where POSTWIRE_X_OPENAPI points to it.

With it every answer in all tests of this folder is checked too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire.simulator.x import vocabulary
from postwire.simulator.x.params import Choice, Many, Whole
from postwire.simulator.x.routes import OPERATIONS

if TYPE_CHECKING:
    from postwire.simulator.x.operation import Operation

KINDS = {"user": {"OAuth2UserToken"}, "both": {"OAuth2UserToken", "BearerToken"}, "app": {"BearerToken"}}
# The sheet names them as newer than the document
NEWER = {"/2/usage/credits"}
DOCUMENTED = [operation for operation in OPERATIONS if operation.path not in NEWER]


def parameters(document: Any, found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    components = document.document["components"]["parameters"]
    given = [
        components[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in found.get("parameters", [])
    ]
    return {parameter["name"]: parameter for parameter in given}


@pytest.mark.parametrize("operation", DOCUMENTED, ids=lambda operation: operation.name)
def test_an_operation_is_as_the_document_has_it(document: Any, operation: Operation) -> None:
    path, found = document.operation(operation.method, operation.path)
    assert path == operation.path
    assert str(operation.ok) in found["responses"]
    security = {name: set(scopes) for entry in found["security"] for name, scopes in entry.items()}
    assert security.keys() - {"UserToken"} == KINDS[operation.who]
    if operation.who != "app":
        assert set(operation.scopes.split()) == security["OAuth2UserToken"]
    assert ("requestBody" in found) == (operation.body is not None or operation.stream is not None)


@pytest.mark.parametrize("operation", DOCUMENTED, ids=lambda operation: operation.name)
def test_an_operation_takes_the_documents_parameters(document: Any, operation: Operation) -> None:
    _, found = document.operation(operation.method, operation.path)
    known = parameters(document, found)
    queried = {name: p for name, p in known.items() if p["in"] == "query"}
    assert vocabulary.parameters(operation.family) | operation.query.keys() - {"tweet.fields"} == (
        queried.keys() | ({"tweet.fields"} if "post.fields" in queried else set())
    )
    for name, spec in operation.query.items():
        schema = queried[name]["schema"]
        assert spec.required == queried[name].get("required", False), name
        if isinstance(spec, Whole):
            assert (spec.low, spec.high) == (schema["minimum"], schema["maximum"]), name
            assert schema.get("default", spec.default) == spec.default, name
        if isinstance(spec, Choice):
            assert set(spec.values) == set(schema["enum"]), name
        if isinstance(spec, Many) and spec.allowed:
            assert set(spec.allowed) == set(schema["items"]["enum"]), name


@pytest.mark.parametrize("family", vocabulary.FAMILIES)
def test_the_fields_of_2_167_are_the_documents(document: Any, family: str) -> None:
    for operation in (one for one in DOCUMENTED if one.family == family):
        _, found = document.operation(operation.method, operation.path)
        known = parameters(document, found)
        for kind in vocabulary.FAMILIES[family]:
            enum = known[f"{kind}.fields"]["schema"]["items"]["enum"]
            assert vocabulary.FIELDS[kind].of("2.167") == set(enum), kind
        if family in vocabulary.EXPANDED:
            enum = known["expansions"]["schema"]["items"]["enum"]
            assert vocabulary.EXPANSION_VALUES[vocabulary.EXPANDED[family]].of("2.167") == set(enum)
