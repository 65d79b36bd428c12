"""Integrations by name and actions by id: read late, once, and only as far as needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postwire.errors import ManifestInvalid, UnknownName
from postwire.language import locate
from postwire.language.catalog import Catalog, Summary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INTEGRATION = """
name: Alpha
description: A platform.
docs: {url: https://example.com/docs, read: 2026-11-21}
api:
  base: https://api.example.com
"""
HEAD = """
title: {title}
description: What it does.
keywords: [one, two]
effect: read
scopes: [a.read]
"""
BODY = """
request:
  get: /me
return:
  id: ${{ body.id }}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def write(name: str, text: str | bytes) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


@pytest.fixture
def catalog(
    tmp_path: Path, write: Callable[[str, str | bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> Catalog:
    monkeypatch.setattr(locate, "shipped", lambda _: tmp_path)
    monkeypatch.delenv(locate.VARIABLE, raising=False)
    write("alpha/integration.yaml", INTEGRATION)
    write("beta/integration.yaml", INTEGRATION.replace("Alpha", "Beta"))
    for action in ("get_user_info", "create_video_post", "_private"):
        write(f"alpha/actions/{action}.yaml", HEAD.format(title=action) + BODY)
    write("alpha/actions/notes.txt", "no action")
    write("beta/actions/list_posts.yaml", HEAD.format(title="List") + BODY)
    return Catalog()


def test_a_list_has_every_public_action_in_order(catalog: Catalog) -> None:
    assert [summary.id for summary in catalog.actions()] == [
        "alpha.create_video_post",
        "alpha.get_user_info",
        "beta.list_posts",
    ]
    assert [summary.id for summary in catalog.actions("beta")] == ["beta.list_posts"]


def test_a_summary_says_what_the_head_says(catalog: Catalog) -> None:
    assert catalog.actions("beta") == [
        Summary("beta.list_posts", "List", "What it does.", "read", ("a.read",), ("one", "two"))
    ]


@pytest.mark.parametrize(
    "body",
    [
        "request: {get: [unclosed\n",
        "steps:\n\t- tab\n",
        "input: &anchor {}\nlet: *anchor\n",
        "request:\n  nonsense: 1\n",
        b"let:\n  x: \xff\xfe\n",
    ],
)
def test_a_broken_body_does_not_break_the_list(
    catalog: Catalog, write: Callable[..., Path], body: str | bytes
) -> None:
    head = HEAD.format(title="Broken").encode()
    write("alpha/actions/broken.yaml", head + (body if isinstance(body, bytes) else body.encode()))
    assert "alpha.broken" in [summary.id for summary in catalog.actions()]
    with pytest.raises(ManifestInvalid, match=r"broken\.yaml") as caught:
        catalog.action("alpha.broken")
    assert "postwire check" in caught.value.remedy


def test_a_broken_head_names_its_file_and_line(catalog: Catalog, write: Callable[..., Path]) -> None:
    write("alpha/actions/broken.yaml", "title: a\ntitle: b\nrequest: {}\n")
    with pytest.raises(ManifestInvalid, match=r"broken\.yaml:2: .*twice"):
        catalog.actions()
    assert catalog.action("alpha.get_user_info").title == "get_user_info"
    with pytest.raises(UnknownName, match="did you mean"):
        catalog.action("alpha.get_user_inf")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("alpha.get_user_inf", "no action 'alpha.get_user_inf'; did you mean alpha.get_user_info?"),
        ("alpha.zzz", "no action 'alpha.zzz'."),
        ("alpha", "no action 'alpha'"),
        ("alpha.", "no action 'alpha.'"),
        ("alfa.get_user_info", "no integration 'alfa'; did you mean alpha?"),
        ("", "no integration ''"),
        ("alpha.../../beta/actions/list_posts", "no action"),
        ("alpha.Get_user_info", "did you mean alpha.get_user_info?"),
        ("alpha.notes", "no action"),
    ],
)
def test_an_unknown_name_is_told_the_nearest(catalog: Catalog, name: str, message: str) -> None:
    with pytest.raises(UnknownName) as caught:
        catalog.action(name)
    assert message in caught.value.message
    assert "postwire actions" in caught.value.remedy


def test_a_very_long_name_is_not_repeated(catalog: Catalog) -> None:
    for name in ("x" * 10_000, "alpha." + "x" * 10_000):
        with pytest.raises(UnknownName) as caught:
            catalog.action(name)
        assert len(caught.value.message) < 200


def test_private_actions_can_be_had_by_name_only(catalog: Catalog) -> None:
    assert catalog.action("alpha._private").title == "_private"


def test_a_file_is_read_when_it_is_asked_for_and_once(catalog: Catalog, tmp_path: Path) -> None:
    first = catalog.action("alpha.get_user_info")
    assert catalog.integration("alpha").name == "Alpha"
    for file in (tmp_path / "alpha").rglob("*.yaml"):
        file.write_text("broken: [")
    assert catalog.action("alpha.get_user_info") is first
    assert catalog.integration("alpha").name == "Alpha"
    with pytest.raises(ManifestInvalid):
        catalog.action("alpha.create_video_post")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (INTEGRATION.replace("api:", "apy:"), "api: "),
        (INTEGRATION.replace("https://api.example.com", "api.example.com"), r"api\.base"),
        (INTEGRATION + "name: twice\n", "twice"),
        ("", "valid"),
        ("- a list", "valid"),
        (b"name: \xff", "not UTF-8"),
    ],
)
def test_an_integration_that_cannot_be_used_says_where(
    catalog: Catalog, write: Callable[..., Path], text: str | bytes, message: str
) -> None:
    write("alpha/integration.yaml", text)
    with pytest.raises(ManifestInvalid, match=rf"integration\.yaml.*{message}"):
        catalog.integration("alpha")


def test_folders_of_the_caller_come_first(
    catalog: Catalog, write: Callable[..., Path], tmp_path: Path
) -> None:
    write("mine/alpha/integration.yaml", INTEGRATION.replace("Alpha", "Mine"))
    with pytest.raises(ManifestInvalid, match="would hide"):
        _ = Catalog([tmp_path / "mine"]).folders
    assert Catalog([tmp_path / "mine"], override=True).integration("alpha").name == "Mine"


def test_every_shipped_head_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    summaries = Catalog().actions()
    assert summaries
    assert all(summary.title and summary.description and summary.effect for summary in summaries)
