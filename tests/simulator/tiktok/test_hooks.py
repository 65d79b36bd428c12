"""Webhooks out: signature, events, retries."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from postwire.simulator.tiktok import Client, hooks, processing

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = (
    b'{"client_key":"awsimkey01","event":"post.publish.complete","create_time":1795000000,'
    b'"user_openid":"-000SIMOPENID",'
    b'"content":"{\\"publish_id\\":\\"v_pub_file~v2-1.700\\",\\"publish_type\\":\\"DIRECT_PUBLISH\\"}"}'
)


def test_the_sheets_signature_vector() -> None:
    expected = "t=1795000005,s=c8e6e76971f17d4f2dc38284f5f73901c4ede2aae88c5c08928930076a424adc"
    assert hooks.sign("simsecret", 1_795_000_005, BODY) == expected


class Ear:
    """A receiver of webhooks on loopback."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((dict(self.headers), body))
                self.send_response(ear.statuses.pop(0) if ear.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        bodies = [json.loads(body) for _, body in self.heard]
        return [(body["event"], json.loads(body["content"])) for body in bodies]


@pytest.fixture
def ear(desk: Any) -> Iterator[Ear]:
    ear = Ear()
    thread = threading.Thread(target=ear.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    desk.tiktok.configure({"webhook_url": f"http://127.0.0.1:{ear.server.server_port}/hook"})
    yield ear
    ear.server.shutdown()
    thread.join()
    ear.server.server_close()


def test_a_post_is_told_step_by_step_and_signed(desk: Any, ear: Ear) -> None:
    publish_id = desk.published()
    desk.simulator.clock.advance(100)
    desk.settle()
    post_id = desk.tiktok.videos[-1].id
    content = {"publish_id": publish_id, "publish_type": "DIRECT_PUBLISH"}
    assert ear.events() == [
        ("post.publish.complete", content),
        ("post.publish.publicly_available", content | {"post_id": post_id}),
    ]
    for headers, body in ear.heard:
        moment, digest = (pair.partition("=")[2] for pair in headers["Tiktok-Signature"].split(","))
        expected = hmac.new(b"sim-client-secret", f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        assert digest == expected
        assert json.loads(body)["user_openid"] == "-000SimOpenId01"
    assert [(delivery.statuses, delivery.done) for delivery in desk.tiktok.deliveries] == [([200], True)] * 2


def test_failures_drafts_removals_and_revocations_are_told(desk: Any, ear: Ear) -> None:
    desk.settings.fail_next.append("internal")
    desk.published()
    draft = desk.start(path="/inbox/video/init/")
    desk.put(draft["upload_url"], 0, b"\x00\x00\x00\x18ftypmp42" + bytes(12), 24)
    desk.simulator.clock.advance(60)
    desk.settle()
    video = desk.tiktok.add_video("-000SimOpenId01", "x", publish_id=draft["publish_id"])
    processing.hide(desk.tiktok, video)
    desk.oauth("revoke", token=desk.token)
    desk.settle()
    events = dict(ear.events())
    assert events["post.publish.failed"]["reason"] == "internal"
    assert events["post.publish.inbox_delivered"]["publish_type"] == "INBOX_SHARE"
    assert events["post.publish.no_longer_publicaly_available"]["post_id"] == video.id
    assert events["authorization.removed"] == {"reason": 5}


def test_an_app_hears_only_of_its_own_users_grants(desk: Any, ear: Ear) -> None:
    desk.settings.clients.append(Client("other", "s"))
    desk.oauth("revoke", client_key="other", client_secret="s", token=desk.tiktok.connect(client_key="other"))
    desk.settle()
    assert ear.heard == []
    desk.settings.webhook_key = "other"
    desk.oauth("revoke", client_key="other", client_secret="s", token=desk.tiktok.connect(client_key="other"))
    desk.settle()
    ((headers, body),) = ear.heard
    assert json.loads(body)["client_key"] == "other"
    assert headers["Tiktok-Signature"] == hooks.sign("s", 1_795_000_000, body)


def test_a_delivery_is_tried_again_until_it_is_acknowledged(desk: Any, ear: Ear) -> None:
    ear.statuses[:] = [500, 302]
    desk.oauth("revoke", token=desk.token)
    (delivery,) = desk.tiktok.deliveries
    for heard, step in ((1, 0), (1, 59), (2, 1), (2, 119), (3, 1), (3, 10_000)):
        desk.simulator.clock.advance(step)
        desk.settle()
        assert len(ear.heard) == heard
    assert delivery.statuses == [500, 302, 200]
    assert delivery.done


def test_a_delivery_is_given_up_after_three_days(desk: Any, ear: Ear) -> None:
    ear.statuses[:] = [500] * 50
    desk.oauth("revoke", token=desk.token)
    for _ in range(30):
        desk.settle()
        desk.simulator.clock.advance(6 * 3_600)
    (delivery,) = desk.tiktok.deliveries
    assert delivery.done
    assert 200 not in delivery.statuses


def test_webhooks_stay_on_this_machine(desk: Any) -> None:
    for url in ("http://example.com/hook", "https://127.0.0.1/hook"):
        with pytest.raises(ValueError, match="loopback"):
            desk.tiktok.configure({"webhook_url": url})
