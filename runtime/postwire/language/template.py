"""Values of a manifest at work: YAML data with holes becomes one closure `scope → value`.

`${{ expression }}` alone keeps its type; inside text it becomes text; in an address it is percent-encoded.
A missing entry is dropped, and a map or list whose every part was missing is missing itself.
`$each … as … where … to` makes a list from a list; `$when` drops a map as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import shown
from postwire.language.expression import Closure, Scope, compile_condition, compile_expression
from postwire.language.missing import MISSING, ExpressionProblem, percent_encoded, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OPEN: Final = "${{"
_CLOSE: Final = "}}"
LOOP: Final = frozenset({"$each", "as", "where", "to"})
MAX_TURNS: Final = 100_000


class TemplateProblem(Exception):
    """A value with holes that cannot be read; `offset` counts characters of the text it stands in."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Hole:
    """An expression inside a text, and where it begins there."""

    expression: str
    offset: int


def pieces(value: str) -> list[str | Hole]:
    """*value* as plain texts and holes, in order.

    Raises:
        TemplateProblem: a hole that is not closed.
    """
    found: list[str | Hole] = []
    end = 0
    while (start := value.find(_OPEN, end)) >= 0:
        first = start + len(_OPEN)
        last = value.find(_CLOSE, first)
        if last < 0:
            raise TemplateProblem("the hole ${{ is not closed by }}", start)
        found += [value[end:start]] if start > end else []
        inside = value[first:last]
        found.append(Hole(inside.strip(), first + len(inside) - len(inside.lstrip())))
        end = last + len(_CLOSE)
    return found + ([value[end:]] if end < len(value) else [])


def holes(value: Any) -> Iterator[Hole]:
    """Every hole in *value*, at any depth; the bare expressions of `$each`'s company are not among them."""
    if isinstance(value, str):
        yield from (piece for piece in pieces(value) if isinstance(piece, Hole))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from holes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from holes(inner)


def compile_value(value: Any) -> Closure:
    """The closure of any manifest value."""
    if isinstance(value, str):
        return _compile_text(value)
    if isinstance(value, dict):
        return _compile_map(value)
    if isinstance(value, list):
        return _compile_list(value)
    return lambda _: value


@lru_cache(maxsize=4096)
def _compile_text(value: str) -> Closure:
    parts = pieces(value)
    if len(parts) == 1 and isinstance(parts[0], Hole):
        return compile_expression(parts[0].expression)
    if not any(isinstance(part, Hole) for part in parts):
        return lambda _: value
    return _joined(parts, text)


@lru_cache(maxsize=4096)
def compile_address(value: str) -> Callable[[Scope], Any]:
    """The closure of an address: one lone hole is a whole address, other holes are percent-encoded.

    A value that would make a step up or down of the path (`..`) is an ExpressionProblem.
    """
    parts = pieces(value)
    if len(parts) == 1 and isinstance(parts[0], Hole):
        return compile_expression(parts[0].expression)
    joined = _joined(parts, encode)

    def run(scope: Scope) -> Any:
        made = joined(scope)
        # Dots are not percent-encoded, and %2E means the same: the only way is to refuse them.
        if made is not MISSING and not {".", ".."}.isdisjoint(made.partition("?")[0].split("/")):
            raise ExpressionProblem(f"{shown(made)} is no address: . and .. are no ids")
        return made

    return run


def encode(value: Any) -> str:
    """*value* percent-encoded for an address; a list item by item, with commas between."""
    if isinstance(value, list | tuple):
        return ",".join(encode(item) for item in value)
    return percent_encoded(value)


def _joined(parts: list[str | Hole], spell: Callable[[Any], str]) -> Closure:
    closures = [part if isinstance(part, str) else compile_expression(part.expression) for part in parts]

    def run(scope: Scope) -> Any:
        spelled = []
        for part in closures:
            if isinstance(part, str):
                spelled.append(part)
                continue
            value = part(scope)
            if value is MISSING:
                return MISSING
            spelled.append(spell(value) if value is not None else "null")
        return "".join(spelled)

    return run


def _compile_map(value: dict[str, Any]) -> Closure:
    if "$each" in value:
        return _compile_each(value)
    condition = compile_condition(value["$when"]) if "$when" in value else None
    entries = {key: compile_value(inner) for key, inner in value.items() if key != "$when"}

    def run(scope: Scope) -> Any:
        if condition is not None and not condition(scope):
            return MISSING
        made = {key: found for key, entry in entries.items() if (found := entry(scope)) is not MISSING}
        return made if made or not entries else MISSING

    return run


def _compile_list(value: list[Any]) -> Closure:
    closures = [compile_value(inner) for inner in value]

    def run(scope: Scope) -> Any:
        made = [found for closure in closures if (found := closure(scope)) is not MISSING]
        return made if made or not closures else MISSING

    return run


def _compile_each(value: dict[str, Any]) -> Closure:
    items = compile_value(value["$each"])
    name = value.get("as", "item")
    where = compile_condition(value["where"]) if "where" in value else None
    to = compile_value(value.get("to", f"${{{{ {name} }}}}"))

    def run(scope: Scope) -> Any:
        found = items(scope)
        if found is MISSING or found is None:
            return MISSING
        if not isinstance(found, list | tuple):
            raise ExpressionProblem(f"$each goes over a list, not over {type(found).__name__}")
        if len(found) > MAX_TURNS:
            raise ExpressionProblem(f"$each goes over at most {MAX_TURNS} items")
        made = []
        for index, item in enumerate(found):
            inner = {**scope, name: item, "index": index}
            if where is None or where(inner):
                made.append(to(inner))
        kept = [each for each in made if each is not MISSING]
        return kept if kept or not made else MISSING

    return run
