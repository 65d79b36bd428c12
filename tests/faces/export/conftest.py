"""Tools of a simulated account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postwire import Account, AsyncClient, Client
from postwire.export import Tools
from postwire.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire.simulator import Served


@pytest.fixture
def account(served: Served) -> Account:
    return Sandbox(served.origin).account("tiktok")


@pytest.fixture
def tools(served: Served, account: Account) -> Iterator[Tools]:
    with Client(account, sandbox=served.origin) as client:
        yield Tools(client, ["tiktok"])


@pytest.fixture
def awaited(served: Served, account: Account) -> Callable[[], Tools]:
    """Makes tools of an AsyncClient, within the loop that uses them."""
    return lambda: Tools(AsyncClient(account, sandbox=served.origin), ["tiktok"])


@pytest.fixture(scope="session")
def every() -> Iterator[Tools]:
    """All that is shipped; nothing of it is run."""
    with Client() as client:
        yield Tools(client)
