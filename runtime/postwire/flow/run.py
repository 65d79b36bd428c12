"""An action from input to result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from postwire.decide.program import CallCode, FailCode, LoopCode, PollCode, Program, RequestCode, UploadCode
from postwire.decide.retry import Policy
from postwire.errors import ActionFailed, Field, InvalidInput, OutcomeUnknown
from postwire.flow.exchange import exchange
from postwire.flow.state import Pending, State, Tally, known, saved
from postwire.flow.upload import upload
from postwire.flow.verify import find_out, fitting
from postwire.flow.waiting import pages, poll
from postwire.language.functions import MISSING, ExpressionProblem, text
from postwire.values import Event, Report, Result, Together

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.accounts.account import Account
    from postwire.decide.program import StepCode
    from postwire.values import Flow

_POLICY = Policy()


def run(
    program: Program,
    values: Mapping[str, Any],
    account: Account | None,
    *,
    now: float,
    run_id: str,
    policy: Policy = _POLICY,
    verify: bool = False,
) -> Flow[Result]:
    """Run an action.

    Args:
        program: the compiled action.
        values: its input, checked, with defaults filled in and media opened.
        account: whose credential is used; None for actions that need none.
        now: seconds since 1970, the same for the whole run.
        run_id: unguessable; names the run in journals and makes boundaries.
        policy: how persistent to be.
        verify: after a lost answer look whether it happened, as the action says: then the run goes on.

    Raises:
        ActionFailed, InvalidInput: see `postwire.errors`; `saved` tells what was reached.
        Absent: with *verify*, what was lost did not happen.
    """
    state = State(program, account, run_id, policy, Tally(), verify=verify)
    _check_scopes(program, account)
    who = account.scope() if account else {}
    output, done = yield from _action(
        state, dict(values), {"account": who, "run": {"now": now, "id": run_id}}
    )
    if done:
        state.tally.warnings.extend(
            f"The answer is not as described: {m}" for m in program.output.mistakes(output)
        )
    return Result(output, "done" if done else "pending", tuple(state.tally.warnings))


def _check_scopes(program: Program, account: Account | None) -> None:
    if account is None or account.scopes is None:
        return
    lacking = [wanted for wanted in program.scopes if not wanted & account.scopes]
    if lacking:
        names = ", ".join(" or ".join(sorted(wanted)) for wanted in lacking)
        raise ActionFailed(
            "scope_missing",
            f"The account has not granted {names}, which {program.id} needs.",
            remedy="Reconnect the account and approve all requested permissions.",
            sent="no",
        )


def _action(state: State, values: dict[str, Any], base: dict[str, Any]) -> Flow[tuple[Any, bool]]:
    """(the projected output, whether the end was reached) of an action or a called action."""
    program = state.program
    scope: dict[str, Any] = {**base, "input": values, "steps": {}}
    done = True
    try:
        _let(program, scope)
        if program.is_single:
            scope = yield from _single(state, program.steps[0], scope)
        else:
            yield from _steps(state, program.steps, scope, state.prefix)
    except Pending:
        done = False
    except OutcomeUnknown as error:
        if not state.verify:
            raise
        return (yield from _looked_after(state, error, scope)), True
    except ExpressionProblem as error:
        raise _internal(state, str(error), scope) from None
    return _returned(state, scope), done


def _looked_after(state: State, error: OutcomeUnknown, scope: dict[str, Any]) -> Flow[Any]:
    """What the action gives after all, although an answer was lost."""
    code = fitting(state, error, scope)
    if code is None:
        raise error
    returns = yield from find_out(state, code, error, scope, look)
    return _returned(state, scope) if returns is MISSING else state.program.project(returns)


def look(state: State, code: CallCode, scope: dict[str, Any], key: str) -> Flow[Any]:
    """The output of another action."""
    output, _ = yield from _call(replace(state.inside(code.program(), key), verify=False), code, scope)
    return output


def _call(inner: State, code: CallCode, scope: dict[str, Any]) -> Flow[tuple[Any, bool]]:
    """As `_action`, of the action that *inner* is the state of, by the same account in the same run."""
    given = code.input(scope)
    values, _ = inner.program.input.prepare({} if given is MISSING else dict(given))
    return (yield from _action(inner, values, {"account": scope["account"], "run": scope["run"]}))


def _let(program: Program, scope: dict[str, Any]) -> None:
    names: dict[str, Any] = {}
    scope["let"] = names
    for name, closure in program.let:
        value = closure(scope)
        if value is not MISSING:
            names[name] = value


def _returned(state: State, scope: dict[str, Any]) -> Any:
    program = state.program
    try:
        value = program.returns(scope) if program.returns else {}
    except ExpressionProblem as error:
        raise _internal(state, f"return: {error}", scope) from None
    return program.project({} if value is MISSING else value)


def _internal(state: State, message: str, scope: Mapping[str, Any]) -> ActionFailed:
    """A value that does not fit is our fault; after a create it must not look as if nothing had happened."""
    kept = known(scope["steps"])
    if state.tally.created:
        return OutcomeUnknown(f"It was done, but the answer is not as expected: {message}", saved=kept)
    return ActionFailed("internal", message, saved=kept, sent="no")


def _single(state: State, step: StepCode, scope: dict[str, Any]) -> Flow[dict[str, Any]]:
    code = step.kind
    assert isinstance(code, RequestCode)
    key = f"{state.prefix}request"
    try:
        seen = yield from _request(state, key, code, scope)
        kept = saved(step.save, seen, key) if step.save else {}
    except ActionFailed as error:
        raise _placed(state, error, scope, key) from None
    return {**seen, "steps": {"request": kept}}


def _request(state: State, key: str, code: RequestCode, scope: dict[str, Any]) -> Flow[dict[str, Any]]:
    if code.pages:
        return (yield from pages(state, key, code, code.pages, scope))
    return (yield from exchange(state, key, code, scope))


def _steps(state: State, steps: tuple[StepCode, ...], scope: dict[str, Any], prefix: str) -> Flow[None]:
    """Run *steps* in order; what each saves goes into `scope["steps"]`."""
    mistakes: list[Field] = []
    for step in steps:
        key = f"{prefix}{step.id}"
        if mistakes and not isinstance(step.kind, FailCode):
            break
        if step.when and not step.when(scope):
            continue
        if isinstance(step.kind, FailCode):
            mistakes += _fail(step.kind, scope, key)
            continue
        if len(steps) > 1:
            yield Report(Event("step", key))
        yield from _guarded(state, step, scope, key)
    if mistakes:
        raise InvalidInput(mistakes, action=state.caller or state.program.id, note="nothing was published")


def _guarded(state: State, step: StepCode, scope: dict[str, Any], key: str) -> Flow[None]:
    """One step, whose failure tells where it was and what was reached before it."""
    try:
        yield from _step(state, step, scope, key)
    except ActionFailed as error:
        raise _placed(state, error, scope, key) from None


def _placed(state: State, error: ActionFailed, scope: dict[str, Any], key: str) -> ActionFailed:
    """*error* with its place; our own fault after a create must not look as if nothing had happened."""
    error.step = error.step or key
    error.saved = {**known(scope["steps"]), **error.saved}
    if error.code == "internal" and state.tally.created and not isinstance(error, OutcomeUnknown):
        return OutcomeUnknown(error.message, step=error.step, saved=error.saved, provider=error.provider)
    return error


def _step(state: State, step: StepCode, scope: dict[str, Any], key: str) -> Flow[None]:
    code, steps = step.kind, scope["steps"]
    match code:
        case RequestCode():
            seen = yield from _request(state, key, code, scope)
            steps[step.id] = saved(step.save, seen, key)
            if code.pages:
                steps[step.id].setdefault("items", seen["page"]["items"])
        case PollCode():
            steps[step.id], done = yield from poll(state, key, code, step.save, scope)
            if not done:
                raise Pending
        case UploadCode():
            steps[step.id] = yield from upload(state, key, code, step.collect, scope)
        case LoopCode():
            steps[step.id] = yield from _loop(state, step, code, scope, key)
        case CallCode():
            steps[step.id], done = yield from _call(state.inside(code.program(), key), code, scope)
            if not done:
                raise Pending


def _loop(
    state: State, step: StepCode, code: LoopCode, scope: dict[str, Any], key: str
) -> Flow[dict[str, Any]]:
    items = code.items(scope)
    if items is MISSING or items is None:
        items = []
    if not isinstance(items, list):
        raise ActionFailed("internal", "foreach goes over a list.", step=key, sent="no")
    states = [state.beside() if code.parallel > 1 else state for _ in items]
    turns = tuple(_turn(states[i], step, code, scope, key, i, item) for i, item in enumerate(items))
    if code.parallel > 1:
        results = yield Together(turns, code.parallel)
    else:
        results = []
        for turn in turns:
            results.append((yield from turn))
    return {"items": [result for result in results if result is not MISSING], "count": len(items)}


def _turn(
    state: State, step: StepCode, code: LoopCode, scope: dict[str, Any], key: str, index: int, item: Any
) -> Flow[Any]:
    inner = {**scope, code.name: item, "index": index, "steps": dict(scope["steps"])}
    yield from _steps(state, code.body, inner, f"{key}[{index}].")
    return step.collect(inner) if step.collect else MISSING


def _fail(code: FailCode, scope: dict[str, Any], key: str) -> list[Field]:
    """The mistake of an input field; without a field the action ends at once."""
    said = code.message(scope)
    message = text(said) if said is not MISSING else "The action cannot go on."
    if code.field is not None:
        return [Field(code.field, message)]
    remedy = code.remedy(scope) if code.remedy else None
    words = remedy if isinstance(remedy, str) else None
    raise ActionFailed(code.code, message, remedy=words, step=key, saved=known(scope["steps"]))
