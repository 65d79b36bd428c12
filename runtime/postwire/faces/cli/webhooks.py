"""`postwire webhooks`: the addresses that are told how runs end, and what was sent to them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from postwire.accounts.account import SANDBOX
from postwire.faces.cli import output
from postwire.faces.cli.runs import command
from postwire.language.units import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postwire.publish.hooks import Delivery, Endpoint, Hooks
    from postwire.secret import Secret

_TIMES = frozenset({"created_at", "succeeded_at", "disabled_at", "next_at", "ended_at"})


@contextmanager
def _hooks(workspace: str) -> Iterator[Hooks]:
    from postwire.faces.cli.connections import open_vault  # noqa: PLC0415 - loads SQLAlchemy
    from postwire.publish.courier import LOOPBACK  # noqa: PLC0415 - as above
    from postwire.publish.hooks import Hooks  # noqa: PLC0415 - as above

    near = workspace == SANDBOX or os.environ.get(LOOPBACK) == "1"
    with open_vault() as vault:
        yield Hooks(vault.store, loopback=near)


def plain(record: Endpoint | Delivery) -> dict[str, Any]:
    """A record as JSON: without what is not there, and times as people read them."""
    given = {name: value for name, value in asdict(record).items() if value not in (None, "")}
    return {
        name.removesuffix("_at"): moment(value) if name in _TIMES else value for name, value in given.items()
    }


def _add(url: str, event: tuple[str, ...], description: str, workspace: str, *, as_json: bool) -> None:
    with _hooks(workspace) as hooks:
        endpoint, secret = hooks.add(workspace, url, event, description=description)
    _say_secret(plain(endpoint), secret, as_json=as_json)


def _rotate(endpoint: str, workspace: str, *, as_json: bool) -> None:
    with _hooks(workspace) as hooks:
        secret = hooks.rotate(workspace, endpoint)
        _say_secret(plain(hooks.get(workspace, endpoint)), secret, as_json=as_json)
    output.tell("For a day messages are signed with the secret before as well.")


def _say_secret(about: dict[str, Any], secret: Secret, *, as_json: bool) -> None:
    about |= {"secret": secret.reveal()}
    if as_json:
        output.say_json(about)
    else:
        output.say(f"{about['id']}\n{about['secret']}")
    output.tell("The secret is shown this once: the receiver checks the messages with it.")


def _list(workspace: str, *, as_json: bool) -> None:
    with _hooks(workspace) as hooks:
        rows = [plain(each) for each in hooks.list(workspace)]
    _say_rows(rows, ("id", "url", "state"), as_json=as_json)


def _remove(endpoint: str, workspace: str, *, as_json: bool) -> None:
    with _hooks(workspace) as hooks:
        hooks.remove(workspace, endpoint)
    if as_json:
        output.say_json({"removed": endpoint})
    else:
        output.tell("It is told nothing any more.")


def _enable(endpoint: str, workspace: str, *, as_json: bool) -> None:
    with _hooks(workspace) as hooks:
        found = hooks.enable(workspace, endpoint)
    _say(plain(found), as_json=as_json)


def _test(endpoint: str, workspace: str, *, as_json: bool) -> None:
    with _hooks(workspace) as hooks:
        found = hooks.test(workspace, endpoint)
    _say(plain(found), as_json=as_json)
    output.tell("`postwire worker` sends it; `postwire webhooks deliveries` tells what came of it.")


def _deliveries(endpoint: str | None, limit: int, workspace: str, *, as_json: bool) -> None:
    with _hooks(workspace) as hooks:
        rows = [plain(each) for each in hooks.deliveries(workspace, endpoint=endpoint, limit=limit)]
    _say_rows(rows, ("id", "state", "event", "subject", "attempts", "status", "reason"), as_json=as_json)


def _redeliver(delivery: str, workspace: str, *, as_json: bool) -> None:
    with _hooks(workspace) as hooks:
        found = hooks.redeliver(workspace, delivery)
    _say(plain(found), as_json=as_json)


def _say(about: dict[str, Any], *, as_json: bool) -> None:
    from postwire.faces.cli.present import readable  # noqa: PLC0415 - only here

    if as_json:
        output.say_json(about)
    else:
        output.say(readable(about))


def _say_rows(rows: list[dict[str, Any]], names: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        output.say_json(rows)
        return
    if not rows:
        output.tell("There are none.")
    for each in rows:
        shown = {"state": f"disabled: {each['reason']}" if "disabled" in each else "", **each}
        output.say(output.plain("  ".join(str(shown[name]) for name in names if shown.get(name))))


def _which() -> click.Argument:
    return click.Argument(["endpoint"], metavar="ID")


webhooks = click.Group(
    "webhooks",
    help="Tell your own system how runs end, as the Standard Webhooks specification says.",
    no_args_is_help=True,
    commands=[
        command(
            "add",
            _add,
            "Tell an address; it prints its id and the secret that signs.",
            click.Argument(["url"]),
            click.Option(
                ["--event"],
                metavar="NAME",
                multiple=True,
                help="Only such events, as run.failed. May be repeated.  [default: all]",
            ),
            click.Option(["--description"], default="", help="For people."),
        ),
        command("list", _list, "The addresses, without their secrets."),
        command("remove", _remove, "Tell an address nothing any more.", _which()),
        command("enable", _enable, "Tell an address again that was disabled.", _which()),
        command("rotate", _rotate, "Give an address a new secret.", _which()),
        command("test", _test, "Send a message of the type webhook.test.", _which()),
        command(
            "deliveries",
            _deliveries,
            "What was sent, and what came of it.",
            click.Option(["--endpoint"], metavar="ID", help="Only to this address."),
            click.Option(["--limit"], type=click.IntRange(1, 1000), default=50, help="How many at most."),
        ),
        command(
            "redeliver",
            _redeliver,
            "Send a message again, under the same id.",
            click.Argument(["delivery"], metavar="MESSAGE"),
        ),
    ],
)
