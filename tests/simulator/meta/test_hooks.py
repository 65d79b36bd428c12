"""Webhooks out: who is told what, and the signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from postwire.simulator.meta import hooks, oauth, visitors

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "http://127.0.0.1:9/hook"
SAMPLE, MEDIA = "1010_2020", "17950000000000101"
VECTOR = (
    b'{"object":"page","entry":[{"id":"1010","time":1795000000,"changes":[{"field":"feed","value":{"item":"comment",'
    b'"verb":"add","comment_id":"2020_7070"}}]}]}'
)


class Inbox:
    """Takes webhooks on a port."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = dict(parse_qsl(urlsplit(self.path).query))
                fits = query.get("hub.verify_token") == "v" and query.get("hub.mode") == "subscribe"
                self.send_response(200 if fits else 403)
                self.end_headers()
                self.wfile.write(query["hub.challenge"].encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                inbox.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(inbox.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    made = Inbox()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def told(desk: Any) -> list[Any]:
    return [json.loads(delivery.body) for delivery in desk.meta.deliveries]


def test_the_signature_of_the_sheets_vector() -> None:
    digest = "c457cdb49ef15652b907d1a4d2ccb49a302ffad50fad4efd46875922bdad711c"
    assert hooks.sign("metasimsecret", VECTOR) == f"sha256={digest}"


def test_a_comment_arrives_signed_over_the_raw_bytes(desk: Any, inbox: Inbox) -> None:
    desk.settings.webhook_url = inbox.url
    desk.post("1010/subscribed_apps", subscribed_fields="feed,messages")
    visitors.comment(desk.meta, SAMPLE, "Sch\u00f6n", "6002")
    desk.later(0)
    headers, body = inbox.got[0]
    assert b"Sch\\u00f6n" in body
    signature = hmac.new(b"metasimsecret", body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={signature}"
    assert headers["x-hub-signature"].startswith("sha1=")
    change = json.loads(body)["entry"][0]["changes"][0]
    assert (change["field"], change["value"]["item"], change["value"]["verb"]) == ("feed", "comment", "add")
    assert change["value"]["parent_id"] == SAMPLE


def test_what_is_not_taken_is_sent_again_and_given_up_in_the_end(desk: Any, inbox: Inbox) -> None:
    desk.settings.webhook_url, inbox.status = inbox.url, 500
    desk.post("1010/subscribed_apps", subscribed_fields="feed")
    visitors.comment(desk.meta, SAMPLE, "Hi")
    desk.later(0)
    desk.later(61)
    assert len(inbox.got) == 2
    for _ in range(20):
        desk.later(40_000)
    assert desk.meta.deliveries[0].done
    assert len(inbox.got) < 15


@pytest.mark.parametrize(("fields", "count"), [("feed", 1), ("messages", 0), ("feed,messages", 1)])
def test_only_subscribed_fields_arrive(desk: Any, fields: str, count: int) -> None:
    desk.settings.webhook_url = URL
    desk.post("1010/subscribed_apps", subscribed_fields=fields)
    desk.post("1010/feed", message="Own posts arrive too")
    assert [row["entry"][0]["changes"][0]["value"]["from"]["id"] for row in told(desk)] == ["1010"] * count


def test_the_list_of_fields_is_replaced_and_dropped(desk: Any) -> None:
    assert desk.get("1010/subscribed_apps") == {"data": []}
    desk.post("1010/subscribed_apps", subscribed_fields=["feed", "messages"])
    desk.post("1010/subscribed_apps", subscribed_fields="mention")
    assert desk.get("1010/subscribed_apps")["data"][0]["subscribed_fields"] == ["mention"]
    assert desk.delete("1010/subscribed_apps") == {"success": True}
    assert desk.get("1010/subscribed_apps") == {"data": []}


def test_both_subscriptions_must_hold_the_field(desk: Any, inbox: Inbox) -> None:
    about = {"object": "page", "callback_url": inbox.url, "fields": ["messages"], "verify_token": "v"}
    wrong = desk.refused(
        "POST", "999000000000001/subscriptions", desk.app_token, **about | {"verify_token": "x"}
    )
    assert wrong == "2200"
    away = about | {"callback_url": "https://elsewhere.example/hook"}
    assert desk.refused("POST", "999000000000001/subscriptions", desk.app_token, **away) == "100"
    assert desk.post("999000000000001/subscriptions", desk.app_token, **about) == {"success": True}
    assert desk.refused("POST", "999000000000001/subscriptions", desk.user, **about) == "100"
    desk.post("1010/subscribed_apps", subscribed_fields="feed,messages")
    visitors.comment(desk.meta, SAMPLE, "Hi")
    assert told(desk) == []
    visitors.write(desk.meta, "1010", "Hi")
    event = told(desk)[0]["entry"][0]["messaging"][0]
    assert (event["sender"], event["message"]["text"]) == ({"id": "6001"}, "Hi")
    assert event["timestamp"] == 1_795_000_000_000


def test_a_removed_app_is_told_by_a_signed_request(desk: Any, inbox: Inbox) -> None:
    desk.settings.deauthorize_url = inbox.url
    oauth.disconnect(desk.meta, "555")
    desk.later(0)
    given = dict(parse_qsl(inbox.got[0][1].decode()))["signed_request"]
    signature, _, payload = given.partition(".")
    digest = hmac.new(b"metasimsecret", payload.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "=") == digest
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["user_id"] == "555"
    assert desk.refused("GET", "me", desk.page) == "190/458"


def test_a_story_tells_its_insights_when_it_ends(desk: Any) -> None:
    desk.settings.webhook_url = URL
    desk.post("1010/subscribed_apps", subscribed_fields="feed")
    media = desk.published(media_type="STORIES", image_url=desk.jpg)
    desk.later(86_400)
    desk.get("me", desk.page)
    value = told(desk)[-1]["entry"][0]["changes"][0]["value"]
    assert (value["media_id"], len(told(desk))) == (media, 1)


def test_instagram_is_told_by_its_own_subscription_or_the_pages(desk: Any) -> None:
    desk.settings.webhook_url = URL
    visitors.comment(desk.meta, MEDIA, "Nobody listens")
    desk.post("me/subscribed_apps", desk.insta, subscribed_fields="comments,mentions")
    visitors.comment(desk.meta, MEDIA, "Nice", "6002")
    desk.post("1010/subscribed_apps", subscribed_fields="feed")
    visitors.mention(desk.meta, desk.ig, "With @harborbakery")
    rows = [(row["object"], row["entry"][0]["changes"][0]["field"]) for row in told(desk)]
    assert rows == [("instagram", "comments"), ("instagram", "mentions"), ("instagram", "mentions")]
    signatures = {delivery.headers["X-Hub-Signature-256"] for delivery in desk.meta.deliveries}
    assert len(signatures) == 3
    assert desk.refused("POST", "me/subscribed_apps", desk.insta, subscribed_fields="feed") == "100"
