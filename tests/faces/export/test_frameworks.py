"""LangChain and the OpenAI Agents SDK: their tools, without their weight where nobody asks for them.

Where a framework is installed it is used itself; everywhere, a stand-in with its constructor's own names.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import postwire
from postwire import MissingExtra
from postwire.export import agents, langchain

if TYPE_CHECKING:
    from postwire.export import Tools

FRAMEWORKS = ("langchain_core", "agents", "openai", "anthropic", "google", "autohive_integrations_sdk", "mcp")


def test_importing_the_exports_loads_no_framework() -> None:
    code = f"import sys, postwire.export; print(*[name for name in {FRAMEWORKS} if name in sys.modules])"
    environ = {**os.environ, "PYTHONPATH": str(Path(postwire.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    ("make", "module", "package"),
    [(langchain.tools, "langchain_core.tools", "langchain-core"), (agents.tools, "agents", "openai-agents")],
)
def test_without_the_framework_there_is_a_command(
    make: Any, module: str, package: str, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra) as raised:
        make(tools)
    assert raised.value.remedy == f"pip install {package}"


class ToolException(Exception):
    pass


@dataclass
class StructuredTool:
    name: str
    description: str
    args_schema: dict[str, Any]
    func: Any
    coroutine: Any
    response_format: str
    handle_tool_error: bool
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass
class FunctionTool:
    name: str
    description: str
    params_json_schema: dict[str, Any]
    on_invoke_tool: Any
    strict_json_schema: bool
    needs_approval: bool


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    core = ModuleType("langchain_core.tools")
    core.StructuredTool, core.ToolException = StructuredTool, ToolException  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "langchain_core.tools", core)
    sdk = ModuleType("agents")
    sdk.FunctionTool = FunctionTool  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "agents", sdk)


@pytest.mark.usefixtures("stand_ins")
def test_langchain_runs_and_tells_of_failures(tools: Tools) -> None:
    made = {each.name: each for each in langchain.tools(tools)}
    who = made["tiktok_get_user_info"]
    content, artifact = who.func()
    assert json.loads(content) == artifact
    assert asyncio.run(who.coroutine())[1] == artifact
    with pytest.raises(ToolException, match="publish_id"):
        made["tiktok_get_post_status"].func(publish_id=7)


@pytest.mark.usefixtures("stand_ins")
def test_agents_run_and_tell_of_failures(tools: Tools) -> None:
    made = {each.name: each for each in agents.tools(tools)}
    who = made["tiktok_get_user_info"]
    assert json.loads(asyncio.run(who.on_invoke_tool(None, "{}")))["id"]
    failed = asyncio.run(made["tiktok_get_post_status"].on_invoke_tool(None, '{"publish_id": 7}'))
    assert json.loads(failed)["error"]["code"] == "invalid_input"
    assert made["tiktok_create_video_post"].needs_approval
    assert not who.needs_approval
    assert who.strict_json_schema


def test_langchain_itself(tools: Tools) -> None:
    pytest.importorskip("langchain_core")
    made = {each.name: each for each in langchain.tools(tools)}
    assert json.loads(made["tiktok_get_user_info"].invoke({}))["id"]
    assert json.loads(asyncio.run(made["tiktok_get_user_info"].ainvoke({})))["id"]
    assert "publish_id" in made["tiktok_get_post_status"].invoke({"publish_id": 7})
    message = made["tiktok_get_user_info"].invoke(
        {"type": "tool_call", "id": "c1", "name": "tiktok_get_user_info", "args": {}}
    )
    assert (message.tool_call_id, message.status) == ("c1", "success")


def test_the_agents_sdk_itself(every: Tools) -> None:
    sdk = pytest.importorskip("agents")
    own = importlib.import_module("agents.strict_schema").ensure_strict_json_schema
    made = agents.tools(every)
    assert all(isinstance(each, sdk.FunctionTool) for each in made)
    for each in made:
        if each.strict_json_schema:
            schema = each.params_json_schema
            assert own(json.loads(json.dumps(schema))) == schema
