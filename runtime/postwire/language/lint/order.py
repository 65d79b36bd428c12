"""Rules of an action's steps: ids, calls, loops, and names that nobody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.language.functions import nearest
from postwire.language.lint import kinds
from postwire.language.lint.fitting import Misfit, misfits
from postwire.language.lint.subject import Mistake, Subject, all_steps
from postwire.language.units import parse_duration, parse_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from postwire.language.manifest import Step
    from postwire.language.yamlfile import Path

_DEPTH: Final = 3  # an action, what it calls, and what that calls
_UNREAD: Final = ("hole_in_condition", "unclosed_hole", "unreadable_expression")
_CHANGES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def duplicate_step_id(subject: Subject) -> Iterator[Mistake]:
    """A step's id is its own: no other step that can be read beside it has the same."""
    yield from _duplicates(subject.action.steps, ("steps",), frozenset())


def _duplicates(steps: Sequence[Step], path: Path, before: frozenset[str]) -> Iterator[Mistake]:
    seen = set(before)
    for index, step in enumerate(steps):
        if step.id in seen:
            yield Mistake((*path, index, "id"), f"an earlier step is called {step.id} already")
        seen.add(step.id)
        yield from _duplicates(step.do, (*path, index, "do"), frozenset(seen))


def unknown_action(subject: Subject) -> Iterator[Mistake]:
    """A called action is one of the same integration."""
    for call in subject.walk.callings:
        if call.name not in subject.folder.names:
            hint = nearest(call.name, subject.folder.names)
            yield Mistake((*call.path, "call"), f"there is no action {call.name}{hint}")


def reference_without_webhooks(subject: Subject) -> Iterator[Mistake]:
    """A poll has a `reference` only where `integration.yaml` says how webhooks are read."""
    if subject.integration is not None and subject.integration.webhooks is None:
        for sending in subject.walk.sendings:
            if getattr(sending.spec, "reference", None) is not None:
                message = "nobody would speak of it: integration.yaml has no webhooks"
                yield Mistake((*sending.path, "reference"), message, at_key=True)


def endless_calls(subject: Subject) -> Iterator[Mistake]:
    """Calls come to an end: no action leads to itself, and none stands deeper than three."""
    for call in subject.walk.callings:
        if subject.name in subject.folder.reached(call.name):
            yield Mistake((*call.path, "call"), f"{call.name} leads back to {subject.name}: calls never end")
        elif _depth(subject, call.name, 2) > _DEPTH:
            yield Mistake((*call.path, "call"), f"calls go at most {_DEPTH} actions deep")


def _depth(subject: Subject, name: str, depth: int) -> int:
    if depth > _DEPTH:
        return depth
    return max((_depth(subject, other, depth + 1) for other in subject.folder.calls(name)), default=depth)


def _call_misfits(subject: Subject) -> Iterator[tuple[Path, Misfit]]:
    for call in subject.walk.callings:
        schema = subject.folder.schema(call.name, "input")
        if schema is not None:
            path = (*call.path, "with")
            value = dict.fromkeys(call.given)
            for misfit in misfits(value, kinds.map_of(call.given), schema, path, call.name):
                yield call.path, misfit


def unknown_argument(subject: Subject) -> Iterator[Mistake]:
    """`with` names inputs that the called action has."""
    for _, misfit in _call_misfits(subject):
        if misfit.kind == "unknown":
            yield Mistake(misfit.path, misfit.message, at_key=True)


def missing_argument(subject: Subject) -> Iterator[Mistake]:
    """`with` gives every input that the called action needs, and gives it always."""
    for path, misfit in _call_misfits(subject):
        if misfit.kind == "missing":
            yield Mistake((*path, "call"), misfit.message)
        elif misfit.kind == "loose":
            yield Mistake(
                misfit.path, misfit.message, "Give a fallback with ??, or put the step behind when."
            )


def type_of_input(subject: Subject) -> Iterator[Mistake]:
    """What `with` gives is what the called action's input takes."""
    for _, misfit in _call_misfits(subject):
        if misfit.kind == "type":
            yield Mistake(misfit.path, misfit.message)


def foreach_list(subject: Subject) -> Iterator[Mistake]:
    """`foreach` goes over a list, and over no more of the caller's items than a `maxItems` says."""
    for path, found in subject.walk.loops:
        if not kinds.is_a(found, "list"):
            yield Mistake(path, f"foreach goes over a list, and this is {kinds.told(found)}")
        elif not found.bounded:
            yield Mistake(path, "the caller's list has no maxItems: the loop has no end that is known")


def page_items(subject: Subject) -> Iterator[Mistake]:
    """`pages.items` is a list."""
    for reading in subject.walk.survey.readings:
        whole = reading.path[-2:] == ("pages", "items")  # not a value inside a list that is made there
        if reading.purpose == "items" and whole and not kinds.is_a(reading.type, "list"):
            yield Mistake(reading.path, f"pages.items is a list, and this is {kinds.told(reading.type)}")


def size_or_duration(subject: Subject) -> Iterator[Mistake]:
    """Sizes and durations can be read: `4MB`, `10MiB`, `5s`, or a number."""
    parsers: dict[str, Callable[[Any], object]] = {
        "part_size": parse_size,
        "every": parse_duration,
        "timeout": parse_duration,
        "after": parse_duration,
    }
    for reading in subject.walk.survey.readings:
        parse = parsers.get(reading.purpose)
        if parse is None:
            continue
        if reading.holes:
            if not kinds.is_a(reading.type, "number") and reading.type.kind != "text":
                yield Mistake(reading.path, f"{reading.purpose} is {kinds.told(reading.type)}")
            continue
        try:
            parse(reading.value)
        except ValueError as error:
            yield Mistake(reading.path, str(error))


def read_that_changes(subject: Subject) -> Iterator[Mistake]:
    """A `read` sends no request that changes something, unless `retry` says what a repeat does."""
    if subject.action.effect != "read":
        return
    for sending in subject.walk.sendings:
        spec = sending.spec
        if sending.kind != "poll" and spec.method in _CHANGES and spec.retry == "default":
            remedy = "Where it only reads, write retry: safe; else name the effect."
            message = f"an action whose effect is read sends a {spec.method}"
            yield Mistake((*sending.path, spec.method.lower()), message, remedy, at_key=True)
    for call in subject.walk.callings:
        target = subject.folder.model(call.name)
        if target is not None and target.effect != "read":
            yield Mistake((*call.path, "call"), f"a read calls {call.name}, whose effect is {target.effect}")


def verify_that_changes(subject: Subject) -> Iterator[Mistake]:
    """`verify` looks by an action that only reads."""
    for index, entry in enumerate(subject.action.verify):
        target = subject.folder.model(entry.call) if entry.call else None
        if target is not None and target.effect != "read":
            message = f"verify only looks, and the effect of {entry.call} is {target.effect}"
            yield Mistake(("verify", index, "call"), message)


def change_without_request(subject: Subject) -> Iterator[Mistake]:
    """An action that says it changes something sends a request that can."""
    if subject.action.effect == "read":
        return
    methods = {sending.spec.method for sending in subject.walk.sendings if sending.kind != "poll"}
    for name in subject.folder.reached(subject.name)[1:]:
        target = subject.folder.model(name)
        methods |= _methods(target) if target else _CHANGES
    if not methods & _CHANGES:
        message = f"the effect is {subject.action.effect}, but every request only reads"
        yield Mistake(("effect",), message, severity="warning")


def _methods(action: Any) -> set[str]:
    specs = [action.request] + [step.request or step.upload for step in all_steps(action.steps)]
    return {spec.method for spec in specs if spec is not None}


def unknown_field(subject: Subject) -> Iterator[Mistake]:
    """`fail.field` names an input: of the action, or of one that leads to it."""
    folder = subject.folder
    known = set(subject.input.get("properties", {}))
    for name in folder.names if subject.is_private else ():
        if subject.name in folder.reached(name):
            known |= (folder.schema(name, "input") or {}).get("properties", {}).keys()
    for path, step in _paths(subject.action.steps, ("steps",)):
        field = step.fail.field if step.fail else None
        if field and "${{" not in field and field.strip("/").split("/")[0] not in known:
            yield Mistake((*path, "fail", "field"), f"there is no input {field}{nearest(field, known)}")


def _paths(steps: Sequence[Step], path: Path) -> Iterator[tuple[Path, Step]]:
    for index, step in enumerate(steps):
        yield (*path, index), step
        yield from _paths(step.do, (*path, index, "do"))


def unused_input(subject: Subject) -> Iterator[Mistake]:
    """Every input is read somewhere."""
    for name in subject.input.get("properties", {}):
        if not _is_used(subject, ("input", name)):
            yield Mistake(("input", "properties", name), f"the input {name} is never used", at_key=True)


def unused_let(subject: Subject) -> Iterator[Mistake]:
    """Every `let` is read somewhere."""
    for name in subject.action.let:
        if not _is_used(subject, ("let", name)):
            yield Mistake(("let", name), f"let.{name} is never used", at_key=True)


def unused_save(subject: Subject) -> Iterator[Mistake]:
    """Every saved value is read somewhere; one that is kept only for error reports may stand."""
    saves: list[tuple[Path, str, dict[str, Any]]] = [(("save",), "request", subject.action.save)]
    for path, step in _paths(subject.action.steps, ("steps",)):
        saves.append(((*path, "save"), step.id, step.save))
    for path, step_id, entries in saves:
        for name in entries:
            if not _is_used(subject, ("steps", step_id, name)):
                message = f"steps.{step_id}.{name} is never used"
                yield Mistake((*path, name), message, severity="warning", at_key=True)


def _is_used(subject: Subject, wanted: tuple[str, ...]) -> bool:
    """Whether anything reads it; or may do so, in a text that cannot be read."""
    if any(fault.rule in _UNREAD for fault in subject.walk.survey.faults):
        return True
    return any(use[: len(wanted)] == wanted or wanted[: len(use)] == use for use in subject.walk.survey.uses)


def auth_word(subject: Subject) -> Iterator[Mistake]:
    """`auth` is account, none, or one hole that gives a secret."""
    for sending in subject.walk.sendings:
        said = sending.spec.auth
        if said not in ("account", "none") and "${{" not in said:
            hint = nearest(said, ("account", "none"))
            yield Mistake((*sending.path, "auth"), f"auth is account, none or one hole, not {said}{hint}")


RULES: Final[tuple[Callable[[Subject], Iterator[Mistake]], ...]] = (
    duplicate_step_id,
    unknown_action,
    reference_without_webhooks,
    endless_calls,
    unknown_argument,
    missing_argument,
    type_of_input,
    foreach_list,
    page_items,
    size_or_duration,
    read_that_changes,
    verify_that_changes,
    change_without_request,
    unknown_field,
    unused_input,
    unused_let,
    unused_save,
    auth_word,
)
