"""Notices of the simulated platforms reach a receiver on a real port, and make waiting runs look at once.

Counted are looks and naps, never seconds: what slept would have slept is handed to the test.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from tests.accounts.conftest import postgres_server  # noqa: F401 - a fixture
from tests.publish.hooks.conftest import database_of
from tests.publish.receiving import Direct, Napping, Receiver, receiving

from postwire import ActionFailed, Client
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.accounts.vault import Vault
from postwire.language.catalog import Catalog
from postwire.media import sample
from postwire.publish.hooks import Hooks
from postwire.publish.journal import Journal
from postwire.publish.noticed import Notices, forget_notices
from postwire.publish.portable import media_folder
from postwire.publish.waits import WAITED
from postwire.publish.worker import Worker
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postwire.publish.records import Run
    from postwire.simulator import Served, Simulator

STATUS = "/v2/post/publish/status/fetch/"
SCOPES = frozenset({"user.info.basic", "video.publish", "video.upload", "video.list"})
PAGE_SCOPES = frozenset(
    {"pages_manage_posts", "pages_read_engagement", "pages_show_list", "pages_manage_metadata"}
)
VIDEO = {"video": sample.VIDEO, "title": "Boats", "privacy_level": "SELF_ONLY"}
NAPS = 6  # naps of one second between two looks of wait_for_post and _await_video


@pytest.fixture(autouse=True)
def patient(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processing ends by the clock alone, and no limit is in the way."""
    for settings in (simulator.tiktok.settings, simulator.meta.settings):
        monkeypatch.setattr(settings, "processing_polls", 10_000)
    monkeypatch.setattr(simulator.tiktok.settings, "status_per_minute", 10_000)
    monkeypatch.setattr("postwire.publish.limits.SharedLimiter.take", lambda *_: 0.0)
    monkeypatch.setattr("postwire.decide.limits.Limiter.take", lambda *_: 0.0)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str | None:
    return database_of(request)


@pytest.fixture
def vault(served: Served, home: Path, database: str | None) -> Iterator[Vault]:
    with Vault(database) as vault:
        simulator = served.simulator
        tiktok = Tokens(Secret(simulator.tiktok.connect()), scopes=SCOPES)
        page = Tokens(Secret(simulator.meta.connect_page("1010")), scopes=PAGE_SCOPES)
        found = [
            NewAccount("tiktok", tiktok, subject="u-1", username="sim"),
            NewAccount("meta", page, subject="1010", username="page"),
        ]
        vault.accounts.connect("default", found)
        vault.apps.put(
            "default", "tiktok", {"client_key": "sim-client-key", "client_secret": "sim-client-secret"}
        )
        keys = {"client_id": "999000000000001", "client_secret": "metasimsecret", "verify_token": "rye bread"}
        vault.apps.put("default", "meta", keys)
        yield vault


@pytest.fixture
def client(vault: Vault, served: Served) -> Iterator[Client]:
    with Client(vault=vault, sandbox=served.origin, media=media_folder()) as client:
        yield client


@pytest.fixture
def notices(vault: Vault, simulator: Simulator) -> Notices:
    return Notices(vault, Catalog(), environ={}, clock=simulator.clock.now)


@pytest.fixture
def receiver(notices: Notices) -> Iterator[Receiver]:
    with receiving(notices) as receiver:
        yield receiver


@pytest.fixture
def napping(client: Client) -> Napping:
    return Napping(client)


def submit(client: Client, action: str = "tiktok.publish_video", **more: Any) -> Run:
    given = VIDEO if action.startswith("tiktok") else {"video": sample.VIDEO, "message": "Boats"}
    account = "@sim" if action.startswith("tiktok") else "@page"
    return client.submit(action, {**given, **more}, account=account)


def looks(simulator: Simulator) -> int:
    """How often a run has asked how far it is."""
    fields = "status,published,permalink_url,post_id"
    return sum(r.path == STATUS or r.query.get("fields") == fields for r in simulator.requests)


PLATFORMS = ["tiktok.publish_video", "meta.create_video_post"]


def listen(simulator: Simulator, receiver: Receiver, action: str) -> None:
    """Have the platform post its notices to our receiver."""
    name = action.partition(".")[0]
    url = f"{receiver.origin}/webhooks/{name}"
    if name == "tiktok":
        simulator.tiktok.configure({"webhook_url": url})
    else:
        simulator.meta.configure({"webhook_url": url})
        simulator.meta.subscribed["999000000000001", "1010"] = ["feed"]


def processed(simulator: Simulator, receiver: Receiver) -> None:
    """The platform is done with the video, and has told us."""
    simulator.clock.advance(31)
    receiver.wait_for(1)


@pytest.mark.parametrize("action", PLATFORMS)
@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_a_notice_ends_the_wait_for_the_next_look(
    database: str, action: str, client: Client, simulator: Simulator, receiver: Receiver, napping: Napping
) -> None:
    listen(simulator, receiver, action)

    napping.script[1] = lambda: processed(simulator, receiver)
    run = submit(client, action)
    assert napping.perform(run.id) == "done"
    assert (len(napping.naps), looks(simulator)) == (1, 2)
    assert receiver.statuses == [200]


@pytest.mark.parametrize("action", PLATFORMS)
def test_looking_alone_is_enough_when_no_notice_comes(
    action: str, client: Client, simulator: Simulator, napping: Napping
) -> None:
    napping.script[1] = lambda: simulator.clock.advance(31)
    assert napping.perform(submit(client, action).id) == "done"
    assert (len(napping.naps), looks(simulator)) == (NAPS, 2)


def test_a_notice_that_is_not_the_end_costs_one_look(
    client: Client, simulator: Simulator, receiver: Receiver, napping: Napping
) -> None:
    """The Page has another video: the run looks, sees that it is not its own, and waits on."""
    listen(simulator, receiver, "meta")

    def other() -> None:
        post(receiver, "meta", page_body("1010_9"))

    napping.script = {1: other, 3: lambda: simulator.clock.advance(31)}
    assert napping.perform(submit(client, "meta.create_video_post").id) == "done"
    # One nap before the notice; then either the video's own notice or the whole wait.
    assert looks(simulator) == 3


def page_body(post_id: str) -> bytes:
    value = {"item": "video", "verb": "add", "post_id": post_id}
    entry = {"id": "1010", "time": 1_795_000_000, "changes": [{"field": "feed", "value": value}]}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


def tiktok_body(publish_id: str, event: str = "post.publish.complete") -> bytes:
    content = json.dumps({"publish_id": publish_id, "publish_type": "DIRECT_PUBLISH"})
    return json.dumps({"client_key": "sim-client-key", "event": event, "content": content}).encode()


def header(integration: str, body: bytes, moment: float, secret: str = "") -> dict[str, str]:
    if integration == "meta":
        key = (secret or "metasimsecret").encode()
        return {"X-Hub-Signature-256": f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"}
    key, stamp = (secret or "sim-client-secret").encode(), str(int(moment))
    digest = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Tiktok-Signature": f"t={stamp},s={digest}"}


def ask(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
    request = urllib.request.Request(url, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def post(
    receiver: Receiver, integration: str, body: bytes, moment: float | None = None, secret: str = ""
) -> int:
    signed = header(integration, body, time.time() if moment is None else moment, secret)
    return ask(f"{receiver.origin}/webhooks/{integration}", body, signed)[0]


@pytest.mark.parametrize("forged", ["secret", "stale", "unknown"])
def test_what_is_not_to_be_believed_makes_nobody_look(
    forged: str, client: Client, simulator: Simulator, receiver: Receiver, napping: Napping
) -> None:
    def forge() -> None:
        (publish,) = simulator.tiktok.publishes
        moment = simulator.clock.now() - (400 if forged == "stale" else 0)
        body = tiktok_body("v_pub_other" if forged == "unknown" else publish)
        secret = "guessed" if forged == "secret" else ""
        assert post(receiver, "tiktok", body, moment, secret) == (200 if forged == "unknown" else 401)
        simulator.clock.advance(31)

    napping.script[1] = forge
    assert napping.perform(submit(client).id) == "done"
    assert (len(napping.naps), looks(simulator)) == (NAPS, 2)


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_a_repeated_notice_is_answered_and_makes_nobody_look_again(
    database: str, client: Client, simulator: Simulator, receiver: Receiver, napping: Napping
) -> None:
    def early() -> None:
        (publish,) = simulator.tiktok.publishes
        assert post(receiver, "tiktok", tiktok_body(publish), simulator.clock.now()) == 200

    def again() -> None:
        early()
        simulator.clock.advance(31)

    napping.script = {1: early, 2: again}
    assert napping.perform(submit(client).id) == "done"
    # The first one cut a wait short, the repeat did not: one nap, then six.
    assert (len(napping.naps), looks(simulator)) == (1 + NAPS, 3)


def test_a_forged_end_settles_nothing(
    client: Client, simulator: Simulator, receiver: Receiver, napping: Napping
) -> None:
    """Even with the true secret: what TikTok itself answers decides."""
    simulator.tiktok.settings.fail_next.append("internal")

    def lie() -> None:
        (publish,) = simulator.tiktok.publishes
        assert post(receiver, "tiktok", tiktok_body(publish), simulator.clock.now()) == 200

    napping.script = {1: lie, 3: lambda: simulator.clock.advance(31)}
    run = submit(client)
    napping.perform(run.id)
    assert client.journal.find(run.id).state != "done"


def pending(client: Client, napping: Napping, **more: Any) -> Run:
    """A run whose time for waiting is over."""
    run = submit(client, **more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("postwire.publish.working.NAP", 6.0)  # fewer of them
        assert napping.perform(run.id) == "pending"
    return client.journal.find(run.id)


def worker(vault: Vault, client: Client, perform: Callable[[str], object]) -> tuple[Worker, Direct]:
    engine = Direct(perform)
    return Worker(Journal(vault), engine, lambda _: client, ["tiktok", "meta"]), engine  # type: ignore[arg-type]


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_a_pending_run_is_settled_when_the_platform_speaks_of_it(
    database: str, vault: Vault, client: Client, simulator: Simulator, receiver: Receiver, napping: Napping
) -> None:
    listen(simulator, receiver, "tiktok")
    run = pending(client, napping, video=sample.VIDEO.read_bytes())
    rounds, engine = worker(vault, client, napping.perform)
    rounds._step()
    assert engine.jobs == []  # nobody has spoken of it
    before = looks(simulator)
    processed(simulator, receiver)
    rounds._step()
    found = client.journal.find(run.id)
    assert (found.state, looks(simulator) - before) == ("done", 1)
    assert found.result is not None
    assert found.result["status"] == "PUBLISH_COMPLETE"
    assert len(simulator.tiktok.publishes) == 1
    rounds._step()
    assert len(engine.jobs) == 1
    assert list(client.media.folder.iterdir()) == []  # its file has served now


def test_a_pending_run_fails_when_the_platform_says_so(
    vault: Vault, client: Client, simulator: Simulator, receiver: Receiver, napping: Napping
) -> None:
    listen(simulator, receiver, "tiktok")
    simulator.tiktok.settings.fail_next.append("picture_size_check_failed")
    run = pending(client, napping)
    processed(simulator, receiver)
    worker(vault, client, napping.perform)[0]._step()
    found = client.journal.find(run.id)
    assert (found.state, found.code) == ("failed", "media_rejected")


def test_a_notice_that_came_while_nobody_listened_is_not_lost(
    vault: Vault, client: Client, simulator: Simulator, receiver: Receiver, napping: Napping
) -> None:
    """It comes after the last look and before the run is written down as pending."""
    listen(simulator, receiver, "tiktok")
    naps = 99 * NAPS  # of ten minutes
    napping.script[naps] = lambda: processed(simulator, receiver)
    run = submit(client)
    state = napping.perform(run.id)
    if state == "pending":
        worker(vault, client, napping.perform)[0]._step()
    assert client.journal.find(run.id).state == "done"


@pytest.mark.parametrize("trouble", ["refused", "away", "changed", "gone", "unrenewed"])
def test_a_look_that_cannot_look_leaves_it_pending_and_comes_again(
    trouble: str,
    vault: Vault,
    client: Client,
    simulator: Simulator,
    receiver: Receiver,
    napping: Napping,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    patch = pytest.MonkeyPatch()
    listen(simulator, receiver, "tiktok")
    file = tmp_path / "mine.mp4"
    file.write_bytes(sample.VIDEO.read_bytes())
    hooks = Hooks(vault.store)
    hooks.add("default", "https://example.com/hook")
    run = pending(client, napping, video=file)
    processed(simulator, receiver)
    rounds, engine = worker(vault, client, napping.perform)
    (account,) = (each for each in vault.listing.page("default").accounts if each.integration == "tiktok")
    token = vault.accounts.tokens("default", account.id).tokens
    match trouble:
        case "refused":
            simulator.faults.add(path=STATUS, status=401, error_code="access_token_invalid", times=9)
        case "away":
            simulator.faults.add(path=STATUS, status=503, times=20)
        case "changed":
            file.write_bytes(b"another")
        case "gone":
            vault.accounts.disconnect("default", account.id)
        case "unrenewed":
            patch.setattr(client, "_ready", away)
    rounds._step()
    assert client.journal.find(run.id).state == "pending"
    assert len(engine.jobs) == 1
    rounds._step()
    assert len(engine.jobs) == 1  # not at once
    assert client.journal.find(run.id).result == run.result
    patch.undo()
    # Mended: the same notice is looked after, without another one.
    simulator.faults.clear()
    file.write_bytes(sample.VIDEO.read_bytes())
    vault.accounts.connect("default", [NewAccount("tiktok", token, subject="u-1", username="sim")])
    now = vault.store.database.now
    monkeypatch.setattr(vault.store.database, "now", lambda: now() + 31)
    rounds._step()
    assert client.journal.find(run.id).state == "done"
    assert len(simulator.tiktok.publishes) == 1
    # A look that could not look is no news.
    told = [each.event for each in hooks.deliveries("default") if each.subject == run.id]
    assert told == ["run.done", "run.pending"]


def away(*_: object) -> None:
    raise ActionFailed("transient", "The token could not be renewed just now.", sent="no")


def test_what_was_told_right_before_a_look_that_saw_nothing_is_looked_after(
    vault: Vault, client: Client, simulator: Simulator, receiver: Receiver, napping: Napping
) -> None:
    listen(simulator, receiver, "tiktok")

    def told_and_away() -> None:
        processed(simulator, receiver)
        simulator.faults.add(path=STATUS, status=503, times=20)

    napping.script[1] = told_and_away
    run = submit(client)
    assert napping.perform(run.id) == "pending"
    simulator.faults.clear()
    worker(vault, client, napping.perform)[0]._step()
    assert client.journal.find(run.id).state == "done"


def test_a_cancelled_look_leaves_it_pending(
    vault: Vault, client: Client, simulator: Simulator, receiver: Receiver, napping: Napping
) -> None:
    listen(simulator, receiver, "tiktok")
    run = pending(client, napping)
    (publish,) = simulator.tiktok.publishes
    post(receiver, "tiktok", tiktok_body(publish), simulator.clock.now())
    napping.script[len(napping.naps) + 1] = lambda: client.journal.cancel(client.journal.find(run.id))
    worker(vault, client, napping.perform)[0]._step()
    assert client.journal.find(run.id).state == "pending"


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_nobody_waits_for_ever(
    database: str, vault: Vault, client: Client, simulator: Simulator, napping: Napping
) -> None:
    run = pending(client, napping, video=sample.VIDEO.read_bytes())
    assert client.journal.waits.sweep() == []
    assert client.journal.waits.sweep(-1.0) == [run.id]
    with pytest.raises(ActionFailed, match="waits for nothing"):
        client.journal.take(run.id)
    assert WAITED > 2 * 86_400


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_notices_are_forgotten(database: str, vault: Vault, notices: Notices, simulator: Simulator) -> None:
    body = tiktok_body("v_1")
    signed = {k.lower(): v for k, v in header("tiktok", body, simulator.clock.now()).items()}
    assert [notices.take("tiktok", signed, body) for _ in range(2)] == [1, 0]
    assert forget_notices(vault.store.database) == 0
    assert forget_notices(vault.store.database, -1.0) == 1


def test_a_workspaces_own_app_speaks_for_its_runs_alone(
    vault: Vault, client: Client, simulator: Simulator, receiver: Receiver, napping: Napping
) -> None:
    vault.add_workspace("other")
    vault.apps.put("other", "tiktok", {"client_key": "k", "client_secret": "of another"})

    def elsewhere() -> None:
        (publish,) = simulator.tiktok.publishes
        assert post(receiver, "tiktok", tiktok_body(publish), simulator.clock.now(), "of another") == 200
        simulator.clock.advance(31)

    napping.script[1] = elsewhere
    assert napping.perform(submit(client).id) == "done"
    assert len(napping.naps) == NAPS


def test_the_app_of_the_environment_speaks_for_all(
    vault: Vault, client: Client, simulator: Simulator, napping: Napping
) -> None:
    vault.apps.remove("default", "tiktok")
    environ = {"POSTWIRE_TIKTOK_CLIENT_SECRET": "sim-client-secret"}
    with receiving(Notices(vault, Catalog(), environ=environ, clock=simulator.clock.now)) as receiver:
        listen(simulator, receiver, "tiktok")
        napping.script[1] = lambda: processed(simulator, receiver)
        assert napping.perform(submit(client).id) == "done"
    assert len(napping.naps) == 1


def test_meta_makes_sure_of_the_address(served: Served, receiver: Receiver) -> None:
    """The simulated platform asks our receiver, and believes only the right token."""

    def subscribe(token: str) -> int:
        about = {
            "object": "page",
            "callback_url": f"{receiver.origin}/webhooks/meta",
            "fields": "feed",
            "verify_token": token,
            "access_token": "999000000000001|metasimsecret",
        }
        headers = {"Host": "graph.facebook.com", "Content-Type": "application/json"}
        url = f"{served.origin}/v26.0/999000000000001/subscriptions"
        return ask(url, json.dumps(about).encode(), headers)[0]

    assert subscribe("white bread") == 400
    assert subscribe("rye bread") == 200
    assert receiver.statuses == [403, 200]


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/webhooks/nothing", "POST", 404),
        ("/webhooks/x", "POST", 404),
        ("/webhooks/tiktok", "GET", 404),
        ("/webhooks/tiktok/more", "POST", 404),
        ("/webhooks/../tiktok", "POST", 404),
        ("/webhooks/tiktok", "PUT", 405),
        ("/webhooks/tiktok", "POST", 401),
        ("/webhooks/meta", "GET", 403),
    ],
)
def test_other_requests_are_refused(receiver: Receiver, path: str, method: str, status: int) -> None:
    request = urllib.request.Request(
        f"{receiver.origin}{path}", data=None if method == "GET" else b"{}", method=method
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=60)
    with caught.value as answer:
        assert answer.code == status
        assert json.loads(answer.read())["code"]


def test_a_body_without_end_is_cut_off(receiver: Receiver) -> None:
    assert post(receiver, "meta", b"x" * 1_000_001) == 413


def test_two_signatures_are_none(vault: Vault, receiver: Receiver) -> None:
    import http.client

    body = page_body("1010_1")
    name, value = next(iter(header("meta", body, 0).items()))
    connection = http.client.HTTPConnection(receiver.origin.removeprefix("http://"), timeout=60)
    connection.putrequest("POST", "/webhooks/meta")
    for _ in range(2):
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    assert connection.getresponse().status == 401
    connection.close()


def test_no_body_reaches_a_log_or_the_database(
    client: Client,
    simulator: Simulator,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
    dump: Callable[..., str],
) -> None:
    caplog.set_level(0)
    body = tiktok_body("v_1", event="planted-event")
    assert post(receiver, "tiktok", body, simulator.clock.now()) == 200
    assert post(receiver, "tiktok", body, simulator.clock.now(), "guessed") == 401
    assert "planted-event" not in caplog.text + dump()
