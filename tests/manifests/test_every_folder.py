"""What holds for the folder of every integration: words, shared names, cassettes, the quality sheet.

What only some platforms keep, or each in its own measure, stands in `folders.yaml`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from postwire import Client
from postwire.decide.programs import Programs
from postwire.errors import CATALOGUE
from postwire.language.catalog import Catalog
from postwire.language.lint.check import check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHIPPED = Path(__file__).parents[2] / "integrations"
SCHEMA = "# yaml-language-server: $schema={}schemas/{}.schema.json"
COMMON = json.loads((SHIPPED.parent / "schemas" / "common.schema.json").read_text())["$defs"]
CATALOG = Catalog()
PROGRAMS = Programs(CATALOG)
KNOWN: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("folders.yaml").read_text())
FOLDERS = sorted(path.parent.name for path in SHIPPED.glob("*/integration.yaml"))
ACTIONS = sorted(f"{path.parts[-3]}.{path.stem}" for path in SHIPPED.glob("*/actions/*.yaml"))
PUBLIC = [name for name in ACTIONS if "._" not in name]
SECRETS = ("act.", "rft.", "Bearer", "Authorization:", "oauth2", "AQX", "AQW", "EAA", "IGAA", "planted")

every_folder = pytest.mark.parametrize("folder", FOLDERS)
every_action = pytest.mark.parametrize("action", ACTIONS)
every_public_action = pytest.mark.parametrize("action", PUBLIC)


def file(action: str, kind: str = "actions") -> Path:
    folder, _, name = action.partition(".")
    return SHIPPED / folder / kind / f"{name}.yaml"


def listed(action: str, key: str) -> list[str]:
    """What `folders.yaml` lists for the platform of *action*."""
    found: list[str] = KNOWN[action.partition(".")[0]].get(key, [])
    return found


@cache
def document(folder: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((SHIPPED / folder / f"{name}.yaml").read_text())
    return found


def properties(action: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property that is given or returned, at any depth."""
    found = CATALOG.action(action)
    yield from below(found.input)
    yield from below(found.output)


def below(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, inner in schema.get("properties", {}).items():
        yield key, inner
        yield from below(inner)
    if isinstance(schema.get("items"), dict):
        yield from below(schema["items"])


def test_every_folder_has_its_rows() -> None:
    assert list(KNOWN) == FOLDERS


@every_folder
def test_the_checker_finds_nothing(folder: str) -> None:
    assert [str(finding) for finding in check([SHIPPED / folder])] == []


@every_folder
@pytest.mark.parametrize("name", ["integration", "quality"])
def test_a_folders_own_files_begin_with_their_schema(folder: str, name: str) -> None:
    first = (SHIPPED / folder / f"{name}.yaml").read_text().partition("\n")[0]
    assert first == SCHEMA.format("../../", name)


@every_action
def test_every_action_begins_with_its_schema(action: str) -> None:
    assert file(action).read_text().partition("\n")[0] == SCHEMA.format("../../../", "action")


@every_action
def test_what_only_reads_may_be_repeated(action: str) -> None:
    program = PROGRAMS.described(action)
    if program.effect == "read":
        assert all(getattr(kind, "safe", True) for kind in kinds(program.steps))


def kinds(steps: Iterable[Any]) -> Iterator[Any]:
    """What each step does, those within loops included."""
    for step in steps:
        yield getattr(step.kind, "request", step.kind)
        yield from kinds(getattr(step.kind, "body", ()))


@every_action
def test_every_property_is_described_in_a_sentence(action: str) -> None:
    for key, schema in properties(action):
        assert schema["description"].endswith("."), key


@every_action
def test_every_property_has_one_type(action: str) -> None:
    mixed = listed(action, "mixed")
    for key, schema in properties(action):
        assert isinstance(schema.get("type"), str) or key in mixed, key


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client() as opened:
        yield opened


@every_public_action
def test_every_action_can_be_told_of_whatever_its_login(action: str, client: Client) -> None:
    told = client.describe(action)
    assert told["input"]["type"] == told["output"]["type"] == "object"


SHARED = [(f"{folder}.{name}", *row) for folder, known in KNOWN.items() for name, *row in known["shared"]]


@pytest.mark.parametrize(("action", "place", "shape"), SHARED)
def test_shared_names_mean_the_same_as_elsewhere(action: str, place: str, shape: str) -> None:
    found = CATALOG.action(action).output
    for step in filter(None, place.split(".")):
        found = found["items"] if step == "*" else found["properties"][step]
    ours, theirs = found["properties"], COMMON[shape]["properties"]
    assert ours.keys() & theirs.keys()
    for key in ours.keys() & theirs.keys():
        wanted = theirs[key]
        if "$ref" in wanted:
            known = COMMON[wanted["$ref"].rpartition("/")[2]]["properties"]
            mine = ours[key]["properties"]
            assert {n: mine[n]["type"] for n in mine} == {n: known[n]["type"] for n in mine}, key
        else:
            assert ours[key]["type"] in [each["type"] for each in wanted.get("anyOf", [wanted])], key


@every_public_action
def test_cassettes_are_documentation_without_secrets(action: str) -> None:
    text = file(action, "cassettes").read_text()
    cassette = yaml.safe_load(text)
    name = action.partition(".")[2]
    assert cassette["source"] == "documentation"
    assert cassette["page"].endswith(f"read {KNOWN[action.partition('.')[0]]['read']}")
    assert bool(cassette["interactions"]) is (name not in listed(action, "unrecorded"))
    assert [word for word in (*SECRETS, *listed(action, "unsaid")) if word in text] == []


@every_folder
def test_the_quality_sheet_admits_what_was_never_tried(folder: str) -> None:
    rules = document(folder, "quality")["rules"]
    assert rules["live-recorded"]["status"] == "todo"
    assert all(rule["status"] in ("done", "todo", "exempt") and rule["comment"] for rule in rules.values())


@every_folder
def test_the_quality_sheet_says_why_rows_are_missing(folder: str) -> None:
    rules = document(folder, "quality")["rules"]
    rows = [name for name in rules if name.startswith("row-")]
    assert rows == listed(folder, "rows")
    assert all(rules[name]["status"] == "exempt" and len(rules[name]["comment"]) > 40 for name in rows)


@every_folder
def test_every_refusal_has_a_code_of_ours(folder: str) -> None:
    rules = document(folder, "integration")["api"]["errors"]
    assert rules
    assert {rule["code"] for rule in rules} <= CATALOGUE.keys()


@pytest.mark.parametrize("folder", [name for name in FOLDERS if (SHIPPED / name / "shapes.yaml").is_file()])
def test_every_shape_is_shared_by_two_places(folder: str) -> None:
    files = [SHIPPED / folder / "shapes.yaml", *(SHIPPED / folder / "actions").glob("*.yaml")]
    used = Counter(name for each in files for name in re.findall(r"\$ref: (\w+)", each.read_text()))
    once = {name for name in document(folder, "shapes") if used[name] < 2}
    assert sorted(once) == listed(folder, "once")
