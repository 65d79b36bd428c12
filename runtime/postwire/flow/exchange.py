"""One request with all that belongs to it: building, sending, retrying, reading, failing."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from postwire.decide.parse import failure, read
from postwire.decide.retry import delay, is_unknown
from postwire.errors import ActionFailed, OutcomeUnknown
from postwire.flow.conceal import conceal
from postwire.values import Event, Lost, Progress, Renew, Report, Send, Sleep

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.decide.program import RequestCode
    from postwire.flow.state import State
    from postwire.language.expression import Scope
    from postwire.values import Flow, Response


def exchange(
    state: State,
    key: str,
    code: RequestCode,
    scope: Scope,
    *,
    progress: Progress | None = None,
    accept: Callable[[Scope], bool] | None = None,
) -> Flow[dict[str, Any]]:
    """Send until there is an answer that counts; the scope with `status`, `headers` and `body` in it.

    A refusal counts where *accept* says so.

    Raises:
        ActionFailed: the platform refused, or cannot be reached; `sent` is `maybe` when an answer was lost.
        OutcomeUnknown: it may have happened all the same.
    """
    # The key itself has brackets, which a boundary may not have.
    boundary = f"postwire-{state.run_id}-{zlib.crc32(key.encode()):08x}"
    request = code.builder.build(scope, state.acting(), boundary)
    limits = state.program.api.limits(request.method, urlsplit(request.url).path, state.account)
    attempt = 0
    renewed = unsure = False
    while True:
        attempt += 1
        name = key if attempt == 1 else f"{key}~{attempt}"
        answer = yield Send(name, request, limits, progress, _is_safe(state, code))
        state.spent.seconds += answer.elapsed
        seen, problem = _read(state, code, scope, answer, accept)
        if problem is None:
            state.tally.created |= not _is_safe(state, code)
            return seen
        unsure |= isinstance(problem, Lost) and problem.sent == "maybe"
        if isinstance(problem, ActionFailed):
            conceal(problem, request.credential)
        if _is_expired(problem) and code.builder.acts and not renewed:
            renewed = True
            fresh = yield Renew(f"{name}!")
            if fresh is not None:
                state.tally.token = fresh
                request = code.builder.build(scope, state.acting(), boundary)
                continue
        yield from _again(state, name, code, problem, attempt, unsure=unsure)


def _is_safe(state: State, code: RequestCode) -> bool:
    return code.safe or state.program.effect == "read"


def _is_expired(problem: Lost | ActionFailed) -> bool:
    return isinstance(problem, ActionFailed) and problem.code == "auth_expired"


def _read(
    state: State,
    code: RequestCode,
    scope: Scope,
    answer: Response | Lost,
    accept: Callable[[Scope], bool] | None,
) -> tuple[dict[str, Any], Lost | ActionFailed | None]:
    """What expressions see of *answer*, and what is wrong with it."""
    if isinstance(answer, Lost):
        return {}, answer
    seen = {**scope, **read(answer)}
    problem = failure(state.program.api, state.program.rules, seen, list(code.accept))
    return seen, None if problem and accept and accept(seen) else problem


def _again(
    state: State, key: str, code: RequestCode, problem: Lost | ActionFailed, attempt: int, *, unsure: bool
) -> Flow[None]:
    """Wait for the next attempt, or raise."""
    if is_unknown(problem, safe=_is_safe(state, code)):
        raise _unknown(state, problem, key)
    repeatable = code.safe or not isinstance(problem, Lost) or problem.sent == "no"
    seconds = delay(problem, attempt, state.policy, f"{state.run_id}:{key}") if repeatable else None
    if seconds is None:
        raise _gave_up(state, problem, key, unsure=unsure)
    why = problem.reason if isinstance(problem, Lost) else problem.message
    yield Report(Event("retry", key, why, seconds=seconds))
    yield Sleep(f"{key}+", seconds)
    state.spent.seconds += seconds


def _gave_up(state: State, problem: Lost | ActionFailed, key: str, *, unsure: bool) -> ActionFailed:
    if isinstance(problem, Lost):
        message = f"{state.program.api.title} could not be reached: {problem.reason}."
        problem = ActionFailed("transient", message, sent=problem.sent)
    problem.step = problem.step or key
    problem.sent = "maybe" if unsure else problem.sent
    return problem


def _unknown(state: State, problem: Lost | ActionFailed, key: str) -> OutcomeUnknown:
    title = state.program.api.title
    if isinstance(problem, Lost):
        return OutcomeUnknown(f"{title} did not answer ({problem.reason}): it may have happened.", step=key)
    status = problem.provider.get("status")
    what = "a failure of its own" if problem.code == "transient" else "something that is not described"
    message = f"{title} answered with {what} (status {status}): it may have happened."
    return OutcomeUnknown(message, step=key, provider=problem.provider)
