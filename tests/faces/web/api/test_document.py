"""The OpenAPI document as others read it, and the server held to it by requests made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.faces.web.conftest import serving

from postwire.accounts.account import SANDBOX
from postwire.accounts.connections import Connections
from postwire.accounts.vault import Vault
from postwire.language.catalog import Catalog
from postwire.preparing import Core
from postwire.sandbox import Sandbox
from postwire.transport import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.faces.web.site import Site
    from postwire.simulator import Served

PLATFORMS: Final = tuple(Catalog().folders)
EXAMPLES: Final = 6  # requests of each operation; more find more


def not_broken(_context: object, response: Any, _case: object) -> None:
    """A server error is the platform's, as its problem says, or there is no room; never one of our own."""
    if response.status_code >= 500:
        assert response.status_code in {502, 507}, response.text
        assert response.json()["code"] != "internal", response.text


CHECKS: Final = (
    not_broken,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)


@pytest.fixture(scope="module")
def server(running: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Site]]:
    """One server for all requests, where somebody has connected a TikTok account."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSTWIRE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("POSTWIRE_DATABASE", raising=False)
        patch.setattr(Core, "_fetch", lambda _: None)  # addresses are made up, and none is called
        running.simulator.reset()
        with Vault() as vault:
            vault.add_workspace(SANDBOX)
            with serving(vault, running.origin, quota=50_000_000, largest=1_000_000) as (origin, site):
                connected(site, running.origin)
                yield origin, site


def connected(site: Site, simulator: str) -> None:
    sandbox, transport = Sandbox(simulator), HttpTransport(sandbox=simulator)
    keys, redirect = sandbox.app("tiktok", transport)
    site.vault.apps.put(SANDBOX, "tiktok", keys)
    connections = Connections(site.vault, site.catalog, transport, workspace=SANDBOX)
    begun = connections.begin("tiktok", redirect_uri=redirect, extra={"postwire_auto": "allow"})
    connections.finish("tiktok", sandbox.consent(begun.url, transport))
    transport.close()


@pytest.fixture(scope="module")
def whole(server: tuple[str, Site]) -> dict[str, Any]:
    answer = httpx2.get(f"{server[0]}/v1/openapi.json")  # without a key
    found: dict[str, Any] = answer.json()
    return found


def test_what_the_server_shows_is_what_is_there(server: tuple[str, Site], whole: dict[str, Any]) -> None:
    actions = [path.removeprefix("/actions/") for path in whole["paths"] if "post" in whole["paths"][path]]
    shipped = [each.id for each in server[1].catalog.actions()]
    assert [each for each in actions if "." in each] == shipped
    assert whole["servers"] == [{"url": f"{server[0]}/v1"}]
    names = [
        op["operationId"] for path in whole["paths"].values() for op in path.values() if "operationId" in op
    ]
    assert len(names) == len(set(names))


def test_inputs_are_the_manifests_own(server: tuple[str, Site], whole: dict[str, Any]) -> None:
    schemas = whole["components"]["schemas"]
    programs = server[1].client(SANDBOX).programs
    for action in server[1].catalog.actions():
        name = action.id.replace(".", "_")
        assert schemas[f"{name}.input"] == programs.described(action.id).input.published


def test_files_are_offered_as_forms(whole: dict[str, Any]) -> None:
    content = whole["paths"]["/actions/tiktok.create_video_post"]["post"]["requestBody"]["content"]
    form = content["multipart/form-data"]["schema"]
    assert form["properties"]["video"]["format"] == "binary"
    assert "video_content_base64" not in form["properties"]
    text = whole["paths"]["/actions/x.create_text_post"]["post"]["requestBody"]["content"]
    assert list(text) == ["application/json"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platforms_document_is_valid(server: tuple[str, Site], platform: str) -> None:
    answer = httpx2.get(f"{server[0]}/v1/openapi/{platform}.json")
    validate(answer.json())
    actions = [path for path in answer.json()["paths"] if path.startswith("/actions/") and "{" not in path]
    assert actions
    assert all(path.startswith(f"/actions/{platform}.") for path in actions)
    again = {"If-None-Match": answer.headers["etag"]}
    assert httpx2.get(f"{server[0]}/v1/openapi/{platform}.json", headers=again).status_code == 304


def test_the_whole_document_is_valid(whole: dict[str, Any]) -> None:
    validate(whole)


def test_a_platform_that_there_is_not(server: tuple[str, Site]) -> None:
    assert httpx2.get(f"{server[0]}/v1/openapi/nothing.json").status_code == 404


def test_requests_made_from_the_document_are_answered_as_it_says(server: tuple[str, Site]) -> None:
    """Valid and invalid ones, of every operation: none breaks the server, all answers are as described."""
    origin, site = server
    _, secret = site.keys.add(SANDBOX, "schemathesis")
    headers = {"Authorization": f"Bearer {secret.reveal()}"}
    document = httpx2.get(f"{origin}/v1/openapi/tiktok.json").json()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=f"{origin}/v1")
    tried = 0
    for found in schema.get_all_operations():
        for mode in schemathesis.GenerationMode:
            tried += 1
            try_out(found.ok(), mode, headers)  # type: ignore[union-attr]  # an invalid one fails here
    assert tried > 80


def try_out(operation: Any, mode: Any, headers: dict[str, str]) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES // 2,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def run(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=60)

    run()
