"""The rules of expressions: each gets a node and the types around it, and says what cannot be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Literal

from postwire.language import syntax
from postwire.language.functions import FUNCTIONS, nearest
from postwire.language.lint import kinds
from postwire.language.lint.scope import ELSEWHERE

if TYPE_CHECKING:
    from postwire.language.lint.kinds import Type
    from postwire.language.lint.scope import Scope

# strict: the answer must have it; loose: it may lack it; either: one of two names for a thing is enough.
Guard = Literal["strict", "loose", "either"]
Said = Iterator[tuple[syntax.Node, str]]
_SHOWN_WORDS: Final = 8


def spell(node: syntax.Node) -> str:
    """A reference as it is written; `this value` for anything else."""
    reference = syntax.reference(node)
    return ".".join(reference) if reference else "this value"


def unknown_reference(node: syntax.Name | syntax.Lookup, base: Type | None, scope: Scope) -> Said:
    """A reference names something that is there: an input, a let, what an earlier step saved."""
    reference = syntax.reference(node) or ()
    hint = scope.hints.get(reference)
    if isinstance(node, syntax.Name):
        why = hint or ELSEWHERE.get(node.name)
        reason = f": {why}" if why else nearest(node.name, scope.names)
        yield node, f"there is no {node.name!r} here{reason}"
        return
    assert base is not None
    if hint:
        yield node, f"{spell(node)} cannot be read here: {hint}"
    elif base.kind == "map" and not base.recorded:
        key = getattr(node.key, "value", "")
        what = "nothing to read" if not base.fields else f"no {key!r}{nearest(str(key), base.fields)}"
        yield node, f"{spell(node.base)} has {what}"
    elif base.kind == "list":
        yield node, f"{spell(node.base)} is a list: take an item with [0] or first(), or a field with pluck()"
    elif base.kind != "map":
        yield node, f"{spell(node.base)} is {kinds.told(base)} and has no fields"


def unrecorded_path(node: syntax.Lookup, base: Type, guard: Guard) -> Said:
    """A path into an answer is in some recorded answer to that request.

    Where the manifest allows that it is not there, only what looks like a slip of the pen is told.
    """
    key = str(getattr(node.key, "value", ""))
    slip = guard == "loose" and bool(nearest(key, base.fields or ()))
    if base.kind == "map" and base.recorded and (guard == "strict" or slip):
        hint = nearest(key, base.fields or ())
        yield node, f"no recorded answer has {key!r} in {spell(node.base)}{hint}"


def unknown_function(call: syntax.Call) -> Said:
    """A function is one of the language's."""
    if call.name not in FUNCTIONS:
        yield call, f"there is no function {call.name}(){nearest(call.name)}"


def number_of_arguments(call: syntax.Call) -> Said:
    """A function gets as many values as it takes."""
    if problem := FUNCTIONS[call.name].problem(len(call.arguments)):
        yield call, problem


def type_of_argument(call: syntax.Call, arguments: list[Type]) -> Said:
    """A function gets values of the kinds that it takes."""
    function = FUNCTIONS[call.name]
    for index, (node, found) in enumerate(zip(call.arguments, arguments, strict=True)):
        wanted = kinds.LETTERS[function.letter(index)]
        if not kinds.is_a(found, wanted):
            yield (
                node,
                f"{call.name}() asks for {kinds.told(wanted)}, and {spell(node)} is {kinds.told(found)}",
            )


def calculating(node: syntax.Node, found: Type, sign: str) -> Said:
    """Signs calculate with numbers; text is built with holes."""
    if not kinds.is_a(found, "number"):
        more = "; text is built with holes: ${{ a }}${{ b }}" if sign == "+" else ""
        yield node, f"{sign} calculates with numbers, and {spell(node)} is {kinds.told(found)}{more}"


def joining(node: syntax.Node, found: Type, sign: str) -> Said:
    """`and`, `or`, `not` and `if` ask for true or false."""
    if not kinds.is_a(found, "boolean"):
        yield node, f"{sign} asks for true or false, and {spell(node)} is {kinds.told(found)}"


def unlike_sides(node: syntax.Binary, left: Type, right: Type) -> Said:
    """The two sides of a comparison can be equal, or have an order."""
    known = "any" not in (left.kind, right.kind) and "null" not in (left.kind, right.kind)
    if node.operator == "in":
        if not kinds.is_a(right, "list"):
            yield node, f"in looks into a list, and {spell(node.right)} is {kinds.told(right)}"
        elif right.item and not (kinds.is_a(left, right.item.kind) or right.item.kind == "any"):
            yield node, f"{kinds.told(left)} is never in a list of {kinds.told(right.item)}"
    elif known and left.kind != right.kind:
        yield node, f"{node.operator} never converts: {kinds.told(left)} beside {kinds.told(right)}"
    elif known and node.operator not in ("==", "!=") and left.kind not in ("text", "number"):
        yield node, f"{node.operator} orders numbers or texts, not {kinds.told(left)}"


def word_outside_enum(node: syntax.Binary, left: Type, right: Type) -> Said:
    """A value with a closed list of words is compared with one of them."""
    if node.operator == "in":
        items = node.right.items if isinstance(node.right, syntax.Items) else ()
        strange = [item for item in items if left.words and _constant(item, left.words)]
        yield from ((item, _outside(item, node.left, left)) for item in strange)
    elif node.operator in ("==", "!="):
        for one, type_, other in ((node.left, left, node.right), (node.right, right, node.left)):
            if type_.words and not isinstance(one, syntax.Literal) and _constant(other, type_.words):
                yield other, _outside(other, one, type_)


def _constant(node: syntax.Node, words: tuple[Any, ...]) -> bool:
    return isinstance(node, syntax.Literal) and node.value is not None and node.value not in words


def _outside(node: syntax.Node, of: syntax.Node, found: Type) -> str:
    value = getattr(node, "value", "")
    words = [str(word) for word in found.words or () if word is not None]
    many = f", … ({len(words)} in all)" if len(words) > _SHOWN_WORDS else ""
    return f"{spell(of)} is never {value!r}; its words are {', '.join(words[:_SHOWN_WORDS])}{many}"


RULES: Final[tuple[Callable[..., Said], ...]] = (
    unknown_reference,
    unrecorded_path,
    unknown_function,
    number_of_arguments,
    type_of_argument,
    calculating,
    joining,
    unlike_sides,
    word_outside_enum,
)
