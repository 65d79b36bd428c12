"""Where integrations are found: folders given in code, in the environment, by entry points, and shipped.

The first that has a name wins; one that would hide a shipped integration is refused unless it is asked for.
"""

from __future__ import annotations

import os
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from postwire.errors import ManifestInvalid, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.resources.abc import Traversable

VARIABLE: Final = "POSTWIRE_INTEGRATIONS"
GROUP: Final = "postwire.integrations"
MANIFEST: Final = "integration.yaml"


def shipped(kind: str) -> Traversable:
    """The folder *kind* ("integrations" or "schemas"): in the wheel, else beside the checkout's runtime/."""
    inside = files("postwire") / kind
    return inside if inside.is_dir() else Path(__file__).parents[3] / kind


def integrations(
    given: Iterable[Path | str] = (), *, environ: Mapping[str, str] | None = None, override: bool = False
) -> dict[str, Traversable]:
    """Every integration's folder by its name, in the order of the search path.

    Args:
        given: folders that hold integration folders, or are one themselves.
        environ: instead of the process's environment.
        override: let *given* folders take the place of shipped integrations.

    Raises:
        ManifestInvalid: a folder that is not there, or hides a shipped integration.
    """
    environ = os.environ if environ is None else environ
    outside: dict[str, Traversable] = {}
    for folder in (*given, *filter(None, environ.get(VARIABLE, "").split(os.pathsep))):
        _add(outside, _folder(Path(folder)))
    for root in _entry_points():
        _add(outside, root)
    ours: dict[str, Traversable] = {}
    _add(ours, shipped("integrations"))
    hidden = [name for name in outside if name in ours and not _same(outside[name], ours[name])]
    if hidden and not override:
        raise ManifestInvalid(
            f"The integration {hidden[0]} in {outside[hidden[0]]} would hide the one that is shipped.",
            remedy="Rename its folder, or ask for the override.",
        )
    return {**ours, **outside}


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ManifestInvalid(f"There is no folder {path}.", remedy=f"Check --integrations and {VARIABLE}.")
    return path


def _add(found: dict[str, Traversable], root: Traversable) -> None:
    if not root.is_dir():
        return
    folders = (
        [root] if (root / MANIFEST).is_file() else sorted(root.iterdir(), key=lambda folder: folder.name)
    )
    for folder in folders:
        if (folder / MANIFEST).is_file():
            found.setdefault(folder.name, folder)


def _entry_points() -> list[Traversable]:
    found = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [_package(point) for point in found]


def _package(point: EntryPoint) -> Traversable:
    try:
        return files(point.module)
    except Exception as error:  # importing a package runs whatever stands in it
        raise ManifestInvalid(
            f"The package {point.module} of the entry point {point.name} cannot be loaded: "
            f"{shown(str(error))}",
            remedy="Install it again, or uninstall it.",
        ) from error


def _same(one: Traversable, other: Traversable) -> bool:
    return isinstance(one, Path) and isinstance(other, Path) and one.resolve() == other.resolve()
