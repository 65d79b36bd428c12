"""The JSON Schemas of our files, made from the models: editors and other programs check with them.

What is written by hand in `schemas/*.schema.json` are the examples and anti-examples; everything else of
`action`, `integration` and `quality` comes from here, and a test compares the two.
"""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import CATALOGUE
from postwire.language.lint.quality import STANDARDS, Quality
from postwire.language.lint.subject import DIALECT
from postwire.language.lint.words import meaning
from postwire.language.manifest import BESIDE, BODIES, KINDS, METHODS, Action, Integration

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

    Schema = dict[str, Any]

KEPT: Final = ("examples", "x-antiExamples")
_TITLES: Final[dict[str, tuple[type[BaseModel], str]]] = {
    "action": (Action, "An action of Postwire"),
    "integration": (Integration, "An integration of Postwire (integration.yaml)"),
    "quality": (Quality, "What an integration says of its quality (quality.yaml)"),
}
_META: Final = DIALECT["$schema"]


def _one_of(words: tuple[str, ...]) -> Schema:
    return {"oneOf": [{"required": [word]} for word in words]}


def _at_most_one(words: tuple[str, ...]) -> Schema:
    return {"not": {"anyOf": [{"required": list(pair)} for pair in combinations(words, 2)]}}


def _step() -> list[Schema]:
    """One kind a step, and only the words that belong to it."""
    beside = [
        {
            "if": {"required": [kind]},
            "then": {
                "propertyNames": {"enum": sorted({"id", "when", kind, *(w.rstrip("_") for w in words)})}
            },
        }
        for kind, words in BESIDE.items()
    ]
    return [_one_of(KINDS), *beside, {"if": {"required": ["foreach"]}, "then": {"required": ["do"]}}]


# What the models check as a whole, said once more in JSON Schema.
_WHOLES: Final[dict[str, list[Schema]]] = {
    "RequestSpec": [_one_of(METHODS), _at_most_one(BODIES)],
    "Poll": [_one_of(METHODS), _at_most_one(BODIES)],
    "Upload": [
        _one_of(METHODS),
        _at_most_one(tuple(word for word in BODIES if word != "media")),
        _one_of(("part_size", "ranges")),
        {"dependentRequired": {"ranges": ["first", "last"]}},
        {
            "if": {"properties": {"resync": {"not": {"const": False}}}, "required": ["resync"]},
            "then": {"properties": {"parallel": {"const": 1}}},
        },
    ],
    "Verify": [
        {"dependentRequired": {"with": ["call"], "match": ["call"], "found": ["call"], "return": ["found"]}},
        {"anyOf": [{"required": [word]} for word in ("found", "absent", "look")]},
    ],
    "Signature": [{"dependentRequired": {"timestamp": ["field"]}}],
    "Step": _step(),
    "Action": [
        _one_of(("request", "steps")),
        {"if": {"required": ["save"]}, "then": {"required": ["request"]}},
    ],
}


def schema_of(name: str) -> Schema:
    """The schema of `action`, `integration` or `quality`, without examples."""
    model, title = _TITLES[name]
    made = model.model_json_schema(by_alias=True)
    definitions = made.pop("$defs", {})
    whole = {
        **DIALECT,
        "$id": f"{name}.schema.json",
        "title": title,
        **_described(model.__name__, made),
        "$defs": {key: _described(key, inner) for key, inner in sorted(definitions.items())},
    }
    if name == "quality":
        whole["properties"]["rules"]["examples"] = [{key: {"status": "done"} for key in STANDARDS}]
    return whole


def _described(model: str, schema: Schema) -> Schema:
    """One model's schema, with the meaning of its words and what the model checks as a whole."""
    made = {key: value for key, value in schema.items() if key not in ("title", "properties")}
    made["properties"] = {
        word: {"description": inner.get("description") or meaning(model, word), **_word(model, word, inner)}
        for word, inner in schema.get("properties", {}).items()
    }
    if model in _WHOLES:
        made["allOf"] = _WHOLES[model]
    return made


def _word(model: str, word: str, schema: Schema) -> Schema:
    made: Schema = _clean(schema)
    if "patternProperties" in made:  # a map by names, and by nothing else
        made["additionalProperties"] = False
    if word in ("code", "fail_code") or (model, word) == ("Example", "error"):
        made["enum"] = list(CATALOGUE)
    if model == "Action" and word in ("input", "output"):
        return {"$ref": _META}
    if (model, word) in (("Action", "steps"), ("Step", "do")):
        made["minItems"] = 1
    return made


def _clean(schema: Any) -> Any:
    """Without titles, and without null where it only stands for a word that was left out."""
    if isinstance(schema, list):
        return [_clean(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _clean(value)
        for key, value in schema.items()
        if key not in ("title", "description") and not (key == "default" and value is None)
    }
    options = [each for each in kept.get("anyOf", []) if each != {"type": "null"}]
    if "anyOf" in kept and len(options) == 1:
        kept.pop("anyOf")
        kept = {**options[0], **kept}
    return kept


def publish(folder: Path) -> list[str]:
    """Write what is made from models into *folder*, keeping the examples; the names of what changed."""
    changed = []
    for name in _TITLES:
        file = folder / f"{name}.schema.json"
        old = file.read_text("utf-8") if file.is_file() else "{}"
        new = rendered(name, json.loads(old))
        if new != old:
            file.write_text(new, "utf-8")
            changed.append(file.name)
    return changed


def rendered(name: str, old: Schema) -> str:
    """The text of a schema file: what the models say, with the examples of *old*."""
    kept = {key: old[key] for key in KEPT if key in old}
    return json.dumps({**schema_of(name), **kept}, indent=2, ensure_ascii=False) + "\n"
