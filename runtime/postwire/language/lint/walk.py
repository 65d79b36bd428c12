"""The order of an action: which names each of its words can read, and what each step leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from postwire.language.lint import kinds
from postwire.language.lint.kinds import ANY, NUMBER, Type
from postwire.language.lint.scope import ANSWER, LOST, PART, Scope, conjuncts, ordinary, spelled
from postwire.language.lint.survey import Survey
from postwire.language.manifest import BODIES, METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from postwire.language.lint.recorded import Answers
    from postwire.language.lint.scope import Reference
    from postwire.language.manifest import Action, ErrorRule, Pages, Poll, RequestSpec, Step, Upload, Verify
    from postwire.language.yamlfile import Path

    Outputs = Callable[[str], Type]

_LATER: Final = "it comes later; move it up, or use it further down"
_ITSELF: Final = "this is the step itself; read its answer as body, headers and status"


@dataclass(frozen=True, slots=True)
class Sending:
    """A request that the action makes: `kind` is request, poll or upload."""

    path: Path
    kind: str
    spec: RequestSpec


@dataclass(frozen=True, slots=True)
class Calling:
    """A call of another action, with the types that it hands over."""

    path: Path
    name: str
    given: Mapping[str, Type]


@dataclass(frozen=True, slots=True)
class Done:
    """A step that may have run: what it left, and the conditions under which it did."""

    left: Type
    when: frozenset[str] = frozenset()


@dataclass(slots=True)
class Walk:
    """One walk through an action.

    Attributes:
        survey: everything that was read.
        sendings: its requests.
        callings: its calls.
        loops: the path and type of every list that `foreach` goes over.
        returned: the type of `return`.
    """

    answers: Answers
    outputs: Outputs
    survey: Survey = field(default_factory=Survey)
    sendings: list[Sending] = field(default_factory=list)
    callings: list[Calling] = field(default_factory=list)
    loops: list[tuple[Path, Type]] = field(default_factory=list)
    returned: Type = ANY

    def action(self, action: Action, known: Type) -> None:
        """Walk through the whole action, whose input is of the type *known*."""
        scope = self._let(action.let, ordinary(known))
        if action.request is not None:
            ended = self._single(action, action.request, scope)
        else:
            ended = self._steps(("steps",), action.steps, scope, {})
        self.errors(("errors",), action.errors, scope.plus(steps=Type("map"), **ANSWER))
        if action.return_ is not None:
            self.returned = self.survey.value(("return",), action.return_, ended, "return")
        self._verify(action.verify, scope, ended.names["steps"])

    def _verify(self, entries: Sequence[Verify], scope: Scope, steps: Type) -> None:
        """Whatever was lost, any step may have left nothing yet."""
        left = {name: found.but(optional=True) for name, found in (steps.fields or {}).items()}
        known = scope.plus(steps=kinds.map_of(left), lost=LOST)
        for index, entry in enumerate(entries):
            path: Path = ("verify", index)
            node = self.survey.condition((*path, "when"), entry.when, known) if entry.when else None
            here = known.knowing(node)
            self.survey.value((*path, "after"), entry.after, here, "after")
            if entry.call is not None:
                here = here.plus(answer=self._call(path, entry.call, entry.with_, here))
            if entry.match is not None:
                here = here.plus(match=self.survey.value((*path, "match"), entry.match, here, "match"))
            for word in ("found", "absent"):
                if said := getattr(entry, word):
                    node = self.survey.condition((*path, word), said, here)
                    here = here.knowing(node) if word == "found" and entry.absent is None else here
            self._optional((*path, "return"), entry.return_, here, "return")

    def errors(self, path: Path, rules: Sequence[ErrorRule], scope: Scope) -> None:
        """Read error rules; *scope* holds the answer."""
        for index, rule in enumerate(rules):
            here: Path = (*path, index)
            self.survey.condition((*here, "when"), rule.when, scope)
            for word in ("message", "remedy"):
                self._optional((*here, word), getattr(rule, word), scope, word)

    def _let(self, entries: Mapping[str, Any], scope: Scope) -> Scope:
        known: dict[str, Type] = {}
        names = list(entries)
        for index, (name, value) in enumerate(entries.items()):
            here = scope.plus(let=kinds.map_of(known)).hinting(
                dict.fromkeys(_let_names(names[index:]), _LATER)
            )
            known = {**known, name: self.survey.value(("let", name), value, here, "let")}
        return scope.plus(let=kinds.map_of(known))

    def _single(self, action: Action, spec: RequestSpec, scope: Scope) -> Scope:
        seen, left = self.request(("request",), "request", spec, scope)
        saved = self._save(("save",), action.save, seen)
        return seen.plus(steps=kinds.map_of({"request": kinds.map_of({**left, **saved})}))

    def _steps(self, path: Path, steps: Sequence[Step], scope: Scope, before: Mapping[str, Done]) -> Scope:
        done = dict(before)
        hints: dict[Reference, str] = {}
        for index, step in enumerate(steps):
            here: Path = (*path, index)
            ahead = {other.id: _LATER for other in reversed(steps[index + 1 :])} | {step.id: _ITSELF}
            near: dict[Reference, str] = {
                ("steps", name): why for name, why in ahead.items() if name not in done
            }
            inner = self._ready(scope, done).hinting({**hints, **near})
            node = self.survey.condition((*here, "when"), step.when, inner) if step.when else None
            left = self._step(here, step, inner.knowing(node), done)
            if step.kind == "fail":
                scope = scope.knowing(node, truth=False) if node is not None else scope
                continue
            when = frozenset(map(spelled, conjuncts(node))) if node is not None else frozenset()
            done[step.id] = Done(left, when)
            inside = f"it runs inside {step.id}: collect it there, and read steps.{step.id}.items"
            hints |= {("steps", each.id): inside for each in step.do if each.id not in done}
        return self._ready(scope, done).hinting(hints)

    def _ready(self, scope: Scope, done: Mapping[str, Done]) -> Scope:
        """With the steps that are over; one behind a condition may have left nothing, unless that holds."""
        ready = {name: _left(step, scope) for name, step in done.items()}
        return scope.plus(steps=kinds.map_of(ready))

    def _step(self, path: Path, step: Step, scope: Scope, done: Mapping[str, Done]) -> Type:
        # What ran under a condition that holds now is certainly there.
        scope = self._ready(scope, done)
        if step.request is not None:
            seen, left = self.request((*path, "request"), "request", step.request, scope)
            return kinds.map_of({**left, **self._save((*path, "save"), step.save, seen)})
        if step.poll is not None:
            seen = self._poll((*path, "poll"), step.poll, scope)
            return kinds.map_of(self._save((*path, "save"), step.save, seen))
        if step.upload is not None:
            return self._upload(path, step, step.upload, scope)
        if step.foreach is not None:
            return self._loop(path, step, scope, done)
        if step.call is not None:
            return self._call(path, step.call, step.with_, scope)
        if step.fail is not None:
            for word in ("message", "remedy"):
                self._optional((*path, "fail", word), getattr(step.fail, word), scope, word)
        return ANY

    def request(
        self, path: Path, kind: str, spec: RequestSpec, scope: Scope
    ) -> tuple[Scope, dict[str, Type]]:
        """Read a request; the scope of its answer, and what a listing leaves by itself."""
        self.sendings.append(Sending(path, kind, spec))
        paged = scope.plus(page=self._page(path, spec.pages, scope)) if spec.pages else scope
        self._parts(path, spec, paged)
        seen = paged.plus(**{**ANSWER, "body": self.answers(spec.method, spec.address)})
        if spec.pages is None:
            return seen, {}
        items = self.survey.value((*path, "pages", "items"), spec.pages.items, seen, "items")
        self.survey.value((*path, "pages", "next"), spec.pages.next, seen, "next")
        listed = kinds.list_of(items.item)
        page = {**(paged.names["page"].fields or {}), "items": listed}
        return seen.plus(page=kinds.map_of(page)), {"items": listed}

    def _page(self, path: Path, pages: Pages, scope: Scope) -> Type:
        limit = self._optional((*path, "pages", "limit"), pages.limit, scope, "limit")
        left = NUMBER.but(optional=limit is None or limit.is_loose)
        return kinds.map_of({"number": NUMBER, "left": left, "next": ANY.but(optional=True)})

    def _parts(self, path: Path, spec: RequestSpec, scope: Scope) -> None:
        word = next(method for method in METHODS if getattr(spec, method) is not None)
        self.survey.value((*path, word), spec.address, scope, "address")
        self.survey.value((*path, "auth"), spec.auth, scope, "auth")
        for name in ("query", "headers"):
            self.survey.value((*path, name), getattr(spec, name), scope, name)
        for name in BODIES:
            attribute = "json_" if name == "json" else name
            if name != "media" or not hasattr(spec, "part_size"):
                self._optional((*path, name), getattr(spec, attribute), scope, name)

    def _poll(self, path: Path, poll: Poll, scope: Scope) -> Scope:
        seen, _ = self.request(path, "poll", poll, scope)
        known = seen.plus(body=ANY)  # failures are rarely recorded
        node = self.survey.condition((*path, "until"), poll.until, seen)
        if poll.fail_when is not None:
            self.survey.condition((*path, "fail_when"), poll.fail_when, known)
        self.survey.value((*path, "fail_message"), poll.fail_message, known, "fail_message")
        self.survey.value((*path, "every"), poll.every, known, "every")
        self.survey.value((*path, "timeout"), poll.timeout, scope, "timeout")
        self._optional((*path, "reference"), poll.reference, scope, "reference")
        return seen.knowing(node)

    def _upload(self, path: Path, step: Step, upload: Upload, scope: Scope) -> Type:
        here: Path = (*path, "upload")
        self.survey.value((*here, "media"), upload.media, scope, "media")
        self._optional((*here, "part_size"), upload.part_size, scope, "part_size")
        ranges = self._optional((*here, "ranges"), upload.ranges, scope, "ranges")
        inner = scope if ranges is None else scope.plus(range=ranges.item or ANY)
        for word in ("first", "last"):
            self._optional((*here, word), getattr(upload, word), inner, word)
        seen, _ = self.request(here, "upload", upload, inner.plus(part=PART))
        if isinstance(upload.resync, str):
            self.survey.value((*here, "resync"), upload.resync, seen.plus(body=ANY), "resync")
        item = self._optional((*path, "collect"), step.collect, seen, "collect")
        return kinds.map_of({"items": kinds.list_of(item), "count": NUMBER})

    def _loop(self, path: Path, step: Step, scope: Scope, done: Mapping[str, Done]) -> Type:
        items = self.survey.value((*path, "foreach"), step.foreach, scope, "foreach")
        self.loops.append(((*path, "foreach"), items))
        self.survey.own_name((*path, "as"), step.as_, scope)
        item = (items.item or ANY).but(given=items.given)
        inner = scope.plus(**{step.as_: item, "index": NUMBER})
        ended = self._steps((*path, "do"), step.do, inner, done)
        made = self._optional((*path, "collect"), step.collect, ended, "collect")
        return kinds.map_of({"items": kinds.list_of(made and made.but(optional=False)), "count": NUMBER})

    def _call(self, path: Path, name: str, with_: Mapping[str, Any], scope: Scope) -> Type:
        given = {
            key: self.survey.value((*path, "with", key), value, scope, "with") for key, value in with_.items()
        }
        self.callings.append(Calling(path, name, given))
        return self.outputs(name)

    def _save(self, path: Path, entries: Mapping[str, Any], scope: Scope) -> dict[str, Type]:
        """What is saved is there: a value that is not fails the step."""
        found = {
            name: self.survey.value((*path, name), value, scope, "save") for name, value in entries.items()
        }
        return {name: type_.but(optional=False) for name, type_ in found.items()}

    def _optional(self, path: Path, value: Any, scope: Scope, purpose: str) -> Type | None:
        return None if value is None else self.survey.value(path, value, scope, purpose)


def _left(step: Done, scope: Scope) -> Type:
    return step.left if step.when <= scope.holds else step.left.but(optional=True)


def _let_names(names: list[str]) -> list[Reference]:
    return [("let", name) for name in names]
