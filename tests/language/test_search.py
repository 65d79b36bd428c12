"""Finding actions by words: a recall figure over requests written beforehand, and the ranking's rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from postwire.language.catalog import Catalog
from postwire.language.search import Index, terms

if TYPE_CHECKING:
    from collections.abc import Callable

REQUESTS = yaml.safe_load(Path(__file__).with_name("search_requests.yaml").read_text("utf-8"))
RECALL = 0.8  # of the requests find what they want among the first five; 0.85 when it was written


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(Catalog())


def test_requests_find_what_they_want(index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    missed = [each["ask"] for each in REQUESTS if not _found(index, each)]
    recall = 1 - len(missed) / len(REQUESTS)
    with capsys.disabled():
        print(f"\nrecall@5 {recall:.3f} over {len(REQUESTS)} requests; missed: {'; '.join(missed)}")  # noqa: T201 - a figure to read
    assert len(REQUESTS) >= 30
    assert recall >= RECALL


def _found(index: Index, request: dict[str, Any]) -> bool:
    return bool({hit.action.id for hit in index.search(request["ask"], 5)} & set(request["wants"]))


def test_the_requests_name_actions_that_there_are(index: Index) -> None:
    known = {each.id for each in index.actions}
    assert not [want for each in REQUESTS for want in each["wants"] if want not in known]


IT = "title: {title}\ndescription: {about}\neffect: read\n{more}request: {{get: /a}}\n"
DEEP = "input:\n  properties:\n    a: {type: array, items: {properties: {b: {description: Of a zebra.}}}}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("zebra", {"title": "Zebra"}),
        ("zebras", {"about": "About a zebra."}),
        ("Zebra", {"more": "keywords: [zebra]\n"}),
        ("zebra", {"more": "input: {properties: {zebra: {type: string}}}\n"}),
        ("zebra stripes", {"more": DEEP}),
    ],
)
def test_every_place_is_searched(words: str, said: dict[str, str], small: Callable[..., Index]) -> None:
    action = IT.format(**{"title": "It", "about": "It.", "more": "", **said})
    found = small(wanted=action).search(words)
    assert [hit.action.id for hit in found] == ["acme.wanted"]


@pytest.fixture
def small(acme: Any) -> Callable[..., Index]:
    def make(**actions: str) -> Index:
        acme.write("other", "effect: read\nrequest: {get: /b}\n")
        for name, text in actions.items():
            (acme.folder / "actions" / f"{name}.yaml").write_text(text)
        catalog = Catalog([acme.folder])
        return Index(catalog, catalog.actions("acme"))

    return make


def test_a_keyword_weighs_more_than_a_remark(small: Callable[..., Index]) -> None:
    keyword = "title: It\ndescription: It.\nkeywords: [clip]\neffect: read\nrequest: {get: /a}\n"
    remark = "title: It\ndescription: Not for a clip.\neffect: read\nrequest: {get: /a}\n"
    found = small(remark=remark, zz_keyword=keyword).search("clip")
    assert [hit.action.id for hit in found] == ["acme.zz_keyword", "acme.remark"]
    assert found[0].score > found[1].score > 0


def test_a_filter_comes_before_the_limit(index: Index) -> None:
    assert {hit.action.effect for hit in index.search("delete a post", 5)} != {"read"}
    only = index.search("delete a post", 5, lambda each: each.effect == "read")
    assert len(only) == 5
    assert {hit.action.effect for hit in only} == {"read"}


@pytest.mark.parametrize("words", ["", "   ", "?!", "of the and", "qqqzzz", "日本語のなにか"])
def test_words_that_nothing_fits(index: Index, words: str) -> None:
    assert index.search(words) == []


def test_a_broken_input_does_not_stop_a_search(small: Callable[..., Index]) -> None:
    broken = "title: Clip\ndescription: It.\neffect: read\ninput: {properties: {\nrequest: {get: /a}\n"
    assert [hit.action.id for hit in small(broken=broken).search("clip")] == ["acme.broken"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("videos", "video"),
        ("posting", "post"),
        ("stories", "story"),
        ("followers", "follow"),
        ("images", "image"),
        ("tagged", "tag"),
        ("Photos", "photo"),
    ],
)
def test_endings_do_not_matter(one: str, other: str) -> None:
    assert terms(one) == terms(other)
