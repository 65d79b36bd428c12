"""`postwire run --durable`, `--at TIME`, and `postwire schedule`: what workers are to run, and when."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from postwire.errors import PostwireError
from postwire.faces.cli import output
from postwire.faces.cli.runs import (
    command,
    opened,
    options,
    run_argument,
    say_run,
    say_runs,
)
from postwire.faces.runs import row
from postwire.faces.settling import rescheduled, waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postwire.client import Client
    from postwire.publish.records import Run

    Open = Callable[[ExitStack, Mapping[str, Any]], tuple[Client, Any]]


def hand_over(open_client: Open, name: str, values: dict[str, Any], own: Mapping[str, Any]) -> int:
    """Write a run down for the workers, one for each account that is named; the exit code."""
    from postwire.publish.times import read_time  # noqa: PLC0415 - only here

    at = read_time(own["at"]) if own["at"] else None
    targets = own["account"].split(",") if own["account"] else [None]
    told: list[dict[str, Any]] = []
    failed = 0
    for target in targets:
        try:
            run = _handed(open_client, name, values, {**own, "account": target}, at, several=len(targets) > 1)
            told.append(row(run))
        except PostwireError as error:
            if len(targets) == 1:
                raise
            failed += 1
            told.append({"account": target, "error": error.to_dict()})
            output.tell(f"{target}: {error.message}")
    _say(told, as_json=bool(own["as_json"]), single=len(targets) == 1)
    return 1 if failed else 0


def _handed(
    open_client: Open,
    name: str,
    values: dict[str, Any],
    own: Mapping[str, Any],
    at: float | None,
    *,
    several: bool,
) -> Run:
    with ExitStack() as stack:
        client, account = open_client(stack, own)
        key = f"{own['key']}:{own['account']}" if several and own["key"] else own["key"]
        return client.submit(name, values, account=account, key=key, at=at)


def _say(told: list[dict[str, Any]], *, as_json: bool, single: bool) -> None:
    if as_json:
        output.say_json(told[0] if single else told)
    else:
        for each in told:
            if "id" in each:
                output.say(each["id"])
    output.tell("`postwire worker` runs it; `postwire runs follow ID` watches.")


def _list(workspace: str, *, as_json: bool) -> None:
    with opened() as journal:
        say_runs(waiting(journal, workspace), as_json=as_json)


def _reschedule(run: str, to: str, workspace: str, *, as_json: bool) -> None:
    from postwire.publish.times import read_time  # noqa: PLC0415 - only here

    at = read_time(to)
    with opened() as journal:
        say_run(rescheduled(journal, journal.get(workspace, run), at), as_json=as_json)


def _cancel(run: str, workspace: str, *, as_json: bool) -> None:
    with opened() as journal:
        say_run(journal.cancel(journal.get(workspace, run)), as_json=as_json)


schedule = click.Group(
    "schedule",
    help="What waits for its time: `postwire run ID --at TIME` puts it there.",
    no_args_is_help=True,
    commands=[
        click.Command("list", callback=_list, params=options(), help="What waits, in its order."),
        command(
            "reschedule",
            _reschedule,
            "Give it another time.",
            run_argument(),
            click.Option(["--to"], metavar="TIME", required=True, help="As --at of `postwire run`."),
        ),
        command("cancel", _cancel, "Take it out.", run_argument()),
    ],
)
