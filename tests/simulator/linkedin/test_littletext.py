"""Little text and Rest.li addresses, apart from any request."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.simulator.linkedin import littletext, restli
from postwire.simulator.linkedin.refusal import RestError

NAMES = {
    "urn:li:organization:1": ("Northwind",),
    "urn:li:person:A": ("Mina Park", "Mina", "Park"),
}


def parse(source: str) -> littletext.Parsed:
    return littletext.parse(source, lambda urn: NAMES.get(urn, ()))


@given(st.text())
def test_escaped_text_is_published_as_it_was(text: str) -> None:
    parsed = parse(littletext.escape(text))
    assert (parsed.text, parsed.cut) == (text, None)
    assert parse(parsed.little).text == text


@given(st.text())
def test_what_is_published_of_any_text_comes_back_from_a_read(source: str) -> None:
    parsed = parse(source)
    again = parse(parsed.little)
    assert (again.text, again.little, again.cut) == (parsed.text, parsed.little, None)


@pytest.mark.parametrize("char", list("\\|{}@[]()<>#*_~"))
def test_each_reserved_character_cuts_unless_it_is_escaped(char: str) -> None:
    assert parse(f"before {char} after").text == "before "
    assert parse(f"before \\{char} after").text == f"before {char} after"


@pytest.mark.parametrize("char", list("%\"'&/:\n.,;!?-+=$^`"))
def test_other_characters_need_no_escape(char: str) -> None:
    assert parse(f"a{char}b").text == f"a{char}b"


@pytest.mark.parametrize(
    ("source", "text", "little"),
    [
        ("#launch now", "#launch now", "{hashtag|\\#|launch} now"),
        ("{hashtag|\\#|launch}", "#launch", "{hashtag|\\#|launch}"),
        ("\\#launch", "#launch", "\\#launch"),
        ("#snake_case", "#snake", "{hashtag|\\#|snake}"),
        ("@[Northwind](urn:li:organization:1)!", "Northwind!", "@[Northwind](urn:li:organization:1)!"),
        ("@[northwind](urn:li:organization:1)", "northwind", "northwind"),
        ("@[Mina](urn:li:person:A)", "Mina", "@[Mina](urn:li:person:A)"),
        ("@[Nobody](urn:li:person:Z) x", " x", " x"),
        ("@[North \\(wind\\)](urn:li:organization:1)", "North (wind)", "North \\(wind\\)"),
        ("@[Northwind] (urn:li:organization:1)", "", ""),
        ("mail a@b.example", "mail a", "mail a"),
        ("ends with \\", "ends with ", "ends with "),
        ("\\n is no escape", "", ""),
    ],
)
def test_elements(source: str, text: str, little: str) -> None:
    parsed = parse(source)
    assert (parsed.text, parsed.little) == (text, little)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (
            "ids=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3AugcPost%3A2)",
            {"ids": ["urn:li:share:1", "urn:li:ugcPost:2"]},
        ),
        (
            "ids=List((actor:urn%3Ali%3Aperson%3AA,entity:x))",
            {"ids": [{"actor": "urn:li:person:A", "entity": "x"}]},
        ),
        ("t=(timeRange:(start:1,end:2),g:DAY)", {"t": {"timeRange": {"start": "1", "end": "2"}, "g": "DAY"}}),
        ("author=urn%3Ali%3Aperson%3AA&q=author", {"author": "urn:li:person:A", "q": "author"}),
        ("k=''", {"k": ""}),
        ("k=a%20b+c", {"k": "a b c"}),
        ("ids=List%28a%2Cb%29", {"ids": "List(a,b)"}),  # text, not a list: refused where a list is wanted
        ("ids=List()", {"ids": []}),
        ("fields=id,author", {"fields": "id,author"}),
        ("", {}),
    ],
)
def test_queries(raw: str, read: dict[str, Any]) -> None:
    assert restli.query(raw) == read


@pytest.mark.parametrize(
    "raw",
    ["author=urn:li:person:A", "ids=List(a,b", "t=(start:1,end)", "t=(start:(a:1)", "ids=a,b", "k=List(a))"],
)
def test_queries_that_are_not_rest_li(raw: str) -> None:
    with pytest.raises(RestError) as caught:
        restli.query(raw)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("urn", "kind", "key"),
    [
        ("urn:li:share:1", "share", ("1",)),
        ("urn:li:comment:(urn:li:activity:6,7)", "comment", ("urn:li:activity:6", "7")),
        (
            "urn:li:reaction:(urn:li:person:A,urn:li:comment:(urn:li:activity:6,7))",
            "reaction",
            ("urn:li:person:A", "urn:li:comment:(urn:li:activity:6,7)"),
        ),
        ("urn%3Ali%3Ashare%3A1", "", ()),
        ("share:1", "", ()),
        ("urn:li:share:", "", ()),
        ("urn:li:share:1%2C2", "", ()),
    ],
)
def test_urns(urn: str, kind: str, key: tuple[str, ...]) -> None:
    assert restli.urn(urn) == (kind, key)
