"""The simulator in the platforms' place: where it runs, and accounts on it, connected as real ones are."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from postwire.accounts.account import Account
from postwire.accounts.oauth import OAuth
from postwire.drive import World, drive
from postwire.errors import ActionFailed
from postwire.language.catalog import Catalog
from postwire.transport import HttpTransport
from postwire.values import Lost, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.values import Response

VARIABLE: Final = "POSTWIRE_SANDBOX"
PORT: Final = 8787
_FOUND: Final = 302
_OK: Final = 200


@dataclass(slots=True)
class Sandbox:
    """A running simulator; `origin` is where it listens."""

    origin: str
    catalog: Catalog = field(default_factory=Catalog)
    consent_url: str = ""  # the last one that was used

    def account(self, integration: str, **consent: str) -> Account:
        """Connect a simulated account: consent page, callback, token endpoint, identity.

        Args:
            integration: such as `tiktok`.
            consent: what the consent page is told besides, such as `postwire_account="simprivate"`.

        Raises:
            ActionFailed: the simulator does not stand for this platform, or refuses.
        """
        described = self.catalog.integration(integration)
        transport = HttpTransport(sandbox=self.origin)
        try:
            app, redirect = self._app(transport, integration)
            oauth = OAuth(integration, described, app)
            begun = oauth.authorize(redirect, extra={"postwire_auto": "allow", **consent})
            self.consent_url = begun.url
            callback = _consent(transport.send(Request("GET", begun.url)))
            now = time.time()
            tokens = drive(oauth.connect(begun, callback, now), transport, World())
            who = drive(oauth.identity(tokens), transport, World())
        finally:
            transport.close()
        return Account(
            integration,
            tokens.access,
            name=str(who.get("username") or who.get("name") or "sandbox"),
            id=str(who.get("id") or tokens.subject),
            scopes=tokens.scopes,
            facts={**who, "sandbox": True},
        )

    def _app(self, transport: HttpTransport, integration: str) -> tuple[dict[str, str], str]:
        """The keys of an app that the simulator knows, and a redirect address of it."""
        greeting = _greeting(transport, self.origin)
        platform = greeting["platforms"].get(integration) if greeting else None
        if platform is None:
            raise ActionFailed(
                "not_found", f"The simulator at {self.origin} does not stand for {integration}.", sent="no"
            )
        app = platform["apps"][0]
        keys = {name: value for name, value in app.items() if isinstance(value, str)}
        return keys, app["redirect_uris"][0].replace(":*", ":5005")


@contextmanager
def open_sandbox(origin: str | None = None, catalog: Catalog | None = None) -> Iterator[Sandbox]:
    """The simulator at *origin*, in POSTWIRE_SANDBOX, or on port 8787; else one for the time of the block.

    Raises:
        MissingExtra: one has to be started, and `postwire[web]` is not installed.
        ActionFailed: nothing answers where one was named.
    """
    named = origin or os.environ.get(VARIABLE)
    place = named or f"http://127.0.0.1:{PORT}"
    transport = HttpTransport(sandbox=place)
    running = _greeting(transport, place)
    transport.close()
    if running:
        yield Sandbox(place.rstrip("/"), catalog or Catalog())
        return
    if named:
        raise ActionFailed(
            "transient", f"No simulator answers at {named}.", remedy="Start `postwire simulate`.", sent="no"
        )
    from postwire.simulator import serve  # noqa: PLC0415 - an extra, and only needed here

    with serve() as served:
        yield Sandbox(served.origin, catalog or Catalog())


def _greeting(transport: HttpTransport, origin: str) -> dict[str, Any] | None:
    """What the simulator says of itself; None when something else, or nothing, listens there."""
    answer = transport.send(Request("GET", f"{origin.rstrip('/')}/"))
    if isinstance(answer, Lost) or answer.status != _OK or "x-postwire-simulator" not in answer.headers:
        return None
    found: dict[str, Any] = json.loads(answer.body)
    return found


def _consent(answer: Response | Lost) -> dict[str, str]:
    """The callback's query, from the redirect of the consent page."""
    if isinstance(answer, Lost) or answer.status != _FOUND:
        raise ActionFailed("internal", "The simulator's consent page did not redirect.", sent="no")
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))
