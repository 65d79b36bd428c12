"""OAuth as data: consent, tokens, renewal, goodbye; by script and against the simulator."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from postwire import ActionFailed, Secret
from postwire.accounts.oauth import Authorization, OAuth, app_from_environment, challenge
from postwire.accounts.tokens import Tokens
from postwire.drive import World, drive
from postwire.language.catalog import Catalog
from postwire.testing import answer, play
from postwire.transport import HttpTransport
from postwire.values import Lost, Multipart, Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.language.manifest import Integration
    from postwire.simulator import Served, Simulator
    from postwire.values import Flow

APP = {"client_key": "sim-client-key", "client_secret": "sim-client-secret"}
REDIRECT = "http://127.0.0.1:5005/callback/"
NOW = 1_000_000.0
TOKENS = {
    "access_token": "planted-access-2",
    "refresh_token": "planted-refresh-2",
    "expires_in": 7200,
    "refresh_expires_in": "15552000",
    "scope": "video.list,user.info.basic",
    "open_id": "u-7",
}
OLD = Tokens(
    Secret("planted-access-1"), Secret("planted-refresh-1"), scopes=frozenset({"video.list"}), subject="u-7"
)


@pytest.fixture(scope="module")
def described() -> Integration:
    return Catalog().integration("tiktok")


@pytest.fixture
def oauth(described: Integration) -> OAuth:
    return OAuth("tiktok", described, APP)


@pytest.fixture
def begun(oauth: OAuth) -> Authorization:
    return oauth.authorize(REDIRECT)


def back(begun: Authorization, **more: str) -> dict[str, str]:
    return {"state": begun.state, "code": "planted-code*0!6410", **more}


def refused(flow: Flow[Any], *answers: Any) -> ActionFailed:
    with pytest.raises(ActionFailed) as caught:
        play(flow, answers)
    assert "planted" not in f"{caught.value} {caught.value.args} {caught.value.to_dict()}"
    return caught.value


@pytest.mark.parametrize(
    ("encoding", "verifier", "expected"),
    [
        # TikTok: Login Kit for Desktop, read 2026-11-21; the digest computed for a verifier of our own
        (
            "hex",
            "sim-verifier-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ~._",
            "328994bfa460e68bed98a6f4e8dde0321a26ac2a6af9a5423d2d398ac70f561a",
        ),
        # RFC 7636, appendix B
        (
            "base64url",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ),
    ],
)
def test_the_challenge_is_the_digest_as_the_platform_spells_it(
    encoding: str, verifier: str, expected: str
) -> None:
    assert challenge(verifier, encoding) == expected


def test_the_consent_address_has_every_parameter(begun: Authorization) -> None:
    parts = urlsplit(begun.url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://www.tiktok.com/v2/auth/authorize/"
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    digest = hashlib.sha256(begun.verifier.reveal().encode()).hexdigest()
    assert query == {
        "client_key": "sim-client-key",
        "response_type": "code",
        "scope": "user.info.basic,user.info.profile,user.info.stats,video.list,video.publish,video.upload",
        "redirect_uri": REDIRECT,
        "state": begun.state,
        "disable_auto_auth": "1",
        "code_challenge": digest,
        "code_challenge_method": "S256",
    }
    assert 43 <= len(begun.verifier.reveal()) <= 128
    assert "sim-client-secret" not in begun.url


def test_scopes_and_further_parameters_can_be_chosen(oauth: OAuth) -> None:
    begun = oauth.authorize(REDIRECT, ("video.list",), {"lang": "de"})
    query = dict(parse_qsl(urlsplit(begun.url).query))
    assert (query["scope"], query["lang"], begun.scopes) == ("video.list", "de", ("video.list",))


def test_every_attempt_has_a_state_and_verifier_of_its_own(oauth: OAuth) -> None:
    attempts = [oauth.authorize(REDIRECT) for _ in range(5)]
    assert len({attempt.state for attempt in attempts}) == 5
    assert len({attempt.verifier for attempt in attempts}) == 5
    assert attempts[0].verifier.reveal() not in repr(attempts[0])


@pytest.mark.parametrize(
    ("callback", "code", "message"),
    [
        (
            {"state": "another", "code": "planted-code"},
            "permission_denied",
            "does not belong to this attempt",
        ),
        ({"code": "planted-code"}, "permission_denied", "does not belong to this attempt"),
        ({"state": "STATE", "error": "access_denied"}, "permission_denied", "declined on TikTok's page"),
        ({"state": "STATE", "error": "invalid_scope"}, "scope_missing", "has not approved the app"),
        (
            {"state": "STATE", "error": "strange", "error_description": "So."},
            "transient",
            "a fault of its own",
        ),
    ],
    ids=["another state", "no state", "declined", "an error of the rules", "any other error"],
)
def test_a_callback_that_is_no_yes_sends_nothing(
    oauth: OAuth, begun: Authorization, callback: dict[str, str], code: str, message: str
) -> None:
    given = {name: begun.state if value == "STATE" else value for name, value in callback.items()}
    error = refused(oauth.connect(begun, given, NOW))
    assert (error.code, error.sent) == (code, "no")
    assert message in error.message


def test_the_code_becomes_tokens(oauth: OAuth, begun: Authorization) -> None:
    played = play(oauth.connect(begun, back(begun), NOW), [answer(TOKENS)])
    (request,) = played.requests
    assert (request.method, request.url) == ("POST", "https://open.tiktokapis.com/v2/oauth/token/")
    assert request.credential is None
    assert isinstance(request.body, bytes)
    assert dict(parse_qsl(request.body.decode())) == {
        **APP,
        "code": "planted-code*0!6410",
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT,
        "code_verifier": begun.verifier.reveal(),
    }
    assert played.value == Tokens(
        Secret("planted-access-2"),
        Secret("planted-refresh-2"),
        NOW + 7200,
        NOW + 15_552_000,
        frozenset({"video.list", "user.info.basic"}),
        "u-7",
    )
    assert "planted" not in f"{played.value} {played.value!r}"


def test_a_multipart_form_has_a_boundary_of_its_own() -> None:
    oauth = OAuth("instagram", Catalog().integration("instagram"), {"client_id": "1", "client_secret": "2"})
    begun = oauth.authorize(REDIRECT)
    short = answer({"data": [{"access_token": "IGAAshort", "permissions": "instagram_business_basic"}]})
    long = answer({"access_token": "IGAAlong", "expires_in": 5_183_944})
    played = play(oauth.connect(begun, {**back(begun), "code": "planted#_"}, NOW), [short, long])
    sent = played.requests[0].body
    assert isinstance(sent, Multipart)
    assert played.requests[0].headers["Content-Type"] == f"multipart/form-data; boundary={sent.boundary}"
    assert len(sent.boundary) > 30
    assert dict(sent.fields)["code"] == "planted"
    assert played.value.access.reveal() == "IGAAlong"
    assert played.value.scopes == {"instagram_business_basic"}


def test_lifetimes_that_nobody_tells_are_unknown(oauth: OAuth, begun: Authorization) -> None:
    tokens = play(
        oauth.connect(begun, back(begun), NOW), [answer({"access_token": "planted-access-2"})]
    ).value
    assert (tokens.refresh, tokens.expires_at, tokens.refresh_expires_at, tokens.scopes) == (None,) * 4


def test_an_answer_without_a_token_is_no_success(oauth: OAuth, begun: Authorization) -> None:
    assert (
        refused(oauth.connect(begun, back(begun), NOW), answer({"token_type": "Bearer"})).code == "internal"
    )


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize(
    ("word", "code"), [("invalid_grant", "auth_expired"), ("invalid_client", "permission_denied")]
)
def test_a_refusal_counts_under_any_status(
    oauth: OAuth, begun: Authorization, status: int, word: str, code: str
) -> None:
    body = {"error": word, "error_description": "No.", "log_id": "1"}
    error = refused(oauth.connect(begun, back(begun), NOW), answer(body, status))
    assert (error.code, error.provider["status"]) == (code, status)


def test_a_platform_that_repeats_what_it_was_told_gets_nothing_into_an_error(
    oauth: OAuth, begun: Authorization
) -> None:
    said = f"planted-code*0!6410 sim-client-secret {begun.verifier.reveal()}"
    error = refused(
        oauth.connect(begun, back(begun), NOW),
        answer({"error": "invalid_request", "error_description": said}, 400),
    )
    assert "•••" in error.message
    for secret in ("sim-client-secret", begun.verifier.reveal()):
        assert secret not in str(error.to_dict())


def test_only_what_was_not_sent_is_sent_again(oauth: OAuth, begun: Authorization) -> None:
    flow = oauth.connect(begun, back(begun), NOW)
    played = play(flow, [Lost("no", "no connection"), Lost("no", "no connection"), answer(TOKENS)])
    assert len(played.requests) == 3
    assert len(played.waits) == 2
    error = refused(oauth.connect(begun, back(begun), NOW), Lost("maybe", "no answer"))
    assert (error.code, error.sent) == ("transient", "maybe")
    error = refused(oauth.refresh(OLD, NOW), *[Lost("no", "no connection")] * 3)
    assert (error.code, error.sent) == ("transient", "no")


def test_renewal_takes_the_new_tokens(oauth: OAuth) -> None:
    played = play(oauth.refresh(OLD, NOW), [answer(TOKENS)])
    assert isinstance(played.requests[0].body, bytes)
    form = dict(parse_qsl(played.requests[0].body.decode()))
    assert form == {**APP, "grant_type": "refresh_token", "refresh_token": "planted-refresh-1"}
    assert played.value.access == Secret("planted-access-2")
    assert played.value.refresh == Secret("planted-refresh-2")


def test_renewal_keeps_what_the_answer_leaves_out_but_never_the_old_access(oauth: OAuth) -> None:
    fresh = play(oauth.refresh(OLD, NOW), [answer({"access_token": "planted-access-2"})]).value
    assert fresh == replace(OLD, access=Secret("planted-access-2"))
    assert refused(oauth.refresh(OLD, NOW), answer({"expires_in": 1})).code == "internal"


def test_without_a_refresh_token_the_account_must_be_reconnected(oauth: OAuth) -> None:
    error = refused(oauth.refresh(replace(OLD, refresh=None), NOW))
    assert (error.code, error.sent) == ("auth_expired", "no")


def test_identity_is_asked_with_the_new_token(oauth: OAuth) -> None:
    user = {"open_id": "u-7", "display_name": "Sim"}
    played = play(oauth.identity(OLD), [answer({"data": {"user": user}, "error": {"code": "ok"}})])
    (request,) = played.requests
    assert request.credential is not None
    assert request.credential.value.reveal() == "Bearer planted-access-1"
    assert played.value == {"id": "u-7", "name": "Sim"}


def test_a_refused_identity_does_not_show_the_token(oauth: OAuth) -> None:
    body = {"error": {"code": "invalid_params", "message": "Bad token planted-access-1 here"}}
    error = refused(oauth.identity(OLD), answer(body, 400))
    assert error.step == "identity"


@pytest.mark.parametrize("said", [answer({}), Response(200, {})])
def test_goodbye(oauth: OAuth, said: Response) -> None:
    played = play(oauth.revoke(OLD), [said])
    assert played.value is True
    assert played.requests[0].credential is None


def test_a_platform_without_goodbye_says_so(described: Integration) -> None:
    assert described.auth is not None
    silent = described.model_copy(update={"auth": described.auth.model_copy(update={"revoke": None})})
    assert play(OAuth("tiktok", silent, APP).revoke(OLD), []).value is False


def test_an_integration_without_auth_cannot_connect(described: Integration) -> None:
    with pytest.raises(ActionFailed, match="declares no way to connect"):
        OAuth("tiktok", described.model_copy(update={"auth": None}), APP)


def test_the_operators_keys_come_from_the_environment(described: Integration) -> None:
    environ = {"POSTWIRE_TIKTOK_CLIENT_KEY": "k", "POSTWIRE_TIKTOK_CLIENT_SECRET": "s"}
    assert app_from_environment("tiktok", described, environ) == {"client_key": "k", "client_secret": "s"}
    with pytest.raises(ActionFailed) as caught:
        app_from_environment("tiktok", described, {"POSTWIRE_TIKTOK_CLIENT_KEY": "k"})
    assert "POSTWIRE_TIKTOK_CLIENT_SECRET" in caught.value.remedy
    assert "POSTWIRE_TIKTOK_CLIENT_KEY" not in caught.value.remedy


# ---- against the simulator


@pytest.fixture
def transport(served: Served) -> Iterator[HttpTransport]:
    with HttpTransport(sandbox=served.origin) as made:
        yield made


def consent(transport: HttpTransport, begun: Authorization) -> dict[str, str]:
    seen = transport.send(Request("GET", begun.url))
    assert isinstance(seen, Response)
    assert seen.status == 302, seen.body
    return dict(parse_qsl(urlsplit(seen.headers["location"]).query))


@pytest.fixture
def connected(oauth: OAuth, transport: HttpTransport) -> Tokens:
    begun = oauth.authorize(REDIRECT, extra={"postwire_auto": "allow"})
    tokens: Tokens = drive(oauth.connect(begun, consent(transport, begun), NOW), transport, World())
    return tokens


def test_a_simulated_account_is_connected_renewed_and_let_go(
    oauth: OAuth, transport: HttpTransport, connected: Tokens, simulator: Simulator
) -> None:
    assert connected.scopes == frozenset(oauth.scopes)
    assert drive(oauth.identity(connected), transport, World())["username"] == "simstudio"
    fresh = drive(oauth.refresh(connected, NOW), transport, World())
    assert fresh.access != connected.access
    assert fresh.refresh != connected.refresh
    with pytest.raises(ActionFailed) as caught:  # each refresh token works once
        drive(oauth.refresh(connected, NOW), transport, World())
    assert caught.value.code == "auth_expired"
    assert drive(oauth.revoke(fresh), transport, World()) is True
    with pytest.raises(ActionFailed) as caught:
        drive(oauth.identity(fresh), transport, World())
    assert caught.value.code == "auth_expired"


def test_a_code_works_once(oauth: OAuth, transport: HttpTransport, simulator: Simulator) -> None:
    simulator.tiktok.settings.oauth_errors_as_200 = True
    begun = oauth.authorize(REDIRECT, extra={"postwire_auto": "allow"})
    callback = consent(transport, begun)
    drive(oauth.connect(begun, callback, NOW), transport, World())
    with pytest.raises(ActionFailed) as caught:
        drive(oauth.connect(begun, callback, NOW), transport, World())
    assert (caught.value.code, caught.value.provider["status"]) == ("auth_expired", 200)


def test_a_user_may_decline_or_switch_permissions_off(
    oauth: OAuth, transport: HttpTransport, simulator: Simulator
) -> None:
    begun = oauth.authorize(REDIRECT, extra={"postwire_auto": "deny"})
    with pytest.raises(ActionFailed, match="declined"):
        drive(oauth.connect(begun, consent(transport, begun), NOW), transport, World())
    simulator.tiktok.settings.auto_scopes = ("user.info.basic",)
    begun = oauth.authorize(REDIRECT, extra={"postwire_auto": "allow"})
    tokens = drive(oauth.connect(begun, consent(transport, begun), NOW), transport, World())
    assert tokens.scopes == {"user.info.basic"}


def test_every_page_of_a_login_with_many_accounts_is_read() -> None:
    described = Catalog().integration("meta")
    oauth = OAuth("meta", described, {"client_id": "1", "client_secret": "s"})
    first = {
        "data": [{"id": "1", "name": "One", "access_token": "t1"}],
        "paging": {"next": "https://n", "cursors": {"after": "a"}},
    }
    last = {"data": [{"id": "2", "name": "Two", "access_token": "t2"}]}
    played = play(
        oauth.children(Tokens(Secret("user")), {}, 0.0),
        [answer(first), answer(last), answer({"data": []})],
    )
    assert [child.about["id"] for child in played.value] == ["1", "2"]
    assert "after=a" in played.requests[1].url


def test_a_form_that_nobody_documents_shows_nothing() -> None:
    oauth = OAuth("linkedin", Catalog().integration("linkedin"), {"client_id": "1", "client_secret": "2"})
    error = refused(oauth.identity(OLD), answer({"sub": {"value": "planted"}}))
    assert (error.code, error.sent) == ("internal", "yes")
    assert "another form than it documents" in error.message


def test_without_a_token_no_further_call_is_made() -> None:
    oauth = OAuth("instagram", Catalog().integration("instagram"), {"client_id": "1", "client_secret": "2"})
    begun = oauth.authorize(REDIRECT)
    error = refused(oauth.connect(begun, back(begun), NOW), answer({"access_token": {"value": "planted"}}))
    assert "gave no access token" in error.message
