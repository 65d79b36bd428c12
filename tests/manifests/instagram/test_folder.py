"""Instagram's folder as data: addresses, and what each of its logins can do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postwire.decide.program import RequestCode
from postwire.decide.programs import Programs
from postwire.language.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = Path(__file__).parents[3] / "integrations" / "instagram"
PROGRAMS = Programs(Catalog())
NAMES = sorted(path.stem for path in (FOLDER / "actions").glob("*.yaml"))
PUBLIC = [name for name in NAMES if not name.startswith("_")]


def program(name: str) -> Any:
    return PROGRAMS.get(f"instagram.{name}", "facebook")


def addresses(steps: Iterable[Any]) -> Iterator[str]:
    for step in steps:
        request = getattr(step.kind, "request", step.kind)
        if isinstance(request, RequestCode):
            yield request.builder.address
        yield from addresses(getattr(step.kind, "body", ()))


@pytest.mark.parametrize("name", NAMES)
def test_no_address_names_a_version_or_a_host_of_its_own(name: str) -> None:
    for address in addresses(program(name).steps):
        assert address.startswith(("/", "https://rupload.facebook.com/")), address
        assert not address.startswith("/v"), address


def test_both_logins_can_do_what_is_not_marked() -> None:
    marked = {name for name in PUBLIC if program(name).action.flavours}
    scopes = {name: " ".join(program(name).action.scopes) for name in PUBLIC}
    for name in PUBLIC:
        assert ("instagram_business_" in scopes[name]) is (name not in marked), name
