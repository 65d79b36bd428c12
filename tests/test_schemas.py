"""The schemas that we publish: valid, in step with the models, proven by examples and anti-examples."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from postwire.errors import (
    CATALOGUE,
    ActionFailed,
    Field,
    InvalidInput,
    ManifestInvalid,
    OutcomeUnknown,
    PostwireError,
)
from postwire.language import yamlfile
from postwire.language.lint.publish import publish, rendered
from postwire.language.lint.quality import STANDARDS, Quality
from postwire.language.lint.words import described
from postwire.language.locate import shipped
from postwire.language.manifest import Action, Integration
from postwire.media.rules import _RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = Path(str(shipped("schemas")))
FILES = {
    name: SCHEMAS / f"{name}.schema.json" for name in ("action", "integration", "quality", "error", "media")
}
LOADED: dict[str, dict[str, Any]] = {
    name: json.loads(file.read_text("utf-8")) for name, file in FILES.items()
}
MODELS: dict[str, type[BaseModel]] = {"action": Action, "integration": Integration, "quality": Quality}
ACME = Path(__file__).parent / "manifests" / "acme"


def fits(name: str, value: Any) -> bool:
    return bool(jsonschema_rs.Draft202012Validator(LOADED[name], validate_formats=True).is_valid(value))


def is_model(name: str, value: Any) -> bool:
    try:
        MODELS[name].model_validate(value, strict=True, by_alias=True, by_name=False)
    except ValidationError:
        return False
    return True


def examples() -> list[Any]:
    return [
        pytest.param(name, example, id=f"{name}-{number}")
        for name, schema in LOADED.items()
        for number, example in enumerate(schema["examples"])
    ]


def anti_examples() -> list[Any]:
    return [
        pytest.param(name, entry["example"], id=f"{name}-{entry['reason']}")
        for name, schema in LOADED.items()
        for entry in schema["x-antiExamples"]
    ]


@pytest.mark.parametrize("name", LOADED)
def test_a_schema_is_a_schema_and_speaks_for_itself(name: str) -> None:
    schema = LOADED[name]
    Draft202012Validator.check_schema(schema)
    assert schema["title"]
    assert schema["description"]
    assert len(schema["examples"]) >= 1
    assert all(set(entry) == {"example", "reason"} and entry["reason"] for entry in schema["x-antiExamples"])


@pytest.mark.parametrize(("name", "example"), examples())
def test_an_example_fits(name: str, example: Any) -> None:
    assert fits(name, example)
    assert name not in MODELS or is_model(name, example)


@pytest.mark.parametrize(("name", "example"), anti_examples())
def test_an_anti_example_does_not_fit(name: str, example: Any) -> None:
    assert not fits(name, example)


@pytest.mark.parametrize("name", MODELS)
def test_schemas_have_not_drifted_from_the_models(name: str) -> None:
    text = FILES[name].read_text("utf-8")
    # After a change of the models: publish(Path("schemas")) writes them anew.
    assert text == rendered(name, json.loads(text))


def test_publishing_writes_only_what_changed_and_keeps_the_examples(tmp_path: Path) -> None:
    for name in MODELS:
        (tmp_path / FILES[name].name).write_text(FILES[name].read_text("utf-8"), "utf-8")
    assert publish(tmp_path) == []
    old = {key: LOADED["quality"][key] for key in ("examples", "x-antiExamples")}
    (tmp_path / "quality.schema.json").write_text(json.dumps(old), "utf-8")
    assert publish(tmp_path) == ["quality.schema.json"]
    assert (tmp_path / "quality.schema.json").read_text("utf-8") == FILES["quality"].read_text("utf-8")


def words_of(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[tuple[str, str]]:
    if model in seen:
        return
    seen.add(model)
    for name, info in model.model_fields.items():
        if not info.description:
            yield model.__name__, info.alias or name
        for inner in models_in(info.annotation):
            yield from words_of(inner, seen)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from models_in(inner)


def test_every_word_has_a_meaning_and_every_meaning_a_word() -> None:
    seen: set[type[BaseModel]] = set()
    # A new word needs a description in its field, or a line in lint/words.py.
    assert {word for model in MODELS.values() for word in words_of(model, seen)} == described()


MANIFESTS = {
    **{f"action:{file.stem}": file for file in sorted((ACME / "actions").glob("*.yaml"))},
    "integration:acme": ACME / "integration.yaml",
    "quality:acme": ACME / "quality.yaml",
}


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_good_manifests_fit(manifest: str) -> None:
    assert fits(manifest.partition(":")[0], yamlfile.load(MANIFESTS[manifest].read_text("utf-8")))


def test_shipped_manifests_fit() -> None:
    root = Path(str(shipped("integrations")))
    kinds = {"*/actions/*.yaml": "action", "*/integration.yaml": "integration", "*/quality.yaml": "quality"}
    for glob, name in kinds.items():
        for file in sorted(root.glob(glob)):
            assert fits(name, yamlfile.load(file.read_text("utf-8"))), file


ODD: list[Any] = [7, -1, True, "x", "", [], ["x"], {}, {"x": 1}]
# JSON Schema looks into what the model takes as it is.
DEEPER = ("input", "output")


def changed(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """*data* with one place removed, renamed or replaced, in every way."""
    entries = (
        list(data.items())
        if isinstance(data, dict)
        else list(enumerate(data))
        if isinstance(data, list)
        else []
    )
    for key, below in entries:
        if path == () and key in DEEPER:
            continue
        rest = copy.copy(data)
        del rest[key]
        yield (*path, key), rest
        if isinstance(data, dict):
            yield (*path, key), {**rest, f"{key}x": below}
        for odd in ODD:
            made = copy.copy(data)
            made[key] = odd
            yield (*path, key), made
        for where, inner in changed(below, (*path, key)):
            made = copy.copy(data)
            made[key] = inner
            yield where, made


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_schema_and_model_agree_on_every_small_change(manifest: str) -> None:
    name = manifest.partition(":")[0]
    validator = jsonschema_rs.Draft202012Validator(LOADED[name])
    data = yamlfile.load(MANIFESTS[manifest].read_text("utf-8"))
    apart = [
        (where, is_model(name, value))
        for where, value in changed(data)
        if validator.is_valid(value) is not is_model(name, value)
    ]
    assert apart == []


def test_media_rules_are_those_that_are_checked() -> None:
    assert set(LOADED["media"]["properties"]) == {*_RULES, "base64_alias", "convert"}


def test_quality_shows_every_rule() -> None:
    (shown,) = LOADED["quality"]["properties"]["rules"]["examples"]
    assert list(shown) == list(STANDARDS)


ERRORS: list[PostwireError] = [
    ManifestInvalid("a.yaml:1: It is wrong."),
    InvalidInput(
        [Field("/title", "This is too long.", "Hello"), Field("", "It is missing.")], action="acme.x"
    ),
    OutcomeUnknown("It may have happened.", step="post", saved={"init.id": "1"}),
    *(ActionFailed(code, "It failed.", retry_after=1.5, provider={"status": 400}) for code in CATALOGUE),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_errors_are_as_the_schema_says(error: PostwireError) -> None:
    assert fits("error", error.to_dict())


def test_the_schema_knows_every_code() -> None:
    assert LOADED["error"]["properties"]["code"]["enum"] == list(CATALOGUE)
