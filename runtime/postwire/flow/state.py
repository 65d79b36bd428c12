"""What a run knows while it goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import ActionFailed, shown
from postwire.language.functions import MISSING
from postwire.secret import scrub

if TYPE_CHECKING:
    from postwire.accounts.account import Account
    from postwire.decide.program import Program, Saves
    from postwire.decide.retry import Policy
    from postwire.language.expression import Scope
    from postwire.secret import Secret

_SHOWN_TYPES: Final = (str, int, float, bool)


class Pending(Exception):
    """The time for waiting ran out; what was saved until then is the result."""


class Absent(Exception):
    """A request whose answer was lost did not happen: the run may go on from before it.

    Attributes:
        step: its key.
    """

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


@dataclass(slots=True)
class Tally:
    """What all parts of a run share.

    Attributes:
        created: a request that changes something was answered with success.
        warnings: what went not quite as expected, for people.
        token: a fresh one that replaced the account's own.
    """

    created: bool = False
    warnings: list[str] = field(default_factory=list)
    token: Secret | None = None


@dataclass(slots=True)
class Spent:
    """Seconds that answers and waits took: the flow's only clock. Flows side by side have their own."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """One action's run, or a called action's inside it.

    `prefix` begins the keys of its steps; `caller` is the id of the action that was asked for; with `verify`
    a lost answer is looked after.
    """

    program: Program
    account: Account | None
    run_id: str
    policy: Policy
    tally: Tally
    prefix: str = ""
    caller: str = ""
    spent: Spent = field(default_factory=Spent)
    verify: bool = False

    def acting(self) -> Account | None:
        """The account, with the token that is good now."""
        if self.account is None or self.tally.token is None:
            return self.account
        return replace(self.account, token=self.tally.token)

    def inside(self, program: Program, key: str) -> State:
        """The state of an action that is called at step *key*."""
        return replace(self, program=program, prefix=f"{key}/", caller=self.caller or self.program.id)

    def beside(self) -> State:
        """The state of a flow that runs at the same time as others: its time passes by itself."""
        return replace(self, spent=Spent(self.spent.seconds))


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
                found[f"{step}.{name}"] = _harmless(name, value)
    return found


def _harmless(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    plain = re.split("[?#]", value)[0] if "://" in value else value
    return shown(scrub(f"{name}={plain}").removeprefix(f"{name}="))
