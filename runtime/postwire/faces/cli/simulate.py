"""`postwire simulate`: the simulated platforms on a loopback port, until Ctrl-C."""

from __future__ import annotations

import click

from postwire.faces.cli import output


def _simulate(port: int) -> None:
    from postwire.simulator import run  # noqa: PLC0415 - needs an extra

    try:
        run(port=port, announce=_announce)
    except OSError as error:
        raise click.UsageError(
            f"Port {port} cannot be used ({error.strerror}). Take another: `postwire simulate --port 0`."
        ) from None


def _announce(origin: str) -> None:
    output.say(
        f"The simulator listens at {origin}. It is not the real platform: nothing is published anywhere.\n"
        f"  export POSTWIRE_SANDBOX={origin}\n"
        "  postwire run ID --sandbox\n"
        f"Open {origin}/ for its apps, accounts and controls. Ctrl-C ends it and forgets everything."
    )


simulate = click.Command(
    "simulate",
    callback=_simulate,
    help="Serve the simulated platforms on this machine until Ctrl-C. Needs postwire[web].",
    params=[
        click.Option(
            ["--port"],
            type=click.IntRange(0, 65535),
            default=8787,
            show_default=True,
            help="0 takes a free one.",
        )
    ],
)
