"""Expressions at work: a tree becomes one closure `scope → value`, compiled once and shared by all threads.

A reference to something absent yields MISSING; whatever is built from it is missing too.
Only `??`, `if(condition, a)` and `exists(x)` see it. `null` is a value.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from postwire.errors import shown
from postwire.language import functions, syntax
from postwire.language.missing import MISSING, ExpressionProblem, bounded, same

Scope = Mapping[str, Any]
Closure = Callable[[Scope], Any]


@lru_cache(maxsize=8192)
def compile_expression(text: str) -> Closure:
    """The closure of *text*.

    Raises SyntaxProblem here, ExpressionProblem when it runs on values that do not fit.
    """
    return _compile(syntax.read(text))


@lru_cache(maxsize=2048)
def compile_condition(text: str) -> Callable[[Scope], bool]:
    """As compile_expression, for `when`, `until`, `ok` and the like.

    Missing counts as false; whatever is neither true nor false is an ExpressionProblem.
    """
    closure = compile_expression(text)

    def condition(scope: Scope) -> bool:
        value = closure(scope)
        if value is True or value is False:
            return value
        if value is MISSING:
            return False
        raise ExpressionProblem(f"{text}: a condition is true or false, not {shown(value)}")

    return condition


def _compile(node: syntax.Node) -> Closure:
    match node:
        case syntax.Literal(value):
            return lambda _: value
        case syntax.Name(name):
            return lambda scope: scope.get(name, MISSING)
        case syntax.Lookup():
            return _lookup(node)
        case syntax.Items(items):
            return _items(items)
        case syntax.Call():
            return _call(node)
        case syntax.Unary(sign, operand):
            return _negate(_compile(operand)) if sign == "-" else _not(_compile(operand))
        case syntax.Binary(sign, left, right):
            return _BINARY[sign](_compile(left), _compile(right))


def _lookup(node: syntax.Lookup) -> Closure:
    """A chain of constant keys becomes one tuple walk: most expressions are nothing else."""
    keys: list[Any] = []
    base: syntax.Node = node
    while isinstance(base, syntax.Lookup) and isinstance(base.key, syntax.Literal):
        keys.append(base.key.value)
        base = base.base
    if not keys:
        return _dynamic_lookup(_compile(node.base), _compile(node.key))
    keys.reverse()
    path = tuple(keys)
    if not isinstance(base, syntax.Name):
        root = _compile(base)
        return lambda scope: descend(root(scope), path)
    name = base.name

    def walk(scope: Scope) -> Any:
        value = scope.get(name, MISSING)
        for key in path:
            if type(value) is dict and key in value:
                value = value[key]
            else:
                value = _step(value, key)
                if value is MISSING:
                    return MISSING
        return value

    return walk


def descend(value: Any, path: tuple[Any, ...]) -> Any:
    """Follow *path* into maps by key, lists by index; MISSING where it ends. Attributes are out of reach."""
    for key in path:
        value = _step(value, key)
    return value


def _step(value: Any, key: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get(key, MISSING) if isinstance(key, str) else MISSING
    if isinstance(value, list | tuple) and isinstance(key, int) and not isinstance(key, bool):
        return value[key] if -len(value) <= key < len(value) else MISSING
    return MISSING


def _dynamic_lookup(base: Closure, key: Closure) -> Closure:
    return lambda scope: _step(base(scope), key(scope))


def _items(nodes: tuple[syntax.Node, ...]) -> Closure:
    closures = [_compile(node) for node in nodes]

    def run(scope: Scope) -> Any:
        made = [value for closure in closures if (value := closure(scope)) is not MISSING]
        return made if made or not closures else MISSING

    return run


def _call(node: syntax.Call) -> Closure:
    name = node.name
    function = functions.FUNCTIONS.get(name)
    if function is None:
        raise syntax.SyntaxProblem(
            f"there is no function {shown(name)!r}{functions.nearest(name)}", node.offset
        )
    if problem := function.problem(len(node.arguments)):
        raise syntax.SyntaxProblem(problem, node.offset)
    arguments = [_compile(argument) for argument in node.arguments]
    if name == "if":
        return _if(arguments)
    if name == "exists":
        return lambda scope: arguments[0](scope) is not MISSING and arguments[0](scope) is not None
    call = function.call

    def run(scope: Scope) -> Any:
        values = [argument(scope) for argument in arguments]
        return MISSING if any(value is MISSING for value in values) else call(*values)

    return run


def _if(arguments: list[Closure]) -> Closure:
    condition, then, *rest = arguments
    otherwise = rest[0] if rest else (lambda _: MISSING)

    def choose(scope: Scope) -> Any:
        value = condition(scope)
        if value is True:
            return then(scope)
        if value is False or value is MISSING or value is None:
            return otherwise(scope)
        raise ExpressionProblem(f"if() asks for true or false, not {shown(value)}")

    return choose


def _not(operand: Closure) -> Closure:
    def negated(scope: Scope) -> Any:
        value = operand(scope)
        return MISSING if value is MISSING else not _truth(value, "not")

    return negated


def _negate(operand: Closure) -> Closure:
    def negative(scope: Scope) -> Any:
        value = operand(scope)
        return MISSING if value is MISSING else -_number(value, "-")

    return negative


def _truth(value: Any, sign: str) -> bool:
    if isinstance(value, bool):
        return value
    raise ExpressionProblem(f"{sign} joins true and false, not {shown(value)}")


def _number(value: Any, sign: str) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return bounded(value)
    raise ExpressionProblem(f"{sign} calculates with numbers, not {shown(value)}; text is built with holes")


def _logic(sign: str, decisive: bool) -> Callable[[Closure, Closure], Closure]:
    """`and` is decided by false, `or` by true; a missing side leaves the other to decide."""

    def build(left: Closure, right: Closure) -> Closure:
        def run(scope: Scope) -> Any:
            first = left(scope)
            if first is not MISSING and _truth(first, sign) is decisive:
                return decisive
            second = right(scope)
            if second is not MISSING and _truth(second, sign) is decisive:
                return decisive
            return MISSING if first is MISSING or second is MISSING else not decisive

        return run

    return build


def _coalesce(left: Closure, right: Closure) -> Closure:
    def run(scope: Scope) -> Any:
        value = left(scope)
        return right(scope) if value is MISSING or value is None else value

    return run


def _arithmetic(sign: str, compute: Callable[[Any, Any], Any]) -> Callable[[Closure, Closure], Closure]:
    def build(left: Closure, right: Closure) -> Closure:
        def run(scope: Scope) -> Any:
            first, second = left(scope), right(scope)
            if first is MISSING or second is MISSING:
                return MISSING
            one, other = _number(first, sign), _number(second, sign)
            if sign in "/%" and other == 0:
                raise ExpressionProblem(f"{sign} by zero")
            return bounded(compute(one, other))

        return run

    return build


def _divide(left: float, right: float) -> float:
    if left % right == 0 and math.isfinite(exact := left // right):
        return int(exact)
    return left / right


def _equal(*, wanted: bool) -> Callable[[Closure, Closure], Closure]:
    """`==` never converts; missing equals missing and null; true is not 1."""
    return lambda left, right: lambda scope: same(left(scope), right(scope)) is wanted


def _order(sign: str, compare: Callable[[Any, Any], bool]) -> Callable[[Closure, Closure], Closure]:
    def build(left: Closure, right: Closure) -> Closure:
        def run(scope: Scope) -> bool:
            first, second = left(scope), right(scope)
            if first is MISSING or second is MISSING or first is None or second is None:
                return False
            if isinstance(first, str) and isinstance(second, str):
                return compare(first, second)
            return compare(_number(first, sign), _number(second, sign))

        return run

    return build


def _in(left: Closure, right: Closure) -> Closure:
    def run(scope: Scope) -> Any:
        value, items = left(scope), right(scope)
        if value is MISSING or items is MISSING:
            return MISSING
        if not isinstance(items, list | tuple):
            raise ExpressionProblem("in looks into a list; use contains(text, part) for text")
        return any(same(value, item) for item in items)

    return run


_BINARY: Final[dict[str, Callable[[Closure, Closure], Closure]]] = {
    "or": _logic("or", decisive=True),
    "and": _logic("and", decisive=False),
    "??": _coalesce,
    "==": _equal(wanted=True),
    "!=": _equal(wanted=False),
    "<": _order("<", operator.lt),
    "<=": _order("<=", operator.le),
    ">": _order(">", operator.gt),
    ">=": _order(">=", operator.ge),
    "in": _in,
    "+": _arithmetic("+", operator.add),
    "-": _arithmetic("-", operator.sub),
    "*": _arithmetic("*", operator.mul),
    "/": _arithmetic("/", _divide),
    "%": _arithmetic("%", operator.mod),
}
