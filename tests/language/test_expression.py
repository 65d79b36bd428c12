"""Expressions: what they mean, what missing does to them, and that nothing else can come out of them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from postwire.language import syntax
from postwire.language.expression import compile_condition, compile_expression
from postwire.language.functions import MISSING, ExpressionProblem
from postwire.language.syntax import MAX_NESTING, SyntaxProblem, read, reference, walk

SCOPE: dict[str, Any] = {
    "input": {
        "title": "Hi",
        "n": 3,
        "none": None,
        "yes": True,
        "list": [1, 2, 3],
        "a b": {"c": "deep"},
        "ratio": 2.5,
    },
    "steps": {"init": {"ids": ["x", "y"]}},
    "index": 1,
}


def value(text: str, scope: dict[str, Any] | None = None) -> Any:
    return compile_expression(text)(SCOPE if scope is None else scope)


VALUES: list[tuple[str, Any]] = [
    ("input.title", "Hi"),
    ("input['a b'].c", "deep"),
    ("input['a b']['c']", "deep"),
    ("input.list[0]", 1),
    ("input.list[-1]", 3),
    ("input.list[index]", 2),
    ("steps.init.ids[index]", "y"),
    ("'it''s'", "it's"),
    ("''", ""),
    ("12", 12),
    ("1.5", 1.5),
    ("64MB", 64_000_000),
    ("10MiB", 10_485_760),
    ("500B", 500),
    ("[1, 'a', input.n]", [1, "a", 3]),
    ("[1, 2,]", [1, 2]),
    ("[]", []),
    ("null", None),
    ("true", True),
    ("if(input.yes, 'a', 'b')", "a"),
    ("if(not input.yes, 'a', 'b')", "b"),
    ("if(input.none, 'a', 'b')", "b"),
    ("exists(input.title)", True),
    ("exists(input.none)", False),
    ("exists(input.other)", False),
    ("input.none ?? 'd'", "d"),
    ("input.other ?? input.none ?? 'e'", "e"),
    ("input.n in input.list", True),
    ("true in [1]", False),
    ("'a' in ['b']", False),
    ("7 / 2", 3.5),
    ("6 / 2", 3),
    ("7 % 4", 3),
    ("0.1 + 0.2", 0.1 + 0.2),
]


@pytest.mark.parametrize(("text", "wanted"), VALUES)
def test_values(text: str, wanted: Any) -> None:
    found = value(text)
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("2 * 3 % 4", 2),
        ("-2 * 3", -6),
        ("- - 2", 2),
        ("1 + 1 == 2", True),
        ("1 == 1 and 2 == 2", True),
        ("true or false and false", True),
        ("(true or false) and false", False),
        ("not false and false", False),
        ("not (false and false)", True),
        ("not 1 == 2", True),
        ("not not true", True),
        ("input.n ?? 1 + 1", 3),
        ("input.other ?? 1 + 1", 2),  # ?? binds tighter than == and looser than +
        ("input.other ?? 1 == 1", True),
        ("input.n + 1 in [4]", True),
        ("1 < 2 == true", True),
    ],
)
def test_precedence(text: str, wanted: Any) -> None:
    assert value(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "input.other",
        "input.other.deeper[0].still",
        "input.title.upper",
        "input.none.key",
        "input.list[3]",
        "input.list[-4]",
        "input.list['0']",
        "input.list[true]",
        "input.list[1.0]",
        "input[0]",
        "input[input.other]",
        "input.other + 1",
        "1 - input.other",
        "-input.other",
        "not input.other",
        "len(input.other)",
        "join([1, 2], input.other)",
        "if(false, 1)",
        "if(input.other, 1)",
        "input.other in [1]",
        "1 in input.other",
        "true and input.other",
        "input.other or false",
        "first([])",
        "lookup(input, 'other')",
        "input.other ?? input.another",
        "[input.other, input.another]",
    ],
)
def test_missing_in_missing_out(text: str) -> None:
    assert value(text) is MISSING


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("input.other == null", True),
        ("input.other == input.another", True),
        ("input.other == input.none", True),
        ("input.other != null", False),
        ("input.other == ''", False),
        ("input.other == false", False),
        ("input.other == 0", False),
        ("input.other < 1", False),
        ("input.other >= 1", False),
        ("1 > input.none", False),
        ("false and input.other", False),
        ("input.other and false", False),
        ("true or input.other", True),
        ("input.other or true", True),
        ("[1, input.other, 2]", [1, 2]),
        ("1 == true", False),
        ("0 == false", False),
        ("[1] == [true]", False),
        ("'1' == 1", False),
        ("1 == 1.0", True),
        ("[1, 2] == [1, 2]", True),
        ("'a' < 'b'", True),
    ],
)
def test_comparing_never_converts_and_missing_equals_only_null(text: str, wanted: Any) -> None:
    assert value(text) == wanted


def test_only_the_chosen_branch_is_evaluated() -> None:
    assert value("if(true, 1, 1 / 0)") == 1
    assert value("true or 1 / 0 == 1") is True
    assert value("input.title ?? 1 / 0") == "Hi"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / 0", "by zero"),
        ("1 % 0", "by zero"),
        ("1 / 0.0", "by zero"),
        ("'a' + 'b'", "text is built with holes"),
        ("true + 1", "calculates with numbers"),
        ("input.none + 1", "calculates with numbers"),
        ("not 1", "true and false"),
        ("1 and true", "true and false"),
        ("if(1, 2, 3)", "true or false"),
        ("1 in 'abc'", "use contains"),
        ("'a' < 1", "calculates with numbers"),
        ("len(1)", "asks for"),
        ("999999999999999999999999999999 * " * 12 + "1", "too large"),
        ("9999999999999999999999999999.5 * " * 11 + "9999999999999999999999999999.5", "too large"),
    ],
)
def test_values_that_do_not_fit(text: str, message: str) -> None:
    with pytest.raises(ExpressionProblem, match=message):
        value(text)


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("", "empty", 0),
        ("   ", "empty", 0),
        ("input.", "name is missing", 6),
        ("1 +", "value is missing before the end", 3),
        ("1 2", "does not continue", 2),
        ("(1", "'\\)' is missing before the end", 2),
        ("f(1", "',' is missing", 3),
        ("[1 2]", "',' is missing before '2'", 3),
        ("'abc", "no closing quote", 0),
        ('"abc"', "single quotes", 0),
        ("a && b", "write and instead", 2),
        ("a || b", "write or instead", 2),
        ("!a", "write not instead", 0),
        ("a = b", "write == to compare", 2),
        ("${{ a }}", "stands inside another", 0),
        ("a ; b", "has no meaning", 2),
        ("a.b(1)", "does not continue", 3),
        ("1 + nope(1)", "no function 'nope'", 4),
        ("truncat(a, 1)", "did you mean truncate", 0),
        ("len()", "takes 1 value, not 0", 0),
        ("if(true)", "takes 2 to 3 values, not 1", 0),
        ("min()", "takes at least 1 value, not 0", 0),
        ("0.3B", "whole number of bytes", 0),
        ("1 + " + "9" * 5000, "at most 30 digits", 4),
        ("a == not b", "value is missing before 'not'", 5),
        ("and", "value is missing", 0),
    ],
)
def test_what_cannot_be_read_says_so_and_where(text: str, message: str, offset: int) -> None:
    with pytest.raises(SyntaxProblem, match=message) as caught:
        compile_expression(text)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    "text",
    [
        " + ".join(["1"] * 101),
        "[" * (MAX_NESTING + 1) + "]" * (MAX_NESTING + 1),
        "(" * 5000,
        "-" * 150 + "1",
        "not " * 100 + "true",
        "len(" * 60 + "a" + ")" * 60,
    ],
)
def test_what_is_too_long_or_too_deep_is_refused(text: str) -> None:
    with pytest.raises(SyntaxProblem, match=r"longer than|nested deeper"):
        compile_expression(text)


def test_the_deepest_that_is_taken_also_runs() -> None:
    depth = MAX_NESTING
    assert value("(" * depth + "1" + ")" * depth) == 1
    assert value("[" * depth + "1" + "]" * depth) != []
    assert value(" + ".join(["1"] * 100)) == 100
    assert value("a" + ".a" * 99, {}) is MISSING


def test_reading_takes_little_time_whatever_stands_there() -> None:
    begin = time.process_time()
    for text in ("'" + "''" * 30_000, "(" * 60_000, "a" * 60_000 + "!", " " * 60_000 + "!", "'a" * 30_000):
        with pytest.raises(SyntaxProblem):
            read(text)
    assert time.process_time() - begin < 2


class Trap:
    """Something whose attributes must stay out of reach."""

    secret = "found"

    def __getattr__(self, name: str) -> str:
        raise AssertionError(f"{name} was looked up")


@pytest.mark.parametrize(
    "text",
    [
        "x.secret",
        "x['secret']",
        "x.__class__",
        "x.__class__.__mro__",
        "t.upper",
        "l.append",
        "d.keys",
        "x[0]",
    ],
)
def test_attributes_are_out_of_reach(text: str) -> None:
    assert value(text, {"x": Trap(), "t": "text", "l": [], "d": {}}) is MISSING


def test_data_that_looks_like_an_expression_stays_data() -> None:
    nasty = "${{ 1 + 1 }}"
    assert value("x", {"x": nasty}) == nasty
    assert value("join([x], '')", {"x": nasty}) == nasty


@pytest.mark.parametrize(("text", "wanted"), [("true", True), ("1 == 2", False), ("input.other", False)])
def test_a_condition_is_true_or_false_and_missing_is_false(text: str, wanted: bool) -> None:
    assert compile_condition(text)(SCOPE) is wanted


@pytest.mark.parametrize("text", ["1", "input.title", "input.none", "[]"])
def test_a_condition_of_another_type_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionProblem, match="a condition is true or false"):
        compile_condition(text)(SCOPE)


def test_an_expression_is_compiled_once_and_changes_nothing() -> None:
    assert compile_expression("input.list") is compile_expression("input.list")
    before = repr(SCOPE)
    value("[input.list, input, first(input.list)]")
    assert repr(SCOPE) == before


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a.b['c d'][0]", ("a", "b", "c d", "0")),
        ("a", ("a",)),
        ("a[b]", None),
        ("f(a).b", None),
        ("1", None),
    ],
)
def test_references_are_recognised(text: str, wanted: tuple[str, ...] | None) -> None:
    assert reference(read(text)) == wanted


def test_walking_reaches_every_name() -> None:
    tree = read("f(a, [b, -c], d[e] ?? g) and not h == i.j")
    names = {node.name for node in walk(tree) if isinstance(node, syntax.Name)}
    assert names == set("abcdeghi")
