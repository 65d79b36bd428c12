"""The functions, one by one: what they give, what they refuse, and that their signatures are true."""

from __future__ import annotations

import doctest
import inspect
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.language import functions, missing
from postwire.language.expression import compile_expression
from postwire.language.functions import FUNCTIONS, LONGEST, MISSING, ExpressionProblem, nearest

SURROGATE = "\ud83d"  # half of an emoji

GOOD: list[tuple[str, tuple[Any, ...], Any]] = [
    ("len", ("héllo",), 5),
    ("len", ([1, 2],), 2),
    ("len", ({"a": 1},), 1),
    ("len", ("",), 0),
    ("first", ([3, 4],), 3),
    ("first", ([],), MISSING),
    ("last", ([3, 4],), 4),
    ("last", ([],), MISSING),
    ("find", ([{"id": 1}, {"id": 2, "x": 3}], "id", 2), {"id": 2, "x": 3}),
    ("find", ([{"id": 1}, "text", 5], "id", 3), MISSING),
    ("find", ([{"id": 1}], "id", True), MISSING),
    ("pluck", ([{"id": 1}, {"no": 2}, "text", {"id": None}], "id"), [1, None]),
    ("pluck", ([], "id"), []),
    ("lookup", ({"a": 1}, "a"), 1),
    ("lookup", ({"5": "five"}, 5), "five"),
    ("lookup", ({"true": 1}, True), 1),
    ("lookup", ({}, "a"), MISSING),
    ("join", (["a", 1, True, 2.5], ","), "a,1,true,2.5"),
    ("join", (["a", "b"],), "ab"),
    ("join", ([], ","), ""),
    ("split", ("a, b ,,c", ","), ["a", "b", "c"]),
    ("split", ("", ","), []),
    ("text", (5,), "5"),
    ("text", (5.0,), "5"),
    ("text", (False,), "false"),
    ("text", (1.25,), "1.25"),
    ("number", ("12",), 12),
    ("number", ("-1.5",), -1.5),
    ("number", (" 7 ",), 7),
    ("number", ("1e3",), 1000.0),
    ("number", (3,), 3),
    ("lower", ("ÄB",), "äb"),
    ("upper", ("äb",), "ÄB"),
    ("trim", ("  a ",), "a"),
    ("trim", ('"etag"', '"'), "etag"),
    ("truncate", ("abcdef", 4), "abc…"),
    ("truncate", ("abc", 3), "abc"),
    ("truncate", ("abc", 0), "…"),
    ("replace", ("a-b-c", "-", ""), "abc"),
    ("replace_each", ("a b a", [{"x": "a", "y": "c"}, {"x": "b"}, 5], "x", "y"), "c b c"),
    ("escape", ("a(b\\", "("), "a\\(b\\\\"),
    ("contains", ("abc", "bc"), True),
    ("contains", ("abc", "x"), False),
    ("starts_with", ("abc", "ab"), True),
    ("ends_with", ("abc", "ab"), False),
    ("json", ({"a": [1, None, "ü"]},), '{"a":[1,null,"ü"]}'),
    ("from_json", ('{"a": [1]}',), {"a": [1]}),
    ("base64", ("ü",), "w7w="),
    ("url_encode", ("a/b ü~",), "a%2Fb%20%C3%BC~"),
    ("url_encode", (5,), "5"),
    ("floor", (2.7,), 2),
    ("floor", (-2.1,), -3),
    ("ceil", (2.1,), 3),
    ("round", (2.5,), 3),
    ("round", (-2.5,), -3),
    ("round", (1.25, 1), 1.3),
    ("round", (10**20, 2), 10**20),
    ("abs", (-3,), 3),
    ("min", (3, 1, 2), 1),
    ("max", (3,), 3),
    ("iso_time", (1794990000,), "2026-11-18T08:20:00Z"),
    ("iso_time", (0.5,), "1970-01-01T00:00:00.500Z"),
    ("unix_time", ("2026-11-18T08:20:00Z",), 1794990000),
    ("unix_time", ("2026-11-18T09:20:00+0100",), 1794990000),
    ("unix_time", ("2026-11-18T08:20:00.999",), 1794990000),
    ("little_text", ("a*b [c] \\ #d #1",), "a\\*b \\[c\\] \\\\ #d \\#1"),
    ("from_little_text", ("a\\*b #d",), "a*b #d"),
    ("mention_spans", ("a", []), []),
]
BAD: list[tuple[str, tuple[Any, ...], str]] = [
    ("lookup", ([], "a"), "asks for a map"),
    ("lookup", ({}, None), "is no text"),
    ("len", (5,), "text, a list or a map"),
    ("first", ("abc",), "asks for a list"),
    ("last", ({},), "asks for a list"),
    ("find", ([], 5, 1), "asks for text"),
    ("pluck", ({}, "id"), "asks for a list"),
    ("join", (["a", {}], ","), "is no text"),
    ("join", (["a", None], ","), "is no text"),
    ("join", (["a" * LONGEST, "b"], ","), "over 1000000 characters"),
    ("split", ("a", ""), "needs a separator"),
    ("text", (None,), "is no text"),
    ("text", ([1],), "use join"),
    ("text", (float("inf"),), "too large"),
    ("number", ("twelve",), "cannot read"),
    ("number", ("²",), "cannot read"),
    ("number", ("1_000",), "cannot read"),
    ("number", ("nan",), "cannot read"),
    ("number", ("1e999",), "too large"),
    ("number", (True,), "asks for text"),
    ("lower", (5,), "asks for text"),
    ("upper", (None,), "asks for text"),
    ("trim", (["a"],), "asks for text"),
    ("truncate", ("a", "b"), "asks for a number"),
    ("truncate", ("a", float("inf")), "too large"),
    ("replace", ("a", "", "b"), "needs a text to look for"),
    ("replace", ("a" * 2000, "a", "b" * 2000), "over 1000000 characters"),
    ("replace_each", ("a", {}, "x", "y"), "asks for a list"),
    ("replace_each", ("a", [{"x": "", "y": "b"}], "x", "y"), "needs a text to look for"),
    ("replace_each", (5, [], "x", "y"), "asks for text"),
    ("escape", ("a", 5), "asks for text"),
    ("escape", ("(" * (LONGEST // 2 + 1), "("), "over 1000000 characters"),
    ("contains", (["a"], "a"), "asks for text"),
    ("starts_with", ("a", 1), "asks for text"),
    ("ends_with", (1, "a"), "asks for text"),
    ("json", ({"a": object()},), "JSON has no word for"),
    ("json", (float("nan"),), "JSON has no word for"),
    ("json", ("a" * LONGEST,), "over 1000000 characters"),
    ("from_json", ("{",), "cannot read"),
    ("from_json", ("[" * 100_000,), "cannot read"),
    ("base64", (SURROGATE,), "half a character"),
    ("url_encode", (SURROGATE,), "half a character"),
    ("url_encode", ({},), "is no text"),
    ("floor", ("1",), "asks for a number"),
    ("floor", (float("nan"),), "too large"),
    ("ceil", (True,), "asks for a number"),
    ("round", (1, 10**9), "0 to 15 decimals"),
    ("round", (1, -1), "0 to 15 decimals"),
    ("abs", (None,), "asks for a number"),
    ("min", (1, "a"), "asks for a number"),
    ("max", (1, float("inf")), "too large"),
    ("iso_time", (10**15,), "cannot place"),
    ("iso_time", ("now",), "asks for a number"),
    ("unix_time", ("tomorrow",), "cannot read"),
    ("little_text", (5,), "asks for text"),
    ("little_text", ("a", 5), "asks for a list"),
    ("from_little_text", (5,), "asks for text"),
    ("mention_spans", (5, []), "asks for text"),
]


@pytest.mark.parametrize("module", [functions, missing])
def test_the_examples_in_the_docstrings_are_true(module: Any) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 2
    assert result.failed == 0


@pytest.mark.parametrize(("name", "given_values", "wanted"), GOOD)
def test_what_they_give(name: str, given_values: tuple[Any, ...], wanted: Any) -> None:
    found = FUNCTIONS[name].call(*given_values)
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(("name", "given_values", "message"), BAD)
def test_what_they_refuse(name: str, given_values: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ExpressionProblem, match=message) as caught:
        FUNCTIONS[name].call(*given_values)
    assert len(str(caught.value)) < 300


def test_every_function_has_a_good_and_a_bad_example() -> None:
    special = {"if", "exists"}  # the compiler handles these: see test_expression
    assert {name for name, *_ in GOOD} == FUNCTIONS.keys() - special
    assert {name for name, *_ in BAD} == FUNCTIONS.keys() - special


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_the_signature_is_that_of_the_function(function: functions.Function) -> None:
    assert set(function.arguments) <= set("snblma*")
    assert function.result in "snblma"
    parameters = inspect.signature(function.call).parameters.values()
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return
    needed = sum(each.default is each.empty for each in parameters)
    assert function.problem(needed) is None
    assert function.problem(len(parameters)) is None
    assert function.problem(needed - 1)
    assert function.problem(len(parameters) + 1)


@pytest.mark.parametrize(
    ("name", "index", "letter"),
    [("find", 0, "l"), ("find", 2, "a"), ("join", 1, "s"), ("min", 0, "n"), ("min", 7, "n")],
)
def test_the_letter_of_an_argument(name: str, index: int, letter: str) -> None:
    assert FUNCTIONS[name].letter(index) == letter


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"if", "exists"}))
def test_a_missing_argument_makes_the_result_missing(name: str) -> None:
    count = next(number for number in range(1, 5) if FUNCTIONS[name].problem(number) is None)
    assert compile_expression(f"{name}({', '.join(['nothing'] * count)})")({}) is MISSING


@pytest.mark.parametrize(
    ("name", "known", "wanted"),
    [
        ("lentgh", ["length", "width"], "; did you mean length?"),
        ("xyz", ["length"], ""),
        ("trucate", None, "; did you mean truncate?"),
        ("a" * 10_000_000, ["length"], ""),
    ],
)
def test_the_nearest_name(name: str, known: list[str] | None, wanted: str) -> None:
    assert nearest(name, known) == wanted


@given(st.integers(-2_000_000_000, 4_000_000_000))
def test_times_go_there_and_back(seconds: int) -> None:
    spelled = FUNCTIONS["iso_time"].call(seconds)
    assert FUNCTIONS["unix_time"].call(spelled) == seconds
    assert datetime.fromisoformat(spelled) == datetime.fromtimestamp(seconds, UTC)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50), st.integers(1, 20))
def test_a_truncated_text_is_never_longer_and_begins_the_same(whole: str, most: int) -> None:
    cut = FUNCTIONS["truncate"].call(whole, most)
    assert len(cut) <= most
    assert cut == whole or (cut[:-1] == whole[: most - 1] and cut.endswith("…"))


@given(st.integers(-(10**6), 10**6), st.integers(0, 3))
def test_rounding_is_to_the_nearest(thousandths: int, places: int) -> None:
    value = thousandths / 1000
    assert abs(FUNCTIONS["round"].call(value, places) - value) <= 0.5 / 10**places + 1e-9
