"""Shapes: schemas that actions share by name, whole again once an action is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from postwire.errors import ManifestInvalid
from postwire.language import shapes
from postwire.language.catalog import Catalog

ACME = Path(__file__).parents[1] / "manifests" / "acme"
KNOWN: dict[str, Any] = {
    "name": {"type": "string", "description": "A name."},
    "person": {"type": "object", "properties": {"name": {"$ref": "name"}}},
    "tree": {"type": "object", "properties": {"left": {"$ref": "tree"}}},
}


@pytest.mark.parametrize(
    ("schema", "whole"),
    [
        ({"$ref": "name"}, KNOWN["name"]),
        ({"$ref": "name", "description": "Whose."}, {"type": "string", "description": "Whose."}),
        ({"$ref": "person"}, {"type": "object", "properties": {"name": KNOWN["name"]}}),
        ({"items": [{"$ref": "name"}]}, {"items": [KNOWN["name"]]}),
        ({"$ref": "#/$defs/own", "$defs": {"own": True}}, {"$ref": "#/$defs/own", "$defs": {"own": True}}),
        ({"type": "integer"}, {"type": "integer"}),
    ],
)
def test_a_shape_takes_the_place_of_its_name(schema: Any, whole: Any) -> None:
    assert shapes.expand(schema, KNOWN) == whole


def test_the_place_of_an_unknown_name_is_told() -> None:
    with pytest.raises(shapes.UnknownShape, match="did you mean person") as caught:
        shapes.expand({"properties": {"who": {"$ref": "persom"}}}, KNOWN)
    assert caught.value.path == ("properties", "who", "$ref")


def test_a_shape_that_holds_itself_is_refused() -> None:
    with pytest.raises(shapes.UnknownShape, match="tree holds itself"):
        shapes.expand({"$ref": "tree"}, KNOWN)


def test_own_shapes_win_over_the_common_ones_and_both_are_whole() -> None:
    found = shapes.of(ACME)
    assert "title" in found["post"]["properties"]
    user = shapes.expand({"$ref": "user"}, found)
    assert user["properties"]["metrics"]["properties"]["likes"]["type"] == "integer"
    assert "x-wrong" not in user
    assert "examples" not in user


def test_a_loaded_action_holds_the_shapes_themselves(tmp_path: Path) -> None:
    catalog = Catalog([ACME])
    output = catalog.action("acme.list_posts").output
    item = output["properties"]["posts"]["items"]
    assert item["required"] == ["id"]
    assert item["properties"]["metrics"]["properties"]["views"]["type"] == "integer"
    assert "$ref" not in str(output)


def test_an_action_with_an_unknown_shape_cannot_be_used(tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "acme"
    shutil.copytree(ACME, folder)
    file = folder / "actions" / "list_posts.yaml"
    file.write_text(file.read_text().replace("$ref: post,", "$ref: pots,"))
    with pytest.raises(ManifestInvalid, match="no shape 'pots'; did you mean post"):
        Catalog([folder]).action("acme.list_posts")
