"""The linter: every mistake of `tests/invalid` is named as its neighbour says; good manifests have none."""

from __future__ import annotations

import copy
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from postwire.errors import ManifestInvalid
from postwire.language import yamlfile
from postwire.language.lint import RULES, Finding, check
from postwire.language.lint.document import Document, character
from postwire.language.lint.integration import retiring
from postwire.language.lint.schemas import nests_repetition
from postwire.language.lint.subject import Folder
from postwire.language.locate import shipped

TESTS = Path(__file__).parents[1]
ACME = TESTS / "manifests" / "acme"
INVALID = TESTS / "invalid"
CASES = sorted(path for path in INVALID.iterdir() if path.is_dir() or path.suffix == ".yaml")
TODAY = date(2026, 11, 24)


def laid_out(case: Path, root: Path) -> Path:
    """What to check: the good integration with the case's action in it, or with its files laid over it."""
    acme = root / "acme"
    shutil.copytree(ACME, acme)
    if case.is_file():
        shutil.copy(case, acme / "actions" / case.name)
        return acme / "actions" / case.name
    shutil.copytree(case, acme, dirs_exist_ok=True)
    absent = acme / "absent.txt"
    for name in absent.read_text().split() if absent.is_file() else ():
        (acme / name).unlink()
    absent.unlink(missing_ok=True)
    return acme


def findings_of(case: Path, root: Path) -> str:
    found = check([laid_out(case, root)], today=TODAY)
    return "".join(f"{finding.render()}\n" for finding in found).replace(f"{root.as_posix()}/", "")


def expected(case: Path) -> str:
    return (INVALID / f"{case.name.removesuffix('.yaml')}.errors.txt").read_text("utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_manifest_is_told_as_its_neighbour_says(case: Path, tmp_path: Path) -> None:
    found = findings_of(case, tmp_path)
    assert found
    assert found == expected(case)


def test_good_manifests_have_no_findings() -> None:
    assert check([ACME], today=TODAY) == []


def test_what_is_shipped_has_no_errors() -> None:
    folder = shipped("integrations")
    assert isinstance(folder, Path)
    found = check([folder])
    assert [finding.render() for finding in found if finding.severity == "error"] == []


def test_every_rule_is_told_and_has_a_bad_manifest() -> None:
    told = "\n".join(expected(case) for case in CASES)
    assert [rule for rule in RULES if f" {rule}: " not in told] == []
    assert [rule for rule, meaning in RULES.items() if not meaning.endswith((".", "?", "…"))] == []


def test_expectations_have_their_cases() -> None:
    cases = {case.name.removesuffix(".yaml") for case in CASES}
    assert {file.name.removesuffix(".errors.txt") for file in INVALID.glob("*.errors.txt")} == cases


# The mistakes that a linter of this language was first tried with: one case each, and what names it.
SEEDED = {
    "name of an input": ("input_misspelt", "input has no 'titel'; did you mean title?"),
    "field of a file": ("media_fact_misspelt", "input.video has no 'mime_type'; did you mean type?"),
    "saved value": ("saved_name_misspelt", "steps.init has no 'uploadurl'; did you mean upload_url?"),
    "step": ("step_misspelt", "steps has no 'pots'; did you mean post?"),
    "function": ("function_misspelt", "there is no function uppper(); did you mean upper?"),
    "field of a loop's item": ("loop_field_misspelt", "medium has no 'uri'; did you mean url?"),
    "let": ("let_misspelt_and_out_of_order", "let has no 'lout'; did you mean loud?"),
    "field of an answer's item": ("path_no_answer_has", "no recorded answer has 'caption' in post"),
    "field of a server's range": ("range_field_misspelt", "'lastByt' in range; did you mean lastByte?"),
    "step before it ran": ("step_used_before_it_ran", "steps.post cannot be read here: it comes later"),
    "step outside its loop": ("step_outside_its_loop", "it runs inside each: collect it there"),
    "step by itself": ("step_reads_itself", "this is the step itself"),
    "number of arguments": ("number_of_arguments_wrong", "truncate() takes 2 values, not 1"),
    "text for a number": ("text_for_a_number", "floor() asks for a number, and input.title is text"),
    "word outside the enum": ("word_outside_the_enum", "input.kind is never 'film'"),
    "path in save": ("path_no_answer_has", "no recorded answer has 'hasMore' in body.data"),
    "path in a listing": ("list_no_answer_has", "no recorded answer has 'videos' in body.data"),
    "input renamed in the schema": ("input_renamed_only_in_schema", "input has no 'title'"),
    "= for ==": ("single_equals_sign", "write == to compare"),
    "braces in a condition": ("braces_in_a_condition", "a condition is a bare expression"),
    "optional value in an address": ("optional_value_in_an_address", "input.post_id may be missing"),
    "braces not closed": ("hole_not_closed", "the hole ${{ is not closed by }}"),
    "unknown key": ("misspelt_words", "'returns' is no word here; did you mean return?"),
    "output against its schema": ("output_against_its_schema", "output has no 'statu'; did you mean status?"),
    "name of a called action": ("called_action_misspelt", "no action _wait_contaner; did you mean _wait_con"),
    "input of a called action": ("called_with_wrong_inputs", "_wait_container has no 'ident'"),
}


@pytest.mark.parametrize("mistake", SEEDED, ids=lambda mistake: mistake.replace(" ", "-"))
def test_the_seeded_mistakes_are_named(mistake: str) -> None:
    case, message = SEEDED[mistake]
    assert message in (INVALID / f"{case}.errors.txt").read_text("utf-8")


def test_a_finding_shows_its_place() -> None:
    finding = Finding("a.yaml", 3, 12, "some-rule", "It is wrong.", source="    put: ${{ a.b }}", width=3)
    assert finding.render() == "a.yaml:3:12: some-rule: It is wrong.\n   put: ${{ a.b }}\n          ^^^"
    assert finding.to_dict() == {
        "file": "a.yaml",
        "line": 3,
        "column": 12,
        "rule": "some-rule",
        "message": "It is wrong.",
        "remedy": "",
        "severity": "error",
    }


def test_carets_stay_within_the_line() -> None:
    assert Finding("a", 1, 3, "r", "m", source="abc", width=99).render().endswith("\n     ^")


STYLES = ("plain", "'", '"', "|", ">")
WORDS = st.lists(st.text(st.sampled_from("ab'\"\\é€𝄞:#"), min_size=1, max_size=6), min_size=1, max_size=8)


@given(words=WORDS, style=st.sampled_from(STYLES), gap=st.sampled_from([" ", "\n"]))
def test_every_character_of_a_scalar_has_its_place(words: list[str], style: str, gap: str) -> None:
    # Escapes such as "\xe9" stand for one character each; only literal ones can be compared.
    value = gap.join(words)
    text = yaml.dump(
        {"k": value}, default_style=None if style == "plain" else style, width=12, allow_unicode=True
    )
    text = text.replace('"k":', "k:").replace("'k':", "k:")
    assert yamlfile.load(text) == {"k": value}
    start = text.index(":") + 1
    start += len(text[start:]) - len(text[start:].lstrip())
    for offset, letter in enumerate(value):
        found = text[character(text, start, value, offset)]
        assert found == letter or letter.isspace() or found in "\\'\""


def test_places_inside_block_scalars() -> None:
    document = Document("a.yaml", "a:\n  b: >-\n    one two\n    three\n  c: |\n    x\n      y z\n")
    folded, literal = document.data["a"]["b"], document.data["a"]["c"]
    spots = [
        document.inside(("a", "b"), folded, folded.index("three"), 5),
        document.inside(("a", "c"), literal, literal.index("z")),
    ]
    assert [(spot.line, spot.column, spot.width) for spot in spots] == [(4, 5, 5), (7, 9, 1)]


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a*)*b", "(?:[a-z]+x?)*", "((a{2,})b)+", r"(\d+\.)+", "(a+){3,}"]
)
def test_a_repetition_in_a_repetition_is_seen(pattern: str) -> None:
    assert nests_repetition(pattern)


@pytest.mark.parametrize(
    "pattern", ["^[a-z]+$", "(ab)+", r"\(a+\)+", "([+*])+", "(a+)?b{2}", "(a{2})*", "[(a+)]+"]
)
def test_other_repetitions_are_fine(pattern: str) -> None:
    assert not nests_repetition(pattern)


@pytest.mark.parametrize(
    ("today", "count"), [(date(2030, 11, 1), 0), (date(2030, 12, 2), 1), (date(2031, 4, 1), 1)]
)
def test_an_api_version_is_told_three_months_before_it_ends(today: date, count: int) -> None:
    integration = Folder(ACME, today).integration.model
    assert integration is not None
    assert len(list(retiring(integration, today))) == count


def test_one_file_is_checked_without_its_folder(tmp_path: Path) -> None:
    acme = laid_out(INVALID / "input_misspelt.yaml", tmp_path).parent.parent
    (acme / "icon.svg").unlink()
    (acme / "actions" / "other_thing.yaml").write_text("title: 1\n")
    found = check([acme / "actions" / "input_misspelt.yaml"], today=TODAY)
    assert {finding.rule for finding in found} == {"unknown-reference"}


def test_a_folder_of_folders_is_checked_whole(tmp_path: Path) -> None:
    for name in ("acme", "other"):
        shutil.copytree(ACME, tmp_path / name)
    (tmp_path / "other" / "icon.svg").unlink()
    found = check([tmp_path], today=TODAY)
    assert {(finding.file, finding.rule) for finding in found} == {
        ((tmp_path / "other" / "icon.svg").as_posix(), "missing-file"),
        ((tmp_path / "other" / "quality.yaml").as_posix(), "quality-not-done"),
    }


def test_a_place_without_integrations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestInvalid, match="no integration"):
        check([tmp_path])


def test_findings_are_sorted_and_told_once() -> None:
    found = check([ACME, ACME], today=date(2026, 1, 1))
    assert found == sorted(set(found))
    assert {finding.rule for finding in found} == {"integration-docs", "read-in-future"}


ODD: list[Any] = [None, 5, True, "x", "${{", "${{ input }}", "${{ nope( }}", [], {}, [1], {"$each": 1}]
ODD += [{"$when": 5, "a": "${{ input }}"}, {"$each": "${{ input }}", "to": {"a": "${{ item }}"}}]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(inner for key, below in entries for inner in places(below, (*path, key)))]


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    made = copy.copy(data)
    made[path[0]] = replaced(data[path[0]], path[1:], value)
    return made


GOOD = {
    file.name: yamlfile.load(file.read_text("utf-8")) for file in sorted((ACME / "actions").glob("*.yaml"))
}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_nothing_in_a_manifest_stops_the_check(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(GOOD)))
    path = data.draw(st.sampled_from(places(GOOD[name])))
    broken = replaced(GOOD[name], path, data.draw(st.sampled_from(ODD)))
    acme = tmp_path_factory.mktemp("odd") / "acme"
    shutil.copytree(ACME, acme)
    (acme / "actions" / name).write_text(yaml.safe_dump(broken, sort_keys=False), "utf-8")
    assert all(finding.render() for finding in check([acme / "actions" / name], today=TODAY))


HEAD = """
title: Look at a post
description: Looks at a post.
effect: read
input:
  properties:
    post: {type: string, description: The post.}
    kind: {type: string, enum: [own, other], description: Whose it is.}
    fast: {type: boolean, description: Whether to hurry.}
    count: {type: integer, description: How many.}
"""
STEP = "  - id: look\n    when: {}\n    request: {{get: '/posts/${{{{ input.post }}}}'}}\n"
INIT = "  - id: init\n    when: {}\n    request: {{get: /x}}\n    save: {{id: '${{{{ body.id }}}}'}}\n"
USE = "  - id: use\n    when: {}\n    request: {{get: '/x/${{{{ steps.init.id }}}}'}}\n"
CERTAIN = [
    STEP.format("exists(input.post)"),
    STEP.format("input.post != null"),
    STEP.format("input.post == 'a'"),
    STEP.format("exists(input.post) and input.fast"),
    STEP.format("not (input.post == null)"),
    STEP.format("not (not exists(input.post) or input.fast)"),
    STEP.format("starts_with(input.post, 'a')"),
    STEP.format("len(input.post) > 2"),
    STEP.format("input.post in ['a', 'b']"),
    "  - {id: none, when: not exists(input.post), fail: {code: invalid_input, message: No post.}}\n"
    + STEP.format("input.kind == 'own'"),
    "  - {id: none, when: not exists(input.post) or input.fast, fail: {code: not_found, message: No.}}\n"
    + STEP.format("input.kind == 'own'"),
    "  - id: look\n    request: {get: \"/posts/${{ input.post ?? 'me' }}\"}\n",
    "  - id: look\n    request: {get: \"/posts/${{ if(exists(input.post), input.post, 'me') }}\"}\n",
    "  - id: look\n    request: {get: \"/posts/${{ if(input.post == null, 'me', input.post) }}\"}\n",
    INIT.format("input.fast") + USE.format("input.fast"),
    INIT.format("input.fast") + USE.format("input.kind == 'own' and input.fast"),
    INIT.format("input.fast") + USE.format("exists(steps.init.id)"),
]
UNCERTAIN = [
    STEP.format("input.kind == 'own'"),
    STEP.format("exists(input.post) or input.fast"),
    STEP.format("input.post == null"),
    STEP.format("input.post != 'a'"),
    STEP.format("exists(input.kind)"),
    STEP.format("not starts_with(input.post, 'a')"),
    "  - {id: none, when: not exists(input.post) and input.fast, fail: {code: not_found, message: No.}}\n"
    + STEP.format("input.kind == 'own'"),
    '  - id: look\n    request: {get: "/posts/${{ input.post ?? null }}"}\n',
    "  - id: look\n    request: {get: '/posts/${{ if(exists(input.post), input.post) }}'}\n",
    INIT.format("input.fast") + USE.format("input.kind == 'own'"),
    INIT.format("input.fast and input.kind == 'own'") + USE.format("input.fast"),
]


def rules_broken(steps: str, root: Path) -> set[str]:
    shutil.copytree(ACME, root / "acme")
    file = root / "acme" / "actions" / "_look_at.yaml"
    file.write_text(f"{HEAD.lstrip()}steps:\n{steps}", "utf-8")
    return {finding.rule for finding in check([file], today=TODAY)} - {"unused-input"}


@pytest.mark.parametrize("steps", CERTAIN)
def test_what_a_condition_makes_certain_is_no_finding(steps: str, tmp_path: Path) -> None:
    assert rules_broken(steps, tmp_path) == set()


@pytest.mark.parametrize("steps", UNCERTAIN)
def test_what_no_condition_makes_certain_is_one(steps: str, tmp_path: Path) -> None:
    assert rules_broken(steps, tmp_path) == {"maybe-missing"}
