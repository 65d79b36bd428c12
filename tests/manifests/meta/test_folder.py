"""The Page's folder as data: both logins of Meta, what is never sent again, what the API has dropped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from postwire.accounts.oauth import OAuth
from postwire.accounts.tokens import Tokens
from postwire.decide.program import CallCode
from postwire.decide.programs import Programs, of_flavour
from postwire.language.catalog import Catalog
from postwire.language.template import holes
from postwire.secret import Secret
from postwire.testing import answer, play

if TYPE_CHECKING:
    from postwire.values import Request

FOLDER = Path(__file__).parents[3] / "integrations" / "meta"
CATALOG = Catalog()
PROGRAMS = Programs(CATALOG)
NAMES = sorted(path.stem for path in (FOLDER / "actions").glob("*.yaml"))
REDIRECT = "http://127.0.0.1:5005/callback/"
KEYS = {"client_id": "999", "client_secret": "planted-secret"}
FACEBOOK = {f"facebook_{name}": value for name, value in KEYS.items()}
NOW = 1_795_000_000.0
TOKENS = Tokens(Secret("planted-token"), scopes=frozenset({"pages_show_list"}))
# What the product documents ask for, and what replies and figures need besides.
WANTED = {
    "pages_show_list",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_posts",
    "instagram_basic",
    "instagram_content_publish",
    "business_management",
    "pages_manage_engagement",
    "read_insights",
}
PAGES = {
    "data": [
        {
            "id": "1010",
            "name": "Harbor Bakery",
            "category": "Bakery",
            "access_token": "EAA_1010",
            "tasks": ["CREATE_CONTENT"],
            "instagram_business_account": {"id": "17841", "username": "harborbakery"},
        },
        {"id": "1011", "name": "Hill Cafe", "access_token": "EAA_1011"},
    ],
    "paging": {"cursors": {"before": "a", "after": "b"}},
}


def login(integration: str = "meta", keys: dict[str, str] | None = None, flavour: str = "") -> OAuth:
    return OAuth(integration, of_flavour(CATALOG.integration(integration), flavour), keys or KEYS)


def form(request: Request) -> dict[str, str]:
    assert isinstance(request.body, bytes)
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


@pytest.mark.parametrize(
    ("oauth", "separated"),
    [(login(), "scope"), (login("instagram", FACEBOOK, "facebook"), "scope"), (login("instagram"), "scope")],
)
def test_the_consent_page_is_told_the_permissions_with_commas(oauth: OAuth, separated: str) -> None:
    begun = oauth.authorize(REDIRECT)
    query = parse_qs(urlsplit(begun.url).query)
    assert set(query[separated][0].split(",")) == set(oauth.scopes)
    assert query["client_id"] == ["999"]
    assert "planted" not in begun.url
    assert "code_challenge" not in query


def test_a_configuration_replaces_the_permissions() -> None:
    query = parse_qs(urlsplit(login(keys={**KEYS, "config_id": "77"}).authorize(REDIRECT).url).query)
    assert query["config_id"] == ["77"]
    assert "scope" not in query


def test_everything_the_product_asks_for_is_asked_for() -> None:
    assert set(login().scopes) >= WANTED


@pytest.mark.parametrize("oauth", [login(), login("instagram", FACEBOOK, "facebook")])
def test_a_code_becomes_a_lasting_token_and_no_secret_stands_in_an_address(oauth: OAuth) -> None:
    begun = oauth.authorize(REDIRECT)
    granted = [{"permission": "pages_show_list", "status": "granted"}]
    granted += [{"permission": "read_insights", "status": "declined"}]
    played = play(
        oauth.connect(begun, {"code": "planted-code#_=_", "state": begun.state}, NOW),
        [
            answer({"access_token": "EAAshort", "expires_in": 3600}),
            answer({"access_token": "EAAlong"}),
            answer({"data": granted}),
        ],
    )
    first, second, third = played.requests
    assert form(first)["code"] == "planted-code"
    assert (form(second)["grant_type"], form(second)["fb_exchange_token"]) == (
        "fb_exchange_token",
        "EAAshort",
    )
    assert third.credential is not None
    assert third.credential.value.reveal() == "Bearer EAAlong"
    assert not any("planted" in request.url or "EAA" in request.url for request in played.requests)
    assert played.value.expires_at == NOW + 60 * 86_400  # the answer may leave it out
    assert played.value.scopes == {"pages_show_list"}


NONE = answer({"data": []})  # no Business


def test_a_persons_login_brings_pages_and_asks_about_instagram() -> None:
    played = play(login().children(TOKENS, {}, NOW), [answer(PAGES), NONE])
    pages = [child for child in played.value if not child.integration]
    linked = [child for child in played.value if child.integration]
    assert [(page.about["id"], page.tokens.access.reveal()) for page in pages] == [
        ("1010", "EAA_1010"),
        ("1011", "EAA_1011"),
    ]
    assert [page.about["tasks"] for page in pages] == [["CREATE_CONTENT"], []]
    assert pages[0].about["category"] == "Bakery"
    assert not any(page.confirm for page in pages)
    (account,) = linked
    assert (account.integration, account.flavour, account.confirm) == ("instagram", "facebook", True)
    assert (account.about["id"], account.about["page_id"]) == ("17841", "1010")
    assert account.tokens.access.reveal() == "EAA_1010"


def test_instagram_through_facebook_brings_only_instagram() -> None:
    played = play(login("instagram", FACEBOOK, "facebook").children(TOKENS, {}, NOW), [answer(PAGES), NONE])
    assert [child.about["id"] for child in played.value] == ["17841"]


@pytest.mark.parametrize("name", ["meta", "instagram"])
def test_the_person_is_no_account_that_acts(name: str) -> None:
    described = of_flavour(CATALOG.integration(name), "facebook" if name == "instagram" else "")
    assert described.auth is not None
    assert described.auth.acts is False
    assert described.auth.refresh.lead == "7d"


def test_a_token_is_looked_into_with_the_apps_own() -> None:
    told = {"is_valid": True, "type": "USER", "scopes": ["pages_show_list"], "expires_at": 0}
    played = play(login().inspect(TOKENS), [answer({"data": told})])
    credential = played.requests[0].credential
    assert credential is not None
    assert credential.value.reveal() == "Bearer 999|planted-secret"
    assert "planted-secret" not in played.requests[0].url
    assert played.value["scope"] == ["pages_show_list"]
    dead = {"is_valid": False, "error": {"code": 190, "message": "expired", "subcode": 463}}
    assert play(login().inspect(TOKENS), [answer({"data": dead})]).value["valid"] is False


def test_goodbye_takes_the_whole_grant_back() -> None:
    played = play(login().revoke(TOKENS), [answer({"success": True})])
    assert (played.requests[0].method, played.requests[0].url) == (
        "DELETE",
        "https://graph.facebook.com/v26.0/me/permissions",
    )
    assert play(login("instagram").revoke(TOKENS), []).value is False


SHORT = {"access_token": "IGAAshort", "user_id": 17841400000000001}


@pytest.mark.parametrize(
    "first",
    [
        {**SHORT, "permissions": ["instagram_business_basic", "instagram_business_content_publish"]},
        {"data": [{**SHORT, "permissions": "instagram_business_basic,instagram_business_content_publish"}]},
    ],
)
def test_instagrams_first_answer_comes_in_two_forms(first: Any) -> None:
    oauth = login("instagram")
    begun = oauth.authorize(REDIRECT)
    long = answer({"access_token": "IGAAlong", "token_type": "bearer", "expires_in": 5_183_944})
    callback = {"code": "planted-code#_", "state": begun.state}
    played = play(oauth.connect(begun, callback, NOW), [answer(first), long])
    assert [urlsplit(request.url).netloc for request in played.requests] == [
        "api.instagram.com",
        "graph.instagram.com",
    ]
    assert urlsplit(played.requests[1].url).path == "/access_token"
    assert played.value.scopes == {"instagram_business_basic", "instagram_business_content_publish"}
    assert played.value.expires_at == NOW + 5_183_944


def test_instagram_renews_without_the_secret() -> None:
    fresh = answer({"access_token": "IGAAnew", "expires_in": 5_184_000})
    played = play(login("instagram").refresh(TOKENS, NOW), [fresh])
    query = parse_qs(urlsplit(played.requests[0].url).query)
    assert query == {"grant_type": ["ig_refresh_token"], "access_token": ["planted-token"]}
    assert played.value.access.reveal() == "IGAAnew"


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize("number", ["17841400000000001", 17841400000000001])
def test_instagrams_account_is_its_user_id(wrapped: bool, number: Any) -> None:
    me = {"id": "9100", "user_id": number, "username": "harborbakery", "account_type": "Business"}
    told = answer({"data": [me]} if wrapped else me)
    who = play(login("instagram").identity(TOKENS), [told]).value
    assert who == {"id": "17841400000000001", "username": "harborbakery", "account_type": "Business"}


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("create_text_post", "post"),
        ("create_photo_post", "post"),
        ("create_video_post", "post"),
        ("create_reel", "finish"),
        ("create_story", "shown_photo"),
        ("create_story", "shown_video"),
        ("create_comment", "request"),
        ("reply_to_comment", "reply"),
        ("send_message", "plain"),
        ("send_message", "file"),
        ("send_private_reply", "message"),
        ("publish_scheduled_post", "request"),
    ],
)
def test_what_people_see_is_never_sent_again(name: str, step: str) -> None:
    program = PROGRAMS.get(f"meta.{name}")
    found = next(each.kind for each in program.steps if each.id == step)
    if isinstance(found, CallCode):
        found = found.program().steps[-1].kind
    assert getattr(found, "safe", True) is False


def test_no_address_asks_for_what_meta_has_dropped() -> None:
    # Graph API v26.0 changelog: pretty, debug, date_format, reading by ids, conditional reads.
    for name in NAMES:
        text = (FOLDER / "actions" / f"{name}.yaml").read_text()
        assert not any(word in text for word in ("pretty:", "date_format", " ids:", "If-None-Match"))
        assert "access_token" not in " ".join(hole.expression for hole in holes(yaml.safe_load(text)))


def test_the_quality_sheet_names_the_page_or_the_action_for_every_exemption() -> None:
    rules = yaml.safe_load((FOLDER / "quality.yaml").read_text())["rules"]
    exempt = [rule["comment"] for rule in rules.values() if rule["status"] == "exempt"]
    assert exempt
    assert all("read 2026-11-21" in comment or "_" in comment for comment in exempt)
