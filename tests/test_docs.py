"""What is written must be true: the generated pages are fresh, and the README's commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from postwire.faces import docs
from postwire.language.catalog import Catalog

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_generated_pages_are_fresh() -> None:
    pages = docs.pages(Catalog())
    stale = [path for path, text in pages.items() if (ROOT / "docs" / path).read_text() != text]
    assert not stale, f"run: python -m postwire.faces.docs ({stale})"
    known = {str(file.relative_to(ROOT / "docs")) for file in (ROOT / "docs" / "platforms").glob("*.md")}
    assert known == {path for path in pages if path.startswith("platforms/")}


def test_every_word_of_the_language_is_explained() -> None:
    page = docs.pages(Catalog())["manifests.md"]
    bare = re.findall(r"^\| `(\w+)` \| (?:yes)? \|  *\|$", page, re.MULTILINE)
    assert not bare


@pytest.mark.parametrize("action", re.findall(r"postwire (?:show|run) (\w+\.\w+)", README))
def test_the_readme_names_actions_that_exist(action: str) -> None:
    assert Catalog().action(action)


def test_the_readme_names_every_dependency() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    table = README.partition("## Built on")[2].lower()
    names = [re.split(r"[>\[]", dependency)[0].lower() for dependency in project["dependencies"]]
    assert [name for name in names if name not in table] == []
