"""One request with all that belongs to it: building, sending, retrying, reading, failing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from postwire.decide.parse import failure, read
from postwire.decide.retry import delay, is_unknown
from postwire.errors import ActionFailed, OutcomeUnknown
from postwire.values import Event, Lost, Progress, Renew, Report, Request, Send, Sleep

if TYPE_CHECKING:
    from postwire.decide.program import RequestCode
    from postwire.flow.state import State
    from postwire.language.expression import Scope
    from postwire.values import Flow


def exchange(
    state: State,
    key: str,
    code: RequestCode,
    scope: Scope,
    *,
    progress: Progress | None = None,
    accept: tuple[int, ...] = (),
) -> Flow[dict[str, Any]]:
    """Send until there is an answer that counts; the scope with `status`, `headers` and `body` in it.

    Raises:
        ActionFailed: the platform refused, or cannot be reached.
        OutcomeUnknown: it may have happened all the same.
    """
    request = code.builder.build(scope, state.account, f"postwire-{state.run_id}-{key}")
    request = _fresh(state, request)
    limits = state.program.api.limits(request.method, urlsplit(request.url).path, state.account)
    accepted = [*code.accept, *accept]
    attempt = 0
    renewed = False
    while True:
        attempt += 1
        name = key if attempt == 1 else f"{key}~{attempt}"
        answer = yield Send(name, request, limits, progress)
        state.tally.elapsed += answer.elapsed
        problem: Lost | ActionFailed | None = answer if isinstance(answer, Lost) else None
        if problem is None:
            seen = {**scope, **read(answer)}
            problem = failure(state.program.api, state.program.rules, seen, accepted)
            if problem is None:
                state.tally.created |= not code.safe and state.program.effect != "read"
                return seen
        if _is_expired(problem) and request.credential and not renewed:
            renewed = True
            state.tally.credential = yield Renew(f"{name}!")
            if state.tally.credential is not None:
                request = _fresh(state, request)
                continue
        yield from _again(state, name, code, problem, attempt)


def _fresh(state: State, request: Request) -> Request:
    """*request* with the credential that replaced the account's own, if one did."""
    fresh = state.tally.credential
    if fresh is None or request.credential is None:
        return request
    return replace(request, credential=fresh)


def _is_expired(problem: Lost | ActionFailed) -> bool:
    return isinstance(problem, ActionFailed) and problem.code == "auth_expired"


def _again(
    state: State, key: str, code: RequestCode, problem: Lost | ActionFailed, attempt: int
) -> Flow[None]:
    """Wait for the next attempt, or raise."""
    safe = code.safe or state.program.effect == "read"
    if isinstance(problem, Lost) and problem.sent == "maybe":
        state.tally.unsure = True
    if is_unknown(problem, safe=safe):
        raise _unknown(state, problem, key)
    repeatable = code.safe or not isinstance(problem, Lost) or problem.sent == "no"
    seconds = delay(problem, attempt, state.policy, f"{state.run_id}:{key}") if repeatable else None
    if seconds is None:
        raise _gave_up(state, problem, key)
    why = problem.reason if isinstance(problem, Lost) else problem.message
    yield Report(Event("retry", key, why, seconds=seconds))
    yield Sleep(f"{key}+", seconds)
    state.tally.elapsed += seconds


def _gave_up(state: State, problem: Lost | ActionFailed, key: str) -> ActionFailed:
    if isinstance(problem, ActionFailed):
        problem.step = problem.step or key
        return problem
    title = state.program.api.title
    return ActionFailed(
        "transient", f"{title} could not be reached: {problem.reason}.", sent=problem.sent, step=key
    )


def _unknown(state: State, problem: Lost | ActionFailed, key: str) -> OutcomeUnknown:
    title = state.program.api.title
    if isinstance(problem, Lost):
        return OutcomeUnknown(f"{title} did not answer ({problem.reason}): it may have happened.", step=key)
    status = problem.provider.get("status")
    message = f"{title} answered with a failure of its own (status {status}): it may have happened."
    return OutcomeUnknown(message, step=key, provider=problem.provider)
