"""Messages are signed so that the reference library believes them, and sent until they are taken."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from tests.publish.hooks.conftest import URL, Clock, Post, done

from postwire.errors import ActionFailed
from postwire.media.fetch import FetchPolicy
from postwire.publish.courier import JITTER, LEASE, PAUSES, Courier, signed, webhook_policy
from postwire.publish.worker import Worker
from postwire.secret import Secret
from postwire.transport import poster
from postwire.values import Lost, Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.accounts.vault import Vault
    from postwire.publish.hooks import Hooks
    from postwire.publish.journal import Journal

LOOPBACK = FetchPolicy(allow_loopback=True, timeout=30.0, deadline=60.0)


def judged(secret: Secret, headers: dict[str, str], body: bytes) -> Any:
    return Webhook(secret.reveal()).verify(body.decode(), headers)


def test_the_reference_library_believes_a_message(
    journal: Journal, hooks: Hooks, courier: Courier, post: Post
) -> None:
    _, secret = hooks.add("default", URL)
    done(journal, text="Schöne Grüße, 東京 🚤")
    courier.once()
    _, headers, body = post.sent[0]
    assert judged(secret, headers, body)["data"]["result"]["text"] == "Schöne Grüße, 東京 🚤"
    with pytest.raises(WebhookVerificationError):
        judged(Secret("whsec_" + "A" * 43 + "="), headers, body)


@given(text=st.text(), place=st.integers(0))
def test_any_change_is_seen_by_the_reference_library(text: str, place: int) -> None:
    secret, body = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), json.dumps({"text": text})
    headers = signed("msg_1", time.time(), body.encode(), [secret])
    whole = Webhook(secret.reveal())
    assert whole.verify(body, headers) == {"text": text}
    place %= len(body)
    other = body[:place] + chr(ord(body[place]) ^ 1) + body[place + 1 :]
    for changed, shown in ((other, headers), (body, {**headers, "webhook-id": "msg_2"})):
        with pytest.raises(WebhookVerificationError):
            whole.verify(changed, shown)


def test_the_example_of_the_reference_library() -> None:
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330.0, body, [Secret(secret)])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_for_a_day_both_secrets_sign(
    database: str, journal: Journal, hooks: Hooks, courier: Courier, post: Post, clock: Clock
) -> None:
    endpoint, old = hooks.add("default", URL)
    new = hooks.rotate("default", endpoint.id)
    assert new != old
    done(journal)
    courier.once()
    _, headers, body = post.sent[0]
    assert judged(old, headers, body) == judged(new, headers, body)
    assert len(headers["webhook-signature"].split()) == 2
    clock.at += 86_401
    (secret,) = hooks.secrets("default", endpoint.id, clock.at)
    assert secret == new
    newest = hooks.rotate("default", endpoint.id)
    assert hooks.secrets("default", endpoint.id, clock.at) == (newest, new)


# Attempts


def failing(post: Post, *answers: int | str) -> None:
    post.answers = [Response(each, {}) if isinstance(each, int) else Lost("maybe", each) for each in answers]


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_it_is_tried_again_as_the_specification_says(
    database: str, journal: Journal, hooks: Hooks, courier: Courier, post: Post, clock: Clock
) -> None:
    endpoint, _ = hooks.add("default", URL)
    failing(post, *[500] * 20)
    done(journal)
    begun = clock.at
    assert courier.once() == 1
    for pause in PAUSES:
        clock.at += pause * (1 + JITTER * 0.5) - 1
        assert courier.once() == 0
        clock.at += 2
        assert courier.once() == 1
    assert len(post.sent) == 10
    assert 2.5 * 86_400 < clock.at - begun < 4 * 86_400
    assert len({headers["webhook-id"] for _, headers, _ in post.sent}) == 1
    stamps = [int(headers["webhook-timestamp"]) for _, headers, _ in post.sent]
    assert stamps == sorted(set(stamps))
    assert len({body for _, _, body in post.sent}) == 1
    (delivery,) = hooks.deliveries("default")
    assert (delivery.state, delivery.attempts, delivery.status) == ("failed", 10, 500)
    # It has taken nothing for days, so nothing is sent to it any more.
    assert "three days" in hooks.get("default", endpoint.id).reason
    done(journal, key="k2")
    assert len(hooks.deliveries("default")) == 1
    assert hooks.enable("default", endpoint.id).disabled_at is None
    assert hooks.redeliver("default", delivery.id).state == "waiting"
    failing(post)
    assert courier.once() == 1
    assert hooks.deliveries("default")[0].state == "delivered"


def test_an_address_that_takes_others_stays(
    journal: Journal, hooks: Hooks, courier: Courier, post: Post, clock: Clock
) -> None:
    endpoint, _ = hooks.add("default", URL)
    failing(post, *[400] * 9)
    done(journal)
    courier.once()
    for pause in PAUSES[:-1]:
        clock.at += pause * 2
        courier.once()
    done(journal, key="k2")
    failing(post)
    courier.once()
    failing(post, 400)
    clock.at += PAUSES[-1] * 2
    courier.once()
    assert {each.state for each in hooks.deliveries("default")} == {"failed", "delivered"}
    assert hooks.get("default", endpoint.id).disabled_at is None


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (500, "it answered with status 500"),
        (302, "it answered with status 302"),
        (404, "it answered with status 404"),
        ("no answer within 20 seconds", "no answer within 20 seconds"),
    ],
)
def test_all_but_success_is_failure(
    trouble: int | str,
    reason: str,
    journal: Journal,
    hooks: Hooks,
    courier: Courier,
    post: Post,
    clock: Clock,
) -> None:
    hooks.add("default", URL)
    failing(post, trouble)
    done(journal)
    courier.once()
    (waits,) = hooks.deliveries("default", states=["waiting"])
    assert (waits.reason, waits.attempts) == (reason, 1)
    clock.at += PAUSES[0] * 2
    courier.once()
    assert hooks.deliveries("default")[0].state == "delivered"


def test_an_address_that_is_gone_is_disabled_at_once(
    journal: Journal, hooks: Hooks, courier: Courier, post: Post
) -> None:
    endpoint, _ = hooks.add("default", URL)
    failing(post, 500)
    done(journal)
    courier.once()
    failing(post, 410)
    done(journal, key="k2")
    courier.once()
    assert {each.state for each in hooks.deliveries("default")} == {"failed"}
    assert "410" in hooks.get("default", endpoint.id).reason
    with pytest.raises(ActionFailed, match="disabled"):
        hooks.test("default", endpoint.id)


@pytest.mark.parametrize(("asked", "pause"), [("60", 60.0), ("1", 5.5), ("999999", 86_400.0), ("soon", 5.5)])
def test_an_address_says_how_long_to_wait(
    asked: str, pause: float, journal: Journal, hooks: Hooks, courier: Courier, post: Post, clock: Clock
) -> None:
    hooks.add("default", URL)
    post.answers = [Response(503, {"retry-after": asked})]
    done(journal)
    courier.once()
    (delivery,) = hooks.deliveries("default")
    assert delivery.next_at == pytest.approx(clock.at + pause, abs=1)


def test_pauses_differ_by_chance(vault: Vault, journal: Journal, hooks: Hooks, post: Post) -> None:
    hooks.add("default", URL)
    failing(post, *[500] * 9)
    chances = iter([0.0, 1.0, 0.25])
    courier = Courier(vault.store, post, chance=lambda: next(chances))
    for number in range(3):
        done(journal, key=f"k{number}")
        courier.once()
    waits = {each.next_at for each in hooks.deliveries("default")}
    assert len(waits) == 3


def test_one_whose_worker_died_is_sent_by_another(
    vault: Vault, journal: Journal, hooks: Hooks, post: Post, clock: Clock
) -> None:
    hooks.add("default", URL)
    done(journal)
    assert len(Courier(vault.store, post)._due(8)) == 1  # and it is never heard of again
    other = Courier(vault.store, post)
    assert other.once() == 0
    clock.at += LEASE + 1
    assert other.once() == 1
    assert hooks.deliveries("default")[0].attempts == 2


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_two_couriers_share_the_work(
    database: str, vault: Vault, journal: Journal, hooks: Hooks, post: Post
) -> None:
    for number in range(8):
        hooks.add("default", f"{URL}/{number}")
    done(journal)
    couriers = [Courier(vault.store, post) for _ in range(2)]
    threads = [threading.Thread(target=each.once) for each in couriers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(url for url, _, _ in post.sent) == [f"{URL}/{number}" for number in range(8)]


def test_a_courier_keeps_to_its_workspaces(vault: Vault, journal: Journal, hooks: Hooks, post: Post) -> None:
    for workspace in ("default", "other"):
        hooks.add(workspace, f"{URL}/{workspace}")
        done(journal, workspace)
    Courier(vault.store, post, without=["default"]).once()
    assert [url for url, _, _ in post.sent] == [f"{URL}/other"]
    Courier(vault.store, post, workspaces=["default"]).once()
    assert [url for url, _, _ in post.sent][1:] == [f"{URL}/default"]


def test_what_was_on_its_way_goes_with_its_address(
    journal: Journal, hooks: Hooks, courier: Courier, post: Post
) -> None:
    endpoint, _ = hooks.add("default", URL)
    done(journal)
    hooks.remove("default", endpoint.id)
    assert courier.once() == 0
    assert hooks.list("default") == []


class Idle:
    """An engine that has nothing to do."""

    def start(self, *_: object) -> None: ...
    def stop(self, *_: object) -> None: ...
    def recover(self) -> int:
        return 0

    def lost(self) -> list[str]:
        return []


def test_a_slow_address_does_not_hold_up_the_worker(vault: Vault, journal: Journal, hooks: Hooks) -> None:
    hooks.add("default", URL)
    done(journal)
    held, free, rounds = threading.Event(), threading.Event(), threading.Event()

    def slow(*_: object) -> Response:
        held.set()
        free.wait(120)
        return Response(200, {})

    stop = threading.Event()
    worker = Worker(journal, Idle(), lambda _: None, [], courier=Courier(vault.store, slow))  # type: ignore[arg-type, return-value]
    worker._feed = lambda: rounds.set() if held.is_set() else None  # type: ignore[method-assign]
    thread = threading.Thread(target=worker.run, args=(stop,), kwargs={"every": 0.01})
    thread.start()
    assert held.wait(60)
    assert rounds.wait(60)
    free.set()
    stop.set()
    thread.join()


# On the wire


class Receiver:
    """Somebody's server: answers with `status`, or not at all."""

    def __init__(self) -> None:
        self.status, self.hold = 200, 0.0
        self.got: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?of=boats"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_over_a_real_connection(vault: Vault, journal: Journal, hooks: Hooks, receiver: Receiver) -> None:
    _, secret = hooks.add("default", receiver.url)
    run = done(journal, text="Grüße")
    Courier(vault.store, poster(LOOPBACK)).once()
    ((headers, body),) = receiver.got
    assert judged(secret, headers, body)["data"]["id"] == run
    assert headers["user-agent"].startswith("postwire/")
    assert hooks.deliveries("default")[0].state == "delivered"


@pytest.mark.parametrize("status", [302, 307, 500])
def test_redirects_are_not_followed(
    status: int, vault: Vault, journal: Journal, hooks: Hooks, receiver: Receiver
) -> None:
    receiver.status = status
    hooks.add("default", receiver.url)
    done(journal)
    Courier(vault.store, poster(LOOPBACK)).once()
    assert hooks.deliveries("default")[0].status == status
    assert len(receiver.got) == 1


def test_a_name_that_leads_to_this_machine_is_not_called(receiver: Receiver) -> None:
    guarded = poster(webhook_policy(), resolve=lambda *_: ["127.0.0.1"])
    answer = guarded(receiver.url.replace("127.0.0.1", "hooks.example.com"), {}, b"{}")
    assert isinstance(answer, Lost)
    assert "public internet" in answer.reason
    assert receiver.got == []
