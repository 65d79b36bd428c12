"""Which programs come in, and what their keys let them do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.faces.web.conftest import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faces.web.api.conftest import Program
    from tests.faces.web.conftest import Web

    from postwire.accounts.records import StoredAccount
    from postwire.accounts.vault import Vault

    ProgramFor = Callable[..., Program]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer pw_wrong"}, {"Authorization": "Basic eDp5"}],
    ids=str,
)
def test_without_a_good_key_nothing_is_told(web: Web, headers: dict[str, str]) -> None:
    answer = httpx2.get(f"{web.origin}/v1/accounts", headers=headers, timeout=60)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "permission_denied"


def test_a_cookie_is_no_key_and_a_key_is_no_session(web: Web) -> None:
    assert web.get("/v1/accounts").status_code == 401  # an admin's browser
    web.http.cookies.clear()
    assert web.get("/w/sandbox", headers=web.key()).status_code == 303


def test_revoked_ended_and_foreign_keys(web: Web, vault: Vault) -> None:
    keys = web.site.keys
    key, secret = keys.add("sandbox", "revoked")
    keys.revoke("sandbox", key.id)
    _, ended = keys.add("sandbox", "ended", seconds=-1)
    _, real = keys.add("default", "of real accounts, which are not served beside simulated ones")
    for each in (secret, ended, real):
        headers = {"Authorization": f"Bearer {each.reveal()}"}
        assert httpx2.get(f"{web.origin}/v1/accounts", headers=headers).status_code == 401


def test_a_key_shows_and_runs_what_it_is_for(program_for: ProgramFor, tiktok: StoredAccount) -> None:
    some = program_for("tiktok.get_*", "x.list_*")
    shown = [each["id"] for each in some.get("/actions").json()["actions"]]
    assert shown
    assert all(each.startswith(("tiktok.get_", "x.list_")) for each in shown)
    found = some.get("/search", params={"q": "publish a video"}).json()["actions"]
    assert all(each["id"] in shown for each in found)
    assert some.run("tiktok.get_user_info").status_code == 200
    for answer in (some.run("x.create_text_post", {"text": "x"}), some.get("/actions/x.create_text_post")):
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_a_key_for_actions_lets_no_account_go(program_for: ProgramFor, tiktok: StoredAccount) -> None:
    some = program_for("*.get_*")
    refused: list[Any] = [
        some.http.delete(f"/accounts/{tiktok.id}"),
        some.post(f"/accounts/{tiktok.id}/refresh"),
        some.post("/connect-links", json={"platform": "tiktok"}),
    ]
    assert {each.status_code for each in refused} == {403}
    assert some.get(f"/accounts/{tiktok.id}").json()["health"]["works"]


def test_a_key_sees_no_run_of_other_actions(program_for: ProgramFor, connect: Any) -> None:
    connect("x")
    run = program_for().run("x.create_text_post", {"text": "Hello"}).json()
    some = program_for("tiktok.*")
    assert some.get("/runs").json()["runs"] == []
    for path in (f"/runs/{run['id']}", f"/runs/{run['id']}/events"):
        assert some.get(path).status_code == 404
    for path in ("cancel", "retry", "resolve"):
        body = {"happened": True} if path == "resolve" else None
        assert some.post(f"/runs/{run['id']}/{path}", json=body).status_code == 404


def test_workspaces_do_not_see_each_other(vault: Vault) -> None:
    vault.add_workspace("other")
    with serving(vault, None) as (origin, site):

        def client(workspace: str) -> httpx2.Client:
            _, secret = site.keys.add(workspace, "test")
            headers = {"Authorization": f"Bearer {secret.reveal()}"}
            return httpx2.Client(base_url=f"{origin}/v1", headers=headers, timeout=60)

        with client("default") as mine, client("other") as theirs:
            media = mine.put("/media", content=b"mine").json()["media"]
            upload = mine.post("/media/uploads", json={"size": 9}).json()["id"]
            assert mine.get(f"/media/{media}").status_code == 200
            assert theirs.get(f"/media/{media}").status_code == 404
            assert theirs.delete(f"/media/{media}").status_code == 404
            assert theirs.get(f"/media/uploads/{upload}").status_code == 404
            given = {"video": media, "privacy_level": "SELF_ONLY"}
            used = theirs.post("/actions/tiktok.create_video_post", json=given)
            assert (used.status_code, used.json()["fields"][0]["path"]) == (400, "/video")
