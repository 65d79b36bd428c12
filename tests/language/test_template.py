"""Values with holes: types, missing, lists made from lists, addresses."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.language.functions import MISSING, ExpressionProblem
from postwire.language.syntax import SyntaxProblem
from postwire.language.template import (
    MAX_TURNS,
    Hole,
    TemplateProblem,
    compile_address,
    compile_value,
    encode,
    holes,
    pieces,
)

SCOPE: dict[str, Any] = {
    "input": {"title": "Hi", "n": 3, "yes": True, "none": None, "list": [1, 2], "map": {"a": 1}, "empty": []},
    "posts": [{"id": 1, "text": "a"}, {"id": 2}, {"id": 3, "text": "c"}],
}


def made(value: Any, scope: dict[str, Any] | None = None) -> Any:
    return compile_value(value)(SCOPE if scope is None else scope)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("plain", "plain"),
        ("", ""),
        (5, 5),
        (None, None),
        (True, True),
        ("${{ input.n }}", 3),
        ("${{input.yes}}", True),
        ("${{ input.none }}", None),
        ("${{ input.map }}", {"a": 1}),
        ("n is ${{ input.n }}, ${{ input.yes }}, ${{ input.none }}", "n is 3, true, null"),
        ("${{ input.n }}${{ input.n }}", "33"),
        (" ${{ input.n }}", " 3"),
        ("a } b }} c $ {{ d", "a } b }} c $ {{ d"),
        ({"a": "${{ input.n }}", "b": ["${{ input.title }}", 1]}, {"a": 3, "b": ["Hi", 1]}),
        ("bytes ${{ 0 }}-${{ 4 }}/5", "bytes 0-4/5"),
    ],
)
def test_values(value: Any, wanted: Any) -> None:
    found = made(value)
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("${{ input.other }}", MISSING),
        ("a ${{ input.other }} b", MISSING),
        ({"a": 1, "b": "${{ input.other }}"}, {"a": 1}),
        ({"b": "${{ input.other }}"}, MISSING),
        ({"reply": {"to": "${{ input.other }}"}}, MISSING),
        ({"reply": {"to": "${{ input.other }}"}, "x": 1}, {"x": 1}),
        ([1, "${{ input.other }}", 2], [1, 2]),
        (["${{ input.other }}"], MISSING),
        ([["${{ input.other }}"], 1], [1]),
        ({}, {}),
        ([], []),
        ({"a": {}, "b": []}, {"a": {}, "b": []}),
        ({"a": None}, {"a": None}),
        ({"a": "${{ input.none }}"}, {"a": None}),
        ({"a": "${{ input.empty }}"}, {"a": []}),
    ],
)
def test_what_is_missing_is_left_out(value: Any, wanted: Any) -> None:
    assert made(value) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"$when": "input.yes", "a": 1}, {"a": 1}),
        ({"$when": "not input.yes", "a": 1}, MISSING),
        ({"$when": "input.other", "a": 1}, MISSING),
        ({"$when": "input.yes"}, {}),
        ({"$when": "input.yes", "a": "${{ input.other }}"}, MISSING),
        ({"x": {"$when": "input.n > 5", "a": 1}, "y": 2}, {"y": 2}),
        ([{"$when": "false", "a": 1}, 2], [2]),
    ],
)
def test_when_drops_a_map_as_a_whole(value: Any, wanted: Any) -> None:
    assert made(value) == wanted


EACH = "${{ posts }}"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"$each": "${{ input.list }}"}, [1, 2]),
        ({"$each": EACH, "to": "${{ item.id }}"}, [1, 2, 3]),
        ({"$each": EACH, "as": "post", "to": {"no": "${{ index }}", "id": "${{ post.id }}"}},
         [{"no": 0, "id": 1}, {"no": 1, "id": 2}, {"no": 2, "id": 3}]),
        ({"$each": EACH, "to": "${{ item.text }}"}, ["a", "c"]),
        ({"$each": EACH, "where": "item.id > 1 and exists(item.text)", "to": "${{ item.id }}"}, [3]),
        ({"$each": EACH, "where": "item.other == 1", "to": "${{ item.id }}"}, []),
        ({"$each": EACH, "to": "${{ item.other }}"}, MISSING),
        ({"$each": "${{ input.empty }}", "to": 1}, []),
        ({"$each": "${{ input.other }}", "to": 1}, MISSING),
        ({"$each": "${{ input.none }}", "to": 1}, MISSING),
        ({"$each": ["${{ input.n }}", 4], "to": "n${{ item }}"}, ["n3", "n4"]),
        ({"$each": EACH, "as": "a", "to": {"$each": "${{ input.list }}", "as": "b", "to": "${{ a.id * b }}"}},
         [[1, 2], [2, 4], [3, 6]]),
    ],
)  # fmt: skip
def test_each_makes_a_list_from_a_list(value: Any, wanted: Any) -> None:
    assert made(value) == wanted


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"$each": "${{ input.title }}", "to": 1}, "goes over a list"),
        ({"$each": "${{ input.map }}", "to": 1}, "goes over a list"),
        ({"$each": EACH, "where": "item.id", "to": 1}, "true or false"),
        ("list ${{ input.list }}", "use join"),
        ("map ${{ input.map }}", "use join"),
    ],
)
def test_values_that_do_not_fit(value: Any, message: str) -> None:
    with pytest.raises(ExpressionProblem, match=message):
        made(value)


def test_each_is_bounded() -> None:
    with pytest.raises(ExpressionProblem, match="at most"):
        made({"$each": "${{ x }}", "to": 1}, {"x": [0] * (MAX_TURNS + 1)})


@pytest.mark.parametrize(("value", "offset"), [("${{ a", 0), ("abc ${{ a }} ${{ b }", 13), ("${{", 0)])
def test_a_hole_that_is_not_closed(value: str, offset: int) -> None:
    with pytest.raises(TemplateProblem, match="not closed") as caught:
        compile_value(value)
    assert caught.value.offset == offset


@pytest.mark.parametrize("value", ["${{ }}", "${{ a b }}", "x ${{ nope(1) }}", {"$when": "${{ a }}", "b": 1}])
def test_what_cannot_be_read_is_found_before_the_run(value: Any) -> None:
    with pytest.raises(SyntaxProblem):
        compile_value(value)


def test_pieces_and_where_their_expressions_begin() -> None:
    assert pieces("a ${{ b }}c${{d}}") == ["a ", Hole("b", 6), "c", Hole("d", 14)]
    assert pieces("") == []


def test_every_hole_is_found_at_any_depth() -> None:
    value = {"a": "${{ 1 }}", "b": ["x ${{ 2 }} ${{ 3 }}", {"c": "${{ 4 }}"}], "d": 5, "$when": "true"}
    assert [hole.expression for hole in holes(value)] == ["1", "2", "3", "4"]


def test_many_open_holes_take_little_time() -> None:
    begin = time.process_time()
    with pytest.raises(TemplateProblem):
        pieces("${{" * 20_000)
    assert time.process_time() - begin < 0.5


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("/v2/posts/${{ x }}", "/v2/posts/..%2Fme"),
        ("/v2/posts/${{ urn }}/likes", "/v2/posts/urn%3Ali%3Ashare%3A1/likes"),
        ("/rest/x?ids=List(${{ urns }})", "/rest/x?ids=List(urn%3Ali%3A1,a%2Cb)"),
        ("/a?q=${{ q }}&n=${{ n }}", "/a?q=a%26b%3Dc%20%C3%BC&n=5"),
        ("/a/${{ yes }}/${{ none }}", "/a/true/null"),
        ("${{ whole }}", "https://up.example.com/a?b=c%2Fd"),
        ("/a?next=${{ dots }}", "/a?next=.."),
        ("/a/${{ dots }}b", "/a/..b"),
        ("/plain", "/plain"),
    ],
)
def test_values_in_addresses_are_percent_encoded(address: str, wanted: str) -> None:
    scope = {
        "x": "../me",
        "urn": "urn:li:share:1",
        "urns": ["urn:li:1", "a,b"],
        "q": "a&b=c ü",
        "n": 5,
        "yes": True,
        "none": None,
        "whole": "https://up.example.com/a?b=c%2Fd",
        "dots": "..",
    }
    assert compile_address(address)(scope) == wanted


@pytest.mark.parametrize("given_id", [".", ".."])
@pytest.mark.parametrize("address", ["/v2/posts/${{ id }}", "/v2/posts/${{ id }}/likes", "/v2/${{ id }}?a=b"])
def test_an_id_cannot_climb_out_of_its_place(address: str, given_id: str) -> None:
    with pytest.raises(ExpressionProblem, match="no address"):
        compile_address(address)({"id": given_id})


@pytest.mark.parametrize("address", ["/a/${{ id }}", "${{ id }}"])
def test_an_address_without_its_value_is_missing(address: str) -> None:
    assert compile_address(address)({}) is MISSING


@pytest.mark.parametrize("value", [{}, [{}], "\ud800"])
def test_what_has_no_place_in_an_address(value: Any) -> None:
    with pytest.raises(ExpressionProblem):
        encode(value)


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: text not in (".", "..")))
def test_an_id_in_an_address_stays_one_step_of_the_path(value: str) -> None:
    address = compile_address("/a/${{ id }}/b")({"id": value})
    assert address.count("/") == 3
    assert not set(address) & set("?#&\\ \n")
    assert unquote(address.split("/")[2]) == value


@given(st.text())
def test_data_is_never_evaluated(text: str) -> None:
    nasty = f"${{{{ {text} }}}}"
    assert made("${{ x }}", {"x": nasty}) == nasty
    assert made("a ${{ x }}", {"x": nasty}) == f"a {nasty}"
    assert made({"$each": "${{ x }}", "to": "${{ item }}"}, {"x": [nasty]}) == [nasty]


def test_two_runs_share_nothing_that_one_can_change() -> None:
    closure = compile_value({"status": "DONE", "list": [1], "map": {"a": []}})
    first = closure({})
    first["list"].append(2)
    first["map"]["a"].append(3)
    first["more"] = 1
    assert closure({}) == {"status": "DONE", "list": [1], "map": {"a": []}}
