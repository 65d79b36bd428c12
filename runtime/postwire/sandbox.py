"""The simulator in the platforms' place: where it runs, and accounts on it, connected as real ones are."""

from __future__ import annotations

import json
import os
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from postwire.accounts.account import Account
from postwire.accounts.oauth import OAuth, key_names
from postwire.decide.programs import of_flavour
from postwire.drive import World, drive
from postwire.errors import ActionFailed
from postwire.language.catalog import Catalog
from postwire.transport import HttpTransport
from postwire.values import Lost, Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postwire.accounts.apps import Apps
    from postwire.accounts.tokens import Child, Tokens

VARIABLE: Final = "POSTWIRE_SANDBOX"
PORT: Final = 8787
_FOUND: Final = 302
_OK: Final = 200
_ALLOW: Final = {"postwire_auto": "allow"}
_SORRY: Final = re.compile(r'role="alert">([^<]+)<')  # what its consent pages refuse with


@dataclass(slots=True)
class Sandbox:
    """A running simulator; `origin` is where it listens, `started` tells that it was started just now."""

    origin: str
    catalog: Catalog = field(default_factory=Catalog)
    started: bool = False
    consent_url: str = ""  # the last one that was used

    def account(self, integration: str, *, flavour: str = "", **consent: str) -> Account:
        """Connect a simulated account: consent page, callback, token endpoint, identity.

        Args:
            integration: such as `tiktok`.
            flavour: which of its kinds of login.
            consent: what the consent page is told besides, such as `postwire_account="simprivate"`.

        Raises:
            ActionFailed: the simulator does not stand for this platform, or refuses.
        """
        described = of_flavour(self.catalog.integration(integration), flavour)
        transport = HttpTransport(sandbox=self.origin)
        try:
            keys, redirect = self.app(integration, transport)
            oauth = OAuth(integration, described, keys)
            begun = oauth.authorize(redirect, extra={**_ALLOW, **consent})
            self.consent_url = begun.url
            callback = self.consent(begun.url, transport)
            now = time.time()
            tokens = drive(oauth.connect(begun, callback, now), transport, World())
            who = drive(oauth.identity(tokens), transport, World())
            if described.auth is not None and not described.auth.acts:
                children = drive(oauth.children(tokens, who, now), transport, World())
                return _child(integration, flavour, children)
        finally:
            transport.close()
        return _account(integration, flavour, tokens, {"id": tokens.subject, **who})

    def app(self, integration: str, transport: HttpTransport) -> tuple[dict[str, str], str]:
        """The keys of an app that the simulator knows, and a redirect address of it.

        Another login's app has its keys under that login's name (`facebook_client_id`).
        """
        greeting = _greeting(transport, self.origin)
        platform = greeting["platforms"].get(integration) if greeting else None
        if platform is None:
            raise ActionFailed(
                "not_found", f"The simulator at {self.origin} does not stand for {integration}.", sent="no"
            )
        first, *others = platform["apps"]
        keys = {name: value for name, value in first.items() if isinstance(value, str)}
        for app in others:
            more = {f"{app.get('login')}_{name}": value for name, value in app.items()}
            keys |= {name: value for name, value in more.items() if isinstance(value, str)}
        known = key_names(self.catalog.integration(integration))
        return {name: value for name, value in keys.items() if name in known}, first["redirect_uris"][
            0
        ].replace(":*", ":5005")

    def lend(self, apps: Apps, workspace: str, integration: str, transport: HttpTransport) -> str:
        """Give a workspace the simulator's app, unless it has one; a redirect address that the app has."""
        keys, redirect = self.app(integration, transport)
        if all(app.integration != integration for app in apps.list(workspace)):
            apps.put(workspace, integration, keys)
        return redirect

    def consent(self, url: str, transport: HttpTransport) -> dict[str, str]:
        """The callback's query, as the consent page at *url* gives it when it is told to allow."""
        return dict(parse_qsl(urlsplit(self.redirected(url, transport)).query))

    def redirected(self, url: str, transport: HttpTransport) -> str:
        """Where the consent page at *url* sends the browser when it is told to allow.

        Raises:
            ActionFailed: `invalid_input`, nowhere: the app has not this redirect address.
        """
        answer = transport.send(
            Request("GET", url if "postwire_auto" in url else f"{url}&{urlencode(_ALLOW)}")
        )
        if not isinstance(answer, Lost) and answer.status == _FOUND:
            return answer.headers["location"]
        said = None if isinstance(answer, Lost) else _SORRY.search(answer.body.decode(errors="replace"))
        message = f"The simulator's consent page did not redirect: {unescape(said[1]) if said else answer}"
        remedy = f"Name one of its accounts; leave --port and --redirect-uri out. {self.origin}/ has both."
        raise ActionFailed("invalid_input", message, remedy=remedy, sent="no")

    def in_browser(self, url: str) -> str:
        """A platform's address as a browser reaches it on the simulator."""
        parts = urlsplit(url)
        return f"{self.origin}/{parts.netloc}{parts.path}?{parts.query}"


def _child(integration: str, flavour: str, children: list[Child]) -> Account:
    """The first account of the login that can act."""
    own = [child for child in children if child.integration in ("", integration) and child.tokens]
    if not own or own[0].tokens is None:
        raise ActionFailed("account_not_eligible", "This login brings no account that can act.", sent="no")
    return _account(integration, flavour, own[0].tokens, own[0].about)


def _account(integration: str, flavour: str, tokens: Tokens, about: Mapping[str, Any]) -> Account:
    return Account(
        integration,
        tokens.access,
        name=str(about.get("username") or about.get("name") or "sandbox"),
        id=str(about.get("id", "")),
        scopes=tokens.scopes,
        flavour=flavour,
        facts={**about, "sandbox": True},
    )


def running(origin: str | None = None) -> str:
    """Where a simulator runs: at *origin*, in POSTWIRE_SANDBOX, or on port 8787.

    Raises:
        ActionFailed: none answers there.
    """
    place = (origin or os.environ.get(VARIABLE) or f"http://127.0.0.1:{PORT}").rstrip("/")
    transport = HttpTransport(sandbox=place)
    try:
        if _greeting(transport, place) is None:
            raise ActionFailed(
                "transient",
                f"No simulator answers at {place}.",
                remedy="Start `postwire simulate`.",
                sent="no",
            )
    finally:
        transport.close()
    return place


@contextmanager
def open_sandbox(origin: str | None = None, catalog: Catalog | None = None) -> Iterator[Sandbox]:
    """The simulator that runs (see `running`); where none was named, else one for the time of the block.

    Raises:
        MissingExtra: one has to be started, and `postwire[web]` is not installed.
        ActionFailed: nothing answers where one was named.
    """
    try:
        place = running(origin)
    except ActionFailed:
        if origin or os.environ.get(VARIABLE):
            raise
        from postwire.simulator import serve  # noqa: PLC0415 - an extra, and only needed here

        with serve() as served:
            yield Sandbox(served.origin, catalog or Catalog(), started=True)
        return
    yield Sandbox(place, catalog or Catalog())


def _greeting(transport: HttpTransport, origin: str) -> dict[str, Any] | None:
    """What the simulator says of itself; None when something else, or nothing, listens there."""
    answer = transport.send(Request("GET", f"{origin.rstrip('/')}/"))
    if isinstance(answer, Lost) or answer.status != _OK or "x-postwire-simulator" not in answer.headers:
        return None
    found: dict[str, Any] = json.loads(answer.body)
    return found
