"""Faults as data: which request goes wrong, and how."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from email.utils import formatdate
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class ConnectionLost(ConnectionError):
    """The connection ends here without an answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule: requests that match, counted from 1, and what happens to the nth and the `times - 1` after it.

    `platform`, `host`, `method` and `path` are globs; `part` is the number of an upload's part.
    Effects may be combined where that makes sense. `times=0` means for ever.
    """

    platform: str = "*"
    host: str = "*"
    method: str = "*"
    path: str = "*"
    part: int | None = None
    nth: int = 1
    times: int = 1
    status: int | None = None  # answer with this status and `body` instead of doing the work
    after: bool = False  # do the work, and then answer with `status` or `error_code` all the same
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    retry_after: float | None = None  # seconds; adds a Retry-After header to `status` or `error_code`
    retry_after_date: bool = False  # send it as an HTTP date of the simulator's clock
    error_code: str | None = None  # answer in the platform's own envelope; `status` defaults to 200
    message: str = "Injected by the simulator."
    refuse: bool = False  # cut before the work
    lose_answer: bool = False  # do the work, then cut
    reset_after_bytes: int | None = None  # cut in the middle of receiving the body
    delay: float = 0.0  # seconds of real time before the answer
    pace_bytes: int = 0  # send the answer in pieces of so many bytes ...
    pace_seconds: float = 0.0  # ... with so many seconds of real time after each
    revoke_token: bool = False  # the bearer token is invalid from this request on

    def __post_init__(self) -> None:
        if self.nth < 1 or self.times < 0:
            raise ValueError("A fault counts requests from nth=1, and times is 1 or more, or 0 for ever.")
        if not self.effects:
            raise ValueError("A fault needs an effect, such as status, error_code, refuse or lose_answer.")
        if self.after and not self.answers:
            raise ValueError("A fault with `after` needs the status or error_code that it answers with.")

    @property
    def effects(self) -> list[str]:
        """The names of the effects that this rule has."""
        named = ("error_code", "refuse", "lose_answer", "delay", "pace_bytes", "revoke_token")
        present = [name for name in named if getattr(self, name)]
        return present + [name for name in ("status", "reset_after_bytes") if getattr(self, name) is not None]

    @property
    def answers(self) -> bool:
        """Whether the rule answers in place of the platform."""
        return self.status is not None or self.error_code is not None

    def extra_headers(self, now: float) -> dict[str, str]:
        """Make the headers of an injected answer; a Retry-After date counts from now."""
        extra = dict(self.headers)
        if self.retry_after is not None and self.retry_after_date:
            extra["Retry-After"] = formatdate(now + self.retry_after, usegmt=True)
        elif self.retry_after is not None:
            extra["Retry-After"] = f"{self.retry_after:g}"
        return extra

    def to_json(self) -> dict[str, Any]:
        """Show the rule as JSON, without what is at its default."""
        plain = asdict(self)
        return {f.name: plain[f.name] for f in fields(self) if plain[f.name] not in (f.default, {})}


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("platform", "host", "method", "path", "body", "error_code", "message"), str),
    **dict.fromkeys(("part", "nth", "times", "status", "reset_after_bytes", "pace_bytes"), int),
    **dict.fromkeys(("retry_after", "delay", "pace_seconds"), (int, float)),
    **dict.fromkeys(("after", "retry_after_date", "refuse", "lose_answer", "revoke_token"), bool),
    "headers": dict,
}


def from_json(rule: Any) -> Fault:
    """Read a rule from JSON; raises ValueError for an unknown field or a wrong type."""
    if not isinstance(rule, dict):
        raise ValueError("A fault is a JSON object.")  # noqa: TRY004 - one error type for the HTTP face
    for name, value in rule.items():
        if name not in _TYPES:
            raise ValueError(f"A fault has no field {str(name)[:80]!r}.")
        wants_bool = _TYPES[name] is bool
        if not isinstance(value, _TYPES[name]) or isinstance(value, bool) != wants_bool:
            raise ValueError(f"The fault's field {name!r} has the wrong type.")
    return Fault(**rule)


class Addressed(Protocol):
    """As much of a request as a rule looks at."""

    host: str
    method: str
    path: str


@dataclass(slots=True)
class _Counted:
    fault: Fault
    seen: int = 0


class Faults:
    """The rules in force; each counts its own matching requests."""

    def __init__(self) -> None:
        self._rules: list[_Counted] = []

    def add(self, fault: Fault | None = None, /, **rule: Any) -> Fault:
        """Add a rule, given whole or as the fields of one."""
        added = fault or Fault(**rule)
        self._rules.append(_Counted(added))
        return added

    def clear(self) -> None:
        """Forget all rules."""
        self._rules.clear()

    def __iter__(self) -> Any:
        return iter([rule.fault for rule in self._rules])

    def __len__(self) -> int:
        return len(self._rules)

    def strike(self, platform: str, request: Addressed, part: int | None) -> Fault | None:
        """Count a request against every rule and tell the first that hits it."""
        hit: Fault | None = None
        for rule in self._rules:
            if _matches(rule.fault, platform, request, part):
                rule.seen += 1
                hit = hit or (rule.fault if _in_turn(rule) else None)
        return hit


def _matches(fault: Fault, platform: str, request: Addressed, part: int | None) -> bool:
    if fault.part is not None and fault.part != part:
        return False
    pairs = (
        (platform, fault.platform),
        (request.host, fault.host),
        (request.method, fault.method.upper()),
        (request.path, fault.path),
    )
    return all(fnmatchcase(value, glob) for value, glob in pairs)


def _in_turn(rule: _Counted) -> bool:
    last = rule.fault.nth + rule.fault.times - 1
    return rule.seen >= rule.fault.nth and (rule.fault.times == 0 or rule.seen <= last)
