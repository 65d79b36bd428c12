"""What every face tells of an action, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.decide.costs import prices
from postwire.language.units import parse_duration, show_duration

if TYPE_CHECKING:
    from postwire.decide.program import Program


def describe(program: Program) -> dict[str, Any]:
    """Title, description, effect, scopes, schemas, limits, costs, errors and examples of an action."""
    action = program.action
    about: dict[str, Any] = {
        "id": program.id,
        "title": action.title,
        "description": action.description,
        "effect": action.effect,
        "keywords": action.keywords,
        "scopes": action.scopes,
        "input": program.input.published,
        "output": {"type": "object", **action.output},
        "limits": _limits(program),
        "costs": prices(program.api, program.paths()),
        "errors": sorted({rule.code for rule in (*program.rules, *program.api.errors)}),
        "examples": [
            example.model_dump(by_alias=True, exclude_defaults=True, mode="json")
            for example in action.examples
        ],
    }
    if action.docs:
        about["docs"] = action.docs.model_dump(mode="json")
    return about


def _limits(program: Program) -> list[str]:
    """The limits of the paths that the action calls, in words."""
    found: dict[str, None] = {}
    for method, path in program.paths():
        for rule in program.api.rules_for(method, path):
            whose = "account" if rule.of == "account" else "app"
            each = show_duration(parse_duration(rule.per))
            note = f". {rule.note}" if rule.note else ""
            found[f"{rule.calls} calls of {rule.path} per {each} and {whose}{note}"] = None
    return list(found)
