"""Rules of texts that hold expressions: holes, conditions, loops over lists.

Each yields (offset, width, message) for characters of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from postwire.language import syntax
from postwire.language.functions import nearest
from postwire.language.lint import kinds
from postwire.language.lint.scope import ELSEWHERE
from postwire.language.template import LOOP, Hole, TemplateProblem, pieces

if TYPE_CHECKING:
    from postwire.language.lint.kinds import Type
    from postwire.language.lint.scope import Scope

Said = Iterator[tuple[int, int, str]]
_TOKEN: Final = re.compile(r"'(?:[^']|'')*'|[A-Za-z_]\w*|[0-9.]+\w*|==|!=|<=|>=|\?\?|&&|\|\||.")
_OWN: Final = frozenset({"$each", "$when"})


def width_at(text: str, offset: int) -> int:
    """How long the word or sign at *offset* is."""
    found = _TOKEN.match(text, offset)
    return len(found[0]) if found else 1


def hole_in_condition(text: str) -> Said:
    """A condition is a bare expression, without `${{ }}`."""
    if "${{" in text:
        yield text.index("${{"), 3, "a condition is a bare expression: take away ${{ and }}"


def not_a_condition(text: str, found: Type) -> Said:
    """A condition is true or false."""
    if not kinds.is_a(found, "boolean"):
        yield 0, len(text.rstrip()), f"a condition is true or false, and this is {kinds.told(found)}"


def unclosed_hole(value: str) -> Said:
    """A hole `${{` is closed by `}}`."""
    try:
        pieces(value)
    except TemplateProblem as problem:
        yield problem.offset, 3, problem.message


def unreadable_expression(text: str) -> Said:
    """An expression is of the grammar: words instead of `&&` and `!`, `==` to compare, single quotes."""
    try:
        syntax.read(text)
    except syntax.SyntaxProblem as problem:
        at = min(problem.offset, max(len(text) - 1, 0))
        at += len(text[at:]) - len(text[at:].lstrip())
        yield at, width_at(text, at), problem.message


def not_text(holes: tuple[tuple[Hole, Type], ...], refused: tuple[str, ...]) -> Said:
    """A hole inside text gives text, a number or true and false."""
    for hole, found in holes:
        if found.kind in refused:
            way = "join()" if found.kind == "list" else "one of its fields" if found.media else "json()"
            message = f"{kinds.told(found)} inside text: use {way}"
            yield hole.offset, len(hole.expression), message


def each_list(text: str, found: Type) -> Said:
    """`$each` goes over a list."""
    if not kinds.is_a(found, "list"):
        yield 0, len(text), f"$each goes over a list, and this is {kinds.told(found)}"


def hidden_name(name: str, scope: Scope) -> Said:
    """A loop's own name hides no other name."""
    if name in scope.names or name in ELSEWHERE:
        yield 0, len(name), f"{name} has a meaning already: call the item otherwise"


def unknown_dollar_word(key: str, value: dict[str, Any]) -> Said:
    """Words that begin with `$` are `$each` and `$when`; beside `$each` stand `as`, `where` and `to`."""
    known = LOOP if "$each" in value else _OWN
    if key not in known and ("$each" in value or key.startswith("$")):
        yield 0, len(key), f"{key!r} has no meaning here{nearest(key, known)}"


RULES: Final[tuple[Callable[..., Said], ...]] = (
    hole_in_condition,
    not_a_condition,
    unclosed_hole,
    unreadable_expression,
    not_text,
    each_list,
    hidden_name,
    unknown_dollar_word,
)
