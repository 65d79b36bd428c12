"""A folder for Autohive's SDK: the same actions, run by our runtime with the platform's credentials.

The SDK needs Python 3.13; a stand-in with its published interface takes its place where it is not installed.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from postwire import ActionFailed, Client, MissingExtra, UnknownName
from postwire.export import Tools, autohive
from postwire.media import sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire import Account
    from postwire.simulator import Served


@dataclass
class ActionResult:
    data: Any
    cost_usd: float | None = None


@dataclass
class ActionError:
    message: str
    cost_usd: float | None = None


@dataclass
class ConnectedAccountInfo:
    first_name: str | None = None
    username: str | None = None
    user_id: str | None = None
    avatar_url: str | None = None


class ActionHandler:
    pass


class ConnectedAccountHandler:
    pass


class Integration:
    """As the SDK's: loads config.json, registers handlers, checks what goes in and out as draft 7."""

    def __init__(self, path: Path) -> None:
        said = json.loads(Path(path).read_text("utf-8"))
        self.config = SimpleNamespace(**{"auth": {}, **said})
        self.handlers: dict[str, Any] = {}
        self.account: Any = None

    @classmethod
    def load(cls, path: Path) -> Integration:
        return cls(path)

    def action(self, name: str) -> Any:
        assert name in self.config.actions
        return lambda handler: self.handlers.setdefault(name, handler)

    def connected_account(self) -> Any:
        def keep(handler: Any) -> Any:
            self.account = handler
            return handler

        return keep

    async def execute_action(self, name: str, inputs: dict[str, Any], context: Any) -> Any:
        about = self.config.actions[name]
        Draft7Validator(about["input_schema"]).validate(inputs)
        result = await self.handlers[name]().execute(inputs, context)
        if isinstance(result, ActionResult):
            Draft7Validator(about["output_schema"]).validate(result.data)
        return SimpleNamespace(result=result)

    async def get_connected_account(self, context: Any) -> Any:
        return SimpleNamespace(result=await self.account().get_account_info(context))


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Any:
    if importlib.util.find_spec("autohive_integrations_sdk"):
        return importlib.import_module("autohive_integrations_sdk")
    made = ModuleType("autohive_integrations_sdk")
    for each in (
        ActionResult,
        ActionError,
        ConnectedAccountInfo,
        ActionHandler,
        ConnectedAccountHandler,
        Integration,
    ):
        setattr(made, each.__name__, each)
    monkeypatch.setitem(sys.modules, "autohive_integrations_sdk", made)
    return made


@pytest.fixture
def offered() -> Iterator[Tools]:
    with Client() as client:
        yield Tools(client)


@pytest.fixture
def loaded(sdk: Any, offered: Tools, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The written entry file, imported as the platform does, with the simulator in TikTok's place."""
    files = autohive.write(offered, "tiktok", tmp_path / "tiktok")
    entry = next(file for file in files if file.name == "tiktok.py")
    register = autohive.register
    monkeypatch.setattr(autohive, "register", lambda each, name: register(each, name, sandbox=served.origin))
    spec = importlib.util.spec_from_file_location("tiktok_entry", entry)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.tiktok


def context(token: str | None) -> Any:
    credentials = {"access_token": token} if token else {}
    return SimpleNamespace(auth={"auth_type": "PlatformOauth2", "credentials": credentials}, metadata={})


def test_the_folder_has_what_the_platform_wants(offered: Tools, tmp_path: Path) -> None:
    files = autohive.write(offered, "tiktok", tmp_path / "new" / "tiktok")
    names = {file.name for file in files}
    assert {"config.json", "tiktok.py", "__init__.py", "requirements.txt", "README.md", "icon.svg"} <= names
    said = json.loads((tmp_path / "new/tiktok/config.json").read_text("utf-8"))
    assert said["entry_point"] == "tiktok.py"
    assert said["auth"] == {
        "type": "platform",
        "provider": "tiktok",
        "scopes": offered.catalog.integration("tiktok").auth.authorize.scopes,  # type: ignore[union-attr]
    }


@pytest.mark.parametrize("integration", ["instagram", "linkedin", "meta", "tiktok", "x"])
def test_actions_keep_their_names_and_schemas(integration: str, offered: Tools) -> None:
    actions = autohive.config(offered, integration)["actions"]
    ours = {tool.id: tool for tool in offered if tool.id.startswith(f"{integration}.")}
    assert [f"{integration}.{name}" for name in actions] == list(ours)
    for name, about in actions.items():
        tool = ours[f"{integration}.{name}"]
        stripped = json.loads(
            json.dumps(about["input_schema"]).replace(', "x-autohive-input": "file-public-url"', "")
        )
        assert stripped == json.loads(json.dumps(tool.schema.published))
        assert about["output_schema"]["properties"] == tool.action.output["properties"]
        Draft7Validator.check_schema(about["input_schema"])
        Draft7Validator.check_schema(about["output_schema"])


def test_files_are_marked_for_the_platform(offered: Tools) -> None:
    video = autohive.config(offered, "tiktok")["actions"]["create_video_post"]["input_schema"]["properties"]
    assert video["video"]["x-autohive-input"] == "file-public-url"
    assert "x-autohive-input" not in video["title"]


def test_an_action_runs_with_the_platforms_credentials(loaded: Any, account: Account) -> None:
    told = asyncio.run(loaded.execute_action("get_user_info", {}, context(account.token.reveal())))
    assert told.result.data["id"] == account.id
    who = asyncio.run(loaded.get_connected_account(context(account.token.reveal())))
    assert who.result.user_id == account.id


@pytest.mark.parametrize(("token", "code"), [("act.wrong", "auth_expired"), (None, "auth_expired")])
def test_what_fails_is_an_error_of_the_sdk(token: str | None, code: str, loaded: Any, sdk: Any) -> None:
    told = asyncio.run(loaded.execute_action("get_user_info", {}, context(token)))
    assert isinstance(told.result, sdk.ActionError)
    assert told.result.message.endswith(f"({code})")
    assert "act.wrong" not in told.result.message


def test_a_file_of_the_server_cannot_be_published(
    loaded: Any, account: Account, sdk: Any, tmp_path: Path
) -> None:
    (tmp_path / "own.mp4").write_bytes(sample.VIDEO.read_bytes())
    given = {"video": str(tmp_path / "own.mp4"), "privacy_level": "SELF_ONLY"}
    told = asyncio.run(loaded.execute_action("create_video_post", given, context(account.token.reveal())))
    assert isinstance(told.result, sdk.ActionError)
    assert "invalid_input" in told.result.message


def test_without_the_sdk_there_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "autohive_integrations_sdk", None)
    with pytest.raises(MissingExtra, match="SDK"):
        autohive.register(SimpleNamespace(), "tiktok")


def test_what_cannot_be_written(offered: Tools, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ActionFailed, match="cannot be written"):
        autohive.write(offered, "tiktok", tmp_path / "file")
    with pytest.raises(UnknownName):
        autohive.write(offered, "tiktik", tmp_path / "folder")
