"""`postwire connect` on the simulator: every platform, then an action of the account; and what goes wrong."""

from __future__ import annotations

import json
import re
import signal
import socket
from typing import TYPE_CHECKING, Any
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from tests.faces.cli.connecting import Terminal, browse, free_port, register

from postwire.accounts.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from postwire.simulator import Served

    from .conftest import Call, Start


@pytest.fixture
def sim(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setenv("POSTWIRE_SANDBOX", served.origin)
    return served


@pytest.fixture
def uri(sim: Served) -> str:
    return register(sim)


@pytest.fixture
def connect(call: Call, uri: str) -> Callable[..., Result]:
    def run(*args: str, **more: Any) -> Result:
        return call("connect", *args, "--sandbox", "--redirect-uri", uri, **more)

    return run


def accounts(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)["accounts"]
    return found


def called(found: list[dict[str, Any]]) -> list[str]:
    return sorted(each["username"] or each["name"] for each in found)


def grants(served: Served) -> int:
    """How often somebody asked for tokens."""
    words = ("token", "consent", "authorize", "authorization", "dialog")
    return sum(any(word in record.path.lower() for word in words) for record in served.simulator.requests)


PLATFORMS: list[tuple[list[str], list[str], list[str], str]] = [
    (["tiktok"], ["simstudio"], ["tiktok.get_user_info", "--account", "@SimStudio"], "simstudio"),
    (["x"], ["simlabs"], ["x.get_user_info"], "simlabs"),
    (["linkedin"], ["Mina Park", "fjord-studio", "northwind"],
     ["linkedin.get_user_info", "--account", "urn:li:person:782bbtaQ"], "Mina Park"),
    (["meta"], ["harborbakery", "hillcafe"], ["meta.get_page", "--account", "hillcafe"], "Hill Cafe"),
    (["meta", "--all"], ["harborbakery", "harborbakery", "hillcafe"],
     ["instagram.get_user_info"], "harborbakery"),
    (["instagram"], ["harborbakery"], ["instagram.get_user_info"], "harborbakery"),
    (["instagram", "--flavour", "facebook", "--choose", "harborbakery"], ["harborbakery"],
     ["instagram.get_user_info", "--account", "harborbakery"], "harborbakery"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "expected", "action", "seen"), PLATFORMS, ids=[" ".join(asked) for asked, *_ in PLATFORMS]
)
def test_an_account_is_connected_and_acts(
    connect: Callable[..., Result],
    call: Call,
    sim: Served,
    asked: list[str],
    expected: list[str],
    action: list[str],
    seen: str,
) -> None:
    result = connect(*asked, "--json")
    found = accounts(result)
    assert called(found) == expected
    assert {each["workspace"] for each in found} == {"sandbox"}
    assert {each["status"] for each in found} == {"active"}
    before = grants(sim)
    ran = call("run", *action, "--sandbox", "--json")
    assert ran.exit_code == 0, ran.stderr
    assert seen in ran.stdout
    assert grants(sim) == before  # the stored account acted, not one that was connected for the run


def test_a_public_app_has_no_secret(connect: Callable[..., Result], call: Call) -> None:
    added = call("apps", "add", "x", "client_id=-", "--sandbox", stdin=b"sim-x-public\n")
    assert added.exit_code == 0, added.stderr
    assert called(accounts(connect("x", "--json"))) == ["simlabs"]
    assert call("run", "x.get_user_info", "--sandbox", "--account", "simlabs").exit_code == 0
    assert json.loads(call("apps", "list", "--sandbox", "--json").stdout)[0]["keys"] == ["client_id"]


def test_it_is_told_what_this_is_and_who_came(connect: Callable[..., Result]) -> None:
    result = connect("tiktok", "--label", "Studio", "--owner", "ada")
    assert result.exit_code == 0
    assert "not the real platform" in result.stderr
    assert "A key for your accounts was made" in result.stderr
    head, line = result.stdout.strip().split("\n")
    assert head.split() == ["NAME", "PLATFORM", "STATUS", "CONNECTED", "LABEL", "ID"]
    assert line.split()[:3] == ["@simstudio", "tiktok", "Active"]
    assert " Studio " in line


def test_a_label_is_for_one(connect: Callable[..., Result]) -> None:
    result = connect("meta", "--label", "Mine", "--json")
    assert {each["label"] for each in accounts(result)} == {""}
    assert "The label was not given: 2 accounts" in result.stderr


def test_candidates_are_left_out_unasked(connect: Callable[..., Result]) -> None:
    result = connect("meta", "--json")
    (left,) = json.loads(result.stdout)["candidates"]
    assert (left["username"], left["facts"]["page_name"]) == ("harborbakery", "Harbor Bakery")
    assert "Left out: @harborbakery" in result.stderr


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            ["instagram", "--flavour", "facebook"],
            "Say which to connect, by --choose or --all: @harborbakery.",
        ),
        (["meta", "--choose", "nobody"], "The consent brought no 'nobody', but @harborbakery."),
        (["nowhere"], "There is no integration 'nowhere'"),
        (["meta", "--flavour", "facebok"], "knows no 'facebok' login"),
        (["tiktok", "--workspace", "other"], "--sandbox has a workspace of its own"),
    ],
)
def test_wrong_words_are_told(connect: Callable[..., Result], asked: list[str], message: str) -> None:
    result = connect(*asked)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())


def test_a_refusal_has_its_code(connect: Callable[..., Result], sim: Served) -> None:
    sim.simulator.tiktok.settings.auto_scopes = ("video.list",)
    result = connect("tiktok", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["refusal"] == "missing_permission"
    assert "Not granted: user.info.basic." in result.stderr
    assert "reason      missing_permission" in result.stderr


def test_an_address_that_the_app_has_not_is_told(call: Call, sim: Served) -> None:
    result = call("connect", "x", "--sandbox", "--port", "0", "--json")
    problem = json.loads(result.stdout)
    assert (result.exit_code, problem["code"], problem["sent"]) == (1, "invalid_input", "no")
    assert "did not redirect: " in problem["message"]
    assert "redirect" in problem["message"].partition(": ")[2]
    assert "leave --port" in problem["remedy"]


def test_the_keys_must_be_there(call: Call, sim: Served) -> None:
    result = call("connect", "x", "--json", "--no-browser", "--port", "0")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["refusal"] == "missing_credentials"
    assert "POSTWIRE_X_CLIENT_ID" in result.stderr
    assert not sim.simulator.requests


def test_a_port_that_is_taken_is_told(call: Call, sim: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = call("connect", "tiktok", "--sandbox", "--port", port)
    assert result.exit_code == 2
    assert f"Port {port} cannot be used" in result.stderr


def test_a_workspace_is_made_with_its_first_app(call: Call) -> None:
    added = call("apps", "add", "x", "client_id=-", "--workspace", "team", stdin=b"planted-id\n")
    assert "The workspace team was made." in added.stderr
    assert call("accounts", "--workspace", "team").exit_code == 0
    missing = call("accounts", "--workspace", "taem")
    assert missing.exit_code == 2
    assert "No workspace 'taem'; there is default, team." in missing.stderr


@pytest.mark.parametrize(("asked", "brand"), [(["tiktok"], "TikTok"), (["meta", "--all"], "Facebook")])
def test_a_browser_consents(start: Start, uri: str, sim: Served, asked: list[str], brand: str) -> None:
    process = start("connect", *asked, "--sandbox", "--no-browser", "--redirect-uri", uri, "--json")
    url = _address(process)
    assert url.startswith(sim.origin)
    assert "Return to your terminal" in browse(url)
    code, out, _ = process.outcome()
    assert code == 0
    assert json.loads(out)["accounts"]


def test_a_browser_declines(start: Start, uri: str) -> None:
    process = start("connect", "linkedin", "--sandbox", "--no-browser", "--redirect-uri", uri, "--json")
    browse(_address(process), "deny")
    code, out, _ = process.outcome()
    assert code == 1
    assert json.loads(out)["refusal"] == "user_cancelled_authorize"


def _address(process: Any) -> str:
    """The consent page that the process asks to open."""
    for line in process.stderr:
        if found := re.search(r"^  (http://\S+)", line):
            return found[1]
    raise AssertionError("no address was shown")


def test_the_address_can_be_pasted(start: Start, sim: Served, uri: str) -> None:
    class Stays(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            """The browser cannot reach what the address names."""

    with Terminal("connect", "tiktok", "--sandbox", "--no-browser", "--paste", "--json") as terminal:
        terminal.see("Address")
        (url,) = re.findall(r"^  (http://\S+)", terminal.shown, re.MULTILINE)
        try:
            build_opener(Stays).open(f"{url}&postwire_auto=allow")
        except OSError as error:
            where = str(error.headers["location"])  # type: ignore[attr-defined]
            error.close()  # type: ignore[attr-defined]
        terminal.type(where)
        code, out = terminal.end()
    assert code == 0, terminal.shown
    assert called(json.loads(out)["accounts"]) == ["simstudio"]


@pytest.mark.parametrize(("typed", "expected"), [("y", 3), ("", 3), ("n", 2)])
def test_a_person_is_asked_about_the_linked_account(sim: Served, typed: str, expected: int) -> None:
    with Terminal("connect", "meta", "--sandbox", "--port", "0", "--json") as terminal:
        terminal.see("[Y/n]")
        assert "Connect instagram @harborbakery, linked to the Page Harbor Bakery as well?" in terminal.shown
        terminal.type(typed)
        code, out = terminal.end()
    assert code == 0, terminal.shown
    assert len(json.loads(out)["accounts"]) == expected


def test_ctrl_c_gives_up(start: Start, uri: str) -> None:
    process = start("connect", "tiktok", "--sandbox", "--no-browser", "--redirect-uri", uri)
    assert process.stderr is not None
    while "Waiting for the answer" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    code, _, err = process.outcome()
    assert code == 130
    assert "Stopped" in err


@pytest.fixture
def two(connect: Callable[..., Result]) -> None:
    connect("tiktok")
    connect("tiktok", "--as", "simprivate")


class TestWhoActs:
    """`run` with what is connected."""

    def test_one_of_two_is_named(self, two: None, call: Call) -> None:
        result = call("run", "tiktok.get_user_info", "--sandbox", "--account", "simprivate", "--json")
        assert json.loads(result.stdout)["username"] == "simprivate"
        result = call("run", "tiktok.get_user_info", "--sandbox")
        assert result.exit_code == 2
        assert "Several accounts could act" in result.stderr

    def test_a_user_of_the_simulator_needs_no_connection(self, connect: Any, call: Call, sim: Served) -> None:
        connect("tiktok")
        before = grants(sim)
        result = call("run", "tiktok.get_user_info", "--sandbox", "--account", "simprivate", "--json")
        assert json.loads(result.stdout)["username"] == "simprivate"
        assert grants(sim) > before

    def test_a_simulated_workspace_never_goes_to_the_real_platform(
        self, connect: Any, call: Call, sim: Served
    ) -> None:
        connect("tiktok")
        result = call("run", "tiktok.get_user_info", "--workspace", "sandbox", "--json")
        assert json.loads(result.stdout)["username"] == "simstudio"
        assert "not the real platform" in result.stderr

    def test_a_name_that_nobody_has_is_told_without_making_a_vault(self, call: Call, tmp_path: Any) -> None:
        result = call("run", "tiktok.get_user_info", "--account", "nobody")
        assert result.exit_code == 2
        assert "There is no tiktok account 'nobody'" in result.stderr
        assert "POSTWIRE_TIKTOK_ACCESS_TOKEN" in result.stderr
        assert not (tmp_path / "home").exists()

    def test_a_simulator_that_was_started_anew_knows_no_old_account(
        self, connect: Any, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connect("tiktok")
        monkeypatch.delenv("POSTWIRE_SANDBOX")
        monkeypatch.setattr("postwire.sandbox.PORT", free_port())
        result = call("run", "tiktok.get_user_info", "--sandbox", "--json")
        assert result.exit_code == 0, result.stderr


def test_the_accounts_of_one_computer_are_its_own(connect: Callable[..., Result], tmp_path: Any) -> None:
    connect("tiktok")
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "home").iterdir() if file.is_file()} == {
        0o600
    }
    with Vault(folder=tmp_path / "home") as vault:
        assert vault.listing.summary("default").total == 0
        assert vault.listing.summary("sandbox").total == 1
