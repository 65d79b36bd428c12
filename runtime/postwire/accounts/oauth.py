"""OAuth 2.0 as an integration's `auth` section describes it: consent, tokens, identity, goodbye; as flows.

Expressions of that section read `app` (the operator's keys), `scopes`, `redirect_uri`, `state`,
`pkce.challenge`, `pkce.verifier`, `callback` (the query that came back) and `credential` (what was taken).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar
from urllib.parse import urlencode

from postwire.accounts.account import Account, variable
from postwire.accounts.asking import ask, listed, taken
from postwire.accounts.tokens import Child, Tokens, lasting, plain_tokens, read_tokens
from postwire.decide.api import Api, Rule, rules
from postwire.decide.parse import failure
from postwire.errors import ActionFailed
from postwire.language.expression import compile_condition
from postwire.language.functions import text
from postwire.language.missing import ExpressionProblem
from postwire.language.template import compile_value
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postwire.language.manifest import Auth, AuthStep, Brought, Integration
    from postwire.values import Flow

P = ParamSpec("P")
T = TypeVar("T")
_REFUSED: Final = 400
_SAID: Final = 200  # characters of a callback's own words
_DECLINED: Final = frozenset(
    {"access_denied", "user_denied", "user_cancelled_login", "user_cancelled_authorize"}
)


@dataclass(frozen=True, slots=True)
class Authorization:
    """One attempt to connect: send the user to `url`, keep the rest until the callback comes."""

    url: str
    state: str
    verifier: Secret
    redirect_uri: str
    scopes: tuple[str, ...]


def _legible(
    flow: Callable[Concatenate[OAuth, P], Flow[T]],
) -> Callable[Concatenate[OAuth, P], Flow[T]]:
    """Make an answer that no expression can read an error of ours: the expression's own may show a token."""

    @wraps(flow)
    def guarded(self: OAuth, /, *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
        try:
            return (yield from flow(self, *args, **kwargs))
        except ExpressionProblem:
            title = self._api.title
            raise ActionFailed("internal", f"{title} answered in another form than it documents.") from None

    return guarded


class OAuth:
    """The `auth` section of one integration, with the keys of one app."""

    def __init__(self, name: str, integration: Integration, app: Mapping[str, str]) -> None:
        if integration.auth is None:
            raise ActionFailed("internal", f"{integration.name} declares no way to connect.", sent="no")
        self._auth: Auth = integration.auth
        self._api = Api(name, integration)
        # The token endpoints have an envelope of their own: their rules stand in `auth.errors`.
        flat = integration.api.model_copy(update={"ok": None, "errors": integration.auth.errors})
        self._token_api = Api(name, integration.model_copy(update={"api": flat}))
        self._rules: tuple[Rule, ...] = rules(integration.auth.errors)
        self._app = dict(app)

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked for: every scope that the actions use, or what the app's `login_scopes` say."""
        own = self._app.get("login_scopes")
        return tuple(own.replace(",", " ").split()) if own else tuple(self._auth.authorize.scopes)

    def authorize(
        self,
        redirect_uri: str,
        scopes: tuple[str, ...] | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> Authorization:
        """Begin: a fresh state and verifier, and the address of the consent page.

        Args:
            redirect_uri: exactly as it is registered with the platform.
            scopes: what to ask for; all of the integration's by default.
            extra: further parameters of the consent page, such as a hint to ask for another account.
        """
        given = self._auth.authorize
        wanted = self.scopes if scopes is None else scopes
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        scope = {
            **self._scope(redirect_uri, wanted),
            "state": state,
            "pkce": {"challenge": challenge(verifier, given.pkce.encoding)} if given.pkce else {},
        }
        values = compile_value(given.params)(scope)
        query = {**{key: text(value) for key, value in values.items()}, **(extra or {})}
        return Authorization(f"{given.url}?{urlencode(query)}", state, Secret(verifier), redirect_uri, wanted)

    @_legible
    def connect(self, begun: Authorization, callback: Mapping[str, str], now: float) -> Flow[Tokens]:
        """Turn the callback's query into tokens.

        Raises:
            ActionFailed: the user declined, the state is not ours, another platform answered, or this one
                refuses the code.
        """
        _check_state(begun, callback)
        self.check_issuer(callback)
        if "error" in callback:
            raise self.refusal(callback)
        scope = {
            **self._scope(begun.redirect_uri, begun.scopes),
            "state": begun.state,
            "callback": dict(callback),
            "pkce": {"verifier": begun.verifier.reveal()} if self._auth.authorize.pkce else {},
        }
        taken = yield from self._steps("connect", self._auth.connect, scope, {})
        if "scope" not in taken and "scopes" in callback:
            taken["scope"] = callback["scopes"]
        return read_tokens(taken, now, self._api.title)

    def check_issuer(self, callback: Mapping[str, str]) -> None:
        """Refuse a callback that another platform sent: its code must not be shown to this one (RFC 9207).

        Raises:
            ActionFailed: its `iss` is not the one that the manifest names.
        """
        issuer = self._auth.authorize.issuer
        if issuer is not None and callback.get("iss") != issuer:
            message = f"The answer of the consent page does not come from {self._api.title}."
            remedy = "Start connecting again. If it persists, do not log in; contact the operator."
            raise ActionFailed("permission_denied", message, remedy=remedy, sent="no")

    def refusal(self, callback: Mapping[str, str]) -> ActionFailed:
        """What a callback's `error` means, by the rules for the token endpoint: it uses the same words."""
        told = {name: value[:_SAID] for name, value in callback.items()}
        scope = {**self._scope("", ()), "status": _REFUSED, "headers": {}, "body": told}
        rule = next((rule for rule in self._rules if rule.when(scope)), None)
        error, title = callback["error"], self._api.title
        known: dict[str, Any] = {"sent": "no", "provider": {"code": error[:80]}}
        if rule is not None and error not in _DECLINED:
            made = failure(self._token_api, (rule,), scope, [])
            assert made is not None
            return ActionFailed(rule.code, made.message, remedy=made.remedy, **known)
        if error in _DECLINED:
            remedy = "Connect again and approve the permissions."
            message = f"The connection was declined on {title}'s page."
            return ActionFailed("permission_denied", message, remedy=remedy, **known)
        said = told.get("error_description", "")
        return ActionFailed("permission_denied", f"{title} refused: {error[:80]} {said}", **known)

    @_legible
    def refresh(self, tokens: Tokens, now: float) -> Flow[Tokens]:
        """New tokens for old ones; whoever calls this sees to it that nobody else does at the same time.

        Raises:
            ActionFailed: `auth_expired` when it must be reconnected, `transient` when a later try may do.
        """
        before = plain_tokens(tokens)
        if self._auth.refresh.uses == "none" or not before.get(self._auth.refresh.uses):
            raise ActionFailed(
                "auth_expired", f"{self._api.title} gave no means to renew the access.", sent="no"
            )
        scope = self._scope("", ())
        taken = yield from self._steps("refresh", self._auth.refresh.steps, scope, before)
        fresh = read_tokens({**lasting(before), **taken}, now, self._api.title)
        return fresh

    @_legible
    def identity(self, tokens: Tokens) -> Flow[dict[str, Any]]:
        """Who the account is: `id`, `username`, `name`, `avatar_url`, as far as the platform tells."""
        account = Account(self._api.name, tokens.access, scopes=tokens.scopes)
        step = self._auth.identity
        scope = {**self._scope("", ()), "account": account.scope(), "credential": plain_tokens(tokens)}
        seen = yield from ask("identity", self._api, (), step.request, scope, account)
        return taken(step.take, seen)

    @_legible
    def children(self, tokens: Tokens, who: Mapping[str, Any], now: float) -> Flow[list[Child]]:
        """The further accounts that this login brings, in the order of the manifest; one may come twice."""
        if self._auth.children is None:
            return []
        account = Account(self._api.name, tokens.access, scopes=tokens.scopes, facts=dict(who))
        scope = {**self._scope("", ()), "account": account.scope(), "credential": plain_tokens(tokens)}
        items: list[Any] = []
        around = {"": [scope]}  # what one list lies within is asked for once, though others do too
        for number, each in enumerate(self._auth.children.lists):
            key = f"children[{number}]"
            same = each.within.model_dump_json() if each.within else ""
            if each.within and same not in around:
                outer = yield from listed(f"{key}.within", self._api, each.within, scope, account)
                around[same] = [{**scope, "within": one} for one in outer]
            for place, inner in enumerate(around[same]):
                items += yield from listed(f"{key}[{place}]", self._api, each, inner, account)
        found: list[Child] = []
        for brought in self._auth.children.accounts:
            fits = compile_condition(brought.where) if brought.where else None
            seen = ({**scope, "item": item} for item in items)
            found += [_child(brought, each, tokens, now) for each in seen if fits is None or fits(each)]
        return found

    @_legible
    def inspect(self, tokens: Tokens) -> Flow[dict[str, Any]]:
        """What the platform itself says of the token, as the manifest's `inspect` takes it; empty without."""
        if self._auth.inspect is None:
            return {}
        account = Account(self._api.name, tokens.access)
        scope = {**self._scope("", ()), "credential": plain_tokens(tokens)}
        step = self._auth.inspect
        seen = yield from ask("inspect", self._token_api, self._rules, step.request, scope, account)
        return taken(step.take, seen)

    @_legible
    def revoke(self, tokens: Tokens) -> Flow[bool]:
        """Take the grant back on the platform; False where the platform has no way to."""
        if self._auth.revoke is None:
            return False
        scope = {**self._scope("", ()), "credential": plain_tokens(tokens)}
        account = Account(self._api.name, tokens.access)
        yield from ask("revoke", self._token_api, self._rules, self._auth.revoke.request, scope, account)
        return True

    def _scope(self, redirect_uri: str, scopes: tuple[str, ...]) -> dict[str, Any]:
        # Token endpoints tell no dates by our clock, so `run.now` is not needed here.
        return {
            "app": self._app,
            "redirect_uri": redirect_uri,
            "scopes": list(scopes),
            "run": {"now": 0.0},
        }

    def _steps(
        self, key: str, steps: list[AuthStep], scope: dict[str, Any], token: dict[str, Any]
    ) -> Flow[dict[str, Any]]:
        got: dict[str, Any] = {}
        for number, step in enumerate(steps):
            known = {**token, **got}
            inner = {**scope, "credential": known}
            # A later step may ask in the account's name, once there is a token.
            acting = Account(self._api.name, known["access_token"]) if "access_token" in known else None
            place = f"{key}[{number}]"
            seen = yield from ask(place, self._token_api, self._rules, step.request, inner, acting)
            got |= taken(step.take, seen)
            if "access_token" in step.take and not isinstance(got.get("access_token"), str):
                break  # the next call would only ask in nobody's name
        return got


def _child(brought: Brought, scope: Mapping[str, Any], login: Tokens, now: float) -> Child:
    about = taken(brought.take, scope)
    own = {name: about.pop(name, None) for name in ("access_token", "refresh_token", "expires_in", "scope")}
    tokens = None
    if isinstance(own["access_token"], str):
        given = {name: value for name, value in own.items() if value is not None}
        tokens = read_tokens({"scope": sorted(login.scopes or ()), **given}, now, "The platform")
    return Child(brought.integration or "", brought.flavour or "", tokens, brought.confirm, about)


def challenge(verifier: str, encoding: str) -> str:
    """The S256 challenge of *verifier*: base64url without padding (RFC 7636), or lower-case hex."""
    digest = hashlib.sha256(verifier.encode())
    if encoding == "hex":
        return digest.hexdigest()
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()


def key_names(integration: Integration) -> set[str]:
    """The names of an app's keys, for every kind of login."""
    sections = [integration.auth, *(each.auth for each in integration.flavours.values())]
    return {name for auth in sections if auth for name in (*auth.app, *auth.app_optional)}


def app_from_environment(
    name: str, integration: Integration, environ: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The operator's app keys, such as `POSTWIRE_TIKTOK_CLIENT_KEY`.

    Raises:
        ActionFailed: with the names of the variables that are not set.
    """
    found = os.environ if environ is None else environ
    names = integration.auth.app if integration.auth else []
    lacking = [variable(name, key.upper()) for key in names if not found.get(variable(name, key.upper()))]
    if lacking:
        raise ActionFailed(
            "permission_denied",
            f"The keys of your {integration.name} app are not set.",
            remedy=f"Set {' and '.join(lacking)} to the values of your app in the developer portal.",
            sent="no",
        )
    optional = integration.auth.app_optional if integration.auth else []
    values = {key: found.get(variable(name, key.upper())) for key in (*names, *optional)}
    return {key: value for key, value in values.items() if value}


def _check_state(begun: Authorization, callback: Mapping[str, str]) -> None:
    if not hmac.compare_digest(callback.get("state", "").encode(), begun.state.encode()):
        raise ActionFailed(
            "permission_denied",
            "The answer of the consent page does not belong to this attempt.",
            remedy="Start connecting again, in the same browser.",
            sent="no",
        )
