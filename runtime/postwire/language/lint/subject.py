"""What the rules look at: an action with all that was found out about it, an integration, and its folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import jsonschema_rs

from postwire.language.lint import kinds, recorded
from postwire.language.lint.shape import Sheet, read
from postwire.language.lint.walk import Walk
from postwire.language.manifest import Action, Api, Auth, Flavour, Integration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path as FilePath

    from postwire.language.cassette import Cassette
    from postwire.language.lint.document import Document
    from postwire.language.lint.finding import Severity
    from postwire.language.lint.kinds import Type
    from postwire.language.yamlfile import Path


DIALECT: Final = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a rule says: the place in the file, and the words.

    Attributes:
        path: of the value that is wrong.
        message: what is wrong.
        remedy: what to do, where the message does not say it.
        severity: as in Finding.
        at_key: point at the key, not at its value.
        part: point at so many characters from an offset of this text: (text, offset, width).
    """

    path: Path
    message: str
    remedy: str = ""
    severity: Severity = "error"
    at_key: bool = False
    part: tuple[str, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of login to a platform: its hosts (globs too), and how an account is connected."""

    hosts: tuple[str, ...]
    auth: Auth | None


def ways(integration: Integration) -> dict[str, Way]:
    """Every kind of login by its flavour; the usual one by an empty name."""
    found: dict[str, Api | Flavour] = {"": integration.api, **integration.flavours}
    return {
        name: Way(
            (urlsplit(own.base).hostname or "", *own.trust, *own.reach),
            integration.auth if isinstance(own, Api) else own.auth,
        )
        for name, own in found.items()
    }


class Folder:
    """An integration's folder; its files are read once, when they are asked for.

    Args:
        path: the folder.
        today: no page can have been read after it.
    """

    def __init__(self, path: FilePath, today: date) -> None:
        self.path = path
        self.today = today
        self._actions: dict[str, Sheet[Action]] = {}
        self._subjects: dict[str, Subject | None] = {}

    @cached_property
    def integration(self) -> Sheet[Integration]:
        """`integration.yaml`."""
        return read(self.path / "integration.yaml", Integration)

    @cached_property
    def names(self) -> list[str]:
        """The actions that have a file, private ones too."""
        return sorted(file.stem for file in (self.path / "actions").glob("*.yaml"))

    def action(self, name: str) -> Sheet[Action]:
        """The file of an action."""
        if name not in self._actions:
            self._actions[name] = read(self.path / "actions" / f"{name}.yaml", Action)
        return self._actions[name]

    def subject(self, name: str) -> Subject | None:
        """The action with all that is found out about it, as far as it is there and readable."""
        if name not in self._subjects:
            self._subjects[name] = self._looked_at(name)
        return self._subjects[name]

    def _looked_at(self, name: str) -> Subject | None:
        sheet = self.action(name) if name in self.names else None
        if sheet is None or sheet.model is None or sheet.document is None:
            return None
        return Subject(name, sheet.model, sheet.document, self)

    def model(self, name: str) -> Action | None:
        """The action, as far as it is there and readable."""
        return self.action(name).model if name in self.names else None

    def schema(self, name: str, word: str) -> dict[str, Any] | None:
        """The `input` or `output` of an action as a whole; None where there is none to go by."""
        found = self.model(name)
        said = getattr(found, word) if found else None
        return {"type": "object", "properties": {}, **said} if said is not None and is_sound(said) else None

    def cassette(self, name: str) -> Cassette | None:
        """Its recorded traffic."""
        return recorded.read(self.path, name)

    def traffic(self, name: str) -> Cassette | None:
        """The recorded traffic of an action; of a private one also that of the actions that lead to it."""
        leading = [each for each in self.names if name.startswith("_") and name in self.reached(each)]
        found = [each for each in map(self.cassette, dict.fromkeys([name, *leading])) if each is not None]
        both = tuple(one for each in found for one in each.interactions)
        return replace(found[0], interactions=both) if found else None

    def calls(self, name: str) -> list[str]:
        """The actions that *name* calls by itself."""
        found = self.model(name)
        return [step.call for step in all_steps(found.steps) if step.call] if found else []

    def looks(self, name: str) -> list[str]:
        """The actions by which *name* finds out whether something happened."""
        found = self.model(name)
        return [entry.call for entry in found.verify if entry.call] if found else []

    def reached(self, name: str) -> list[str]:
        """The actions that *name* leads to, itself first; each once."""
        seen = [name]
        for each in seen:
            led = dict.fromkeys((*self.calls(each), *self.looks(each)))
            seen += [other for other in led if other not in seen]
        return seen


@dataclass(slots=True)
class Subject:
    """An action under check; `input` and `output` are its whole schemas, empty where they are none."""

    name: str
    action: Action
    document: Document
    folder: Folder
    input: dict[str, Any] = field(init=False)
    output: dict[str, Any] = field(init=False)
    walk: Walk = field(init=False)
    cassette: Cassette | None = field(init=False)

    def __post_init__(self) -> None:
        self.input = self.folder.schema(self.name, "input") or {}
        self.output = self.folder.schema(self.name, "output") or {}
        self.cassette = self.folder.traffic(self.name)
        self.walk = Walk(recorded.answers(self.cassette), self._output)
        known = kinds.of_schema(self.input, given=True).but(given=False) if self.input else kinds.ANY
        self.walk.action(self.action, known)

    @property
    def is_private(self) -> bool:
        """Whether only other actions can call it."""
        return self.name.startswith("_")

    @property
    def integration(self) -> Integration | None:
        """The integration that it belongs to."""
        return self.folder.integration.model

    def handed(self, path: Path, name: str) -> Any:
        """What the call at *path* hands over as *name*, as it is written."""
        value: Any = self.document.data
        for key in (*path, "with", name):
            value = value[key]
        return value

    @property
    def ways(self) -> list[Way]:
        """The kinds of login that its accounts can have come by."""
        found = ways(self.integration) if self.integration else {}
        named = [found[name] for name in self.action.flavours if name in found]
        return named if self.action.flavours else list(found.values())

    def _output(self, name: str) -> Type:
        schema = self.folder.schema(name, "output")
        return kinds.of_schema(schema) if schema and schema["properties"] else kinds.ANY


def is_sound(schema: dict[str, Any]) -> bool:
    """Whether *schema* is JSON Schema 2020-12."""
    try:
        return jsonschema_rs.meta.is_valid({**DIALECT, **schema})
    except ValueError:
        return False


def all_steps(steps: list[Any]) -> Iterator[Any]:
    """*steps* and those inside them."""
    for step in steps:
        yield step
        yield from all_steps(step.do)
