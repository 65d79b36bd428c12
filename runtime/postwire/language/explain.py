"""What does not fit an input schema, in words for people: what would fit, and what to do.

Only called when something does not fit, for jsonschema takes its time. Its own messages are never shown: they
repeat the whole value. Where the two validators read the specification differently (`pattern`, `format`,
`multipleOf`, `uniqueItems`) jsonschema-rs decides here too; its patterns also take linear time.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import jsonschema_rs
import referencing
from jsonschema import Draft202012Validator, ValidationError, validators

from postwire.errors import Field, shown
from postwire.language.places import Path, at, pointer, rank
from postwire.secret import scrub

Error = Any  # a ValidationError, whose fields jsonschema types as perhaps unset
MOST: Final = 50  # mistakes that are told
_LOOKED_AT: Final = 1000  # mistakes that are sorted
_LISTED: Final = 25  # allowed values that a message lists
_CUT: Final = 120  # characters of a description
_CLOSE: Final = 0.6
_MEDIA: Final = "media: an address, a path, a media_… handle or a data: URI"
_KINDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of named fields",
    "null": "null",
}
_FORMATS: Final = {
    "uri": "a full address such as https://example.com/page",
    "date-time": "a time with its zone such as 2026-11-24T20:00:00Z",
    "date": "a date such as 2026-11-24",
    "time": "a time of day with its zone such as 20:00:00Z",
    "email": "an e-mail address",
    "media": _MEDIA,
}


def explain(published: dict[str, Any], schema: dict[str, Any], values: Any) -> list[Field]:
    """Every mistake in *values* (at most 50 and a last word on the rest), by path, in the schema's order.

    Args:
        published: the schema as faces show it, where base64 aliases are inputs of their own.
        schema: the closed schema that *values* were checked against, aliases resolved.
        values: JSON values only.

    A value is repeated cut to 80 characters, and not at all where the schema says `x-secret`.
    """
    validator = _Validator(schema, registry=referencing.Registry())
    teller = _Teller(published, schema)
    found: dict[tuple[Path, str], Field] = {}
    for error in islice(validator.iter_errors(_quiet(values)), _LOOKED_AT):
        for path, field in teller.tell(error):
            found.setdefault((path, field.message), field)
    ordered = [found[key] for key in sorted(found, key=lambda key: rank(schema, key[0]))]
    if len(ordered) <= MOST:
        return ordered
    return [*ordered[:MOST], Field("", f"and {len(ordered) - MOST} more mistakes: correct these first")]


class _Text(str):
    """A text that jsonschema cannot repeat in a message: its own would be as long as the text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "…"


class _List(list[Any]):
    """As _Text; `plain` is what it was made of."""

    plain: list[Any]

    def __repr__(self) -> str:
        return "[…]"


class _Map(dict[str, Any]):
    """As _Text."""

    def __repr__(self) -> str:
        return "{…}"


def _quiet(value: Any) -> Any:
    if isinstance(value, str):
        return _Text(value)
    if isinstance(value, dict):
        return _Map({_Text(key): _quiet(inner) for key, inner in value.items()})
    if isinstance(value, list):
        made = _List(map(_quiet, value))
        made.plain = value
        return made
    return value


@lru_cache(maxsize=256)
def _checker(keyword: str, limit: Any) -> Any:
    return jsonschema_rs.Draft202012Validator({keyword: limit}, validate_formats=True, mask="…")


def _as_in_rust(keyword: str) -> Callable[..., Iterator[ValidationError]]:
    """The keyword as jsonschema-rs reads it."""

    def check(_: Any, limit: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
        plain = str.__str__(instance) if isinstance(instance, str) else getattr(instance, "plain", instance)
        if not isinstance(plain, dict) and not _checker(keyword, limit).is_valid(plain):
            yield ValidationError(keyword)

    return check


_Validator: Any = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {keyword: _as_in_rust(keyword) for keyword in ("pattern", "format", "multipleOf", "uniqueItems")},
)

Told = Iterator[tuple[Path, Field]]


class _Teller:
    """Says what an error of jsonschema means, with what the schemas say around it."""

    def __init__(self, published: dict[str, Any], schema: dict[str, Any]) -> None:
        self._published = published
        self._schema = schema
        properties = schema.get("properties", {})
        rules = {
            name: inner.get("x-media", {}) for name, inner in properties.items() if isinstance(inner, dict)
        }
        self._aliases = {name: rule["base64_alias"] for name, rule in rules.items() if "base64_alias" in rule}

    def tell(self, error: Error) -> Told:
        """The mistakes that *error* stands for, each with its path."""
        path = tuple(error.absolute_path)
        special = {
            "required": self._required,
            "additionalProperties": self._unknown,
            "dependentRequired": self._dependent,
            "anyOf": self._branches,
            "oneOf": self._branches,
        }.get(str(error.validator))
        if special is not None:
            yield from special(error, path)
            return
        say = _WORDS.get(str(error.validator))
        message = (
            say(error) if say else f"does not fit what the schema says ({error.validator or 'nothing fits'})"
        )
        yield path, Field(pointer(path), message, self._got(error, path))

    def _got(self, error: Error, path: Path) -> str | None:
        """The value as it may be repeated: single values that are not secret."""
        value = error.instance
        if isinstance(value, dict | list) or value is None:
            return None
        if any(inner.get("x-secret") for inner in (*at(self._schema, path), _map(error.schema))):
            return None
        # Cut before anything else looks at it: it may have 50 MB.
        return shown(scrub(value[:1000])) if isinstance(value, str) else shown(_spelled(value))

    def _required(self, error: Error, path: Path) -> Told:
        for name in error.validator_value:
            if name not in error.instance:
                yield (*path, name), Field(pointer((*path, name)), self._is_required(path, name))

    def _is_required(self, path: Path, name: str) -> str:
        about = next(
            (inner["description"] for inner in at(self._schema, (*path, name)) if "description" in inner), ""
        )
        how = (
            f", or give {self._aliases[name]} with base64 text" if not path and name in self._aliases else ""
        )
        return f"is required{how}{f': {_brief(about)}' if about else ''}"

    def _unknown(self, error: Error, path: Path) -> Told:
        known = [name for inner in at(self._published, path) for name in inner.get("properties", {})]
        declared = _map(error.schema).get("properties", {})
        for name in error.instance:
            if name not in declared:
                here = (*path, _short(name))
                yield here, Field(pointer(here), self._no_input(name, path, known))

    def _no_input(self, name: str, path: Path, known: list[str]) -> str:
        main = next((main for main, alias in self._aliases.items() if alias == name), None)
        if main is not None and not path:
            return f"is the same input as {main}: give one of the two"
        what = "input" if not path else "field"
        if meant := _meant(name, known):
            return f"there is no {what} {_short(name)!r}; did you mean {meant}?"
        here = f"; there are {_listed(known)}" if known else "; none is taken here"
        return f"there is no {what} {_short(name)!r}{here}"

    def _dependent(self, error: Error, path: Path) -> Told:
        for given, needed in error.validator_value.items():
            for name in needed if given in error.instance else ():
                if name not in error.instance:
                    message = f"is required when {given} is given"
                    yield (*path, name), Field(pointer((*path, name)), message)

    def _branches(self, error: Error, path: Path) -> Told:
        """`anyOf` and `oneOf`: lists of required names, kinds of values, or else the nearest branch."""
        branches: dict[Any, list[Error]] = {}
        for inner in error.context or ():
            branches.setdefault(inner.relative_schema_path[0], []).append(inner)
        names = _required_lists(error.validator_value)
        if names and isinstance(error.instance, dict):
            yield path, Field(pointer(path), self._choice(error, names))
        elif not branches:
            message = "fits more than one of the forms that exclude each other: give what belongs to one"
            yield path, Field(pointer(path), message)
        elif kinds := _only_kinds(error):
            yield path, Field(pointer(path), f"must be {_or(kinds)}{_instead(error)}", self._got(error, path))
        else:
            best = min(branches.values(), key=_misfit)
            for inner in best:
                yield from self.tell(inner)

    def _choice(self, error: Error, names: list[list[str]]) -> str:
        whole = ", ".join(" with ".join(map(self._named, group)) for group in names)
        given = [" with ".join(group) for group in names if all(name in error.instance for name in group)]
        count = "exactly one" if error.validator == "oneOf" else "at least one"
        return f"give {count} of {whole}" + (f"; {' and '.join(given)} are given" if len(given) > 1 else "")

    def _named(self, name: str) -> str:
        return f"{name} (or {self._aliases[name]})" if name in self._aliases else name


def _map(schema: Any) -> Mapping[str, Any]:
    return schema if isinstance(schema, Mapping) else {}


def _required_lists(branches: Any) -> list[list[str]]:
    """The names of each branch when every branch only asks for names; else nothing."""
    lists = [branch["required"] for branch in branches if _map(branch).keys() == {"required"}]
    return lists if len(lists) == len(branches) and all(lists) else []


def _only_kinds(error: Error) -> list[str]:
    """The kinds of value that would fit, when no branch got further than that."""
    kinds: list[str] = []
    for inner in error.context or ():
        if inner.validator != "type" or inner.relative_path:
            return []
        kinds += [kind for kind in _kinds(inner) if kind not in kinds]
    return kinds


def _misfit(errors: list[Error]) -> tuple[bool, int]:
    """How badly a branch fits: worst when the kind of value is wrong, or the constant that tells it apart."""
    told_apart = ("type", "const", "enum", "required")
    return any(e.validator in told_apart and len(e.relative_path) <= 1 for e in errors), len(errors)


def _meant(name: str, known: Iterable[str]) -> str | None:
    by_lower = {each.lower(): each for each in known}
    close = difflib.get_close_matches(_short(name).lower(), by_lower, 1, _CLOSE)
    return by_lower[close[0]] if close else None


def _short(name: str) -> str:
    return shown(name[:1000])


def _brief(description: str) -> str:
    line = " ".join(description.split())
    return line if len(line) <= _CUT else f"{line[: _CUT - 1]}…"


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _listed(values: list[Any]) -> str:
    more = f", … ({len(values)} in all)" if len(values) > _LISTED else ""
    return ", ".join(_short(_spelled(value)) for value in values[:_LISTED]) + more


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _kinds(error: Error) -> list[str]:
    if _map(error.schema).get("format") == "media":
        return [_MEDIA]
    wanted = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
    return [_KINDS.get(kind, kind) for kind in wanted]


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    for kind, name in (
        (str, "text"),
        (int | float, "a number"),
        (list, "a list"),
        (dict, "a group of fields"),
    ):
        if isinstance(value, kind):
            return name
    return type(value).__name__


def _instead(error: Error) -> str:
    return f", not {_kind(error.instance)}"


def _type(error: Error) -> str:
    kinds, value = _kinds(error), error.instance
    message = f"must be {_or(kinds)}"
    if isinstance(value, float) and "a number" not in kinds:
        return message if "a whole number" in kinds else message + _instead(error)
    message += _instead(error)
    if isinstance(value, str) and {"a number", "a whole number", "true or false"} & set(kinds):
        return f"{message}: write it without quotes"
    if "a list" in kinds and not isinstance(value, dict) and value is not None:
        return f"{message}: put it into a list, also when it is the only item"
    return message


def _enum(error: Error) -> str:
    allowed = list(error.validator_value)
    meant = None
    if isinstance(error.instance, str):
        meant = _meant(error.instance, map(_spelled, allowed))
    hint = f"; did you mean {meant}?" if meant else ""
    return f"must be {'one of ' if len(allowed) > 1 else ''}{_listed(allowed)}{hint}"


def _pattern(error: Error) -> str:
    examples = _map(error.schema).get("examples") or ()
    such = f", such as {_short(_spelled(examples[0]))}" if examples else ""
    return f"must match {_short(error.validator_value)}{such}"


def _plural(count: Any, one: str) -> str:
    return f"{count} {one}" + ("" if count == 1 else "s")


def _not(error: Error) -> str:
    names = _map(error.validator_value).get("required")
    if names and len(_map(error.validator_value)) == 1:
        return (
            f"give not {' and '.join(names)} together" if len(names) > 1 else f"{names[0]} is not taken here"
        )
    return "has a form that is not taken"


def _bound(words: str) -> Callable[[Error], str]:
    return lambda error: f"must be {words} {error.validator_value}"


def _count(words: str, thing: str, remedy: str) -> Callable[[Error], str]:
    def say(error: Error) -> str:
        wanted = f"must have {words} {_plural(error.validator_value, thing)}"
        return f"{wanted}; this has {len(error.instance)}: {remedy}"

    return say


_WORDS: Final[dict[str, Callable[[Error], str]]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda error: f"must be {_short(_spelled(error.validator_value))}",
    "minLength": _count("at least", "character", "make it longer"),
    "maxLength": _count("at most", "character", "shorten it"),
    "minItems": _count("at least", "item", "add some"),
    "maxItems": _count("at most", "item", "leave some out"),
    "minProperties": _count("at least", "field", "add some"),
    "maxProperties": _count("at most", "field", "leave some out"),
    "uniqueItems": lambda _: "has an item twice: give each one once",
    "contains": lambda _: "has no item of the kind that one of them must be",
    "minimum": _bound("at least"),
    "maximum": _bound("at most"),
    "exclusiveMinimum": _bound("more than"),
    "exclusiveMaximum": _bound("less than"),
    "multipleOf": _bound("a multiple of"),
    "pattern": _pattern,
    "format": lambda error: (
        f"must be {_FORMATS.get(error.validator_value, f'a valid {error.validator_value}')}"
    ),
    "not": _not,
}
