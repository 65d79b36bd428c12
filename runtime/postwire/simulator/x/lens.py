"""How one request looks at things: its vocabulary, the fields and expansions it chose, what it ran into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from postwire.simulator.x import params, vocabulary
from postwire.simulator.x.refusal import InvalidError, address
from postwire.simulator.x.vocabulary import EXPANSIONS, LEGACY_WORDS, WORDS

if TYPE_CHECKING:
    from postwire.simulator.x.state import X
    from postwire.simulator.x.vocabulary import Dialect, Values

Shown = dict[str, Any]
Field = Callable[["Lens", Any], Any]


class Lens:
    """The view of one request.

    Fields and expansions are kept under their legacy names; `word` gives a name in the request's vocabulary.
    """

    x: X
    viewer: str | None

    def __init__(
        self,
        x: X,
        viewer: str | None,
        family: str,
        query: Mapping[str, str],
        scopes: frozenset[str] = frozenset(),
    ) -> None:
        self.x = x
        self.viewer = viewer
        self.scopes = scopes
        self.dialect = dialect(query)
        self._fields = {kind: self._chosen(kind, query) for kind in vocabulary.FAMILIES[family]}
        self.expansions = self._expansions(family, query)
        self.includes: dict[str, dict[str, Any]] = {}
        self.errors: list[dict[str, Any]] = []

    def _chosen(self, kind: str, query: Mapping[str, str]) -> frozenset[str]:
        name = f"{kind}.fields"
        if kind == "post" and "tweet.fields" in query:
            name = "tweet.fields"
        given = self._values(name, vocabulary.FIELDS[kind], query)
        return frozenset(vocabulary.DEFAULTS[kind]) | {LEGACY_WORDS.get(value, value) for value in given}

    def _expansions(self, family: str, query: Mapping[str, str]) -> frozenset[str]:
        kind = vocabulary.EXPANDED.get(family, "")
        if not kind:
            return frozenset()
        given = self._values("expansions", vocabulary.EXPANSION_VALUES[kind], query)
        return frozenset(EXPANSIONS.get(value, value) for value in given)

    def _values(self, name: str, values: Values, query: Mapping[str, str]) -> tuple[str, ...]:
        if name not in query:
            return ()
        allowed = values.of(self.dialect)
        raw = query[name]
        # X sheet 13: unknown_field_value (live 2026-09 dropped what it did not know)
        if self.x.settings.unknown_field_value == "drop":
            return tuple(value for value in raw.split(",") if value in allowed)
        return params.Many(allowed=tuple(sorted(allowed)), unique=True).read(name, raw)

    def fields(self, kind: str) -> frozenset[str]:
        """Tell which fields of a kind of object are wanted; the default ones where it cannot be chosen."""
        return self._fields.get(kind, frozenset(vocabulary.DEFAULTS[kind]))

    def wants(self, kind: str, field: str) -> bool:
        """Tell whether a field of a kind of object is wanted."""
        return field in self.fields(kind)

    def show(
        self, kind: str, fields: Mapping[str, Field], thing: Any, extra: frozenset[str] = frozenset()
    ) -> Shown:
        """Show the wanted fields of a thing that have a value, in the request's words."""
        # X sheet 2: Missing values (the key is omitted, never null)
        wanted = self.fields(kind) | extra
        values = {name: field(self, thing) for name, field in fields.items() if name in wanted}
        return {self.word(name): value for name, value in values.items() if _told(name, value)}

    def word(self, name: str) -> str:
        """Give the request's own word for a legacy name."""
        return WORDS.get(name, name) if self.dialect == "2.167" else name

    def note(self, error: dict[str, Any]) -> None:
        """Tell of something beside the data, once."""
        told = error | {"type": address(error["type"], self.x.settings.problem_host)}
        if told not in self.errors:
            self.errors.append(told)

    def included(self) -> dict[str, Any]:
        """List what the expansions brought."""
        return {self.word(kind): list(found.values()) for kind, found in self.includes.items() if found}


def _told(name: str, value: Any) -> bool:
    return value not in (None, "", [], {}) or (name == "text" and value == "")  # a post of media alone


def dialect(query: Mapping[str, str]) -> Dialect:
    """Tell which vocabulary a request speaks."""
    # X sheet 3: Rules for us (by the parameter present; neither: legacy). Sheet silent on both: refused.
    if "tweet.fields" in query and "post.fields" in query:
        raise InvalidError("Use only one of `tweet.fields` and `post.fields`", {"post.fields": []})
    return "2.167" if "post.fields" in query else "legacy"


def check_names(family: str, specific: Mapping[str, Any], query: Mapping[str, str]) -> None:
    """Refuse a parameter that an operation does not have."""
    # X sheet 2: Unknown query parameter
    known = vocabulary.parameters(family) | specific.keys()
    for name, value in query.items():
        if name not in known:
            listed = ",".join(sorted(known))
            raise InvalidError(
                f"The query parameter [{name[:80]}] is not one of [{listed}]", {name[:80]: [value[:80]]}
            )
