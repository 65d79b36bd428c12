"""Connecting accounts on the simulator, step by step as a browser and a server would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from postwire.accounts.connections import Connections
from postwire.accounts.refusals import ConnectFailed
from postwire.language.catalog import Catalog
from postwire.sandbox import Sandbox
from postwire.transport import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.accounts.connections import Begun, Connected
    from postwire.accounts.records import StoredAccount
    from postwire.accounts.vault import Vault
    from postwire.simulator import Served
    from postwire.values import Lost, Request, Response

CATALOG = Catalog()  # read once: the integrations do not change under the tests


class Desk:
    """A workspace's connections, and the simulator that they are made on."""

    def __init__(self, vault: Vault, served: Served, workspace: str = "default") -> None:
        self.vault = vault
        self.simulator = served.simulator
        self.sandbox = Sandbox(served.origin, CATALOG)
        self.transport = HttpTransport(sandbox=served.origin)
        self.connections = self.of(workspace)

    def of(self, workspace: str, transport: Any = None, **options: Any) -> Connections:
        """The connections of a workspace."""
        return Connections(
            self.vault, CATALOG, transport or self.transport, workspace=workspace, environ={}, **options
        )

    @property
    def accounts(self) -> list[StoredAccount]:
        """What is connected, newest first."""
        return list(self.vault.listing.page(self.connections.workspace).accounts)

    def begin(self, integration: str, flavour: str = "", **more: Any) -> Begun:
        """Begin, with the simulator's app."""
        keys, redirect = self.sandbox.app(integration, self.transport)
        self.vault.apps.put(self.connections.workspace, integration, keys)
        return self.connections.begin(integration, flavour=flavour, redirect_uri=redirect, **more)

    def consent(self, begun: Begun, **switches: str) -> dict[str, str]:
        """The callback's query, once somebody has consented; *switches* are the simulator's."""
        given = {f"postwire_{name}": value for name, value in {"auto": "allow", **switches}.items()}
        return self.sandbox.consent(f"{begun.url}&{urlencode(given)}", self.transport)

    def connect(self, integration: str, flavour: str = "", **switches: str) -> Connected:
        """All of it."""
        begun = self.begin(integration, flavour)
        return self.connections.finish(integration, self.consent(begun, **switches))

    def reconnect(self, known: StoredAccount, /, **switches: str) -> Connected:
        """All of it, for an account that there is."""
        login = self.connections.login_of(known.id)
        begun = self.begin(login.integration, reconnect=known.id)
        return self.connections.finish(login.integration, self.consent(begun, **switches))

    def refused(self, call: Callable[[], Any]) -> ConnectFailed:
        """What *call* is refused with; it connects nothing."""
        before = self.accounts
        with pytest.raises(ConnectFailed) as caught:
            call()
        assert self.accounts == before
        return caught.value

    def close(self) -> None:
        """Close what is open."""
        self.transport.close()


class Script:
    """A transport that gives the answers of a script; a callable is asked with the request."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def send(self, request: Request, sent: Callable[[int], None] | None = None) -> Response | Lost:
        self.requests.append(request)
        assert self.answers, f"no answer is left for {request.method} {request.url.partition('?')[0]}"
        answer: Response | Lost = self.answers.pop(0)
        return answer

    def close(self) -> None:
        """Nothing is open."""
