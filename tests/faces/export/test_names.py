"""Names on the wire: short, plain, and there and back for every set of actions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire import UnknownName
from postwire.faces.export.names import LONGEST, Names

if TYPE_CHECKING:
    from postwire.export import Tools

EVERYWHERE = re.compile(r"[a-z][a-z0-9_]{0,63}")
PART = st.from_regex(r"[a-z][a-z0-9_-]{0,50}", fullmatch=True)
IDS = st.builds("{}.{}".format, PART, PART)


@given(st.lists(IDS, max_size=20, unique=True))
def test_there_and_back(ids: list[str]) -> None:
    names = Names(ids)
    wires = [names.wire(each) for each in ids]
    assert all(EVERYWHERE.fullmatch(wire) for wire in wires)
    assert len(set(wires)) == len(ids) == len(names)
    assert [names.id(wire) for wire in wires] == ids
    assert [names.id(each) for each in ids] == ids


def test_two_that_would_be_called_alike() -> None:
    names = Names(["a_b.c", "a.b_c"])
    assert names.wire("a_b.c") == "a_b_c"
    assert re.fullmatch(r"a_b_c_[0-9a-f]{8}", names.wire("a.b_c"))


def test_a_long_one_is_cut() -> None:
    name = "acme." + "x" * 90
    wire = Names([name]).wire(name)
    assert len(wire) == LONGEST
    assert wire == Names(["other.a", name]).wire(name)


def test_names_of_what_is_shipped_say_what_they_are(every: Tools) -> None:
    assert all(tool.name == tool.id.replace(".", "_") for tool in every)


@pytest.mark.parametrize("wrong", ["", "tiktok_get_usr_info", "tiktok.get_usr_info", "x" * 500])
def test_a_name_that_is_not_there(wrong: str) -> None:
    with pytest.raises(UnknownName) as raised:
        Names(["tiktok.get_user_info"]).id(wrong)
    assert len(str(raised.value)) < 200
