"""What all requests of an integration share, compiled: hosts, headers, errors, limits."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from postwire.errors import ActionFailed
from postwire.language.expression import Closure, Scope, compile_condition
from postwire.language.template import compile_value
from postwire.language.units import parse_duration
from postwire.values import Limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.accounts.account import Account
    from postwire.language.manifest import CostRule, ErrorRule, Integration, LimitRule

_APP: Final = "app"


@dataclass(frozen=True, slots=True)
class Rule:
    """An error rule, compiled."""

    when: Callable[[Scope], bool]
    code: str
    message: Closure | None
    remedy: Closure | None
    retry_after: float | None


class Api:
    """An integration's `api`, `limits` and `costs`, compiled once."""

    def __init__(self, name: str, integration: Integration) -> None:
        api = integration.api
        self.name = name
        self.title = integration.name
        self.base = api.base
        self.host = urlsplit(api.base).hostname or ""
        self.encrypted = api.base.startswith("https:")
        self.auth = api.auth
        self.headers = {key: compile_value(value) for key, value in api.headers.items()}
        self.ok = compile_condition(api.ok) if api.ok else None
        self.errors = rules(api.errors)
        self.message = compile_value(api.message)
        self.error_code = compile_value(api.error_code) if api.error_code is not None else None
        self.request_id = compile_value(api.request_id) if api.request_id is not None else None
        self.retry_after = compile_value(api.retry_after) if api.retry_after is not None else None
        self._trusted = frozenset({self.host, *(host.lower() for host in api.trust)})
        self._reach = tuple(host.lower() for host in api.reach)
        self._rules = tuple(integration.limits)
        self._costs = tuple(integration.costs)
        self._limits = tuple((rule, parse_duration(rule.per)) for rule in integration.limits if rule.pace)
        self._paths = {rule.path for rule, _ in self._limits}
        self._globs = any("*" in path for path in self._paths)
        self.trusts = lru_cache(256)(self._check_host)

    def hosts(self) -> frozenset[str]:
        """Every host (or glob of hosts) that a request may go to."""
        return self._trusted | frozenset(self._reach)

    def _check_host(self, host: str) -> bool:
        """Whether *host* may have the credential; a host that is not declared at all is refused."""
        if host in self._trusted:
            return True
        if any(fnmatchcase(host, glob) for glob in self._reach):
            return False
        raise ActionFailed(
            "internal",
            f"{self.title} gave an address on {host[:80]}, which its integration does not declare.",
            remedy="Nothing was sent there. Report it, or add the host to api.reach of integration.yaml.",
            sent="no",
        )

    def limits(self, method: str, path: str, account: Account | None) -> tuple[Limit, ...]:
        """The limits that a request counts against."""
        if path not in self._paths and not self._globs:
            return ()
        who = account.key if account else self.name
        return tuple(
            Limit(_key(self.name, rule, who), rule.calls, per)
            for rule, per in self._limits
            if _concerns(rule, method, path)
        )

    def rules_for(self, method: str, path: str) -> list[LimitRule]:
        """The declared limits of a path, paced by us or not."""
        return [rule for rule in self._rules if _concerns(rule, method, path)]

    def price(self, method: str, path: str) -> CostRule | None:
        """What a call of this path costs, if anything is said of it."""
        return next((rule for rule in self._costs if _concerns(rule, method, path)), None)


def rules(given: list[ErrorRule]) -> tuple[Rule, ...]:
    """Error rules, compiled, in their order."""
    return tuple(
        Rule(
            compile_condition(rule.when),
            rule.code,
            compile_value(rule.message) if rule.message else None,
            compile_value(rule.remedy) if rule.remedy else None,
            parse_duration(rule.retry_after) if rule.retry_after else None,
        )
        for rule in given
    )


def _concerns(rule: LimitRule | CostRule, method: str, path: str) -> bool:
    return (rule.path == path or fnmatchcase(path, rule.path)) and rule.method in (None, method)


def _key(name: str, rule: LimitRule, who: str) -> str:
    """One rule, one count: a path may have a limit a minute and another a day."""
    whose = who if rule.of == "account" else _APP
    return f"{name}:{rule.method or '*'} {rule.path} {rule.per}:{whose}"
