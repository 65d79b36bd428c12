"""`postwire move`: the vault and its runs into another database."""

from __future__ import annotations

import click

from postwire.faces.cli import output
from postwire.faces.cli.lazy import json_option


def _move(to: str, *, as_json: bool) -> None:
    from postwire.accounts.vault import Vault  # noqa: PLC0415 - loads SQLAlchemy
    from postwire.publish.moving import move as copy  # noqa: PLC0415 - as above

    with Vault() as vault:
        counts = copy(vault, to)
    if as_json:
        output.say_json(counts)
    else:
        output.say(f"Copied {counts['accounts']} accounts and {counts['runs']} runs.")
    output.tell("From now on set POSTWIRE_DATABASE to that address everywhere; the old one is as it was.")


move = click.Command(
    "move",
    callback=_move,
    help="Copy accounts and runs into an empty database, such as a PostgreSQL for many workers. "
    "Stop all workers before.",
    params=[
        click.Option(
            ["--to"],
            metavar="URL",
            required=True,
            help="As POSTWIRE_DATABASE: postgresql://user@host/name.",
        ),
        json_option(),
    ],
)
