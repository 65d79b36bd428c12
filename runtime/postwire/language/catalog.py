"""The integrations and actions that there are; a file is read when it is asked for, and once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from postwire.errors import ManifestInvalid, UnknownName, shown
from postwire.language import locate, shapes, yamlfile
from postwire.language.functions import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from postwire.language.manifest import Action, Integration
    from postwire.language.shapes import Shapes

_HEAD_ENDS: Final = re.compile(
    r"^(?:input|let|request|steps|save|return|output|errors|examples):", re.MULTILINE
)
Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class Summary:
    """An action as a list shows it, read from the head of its file."""

    id: str
    title: str
    description: str
    effect: str
    scopes: tuple[str, ...]
    keywords: tuple[str, ...] = ()


class Catalog:
    """Integrations by name, actions by id.

    Args:
        folders: looked through before the environment, entry points and what is shipped.
        override: let those folders take the place of shipped integrations.
    """

    def __init__(self, folders: Iterable[Path | str] = (), *, override: bool = False) -> None:
        self._given = tuple(folders)
        self._override = override
        self._integrations: dict[str, Integration] = {}
        self._actions: dict[str, Action] = {}
        self._shapes: dict[str, Shapes] = {}
        self._icons: dict[str, bytes] = {}

    @cached_property
    def folders(self) -> Mapping[str, Traversable]:
        """Every integration's folder, by name."""
        return locate.integrations(self._given, override=self._override)

    def integration(self, name: str) -> Integration:
        """What `integration.yaml` of *name* says.

        Raises:
            UnknownName: there is none.
            ManifestInvalid: it cannot be used.
        """
        if name not in self._integrations:
            from postwire.language.manifest import Integration  # noqa: PLC0415 - pydantic costs 80 ms to import

            self._integrations[name] = _load(Integration, self.folder(name) / locate.MANIFEST)
        return self._integrations[name]

    def action(self, name: str) -> Action:
        """What the file of the action *name* (`tiktok.get_user_info`) says; errors as `integration`."""
        if name not in self._actions:
            from postwire.language.manifest import Action  # noqa: PLC0415 - as above

            known = partial(self.shapes, name.partition(".")[0])
            self._actions[name] = _load(Action, self.file(name), known)
        return self._actions[name]

    def shapes(self, integration: str) -> Shapes:
        """The schemas that actions of an integration share."""
        if integration not in self._shapes:
            self._shapes[integration] = shapes.of(self.folder(integration))
        return self._shapes[integration]

    def folder(self, name: str) -> Traversable:
        """The folder of an integration.

        Raises:
            UnknownName: there is none.
        """
        if name not in self.folders:
            raise UnknownName(
                f"There is no integration {shown(name)!r}{nearest(name, self.folders)}.",
                remedy="`postwire actions` lists what there is.",
            )
        return self.folders[name]

    def icon(self, integration: str) -> bytes:
        """Its picture, an SVG; nothing where it has none.

        Raises:
            UnknownName: there is no such integration.
        """
        if integration not in self._icons:
            file = self.folder(integration) / "icon.svg"
            self._icons[integration] = file.read_bytes() if file.is_file() else b""
        return self._icons[integration]

    def file(self, name: str) -> Traversable:
        """The file of an action; private ones (`tiktok._wait`) too.

        Raises:
            UnknownName: there is none.
        """
        integration, _, short = name.partition(".")
        found = self.folder(integration) / "actions" / f"{short}.yaml"
        if not re.fullmatch(r"_?[a-z][a-z0-9_]{0,99}", short) or not found.is_file():
            known = [known_as for known_as, _ in self._files(integration)]
            raise UnknownName(
                f"There is no action {shown(name)!r}{nearest(name, known)}.",
                remedy=f"`postwire actions --integration {integration}` lists what there is.",
            )
        return found

    def actions(self, integration: str | None = None) -> list[Summary]:
        """Every public action, or those of one integration, in order, by the heads of the files."""
        names = [integration] if integration else list(self.folders)
        return [_summary(action, file) for name in names for action, file in self._files(name)]

    def _files(self, integration: str) -> list[tuple[str, Traversable]]:
        """The id and the file of every public action, in order."""
        folder = self.folder(integration) / "actions"
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name) if folder.is_dir() else []
        files = [
            entry for entry in entries if entry.name.endswith(".yaml") and not entry.name.startswith("_")
        ]
        return [(f"{integration}.{entry.name.removesuffix('.yaml')}", entry) for entry in files]


def _summary(name: str, file: Traversable) -> Summary:
    text = file.read_bytes().decode("utf-8", "replace")  # a list does not ask what stands below the head
    end = _HEAD_ENDS.search(text)
    try:
        head = yamlfile.load(text[: end.start()] if end else text)
    except yamlfile.YamlProblem as error:
        raise ManifestInvalid(f"{file}:{error.mark.line}: {error.message}") from None
    said: dict[str, Any] = head if isinstance(head, dict) else {}
    return Summary(
        name,
        str(said.get("title", "")),
        str(said.get("description", "")),
        str(said.get("effect", "")),
        tuple(map(str, said.get("scopes") or ())),
        tuple(map(str, said.get("keywords") or ())),
    )


def _load(model: type[Model], file: Traversable, known: Callable[[], Shapes] | None = None) -> Model:
    from pydantic import ValidationError  # noqa: PLC0415 - as above

    try:
        text = file.read_text("utf-8")
        data = yamlfile.load(text)
        if known is not None and "$ref:" in text and isinstance(data, dict):
            data = shapes.expanded(data, known())
        made: Model = model.model_validate(data, by_alias=True, by_name=False)  # type: ignore[attr-defined]
    except shapes.UnknownShape as error:
        raise ManifestInvalid(f"{file}: {error.message}", remedy=_CHECK) from None
    except yamlfile.YamlProblem as error:
        raise ManifestInvalid(f"{file}:{error.mark.line}: {error.message}", remedy=_CHECK) from None
    except UnicodeDecodeError as error:
        raise ManifestInvalid(f"{file}: this is not UTF-8: {error.reason}", remedy=_CHECK) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ManifestInvalid(f"{file}: {place}: {first['msg']}", remedy=_CHECK) from None
    return made


_CHECK: Final = "`postwire check` names every mistake with its line."
