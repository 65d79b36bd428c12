"""Authorization, tokens, introspection and revocation as LinkedIn does them; pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from postwire.simulator.linkedin.records import REVOKED, Code, Grant, Token
from postwire.simulator.login import OAuthRefusalError, UntrustedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.linkedin.settings import App, Member
    from postwire.simulator.linkedin.state import LinkedIn

# LinkedIn sheet 3: OAuth 2.0 (redirect refused: the member did not sign in, or did not allow the app)
REFUSALS: Mapping[str, tuple[str, str]] = {
    "close": ("user_cancelled_login", "The user cancelled LinkedIn login"),
    "deny": ("user_cancelled_authorize", "The user cancelled the authorization"),
}


@dataclass(frozen=True, slots=True)
class Asking:
    """An authorization request whose app and redirect URI are known."""

    app: App
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    challenge: str


def read(state: LinkedIn, query: Mapping[str, str]) -> Asking:
    """Check an authorization request.

    Raises UntrustedError where a redirect is not safe, OAuthRefusalError for what the app is told by one.
    """
    # LinkedIn sheet 3: OAuth 2.0 (authorize)
    app = state.app(query.get("client_id", ""))
    if app is None:
        raise UntrustedError("The passed in client_id is invalid.")
    if not app.knows(query.get("redirect_uri", "")):
        raise UntrustedError("The redirect_uri does not match the registered value.")
    if _required(query, "response_type") != "code":
        raise OAuthRefusalError("unsupported_response_type", "response_type must be code.")
    challenge = query.get("code_challenge", "")
    # LinkedIn sheet 3: OAuth 2.0 (optional S256 parameters are tolerated)
    if challenge and query.get("code_challenge_method") != "S256":
        raise OAuthRefusalError("invalid_request", "code_challenge_method must be S256.")
    about = query.get("state", "")
    return Asking(app, query["redirect_uri"], about, _scopes(app, _required(query, "scope")), challenge)


def _required(query: Mapping[str, str], name: str) -> str:
    if not query.get(name):
        raise OAuthRefusalError("invalid_request", f'A required parameter "{name}" is missing')
    return query[name]


def _scopes(app: App, asked: str) -> tuple[str, ...]:
    # LinkedIn sheet 3: OAuth 2.0 (space-separated; a comma makes one unknown scope of them)
    scopes = tuple(dict.fromkeys(asked.split()))
    for scope in scopes:
        if scope not in app.scopes:
            said = f'Scope "{scope[:80]}" is not authorized for your application'
            raise OAuthRefusalError("unauthorized_scope_error", said)
    return scopes


def allow(state: LinkedIn, asking: Asking, member: Member, scopes: tuple[str, ...]) -> str:
    """Grant what was asked for, and make the address to go back to."""
    grant = Grant(asking.app.id, member.sub, frozenset(scopes), state.clock.now())
    _end_others(state, grant)
    code = state.name("AQT", 60)
    expires_at = state.clock.now() + state.settings.code_seconds
    state.codes[code] = Code(grant, asking.redirect_uri, expires_at, asking.challenge)
    return back(asking.redirect_uri, code=code, state=asking.state)


def _end_others(state: LinkedIn, grant: Grant) -> None:
    # LinkedIn sheet 3: OAuth 2.0 (a different scope set ends every earlier token of member and app)
    tokens = (*state.access.values(), *state.refresh.values())
    earlier = [t.grant for t in tokens if _same(t.grant, grant) and not t.ended]
    if any(other.scopes != grant.scopes for other in earlier):
        state.end_grants(grant.app_id, grant.sub)


def _same(one: Grant, other: Grant) -> bool:
    return (one.app_id, one.sub) == (other.app_id, other.sub)


def remembered(state: LinkedIn, asking: Asking, session: str | None) -> Member | None:
    """Find the member that needs no page: signed in here, with an unexpired token of the same scopes."""
    # LinkedIn sheet 3: OAuth 2.0 (silent re-auth; prompt=none skips consent when still granted)
    member = state.member(session) if session else None
    if member is None:
        return None
    now, asked = state.clock.now(), frozenset(asking.scopes)
    alive = [t.grant for t in state.access.values() if not t.ended and t.expires_at > now]
    same = Grant(asking.app.id, member.sub, asked, now)
    return member if any(_same(grant, same) and grant.scopes == asked for grant in alive) else None


def refuse(asking_uri: str, about: str, error: str, description: str) -> str:
    """Make the address that tells the app of a refusal."""
    return back(asking_uri, error=error, error_description=description, state=about)


def back(redirect_uri: str, **query: str) -> str:
    """Add the answer's query to a redirect URI."""
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return redirect_uri + joint + urlencode({name: value for name, value in query.items() if value})


def authenticate(state: LinkedIn, form: Mapping[str, str]) -> App:
    """Check an app's id and secret, which come in the form."""
    # LinkedIn sheet 3: OAuth 2.0 (credentials in the form, no Basic header; bad client: 401)
    app = state.app(_required(form, "client_id"))
    secret = _required(form, "client_secret")
    if app is None or not hmac.compare_digest(secret.encode(), app.secret.encode()):
        raise OAuthRefusalError("invalid_client", "Client authentication failed", 401)
    return app


def token(state: LinkedIn, form: Mapping[str, str]) -> dict[str, Any]:
    """Answer the token endpoint."""
    # LinkedIn sheet 3: OAuth 2.0 (token). Sheet silent on client_credentials of ordinary apps: unsupported.
    grants = {"authorization_code": _exchange, "refresh_token": _refresh}
    grant_type = _required(form, "grant_type")
    if grant_type not in grants:
        raise OAuthRefusalError("unsupported_grant_type", "grant_type is not supported.")
    return grants[grant_type](state, authenticate(state, form), form)


def _exchange(state: LinkedIn, app: App, form: Mapping[str, str]) -> dict[str, Any]:
    uri, code = _required(form, "redirect_uri"), state.codes.get(_required(form, "code"))
    # LinkedIn sheet 3: OAuth 2.0 (30 minutes, single use). Sheet silent on the error's name and text.
    known = code is not None and not code.used and code.expires_at > state.clock.now()
    if code is None or not known or code.grant.app_id != app.id or code.redirect_uri != uri:
        said = "Unable to retrieve access token: appid/redirect uri/code verifier does not match"
        raise OAuthRefusalError(
            "invalid_request", f"{said} authorization code. Or authorization code expired."
        )
    _verify(code, form.get("code_verifier", ""))
    code.used = True
    return _issue(state, app, code.grant, state.clock.now() + state.settings.refresh_seconds, form)


def _verify(code: Code, verifier: str) -> None:
    if not code.challenge:
        return
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    if digest.decode() != code.challenge:
        raise OAuthRefusalError("invalid_request", "Code verifier does not match authorization code.")


def _refresh(state: LinkedIn, app: App, form: Mapping[str, str]) -> dict[str, Any]:
    text = _required(form, "refresh_token")
    old = state.refresh.get(text)
    # LinkedIn sheet 3: OAuth 2.0 (refresh failure)
    if old is None or old.ended or old.expires_at <= state.clock.now() or old.grant.app_id != app.id:
        said = "The provided authorization grant or refresh token is invalid, expired or revoked"
        raise OAuthRefusalError("invalid_request", said)
    # LinkedIn sheet 3: OAuth 2.0 (the same refresh token with its remaining life: it does not slide)
    return _issue(state, app, old.grant, old.expires_at, form)


def _issue(
    state: LinkedIn, app: App, grant: Grant, refresh_until: float, form: Mapping[str, str]
) -> dict[str, Any]:
    now, text = state.clock.now(), state.name("AQX", 400)
    state.access[text] = Token(grant, now, now + state.settings.access_seconds)
    # LinkedIn sheet 1: Twelve things that will surprise you (7: a comma here, a space in the request)
    answer: dict[str, Any] = {
        "access_token": text,
        "expires_in": state.settings.access_seconds,
        "scope": ",".join(sorted(grant.scopes)),
        "token_type": "Bearer",
    }
    # LinkedIn sheet 3: OAuth 2.0 (refresh tokens for approved partners only)
    if app.partner:
        refresh = form.get("refresh_token") or state.name("AQR", 400)
        state.refresh.setdefault(refresh, Token(grant, now, refresh_until))
        answer |= {
            "refresh_token": refresh,
            "refresh_token_expires_in": round(refresh_until - now),
        }
    if "openid" in grant.scopes:
        answer["id_token"] = _id_token(state, grant)
    return answer


def _id_token(state: LinkedIn, grant: Grant) -> str:
    # Sheet silent on the claims and the key: a shape without a real signature.
    now = int(state.clock.now())
    claims = {"iss": "https://www.linkedin.com/oauth", "aud": grant.app_id, "sub": grant.sub, "iat": now}
    pieces = ({"alg": "RS256", "typ": "JWT"}, claims | {"exp": now + 3_600})
    encoded = [base64.urlsafe_b64encode(json.dumps(piece).encode()).rstrip(b"=").decode() for piece in pieces]
    return ".".join([*encoded, "c2ltdWxhdGVk"])


def introspect(state: LinkedIn, form: Mapping[str, str]) -> dict[str, Any]:
    """Answer the introspection endpoint."""
    # LinkedIn sheet 3: OAuth 2.0 (introspect: bad id or token 400, bad secret 401)
    if state.app(_required(form, "client_id")) is None:
        raise OAuthRefusalError("invalid_request", "The passed in client_id is invalid.")
    app, text = authenticate(state, form), _required(form, "token")
    token = state.access.get(text) or state.refresh.get(text)
    if token is None:
        raise OAuthRefusalError("invalid_request", "The token is not known.")
    if token.grant.app_id != app.id:
        return {"active": False}
    status = REVOKED if token.ended else "active" if token.expires_at > state.clock.now() else "expired"
    return {
        "active": status == "active",
        "status": status,
        "scope": ",".join(sorted(token.grant.scopes)),
        "client_id": app.id,
        "created_at": int(token.created_at),
        "expires_at": int(token.expires_at),
        "authorized_at": int(token.grant.authorized_at),
        "auth_type": "3L",
    }


def revoke(state: LinkedIn, form: Mapping[str, str]) -> dict[str, Any]:
    """Answer the revoke endpoint."""
    # LinkedIn sheet 3: OAuth 2.0 (revoke: 200). Sheet silent: that token only; unknown is a success.
    app, text = authenticate(state, form), _required(form, "token")
    token = state.access.get(text) or state.refresh.get(text)
    if token is not None and token.grant.app_id == app.id:
        token.ended = REVOKED
    return {}
