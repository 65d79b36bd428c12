"""Reading a file into its model: every word that does not belong, is missing, or holds the wrong thing."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from postwire.errors import CATALOGUE, shown
from postwire.language import shapes
from postwire.language.functions import nearest
from postwire.language.lint.document import Document, file_finding
from postwire.language.lint.finding import Finding
from postwire.language.yamlfile import YamlProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path as FilePath

    from postwire.language.yamlfile import Path

M = TypeVar("M", bound=BaseModel)
Problem = dict[str, Any]  # one entry of pydantic's ValidationError.errors()
_WANTED: Final = {
    "string": "text (quote a number or a word such as true)",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a map",
    "model": "a map",
}
_SHAPES: Final = {
    r"^_?[a-z][a-z0-9_]*$": "small letters, digits and _, beginning with a letter",
    r"^\d{4}-\d{2}-\d{2}$": "a date such as 2026-11-24",
    r"^https://": "an address that begins with https://",
    r"^\d+(s|m|h|d)$": "a duration such as 30s, 15m, 1h or 1d",
    r"^(\d+(\.\d+)?(ms|s|m|h|d)|.*\$\{\{.*)$": "a duration such as 500ms, 5s, 10m, or one hole",
    r"^https?://[^/]+[^ ]*[^/]$": "an address without a slash at its end",
}
_KEY: Final = "[key]"
_ACTIONS: Final = "actions"
_SHAPES_ARE: Final = "Shapes stand in shapes.yaml of the folder and in common.schema.json."


@dataclass(slots=True)
class Sheet(Generic[M]):
    """A file that was read: `document` and `model` are None as far as it could not be."""

    path: FilePath
    document: Document | None = None
    model: M | None = None
    findings: list[Finding] = field(default_factory=list)


def read(path: FilePath, model: type[M]) -> Sheet[M]:
    """Read the file *path* as *model*; what does not fit becomes findings.

    Words that do not belong are told and then left out, so that one of them hides no other mistake.
    """
    sheet: Sheet[M] = Sheet(path)
    try:
        sheet.document = Document(path.as_posix(), path.read_text("utf-8"))
    except YamlProblem as problem:
        text = path.read_text("utf-8").split("\n")
        source = text[problem.mark.line - 1] if problem.mark.line <= len(text) else ""
        place = (problem.mark.line, problem.mark.column, "yaml-profile", problem.message)
        sheet.findings.append(Finding(path.as_posix(), *place, source=source))
    except (OSError, UnicodeDecodeError):
        sheet.findings.append(file_finding(path, "yaml-profile", "the file cannot be read as UTF-8 text"))
    if sheet.document is not None:
        if path.parent.name == _ACTIONS:
            _expand(sheet, sheet.document, path.parents[1])
        sheet.model = _validated(sheet, sheet.document, model)
    return sheet


def _expand(sheet: Sheet[M], document: Document, folder: FilePath) -> None:
    """Put the shapes that the file names into its data, where all rules look at them."""
    try:
        if "$ref:" in document.text and isinstance(document.data, dict):
            document.data = shapes.expanded(document.data, shapes.of(folder))
    except shapes.UnknownShape as problem:
        spot = document.value(problem.path)
        sheet.findings.append(document.finding(spot, "unknown-shape", problem.message, _SHAPES_ARE))
    except (YamlProblem, OSError, UnicodeDecodeError):
        sheet.findings.append(file_finding(folder / shapes.FILE, "yaml-profile", "the file cannot be read"))


def _validated(sheet: Sheet[M], document: Document, model: type[M]) -> M | None:
    data = copy.deepcopy(document.data)
    if not isinstance(data, dict):
        spot = document.value(())
        sheet.findings.append(document.finding(spot, "wrong-type", "the file is not a map of words"))
        return None
    problems = _problems(model, data)
    for problem in problems:
        if problem["type"] == "extra_forbidden":
            _remove(data, problem["loc"])
    # What the model checks as a whole is only seen when every word by itself is right.
    again = _problems(model, data)
    told = [(problem["type"], problem["loc"]) for problem in problems]
    problems += [problem for problem in again if (problem["type"], problem["loc"]) not in told]
    sheet.findings += [_finding(document, model, problem) for problem in problems]
    return None if again else model.model_validate(data, strict=True, by_alias=True, by_name=False)


def _problems(model: type[BaseModel], data: Any) -> list[Problem]:
    try:
        model.model_validate(data, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        return [dict(problem) for problem in error.errors(include_url=False)]
    return []


def _remove(data: Any, loc: Path) -> None:
    for key in loc[:-1]:
        data = data[key]
    data.pop(loc[-1], None)


def unknown_shape(_: Document, __: type[BaseModel], ___: Problem) -> Iterator[str]:
    """A `$ref` names a shape of shapes.yaml or of the common schema, and none holds itself."""
    yield from ()  # told before the model reads the file


def _finding(document: Document, model: type[BaseModel], problem: Problem) -> Finding:
    for rule in RULES:
        for message in rule(document, model, problem):
            path = tuple(key for key in problem["loc"] if key != _KEY)
            at_key = rule in (unknown_word, bad_name, only_one, missing_word)
            if rule is only_one and document.has((*path, message.split()[0])):
                path = (*path, message.split()[0])
            spot = document.key(path) if at_key else document.value(path)
            return document.finding(spot, rule.__name__.replace("_", "-"), message)
    return document.finding(document.value(()), "wrong-value", str(problem["msg"]))


def yaml_profile(_: Document, __: type[BaseModel], problem: Problem) -> Iterator[str]:
    """The file is UTF-8 and of our YAML profile: no anchors, no tags, no key twice, one document."""
    if problem["type"] == "yaml":
        yield str(problem["msg"])


def unknown_word(_: Document, model: type[BaseModel], problem: Problem) -> Iterator[str]:
    """Every word is one that the language has at its place."""
    if problem["type"] == "extra_forbidden":
        *loc, word = problem["loc"]
        known = words(model_at(model, tuple(loc)))
        hint = nearest(str(word), known) or f"; there are {', '.join(known)}"
        yield f"{word!r} is no word here{hint}"


def missing_word(_: Document, __: type[BaseModel], problem: Problem) -> Iterator[str]:
    """Every word that is needed is there."""
    if problem["type"] == "missing":
        yield f"the word {problem['loc'][-1]!r} is missing"


def bad_name(_: Document, __: type[BaseModel], problem: Problem) -> Iterator[str]:
    """Names are small letters, digits and `_`, beginning with a letter."""
    if problem["type"] == "string_pattern_mismatch" and _KEY in problem["loc"]:
        yield f"the name {shown(problem['input'])} is not {_pattern(problem)}"


def unknown_error_code(_: Document, __: type[BaseModel], problem: Problem) -> Iterator[str]:
    """An error code is one of the catalogue."""
    if problem["type"] == "value_error" and " is no error code" in problem["msg"]:
        code = shown(problem["input"])
        hint = nearest(code, CATALOGUE) or f"; there are {', '.join(CATALOGUE)}"
        yield f"{code} is no error code{hint}"


def only_one(_: Document, __: type[BaseModel], problem: Problem) -> Iterator[str]:
    """One kind a step, one method and one body a request; words stand with the kind that they belong to."""
    if problem["type"] == "value_error":
        yield str(problem["msg"]).removeprefix("Value error, ")


def wrong_type(_: Document, __: type[BaseModel], problem: Problem) -> Iterator[str]:
    """A word holds what it asks for: text, a number, a list, a map."""
    kind = problem["type"].removesuffix("_type").removesuffix("_parsing")
    if problem["type"].endswith(("_type", "_parsing")) and kind in _WANTED:
        yield f"{_place(problem)} is {_WANTED[kind]}, not {_given(problem['input'])}"


def wrong_value(_: Document, __: type[BaseModel], problem: Problem) -> Iterator[str]:
    """A value is one of the few that its word takes, in its bounds and of its form."""
    context, given = problem.get("ctx", {}), shown(problem["input"])
    match problem["type"]:
        case "literal_error":
            yield f"{_place(problem)} is {context['expected']}, not {given}"
        case "string_pattern_mismatch":
            yield f"{_place(problem)} is {_pattern(problem)}; {given} is not"
        case "string_too_short":
            yield f"{_place(problem)} is empty"
        case "greater_than_equal":
            yield f"{_place(problem)} is at least {context['ge']}, not {given}"
        case "less_than_equal":
            yield f"{_place(problem)} is at most {context['le']}, not {given}"


RULES: Final[tuple[Callable[[Document, type[BaseModel], Problem], Iterator[str]], ...]] = (
    yaml_profile,
    unknown_shape,
    unknown_word,
    missing_word,
    bad_name,
    unknown_error_code,
    only_one,
    wrong_type,
    wrong_value,
)


def _place(problem: Problem) -> str:
    named = [key for key in problem["loc"] if isinstance(key, str) and key != _KEY]
    item = "an item of " if problem["loc"] and isinstance(problem["loc"][-1], int) else ""
    return f"{item}{named[-1]}" if named else "the file"


def _given(value: Any) -> str:
    if isinstance(value, dict):
        return "a map"
    return "a list" if isinstance(value, list) else "nothing" if value is None else shown(value)


def _pattern(problem: Problem) -> str:
    pattern = problem["ctx"]["pattern"]
    return _SHAPES.get(pattern, f"of the form {pattern}")


def words(model: type[BaseModel] | None) -> list[str]:
    """The words of a model, as YAML spells them."""
    return [info.alias or name for name, info in model.model_fields.items()] if model else []


def model_at(model: type[BaseModel], loc: Path) -> type[BaseModel] | None:
    """The model that the place *loc* holds."""
    found: type[BaseModel] | None = model
    for key in loc:
        if isinstance(key, str) and found is not None:
            found = _inner(found, key)
    return found


def _inner(model: type[BaseModel], word: str) -> type[BaseModel] | None:
    for name, info in model.model_fields.items():
        if (info.alias or name) == word:
            return next(_models(info.annotation), None)
    return None


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)
