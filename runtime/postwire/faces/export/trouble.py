"""What a model is told when a tool fails: what happened, whether it was sent, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.errors import ActionFailed, InvalidInput, OutcomeUnknown, PostwireError
from postwire.language.search import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from postwire.language.catalog import Catalog, Summary
    from postwire.language.manifest import Action, Step, Verify

_DONE: Final = {"create": "owned"}  # what is made is the account's own
_OUTCOMES: Final = {"no": "not_sent", "yes": "sent", "maybe": "maybe_sent"}


def explained(
    error: BaseException,
    *,
    action: str = "",
    catalog: Catalog | None = None,
    named: Callable[[str], str] = str,
) -> dict[str, Any]:
    """The error object for a model; an error that is not ours tells nothing but its code.

    Args:
        error: what was raised.
        action: the id of the action that failed.
        catalog: where to look for the action that shows whether it happened.
        named: what a tool is called, by its action's id.
    """
    if not isinstance(error, PostwireError):
        return _foreign()
    told: dict[str, Any] = {
        "code": error.code,
        "message": error.message.partition("\n")[0],
        "retryable": bool(error.to_dict()["retryable"]),
        "remedy": error.remedy,
    }
    if isinstance(error, InvalidInput):
        told["outcome"] = "not_sent"
        told["field_errors"] = [_field(each) for each in error.to_dict()["fields"]]
    if isinstance(error, ActionFailed):
        told |= _failed(error)
    if isinstance(error, OutcomeUnknown) or told.get("outcome") == "maybe_sent":
        told |= {} if _reads(action, catalog) else _unknown(error, action, catalog, named)
    return told


def _reads(action: str, catalog: Catalog | None) -> bool:
    """Whether it is known that *action* changes nothing, so that a repeat does no harm."""
    return bool(action) and catalog is not None and catalog.action(action).effect == "read"


def sentence(told: dict[str, Any]) -> str:
    """The error in a few sentences, for the model and the person behind it."""
    fields = [f"{each['path'] or '/'} {each['expected']}." for each in told.get("field_errors", ())]
    return " ".join([str(told["message"]), *fields, str(told["remedy"])])


def _foreign() -> dict[str, Any]:
    return {
        "code": "internal",
        "message": "The tool failed by a fault of its own.",
        "retryable": False,
        "remedy": "Do not repeat the call; tell the person that it should be reported.",
        "outcome": "maybe_sent",
    }


def _field(found: dict[str, Any]) -> dict[str, Any]:
    told = {"path": found["path"], "expected": found["message"]}
    return {**told, "got": found["got"]} if "got" in found else told


def _failed(error: ActionFailed) -> dict[str, Any]:
    provider = {key: error.provider[key] for key in ("status", "code", "request_id") if key in error.provider}
    told = {
        "outcome": _OUTCOMES[error.sent],
        "retry_after_s": error.retry_after,
        "provider": provider,
        "known": error.saved,
    }
    return {key: value for key, value in told.items() if value not in (None, {})}


def _unknown(
    error: PostwireError, action: str, catalog: Catalog | None, named: Callable[[str], str]
) -> dict[str, Any]:
    """After an unknown outcome: never again at once, but look, and where."""
    known = error.saved if isinstance(error, ActionFailed) else {}
    look = looking(action, catalog, known) if catalog is not None and action else None
    if look:
        first = f"Call {named(look)} first and look whether it is there"
    else:
        first = _by_eye(error, action, catalog) or "Look on the platform first"
    told: dict[str, Any] = {
        "outcome": "maybe_sent",
        "retryable": False,
        "remedy": f"It may have happened. Do not repeat the call. {first}; repeat it only if it is not.",
    }
    return {**told, "next_tool": named(look)} if look else told


def _by_eye(error: PostwireError, action: str, catalog: Catalog | None) -> str:
    """Where a person looks, when the error says it in the manifest's words."""
    looks = [entry.look for entry, _ in _lookups(action, catalog)] if catalog is not None and action else []
    return error.remedy.removesuffix(".") if error.remedy in looks else ""


def looking(action: str, catalog: Catalog, known: Mapping[str, Any] | None = None) -> str | None:
    """The id of the action that shows whether *action* happened.

    It is the one that the manifest's `verify` looks by, where its input is at hand: else the one that lists
    what *action* makes, which needs no input and has the same things in its name.

    Args:
        action: what may have happened.
        catalog: where to look.
        known: what the failed run had learned, such as a publish_id.
    """
    integration, _, short = action.partition(".")
    for entry, own in _lookups(action, catalog):
        if entry.call and not entry.call.startswith("_"):  # those are not offered
            look = f"{integration}.{entry.call}"
            if _at_hand(entry.with_ if own else {}, catalog.action(look), known or {}):
                return look
    did, _, thing = short.partition("_")
    made = set(terms(thing))
    reads = [each for each in catalog.actions(integration) if each.effect == "read"]
    alike = [each for each in reads if made & set(terms(each.id.partition(".")[2]))]
    ranked = sorted(alike, key=lambda each: -_likeness(each, made, _DONE.get(did, did)))
    return next((each.id for each in ranked if _lists(each, catalog)), None)


def _lookups(action: str, catalog: Catalog) -> Iterator[tuple[Verify, bool]]:
    """How it is found out whether *action* happened; False with what an action that it calls has for that."""
    manifest = catalog.action(action)
    yield from ((entry, True) for entry in manifest.verify)
    for step in _steps(manifest.steps):
        if step.call is not None:
            called = f"{action.partition('.')[0]}.{step.call}"
            yield from ((entry, False) for entry, _ in _lookups(called, catalog))


def _steps(steps: list[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _steps(step.do)


def _at_hand(given: Mapping[str, Any], look: Action, known: Mapping[str, Any]) -> bool:
    """Whether a model can fill in what *look* needs: by its own input, or by what it is told."""
    needed = [name for name in look.input.get("required", ()) if name not in known]
    return all("steps." not in str(given.get(name, "steps.")) for name in needed)


def _likeness(action: Summary, made: set[str], done: str) -> float:
    verb, _, rest = action.id.partition(".")[2].partition("_")
    named = set(terms(rest))
    fits = any(word.startswith(done) for word in named)  # what was pinned is among what is pinned
    return len(named & made) - 0.1 * len(named - made) + 0.05 * (verb == "list") + 0.12 * fits


def _lists(action: Summary, catalog: Catalog) -> bool:
    manifest = catalog.action(action.id)
    kinds = [inner.get("type") for inner in manifest.output.get("properties", {}).values()]
    return not manifest.input.get("required") and "array" in kinds
