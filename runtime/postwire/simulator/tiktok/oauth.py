"""Authorization, tokens and revocation as TikTok does them; pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from postwire.simulator.login import OAuthRefusalError, UntrustedError
from postwire.simulator.tiktok import hooks
from postwire.simulator.tiktok.state import Code, Grant, Stage, TikTok, Token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.tiktok.settings import Account, Client

APP_TOKEN_SECONDS = 7_200
DEVELOPER_REVOKED = 5
_HEX_CHALLENGE = re.compile(r"[0-9a-f]{64}")
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


@dataclass(frozen=True, slots=True)
class Asking:
    """An authorization request whose app and redirect URI are known."""

    client: Client
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    challenge: str | None


def read(state: TikTok, query: Mapping[str, str]) -> Asking:
    """Check an authorization request.

    Raises UntrustedError where a redirect is not safe, OAuthRefusalError for what the app is told by one.
    """
    # TikTok sheet 2.1: Authorization request
    client = state.client(query.get("client_key", ""))
    if client is None:
        raise UntrustedError("client_key is missing or unknown. It is client_key here, not client_id.")
    if not client.knows(query.get("redirect_uri", "")):
        raise UntrustedError(
            "redirect_uri is not registered for this app; it must be equal, with its last slash."
        )
    return Asking(
        client=client,
        redirect_uri=query["redirect_uri"],
        state=_required(query, "state"),
        scopes=_scopes(client, query),
        challenge=_challenge(client, query),
    )


def _required(query: Mapping[str, str], name: str) -> str:
    if not query.get(name):
        raise OAuthRefusalError("invalid_request", f"{name} is required.")
    return query[name]


def _scopes(client: Client, query: Mapping[str, str]) -> tuple[str, ...]:
    if _required(query, "response_type") != "code":
        raise OAuthRefusalError("unsupported_response_type", "response_type must be code.")
    # TikTok sheet 2.1: Authorization request (comma-separated, no spaces)
    scopes = tuple(dict.fromkeys(_required(query, "scope").split(",")))
    if unknown := [scope for scope in scopes if scope not in client.scopes]:
        raise OAuthRefusalError("invalid_scope", f"Not approved for this app: {unknown[0][:80]!r}.")
    return scopes


def _challenge(client: Client, query: Mapping[str, str]) -> str | None:
    # TikTok sheet 2.2: PKCE — non-standard. Sheet silent on the error's name: invalid_request.
    challenge = query.get("code_challenge")
    if challenge is None and client.kind == "web":
        return None
    if challenge is None:
        raise OAuthRefusalError("invalid_request", "code_challenge is required for a desktop app.")
    if query.get("code_challenge_method") != "S256":
        raise OAuthRefusalError("invalid_request", "code_challenge_method must be S256.")
    if not _HEX_CHALLENGE.fullmatch(challenge):
        raise OAuthRefusalError(
            "invalid_request", "code_challenge must be lowercase hex SHA-256 of the verifier."
        )
    return challenge


def allow(state: TikTok, asking: Asking, account: Account, scopes: tuple[str, ...]) -> str:
    """Grant what the user left switched on, and make the address to go back to."""
    grant = Grant(asking.client.key, account.open_id, frozenset(scopes))
    state.allowed[grant.client_key, grant.open_id] = grant.scopes
    # TikTok sheet 2.1: Authorization request (the code contains * and !)
    code = state.name("sim") + "*0!6410"
    expires_at = state.clock.now() + state.settings.code_seconds
    state.codes[code] = Code(grant, asking.redirect_uri, asking.challenge, expires_at)
    return back(asking.redirect_uri, code=code, scopes=",".join(scopes), state=asking.state)


def remembered(
    state: TikTok, asking: Asking, session: str | None, query: Mapping[str, str]
) -> Account | None:
    """Find the account that needs no page: logged in here, and it has allowed the app all this before."""
    # TikTok sheet 2.1: Authorization request (disable_auto_auth: 1 always shows the page; else the session of
    # the browser authorises its account again, without a word)
    account = state.account(session) if session and query.get("disable_auto_auth") != "1" else None
    if account is None:
        return None
    before = state.allowed.get((asking.client.key, account.open_id), frozenset())
    return account if before.issuperset(asking.scopes) else None


def refuse(redirect_uri: str, state: str, error: str, description: str) -> str:
    """Make the address that tells the app of a refusal."""
    # TikTok sheet 2.1: Authorization request (callback query on refusal). Sheet silent: with the state.
    return back(redirect_uri, error=error, error_description=description, state=state)


def back(redirect_uri: str, **query: str) -> str:
    """Add the answer's query to a redirect URI."""
    return f"{redirect_uri}?{urlencode({name: value for name, value in query.items() if value})}"


def token(state: TikTok, form: Mapping[str, str]) -> dict[str, Any]:
    """Answer the token endpoint."""
    # TikTok sheet 2.3: Token endpoint
    client = authenticate(state, form)
    grant_type = _required(form, "grant_type")
    grants = {"authorization_code": _exchange, "refresh_token": _refresh, "client_credentials": _app_token}
    if grant_type not in grants:
        raise OAuthRefusalError("unsupported_grant_type", "grant_type is not supported.")
    if grant_type not in client.grants:
        raise OAuthRefusalError("unauthorized_client", "This app may not use this grant type.")
    return grants[grant_type](state, client, form)


def authenticate(state: TikTok, form: Mapping[str, str]) -> Client:
    """Check an app's key and secret, which come in the form."""
    # TikTok sheet 2.3: Token endpoint (credentials in the body, no Basic auth)
    client = state.client(_required(form, "client_key"))
    secret = _required(form, "client_secret")
    if client is None or not hmac.compare_digest(secret.encode(), client.secret.encode()):
        raise OAuthRefusalError("invalid_client", "client_key or client_secret is wrong.")
    return client


def _exchange(state: TikTok, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
    redirect_uri = _required(form, "redirect_uri")
    code = state.codes.get(_required(form, "code"))
    # TikTok sheet 11.2: OAuth error (invalid_grant: code reused or expired, redirect mismatch)
    if code is None or code.grant.client_key != client.key:
        raise OAuthRefusalError("invalid_grant", "The code is unknown. Decode it once before you send it.")
    if code.used or code.expires_at <= state.clock.now():
        raise OAuthRefusalError("invalid_grant", "The code was used or has expired.")
    if code.redirect_uri != redirect_uri:
        raise OAuthRefusalError("invalid_grant", "redirect_uri differs from the authorization request's.")
    _verify(code, form.get("code_verifier"))
    code.used = True
    return _issue(state, code.grant, state.clock.now() + state.settings.refresh_seconds)


def _verify(code: Code, verifier: str | None) -> None:
    # TikTok sheet 2.2: PKCE — non-standard (an unsolicited verifier is ignored)
    if code.challenge is None:
        return
    if verifier is None:
        raise OAuthRefusalError("invalid_request", "code_verifier is required.")
    # Sheet silent on the errors' names; those of RFC 7636 are used.
    if not _VERIFIER.fullmatch(verifier):
        raise OAuthRefusalError("invalid_request", "code_verifier must be 43 to 128 unreserved characters.")
    if hashlib.sha256(verifier.encode()).hexdigest() != code.challenge:
        raise OAuthRefusalError("invalid_grant", "code_verifier does not belong to code_challenge.")


def _refresh(state: TikTok, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
    old = state.refresh.get(_required(form, "refresh_token"))
    alive = old is not None and not old.dead and old.expires_at > state.clock.now()
    if old is None or not alive or old.grant is None or old.grant.client_key != client.key:
        raise OAuthRefusalError("invalid_grant", "The refresh token is unknown, used, revoked or expired.")
    # TikTok sheet 2.4: Lifetimes (always rotates). Sheet silent: older access tokens live on.
    old.dead = True
    fresh = state.clock.now() + state.settings.refresh_seconds
    return _issue(state, old.grant, old.expires_at if state.settings.refresh_shrinks else fresh)


def _issue(state: TikTok, grant: Grant, refresh_until: float) -> dict[str, Any]:
    access, refresh = state.name("act.sim"), state.name("rft.sim")
    state.access[access] = Token(grant, state.clock.now() + state.settings.access_seconds)
    state.refresh[refresh] = Token(grant, refresh_until)
    return {
        "access_token": access,
        "expires_in": state.settings.access_seconds,
        "open_id": grant.open_id,
        "refresh_expires_in": round(refresh_until - state.clock.now()),
        "refresh_token": refresh,
        "scope": ",".join(sorted(grant.scopes)),
        "token_type": "Bearer",
    }


def _app_token(state: TikTok, _client: Client, _form: Mapping[str, str]) -> dict[str, Any]:
    # TikTok sheet 2.3: Token endpoint (client_credentials: app token, 2 h, useless for posting)
    access = state.name("clt.sim")
    state.access[access] = Token(None, state.clock.now() + APP_TOKEN_SECONDS)
    return {"access_token": access, "expires_in": APP_TOKEN_SECONDS, "token_type": "Bearer"}


def revoke(state: TikTok, form: Mapping[str, str]) -> None:
    """Answer the revoke endpoint."""
    # TikTok sheet 2.5: Revoke. Sheet silent on an unknown token: success, as RFC 7009 says.
    client = authenticate(state, form)
    token = state.access.get(_required(form, "token"))
    if token is not None and token.grant is not None and token.grant.client_key == client.key:
        disconnect(state, token.grant.open_id, client.key, DEVELOPER_REVOKED)


def disconnect(state: TikTok, open_id: str, client_key: str, reason: int) -> None:
    """End what a user allowed an app: tokens die, what is under way fails, the app is told."""
    # TikTok sheet 12: Webhooks (authorization.removed; the token is already dead when it arrives)
    gone = Grant(client_key, open_id, state.allowed.pop((client_key, open_id), frozenset()))
    ended = [
        t for t in (*state.access.values(), *state.refresh.values()) if _belongs(t.grant, open_id, client_key)
    ]
    alive = [token for token in ended if not token.dead]
    for token in alive:
        token.dead = True
    for publish in state.publishes.values():
        under_way = publish.stage in {Stage.UPLOAD, Stage.DOWNLOAD, Stage.PROCESSING}
        if under_way and _belongs(publish.grant, open_id, client_key):
            hooks.fail(state, publish, "auth_removed")
    if alive:
        hooks.emit(state, "authorization.removed", gone, {"reason": reason})


def _belongs(grant: Grant | None, open_id: str, client_key: str) -> bool:
    return grant is not None and (grant.open_id, grant.client_key) == (open_id, client_key)
