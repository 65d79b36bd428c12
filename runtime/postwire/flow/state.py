"""What a run knows while it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import ActionFailed, shown
from postwire.language.functions import MISSING
from postwire.secret import scrub

if TYPE_CHECKING:
    from postwire.decide.retry import Policy
    from postwire.accounts.account import Account
    from postwire.decide.program import Program, Saves
    from postwire.language.expression import Scope
    from postwire.values import Credential

_SHOWN_TYPES: Final = (str, int, float, bool)


class Pending(Exception):  # noqa: N818 - not an error: the platform is still busy
    """The time for waiting ran out; what was saved until then is the result."""


@dataclass(slots=True)
class Tally:
    """What all parts of a run share.

    Attributes:
        elapsed: seconds spent, by the answers and the waits; the flow's only clock.
        created: a request that changes something was answered with success.
        unsure: an answer was lost on the way.
        warnings: what went not quite as expected, for people.
        credential: a fresh one that replaced the account's own.
    """

    elapsed: float = 0.0
    created: bool = False
    unsure: bool = False
    warnings: list[str] = field(default_factory=list)
    credential: Credential | None = None


@dataclass(frozen=True, slots=True)
class State:
    """One action's run, or a called action's inside it.

    `prefix` begins the keys of its steps; `caller` is the id of the action that was asked for.
    """

    program: Program
    account: Account | None
    run_id: str
    policy: Policy
    tally: Tally
    prefix: str = ""
    caller: str = ""

    def inside(self, program: Program, key: str) -> State:
        """The state of an action that is called at step *key*."""
        caller = self.caller or self.program.id
        return State(program, self.account, self.run_id, self.policy, self.tally, f"{key}/", caller)


def saved(entries: Saves, scope: Scope, key: str, *, strict: bool = True) -> dict[str, Any]:
    """The values that a step keeps.

    Raises:
        ActionFailed: `internal`, when a value is not there and *strict*; `?? null` in the manifest allows it.
    """
    kept = {}
    for name, closure in entries:
        value = closure(scope)
        if value is not MISSING:
            kept[name] = value
        elif strict:
            raise ActionFailed("internal", f"The answer has no value for {name}.", step=key)
    return kept


def known(steps: dict[str, Any]) -> dict[str, Any]:
    """What steps saved, as an error may tell it: plain values, with addresses cut before their query."""
    found = {}
    for step, values in steps.items():
        for name, value in values.items() if isinstance(values, dict) else ():
            if isinstance(value, _SHOWN_TYPES):
                found[f"{step}.{name}"] = _harmless(value)
    return found


def _harmless(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return shown(value.partition("?")[0] if "://" in value else scrub(value))
