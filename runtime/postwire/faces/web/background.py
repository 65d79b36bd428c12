"""What a server does besides answering: runs what is due, sends webhooks, keeps the accounts connected."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from postwire.accounts.account import SANDBOX
from postwire.accounts.connections import Connections
from postwire.accounts.keeper import KeepAlive
from postwire.accounts.renewing import Renewing
from postwire.publish.worker import open_worker
from postwire.transport import HttpTransport

if TYPE_CHECKING:
    from postwire.faces.web.site import Site

_PATIENCE: Final = 10.0  # seconds that runs get to end


class Background:
    """A worker and a keeper, each in a thread.

    Args:
        site: of whose workspaces.
        threads: how many runs at once, on each platform.
    """

    def __init__(self, site: Site, *, threads: int = 16) -> None:
        self._sandbox = site.settings.sandbox
        self._stop = threading.Event()
        self._transport = HttpTransport(sandbox=self._sandbox)
        self._renewing = Renewing(Connections(site.vault, site.catalog, self._transport))
        worker = open_worker(
            site.vault,
            list(site.catalog.folders),
            sandbox=self._sandbox,
            threads=threads,
            integrations=site.integrations,
            fetch=site.fetch,
        )
        keeper = KeepAlive(self._renewing, serves=lambda name: (name == SANDBOX) == bool(self._sandbox))
        self._threads = [
            threading.Thread(
                target=worker.run, args=(self._stop,), kwargs={"patience": _PATIENCE}, name="postwire-worker"
            ),
            threading.Thread(target=keeper.run, args=(self._stop,), name="postwire-keeper"),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.daemon = True  # what has not ended goes on when a worker comes again
            thread.start()

    def stop(self) -> None:
        """Begin nothing more; runs get ten seconds to end, and go on later where they were."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE + 5)
        self._renewing.close()
        self._transport.close()
