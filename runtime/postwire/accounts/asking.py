"""One call of an integration's `auth` section, and its listings."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from postwire.decide.build import Builder
from postwire.decide.parse import failure, read
from postwire.errors import ActionFailed
from postwire.flow.conceal import conceal
from postwire.language.missing import MISSING
from postwire.language.template import compile_value
from postwire.secret import Secret
from postwire.values import Lost, Send, Sleep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.accounts.account import Account
    from postwire.decide.api import Api, Rule
    from postwire.language.manifest import RequestSpec, Within
    from postwire.values import Flow

_ATTEMPTS: Final = 3
_CONFIDENTIAL: Final = ("verifier", "access_token", "refresh_token", "code")


def listed(key: str, api: Api, spec: Within, scope: dict[str, Any], account: Account) -> Flow[list[Any]]:
    """What *spec* lists, in *account*'s name; nothing for a refusal that it accepts."""
    seen = yield from _every(key, api, spec.request, scope, account)
    items = compile_value(spec.items)(seen)
    return items if isinstance(items, list) else []


def _every(
    key: str, api: Api, spec: RequestSpec, scope: dict[str, Any], account: Account
) -> Flow[dict[str, Any]]:
    """The last answer of a listing, with the items of all its pages as `page.items`."""
    if spec.pages is None:
        return (yield from ask(key, api, (), spec, scope, account))
    items: list[Any] = []
    page: dict[str, Any] = {}
    for number in range(spec.pages.max_pages):
        inner = {**scope, "page": page}
        seen = yield from ask(f"{key}.{number}", api, (), spec, inner, account)
        found = compile_value(spec.pages.items)(seen)
        items += found if isinstance(found, list) else []
        following = compile_value(spec.pages.next)(seen)
        page = {"items": items}
        if following is MISSING or following is None:
            break
        page["next"] = following
    return {**seen, "page": page}


def taken(take: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    """What `take` finds; nothing for what is not there."""
    found = {name: compile_value(value)(seen) for name, value in take.items()}
    return {name: value for name, value in found.items() if value is not MISSING and value is not None}


def ask(
    key: str,
    api: Api,
    own: tuple[Rule, ...],
    spec: RequestSpec,
    scope: dict[str, Any],
    account: Account | None,
) -> Flow[dict[str, Any]]:
    """One call of the section; only what certainly was not sent is sent again."""
    boundary = f"postwire-{secrets.token_hex(16)}"  # of a multipart body, should there be one
    request = Builder(spec, api, texts_are_secrets=True).build(scope, account, boundary)
    for attempt in range(1, _ATTEMPTS + 1):
        answer = yield Send(f"{key}~{attempt}", request)
        if not isinstance(answer, Lost):
            seen = {**scope, **read(answer)}
            problem = failure(api, own, seen, spec.accept)
            if problem is None and not any(rule.when(seen) for rule in own):
                return seen
            raise _quiet(problem or _said(api, own, seen), key, scope, account)
        if answer.sent == "maybe":
            break
        yield Sleep(f"{key}~{attempt}+", float(attempt))
    raise ActionFailed(
        "transient", f"{api.title} could not be reached: {answer.reason}.", sent=answer.sent, step=key
    )


def _quiet(error: ActionFailed, key: str, scope: Mapping[str, Any], account: Account | None) -> ActionFailed:
    """*error* without anything that the call told the platform in confidence."""
    given = {**scope.get("pkce", {}), **scope.get("credential", {}), **scope.get("callback", {})}
    told = [given.get(name) for name in _CONFIDENTIAL]
    told += [value for name, value in scope["app"].items() if "secret" in name]
    own = [account.token] if account else []
    conceal(error, *own, *(Secret(text) for text in told if isinstance(text, str)))
    error.step = key
    return error


def _said(api: Api, own: tuple[Rule, ...], seen: dict[str, Any]) -> ActionFailed:
    """A refusal under a status of success."""
    refused = failure(api, own, {**seen, "status": 400}, [])
    assert refused is not None
    refused.provider["status"] = seen["status"]
    return refused
