"""Rules of the `input` and `output` schemas."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs

from postwire.errors import shown
from postwire.language.functions import nearest
from postwire.language.lengths import UNITS
from postwire.language.lint.sources import source_problems
from postwire.language.lint.subject import DIALECT, Mistake, Subject
from postwire.language.locate import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from postwire.language.yamlfile import Path

_SELF_TYPED: Final = ("type", "enum", "const", "$ref", "anyOf", "oneOf", "allOf")
_TYPES: Final = ("string", "integer", "number", "boolean", "array", "object", "null")
_LENGTH_WORDS: Final = ("unit", "min", "max")
_OUR_WORDS: Final = ("x-media", "x-file", "x-length", "x-secret", "x-options-from")


def invalid_schema(subject: Subject) -> Iterator[Mistake]:
    """`input` and `output` are JSON Schema 2020-12."""
    for word in ("input", "output"):
        for error in _meta_validator().iter_errors(getattr(subject.action, word)):
            said = shown(error.instance)
            known = error.instance_path[-1:] == ["type"]
            message = f"there is no type {said}{nearest(said, _TYPES)}" if known else error.message
            yield Mistake((word, *error.instance_path), f"not JSON Schema 2020-12: {message}")


@cache
def _meta_validator() -> Any:
    return jsonschema_rs.Draft202012Validator({"$ref": DIALECT["$schema"]})


def undescribed_property(subject: Subject) -> Iterator[Mistake]:
    """Every property says what it is, in a sentence."""
    for path, schema in _properties(subject):
        said = schema.get("description")
        if not isinstance(said, str) or not said.strip():
            yield Mistake(path, f"{path[-1]} has no description", at_key=True)
        elif said[-1] not in ".!?":
            yield Mistake((*path, "description"), "a description is a sentence: it ends with a dot")


def untyped_property(subject: Subject) -> Iterator[Mistake]:
    """Every property has a type."""
    for path, schema in _properties(subject):
        if not any(word in schema for word in _SELF_TYPED):
            yield Mistake(path, f"{path[-1]} has no type", at_key=True)
    for path, schema in _nodes(subject):
        if schema.get("type") == "array" and "items" not in schema:
            yield Mistake(path, "this array does not say what its items are", at_key=True)


def open_object(subject: Subject) -> Iterator[Mistake]:
    """The input is closed: a word that it does not know is refused, not lost."""
    for path, schema in _nodes(subject):
        if path[0] == "input" and "properties" in schema:
            if schema.get("additionalProperties", False) is not False:
                yield Mistake(
                    (*path, "additionalProperties"), "an input is closed: leave this out", at_key=True
                )
        elif path[0] == "input" and schema.get("type") == "object":
            yield Mistake(path, "this object does not say what its properties are", at_key=True)


def unknown_required(subject: Subject) -> Iterator[Mistake]:
    """`required` names properties."""
    for path, schema in _nodes(subject):
        properties = schema.get("properties")
        required = schema.get("required")
        for index, name in enumerate(required if isinstance(required, list) else ()):
            if not isinstance(properties, dict) or name not in properties:
                hint = nearest(str(name), properties or ())
                yield Mistake((*path, "required", index), f"there is no property {name}{hint}")


def slow_pattern(subject: Subject) -> Iterator[Mistake]:
    """A `pattern` can be read, and takes time in proportion to a text: no repetition in a repetition."""
    for path, schema in _nodes(subject):
        pattern = schema.get("pattern")
        if not isinstance(pattern, str):
            continue
        try:
            re.compile(pattern)
            jsonschema_rs.Draft202012Validator({"pattern": pattern})
        except (re.error, ValueError) as error:
            yield Mistake((*path, "pattern"), f"this pattern cannot be read: {shown(str(error))}")
        else:
            if nests_repetition(pattern):
                yield Mistake((*path, "pattern"), "a repetition inside a repetition can take for ever")


def nests_repetition(pattern: str) -> bool:
    """Whether a group that repeats without end is itself repeated without end."""
    endless = [False]
    tokens = re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d+,?\d*\}|.", pattern, re.DOTALL)
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        repeated = following in ("*", "+") or re.fullmatch(r"\{\d+,\}", following) is not None
        if token == "(":  # noqa: S105 - a bracket
            endless.append(False)
        elif token == ")" and len(endless) > 1:  # noqa: S105
            inner = endless.pop()
            if inner and repeated:
                return True
            endless[-1] |= inner or repeated
        elif repeated:
            endless[-1] = True
    return False


def media_rule(subject: Subject) -> Iterator[Mistake]:
    """`x-media` and `x-file` have the words of `schemas/media.schema.json`; `x-media` is of `format: media`.

    `x-file` says of a text that it is the address of a file.
    """
    for path, schema in _nodes(subject):
        for word in ("x-media", "x-file"):
            if word not in schema:
                continue
            here = (*path, word)
            if (schema.get("format") == "media") != (word == "x-media"):
                yield Mistake(here, f"{word} belongs to {_BELONGS[word]}", at_key=True)
            yield from _misruled(schema[word], here)


_BELONGS: Final = {
    "x-media": "a property of format: media",
    "x-file": "an address; a property of format: media has x-media",
}


def _misruled(rules: Any, here: Path) -> Iterator[Mistake]:
    known = _media_words()
    for word in rules if isinstance(rules, dict) else ():
        if word not in known:
            yield Mistake((*here, word), f"{word!r} is no media rule{nearest(word, known)}", at_key=True)
    for error in _media_validator().iter_errors(rules):
        if "additionalProperties" not in error.schema_path:
            yield Mistake((*here, *error.instance_path), _media_message(error))


def _media_message(error: Any) -> str:
    if not error.instance_path:
        return str(error.message)
    word = error.instance_path[0]
    return f"{word} cannot be {shown(error.instance)}. {_media_schema()['properties'][word]['description']}"


@cache
def _media_schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shipped("schemas") / "media.schema.json").read_text("utf-8"))
    return found


def _media_words() -> list[str]:
    return list(_media_schema()["properties"])


@cache
def _media_validator() -> Any:
    return jsonschema_rs.Draft202012Validator(_media_schema())


def length_rule(subject: Subject) -> Iterator[Mistake]:
    """`x-length` has a `unit` that we count in, and a `min` or `max`."""
    for path, schema in _nodes(subject):
        if "x-length" in schema:
            rule = schema["x-length"]
            for key, message in _length_problems(rule if isinstance(rule, dict) else {}):
                yield Mistake((*path, "x-length", *key), message)


def _length_problems(rule: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    unit = rule.get("unit")
    if not isinstance(unit, str) or unit not in UNITS:
        hint = nearest(str(unit), UNITS) or f"; there are {', '.join(UNITS)}"
        yield ("unit",), f"x-length has no unit {shown(str(unit))}{hint}"
    if "max" not in rule and "min" not in rule:
        yield (), "x-length needs max or min"
    for word, value in rule.items():
        if word not in _LENGTH_WORDS:
            yield (word,), f"{word!r} is no word of x-length{nearest(word, _LENGTH_WORDS)}"
        elif word != "unit" and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            yield (word,), f"{word} is a whole number, not {shown(value)}"


def schema_word(subject: Subject) -> Iterator[Mistake]:
    """A word that begins with `x-` is one of ours."""
    for path, schema in _nodes(subject):
        for word in schema:
            if word.startswith("x-") and word not in _OUR_WORDS:
                yield Mistake((*path, word), f"{word} has no meaning{nearest(word, _OUR_WORDS)}", at_key=True)


def options_source(subject: Subject) -> Iterator[Mistake]:
    """`x-options-from` names a read action of the integration, and where in its output the choices stand."""
    for path, schema in _nodes(subject):
        if "x-options-from" in schema:
            for key, message in source_problems(schema["x-options-from"], path[0] == "input", subject.folder):
                yield Mistake((*path, "x-options-from", *key), message)


def default_fits(subject: Subject) -> Iterator[Mistake]:
    """A `default` is a value that its own schema takes."""
    for path, schema in _nodes(subject):
        if "default" in schema:
            for message in unfit(schema["default"], schema):
                yield Mistake((*path, "default"), f"the default does not fit: {message}")


def unfit(value: Any, schema: dict[str, Any]) -> list[str]:
    """What of *value* does not fit *schema*, for people; nothing where the schema itself is wrong."""
    try:
        errors = list(jsonschema_rs.Draft202012Validator(schema, validate_formats=True).iter_errors(value))
    except ValueError:
        return []
    return [
        f"{'/'.join(map(str, error.instance_path))}: {error.message}"
        if error.instance_path
        else error.message
        for error in errors
    ]


def _nodes(subject: Subject) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every schema inside `input` and `output`, with its path."""
    for word in ("input", "output"):
        yield from _below(getattr(subject, word), (word,))


def _below(schema: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    if not isinstance(schema, dict):
        return
    yield path, schema
    properties = schema.get("properties")
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        yield from _below(inner, (*path, "properties", name))
    yield from _below(schema.get("items"), (*path, "items"))


def _properties(subject: Subject) -> Iterator[tuple[Path, dict[str, Any]]]:
    return ((path, schema) for path, schema in _nodes(subject) if path[-2:-1] == ("properties",))


RULES: Final[tuple[Callable[[Subject], Iterator[Mistake]], ...]] = (
    invalid_schema,
    undescribed_property,
    untyped_property,
    open_object,
    unknown_required,
    slow_pattern,
    media_rule,
    length_rule,
    schema_word,
    options_source,
    default_fits,
)
