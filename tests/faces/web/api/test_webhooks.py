"""Webhooks over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faces.web.api.conftest import Program

URL = "https://example.com/hook"


def test_an_address_is_added_tried_and_removed(program: Program) -> None:
    made = program.post("/webhooks", json={"url": URL, "events": ["run.done"], "description": "Builds"})
    known = {name: value for name, value in made.json().items() if name != "secret"}
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert program.get("/webhooks").json() == {"webhooks": [known]}  # the secret is told once
    place = f"/webhooks/{known['id']}"
    assert program.get(place).json() == known
    assert program.post(f"{place}/rotate").json()["secret"] != made.json()["secret"]
    sent = program.post(f"{place}/test").json()
    assert (sent["event"], sent["state"]) == ("webhook.test", "waiting")
    assert program.get(f"{place}/deliveries").json() == {"deliveries": [sent]}
    again = program.post(f"/webhook-deliveries/{sent['id']}/redeliver")
    assert (again.status_code, again.json()["id"]) == (202, sent["id"])
    assert program.post(f"{place}/enable").json()["id"] == known["id"]
    assert program.http.delete(place).status_code == 204
    assert program.get(place).status_code == 404


@pytest.mark.parametrize(
    ("given", "path"),
    [({}, "/url"), ({"url": "http://10.0.0.1/"}, "/url"), ({"url": URL, "events": ["run.dun"]}, "/events")],
    ids=str,
)
def test_addresses_that_are_none(program: Program, given: dict[str, object], path: str) -> None:
    answer = program.post("/webhooks", json=given)
    assert (answer.status_code, answer.json()["fields"][0]["path"]) == (400, path)


def test_a_key_for_actions_hears_nothing_of_them(program_for: Callable[..., Program]) -> None:
    some = program_for("tiktok.*")
    assert some.get("/webhooks").status_code == 403
    assert some.post("/webhooks", json={"url": URL}).status_code == 403
