"""What `x-options-from` says: which action knows the choices of an input, and where its output has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.errors import shown
from postwire.language.functions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postwire.language.lint.subject import Folder

    Told = Iterator[tuple[tuple[str, ...], str]]

# A word, and what it says when it is left out; None where it must be there.
WORDS: Final[dict[str, str | None]] = {
    "action": None,
    "path": None,
    "value": "id",
    "label": "name",
    "search": "",
}


def source_problems(rule: Any, in_input: bool, folder: Folder) -> Told:
    """(the key below `x-options-from`, what is wrong with it)."""
    if not isinstance(rule, dict) or not in_input:
        yield (), "x-options-from is a map, and belongs to a property of an input"
        return
    for word, value in rule.items():
        if word not in WORDS:
            yield (word,), f"{word!r} is no word of x-options-from{nearest(word, WORDS)}"
        elif not isinstance(value, str) or not value:
            yield (word,), f"{word} is a text, not {shown(value)}"
    missing = [word for word, usual in WORDS.items() if usual is None and word not in rule]
    if missing:
        yield (), f"x-options-from needs {' and '.join(missing)}"
    elif all(isinstance(value, str) for value in rule.values()):
        yield from _unknown(rule, folder)


def _unknown(rule: Mapping[str, str], folder: Folder) -> Told:
    name = rule["action"]
    found = folder.model(name)
    public = [each for each in folder.names if not each.startswith("_")]
    if found is None or name.startswith("_"):
        yield ("action",), f"there is no action {shown(name)}{nearest(name, public)}"
        return
    if found.effect != "read":
        yield ("action",), f"{name} does more than read"
        return
    yield from _unasked(rule, folder.schema(name, "input") or {})
    yield from _untold(rule, folder.schema(name, "output") or {})


def _unasked(rule: Mapping[str, str], schema: Mapping[str, Any]) -> Told:
    """It is called with nothing, or with the words that people look for."""
    inputs, search = schema.get("properties", {}), rule.get("search")
    if search is not None and search not in inputs:
        yield ("search",), f"{rule['action']} has no input {shown(search)}{nearest(search, inputs)}"
    for needed in schema.get("required", ()):
        if needed != search:
            yield ("action",), f"{rule['action']} cannot be asked without {needed}"


def _untold(rule: Mapping[str, str], schema: Mapping[str, Any]) -> Told:
    for step in rule["path"].split("."):
        inside = schema.get("properties", {})
        if step not in inside:
            yield ("path",), f"the output of {rule['action']} has no {shown(step)}{nearest(step, inside)}"
            return
        schema = inside[step]
    if schema.get("type") not in {"array", "boolean"}:
        yield ("path",), "choices are a list; a switch follows a boolean"
    items = schema.get("items", {}).get("properties")
    for word in ("value", "label") if items else ():
        name = rule.get(word, WORDS[word] or "")
        if name not in items:
            hint = nearest(name, items) if word in rule else f": say with {word} which field it is"
            key = (word,) if word in rule else ("path",)
            yield key, f"the items of {rule['path']} have no {shown(name)}{hint}"
