"""Both logins as Meta does them: what the consent pages give, and the token endpoints; pure."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from postwire.simulator.login import UntrustedError
from postwire.simulator.meta import hooks
from postwire.simulator.meta.records import Code, Grant, Token
from postwire.simulator.meta.refusal import GraphError, InstagramLoginError, invalid, session
from postwire.simulator.meta.settings import words
from postwire.simulator.meta.state import DAY, NOT_AUTHORIZED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.meta.params import Params
    from postwire.simulator.meta.settings import App
    from postwire.simulator.meta.state import Meta


@dataclass(frozen=True, slots=True)
class Asking:
    """An authorization request whose app and redirect URI are known."""

    app: App
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    all_or_none: bool  # a configuration's permissions go together


def read(state: Meta, login: str, query: Mapping[str, str]) -> Asking:
    """Check an authorization request; raises UntrustedError."""
    # Meta sheet 2.1 and 3.1: Authorize. Sheet silent on wrong requests: the page says so, without a redirect.
    app = state.app(query.get("client_id", ""), login)
    if app is None:
        raise UntrustedError(
            "client_id is missing or unknown. Facebook and Instagram apps have different ids."
        )
    if not app.knows(query.get("redirect_uri", "")):
        raise UntrustedError(
            "redirect_uri is not listed for this app; it must be equal to the last character."
        )
    usual = "code" if login == "facebook" else ""
    if query.get("response_type", usual) != "code":
        raise UntrustedError("The simulator knows response_type=code only.")
    config = query.get("config_id", "") if login == "facebook" else ""
    scopes = app.configurations.get(config, ()) if config else _split(query.get("scope", ""))
    if not scopes:
        raise UntrustedError("scope is missing, or config_id is unknown.")
    if unknown := [scope for scope in scopes if scope not in app.scopes]:
        raise UntrustedError(f"Invalid Scopes: {unknown[0][:80]}. This app may not ask for it.")
    # Meta sheet 3.1: Authorize (instagram_business_basic is always required)
    if login == "instagram" and "instagram_business_basic" not in scopes:
        raise UntrustedError("scope lacks instagram_business_basic.")
    return Asking(app, query["redirect_uri"], query.get("state", ""), scopes, bool(config))


def _split(text: str) -> tuple[str, ...]:
    # Meta sheet 2.1 and 3.1: Authorize (comma or space)
    return tuple(dict.fromkeys(words(text.replace(",", " "))))


def allow(state: Meta, asking: Asking, user_id: str, scopes: tuple[str, ...], pages: tuple[str, ...]) -> str:
    """Grant what the user left switched on, and make the address to go back to."""
    login, now = asking.app.login, state.clock.now()
    before = state.grants.get((asking.app.id, user_id))
    # Meta sheet 2.1: Authorize (auth_type=rerequest asks for declined ones again: earlier ones stay granted)
    earlier = before.scopes if before and not before.ended else set()
    granted = set(scopes) | earlier | ({"public_profile"} if login == "facebook" else set())
    declined = set(asking.scopes) - granted
    if before and not before.ended:
        before.scopes, before.declined, before.pages, before.logged_in_at = granted, declined, pages, now
        grant = before
    else:
        grant = Grant(asking.app.id, login, user_id, granted, declined, pages, now)
        state.grants[asking.app.id, user_id] = grant
    code = state.name("AQB")
    life = state.settings.code_seconds if login == "facebook" else state.settings.instagram_code_seconds
    state.codes[code] = Code(grant, asking.redirect_uri, now + life)
    return _callback(state, asking, code)


def _callback(state: Meta, asking: Asking, code: str) -> str:
    if asking.app.login == "facebook":
        # Meta sheet 2.1: Authorize (fragment #_=_ may be appended)
        return back(asking.redirect_uri, code=code, state=asking.state) + "#_=_"
    # Meta sheet 3.1: Authorize (#_ is appended; strip it). The sheet's sample has it between code and state,
    # where a browser would lose the state: here it ends the address, or (a switch) the code itself.
    suffix = state.settings.instagram_suffix
    given = code + "#_" if suffix == "code" else code
    address = back(asking.redirect_uri, code=given, state=asking.state)
    return address + "#_" if suffix == "fragment" else address


def refuse(asking: Asking) -> str:
    """Make the address that tells the app that the user said no."""
    # Meta sheet 2.1 and 3.1: Authorize (refusal)
    number = {"error_code": "200"} if asking.app.login == "facebook" else {}
    return back(
        asking.redirect_uri,
        error="access_denied",
        error_reason="user_denied",
        error_description="Permissions error",
        state=asking.state,
        **number,
    )


def back(redirect_uri: str, **query: str) -> str:
    """Add the answer's query to a redirect URI."""
    return f"{redirect_uri}?{urlencode({name: value for name, value in query.items() if value})}"


def facebook_token(state: Meta, params: Params) -> dict[str, Any]:
    """Answer graph.facebook.com/oauth/access_token in all its uses."""
    # Meta sheet 2.2: Token endpoint (errors: 101 app id, 1 secret; client authentication by params only)
    app = state.app(params.need("client_id"), "facebook")
    if app is None:
        raise GraphError("101", "Error validating application. Cannot get application info.")
    if not hmac.compare_digest(params.need("client_secret").encode(), app.secret.encode()):
        raise GraphError("1", "Error validating client secret.", status=400)
    grant_type = params.text("grant_type", "authorization_code")
    if grant_type == "fb_exchange_token":
        return _lengthen(state, app, params.need("fb_exchange_token"))
    if grant_type == "client_credentials":
        return {"access_token": f"{app.id}|{app.secret}", "token_type": "bearer"}
    if grant_type != "authorization_code":
        raise invalid("The grant_type is not supported.")
    grant = _redeem(state, app, params)
    token = state.issue("USER", grant, state.settings.short_seconds)
    return _bearer(token, state.settings.short_seconds)


def _redeem(state: Meta, app: App, params: Params) -> Grant:
    code = state.codes.get(params.need("code"))
    if code is None or code.grant.app_id != app.id:
        raise invalid("Invalid verification code format.")
    if code.redirect_uri != params.need("redirect_uri"):
        raise GraphError("191", "redirect_uri is not identical to the one of the OAuth dialog request.")
    if code.used:
        raise GraphError("100/36007", "This authorization code has been used.")
    if code.expires_at <= state.clock.now():
        raise GraphError("100/36009", "This authorization code has expired.")
    code.used = True
    return code.grant


def _lengthen(state: Meta, app: App, text: str) -> dict[str, Any]:
    # Meta sheet 2.2: Token endpoint (a still-valid token; idempotent, new expiry at most once a day)
    token = state.token(text, "facebook")
    if token.grant is None or token.app_id != app.id or token.kind != "USER":
        raise session()
    now = state.clock.now()
    if not token.long or token.issued_at <= now - DAY:
        token = state.issue("USER", token.grant, state.settings.long_seconds, long=True)
    answer = _bearer(token, round(token.expires_at - now))
    if not state.settings.long_says_expiry:
        del answer["expires_in"]
    return answer


def _bearer(token: Token, seconds: int) -> dict[str, Any]:
    return {"access_token": token.text, "token_type": "bearer", "expires_in": seconds}


def instagram_code(state: Meta, form: Mapping[str, str]) -> dict[str, Any]:
    """Answer api.instagram.com/oauth/access_token; raises InstagramLoginError."""
    # Meta sheet 3.2: Three token calls on three hosts/paths (step 1)
    app = state.app(form.get("client_id", ""), "instagram")
    secret = form.get("client_secret", "").encode()
    if app is None or not hmac.compare_digest(secret, app.secret.encode()):
        raise InstagramLoginError("Invalid platform app")
    if form.get("grant_type") != "authorization_code":
        raise InstagramLoginError("Invalid grant_type")
    code = state.codes.get(form.get("code", ""))
    alive = code is not None and not code.used and code.expires_at > state.clock.now()
    if code is None or not alive or code.grant.app_id != app.id:
        raise InstagramLoginError("Invalid authorization code")
    if code.redirect_uri != form.get("redirect_uri"):
        raise InstagramLoginError("Error validating verification code: redirect_uri is not identical")
    code.used = True
    token = state.issue("IG", code.grant, state.settings.short_seconds)
    return _exchange_shape(state, token, code.grant)


def _exchange_shape(state: Meta, token: Token, grant: Grant) -> dict[str, Any]:
    shape = state.settings.instagram_exchange
    if shape == "random":
        shape = state.random.choice(["flat", "wrapped"])
    scopes = sorted(grant.scopes)
    if shape == "flat":
        return {"access_token": token.text, "user_id": int(grant.user_id), "permissions": scopes}
    inner = {"access_token": token.text, "user_id": grant.user_id, "permissions": ",".join(scopes)}
    return {"data": [inner]}


def instagram_long(state: Meta, params: Params) -> dict[str, Any]:
    """Answer graph.instagram.com/access_token: short → long."""
    # Meta sheet 3.2: Three token calls (step 2; client_id tolerated)
    if params.text("grant_type") != "ig_exchange_token":
        raise invalid("grant_type must be ig_exchange_token.")
    token = state.token(params.need("access_token"), "instagram")
    app = state.app(token.app_id)
    secret = params.need("client_secret").encode()
    if app is None or not hmac.compare_digest(secret, app.secret.encode()):
        raise GraphError("1", "Error validating client secret.", status=400)
    if token.long or token.grant is None:  # sheet silent on a token that is long already: refused
        raise session()
    return _instagram_bearer(state, state.issue("IG", token.grant, state.settings.long_seconds, long=True))


def instagram_refresh(state: Meta, params: Params) -> dict[str, Any]:
    """Answer graph.instagram.com/refresh_access_token."""
    # Meta sheet 3.2: Three token calls (step 3; ≥ 24 h old and not expired, else 190 or 100)
    if params.text("grant_type") != "ig_refresh_token":
        raise invalid("grant_type must be ig_refresh_token.")
    token = state.token(params.need("access_token"), "instagram")
    if token.grant is None or not token.long:
        raise session()
    if token.issued_at > state.clock.now() - DAY:
        raise invalid("The access token is younger than 24 hours.")
    if state.settings.instagram_rotates:
        fresh = state.issue("IG", token.grant, state.settings.long_seconds, long=True)
    else:
        fresh, now = token, state.clock.now()
        fresh.issued_at, fresh.expires_at = now, now + state.settings.long_seconds
    return _instagram_bearer(state, fresh) | {"permissions": ",".join(sorted(token.grant.scopes))}


def _instagram_bearer(state: Meta, token: Token) -> dict[str, Any]:
    return _bearer(token, round(token.expires_at - state.clock.now()))


def proof(secret: str, token: str) -> str:
    """Make the appsecret_proof of a token."""
    # Meta sheet 1: Hosts, versions, general rules (appsecret_proof)
    return hmac.new(secret.encode(), token.encode(), sha256).hexdigest()


def check_proof(state: Meta, token: Token, params: Params) -> None:
    """Check the proof of a call, where there is one or must be one."""
    app = state.app(token.app_id)
    given = params.text("appsecret_proof")
    if app is None or token.kind == "APP" or (not given and not app.requires_proof):
        return
    if not given:
        raise invalid("API calls from the server require an appsecret_proof argument.")
    if not hmac.compare_digest(given.encode(), proof(app.secret, token.text).encode()):
        # Meta sheet 13.1: 104 (appsecret_proof invalid)
        raise GraphError("104", "Invalid appsecret_proof provided in the API argument.")


def disconnect(state: Meta, user_id: str, subcode: int = NOT_AUTHORIZED) -> None:
    """End what a user allowed every app: its tokens and all derived ones die."""
    # Meta sheet 2.4: Inspect and revoke
    grants = [token.grant for token in state.tokens.values() if token.grant]
    for grant in grants:
        if grant.user_id == user_id and not grant.ended:
            grant.ended = subcode
            hooks.deauthorized(state, grant.app_id, user_id)
