"""Whatever stands in an expression, and whatever it meets: a value comes out, or one of our own problems."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from postwire.language.expression import compile_expression
from postwire.language.functions import FUNCTIONS, ExpressionProblem
from postwire.language.syntax import SyntaxProblem

WORDS = [
    *(
        "input",
        "steps",
        "x",
        ".",
        "[",
        "]",
        "(",
        ")",
        ",",
        "??",
        "==",
        "!=",
        "<",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
    ),
    *(
        "and",
        "or",
        "not",
        "in",
        "true",
        "null",
        "1",
        "0",
        "2.5",
        "3MB",
        "'a'",
        "''",
        "'",
        "${{",
        "!",
        "\n",
        "²",
    ),
    *(f"{name}(" for name in FUNCTIONS),
]
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "a", "id"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join), DATA)
def test_nothing_but_our_own_problems_comes_out(text: str, data: Any) -> None:
    with suppress(SyntaxProblem, ExpressionProblem):
        compile_expression(text)({"input": data, "x": data, "steps": {"x": data}})


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(DATA, min_size=1, max_size=3))
def test_no_function_breaks_on_any_values(name: str, values: list[Any]) -> None:
    call = f"{name}({', '.join(f'v[{index}]' for index in range(len(values)))})"
    with suppress(SyntaxProblem, ExpressionProblem):
        compile_expression(call)({"v": values})


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = None
    try:
        compile_expression(text)
    except SyntaxProblem as problem:
        found = problem
    assert found is None or 0 <= found.offset <= len(text)


@given(st.sampled_from(["+", "-", "*", "/", "%"]), st.integers() | st.floats(), st.integers() | st.floats())
def test_calculating_gives_a_finite_number_or_says_why_not(sign: str, left: float, right: float) -> None:
    try:
        found = compile_expression(f"a {sign} b")({"a": left, "b": right})
    except ExpressionProblem:
        return
    assert isinstance(found, int | float)
    assert found - found == 0  # neither infinite nor no number
