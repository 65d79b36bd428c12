"""Authorization, tokens and revocation as X does them; pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

from postwire.simulator.login import OAuthRefusalError, UntrustedError
from postwire.simulator.x.records import Code, Grant, Token
from postwire.simulator.x.refusal import CodedError
from postwire.simulator.x.settings import SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.x.settings import Account, App
    from postwire.simulator.x.state import X

STATE_LENGTH = 500
METHODS = frozenset({"S256", "plain"})


@dataclass(frozen=True, slots=True)
class Asking:
    """An authorization request whose app and redirect URI are known."""

    app: App
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    challenge: str
    method: str


def read(x: X, query: Mapping[str, str]) -> Asking:
    """Check an authorization request.

    Raises UntrustedError where a redirect is not safe, OAuthRefusalError for what the app is told by one.
    """
    # X sheet 4: Authorize params. Sheet silent on refused ones: a redirect.
    app = x.app(query.get("client_id", ""))
    if app is None:
        raise UntrustedError("client_id is missing or unknown.")
    if not app.knows(query.get("redirect_uri", "")):
        raise UntrustedError("redirect_uri is not a callback of this app, which must be equal.")
    if _required(query, "response_type") != "code":
        raise OAuthRefusalError("unsupported_response_type", "response_type must be code.")
    if len(_required(query, "state")) > STATE_LENGTH:
        raise OAuthRefusalError("invalid_request", "state has at most 500 characters.")
    # X sheet 4: PKCE (mandatory even for confidential clients). Sheet silent on a missing method: plain.
    method = query.get("code_challenge_method", "plain")
    if method not in METHODS:
        raise OAuthRefusalError("invalid_request", "code_challenge_method must be S256 or plain.")
    challenge = _required(query, "code_challenge")
    return Asking(app, query["redirect_uri"], query["state"], _scopes(query), challenge, method)


def _required(query: Mapping[str, str], name: str) -> str:
    if not query.get(name):
        raise OAuthRefusalError("invalid_request", f"Missing required parameter [{name}].")
    return query[name]


def _scopes(query: Mapping[str, str]) -> tuple[str, ...]:
    # X sheet 4: scope (space-separated)
    scopes = tuple(dict.fromkeys(_required(query, "scope").split()))
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise OAuthRefusalError("invalid_scope", f"There is no scope {unknown[0][:80]!r}.")
    return scopes


def allow(x: X, asking: Asking, account: Account, scopes: tuple[str, ...]) -> str:
    """Grant what was asked for, and make the address to go back to."""
    # X sheet 4: Code lifetime (30 seconds, single use)
    grant = Grant(asking.app.client_id, account.id, frozenset(scopes))
    code = x.word(88)
    expires_at = x.clock.now() + x.settings.code_seconds
    x.codes[code] = Code(grant, asking.redirect_uri, asking.challenge, asking.method, expires_at)
    return back(asking.redirect_uri, state=asking.state, code=code)


def refuse(redirect_uri: str, state: str, error: str) -> str:
    """Make the address that tells the app of a refusal."""
    # X sheet 4: Callback (refusal ?error=access_denied&state=…)
    return back(redirect_uri, error=error, state=state)


def back(redirect_uri: str, **query: str) -> str:
    """Add the answer's query to a redirect URI."""
    joint = "&" if "?" in redirect_uri else "?"
    return redirect_uri + joint + urlencode({name: value for name, value in query.items() if value})


def token(x: X, form: Mapping[str, str], basic: str | None) -> dict[str, Any]:
    """Answer the token endpoint; `basic` is what follows the word Basic in its header."""
    # X sheet 4: Token
    app = authenticate(x, form, basic)
    grant_type = _required(form, "grant_type")
    grants = {"authorization_code": _exchange, "refresh_token": _refresh}
    if grant_type not in grants:  # Sheet silent: the name of RFC 6749.
        raise OAuthRefusalError("unsupported_grant_type", "The grant type is not supported.")
    return grants[grant_type](x, app, form)


def authenticate(x: X, form: Mapping[str, str], basic: str | None) -> App:
    """Tell which app asks: a confidential one by Basic, a public one by client_id in the form."""
    # X sheet 4: Client auth; Bad client
    if basic is None:
        app = x.app(_required(form, "client_id"))
        if app is None:
            raise OAuthRefusalError("invalid_client", "There is no such client.", 401)
        if app.kind == "confidential":
            raise _no_header()
        return app
    # X sheet 4: client_id beside Basic (both must be tolerated; one report has it required)
    if x.settings.require_client_id:
        _required(form, "client_id")
    client_id, secret = _pair(basic)
    app = x.app(client_id)
    if app is None:
        raise OAuthRefusalError("invalid_client", "There is no such client.", 401)
    # Sheet silent on Basic from a public client, and on another client_id in the form: both are refused.
    wrong = not hmac.compare_digest(secret.encode(), app.client_secret.encode())
    if wrong or app.kind == "public" or form.get("client_id", client_id) != client_id:
        raise _no_header()
    return app


def _no_header() -> OAuthRefusalError:
    return OAuthRefusalError("unauthorized_client", "Missing valid authorization header", 401)


def _pair(basic: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(basic, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _no_header() from None
    return unquote(name), unquote(secret)


def _exchange(x: X, app: App, form: Mapping[str, str]) -> dict[str, Any]:
    redirect_uri, verifier = _required(form, "redirect_uri"), _required(form, "code_verifier")
    code = x.codes.get(_required(form, "code"))
    # X sheet 4: Code refused (wrong, used, older than 30 s). Sheet silent on another redirect_uri: the same.
    good = code is not None and not code.used and code.expires_at > x.clock.now()
    if code is None or not good or (code.grant.client_id, code.redirect_uri) != (app.client_id, redirect_uri):
        raise OAuthRefusalError("invalid_request", "Value passed for the authorization code was invalid.")
    if _challenge(code.method, verifier) != code.challenge:
        # X sheet 4: Verifier refused. Sheet silent: the code may be tried again with the right one.
        raise OAuthRefusalError(
            "invalid_request", "Value passed for the code verifier did not match the code challenge."
        )
    code.used = True
    return _issue(x, code.grant)


def _challenge(method: str, verifier: str) -> str:
    # X sheet 4: code_challenge_method (the sheet names no bounds for the verifier's length)
    if method == "plain":
        return verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _refresh(x: X, app: App, form: Mapping[str, str]) -> dict[str, Any]:
    old = x.refresh.get(_required(form, "refresh_token"))
    # X sheet 4: Refresh refused; Refresh token life (rotated, the old one dies). Sheet silent:
    # older access tokens live on, and a replay does not end the newer tokens.
    if old is None or old.dead or old.expires_at <= x.clock.now() or old.grant.client_id != app.client_id:
        raise OAuthRefusalError(x.settings.refused_refresh, "Value passed for the token was invalid.")
    old.dead = True
    return _issue(x, old.grant)


def _issue(x: X, grant: Grant) -> dict[str, Any]:
    # X sheet 4: Token response
    now, access = x.clock.now(), x.word(91)
    x.access[access] = Token(grant, now + x.settings.access_seconds)
    answer = {
        "token_type": "bearer",
        "expires_in": x.settings.access_seconds,
        "access_token": access,
        "scope": " ".join(scope for scope in SCOPES if scope in grant.scopes),
    }
    if "offline.access" in grant.scopes:
        answer["refresh_token"] = refresh = x.word(91)
        x.refresh[refresh] = Token(grant, now + x.settings.refresh_seconds)
    return answer


def revoke(x: X, form: Mapping[str, str], basic: str | None) -> dict[str, Any]:
    """Answer the revoke endpoint."""
    # X sheet 4: Revoke. Sheet silent: an unknown token is a success, as in RFC 7009, and only the named token
    # ends.
    app = authenticate(x, form, basic)
    name = _required(form, "token")
    found = x.access.get(name) or x.refresh.get(name)
    if found is not None and found.grant.client_id == app.client_id:
        found.dead = True
    return {"revoked": True}


def app_only(x: X, form: Mapping[str, str], basic: str | None) -> dict[str, Any]:
    """Answer the app-only token endpoint, which takes the consumer key and secret."""
    # X sheet 4: App-only
    app = _consumer(x, basic)
    if form.get("grant_type") != "client_credentials":
        raise _unverified()
    return {"token_type": "bearer", "access_token": x.app_token(app.client_id)}


def invalidate(x: X, form: Mapping[str, str], basic: str | None) -> dict[str, Any]:
    """End the bearer token of an app."""
    # X sheet 4: App-only (POST /oauth2/invalidate_token). Sheet silent on the answer: the token comes back.
    app = _consumer(x, basic)
    token = form.get("access_token", "")
    if x.app_tokens.get(app.client_id) != token:
        raise _unverified()
    x.access[token].dead = True
    del x.app_tokens[app.client_id]
    return {"access_token": token}


def _consumer(x: X, basic: str | None) -> App:
    try:
        key, secret = _pair(basic or "")
    except OAuthRefusalError:
        raise _unverified() from None
    apps = [app for app in x.settings.apps if app.consumer_key == key]
    if not apps or not hmac.compare_digest(secret.encode(), apps[0].consumer_secret.encode()):
        raise _unverified()
    return apps[0]


def _unverified() -> CodedError:
    # X sheet 4: App-only (refused credentials)
    return CodedError(403, 99, "Unable to verify your credentials", label="authenticity_token_error")
