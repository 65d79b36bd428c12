"""Every code of the connection error reference: in the catalogue, with cause and remedy, and reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete
from tests.accounts.desk import CATALOG, Desk, Script

from postwire import ActionFailed
from postwire.accounts import answers, refusals
from postwire.accounts.connections import Connections
from postwire.accounts.keyring import KeyRing
from postwire.accounts.listen import Listener, read_pasted
from postwire.accounts.refusals import EXCHANGE, REFUSALS, STAGES, ConnectFailed
from postwire.accounts.schema import accounts
from postwire.accounts.tokens import Tokens
from postwire.errors import CATALOGUE
from postwire.language.catalog import Catalog
from postwire.secret import Secret
from postwire.testing import answer
from postwire.values import Lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.accounts.conftest import Clock

    from postwire.accounts.vault import Vault
    from postwire.simulator import Served

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
# The reference as the product's user guide lists it.
CODES = (
    "no_code",
    "missing_code",
    "missing_state",
    "invalid_state",
    "invalid_state_data",
    "session_expired",
    "state_expired",
    "server_config",
    "server_misconfigured",
    "missing_params",
    "missing_credentials",
    "token_exchange_failed",
    "access_denied",
    "missing_permission",
    "no_pages_found",
    "missing_pages_manage_posts",
    "IG_DIRECT_NOT_PUBLISHABLE",
    "x_token_error",
    "no_access_token",
    "token_parse_failed",
    "invalid_client",
    "invalid_token_response",
    "missing_token_fields",
    "token_creation_failed",
    "social_account_creation_failed",
    "invalid_grant",
    "user_cancelled_login",
    "user_cancelled_authorize",
    "linkedin_token_error",
    "linkedin_profile_error",
    "invalid_profile",
)
REDIRECT = "http://127.0.0.1:5005/callback/"
KEYS = {"client_key": "1", "client_id": "1", "client_secret": "planted-app-secret"}
TOKEN = {"access_token": "planted-access", "expires_in": 60, "scope": "tweet.read users.read"}


@pytest.fixture
def desk(vault: Vault, served: Served) -> Iterator[Desk]:
    made = Desk(vault, served)
    yield made
    made.close()


def scripted(desk: Desk, integration: str, *given: Any) -> Any:
    """A consent whose code the platform answers by a script."""
    desk.vault.apps.put("default", integration, KEYS)
    connections = desk.of("default", Script(*given))
    begun = connections.begin(integration, redirect_uri=REDIRECT)
    return connections.finish(integration, {"state": begun.state, "code": "planted-code"})


def answered(desk: Desk, integration: str, **query: str) -> Any:
    """A callback whose query is *query*; STATE stands for the right one."""
    begun = desk.begin(integration)
    given = {name: begun.state if value == "STATE" else value for name, value in query.items()}
    return desk.connections.finish(integration, given)


def damaged(desk: Desk) -> Any:
    """An attempt whose sealed part does not open any more."""
    begun = desk.begin("x")
    desk.vault.store.ring = KeyRing([b"o" * 32])
    return desk.connections.finish("x", {"state": begun.state, "code": "c"})


def late(desk: Desk, clock: Clock) -> Any:
    callback = desk.consent(desk.begin("x"))
    clock.seconds += 601
    return desk.connections.finish("x", callback)


def unheard() -> Any:
    with Listener(0) as listener:
        return listener.wait(0.0)


def unconnectable(desk: Desk, folder: Path) -> Any:
    (folder / "acme").mkdir()
    (folder / "acme" / "integration.yaml").write_text(
        "name: Acme\ndescription: It has no accounts.\n"
        "docs: {url: https://acme.example, read: 2026-11-01}\napi: {base: https://api.acme.example}\n"
    )
    connections = Connections(desk.vault, Catalog([folder / "acme"]), desk.transport, environ={})
    return connections.begin("acme", redirect_uri=REDIRECT)


def without_keys(desk: Desk) -> Any:
    return desk.connections.begin("x", redirect_uri=REDIRECT)


def unsaved(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Any:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "planted-access")

    callback = desk.consent(desk.begin("tiktok"))
    monkeypatch.setattr(desk.vault.accounts, "connect", full)
    return desk.connections.finish("tiktok", callback)


class Meanwhile:
    """Sends, and does something the first time."""

    def __init__(self, inner: Any, act: Callable[[], None]) -> None:
        self.inner = inner
        self.act: Callable[[], None] | None = act

    def send(self, request: Any, sent: Any = None) -> Any:
        if self.act is not None:
            self.act()
            self.act = None
        return self.inner.send(request, sent)

    def close(self) -> None:
        """The inner one is not ours."""


def unadded(desk: Desk) -> Any:
    """The account to reconnect is forgotten while the platform is asked."""

    def forget() -> None:
        with desk.vault.store.database.write() as connection:
            connection.execute(delete(accounts))

    (account,) = desk.connect("tiktok").accounts
    callback = desk.consent(desk.begin("tiktok", reconnect=account.id))
    return desk.of("default", Meanwhile(desk.transport, forget)).finish("tiktok", callback)


def chosen(desk: Desk, integration: str, *without: str, flavour: str = "") -> Any:
    """A consent that leaves permissions out."""
    described = CATALOG.integration(integration)
    auth = described.flavours[flavour].auth if flavour else described.auth
    assert auth is not None
    kept = [scope for scope in auth.authorize.scopes if scope not in without]
    desk.simulator.tiktok.settings.auto_scopes = tuple(kept)
    return desk.connect(integration, flavour, scopes=",".join(kept))


REFUSED = answer({"error": "invalid_request", "error_description": "planted-code is no code."}, 400)
WAYS: list[tuple[str, str, Callable[..., Any]]] = [
    ("no_code", "a callback without", lambda desk: answered(desk, "x", state="STATE")),
    ("missing_code", "an address without", lambda desk: read_pasted(f"{REDIRECT}?state=s")),
    ("missing_state", "a code alone", lambda desk: answered(desk, "x", code="c")),
    ("missing_state", "an error alone", lambda desk: answered(desk, "x", error="access_denied")),
    ("missing_params", "nothing at all", lambda desk: answered(desk, "x")),
    ("invalid_state", "a foreign one", lambda desk: answered(desk, "x", state="s", code="c")),
    ("invalid_state_data", "damaged", damaged),
    ("state_expired", "ten minutes later", late),
    ("session_expired", "nobody came", lambda desk: unheard()),
    ("server_config", "no way to connect", unconnectable),
    ("missing_credentials", "no keys", without_keys),
    ("access_denied", "TikTok", lambda desk: desk.connect("tiktok", auto="deny")),
    ("access_denied", "X", lambda desk: desk.connect("x", auto="deny")),
    ("access_denied", "Meta", lambda desk: desk.connect("meta", auto="deny")),
    ("access_denied", "Instagram", lambda desk: desk.connect("instagram", auto="deny")),
    (
        "access_denied",
        "anything else",
        lambda desk: answered(desk, "x", state="STATE", error="server_config"),
    ),
    ("user_cancelled_login", "closed", lambda desk: desk.connect("linkedin", auto="close")),
    ("user_cancelled_authorize", "declined", lambda desk: desk.connect("linkedin", auto="deny")),
    ("missing_permission", "TikTok", lambda desk: chosen(desk, "tiktok", "user.info.basic")),
    ("missing_permission", "X", lambda desk: chosen(desk, "x", "users.read")),
    ("missing_permission", "Meta", lambda desk: chosen(desk, "meta", "pages_show_list")),
    (
        "missing_permission",
        "Instagram by Facebook",
        lambda desk: chosen(desk, "instagram", "instagram_content_publish", flavour="facebook"),
    ),
    ("missing_pages_manage_posts", "Meta", lambda desk: chosen(desk, "meta", "pages_manage_posts")),
    (
        "IG_DIRECT_NOT_PUBLISHABLE",
        "Instagram",
        lambda desk: chosen(desk, "instagram", "instagram_business_content_publish"),
    ),
    ("no_pages_found", "Meta", lambda desk: desk.connect("meta", account="simnobody")),
    (
        "no_pages_found",
        "by Facebook",
        lambda desk: desk.connect("instagram", "facebook", account="simnobody"),
    ),
    ("x_token_error", "X, a bad code", lambda desk: scripted(desk, "x", REFUSED)),
    ("x_token_error", "X is down", lambda desk: scripted(desk, "x", answer({}, 503))),
    ("x_token_error", "X is gone", lambda desk: scripted(desk, "x", Lost("maybe", "cut off"))),
    ("invalid_client", "X", lambda desk: scripted(desk, "x", answer({"error": "invalid_client"}, 401))),
    ("no_access_token", "X", lambda desk: scripted(desk, "x", answer({"token_type": "bearer"}))),
    ("token_parse_failed", "X", lambda desk: scripted(desk, "x", answer(b"<html>"))),
    ("profile_error", "X", lambda desk: scripted(desk, "x", answer(TOKEN), answer({}, 503))),
    ("invalid_token_response", "TikTok", lambda desk: scripted(desk, "tiktok", answer(b"{"))),
    (
        "missing_token_fields",
        "TikTok, no token",
        lambda desk: scripted(desk, "tiktok", answer({"open_id": "1"})),
    ),
    (
        "missing_token_fields",
        "TikTok, no user",
        lambda desk: scripted(
            desk,
            "tiktok",
            answer({"access_token": "planted-access"}),
            answer({"data": {"user": {}}, "error": {"code": "ok"}}),
        ),
    ),
    ("invalid_grant", "TikTok", lambda desk: scripted(desk, "tiktok", answer({"error": "invalid_grant"}))),
    ("invalid_client", "TikTok", lambda desk: scripted(desk, "tiktok", answer({"error": "invalid_client"}))),
    ("server_misconfigured", "TikTok", lambda desk: scripted(desk, "tiktok", REFUSED)),
    ("token_exchange_failed", "TikTok is down", lambda desk: scripted(desk, "tiktok", answer({}, 500))),
    ("token_creation_failed", "a full disk", unsaved),
    ("social_account_creation_failed", "forgotten", unadded),
    (
        "linkedin_token_error",
        "LinkedIn, a bad code",
        lambda desk: scripted(desk, "linkedin", answer({"error": "invalid_grant"}, 400)),
    ),
    ("linkedin_token_error", "LinkedIn is down", lambda desk: scripted(desk, "linkedin", answer({}, 500))),
    (
        "linkedin_profile_error",
        "LinkedIn",
        lambda desk: scripted(desk, "linkedin", answer(TOKEN), answer({"message": "planted-access"}, 500)),
    ),
    (
        "invalid_profile",
        "LinkedIn",
        lambda desk: scripted(
            desk, "linkedin", answer(TOKEN), answer({}), answer({"elements": []}), answer({"elements": []})
        ),
    ),
]


@pytest.mark.parametrize(
    ("code", "way"), [(code, way) for code, _, way in WAYS], ids=[f"{c}: {n}" for c, n, _ in WAYS]
)
def test_a_code_is_reached(
    code: str,
    way: Callable[..., Any],
    desk: Desk,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {"desk": desk, "clock": clock, "folder": tmp_path, "monkeypatch": monkeypatch}
    wanted = way.__code__.co_varnames[: way.__code__.co_argcount]
    with pytest.raises(ConnectFailed) as caught:
        way(**{name: known[name] for name in wanted})
    error = caught.value
    assert error.refusal == code
    assert error.message.startswith(REFUSALS[code].cause)
    assert error.remedy.startswith(REFUSALS[code].remedy)
    assert error.code in CATALOGUE
    assert desk.accounts == []
    assert "planted-access" not in f"{error.to_dict()}"
    assert "planted-code" not in f"{error.to_dict()}"


def test_every_code_of_the_reference_is_known_and_reached(backend: str) -> None:
    assert set(CODES) - set(REFUSALS) == set()
    assert set(CODES) - {code for code, _, _ in WAYS} == set()


@pytest.mark.parametrize("code", REFUSALS)
def test_a_code_tells_cause_and_remedy(code: str, backend: str) -> None:
    entry = REFUSALS[code]
    assert entry.cause.endswith(".")
    assert entry.remedy.endswith(".")
    assert entry.code in CATALOGUE
    error = ConnectFailed(code)
    assert error.to_dict()["refusal"] == code
    assert (error.message, error.remedy, error.sent) == (entry.cause, entry.remedy, "no")


def test_every_stage_leads_to_a_code(backend: str) -> None:
    assert set(STAGES.values()) <= set(REFUSALS)
    assert set(EXCHANGE.values()) <= set(STAGES)


def test_a_missing_permission_is_named(desk: Desk) -> None:
    error = desk.refused(lambda: chosen(desk, "meta", "pages_show_list"))
    assert error.message.endswith("Not granted: pages_show_list.")
    assert error.code == "scope_missing"


def test_what_the_platform_said_is_kept(backend: str) -> None:
    said = ActionFailed(
        "rate_limited",
        "Slow down.",
        remedy="Wait an hour.",
        retry_after=9.0,
        provider={"code": "88"},
        step="connect[0]",
    )
    error = refusals.at("exchange", {"exchange": "x_token_error"}, said)
    assert (error.refusal, error.code, error.retry_after, error.sent) == (
        "x_token_error",
        "rate_limited",
        9.0,
        "yes",
    )
    assert (error.provider, error.step) == ({"code": "88"}, "connect[0]")
    assert error.message == "The token exchange with X failed. Slow down."
    assert error.remedy.endswith("retry. Wait an hour.")


def test_a_callback_s_own_words_are_bounded_and_pass_for_no_code(desk: Desk) -> None:
    error = desk.refused(
        lambda: answered(
            desk, "x", state="STATE", error="token_parse_failed", error_description="No. " + "x" * 9000
        )
    )
    assert error.refusal == "access_denied"
    assert len(error.message) < 400
    assert error.provider == {"code": "token_parse_failed"}


def test_an_unknown_grant_is_left_to_the_platform(backend: str) -> None:
    answers.check_granted(Tokens(Secret("t")), {"pages_show_list": "missing_permission"})
    answers.check_granted(Tokens(Secret("t"), scopes=frozenset()), {"exchange": "x_token_error"})
