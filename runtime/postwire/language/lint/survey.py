"""Reads every text of a manifest in its scope, and keeps what was found: types, references, mistakes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from postwire.language import syntax
from postwire.language.lint import kinds, texts
from postwire.language.lint.kinds import ANY, TEXT, Type
from postwire.language.lint.reader import Reader
from postwire.language.template import Hole, pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.language.lint.scope import Reference, Scope
    from postwire.language.yamlfile import Path

    Holes = tuple[tuple[Hole, Type], ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake in the text *value* at *path*: *width* characters at *offset*; without a value in the key."""

    rule: str
    path: Path
    value: str | None
    offset: int
    width: int
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A text of the manifest that was read.

    Attributes:
        path: where it stands.
        purpose: what it is for: `address`, `auth`, `condition`, …; mostly the word that it stands behind.
        value: as it is written.
        type: what it gives.
        holes: each hole with its type.
    """

    path: Path
    purpose: str
    value: str
    type: Type
    holes: Holes = ()


@dataclass(slots=True)
class Survey:
    """Collects what was found on the way."""

    faults: list[Fault] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    uses: set[Reference] = field(default_factory=set)

    def value(self, path: Path, value: Any, scope: Scope, purpose: str = "value") -> Type:
        """The type of any value that may have holes."""
        if isinstance(value, str):
            return self._text(path, value, scope, purpose)
        if isinstance(value, dict):
            read = self._each if "$each" in value else self._map
            return read(path, value, scope, purpose)
        if isinstance(value, list) and value:
            items = [self.value((*path, i), item, scope, purpose) for i, item in enumerate(value)]
            made = kinds.list_of(kinds.joined(items).but(optional=False))
            return made.but(optional=all(i.optional for i in items), secret=any(i.secret for i in items))
        return kinds.of_constant(value)

    def condition(self, path: Path, text: str, scope: Scope) -> syntax.Node | None:
        """Read a bare condition; its tree, or None where it cannot be read."""
        if not self._apply(texts.hole_in_condition, path, text, text):
            return None
        node, found = self._expression(path, text, Hole(text, 0), scope)
        self._apply(texts.not_a_condition, path, text, text, found)
        self.readings.append(Reading(path, "condition", text, found))
        return node

    def own_name(self, path: Path, name: str, scope: Scope) -> None:
        """Look at the name that a loop gives its item."""
        self._apply(texts.hidden_name, path, name, name, scope)

    def _apply(
        self, rule: Callable[..., texts.Said], path: Path, value: str | None, *about: Any, start: int = 0
    ) -> bool:
        """Whether *rule* has nothing to say."""
        said = list(rule(*about))
        for offset, width, message in said:
            self.faults.append(Fault(rule.__name__, path, value, start + offset, width, message))
        return not said

    def _text(self, path: Path, value: str, scope: Scope, purpose: str) -> Type:
        if not self._apply(texts.unclosed_hole, path, value, value):
            return TEXT
        parts = pieces(value)
        holes = tuple(
            (part, self._expression(path, value, part, scope)[1]) for part in parts if isinstance(part, Hole)
        )
        lone = len(parts) == 1 and bool(holes)
        made = holes[0][1] if lone else self._spelled(path, value, holes, purpose)
        self.readings.append(Reading(path, purpose, value, made, holes))
        return made

    def _spelled(self, path: Path, value: str, holes: Holes, purpose: str) -> Type:
        if not holes:
            return kinds.of_constant(value)
        refused = ("map",) if purpose == "address" else ("map", "list")
        self._apply(texts.not_text, path, value, holes, refused)
        return TEXT.but(
            optional=any(found.optional for _, found in holes),
            secret=any(found.secret for _, found in holes),
            given=any(found.given for _, found in holes),
        )

    def _expression(
        self, path: Path, value: str, hole: Hole, scope: Scope
    ) -> tuple[syntax.Node | None, Type]:
        text = hole.expression
        if not self._apply(texts.unreadable_expression, path, value, text, start=hole.offset):
            return None, ANY

        def report(rule: str, where: syntax.Node, message: str) -> None:
            offset = where.key.offset if isinstance(where, syntax.Lookup) else where.offset
            width = texts.width_at(text, offset)
            self.faults.append(Fault(rule, path, value, hole.offset + offset, width, message))

        node = syntax.read(text)
        return node, Reader(scope, report, self.uses).type_of(node)

    def _map(self, path: Path, value: dict[str, Any], scope: Scope, purpose: str) -> Type:
        inner = scope
        if "$when" in value:
            inner = scope.knowing(self.condition((*path, "$when"), str(value["$when"]), scope))
        self._dollar_words(path, value)
        fields = {
            key: self.value((*path, key), entry, inner, purpose)
            for key, entry in value.items()
            if key != "$when"
        }
        vanishes = "$when" in value or (bool(fields) and all(found.optional for found in fields.values()))
        return kinds.map_of(fields).but(
            optional=vanishes, secret=any(found.secret for found in fields.values())
        )

    def _each(self, path: Path, value: dict[str, Any], scope: Scope, purpose: str) -> Type:
        over, name = value["$each"], str(value.get("as", "item"))
        items = self.value((*path, "$each"), over, scope, "$each")
        self._apply(texts.each_list, (*path, "$each"), str(over), str(over), items)
        self._dollar_words(path, value)
        self.own_name((*path, "as"), name, scope)
        inner = scope.plus(**{name: (items.item or ANY).but(given=items.given), "index": kinds.NUMBER})
        if "where" in value:
            inner = inner.knowing(self.condition((*path, "where"), str(value["where"]), inner))
        made = self.value((*path, "to"), value.get("to", f"${{{{ {name} }}}}"), inner, purpose)
        return kinds.list_of(made.but(optional=False)).but(optional=items.is_loose, secret=made.secret)

    def _dollar_words(self, path: Path, value: dict[str, Any]) -> None:
        for key in value:
            self._apply(texts.unknown_dollar_word, (*path, key), None, key, value)
