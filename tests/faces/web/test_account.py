"""One account's details: figures, posts, comments, its token; renewing it, letting it go; pictures."""

from __future__ import annotations

import html
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import pytest
from tests.faces.web.connected import BASE, accounts, confirm, connect

from postwire.access.people import People
from postwire.accounts.account import SANDBOX
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.client import Client
from postwire.faces.web.here import COOKIE
from postwire.faces.web.pictures import AVATAR
from postwire.faces.web.sealed import seal
from postwire.media.fetch import FetchPolicy
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faces.web.conftest import Web

    from postwire.accounts.records import StoredAccount
    from postwire.simulator import Simulator

HTMX: Final = {"HX-Request": "true"}
PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(32)


def one(web: Web, integration: str, name: str = "") -> StoredAccount:
    """The connected account of a platform."""
    found = [each for each in accounts(web) if each.integration == integration and name in each.name]
    assert found
    return found[0]


def address(account: StoredAccount, part: str = "") -> str:
    return f"{BASE}/connections/{account.id}{part}"


@pytest.fixture
def page(web: Web) -> StoredAccount:
    """A Facebook Page, and its linked Instagram account beside it."""
    confirm(web, connect(web, "meta"))
    return one(web, "meta", "Harbor")


def test_the_details_are_a_sheet_and_a_page(web: Web, page: StoredAccount) -> None:
    sheet = web.get(address(page), headers=HTMX).text
    assert 'id="account-panel"' in sheet
    assert "<html" not in sheet
    whole = web.get(address(page)).text
    for text in (sheet, whole):
        for told in ("Harbor Bakery", "@harborbakery", "Publish-capable", page.id, "Recent posts"):
            assert told in text
        assert f'hx-get="{address(page)}/posts"' in text
    assert "<html" in whole
    assert web.get(f"{BASE}/connections/acc_made_up").status_code == 404


def test_closing_the_sheet_keeps_the_filter(web: Web, page: StoredAccount) -> None:
    current = {"HX-Current-URL": f"{web.origin}{BASE}/connections?q=harbor"}
    assert f'data-back="{BASE}/connections?q=harbor"' in web.get(address(page), headers=HTMX | current).text
    foreign = {"HX-Current-URL": "https://evil.example/connections"}
    assert f'data-back="{BASE}/connections"' in web.get(address(page), headers=HTMX | foreign).text


@pytest.mark.parametrize(
    ("integration", "posts", "figure"),
    [
        ("meta", "Sample 2", "320"),
        ("instagram", "Sample two", "812"),
        ("tiktok", "", "1,204"),
        ("x", "", "Followers"),
    ],
)
def test_posts_and_figures_of_each_platform(web: Web, integration: str, posts: str, figure: str) -> None:
    end = connect(web, integration)
    if "/choose/" in str(end.url):
        confirm(web, end, "skip")
    account = one(web, integration, "Harbor" if integration == "meta" else "")
    listed = web.get(address(account, "/posts"), headers=HTMX).text
    assert posts in listed
    assert 'class="banner' not in listed
    assert figure in web.get(address(account, "/figures"), headers=HTMX).text
    assert posts in web.get(address(account, "?posts=1")).text


def test_a_post_shows_what_people_did(web: Web, page: StoredAccount) -> None:
    listed = web.get(address(page, "/posts"), headers=HTMX).text
    assert re.search(r"1<span class=\"unseen\"> comments", listed)
    assert "View on Facebook" in listed
    assert 'hx-trigger="intersect once"' in listed
    assert "No comments yet." in listed  # of the other post, which is not asked for


def test_a_platform_that_charges_is_asked_only_on_demand(web: Web) -> None:
    connect(web, "x")
    text = web.get(address(one(web, "x"))).text
    assert "charges your app for what is read" in text
    assert 'hx-trigger="load"' not in text
    assert "Show recent posts" in text


def test_comments_are_read_answered_hidden_and_deleted(web: Web, page: StoredAccount) -> None:
    post = f"{page.subject}_2020"
    talk = address(page, f"/comments?post={post}")
    read = web.get(talk, headers=HTMX).text
    assert "Vera Visitor" in read
    assert "Lovely!" in read
    key = re.search(r'name="key" value="([^"]+)"', read)
    comment = re.search(r'name="comment" value="([^"]+)"', read)
    assert key
    assert comment

    def does(what: str, **more: str) -> str:
        form = {"do": what, "comment": comment[1], **more}
        return web.post(talk, form, headers=HTMX).text

    for _ in range(2):  # a form that is sent twice answers once
        assert "Your answer is published." in does("reply", text="Thank you!", key=key[1])
    answers = [each for each in answers_to(web, page, comment[1]) if each == "Thank you!"]
    assert answers == ["Thank you!"]
    assert "Hidden" in does("hide")
    shown = does("show")
    assert "The comment is shown again." in shown
    assert "Hidden" not in shown
    gone = does("delete")
    assert "The comment is deleted." in gone
    assert "Lovely!" not in gone


def answers_to(web: Web, page: StoredAccount, under: str) -> list[str]:
    """The texts of the simulator's comments under another."""
    with Client(vault=web.site.vault, workspace=SANDBOX, sandbox=web.site.settings.sandbox) as client:
        found = client.run("meta.list_comments", {"post_id": under}, account=page.id).output
    return [each.get("text", "") for each in found["comments"]]


def test_an_answer_that_fails_keeps_its_words(web: Web, page: StoredAccount) -> None:
    talk = address(page, f"/comments?post={page.subject}_2020")
    read = web.get(talk, headers=HTMX).text
    comment = re.search(r'name="comment" value="([^"]+)"', read)
    assert comment
    empty = web.post(talk, {"do": "reply", "comment": comment[1], "text": "  "}, headers=HTMX).text
    assert "An answer needs some words." in empty
    odd = web.post(talk, {"do": "explode", "comment": comment[1], "text": "My words"}, headers=HTMX).text
    assert "This cannot be done to comments here." in odd
    assert "My words</textarea>" in odd


def test_missing_permissions_are_an_amber_banner(web: Web) -> None:
    granted = "pages_show_list,pages_manage_posts,instagram_basic,instagram_content_publish"
    connect(web, "meta", postwire_scopes=granted)
    account = one(web, "meta", "Harbor")
    text = web.get(address(account)).text
    assert "Some permissions are missing" in text
    for scope in ("pages_read_engagement", "read_insights"):
        assert scope in text
    assert "Reconnect" in text
    listed = web.get(address(account, "/posts"), headers=HTMX)
    assert listed.status_code == 200
    assert "banner warning" in listed.text


def test_the_platforms_trouble_is_told_in_its_part(
    web: Web, page: StoredAccount, simulator: Simulator
) -> None:
    tokens = web.site.vault.accounts.tokens(SANDBOX, page.id).tokens
    simulator.faces["meta"].revoke(tokens.access.reveal())
    listed = web.get(address(page, "/posts"), headers=HTMX)
    assert listed.status_code == 200
    assert "banner warning" in listed.text
    assert web.get(address(page)).status_code == 200


def test_the_token_is_for_admins(web: Web, page: StoredAccount) -> None:
    text = web.get(address(page)).text
    assert "Facebook token debug" in text
    shown = web.get(address(page, "/token"), headers=HTMX).text
    for told in (
        "pages_manage_posts",
        "Harbor Bakery",
        "Has an access token",
        "Expires",
        "Nothing is missing.",
    ):
        assert told in shown
    member = People(web.site.vault.store).add("ada", Secret("a long enough password"))
    web.http.cookies.set(COOKIE, web.site.sessions.open(member).reveal())
    assert "token debug" not in web.get(address(page)).text
    refused = web.get(address(page, "/token"), headers=HTMX)
    assert refused.status_code == 403
    assert "pages_manage_posts" not in refused.text


def test_a_token_that_lacks_something_is_amber(web: Web) -> None:
    granted = "pages_show_list,pages_manage_posts"
    connect(web, "meta", postwire_scopes=granted)
    account = one(web, "meta", "Harbor")
    assert "panel warning" in web.get(address(account)).text
    shown = web.get(address(account, "/token"), headers=HTMX).text
    assert "read_insights (missing)" in shown
    assert "Something is missing" in shown


def test_an_account_without_a_stored_token_says_so(web: Web) -> None:
    new = NewAccount("meta", Tokens(Secret("t")), subject="1", name="Gone")
    stored = web.site.vault.accounts.connect(SANDBOX, [new])[0]
    web.site.vault.accounts.disconnect(SANDBOX, stored.id)
    shown = web.get(address(stored, "/token"), headers=HTMX)
    assert "No token found: the account needs to be reconnected." in shown.text


def test_renewing_tells_how_it_went(web: Web) -> None:
    connect(web, "tiktok")
    account = one(web, "tiktok")
    answer = web.post(address(account, "/refresh"), headers=HTMX)
    told = json.loads(answer.headers["hx-trigger"])["toast"]
    assert told == {"kind": "success", "text": "Sim Studio is renewed."}
    assert f'id="account-{account.id}"' in answer.text
    assert one(web, "tiktok").version > account.version
    without = web.post(address(account, "/refresh"))
    assert "is renewed." in web.get(without.headers["location"]).text


def test_renewing_what_was_revoked_leads_to_reconnect(web: Web, simulator: Simulator) -> None:
    connect(web, "tiktok")
    account = one(web, "tiktok")
    simulator.tiktok.refresh.clear()
    told = json.loads(web.post(address(account, "/refresh"), headers=HTMX).headers["hx-trigger"])["toast"]
    assert told["kind"] == "warning"
    assert told["text"].endswith("Reconnect it.")
    assert "Needs reconnect" in web.get(f"{BASE}/connections").text


def test_a_page_is_renewed_with_its_login(web: Web, page: StoredAccount) -> None:
    told = json.loads(web.post(address(page, "/refresh"), headers=HTMX).headers["hx-trigger"])["toast"]
    assert told["kind"] == "success"


def test_disconnecting_says_what_it_does_and_what_happened(web: Web) -> None:
    connect(web, "tiktok")
    account = one(web, "tiktok")
    for headers in ({}, HTMX):
        asked = html.unescape(web.get(address(account, "/disconnect"), headers=headers).text)
        assert "you will not be able to publish to it until you reconnect it" in asked
        assert "scheduled for it will fail to publish" in asked
        assert "What is published already stays." in asked
        assert "TikTok is asked to withdraw the permission too" in asked
    assert len(accounts(web)) == 1
    done = web.post(address(account, "/disconnect"))
    told = html.unescape(web.get(done.headers["location"]).text)
    assert "Sim Studio: Disconnected, and TikTok has withdrawn the permission." in told
    assert accounts(web) == []


def test_a_login_that_others_use_keeps_its_permission(web: Web, page: StoredAccount) -> None:
    asked = html.unescape(web.get(address(page, "/disconnect")).text)
    assert "The permission on Facebook itself stays" in asked
    web.post(address(page, "/disconnect"))
    assert page.id not in {each.id for each in accounts(web)}
    assert len(accounts(web)) == 2


def test_a_login_tells_who_goes_with_it(web: Web) -> None:
    connect(web, "linkedin")
    person = next(each for each in accounts(web) if each.parent is None)
    asked = web.get(address(person, "/disconnect")).text
    assert "with its login and will be disconnected too" in asked
    web.post(address(person, "/disconnect"))
    assert accounts(web) == []


def test_changes_need_our_own_page(web: Web) -> None:
    connect(web, "tiktok")
    account = one(web, "tiktok")
    for part in ("/refresh", "/disconnect", "/comments?post=1"):
        assert web.http.post(address(account, part)).status_code == 403
        assert web.post(address(account, part), headers={"X-CSRF-Token": "no"}).status_code == 403
    assert web.http.post(f"{BASE}/connect/tiktok").status_code == 403
    assert len(accounts(web)) == 1


class Gallery(BaseHTTPRequestHandler):
    """A host of pictures."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        bodies = {"/a.png": PNG, "/big.png": PNG + bytes(AVATAR), "/page.svg": b"<svg onload='x'/>"}
        body = bodies.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "image/svg+xml" if "svg" in self.path else "image/png")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def gallery() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    server = HTTPServer(("127.0.0.1", 0), type("Here", (Gallery,), {"asked": asked}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "status"), [("/a.png", 200), ("/big.png", 204), ("/page.svg", 204), ("/none.png", 204)]
)
def test_avatars_come_from_us(web: Web, gallery: tuple[str, list[str]], path: str, status: int) -> None:
    web.site.fetch = FetchPolicy(allow_loopback=True)
    new = NewAccount("tiktok", Tokens(Secret("t")), subject="1", avatar_url=gallery[0] + path)
    stored = web.site.vault.accounts.connect(SANDBOX, [new])[0]
    for _ in range(2):
        answer = web.get(f"{BASE}/avatars/{stored.id}")
        assert answer.status_code == status
    assert gallery[1] == [path]  # asked for once, whether it came or not
    if status == 200:
        assert answer.content == PNG
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["cache-control"] == "private, max-age=86400"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_simulated_accounts_reach_no_host_outside(web: Web) -> None:
    new = NewAccount("tiktok", Tokens(Secret("t")), subject="1", avatar_url="https://example.com/a.png")
    stored = web.site.vault.accounts.connect(SANDBOX, [new])[0]
    assert web.get(f"{BASE}/avatars/{stored.id}").status_code == 204


def test_loopback_is_closed_unless_it_was_opened(web: Web, gallery: tuple[str, list[str]]) -> None:
    new = NewAccount("tiktok", Tokens(Secret("t")), subject="1", avatar_url=f"{gallery[0]}/a.png")
    stored = web.site.vault.accounts.connect(SANDBOX, [new])[0]
    assert web.get(f"{BASE}/avatars/{stored.id}").status_code == 204
    assert gallery[1] == []


def test_only_pictures_of_our_pages_are_fetched(web: Web, gallery: tuple[str, list[str]]) -> None:
    web.site.fetch = FetchPolicy(allow_loopback=True)
    url = f"{gallery[0]}/a.png"
    assert web.get(f"{BASE}/pictures?of={quote(url)}").status_code == 404
    assert web.get(f"{BASE}/pictures?of={quote(url)}&seal=00").status_code == 404
    assert gallery[1] == []
    session = web.site.sessions.find(web.http.cookies[COOKIE])
    assert session is not None
    sealed = urlencode({"of": url, "seal": seal(session.id, "picture", url)})
    assert web.get(f"{BASE}/pictures?{sealed}").content == PNG
