"""Mix-up: a callback says who sends it (RFC 9207), and only the platform that was asked is listened to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postwire import ActionFailed
from postwire.accounts.oauth import OAuth
from postwire.language.catalog import Catalog
from postwire.testing import answer, play

if TYPE_CHECKING:
    from postwire.accounts.oauth import Authorization

ISSUER = "https://id.example"
APP = {"client_key": "key", "client_secret": "secret"}


def begun(issuer: str | None) -> tuple[OAuth, Authorization]:
    described = Catalog().integration("tiktok")
    assert described.auth is not None
    authorize = described.auth.authorize.model_copy(update={"issuer": issuer})
    auth = described.auth.model_copy(update={"authorize": authorize})
    oauth = OAuth("tiktok", described.model_copy(update={"auth": auth}), APP)
    return oauth, oauth.authorize("http://127.0.0.1:5005/callback/")


@pytest.mark.parametrize("iss", [{}, {"iss": ""}, {"iss": "https://evil.example"}, {"iss": f"{ISSUER}/"}])
@pytest.mark.parametrize("said", [{"code": "planted"}, {"error": "access_denied"}], ids=["code", "refusal"])
def test_the_answer_of_another_sends_nothing(iss: dict[str, str], said: dict[str, str]) -> None:
    oauth, attempt = begun(ISSUER)
    with pytest.raises(ActionFailed, match="does not come from TikTok") as caught:
        play(oauth.connect(attempt, {"state": attempt.state, **said, **iss}, 0.0), [])
    assert (caught.value.code, caught.value.sent) == ("permission_denied", "no")


@pytest.mark.parametrize("issuer", [ISSUER, None], ids=["named", "the platform sends none"])
def test_its_own_answer_counts(issuer: str | None) -> None:
    oauth, attempt = begun(issuer)
    callback = {"state": attempt.state, "code": "planted", "iss": ISSUER}
    played = play(oauth.connect(attempt, callback, 0.0), [answer({"access_token": "a", "open_id": "u-7"})])
    assert played.value.subject == "u-7"
