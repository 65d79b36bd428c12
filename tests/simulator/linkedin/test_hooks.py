"""Notifications of pages: pulled, and pushed to an address that proved itself."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from postwire.simulator.linkedin import hooks

if TYPE_CHECKING:
    from collections.abc import Iterator

MINA, FJORD = "urn:li:person:782bbtaQ", "urn:li:organization:5515715"
EVENT = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
EMPTY = b'{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[]}'


def enc(urn: str) -> str:
    return quote(urn, safe="")


def key(app: str = "urn:li:developerApplication:90001", entity: str = FJORD, user: str = MINA) -> str:
    parts = {"developerApplication": app, "user": user, "entity": entity}
    return f"({','.join(f'{name}:{enc(urn)}' for name, urn in parts.items())},eventType:{EVENT})"


def test_the_sheets_vectors() -> None:
    assert hooks.respond_to("simsecret", "a1b2") == (
        "a05f36ade84a52a8f52970b141ecca9b9fbf6d7ff71c500669cff094ac5ef1dd"
    )
    assert hooks.sign("simsecret", EMPTY) == (
        "541ef3f76ba3fea914ecc13a44e5b445d79091975c987fecaf540d6330101b33"
    )


class Ear:
    """A receiver of webhooks on loopback that answers challenges with a secret."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.statuses: list[int] = []
        self.secret = "simsecret"
        self.challenges = 0
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                ear.challenges += 1
                code = parse_qs(urlsplit(self.path).query)["challengeCode"][0]
                told = {"challengeCode": code, "challengeResponse": hooks.respond_to(ear.secret, code)}
                self.answer(200, json.dumps(told).encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((self.headers["X-LI-Signature"], body))
                self.answer(ear.statuses.pop(0) if ear.statuses else 204, b"")

            def answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def actions(self) -> list[list[str]]:
        return [[row["action"] for row in json.loads(body)["notifications"]] for _, body in self.heard]


@pytest.fixture
def ear(desk: Any) -> Iterator[Ear]:
    ear = Ear()
    thread = threading.Thread(target=ear.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield ear
    desk.simulator.close()
    ear.server.shutdown()
    thread.join()
    ear.server.server_close()


def subscribe(desk: Any, ear: Ear) -> None:
    answer = desk.rest("PUT", f"/eventSubscriptions/{key()}", {"webhook": ear.url})
    assert answer.is_success, answer.text
    desk.settle()


def comment(desk: Any, text: str = "Hi", actor: str = MINA) -> None:
    urn = next(urn for urn, post in desk.linkedin.posts.items() if post.author == FJORD)
    body = {"actor": actor, "message": {"text": text}}
    assert desk.rest("POST", f"/socialActions/{enc(urn)}/comments", body).status_code == 201


def test_what_happens_is_pushed_signed_to_an_address_that_proved_itself(desk: Any, ear: Ear) -> None:
    comment(desk, "Before the subscription")
    subscribe(desk, ear)
    assert ear.challenges == 1
    comment(desk, "Hello")
    desk.settle()
    assert ear.actions() == [["COMMENT"]]
    signature, body = ear.heard[0]
    assert signature == hooks.sign("simsecret", body)
    told = json.loads(body)
    assert told["type"] == EVENT
    (row,) = told["notifications"]
    assert (row["organizationalEntity"], row["subscriber"]) == (FJORD, MINA)
    assert row["sourcePost"].startswith("urn:li:activity:")
    assert row["decoratedGeneratedActivity"]["comment"]["text"] == "Hello"


def test_an_address_with_the_wrong_secret_hears_nothing_and_is_blocked(desk: Any, ear: Ear) -> None:
    ear.secret = "other"
    subscribe(desk, ear)
    comment(desk)
    for _ in range(4):
        desk.simulator.clock.advance(7_200)
        desk.settle()
    assert ear.heard == []
    assert ear.challenges == 3


def test_a_delivery_is_repeated_every_five_minutes_for_eight_hours(desk: Any, ear: Ear) -> None:
    subscribe(desk, ear)
    ear.statuses = [500] * 200
    comment(desk)
    desk.settle()
    desk.simulator.clock.advance(299)
    desk.settle()
    assert len(ear.heard) == 1
    for _ in range(110):
        desk.simulator.clock.advance(300)
        desk.settle()
    assert len(ear.heard) == 96
    assert len({body for _, body in ear.heard}) == 1


def test_ten_to_a_batch(desk: Any, ear: Ear) -> None:
    subscribe(desk, ear)
    ear.statuses = []
    desk.linkedin.checks["sim-client-id", ear.url].good = False  # nothing goes out for a while
    for number in range(12):
        comment(desk, f"Number {number}")
    desk.linkedin.checks["sim-client-id", ear.url].good = True
    desk.settle()
    assert sorted(len(actions) for actions in ear.actions()) == [2, 10]


def test_a_lost_role_or_grant_silences(desk: Any, ear: Ear) -> None:
    subscribe(desk, ear)
    desk.linkedin.end_grants("sim-client-id", "782bbtaQ")
    desk.token = desk.linkedin.connect()
    comment(desk)
    subscribe(desk, ear)
    page = desk.linkedin.page(FJORD)
    page.roles = (("782bbtaQ", "CONTENT_ADMINISTRATOR", "APPROVED"),)
    comment(desk)
    desk.settle()
    assert ear.heard == []


def test_subscriptions_are_read_listed_and_ended(desk: Any, ear: Ear) -> None:
    subscribe(desk, ear)
    path = f"/eventSubscriptions/{key()}"
    assert desk.rest("GET", path).json()["webhook"] == ear.url
    listed = desk.rest("GET", f"/eventSubscriptions?q=subscriberAndEventType&eventType={EVENT}").json()
    assert [row["entity"] for row in listed["elements"]] == [FJORD]
    assert desk.rest("DELETE", path).status_code == 204
    assert desk.rest("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("where", "body", "status"),
    [
        (key(), {"webhook": "https://example.com/hook"}, 400),  # the simulator leaves this machine for no one
        (key(), {}, 400),
        (key(app="urn:li:developerApplication:1"), {"webhook": "http://127.0.0.1:9/"}, 403),
        (key(entity="urn:li:organization:2414183"), {"webhook": "http://127.0.0.1:9/"}, 403),
        (key(user="urn:li:person:AbC4dEfG"), {"webhook": "http://127.0.0.1:9/"}, 403),
        ("(user:x)", {"webhook": "http://127.0.0.1:9/"}, 400),
    ],
)
def test_subscriptions_that_are_refused(desk: Any, where: str, body: Any, status: int) -> None:
    assert desk.rest("PUT", f"/eventSubscriptions/{where}", body).status_code == status


def test_an_app_without_a_webhook_use_case(desk: Any) -> None:
    desk.settings.apps[0] = type(desk.settings.apps[0])(webhooks=False)
    answer = desk.rest("PUT", f"/eventSubscriptions/{key()}", {"webhook": "http://127.0.0.1:9/"})
    assert answer.status_code == 403


def test_the_pull_tells_each_action_for_sixty_days(desk: Any) -> None:
    urn = desk.post("Ours", FJORD)
    comment(desk)
    comment(desk, actor=FJORD)
    desk.rest("POST", f"/reactions?actor={enc(MINA)}", {"root": urn, "reactionType": "LIKE"})
    desk.post("Look", reshareContext={"parent": urn})
    desk.post("Psst", visibility="CONNECTIONS", reshareContext={"parent": urn})  # not told
    desk.post("Hi @[Fjord Studio](urn:li:organization:5515715)")
    path = f"/organizationalEntityNotifications?q=criteria&organizationalEntity={enc(FJORD)}"
    every = desk.rest("GET", path).json()["elements"]
    assert [row["action"] for row in every] == ["SHARE_MENTION", "SHARE", "LIKE", "ADMIN_COMMENT", "COMMENT"]
    assert not any(name.startswith("decorated") for row in every for name in row)
    some = desk.rest("GET", f"{path}&actions=List(COMMENT,SHARE_MENTION)&count=1").json()
    assert (some["paging"]["total"], some["elements"][0]["action"]) == (2, "SHARE_MENTION")
    now = 1_795_000_000_000
    assert desk.rest("GET", f"{path}&timeRange=(start:{now - 9},end:{now})").json()["elements"] == []
    assert desk.rest("GET", f"{path}&actions=List(VIEW)").status_code == 400
    desk.simulator.clock.advance(60 * 86_400 + 1)
    assert desk.rest("GET", path, token=desk.linkedin.connect()).json()["elements"] == []
