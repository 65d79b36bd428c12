"""Rules of an integration's folder: the same files everywhere, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from postwire.language.lint.subject import Folder

Said = Iterator[tuple[Path, str]]
_FILES: Final = frozenset(
    {"integration.yaml", "shapes.yaml", "quality.yaml", "icon.svg", "actions", "cassettes"}
)


def missing_file(folder: Folder) -> Said:
    """Every integration has `integration.yaml`, `quality.yaml`, `icon.svg` and actions."""
    for name in ("integration.yaml", "quality.yaml", "icon.svg"):
        if not (folder.path / name).is_file():
            yield folder.path / name, "this file is missing"
    if not folder.names:
        yield folder.path / "actions", "there are no actions"


def python_file(folder: Folder) -> Said:
    """An integration is data: it has no Python."""
    for file in sorted(folder.path.rglob("*.py")):
        yield file, "an integration has no Python: say it in the manifest, or propose a function"


def strange_file(folder: Folder) -> Said:
    """Every file is one that integrations have."""
    for entry in sorted(folder.path.iterdir()):
        if entry.name not in _FILES and entry.suffix != ".py" and not entry.name.startswith((".", "__")):
            yield entry, f"integrations have only {', '.join(sorted(_FILES))}"
    for place in ("actions", "cassettes"):
        for entry in sorted((folder.path / place).glob("*")):
            if entry.suffix not in (".yaml", ".py") and not entry.name.startswith((".", "__")):
                yield entry, f"{place} holds only .yaml files"


def stray_cassette(folder: Folder) -> Said:
    """A cassette is called as its action."""
    for file in sorted((folder.path / "cassettes").glob("*.yaml")):
        if file.stem not in folder.names:
            yield file, f"there is no action {file.stem}"


def unreadable_cassette(folder: Folder) -> Said:
    """A cassette is in vcrpy's format."""
    for name in folder.names:
        file = folder.path / "cassettes" / f"{name}.yaml"
        if file.is_file() and folder.cassette(name) is None:
            yield file, "this is no recorded traffic in vcrpy's format"


def uncalled_action(folder: Folder) -> Said:
    """A private action is called by another."""
    called = {other for name in folder.names for other in folder.reached(name)[1:]}
    for name in folder.names:
        if name.startswith("_") and name not in called:
            yield folder.path / "actions" / f"{name}.yaml", "no action calls this private one"


RULES: Final[tuple[Callable[[Folder], Said], ...]] = (
    missing_file,
    python_file,
    strange_file,
    stray_cassette,
    unreadable_cassette,
    uncalled_action,
)
