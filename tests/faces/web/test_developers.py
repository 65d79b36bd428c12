"""Keys of programs: made once, shown once, revoked; by admins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.faces.web.posting import HERE

from postwire.accounts.account import SANDBOX
from postwire.faces.web.here import COOKIE
from postwire.publish.hooks import Hooks
from postwire.secret import Secret

if TYPE_CHECKING:
    from tests.faces.web.conftest import Web

KEYS = f"{HERE}/developers/keys"
GOOD = {"name": "Newsletter", "actions": "x.* *.get_user_info", "ends": "90"}


def test_a_key_is_shown_this_once(web: Web) -> None:
    made = web.post(KEYS, GOOD)
    assert made.status_code == 200
    found = re.search(r"pw_[A-Za-z0-9_-]{43}", made.text)
    assert found is not None
    secret = found[0]
    key = web.site.keys.find(secret)
    assert key is not None
    assert (key.workspace, key.name, key.actions) == (SANDBOX, "Newsletter", ("x.*", "*.get_user_info"))
    assert key.expires_at is not None
    assert round(key.expires_at - key.created_at) == 90 * 86_400
    again = web.get(f"{HERE}/developers").text
    assert secret not in again
    assert key.prefix in again


def test_all_actions_and_no_end_can_be_chosen(web: Web) -> None:
    web.post(KEYS, {"name": "Everything", "actions": "", "ends": ""})
    (key,) = web.site.keys.list(SANDBOX)
    assert key.actions == ("*",)
    assert key.expires_at is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "  "}, "Give it a name"),
        ({"actions": "tiktok.* telex.*"}, "No action fits telex.*."),
        ({"ends": "12"}, "Choose when it ends."),
    ],
    ids=str,
)
def test_what_makes_no_key_is_said_and_stays(web: Web, wrong: dict[str, str], said: str) -> None:
    answer = web.post(KEYS, GOOD | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert web.site.keys.list(SANDBOX) == []


def test_a_key_is_revoked(web: Web) -> None:
    key, secret = web.site.keys.add(SANDBOX, "Old")
    assert "data-confirm" in web.get(f"{HERE}/developers").text
    assert web.post(f"{KEYS}/{key.id}/revoke").status_code == 303
    assert web.site.keys.find(secret.reveal()) is None
    assert web.post(f"{KEYS}/{key.id}/revoke").status_code == 404


def test_members_see_and_change_nothing(web: Web) -> None:
    key, _ = web.site.keys.add(SANDBOX, "Kept")
    person = web.site.people.add("Mo", Secret("a long enough one"), "member")
    cookie = web.site.sessions.open(person).reveal()
    web.http.cookies.set(COOKIE, cookie)
    session = web.site.sessions.find(cookie)
    assert session is not None
    web.csrf = session.csrf
    text = web.get(f"{HERE}/developers").text
    assert "Only an admin makes and revokes keys" in text
    assert "/revoke" not in text
    assert web.post(KEYS, GOOD).status_code == 403
    assert web.post(f"{KEYS}/{key.id}/revoke").status_code == 403
    assert [each.name for each in web.site.keys.list(SANDBOX)] == ["Kept"]


def test_it_leads_to_the_document(web: Web) -> None:
    text = web.get(f"{HERE}/developers").text
    assert 'href="/v1/openapi.json"' in text
    assert f"{web.origin}/v1/actions/" in text


HOOKS = f"{HERE}/developers/webhooks"


def hooks(web: Web) -> Hooks:
    return Hooks(web.site.vault.store, loopback=True)


def test_an_address_is_told_from_now_on(web: Web) -> None:
    made = web.post(HOOKS, {"url": "https://example.com/told", "events": ["run.done", "run.failed"]})
    assert made.status_code == 200
    (endpoint,) = hooks(web).list(SANDBOX)
    assert (endpoint.url, endpoint.events) == ("https://example.com/told", ("run.done", "run.failed"))
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", made.text)
    assert found is not None
    assert hooks(web).secrets(SANDBOX, endpoint.id, 0.0)[0].reveal() == found[0]
    assert found[0] not in web.get(f"{HERE}/developers").text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "http://example.com/plain"}, "f-url"),
        ({"url": "https://10.0.0.1/inside"}, "f-url"),
        ({"url": "https://example.com/told", "events": "run.danced"}, "f-events"),
    ],
    ids=str,
)
def test_an_address_that_is_not_called_is_refused(web: Web, given: dict[str, str], field: str) -> None:
    answer = web.post(HOOKS, given)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'value="{given["url"]}"' in answer.text
    assert hooks(web).list(SANDBOX) == []


def test_an_address_is_tested_given_a_new_secret_and_forgotten(web: Web) -> None:
    endpoint, first = hooks(web).add(SANDBOX, "https://example.com/told")
    assert web.post(f"{HOOKS}/{endpoint.id}/test").status_code == 303
    (delivery,) = hooks(web).deliveries(SANDBOX)
    assert delivery.event == "webhook.test"
    assert "What was sent lately" in web.get(f"{HERE}/developers").text
    assert first.reveal() not in web.post(f"{HOOKS}/{endpoint.id}/rotate").text
    assert web.post(f"{HOOKS}/{endpoint.id}/remove").status_code == 303
    assert hooks(web).list(SANDBOX) == []
    assert web.post(f"{HOOKS}/{endpoint.id}/test").status_code == 404
