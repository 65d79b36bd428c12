"""`postwire keep-alive`: renews what is due, in every workspace, until it is told to end."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

import click

from postwire.accounts.account import SANDBOX
from postwire.accounts.connections import Connections
from postwire.accounts.keeper import KeepAlive
from postwire.accounts.renewing import Renewing
from postwire.faces.cli import output
from postwire.faces.cli.connections import open_vault, platform, title
from postwire.faces.cli.ending import DONE
from postwire.faces.cli.lazy import catalogue_option, folders
from postwire.language.catalog import Catalog
from postwire.transport import HttpTransport

if TYPE_CHECKING:
    from postwire.accounts.leased import Renewed


def _keep(*, once: bool) -> int:
    stop = threading.Event()
    catalog = Catalog(folders(click.get_current_context()))
    with open_vault() as vault:
        transport = HttpTransport()
        renewing = Renewing(Connections(vault, catalog, transport), watch=_tell)
        # Simulated tokens are no business of the real platforms.
        keeper = KeepAlive(renewing, serves=lambda workspace: workspace != SANDBOX)
        try:
            if once:
                keeper.step(stop)
            else:
                _until_told(keeper, stop)
        finally:
            renewing.close()
            transport.close()
    return DONE


def _until_told(keeper: KeepAlive, stop: threading.Event) -> None:
    def end(*_: Any) -> None:
        stop.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)
    output.tell("Keeping accounts connected; Ctrl-C ends it.")
    keeper.run(stop)


def _tell(renewed: Renewed) -> None:
    account = renewed.account
    note = f": {renewed.reason}" if renewed.reason else ""
    output.tell(f"{renewed.outcome}  {platform(account)} {title(account)}{note}")


keep_alive = click.Command(
    "keep-alive",
    callback=_keep,
    help="Renew the access of all connected accounts before it ends, until Ctrl-C or SIGTERM.",
    params=[
        click.Option(["--once"], is_flag=True, help="Renew what is due now, and end."),
        catalogue_option(),
    ],
)
