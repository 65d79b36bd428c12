"""What calls cost, as the integration lists it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire.decide.costs import estimate, prices

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.decide.api import Api

    MakeApi = Callable[..., Api]

POST = {"path": "/posts", "method": "POST", "cost": 0.015, "unit": "USD", "note": "0.2 with a link"}
READ = {"path": "/posts*", "method": "GET", "cost": 0.005, "unit": "USD", "each": "post"}
FILE = {"path": "/files/*", "cost": 0.005, "unit": "USD"}
POINT = {"path": "/points", "cost": 3, "unit": "points"}
COSTS: list[dict[str, Any]] = [POST, READ, FILE, POINT]


@pytest.mark.parametrize(
    ("calls", "told"),
    [
        ([("GET", "/free")], []),
        ([("DELETE", "/posts")], []),
        ([("POST", "/posts")], ["0.015 USD for one call of POST /posts; 0.2 with a link"]),
        ([("POST", "/posts")] * 3, ["0.045 USD for 3 calls of POST /posts; 0.2 with a link"]),
        ([("GET", "/posts/7"), ("GET", "/posts")], ["0.005 USD for each post of GET /posts*"]),
        (
            [
                ("PUT", "/files/1"),
                ("GET", "/posts"),
                ("PUT", "/files/2"),
                ("POST", "/posts"),
                ("GET", "/points"),
            ],
            [
                "0.01 USD for 2 calls of /files/*",
                "0.005 USD for each post of GET /posts*",
                "0.015 USD for one call of POST /posts; 0.2 with a link",
                "3 points for one call of /points",
                "0.025 USD for these calls together",
            ],
        ),
    ],
)
def test_what_calls_cost(make_api: MakeApi, calls: list[tuple[str, str]], told: list[str]) -> None:
    assert estimate(make_api(costs=COSTS), calls) == told


def test_the_first_price_that_fits_is_the_price(make_api: MakeApi) -> None:
    api = make_api(costs=[POINT, {**POINT, "path": "/*", "cost": 1}])
    assert estimate(api, [("GET", "/points")]) == ["3 points for one call of /points"]
    assert estimate(api, [("GET", "/other")]) == ["1 points for one call of /*"]


def test_the_prices_of_an_action(make_api: MakeApi) -> None:
    calls = [("POST", "/posts"), ("GET", "/posts/${{ input.id }}"), ("POST", "/posts")]
    assert prices(make_api(costs=COSTS), calls) == [
        "0.015 USD for each call of POST /posts; 0.2 with a link",
        "0.005 USD for each post of GET /posts*",
    ]
