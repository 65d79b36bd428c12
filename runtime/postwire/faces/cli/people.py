"""`postwire people`: who may sign in to a server that is reached from elsewhere."""

from __future__ import annotations

import sys

import click

from postwire.faces.cli import output
from postwire.faces.cli.connections import open_vault
from postwire.faces.cli.ending import DONE
from postwire.faces.cli.lazy import json_option
from postwire.secret import Secret


def _add(name: str, workspaces: tuple[str, ...], *, admin: bool) -> int:
    from postwire.access.people import People  # noqa: PLC0415 - loads SQLAlchemy

    password = _password()
    with open_vault() as vault:
        People(vault.store).add(name, password, "admin" if admin else "member", workspaces or None)
    output.say(f"{name} may sign in as {'an admin' if admin else 'a member'}.")
    return DONE


def _password() -> Secret:
    """From the terminal, twice and unseen; or a line on stdin."""
    if sys.stdin.isatty():
        return Secret(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return Secret(sys.stdin.readline().rstrip("\n"))


def _list(*, as_json: bool) -> int:
    from postwire.access.people import People  # noqa: PLC0415 - loads SQLAlchemy

    with open_vault() as vault:
        found = People(vault.store).list()
    if as_json:
        fields = ("name", "role", "workspaces")
        output.say_json([{field: getattr(person, field) for field in fields} for person in found])
    else:
        output.say("\n".join(f"{person.name}  {person.role}" for person in found) or "Nobody may sign in.")
    return DONE


def _remove(name: str) -> int:
    from postwire.access.people import People  # noqa: PLC0415 - loads SQLAlchemy

    with open_vault() as vault:
        People(vault.store).remove(name)
    output.say(f"{name} may sign in no longer; their sessions have ended.")
    return DONE


people = click.Group(
    "people",
    help="Who may sign in to `postwire serve --public-url`.",
    commands=[
        click.Command(
            "add",
            callback=_add,
            help="Let somebody in; the password is asked for, or a line on stdin.",
            params=[
                click.Argument(["name"]),
                click.Option(["--admin"], is_flag=True, help="They see and change everything."),
                click.Option(
                    ["--workspace", "workspaces"],
                    metavar="ID",
                    multiple=True,
                    help="A member sees only this one. May be repeated.",
                ),
            ],
        ),
        click.Command("list", callback=_list, help="List them.", params=[json_option()]),
        click.Command(
            "remove",
            callback=_remove,
            help="Let somebody in no longer.",
            params=[click.Argument(["name"])],
        ),
    ],
)
