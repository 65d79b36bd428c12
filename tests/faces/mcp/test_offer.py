"""What a server offers: the manifests' own schemas and words, hints, filters, and the search mode."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import mcp_types as types
import pytest

from postwire.faces.export.choice import choose
from postwire.faces.mcp.cost import costs
from postwire.faces.mcp.offer import DOMAIN, OWN, Offer
from postwire.faces.mcp.settings import THRESHOLD, Settings
from postwire.language.catalog import Catalog
from postwire.language.inputs import InputSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

CATALOG = Catalog()
SEARCHERS = ["search_actions", "describe_actions", "run_action"]
HELPERS = ["media_upload", "preview_action"]


def offered(
    *only: str,
    granted: Mapping[str, frozenset[str] | None] | None = None,
    several: tuple[str, ...] = (),
    **how: Any,
) -> Offer:
    choice = choose(only, how.pop("effects", ()), read_only=how.pop("read_only", False))
    return Offer(CATALOG, Settings(choice=choice, **how), granted, several)


def names(offer: Offer) -> list[str]:
    return [tool["name"] for tool in offer.tools()]


def test_schemas_are_the_manifests_own() -> None:
    for tool in offered(mode="direct").tools():
        if tool["name"] in HELPERS:
            continue
        action = CATALOG.action(tool["_meta"][f"{DOMAIN}/action_id"])
        own = InputSchema(action.input).schema
        given = {name: each for name, each in tool["inputSchema"]["properties"].items() if name not in OWN}
        assert list(given) == list(own["properties"])
        assert tool["inputSchema"].get("required") == own.get("required")
        assert tool["inputSchema"]["additionalProperties"] is False
        for name, each in given.items():
            same = {"type", "enum", "pattern", "minimum", "maximum", "default", "minItems", "maxItems"}
            for word in same & own["properties"][name].keys():
                assert each[word] == own["properties"][name][word]
        assert tool["outputSchema"]["properties"].keys() == action.output["properties"].keys()


def test_every_tool_is_one_of_the_protocol() -> None:
    tools = [types.Tool.model_validate(each) for each in offered(mode="direct").tools()]
    assert len({tool.name for tool in tools}) == len(tools)
    for tool in tools:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,63}", tool.name)
        assert tool.annotations is not None
        hints = tool.annotations
        assert None not in (
            hints.read_only_hint,
            hints.destructive_hint,
            hints.idempotent_hint,
            hints.open_world_hint,
        )


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("tiktok.get_user_info", (True, False, True)),
        ("tiktok.create_video_post", (False, False, False)),
        ("x.update_list", (False, True, True)),
        ("x.delete_post", (False, True, True)),
    ],
)
def test_hints_follow_the_effect(action: str, expected: tuple[bool, bool, bool]) -> None:
    hints = offered().wire(action)["annotations"]
    assert (hints["readOnlyHint"], hints["destructiveHint"], hints["idempotentHint"]) == expected
    assert hints["openWorldHint"] is True


def test_scopes_and_icons() -> None:
    tool = offered("tiktok").wire("tiktok.create_video_post")
    assert tool["_meta"][f"{DOMAIN}/scopes"] == ["video.publish"]
    assert tool["icons"][0]["src"].startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize(
    ("action", "several", "expected"),
    [
        ("x.get_post", (), set()),
        ("x.get_post", ("x",), {"account"}),
        ("x.create_text_post", (), {"idempotency_key"}),
        ("x.delete_post", ("meta",), {"confirm"}),
    ],
)
def test_what_a_call_may_say_besides(action: str, several: tuple[str, ...], expected: set[str]) -> None:
    properties = offered(several=several).wire(action)["inputSchema"]["properties"]
    assert properties.keys() & set(OWN) == expected


def test_few_actions_are_tools_and_many_are_found_by_search() -> None:
    few = offered("tiktok")
    assert len(few.actions) <= THRESHOLD
    assert names(few) == [*map(few.names.wire, few.names), *HELPERS]
    many = offered()
    assert len(many.actions) > THRESHOLD
    assert names(many) == [*SEARCHERS, *HELPERS]
    assert names(offered("tiktok", mode="search")) == [*SEARCHERS, *HELPERS]
    assert len(names(offered(mode="direct"))) == len(many.actions) + len(HELPERS)


def test_some_are_tools_also_when_searching() -> None:
    assert names(offered(visible=("x.get_post",)))[0] == "x_get_post"


def test_a_server_that_only_reads_has_nothing_that_writes() -> None:
    offer = offered(read_only=True)
    assert {each.effect for each in offer.actions} == {"read"}
    assert names(offer) == SEARCHERS
    run = next(tool for tool in offer.tools() if tool["name"] == "run_action")
    assert run["annotations"]["readOnlyHint"] is True
    run = next(tool for tool in offered().tools() if tool["name"] == "run_action")
    assert (run["annotations"]["readOnlyHint"], run["annotations"]["destructiveHint"]) == (False, True)


def test_filters_by_integration_pattern_and_effect() -> None:
    offer = offered("x.list_*", "tiktok", effects=["read"])
    ids = [each.id for each in offer.actions]
    assert all(each.startswith(("x.list_", "tiktok.")) for each in ids)
    assert {each.effect for each in offer.actions} == {"read"}


def test_only_what_the_accounts_may_do() -> None:
    granted = {"tiktok": frozenset({"user.info.basic", "user.info.profile", "user.info.stats"}), "x": None}
    offer = offered(granted=granted)
    ids = {each.id for each in offer.actions}
    assert "tiktok.create_video_post" not in ids
    assert "x.create_text_post" in ids
    assert not [each for each in ids if each.startswith("meta.")]


def test_the_schema_of_any_tool_is_found_without_the_list() -> None:
    offer = offered()
    assert offer.schema("x_get_post") == offer.wire("x.get_post")["inputSchema"]
    assert offer.schema("x.get_post") == offer.wire("x.get_post")["inputSchema"]
    assert (offer.schema("search_actions") or {})["required"] == ["query"]
    assert offer.schema("nothing") is None
    assert offered(read_only=True).schema("media_upload") is None


def test_a_broken_manifest_does_not_take_the_others_with_it(
    acme: Any, caplog: pytest.LogCaptureFixture
) -> None:
    acme.write("good", "effect: read\nrequest: {get: /a}\n")
    acme.write("broken", "effect: read\nrequest: {got: /a}\n")
    offer = Offer(Catalog([acme.folder]), Settings(choice=choose("acme")))
    assert names(offer) == ["acme_good"]
    assert "acme.broken" in caplog.text


def test_searching_costs_a_fraction() -> None:
    direct, search = costs(CATALOG, Settings())
    assert (direct.mode, search.mode) == ("direct", "search")
    assert search.tokens < 1000
    assert direct.tokens > 20 * search.tokens
    assert direct.tools > direct.tokens / 1000
