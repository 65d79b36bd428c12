"""Webhooks out: what is told to whom, written with the run's end, and nothing of it lies open."""

from __future__ import annotations

import json
import logging
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from tests.publish.hooks.conftest import URL, Clock, Post, begin, done
from tests.publish.hooks.test_courier import failing, judged

from postwire.accounts.records import Lease, NewAccount
from postwire.accounts.tokens import Tokens
from postwire.errors import ActionFailed, InvalidInput, OutcomeUnknown, UnknownName
from postwire.publish.hooks import MOST, Hooks
from postwire.publish.records import Ask
from postwire.secret import Secret
from postwire.values import Response, Result

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postwire.accounts.vault import Vault
    from postwire.publish.courier import Courier
    from postwire.publish.hooks import Endpoint
    from postwire.publish.journal import Journal


def ends(journal: Journal, how: str) -> str:
    ledger = begin(journal)
    match how:
        case "done" | "pending":
            journal.finish(ledger, Result({"id": "p-1"}, how, ("Slow.",)))
        case "failed":
            journal.fail(ledger, ActionFailed("media_rejected", "Too long.", step="post"))
        case "unknown":
            journal.fail(ledger, OutcomeUnknown("No answer came.", step="post"))
        case "cancelled":
            journal.fail(ledger, ActionFailed("cancelled", "Ended.", sent="no"))
    return ledger.run


@pytest.mark.parametrize("how", ["done", "pending", "failed", "unknown", "cancelled"])
def test_every_end_of_a_run_is_told(
    how: str, journal: Journal, hooks: Hooks, courier: Courier, post: Post
) -> None:
    endpoint, _ = hooks.add("default", URL)
    run = ends(journal, how)
    assert courier.once() == 1
    ((url, headers, _),) = post.sent
    (told,) = post.told
    assert url == URL
    assert headers["Content-Type"] == "application/json"
    assert set(told) == {"type", "timestamp", "data"}
    assert told["type"] == f"run.{how}"
    data = told["data"]
    assert (data["id"], data["state"], data["action"]) == (run, how, "acme.post")
    assert data["workspace"] == "default"
    if how in {"done", "pending"}:
        assert (data["result"], data["warnings"]) == ({"id": "p-1"}, ["Slow."])
    else:
        assert data["error"]["code"] == data["code"]
    (delivery,) = hooks.deliveries("default")
    assert (delivery.state, delivery.status, delivery.subject) == ("delivered", 204, run)
    assert delivery.id == headers["webhook-id"]
    assert hooks.get("default", endpoint.id).succeeded_at is not None
    assert courier.once() == 0


def test_a_run_that_ends_before_it_begins_or_by_a_person_is_told(
    journal: Journal, hooks: Hooks, courier: Courier, post: Post
) -> None:
    hooks.add("default", URL)
    run, _ = journal.submit(Ask("default", "w", "acme.post", "acme/1", "print", {}))
    journal.cancel(run)
    unknown = journal.find(ends(journal, "unknown"))
    journal.resolve(unknown, result=Result({"url": "https://example.com/1"}))
    while courier.once():
        pass
    assert [each["type"] for each in post.told] == ["run.cancelled", "run.unknown", "run.done"]


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_only_chosen_events_and_own_workspaces_are_told(
    database: str, journal: Journal, hooks: Hooks, courier: Courier, post: Post
) -> None:
    hooks.add("default", f"{URL}/failures", ["run.failed", "run.unknown"])
    hooks.add("default", f"{URL}/all")
    hooks.add("other", f"{URL}/other")
    done(journal)
    done(journal, "other")
    courier.once()
    assert sorted(url for url, _, _ in post.sent) == [f"{URL}/all", f"{URL}/other"]


def test_what_nobody_wants_to_know_is_not_kept(
    journal: Journal, hooks: Hooks, dump: Callable[..., str]
) -> None:
    done(journal)
    hooks.add("default", URL, ["run.failed"])
    done(journal, key="k2")
    assert hooks.deliveries("default") == []


def test_a_long_result_is_left_out(journal: Journal, hooks: Hooks, courier: Courier, post: Post) -> None:
    hooks.add("default", URL)
    done(journal, text="x" * 30_000)
    courier.once()
    assert "result" not in post.told[0]["data"]
    assert post.told[0]["data"]["result_left_out"] is True
    assert len(post.sent[0][2]) < 2_000


def test_an_end_that_is_rolled_back_is_not_told(
    journal: Journal, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.add("default", URL)
    ledger = begin(journal)

    def broken(*_: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(journal.waits, "keep", broken)
    with pytest.raises(RuntimeError):
        journal.finish(ledger, Result({}))
    assert journal.find(ledger.run).state == "running"
    assert hooks.deliveries("default") == []


NEED = NewAccount("acme", Tokens(Secret("a-token")), subject="u-1", username="acme", label="Shop")


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_an_account_that_needs_its_owner_is_told_once(
    database: str, vault: Vault, hooks: Hooks, courier: Courier, post: Post
) -> None:
    hooks.add("default", URL, ["account.needs_reconnect"])
    (account,) = vault.accounts.connect("default", [NEED])
    for reason in ("The token was refused.", "Again."):
        vault.accounts.set_state("default", account.id, "needs_reconnect", reason)
    lease = vault.refreshing.claim("default", account.id, account.version)
    assert isinstance(lease, Lease)
    vault.refreshing.release(lease, state="needs_reconnect", reason="Once more.")
    courier.once()
    (told,) = post.told
    assert told["type"] == "account.needs_reconnect"
    assert told["data"]["id"] == account.id
    assert told["data"]["reason"] == "The token was refused."
    assert "a-token" not in json.dumps(told)


def test_a_renewal_that_is_refused_for_good_is_told(
    vault: Vault, hooks: Hooks, courier: Courier, post: Post
) -> None:
    hooks.add("default", URL)
    (account,) = vault.accounts.connect("default", [NEED])
    lease = vault.refreshing.claim("default", account.id, account.version)
    assert isinstance(lease, Lease)
    vault.refreshing.release(lease, state="needs_reconnect", reason="It was revoked.")
    courier.once()
    assert [each["data"]["reason"] for each in post.told] == ["It was revoked."]


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com/hook",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://localhost/hook",
        "https://10.0.0.1/hook",
        "https://169.254.169.254/latest",
        "https://user:word@example.com/",
        "https://example.com:25/",
        "https://example.com/#part",
        "example.com",
        "",
    ],
)
def test_addresses_that_are_not_called(vault: Vault, url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Hooks(vault.store).add("default", url)
    assert [field.path for field in caught.value.fields] == ["/url"]


def test_loopback_is_called_where_that_is_allowed(hooks: Hooks) -> None:
    hooks.add("default", "http://127.0.0.1:9000/hook")
    for url in ("http://example.com/hook", "https://10.0.0.1/hook"):
        with pytest.raises(InvalidInput):
            hooks.add("default", url)


def test_events_that_there_are_not(hooks: Hooks) -> None:
    with pytest.raises(InvalidInput, match=r"did you mean run\.failed") as caught:
        hooks.add("default", URL, ["run.faild", "run.done"])
    assert [field.path for field in caught.value.fields] == ["/events"]


def test_a_workspace_has_room_for_some(hooks: Hooks) -> None:
    for _ in range(MOST):
        hooks.add("default", URL)
    with pytest.raises(ActionFailed) as caught:
        hooks.add("default", URL)
    assert caught.value.code == "quota_exceeded"
    hooks.add("other", URL)


@pytest.mark.parametrize(
    "call",
    [
        lambda hooks, endpoint, _: hooks.get("other", endpoint),
        lambda hooks, endpoint, _: hooks.remove("other", endpoint),
        lambda hooks, endpoint, _: hooks.rotate("other", endpoint),
        lambda hooks, endpoint, _: hooks.enable("other", endpoint),
        lambda hooks, endpoint, _: hooks.test("other", endpoint),
        lambda hooks, _, delivery: hooks.redeliver("other", delivery),
        lambda hooks, endpoint, _: hooks.secrets("other", endpoint, 0.0),
    ],
)
def test_what_belongs_to_another_workspace_is_not_there(journal: Journal, hooks: Hooks, call: Any) -> None:
    endpoint, _ = hooks.add("default", URL)
    delivery = hooks.test("default", endpoint.id)
    with pytest.raises(UnknownName):
        call(hooks, endpoint.id, delivery.id)
    assert hooks.list("other") == []
    assert hooks.deliveries("other") == []


def test_a_test_goes_to_one_address_whatever_it_wants(hooks: Hooks, courier: Courier, post: Post) -> None:
    endpoint, secret = hooks.add("default", URL, ["run.failed"])
    hooks.add("default", f"{URL}/other")
    hooks.test("default", endpoint.id)
    courier.once()
    assert [(url, told["type"]) for (url, _, _), told in zip(post.sent, post.told, strict=True)] == [
        (URL, "webhook.test")
    ]
    judged(secret, post.sent[0][1], post.sent[0][2])


def test_old_messages_are_forgotten(
    journal: Journal, hooks: Hooks, courier: Courier, post: Post, clock: Clock
) -> None:
    hooks.add("default", URL)
    done(journal)
    assert hooks.sweep(0) == 0
    courier.once()
    clock.at += 100
    assert hooks.sweep(1000) == 0
    assert hooks.sweep(50) == 1


# Secrets


def test_no_secret_and_no_content_lies_open_anywhere(
    vault: Vault,
    journal: Journal,
    hooks: Hooks,
    courier: Courier,
    post: Post,
    home: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint, secret = hooks.add("default", URL)
    rotated = hooks.rotate("default", endpoint.id)
    failing(post, 500)
    done(journal, text="Planted caption")
    courier.once()
    courier._post = broken
    for each in hooks.deliveries("default"):
        hooks.redeliver("default", each.id)
    courier.once()
    shown = repr((hooks.list("default"), hooks.deliveries("default"), endpoint, secret))
    with sqlite3.connect(home / "vault.db") as connection:
        stored = "\n".join(connection.iterdump())
    connection.close()
    for held in (secret.reveal(), rotated.reveal(), "Planted caption"):
        plain = held.removeprefix("whsec_")
        assert plain not in shown + stored + caplog.text
    assert "could not be sent" in caplog.text


def broken(*_: object) -> Response:
    raise RuntimeError("a fault of ours")


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_secrets_are_sealed_anew_with_a_new_key(
    database: str, vault: Vault, journal: Journal, hooks: Hooks, courier: Courier, post: Post
) -> None:
    _, secret = hooks.add("default", URL)
    done(journal)
    ring = vault.store.ring.with_new_key()
    vault.use_keys(ring)
    while vault.reseal():
        pass
    assert set(vault.keys_in_use()) == {ring.newest}
    courier.once()
    judged(secret, post.sent[0][1], post.sent[0][2])


def test_the_clock_of_an_endpoint(hooks: Hooks, clock: Clock) -> None:
    endpoint: Endpoint = hooks.add("default", URL, ["run.done"], description="Ours")[0]
    assert (endpoint.events, endpoint.description) == (("run.done",), "Ours")
    assert endpoint.created_at == pytest.approx(clock.at)
    assert hooks.list("default") == [endpoint]
