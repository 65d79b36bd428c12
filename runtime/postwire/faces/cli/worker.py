"""`postwire worker`: runs what waits, until it is stopped."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import ExitStack

import click

from postwire.faces.cli import output
from postwire.faces.cli.lazy import catalogue_option, folders


def _work(only: tuple[str, ...], threads: int, patience: float, *, sandbox: bool) -> int:
    from postwire.faces.cli.connections import open_vault  # noqa: PLC0415 - loads SQLAlchemy
    from postwire.language.catalog import Catalog  # noqa: PLC0415 - as above
    from postwire.publish.worker import open_worker  # noqa: PLC0415 - as above

    where = folders(click.get_current_context())
    catalog = Catalog(where)
    names = [name for name in catalog.folders if not only or name in only]
    for name in only:
        catalog.integration(name)  # or says that there is none
    stop = threading.Event()
    with ExitStack() as stack:
        origin = _simulator() if sandbox else None
        vault = stack.enter_context(open_vault())
        worker = open_worker(vault, names, sandbox=origin, threads=threads, integrations=where)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        output.tell(f"Working on {', '.join(names)}. Ctrl-C ends it; what has not ended then goes on later.")
        worker.run(stop, patience=patience)
    # Runs that wait for a platform would keep the process; whoever comes next goes on with them.
    os._exit(0)


def _simulator() -> str:
    from postwire.sandbox import running  # noqa: PLC0415 - as above

    origin = running()
    output.tell(f"This is the simulator at {origin}, not the real platform.")
    return origin


worker = click.Command(
    "worker",
    callback=_work,
    help="Run what `postwire run --durable` and `--at` have handed over. Needs postwire[durable].",
    params=[
        click.Option(
            ["--only"], metavar="NAME", multiple=True, help="Serve only this platform. May be repeated."
        ),
        click.Option(
            ["--threads"],
            type=click.IntRange(1, 200),
            default=16,
            show_default=True,
            help="How many runs at once, on each platform.",
        ),
        click.Option(
            ["--patience"],
            type=click.FloatRange(0, 3600),
            default=30.0,
            show_default=True,
            help="Seconds that runs are waited for at the end.",
        ),
        click.Option(["--sandbox"], is_flag=True, help="Run those of simulated accounts, on the simulator."),
        catalogue_option(),
    ],
)
