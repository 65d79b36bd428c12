"""The names that an expression can read at its place, and what is known to be there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from postwire.language import syntax
from postwire.language.lint.kinds import ANY, BOOLEAN, MEDIA, NUMBER, TEXT, Type, map_of

if TYPE_CHECKING:
    from collections.abc import Mapping

Reference = tuple[str, ...]
# Why a name that the language has is not there at some place.
ELSEWHERE: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("status", "headers", "body"),
        "an answer is there in save, collect, until, fail_when and errors, and in return of a single request",
    ),
    "page": "it is there in a request with pages",
    "part": "it is there in an upload",
    "range": "it is there in an upload with ranges",
    "lost": "it is there in verify",
    "let": "there is no let here",
    "input": "integration.yaml knows no input",
    "steps": "integration.yaml knows no steps",
}
ANSWER: Final[dict[str, Type]] = {"status": NUMBER, "headers": Type("map"), "body": ANY}
PART: Final = map_of(
    {
        **dict.fromkeys(("index", "number", "count", "first", "last", "size", "total"), NUMBER),
        "bytes": MEDIA.but(fields={"size": NUMBER, "name": TEXT, "type": TEXT}),
    }
)
ACCOUNT: Final = Type("map")
LOST: Final = map_of({"step": TEXT})
RUN: Final = map_of({"now": NUMBER, "id": TEXT})


@dataclass(frozen=True, slots=True)
class Scope:
    """Names in reach.

    Attributes:
        names: the first words of references.
        present: references that are known to be there, because a condition asked for them.
        holds: conditions that are known to be true, as text.
        hints: why a reference that looks right does not work here.
    """

    names: Mapping[str, Type]
    present: frozenset[Reference] = frozenset()
    holds: frozenset[str] = frozenset()
    hints: Mapping[Reference, str] = field(default_factory=dict)

    def plus(self, **names: Type) -> Scope:
        """With more names."""
        return replace(self, names={**self.names, **names})

    def knowing(self, node: syntax.Node | None, *, truth: bool = True) -> Scope:
        """What is known where the condition *node* came out as *truth*."""
        if node is None:
            return self
        holds = frozenset(map(spelled, conjuncts(node))) if truth else frozenset()
        return replace(self, present=self.present | present(node, truth=truth), holds=self.holds | holds)

    def hinting(self, hints: Mapping[Reference, str]) -> Scope:
        """With other hints."""
        return replace(self, hints={**self.hints, **hints})


def conjuncts(node: syntax.Node) -> list[syntax.Node]:
    """The conditions that `and` joins."""
    if isinstance(node, syntax.Binary) and node.operator == "and":
        return [*conjuncts(node.left), *conjuncts(node.right)]
    return [node]


def spelled(node: syntax.Node) -> str:
    """*node* as text that is the same for the same meaning, wherever it stands."""
    return repr(_placeless(node))


def _placeless(node: Any) -> Any:
    if isinstance(node, tuple):
        return tuple(map(_placeless, node))
    if not isinstance(node, syntax.Node):
        return node
    parts = [getattr(node, name) for name in node.__slots__ if name != "offset"]
    return (type(node).__name__, *map(_placeless, parts))


def present(node: syntax.Node, *, truth: bool) -> frozenset[Reference]:
    """The references that are certainly there when *node* is true (or false)."""
    match node:
        case syntax.Unary("not", operand):
            return present(operand, truth=not truth)
        case syntax.Binary("and" | "or" as sign, left, right):
            both = present(left, truth=truth), present(right, truth=truth)
            return both[0] | both[1] if (sign == "and") is truth else both[0] & both[1]
        case syntax.Call("exists", (operand,)):
            return _references(operand) if truth else frozenset()
        case syntax.Binary("==" | "!=" as sign, left, right):
            return _equal(left, right) if (sign == "==") is truth else _unequal(left, right)
    return _strict(node) if truth else frozenset()


def _equal(left: syntax.Node, right: syntax.Node) -> frozenset[Reference]:
    """Equal to a constant: then it is there, unless the constant is null."""
    found: frozenset[Reference] = frozenset()
    for one, other in ((left, right), (right, left)):
        if isinstance(other, syntax.Literal) and other.value is not None:
            found |= _strict(one)
    return found


def _unequal(left: syntax.Node, right: syntax.Node) -> frozenset[Reference]:
    nulls = [isinstance(side, syntax.Literal) and side.value is None for side in (left, right)]
    return frozenset().union(*(_strict(s) for s, null in ((left, nulls[1]), (right, nulls[0])) if null))


def _strict(node: syntax.Node) -> frozenset[Reference]:
    """The references without which *node* is missing, so that it cannot be true."""
    match node:
        case syntax.Name() | syntax.Lookup():
            return _references(node)
        case syntax.Call("if" | "exists", _) | syntax.Binary("??" | "or" | "and", _, _):
            return frozenset()
        case syntax.Call(_, parts):
            return frozenset().union(*map(_strict, parts))
        case syntax.Binary(_, left, right):
            return _strict(left) | _strict(right)
        case syntax.Unary(_, operand):
            return _strict(operand)
    return frozenset()


def _references(node: syntax.Node) -> frozenset[Reference]:
    """*node* and what it lies in: where `a.b` is there, `a` is too."""
    whole = syntax.reference(node)
    return frozenset(whole[:end] for end in range(1, len(whole) + 1)) if whole else frozenset()


def ordinary(input_type: Type) -> Scope:
    """What every expression of an action sees."""
    empty = map_of({})
    names = {"input": input_type, "let": empty, "steps": empty, "account": ACCOUNT, "run": RUN}
    return Scope(names)


def of_api() -> Scope:
    """What the headers of `integration.yaml` see; its other expressions see an answer too."""
    return Scope({"account": ACCOUNT, "run": RUN})


__all__ = ["ANSWER", "BOOLEAN", "ELSEWHERE", "PART", "Reference", "Scope", "ordinary"]
