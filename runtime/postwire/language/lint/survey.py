"""Walks through an action in the order in which it runs, and reads every expression in its scope."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from postwire.language import syntax
from postwire.language.functions import nearest
from postwire.language.lint import types
from postwire.language.lint.reader import Reader
from postwire.language.lint.scope import ELSEWHERE
from postwire.language.lint.types import ANY, TEXT, Type
from postwire.language.template import LOOP, Hole, TemplateProblem, pieces

if TYPE_CHECKING:
    from postwire.language.lint.scope import Reference, Scope
    from postwire.language.yamlfile import Path

_TOKEN: Final = re.compile(r"'(?:[^']|'')*'|[A-Za-z_]\w*|[0-9.]+\w*|==|!=|<=|>=|\?\?|.")


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake inside the text *value* at *path*: `width` characters from `offset`."""

    rule: str
    path: Path
    value: str
    offset: int
    width: int
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A text of the manifest that was read.

    Attributes:
        path: where it stands.
        purpose: what it is for: `address`, `auth`, `when`, …; the word that it stands behind.
        value: as it is written.
        type: what it gives.
        holes: each hole with its type.
    """

    path: Path
    purpose: str
    value: str
    type: Type
    holes: tuple[tuple[Hole, Type], ...] = ()

    @property
    def is_lone(self) -> bool:
        """Whether it is one hole and nothing else."""
        return len(self.holes) == 1 and self.value.strip().startswith("${{") and _closes_last(self.value)


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
            return self._each(path, value, scope) if "$each" in value else self._map(path, value, scope, purpose)
        if isinstance(value, list) and value:
            items = [self.value((*path, i), item, scope, purpose) for i, item in enumerate(value)]
            made = types.list_of(types.joined(items).but(optional=False))
            return made.but(optional=all(item.optional for item in items), secret=any(i.secret for i in items))
        return types.of_constant(value)

    def condition(self, path: Path, text: str, scope: Scope) -> syntax.Node | None:
        """Read a bare condition; its tree, or None where it cannot be read."""
        if "${{" in text:
            message = "a condition is a bare expression: take away ${{ and }}"
            self._fault("hole_in_condition", path, text, (text.index("${{"), 3), message)
            return None
        node, found = self._expression(path, text, text, 0, scope)
        if node is not None and not types.is_a(found, "boolean"):
            message = f"a condition is true or false, and this is {types.told(found)}"
            self._fault("not_a_condition", path, text, (0, len(text.rstrip())), message)
        self.readings.append(Reading(path, "condition", text, found))
        return node

    def _text(self, path: Path, value: str, scope: Scope, purpose: str) -> Type:
        try:
            parts = pieces(value)
        except TemplateProblem as problem:
            self._fault("unclosed_hole", path, value, (problem.offset, 3), problem.message)
            return TEXT
        holes = tuple((part, self._hole(path, value, part, scope)) for part in parts if isinstance(part, Hole))
        lone = len(parts) == 1 and bool(holes)
        made = holes[0][1] if lone else self._spelled(path, value, holes, purpose)
        self.readings.append(Reading(path, purpose, value, made, holes))
        return made

    def _hole(self, path: Path, value: str, hole: Hole, scope: Scope) -> Type:
        return self._expression(path, value, hole.expression, hole.offset, scope)[1]

    def _spelled(self, path: Path, value: str, holes: tuple[tuple[Hole, Type], ...], purpose: str) -> Type:
        if not holes:
            return types.of_constant(value)
        refused = ("map",) if purpose == "address" else ("map", "list")
        for hole, found in holes:
            if found.kind in refused:
                message = f"{types.told(found)} inside text: use join() for a list, json() for its JSON"
                self._fault("not_text", path, value, (hole.offset, len(hole.expression)), message)
        return TEXT.but(
            optional=any(found.optional for _, found in holes),
            secret=any(found.secret for _, found in holes),
            given=any(found.given for _, found in holes),
        )

    def _expression(
        self, path: Path, value: str, text: str, start: int, scope: Scope
    ) -> tuple[syntax.Node | None, Type]:
        try:
            node = syntax.read(text)
        except syntax.SyntaxProblem as problem:
            at = min(problem.offset, max(len(text) - 1, 0))
            at += len(text[at:]) - len(text[at:].lstrip())
            self._fault("unreadable_expression", path, value, (start + at, _width(text, at)), problem.message)
            return None, ANY

        def report(rule: str, where: syntax.Node, message: str) -> None:
            offset = _offset(where)
            self._fault(rule, path, value, (start + offset, _width(text, offset)), message)

        return node, Reader(scope, report, self.uses).type_of(node)

    def _map(self, path: Path, value: dict[str, Any], scope: Scope, purpose: str) -> Type:
        inner = scope
        if "$when" in value:
            inner = scope.knowing(self.condition((*path, "$when"), str(value["$when"]), scope))
        self._refuse_words(path, value, {"$when"})
        fields = {
            key: self.value((*path, key), entry, inner, purpose)
            for key, entry in value.items()
            if key != "$when"
        }
        vanishes = bool(fields) and all(found.optional for found in fields.values())
        return types.map_of(fields).but(
            optional="$when" in value or vanishes, secret=any(found.secret for found in fields.values())
        )

    def _each(self, path: Path, value: dict[str, Any], scope: Scope) -> Type:
        items = self.value((*path, "$each"), value["$each"], scope, "$each")
        if not types.is_a(items, "list"):
            message = f"$each goes over a list, and this is {types.told(items)}"
            text = str(value["$each"])
            self._fault("not_a_list", (*path, "$each"), text, (0, len(text)), message)
        self._refuse_words(path, value, LOOP)
        name = str(value.get("as", "item"))
        self.check_name((*path, "as"), name, scope)
        inner = scope.plus(**{name: (items.item or ANY).but(given=items.given), "index": types.NUMBER})
        if "where" in value:
            inner = inner.knowing(self.condition((*path, "where"), str(value["where"]), inner))
        made = self.value((*path, "to"), value.get("to", f"${{{{ {name} }}}}"), inner)
        return types.list_of(made.but(optional=False)).but(optional=items.is_loose, secret=made.secret)

    def _refuse_words(self, path: Path, value: dict[str, Any], known: set[str] | frozenset[str]) -> None:
        loop = "$each" in value
        for key in value:
            if key not in known and (loop or key.startswith("$")):
                words = known if loop else {"$each", "$when"}
                message = f"{key!r} has no meaning here{nearest(key, words)}"
                self.faults.append(Fault("unknown_word", (*path, key), "", 0, len(key), message))

    def check_name(self, path: Path, name: str, scope: Scope) -> None:
        """A loop's own name must not hide another."""
        if name in scope.names or name in ELSEWHERE:
            message = f"{name} has a meaning already: call the item otherwise"
            self._fault("hidden_name", path, name, (0, len(name)), message)

    def _fault(self, rule: str, path: Path, value: str, place: tuple[int, int], message: str) -> None:
        self.faults.append(Fault(rule, path, value, *place, message))


def _offset(node: syntax.Node) -> int:
    """Where *node* is pointed at: the last name of a reference."""
    if isinstance(node, syntax.Lookup):
        return node.key.offset
    return node.offset


def _width(text: str, offset: int) -> int:
    found = _TOKEN.match(text, offset)
    return len(found[0]) if found else 1


def _closes_last(value: str) -> bool:
    return value.count("${{") == 1 and value.strip().endswith("}}")
