"""What a model calls is run, and answered in its vendor's own form."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from postwire import AsyncClient, Client, UnknownName
from postwire.export import Tools, anthropic, gemini, openai

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire import Account
    from postwire.simulator import Served

NAME = "tiktok_get_videos"
# The call as each vendor hands it over, and where its answer holds the result.
FORMS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "responses": (
        lambda name, given: (
            openai,
            {"type": "function_call", "call_id": "c1", "name": name, "arguments": json.dumps(given)},
        ),
        lambda said: json.loads(said["output"]),
    ),
    "chat": (
        lambda name, given: (
            openai,
            {"id": "c1", "type": "function", "function": {"name": name, "arguments": json.dumps(given)}},
        ),
        lambda said: json.loads(said["content"]),
    ),
    "anthropic": (
        lambda name, given: (anthropic, {"type": "tool_use", "id": "c1", "name": name, "input": given}),
        lambda said: json.loads(said["content"]),
    ),
    "gemini": (
        lambda name, given: (gemini, {"id": "c1", "name": name, "args": given}),
        lambda said: said["function_response"]["response"],
    ),
}
FRAMES: dict[str, dict[str, Any]] = {
    "responses": {"type": "function_call_output", "call_id": "c1"},
    "chat": {"role": "tool", "tool_call_id": "c1"},
    "anthropic": {"type": "tool_result", "tool_use_id": "c1"},
    "gemini": {"function_response": {"name": NAME, "id": "c1"}},
}


def an_object(value: Any) -> Any:
    """The same as an object; what a model said in it stays as it is."""
    if not isinstance(value, dict):
        return value
    return SimpleNamespace(**{n: inner if n == "input" else an_object(inner) for n, inner in value.items()})


def answered(form: str, tools: Tools, name: str, given: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    make, result = FORMS[form]
    module, call = make(name, given)
    said = module.answer(tools, call)
    return said, result(said)


@pytest.mark.parametrize("form", FORMS)
def test_a_call_and_its_answer(form: str, tools: Tools) -> None:
    said, result = answered(form, tools, NAME, {"max_count": 2})
    value = result["output"] if form == "gemini" else result
    assert "videos" in value
    frame = FRAMES[form]
    if form == "gemini":
        assert said["function_response"].items() >= frame["function_response"].items()
    else:
        assert said.items() >= frame.items()
    assert "is_error" not in said


@pytest.mark.parametrize("form", ["responses", "chat", "anthropic"])
def test_objects_of_the_vendors_libraries_do_too(form: str, tools: Tools) -> None:
    make, result = FORMS[form]
    module, call = make("tiktok_get_user_info", {})
    assert result(module.answer(tools, an_object(call)))["id"]


@pytest.mark.parametrize("form", FORMS)
def test_nulls_of_a_strict_schema_are_left_out(form: str, tools: Tools) -> None:
    filled = dict.fromkeys(tools.get(NAME).input["properties"])
    assert "error" not in answered(form, tools, NAME, filled)[1]


@pytest.mark.parametrize("form", FORMS)
def test_a_mistake_names_the_argument(form: str, tools: Tools) -> None:
    said, result = answered(form, tools, "tiktok_get_post_status", {"publish_id": 7})
    error = result["error"]
    assert error["code"] == "invalid_input"
    assert error["outcome"] == "not_sent"
    assert error["field_errors"][0]["path"] == "/publish_id"
    assert said.get("is_error") == (True if form == "anthropic" else None)


@pytest.mark.parametrize("form", FORMS)
def test_a_name_that_no_tool_has(form: str, tools: Tools) -> None:
    error = answered(form, tools, "tiktok_get_vidoes", {})[1]["error"]
    assert error["code"] == "not_found"
    assert "tiktok_get_videos" in error["message"]


@pytest.mark.parametrize(("arguments", "word"), [("{", "JSON"), ("[1]", "object"), ('"a"', "object")])
def test_arguments_that_are_no_object(arguments: str, word: str, tools: Tools) -> None:
    called = tools.call(NAME, arguments)
    assert called.is_error
    assert word in called.value["error"]["field_errors"][0]["expected"]


@pytest.mark.parametrize("arguments", [None, "", "{}", {}])
def test_no_arguments_at_all(arguments: Any, tools: Tools) -> None:
    assert not tools.call("tiktok_get_user_info", arguments).is_error


@pytest.mark.parametrize("module", [openai, anthropic, gemini])
def test_an_async_client_is_awaited(module: Any, awaited: Callable[[], Tools]) -> None:
    calls = {openai: "responses", anthropic: "anthropic", gemini: "gemini"}
    call = FORMS[calls[module]][0](NAME, {})[1]

    async def go() -> Any:
        tools = awaited()
        try:
            return await module.aanswer(tools, call)
        finally:
            assert isinstance(tools.client, AsyncClient)
            await tools.client.aclose()

    assert "videos" in json.dumps(asyncio.run(go()))


def test_a_client_may_be_awaited_too(tools: Tools) -> None:
    assert not asyncio.run(tools.acall("tiktok_get_user_info", {})).is_error


def test_an_async_client_cannot_be_called(awaited: Callable[[], Tools]) -> None:
    async def go() -> None:
        tools = awaited()
        with pytest.raises(TypeError, match="acall"):
            tools.call(NAME, {})
        await tools.client.aclose()  # type: ignore[union-attr]

    asyncio.run(go())


def test_only_what_was_chosen_can_be_called(account: Account, served: Served) -> None:
    with Client(account, sandbox=served.origin) as client:
        tools = Tools(client, ["tiktok.get_*"], read_only=True)
        assert {tool.action.effect for tool in tools} == {"read"}
        error = tools.call("tiktok_create_video_post", {"privacy_level": "SELF_ONLY"}).value["error"]
    assert error["code"] == "not_found"


@pytest.mark.parametrize("wrong", ["tiktik", "tiktok.get_vidoes", "tiktok.zzz_*"])
def test_a_choice_that_fits_nothing(wrong: str) -> None:
    with Client() as client, pytest.raises(UnknownName):
        Tools(client, [wrong])


def test_without_an_account_the_model_is_told(served: Served) -> None:
    with Client(sandbox=served.origin) as client:
        error = Tools(client, "tiktok").call("tiktok_get_user_info", {}).value["error"]
    assert error["code"] == "auth_expired"
    assert error["outcome"] == "not_sent"
    assert error["retryable"] is False


def test_openai_tools_of_both_interfaces(tools: Tools) -> None:
    (first, *_) = openai.tools(tools, strict=True, defer=True)
    assert first.keys() == {"type", "name", "description", "parameters", "strict", "defer_loading"}
    (chat, *_) = openai.tools(tools, chat=True)
    assert chat["function"]["parameters"] == tools.get(chat["function"]["name"]).input
    assert chat["function"]["strict"] is False


def test_a_free_map_is_offered_without_strictness(acme: Any) -> None:
    acme.write("it", "effect: read\ninput: {properties: {more: {type: object}}}\nrequest: {get: /a}\n")
    with Client(integrations=[acme.folder]) as client:
        tools = Tools(client, "acme")
        (made,) = openai.tools(tools, strict=True)
        assert made["strict"] is False
        assert made["parameters"] == tools.get("acme.it").input
        assert "strict" not in anthropic.tools(tools, strict=True)[0]


def test_anthropic_tools(tools: Tools) -> None:
    made = {each["name"]: each for each in anthropic.tools(tools, strict=True, defer=True, examples=True)}
    assert all(each["strict"] and each["defer_loading"] for each in made.values())
    assert "input_examples" in made["tiktok_get_post_status"]
    assert "input_examples" not in made["tiktok_create_video_post"], (
        "a file of an example is no file of the caller"
    )
    assert anthropic.tools(tools)[0].keys() == {"name", "description", "input_schema"}
