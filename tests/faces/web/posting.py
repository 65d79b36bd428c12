"""What tests of publishing share: connected accounts, a performer of runs, files that were sent."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.faces.web.sent import Pairs, sent

from postwire.accounts.account import SANDBOX
from postwire.accounts.records import NewAccount
from postwire.accounts.tokens import Tokens
from postwire.client import Client
from postwire.publish.portable import media_folder
from postwire.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2
    from tests.faces.web.conftest import Web

    from postwire.publish.records import Run
    from postwire.simulator import Simulator

HERE = f"/w/{SANDBOX}"


def connect(web: Web, integration: str, *, flavour: str = "") -> str:
    """A simulated account of a platform; its id."""
    account = Sandbox(str(web.site.settings.sandbox)).account(integration, flavour=flavour)
    assert account.token is not None
    new = NewAccount(
        integration,
        Tokens(account.token, scopes=account.scopes),
        subject=account.id,
        name=account.name,
        flavour=flavour,
        facts=account.facts,
    )
    web.site.vault.accounts.connect(SANDBOX, [new])
    found = web.site.vault.listing.page(SANDBOX).accounts
    return next(each.id for each in found if each.integration == integration)


def handed(web: Web, account: str, text: str = "Hello.", at: float | None = None) -> Run:
    """A text on X for the workers, now or at a time."""
    with Client(vault=web.site.vault, workspace=SANDBOX, sandbox=web.site.settings.sandbox) as client:
        return client.submit("x.create_text_post", {"text": text}, account=account, at=at)


@contextmanager
def performing(web: Web, simulator: Simulator | None = None) -> Iterator[None]:
    """Does what is due, as a worker would, until the block ends; waits turn the simulator's clock."""
    stop = threading.Event()
    client = Client(
        vault=web.site.vault, workspace=SANDBOX, sandbox=web.site.settings.sandbox, media=media_folder()
    )

    def sleep(seconds: float) -> None:
        if simulator is not None:
            simulator.clock.advance(seconds)
        stop.wait(0.02)

    object.__setattr__(client._world, "sleep", sleep)

    def work() -> None:
        while not stop.wait(0.02):
            for run in web.site.journal.due():
                client.perform(run.id, lambda world: world)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        client.close()


def runs(web: Web) -> list[Run]:
    return web.site.journal.runs(SANDBOX)


def form_of(answer: httpx2.Response, form: str) -> Pairs:
    """What the form with this id sends when nobody touches it."""
    found = re.search(rf'<form[^>]*id="{form}".*?</form>', answer.text, re.DOTALL)
    assert found is not None, answer.text[:2000]
    return sent(found[0])


def filled(pairs: Pairs, **given: Any) -> dict[str, list[str]]:
    """*pairs* with values typed over, by name; a name that is not there is added."""
    made: dict[str, list[str]] = {}
    for name, value in pairs:
        made.setdefault(name, []).append(value)
    return made | {name: value if isinstance(value, list) else [value] for name, value in given.items()}


def put(web: Web, content: bytes | Path, name: str, **query: str) -> httpx2.Response:
    """Send a file as the upload element does."""
    body = content if isinstance(content, bytes) else content.read_bytes()
    headers = {"Origin": web.origin, "X-CSRF-Token": web.csrf}
    return web.http.put(f"{HERE}/uploads", params={"name": name, **query}, content=body, headers=headers)
