"""Which account acts in a client's run: the named one, the client's own, the environment's, the only one."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postwire import Account, ActionFailed, AsyncClient, Client, UnknownName
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.accounts.conftest import Clock

    from postwire.accounts.vault import Vault
    from postwire.simulator import Served

ACTION = "tiktok.get_user_info"
VARIABLE = "POSTWIRE_TIKTOK_ACCESS_TOKEN"


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture(autouse=True)
def _nothing_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POSTWIRE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("POSTWIRE_DATABASE", raising=False)
    monkeypatch.delenv(VARIABLE, raising=False)


class Room:
    """A vault, a simulated TikTok, and either client on both."""

    def __init__(self, kind: str, vault: Vault, served: Served, clock: Clock) -> None:
        self.kind, self.vault, self.served, self.clock = kind, vault, served, clock

    def connect(self, who: str, label: str = "", workspace: str = "default") -> str:
        """A user of the simulator, connected; `label` is ours."""
        token = Secret(self.token(who))
        new = NewAccount("tiktok", Tokens(token), subject=who, username=who, label=label)
        return self.vault.accounts.connect(workspace, [new])[0].id

    def token(self, who: str) -> str:
        return str(self.served.simulator.tiktok.connect(who))

    def who(self, account: Any = None, own: Any = None, **options: Any) -> str:
        """Who acts, as the platform sees it."""
        given = {"vault": self.vault, "sandbox": self.served.origin, **options}
        if self.kind == "sync":
            with Client(own, **given) as client:
                return str(client.run(ACTION, account=account)["username"])

        async def go() -> str:
            async with AsyncClient(own, **given) as client:
                return str((await client.run(ACTION, account=account))["username"])

        return asyncio.run(go())


@pytest.fixture(params=["sync", "async"])
def room(request: pytest.FixtureRequest, vault: Vault, served: Served, clock: Clock) -> Iterator[Room]:
    yield Room(request.param, vault, served, clock)
    assert asyncio.run(vault.run(vault.workspaces))  # a vault that was given stays open


def test_the_only_account_acts(room: Room) -> None:
    room.connect("simstudio")
    assert room.who() == "simstudio"


@pytest.mark.parametrize("name", ["@simprivate", "SIMPRIVATE", "Second one", "id"])
def test_a_name_chooses(room: Room, name: str) -> None:
    room.connect("simstudio")
    other = room.connect("simprivate", "Second one")
    chosen = other if name == "id" else name
    assert room.who(chosen) == "simprivate"
    assert room.who(own=chosen) == "simprivate"


def test_several_want_a_name(room: Room) -> None:
    room.connect("simstudio")
    room.connect("simprivate")
    with pytest.raises(UnknownName, match=r"Several accounts(?=.*@simprivate)(?=.*@simstudio)"):
        room.who()
    with pytest.raises(UnknownName, match="nobody"):
        room.who("nobody")


def test_without_any_it_is_said(room: Room) -> None:
    with pytest.raises(ActionFailed, match="No TikTok account is connected") as caught:
        room.who()
    assert caught.value.code == "auth_expired"


def test_the_nearest_wins(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.connect("simstudio")
    room.connect("simprivate")
    monkeypatch.setenv(VARIABLE, room.token("simprivate"))
    assert room.who() == "simprivate"  # the environment's, before those of the vault
    own = Account("tiktok", room.token("simstudio"))
    assert room.who(own=own) == "simstudio"
    assert room.who(own=Account("x", "token")) == "simprivate"  # the client's own is for another platform
    assert room.who("@simprivate", own=own) == "simprivate"
    assert room.who(own, own="@simprivate") == "simstudio"


def test_a_workspace_sees_its_own(room: Room) -> None:
    room.vault.add_workspace("other")
    room.connect("simstudio")
    room.connect("simprivate", workspace="other")
    assert room.who(workspace="other") == "simprivate"
    with pytest.raises(UnknownName):
        room.who("@simstudio", workspace="other")


def test_a_token_that_was_refused_is_not_used_again(room: Room) -> None:
    account = room.connect("simstudio")
    for token in room.served.simulator.tiktok.access.values():
        token.dead = True
    with pytest.raises(ActionFailed) as caught:
        room.who()
    assert caught.value.code == "auth_expired"
    assert room.vault.accounts.get("default", account).state == "needs_reconnect"
    asked = len(room.served.simulator.requests)
    with pytest.raises(ActionFailed, match="connected again"):
        room.who()
    assert len(room.served.simulator.requests) == asked


def test_a_rehearsal_shows_no_token_and_renews_none(room: Room) -> None:
    account = room.connect("simstudio")
    token = room.vault.accounts.tokens("default", account).tokens.access.reveal()
    with Client(vault=room.vault, sandbox=room.served.origin) as client:
        for told in (client.dry_run(ACTION), client.dry_run(ACTION, account="@simstudio")):
            assert token not in str(told)
    assert not room.served.simulator.requests


def test_a_sandbox_leaves_the_usual_vault_alone(room: Room, tmp_path: Path) -> None:
    """Its answers would end real connections."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "vault.db").write_bytes(b"not looked at")
    with pytest.raises(ActionFailed, match="No TikTok account"):
        room.who(vault=None)
    with pytest.raises(UnknownName, match="sandbox"):
        room.who("@simstudio", vault=None)


@pytest.mark.parametrize("given", ["account", "environment", "nothing"])
def test_the_vault_is_not_even_loaded_before_it_is_needed(served: Served, tmp_path: Path, given: str) -> None:
    token = str(served.simulator.tiktok.connect("simstudio"))
    code = (
        "import sys; from postwire import Account, ActionFailed, Client\n"
        f"account = Account('tiktok', {token!r}) if {given == 'account'} else None\n"
        "from postwire.transport import HttpTransport\n"
        f"with Client(account, transport=HttpTransport(sandbox={served.origin!r})) as client:\n"
        f"    try: print(client.run({ACTION!r})['username'])\n"
        "    except ActionFailed as error: print(error.code)\n"
        "print([name for name in ('sqlalchemy', 'cryptography', 'alembic') if name in sys.modules])"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "runtime")}
    environ |= {VARIABLE: token} if given == "environment" else {}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["auth_expired" if given == "nothing" else "simstudio", "[]"]
    assert not (tmp_path / "home").exists()
