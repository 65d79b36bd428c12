"""Where integrations are found, and which one wins."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from postwire.errors import ManifestInvalid
from postwire.language import locate
from postwire.language.locate import VARIABLE, integrations, shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a folder of integrations under `tmp_path`."""

    def build(root: str, *names: str) -> Path:
        for name in names:
            folder = tmp_path / root / name
            folder.mkdir(parents=True)
            (folder / locate.MANIFEST).write_text(f"name: {name} of {root}\n")
        return tmp_path / root

    return build


@pytest.fixture(autouse=True)
def ours(make: Make, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three shipped integrations in place of the real ones."""
    root = make("ours", "alpha", "beta", "gamma")
    monkeypatch.setattr(locate, "shipped", lambda _: root)
    return root


def origin(found: Mapping[str, object], name: str) -> str:
    return str(found[name]).replace("\\", "/").split("/")[-2]


def test_what_is_shipped_is_there_without_asking() -> None:
    assert list(integrations(environ={})) == ["alpha", "beta", "gamma"]


def test_the_first_place_of_the_search_path_wins(make: Make) -> None:
    one, two, three = make("one", "x"), make("two", "x", "y"), make("three", "x", "y", "z")
    environ = {VARIABLE: os.pathsep.join([str(two), "", str(three)])}
    found = integrations([one], environ=environ)
    assert {name: origin(found, name) for name in "xyz"} == {"x": "one", "y": "two", "z": "three"}
    assert list(found)[:3] == ["alpha", "beta", "gamma"]


def test_the_environment_variable_is_read_when_none_is_given(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(make("one", "x")))
    assert "x" in integrations()
    assert "x" not in integrations(environ={})


def test_a_folder_may_be_an_integration_itself(make: Make) -> None:
    assert origin(integrations([make("one", "x", "y") / "x"], environ={}), "x") == "one"
    assert "y" not in integrations([make("two", "x", "y") / "x"], environ={})


def test_what_is_no_integration_is_passed_over(make: Make) -> None:
    root = make("one", "x")
    (root / "notes").mkdir()
    (root / "readme.txt").write_text("no folder")
    assert list(integrations([root], environ={})) == ["alpha", "beta", "gamma", "x"]


@pytest.mark.parametrize("by_variable", [True, False])
def test_hiding_a_shipped_integration_is_refused_unless_asked_for(make: Make, by_variable: bool) -> None:
    root = make("one", "beta", "x")
    given, environ = ([], {VARIABLE: str(root)}) if by_variable else ([root], {})
    with pytest.raises(ManifestInvalid, match=r"beta in .* would hide") as caught:
        integrations(given, environ=environ)
    assert "override" in caught.value.remedy
    found = integrations(given, environ=environ, override=True)
    assert origin(found, "beta") == "one"
    assert origin(found, "alpha") == "ours"


def test_the_shipped_folder_itself_hides_nothing(ours: Path) -> None:
    assert origin(integrations([ours, ours / "beta"], environ={}), "beta") == "ours"


def test_a_folder_that_is_not_there_is_an_error_that_says_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(ManifestInvalid, match="There is no folder") as caught:
        integrations([tmp_path / "nowhere"], environ={})
    assert VARIABLE in caught.value.remedy


def installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, value: str | None = None
) -> Path:
    """A distribution on `sys.path` whose entry point names *package*."""
    site = tmp_path / "site"
    about = site / f"{package}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{locate.GROUP}]\n{package} = {value or package}\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, package, raising=False)
    return site


@pytest.mark.parametrize("value", ["pack_of_tests", "pack_of_tests:data"])
def test_a_package_brings_integrations_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Make, value: str
) -> None:
    site = installed(tmp_path, monkeypatch, "pack_of_tests", value)
    package = make("site/pack_of_tests", "delta")
    (package / "__init__.py").write_text("")
    found = integrations(environ={})
    assert str(found["delta"]).startswith(str(site))
    assert origin(integrations([make("one", "delta")], environ={}), "delta") == "one"


@pytest.mark.parametrize("code", [None, "1 / 0", "import nothing_like_that"])
def test_a_package_that_cannot_be_loaded_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str | None
) -> None:
    site = installed(tmp_path, monkeypatch, "broken_pack_of_tests")
    if code is not None:
        (site / "broken_pack_of_tests").mkdir()
        (site / "broken_pack_of_tests" / "__init__.py").write_text(code)
    with pytest.raises(ManifestInvalid, match="broken_pack_of_tests") as caught:
        integrations(environ={})
    assert "uninstall" in caught.value.remedy


def test_the_real_folder_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert shipped("integrations").is_dir()
    assert (shipped("integrations") / "tiktok" / locate.MANIFEST).is_file()
