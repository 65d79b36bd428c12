"""`postwire webhooks`: addresses come and go, a secret is shown once, and what was sent can be seen."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from postwire.accounts.vault import Vault
from postwire.publish.courier import Courier
from postwire.values import Response

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Call

URL = "https://example.com/hook"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


def asked(call: Call, *words: str) -> Any:
    result = call("webhooks", *words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_the_secret_is_shown_once(call: Call) -> None:
    result = call("webhooks", "add", URL)
    assert result.exit_code == 0, result.stderr
    number, secret = result.stdout.split()
    assert SECRET.fullmatch(secret)
    assert "this once" in result.stderr
    for words in (["list"], ["list", "--json"], ["deliveries"]):
        shown = call("webhooks", *words)
        assert secret not in shown.stdout + shown.stderr
    assert number in call("webhooks", "list").stdout
    again = asked(call, "rotate", number)["secret"]
    assert SECRET.fullmatch(again)
    assert again != secret


def test_an_address_chooses_its_events(call: Call) -> None:
    made = asked(call, "add", URL, "--event", "run.failed", "--event", "run.done", "--description", "Ours")
    assert (made["events"], made["description"], made["url"]) == (["run.done", "run.failed"], "Ours", URL)
    (listed,) = asked(call, "list")
    assert listed == {name: value for name, value in made.items() if name != "secret"}
    wrong = call("webhooks", "add", URL, "--event", "run.faild")
    assert wrong.exit_code == 2
    assert "did you mean run.failed?" in wrong.stderr


@pytest.mark.parametrize("url", ["http://example.com/", "https://10.0.0.1/", "http://127.0.0.1:9/"])
def test_addresses_that_are_not_called(call: Call, url: str) -> None:
    result = call("webhooks", "add", url)
    assert result.exit_code == 2
    assert "This address is not called" in result.stderr


def test_loopback_is_for_development(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTWIRE_WEBHOOKS_LOOPBACK", "1")
    assert asked(call, "add", "http://127.0.0.1:9000/hook")["url"] == "http://127.0.0.1:9000/hook"


def sent(tmp_path: Path, status: int) -> int:
    """What a worker would do."""
    with Vault(folder=tmp_path / "home") as vault:
        return Courier(vault.store, lambda *_: Response(status, {})).once()


def test_a_test_is_sent_and_seen_and_sent_again(call: Call, tmp_path: Path) -> None:
    number = asked(call, "add", URL)["id"]
    message = asked(call, "test", number)
    assert (message["event"], message["state"]) == ("webhook.test", "waiting")
    assert sent(tmp_path, 500) == 1
    line = call("webhooks", "deliveries").stdout
    assert message["id"] in line
    assert "it answered with status 500" in line
    again = asked(call, "redeliver", message["id"])
    assert (again["id"], again["attempts"]) == (message["id"], 0)
    assert sent(tmp_path, 200) == 1
    (told,) = asked(call, "deliveries", "--endpoint", number)
    assert (told["state"], told["status"]) == ("delivered", 200)
    assert asked(call, "list")[0]["succeeded"]


def test_one_that_is_gone_is_shown_as_disabled_and_can_come_back(call: Call, tmp_path: Path) -> None:
    number = asked(call, "add", URL)["id"]
    asked(call, "test", number)
    sent(tmp_path, 410)
    assert "disabled: It answered with status 410" in call("webhooks", "list").stdout
    refused = call("webhooks", "test", number)
    assert refused.exit_code == 1
    assert "disabled" not in asked(call, "enable", number)


def test_one_is_removed(call: Call) -> None:
    number = asked(call, "add", URL)["id"]
    assert asked(call, "remove", number) == {"removed": number}
    assert asked(call, "list") == []
    assert call("webhooks", "remove", number).exit_code == 2
    assert "There are none." in call("webhooks", "list").stderr
