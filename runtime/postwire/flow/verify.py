"""`verify`: whether a request happened whose answer was lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import ActionFailed, OutcomeUnknown
from postwire.flow.state import Absent
from postwire.language.functions import MISSING
from postwire.language.units import parse_duration
from postwire.values import Event, Report, Sleep

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.decide.program import CallCode, VerifyCode
    from postwire.flow.state import State
    from postwire.language.expression import Scope
    from postwire.values import Flow

    Look = Callable[[State, CallCode, dict[str, Any], str], Flow[Any]]

LOOKING: Final = "?"  # begins the last part of a key that only looks: such answers are never replayed
_REPEATED: Final = re.compile(r"[~^#\[/]")


def fitting(state: State, error: OutcomeUnknown, scope: Scope) -> VerifyCode | None:
    """The entry that decides about *error*."""
    known = {**scope, "lost": _lost(state, error)}
    return next((code for code in state.program.verify if code.when is None or code.when(known)), None)


def find_out(
    state: State, code: VerifyCode, error: OutcomeUnknown, scope: dict[str, Any], look: Look
) -> Flow[Any]:
    """Look, after the time that the answer could have taken; what to return if it happened, or MISSING.

    Raises:
        Absent: it did not happen.
        OutcomeUnknown: nobody can tell; its remedy says where a person looks.
    """
    if code.told:
        error.remedy = code.told
    known = {**scope, "lost": _lost(state, error)}
    key = f"{error.step}{LOOKING}"
    if code.look is not None:
        wait = parse_duration(code.after(known))
        yield Report(Event("wait", key, "An answer was lost: looking whether it happened.", seconds=wait))
        yield Sleep(key, wait)
        try:
            known["answer"] = yield from look(state, code.look, known, key)
        except ActionFailed as problem:
            error.add_note(f"Could not look whether it happened: {problem.message}")
            raise error from None
    if code.match is not None:
        known["match"] = code.match(known)
    if code.found is not None and code.found(known):
        state.tally.created = True
        return code.returns(known) if code.returns else MISSING
    if code.absent is not None and code.absent(known):
        raise Absent(error.step)
    raise error


def _lost(state: State, error: OutcomeUnknown) -> dict[str, Any]:
    """What conditions see of it: the step of this action, without the number of its part or attempt."""
    return {"step": _REPEATED.split(error.step.removeprefix(state.prefix))[0]}
