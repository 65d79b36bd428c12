"""Reads an expression without running it: its type, what it refers to, and what cannot be right in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.language import syntax
from postwire.language.functions import FUNCTIONS
from postwire.language.lint import expressions as rules
from postwire.language.lint import kinds
from postwire.language.lint.kinds import ANY, BOOLEAN, NUMBER, TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.language.lint.scope import Reference, Scope

    Report = Callable[[str, syntax.Node, str], None]

_ORDER: Final = ("<", "<=", ">", ">=")
_CALCULATE: Final = ("+", "-", "*", "/", "%")


class Reader:
    """One expression in one scope.

    Args:
        scope: the names in reach.
        report: gets the rule, the node and the message of every mistake.
        uses: gets every reference.
        guard: how much of an answer may be missing: inside `exists` and before `??` all that is asked for.
    """

    def __init__(
        self, scope: Scope, report: Report, uses: set[Reference], *, guard: rules.Guard = "strict"
    ) -> None:
        self._scope = scope
        self._report = report
        self._uses = uses
        self._guard = guard

    def type_of(self, node: syntax.Node) -> Type:
        """The type of *node*; mistakes go to the report."""
        match node:
            case syntax.Literal(value):
                return kinds.of_constant(value)
            case syntax.Name() | syntax.Lookup():
                if reference := _longest(node):
                    self._uses.add(reference)
                return self._reference(node)
            case syntax.Items(items):
                return kinds.list_of(kinds.joined(map(self.type_of, items)) if items else None)
            case syntax.Call():
                return self._call(node)
            case syntax.Unary():
                return self._unary(node)
            case syntax.Binary():
                return self._binary(node)

    def _within(self, scope: Scope | None = None, *, guard: rules.Guard | None = None) -> Reader:
        return Reader(scope or self._scope, self._report, self._uses, guard=guard or self._guard)

    def _apply(self, rule: Callable[..., rules.Said], *about: Any) -> bool:
        """Whether *rule* has nothing to say."""
        said = list(rule(*about))
        for node, message in said:
            self._report(rule.__name__, node, message)
        return not said

    def _reference(self, node: syntax.Node) -> Type:
        if isinstance(node, syntax.Name):
            if node.name in self._scope.names:
                return self._scope.names[node.name]
            self._apply(rules.unknown_reference, node, None, self._scope)
            return ANY
        if not isinstance(node, syntax.Lookup):
            return self.type_of(node)
        base = self._reference(node.base)
        if not isinstance(node.key, syntax.Literal):
            self.type_of(node.key)
            return (base.item or ANY).but(optional=True, given=base.given, secret=base.secret)
        found = _field(base, node.key.value)
        if found is None:
            self._unknown(node, base)
            return ANY
        if syntax.reference(node) in self._scope.present:
            return found.but(optional=False, nullable=False)
        return found

    def _unknown(self, node: syntax.Lookup, base: Type) -> None:
        self._apply(rules.unknown_reference, node, base, self._scope)
        self._apply(rules.unrecorded_path, node, base, self._guard)

    def _call(self, node: syntax.Call) -> Type:
        known = self._apply(rules.unknown_function, node)
        if not known or not self._apply(rules.number_of_arguments, node):
            for argument in node.arguments:
                self.type_of(argument)
            return ANY
        if node.name == "if":
            return self._if(*node.arguments)
        if node.name == "exists":
            self._within(guard="loose").type_of(node.arguments[0])
            return BOOLEAN
        arguments = [self.type_of(argument) for argument in node.arguments]
        self._apply(rules.type_of_argument, node, arguments)
        return _result(node.name, FUNCTIONS[node.name].result, arguments)

    def _if(self, condition: syntax.Node, then: syntax.Node, *rest: syntax.Node) -> Type:
        self._apply(rules.joining, condition, self.type_of(condition), "if()")
        made = self._within(self._scope.knowing(condition)).type_of(then)
        if not rest:
            return made.but(optional=True)
        otherwise = self._within(self._scope.knowing(condition, truth=False))
        return kinds.either(made, otherwise.type_of(rest[0]))

    def _unary(self, node: syntax.Unary) -> Type:
        found = self.type_of(node.operand)
        if node.operator == "-":
            self._apply(rules.calculating, node.operand, found, "-")
            return NUMBER.but(optional=found.optional)
        self._apply(rules.joining, node.operand, found, "not")
        return BOOLEAN

    def _binary(self, node: syntax.Binary) -> Type:
        sign = node.operator
        if sign == "??":
            return self._coalesce(node)
        left = self.type_of(node.left)
        if sign in ("and", "or"):
            known = self._scope.knowing(node.left, truth=sign == "and")
            right = self._within(known).type_of(node.right)
            self._each(rules.joining, node, left, right)
            return BOOLEAN
        right = self.type_of(node.right)
        if sign in _CALCULATE:
            self._each(rules.calculating, node, left, right)
            return _mixed(NUMBER, [left, right])
        if self._apply(rules.unlike_sides, node, left, right):
            self._apply(rules.word_outside_enum, node, left, right)
        return BOOLEAN

    def _each(self, rule: Callable[..., rules.Said], node: syntax.Binary, left: Type, right: Type) -> None:
        self._apply(rule, node.left, left, node.operator)
        self._apply(rule, node.right, right, node.operator)

    def _coalesce(self, node: syntax.Binary) -> Type:
        names = [syntax.reference(side) or ("",) for side in (node.left, node.right)]
        same = names[0][0] == names[1][0] != ""
        left = self._within(guard="either" if same else "loose").type_of(node.left)
        right = self._within(guard="either" if same else None).type_of(node.right)
        made = kinds.either(left.but(optional=False, nullable=False), right)
        # Two steps behind `when` count as alternatives: that one of them ran cannot be told from outside.
        alternatives = same and names[0][0] == "steps"
        return made.but(optional=right.optional and not alternatives, nullable=right.nullable)


def _longest(node: syntax.Node) -> tuple[str, ...] | None:
    """The constant part of a reference: `a.b[c]` refers to `a.b`."""
    while isinstance(node, syntax.Lookup) and syntax.reference(node) is None:
        node = node.base
    return syntax.reference(node)


def _field(base: Type, key: Any) -> Type | None:
    """The type of `base.key`; None where it cannot be there."""
    if base.kind in ("any", "null"):
        found = ANY
    elif base.kind == "list" and isinstance(key, int):
        found = (base.item or ANY).but(optional=True)
    elif base.kind == "map" and isinstance(key, str):
        if base.fields is not None and key not in base.fields:
            return None
        found = base.fields[key] if base.fields is not None else ANY
    else:
        return None
    return found.but(
        optional=found.optional or base.is_loose,
        given=found.given or base.given,
        secret=found.secret or base.secret,
    )


def _mixed(made: Type, parts: list[Type]) -> Type:
    """A value made of others: missing, given and secret as they are."""
    return made.but(
        optional=made.optional or any(part.optional for part in parts),
        given=any(part.given for part in parts),
        secret=any(part.secret for part in parts),
    )


def _result(name: str, letter: str, arguments: list[Type]) -> Type:
    first = arguments[0] if arguments else ANY
    item = first.item or ANY
    if name in ("first", "last", "find"):
        return _mixed(item.but(optional=True), arguments)
    if name == "lookup":
        return ANY.but(optional=True, secret=first.secret, given=first.given)
    if name == "pluck":
        return _mixed(Type("list", bounded=first.bounded), arguments)
    if name == "split":
        return _mixed(kinds.list_of(TEXT), arguments)
    return _mixed(Type(kinds.LETTERS[letter]), arguments)
