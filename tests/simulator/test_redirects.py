"""Registering a redirect address with the simulated apps, as in the platforms' developer portals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.simulator.conftest import Desk

if TYPE_CHECKING:
    import httpx2

LOCAL = "http://127.0.0.1:8787"
OURS = "http://127.0.0.1:45231/callback/ours/"


@pytest.fixture
def portal() -> Desk:
    return Desk()


def register(portal: Desk, body: Any) -> httpx2.Response:
    return portal.send("POST", f"{LOCAL}/_simulator/redirects", json=body)


def addresses(portal: Desk, platform: str) -> list[list[str]]:
    greeting = portal.send("GET", f"{LOCAL}/").json()
    return [app["redirect_uris"] for app in greeting["platforms"][platform]["apps"]]


def test_every_app_takes_the_address_and_keeps_its_own(portal: Desk) -> None:
    before = {name: addresses(portal, name) for name in portal.simulator.faces}
    assert register(portal, {"redirect_uri": OURS}).json() == {"redirect_uri": OURS}
    for name, known in before.items():
        assert addresses(portal, name) == [[*each, OURS] for each in known]


def test_an_address_is_registered_once_and_gone_with_a_reset(portal: Desk) -> None:
    before = addresses(portal, "linkedin")
    for _ in range(2):
        register(portal, {"redirect_uri": OURS})
    assert addresses(portal, "linkedin") == [[*each, OURS] for each in before]
    portal.simulator.reset()
    assert addresses(portal, "linkedin") == before


def test_one_platform_alone(portal: Desk) -> None:
    register(portal, {"redirect_uri": OURS, "platform": "x"})
    assert OURS in addresses(portal, "x")[0]
    assert OURS not in addresses(portal, "tiktok")[0]


def test_a_wildcard_that_covers_it_is_enough(portal: Desk) -> None:
    before = addresses(portal, "tiktok")
    register(portal, {"redirect_uri": "http://127.0.0.1:45231/callback/", "platform": "tiktok"})
    assert addresses(portal, "tiktok") == before


@pytest.mark.parametrize(
    ("platform", "uri"),
    [
        pytest.param("tiktok", "https://app.example.com/callback/", id="TikTok 2.1: desktop apps: localhost"),
        pytest.param("tiktok", "http://127.0.0.1/callback/ours/", id="TikTok 2.1: desktop apps: a port"),
        pytest.param("tiktok", f"{OURS}?a=1", id="TikTok 2.1: no query"),
        pytest.param("tiktok", f"http://127.0.0.1:1/{'a' * 500}", id="TikTok 2.1: under 512 characters"),
        pytest.param("linkedin", "http://app.example.com/callback/", id="LinkedIn 3: https"),
        pytest.param("linkedin", f"{OURS}#here", id="LinkedIn 3: no fragment"),
        pytest.param("meta", "http://app.example.com/callback/", id="Meta 2.1: https except localhost"),
        pytest.param("instagram", "/callback/", id="Meta 2.1: absolute"),
        pytest.param("x", "callback", id="X 4: an address"),
        pytest.param("nowhere", OURS, id="no such platform"),
        pytest.param("x", None, id="no address"),
    ],
)
def test_the_portal_refuses(portal: Desk, platform: str, uri: str | None) -> None:
    answer = register(portal, {"redirect_uri": uri, "platform": platform})
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_tiktok_takes_ten_addresses(portal: Desk) -> None:
    free = 10 - len(addresses(portal, "tiktok")[0])
    said = [
        register(portal, {"redirect_uri": f"http://127.0.0.1:{4000 + n}/ours/", "platform": "tiktok"})
        for n in range(free + 1)
    ]
    assert [answer.status_code for answer in said] == [*[200] * free, 400]
    assert "1 to 10" in said[-1].json()["error"]
