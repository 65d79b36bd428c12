"""`postwire accounts` and `postwire keep-alive`."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest
from tests.faces.cli.connecting import Terminal, register

from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.accounts.vault import Vault
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from postwire.simulator import Served

    from .conftest import Call, Start

DAY = 86_400.0


@pytest.fixture
def sim(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setenv("POSTWIRE_SANDBOX", served.origin)
    return served


@pytest.fixture
def connected(call: Call, sim: Served) -> Callable[..., list[dict[str, Any]]]:
    """Connects on the simulator; the accounts."""
    uri = register(sim)

    def run(*args: str) -> list[dict[str, Any]]:
        result = call("connect", *args, "--sandbox", "--redirect-uri", uri, "--json")
        assert result.exit_code == 0, result.stderr
        found: list[dict[str, Any]] = json.loads(result.stdout)["accounts"]
        return found

    return run


@pytest.fixture
def accounts(call: Call) -> Callable[..., Result]:
    def run(*args: str) -> Result:
        return call("accounts", *args)

    return run


@pytest.fixture
def listed(tmp_path: Path, call: Call) -> Callable[..., list[str]]:
    """Four accounts of several kinds; gives the names that a filter leaves."""
    moment = [1_790_000_000.0]
    with Vault(folder=tmp_path / "home", clock=lambda: moment[0]) as vault:
        for number, (integration, name, state, owner) in enumerate(
            [
                ("tiktok", "acme", "active", "ada"),
                ("x", "acme_news", "needs_reconnect", "ada"),
                ("meta", "bakery", "error", "bob"),
                ("meta", "cafe", "limited", "bob"),
            ]
        ):
            moment[0] = 1_790_000_000.0 + number * DAY  # 2026-09-21 and the days after
            new = NewAccount(integration, Tokens(Secret("t")), name, username=name, reason="Because.")
            (stored,) = vault.accounts.connect("default", [new], owner=owner)
            vault.accounts.set_state("default", stored.id, state, "Because.")  # type: ignore[arg-type]

    def run(*args: str) -> list[str]:
        result = call("accounts", *args, "--json")
        assert result.exit_code == 0, result.stderr
        return [each["username"] for each in json.loads(result.stdout)["accounts"]]

    return run


class TestListing:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ([], ["cafe", "bakery", "acme_news", "acme"]),
            (["--search", "ACME"], ["acme_news", "acme"]),
            (["--search", "meta"], ["cafe", "bakery"]),
            (["--platform", "x"], ["acme_news"]),
            (["--status", "active"], ["cafe", "acme"]),
            (["--status", "inactive"], ["acme_news"]),
            (["--status", "failed"], ["bakery"]),
            (["--owner", "bob"], ["cafe", "bakery"]),
            (["--since", "2026-09-23"], ["cafe", "bakery"]),
            (["--until", "2026-09-22"], ["acme_news", "acme"]),
            (["--since", "2026-09-22", "--until", "2026-09-22"], ["acme_news"]),
            (["--search", "2026-09-24"], ["cafe"]),
            (["--owner", "bob", "--status", "active"], ["cafe"]),
        ],
        ids=lambda value: " ".join(value) if value and value[0].startswith("--") else None,
    )
    def test_a_filter(self, listed: Any, given: list[str], expected: list[str]) -> None:
        assert listed(*given) == expected

    def test_the_summary_counts_all(self, listed: Any, accounts: Callable[..., Result]) -> None:
        told = json.loads(accounts("--owner", "bob", "--json").stdout)
        assert told["summary"] == {"total": 4, "active": 2, "inactive": 1, "failed": 1}
        assert "4 accounts: 2 active, 1 inactive, 1 failed." in accounts().stderr
        assert "2 of 4 accounts; in all 2 active, 1 inactive, 1 failed." in accounts("--owner", "bob").stderr
        assert listed

    def test_people_see_the_state(self, listed: Any, accounts: Callable[..., Result]) -> None:
        lines = {line.split()[0]: " ".join(line.split()[2:4]) for line in accounts().stdout.splitlines()}
        assert lines["@acme"].startswith("Active 2026-09-21")
        assert lines["@acme_news"].startswith("Inactive (needs")
        assert lines["@bakery"].startswith("Failed 2026-09-23")
        assert lines["@cafe"].startswith("Active (limited)")
        assert listed

    def test_where_there_is_none_the_way_is_shown(self, accounts: Callable[..., Result]) -> None:
        result = accounts()
        assert (result.exit_code, result.stdout) == (0, "")
        assert "`postwire connect NAME` connects one" in result.stderr

    @pytest.mark.parametrize("given", [["--status", "sleepy"], ["--since", "yesterday"], ["--until", "1"]])
    def test_wrong_words_are_told(self, accounts: Callable[..., Result], given: list[str]) -> None:
        assert accounts(*given).exit_code == 2


class TestOne:
    def test_show_tells_all_but_the_credential(self, connected: Any, accounts: Any, tmp_path: Path) -> None:
        (account,) = connected("tiktok", "--label", "Studio")
        for name in (account["id"], "@SimStudio", "studio", account["platform_id"]):
            told = json.loads(accounts("show", "--sandbox", "--json", "--", name).stdout)
            assert (told["id"], told["label"], told["status"], told["lacking"]) == (
                account["id"],
                "Studio",
                "active",
                {},
            )
        text = accounts("show", "studio", "--sandbox").stdout
        assert "username:" in text
        with Vault(folder=tmp_path / "home") as vault:
            token = vault.accounts.tokens("sandbox", account["id"]).tokens.access.reveal()
        assert token not in text

    def test_what_it_cannot_do_is_named(self, connected: Any, accounts: Any, sim: Served) -> None:
        sim.simulator.tiktok.settings.auto_scopes = ("user.info.basic", "video.list")
        (account,) = connected("tiktok")
        told = json.loads(accounts("show", account["id"], "--sandbox", "--json").stdout)
        assert told["state"] == "limited"
        assert "video.publish" in told["lacking"]["tiktok.publish_video"]

    def test_debug_asks_the_platform(self, connected: Any, accounts: Any, tmp_path: Path) -> None:
        page = connected("meta")[0]
        told = json.loads(accounts("show", page["id"], "--debug", "--sandbox", "--json").stdout)["token"]
        assert (told["valid"], told["complete"]) == (True, True)
        assert told["expires_at"].endswith("Z")
        result = accounts("show", page["id"], "--debug", "--sandbox")
        for text in (
            "Token: complete",
            "ok  pages_manage_posts",
            "ok  meta Hill Cafe",
            "data access expires:",
        ):
            assert text in result.stdout
        with Vault(folder=tmp_path / "home") as vault:
            for account in (page["id"], told["login"]):
                token = vault.accounts.tokens("sandbox", account).tokens.access.reveal()
                assert token not in result.stdout + json.dumps(told)

    def test_debug_marks_what_is_missing(self, connected: Any, accounts: Any, sim: Served) -> None:
        sim.simulator.meta.settings.auto_scopes = ("pages_show_list", "pages_manage_posts")
        page = connected("meta")[0]
        text = accounts("show", page["id"], "--debug", "--sandbox").stdout
        assert "Token: look at the marks" in text
        assert "!!  read_insights" in text

    def test_refresh_renews_now(self, connected: Any, accounts: Any, sim: Served) -> None:
        (account,) = connected("tiktok")
        told = json.loads(accounts("refresh", "simstudio", "--sandbox", "--json").stdout)
        assert told["id"] == account["id"]
        assert told["status"] == "active"
        assert sum(record.path == "/v2/oauth/token/" for record in sim.simulator.requests) == 2
        assert (
            "Renewed: tiktok @simstudio; its access ends 20"
            in accounts("refresh", "simstudio", "--sandbox").stdout
        )

    def test_refresh_of_a_page_asks_its_login(self, connected: Any, accounts: Any, sim: Served) -> None:
        (page, other) = connected("meta")
        result = accounts("refresh", page["id"], "--sandbox", "--json")
        assert result.exit_code == 0, result.stderr
        told = json.loads(result.stdout)
        assert (told["id"], told["state"]) == (page["id"], "active")
        summary = json.loads(accounts("--sandbox", "--json").stdout)["summary"]
        assert (summary["total"], summary["active"]) == (2, 2)
        assert other["id"] != page["id"]

    def test_refresh_of_a_dead_grant_says_reconnect(self, connected: Any, accounts: Any, sim: Served) -> None:
        connected("tiktok")
        for token in sim.simulator.tiktok.refresh.values():
            token.dead = True
        result = accounts("refresh", "simstudio", "--sandbox")
        assert result.exit_code == 1
        assert "postwire accounts reconnect acc_" in result.stderr
        assert json.loads(accounts("--sandbox", "--json").stdout)["summary"]["inactive"] == 1

    def test_reconnect_keeps_the_account(self, connected: Any, accounts: Any) -> None:
        (account,) = connected("tiktok")
        told = json.loads(accounts("reconnect", "simstudio", "--port", "0", "--sandbox", "--json").stdout)
        assert told["id"] == account["id"]

    def test_reconnect_refuses_another_person(self, connected: Any, accounts: Any) -> None:
        connected("tiktok")
        result = accounts("reconnect", "simstudio", "--port", "0", "--as", "simprivate", "--sandbox")
        assert result.exit_code == 1
        assert "given for @simprivate" in result.stderr

    def test_disconnect_withdraws_and_forgets(self, connected: Any, accounts: Any) -> None:
        connected("tiktok")
        result = accounts("disconnect", "simstudio", "--sandbox")
        assert "Disconnected, and TikTok has withdrawn the permission." in result.stdout
        assert accounts("disconnect", "simstudio", "--sandbox").exit_code == 2

    def test_what_goes_with_it_is_named(self, connected: Any, accounts: Any) -> None:
        member = next(each for each in connected("linkedin") if each["name"] == "Mina Park")
        told = json.loads(accounts("disconnect", member["id"], "--sandbox", "--json").stdout)
        assert told["revoked"] is True
        assert [each["username"] for each in told["disconnected_with_it"]] == ["northwind", "fjord-studio"]

    @pytest.mark.parametrize(("typed", "left"), [("n", 1), ("y", 0)])
    def test_a_person_is_asked_before(
        self, connected: Any, accounts: Any, typed: str, left: int, tmp_path: Path
    ) -> None:
        connected("tiktok")
        assert (tmp_path / "home" / "vault.db").exists()
        with Terminal("accounts", "disconnect", "simstudio", "--sandbox") as terminal:
            terminal.see("[y/N]")
            assert "Disconnect tiktok @simstudio?" in terminal.shown
            terminal.type(typed)
            terminal.end()
        assert json.loads(accounts("--sandbox", "--json").stdout)["summary"]["total"] == left

    @pytest.mark.parametrize("command", ["show", "refresh", "disconnect", "reconnect"])
    def test_a_name_that_nobody_has(self, accounts: Any, sim: Served, command: str) -> None:
        result = accounts(command, "nobody", "--sandbox", "--json")
        assert result.exit_code == 2
        assert json.loads(result.stdout)["code"] == "not_found"
        assert sim

    def test_options_may_stand_before_the_command(self, connected: Any, accounts: Any) -> None:
        connected("tiktok")
        told = json.loads(accounts("--sandbox", "--json", "show", "simstudio").stdout)
        assert told["username"] == "simstudio"


class TestKeepAlive:
    def test_what_is_due_is_renewed_once(self, call: Call, tmp_path: Path) -> None:
        with Vault(folder=tmp_path / "home") as vault:
            new = NewAccount(
                "tiktok", Tokens(Secret("t"), Secret("r"), 1.0), "1", refresh_at=1.0, username="acme"
            )
            vault.accounts.connect("default", [new])
        result = call("keep-alive", "--once")  # without the app's keys it cannot be
        assert result.exit_code == 0
        assert "tiktok @acme" in result.stderr
        assert "keys" in result.stderr

    def test_simulated_accounts_are_left_alone(
        self, connected: Any, call: Call, tmp_path: Path, sim: Served
    ) -> None:
        (account,) = connected("tiktok")
        with Vault(folder=tmp_path / "home") as vault, vault.store.database.write() as connection:
            connection.exec_driver_sql("UPDATE accounts SET refresh_at = 1, due_at = 1")
        before = len(sim.simulator.requests)
        result = call("keep-alive", "--once")
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
        assert len(sim.simulator.requests) == before
        with Vault(folder=tmp_path / "home") as vault:
            assert vault.accounts.get("sandbox", account["id"]).state == "active"

    @pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
    def test_it_ends_when_told(self, start: Start, how: signal.Signals) -> None:
        process = start("keep-alive")
        assert process.stderr is not None
        while "Keeping accounts connected" not in process.stderr.readline():
            pass
        process.send_signal(how)
        assert process.outcome()[0] == 0
