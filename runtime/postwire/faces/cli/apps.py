"""`postwire apps`: the keys of your own apps on the platforms, sealed in the vault."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from postwire.errors import UnknownName, shown
from postwire.faces.cli import output
from postwire.faces.cli.complete import integration_names
from postwire.faces.cli.connections import Desk, opened, options
from postwire.faces.cli.ending import DONE
from postwire.faces.cli.lazy import folders
from postwire.language.catalog import Catalog
from postwire.language.units import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postwire.accounts.records import App


def _add(
    name: str, keys: tuple[str, ...], flavour: str | None, *, as_json: bool, env: bool, **given: Any
) -> int:
    needed, optional = _names(name, flavour)
    piped = _piped(keys, [*needed, *optional])
    found = _from_environment(name, [*needed, *optional]) if env else {}
    found |= {key: _line(key) for key in piped}
    if sys.stdin.isatty() and not env:
        found |= _asked(needed, optional, found)
    if lacking := [key for key in needed if not found.get(key)]:
        raise click.UsageError(
            f"{', '.join(lacking)} of the {name} app lacks. Run this on a terminal, which asks for it; "
            f"or give `{lacking[0]}=-` and one line on stdin, or --env."
        )
    with opened(given, speaks=False, make=True) as desk:
        before = _before(desk, name)
        desk.vault.apps.put(desk.workspace, name, {**before, **found})
        app = next(each for each in desk.vault.apps.list(desk.workspace) if each.integration == name)
    if as_json:
        output.say_json(_object(app))
    else:
        output.say(f"Stored: {', '.join(app.keys)} of the {name} app. Next: `postwire connect {name}`.")
    return DONE


def _names(name: str, flavour: str | None) -> tuple[list[str], list[str]]:
    """(the keys that an app must have, those that it may have)."""
    from postwire.decide.programs import of_flavour  # noqa: PLC0415 - costs 150 ms

    catalog = Catalog(folders(click.get_current_context()))
    auth = of_flavour(catalog.integration(name), flavour or "").auth
    if auth is None:
        raise UnknownName(f"{name} has no accounts, so it needs no app.", remedy="Name another integration.")
    return auth.app, auth.app_optional


def _piped(given: Sequence[str], known: Sequence[str]) -> list[str]:
    """The keys whose values come from stdin; a value itself is refused, unseen."""
    names = []
    for word in given:
        key, _, value = word.partition("=")
        if value != "-":
            raise click.UsageError(
                "A key is never an argument: other programs could see it, and shells remember it. "
                "Write NAME=- and give it on stdin."
            )
        if key not in known:
            raise click.UsageError(f"The app has no {shown(key)!r}, but {', '.join(known)}.")
        names.append(key)
    return names


def _line(key: str) -> str:
    if sys.stdin.isatty():
        return _prompt(key)
    return sys.stdin.readline().strip()


def _asked(needed: Sequence[str], optional: Sequence[str], found: dict[str, str]) -> dict[str, str]:
    asked = {key: _prompt(key) for key in needed if key not in found}
    asked |= {key: _prompt(key, "Enter for none") for key in optional if key not in found}
    return {key: value for key, value in asked.items() if value}


def _prompt(key: str, note: str = "") -> str:
    text = f"{key} ({note})" if note else key
    given: str = click.prompt(
        f"{text}, not shown", hide_input=True, default="" if note else None, show_default=False, err=True
    )
    return given.strip()


def _from_environment(name: str, keys: Sequence[str]) -> dict[str, str]:
    from postwire.accounts.account import variable  # noqa: PLC0415 - as above

    values = {key: os.environ.get(variable(name, key.upper()), "") for key in keys}
    return {key: value for key, value in values.items() if value}


def _before(desk: Desk, name: str) -> dict[str, Any]:
    """The keys that are stored: another login's app may be among them."""
    try:
        return dict(desk.vault.apps.get(desk.workspace, name))
    except UnknownName:
        return {}


def _list(*, as_json: bool, **given: Any) -> int:
    with opened(given, speaks=False) as desk:
        found = desk.vault.apps.list(desk.workspace)
    if as_json:
        output.say_json([_object(app) for app in found])
    elif found:
        output.say(
            "\n".join(f"{app.integration}  {', '.join(app.keys)}  {moment(app.updated_at)}" for app in found)
        )
    else:
        output.tell("No app is stored. `postwire apps add NAME` stores the keys of one.")
    return DONE


def _remove(name: str, *, as_json: bool, **given: Any) -> int:
    with opened(given, speaks=False) as desk:
        if not desk.vault.apps.remove(desk.workspace, name):
            raise UnknownName(
                f"No {shown(name)} app is stored.", remedy="`postwire apps list` shows those that are."
            )
    if as_json:
        output.say_json({"integration": name, "removed": True})
    else:
        output.say(output.plain(f"Forgotten: the {name} app. Its accounts work until their access ends."))
    return DONE


def _object(app: App) -> dict[str, Any]:
    return {"integration": app.integration, "keys": list(app.keys), "updated_at": moment(app.updated_at)}


def _name() -> click.Argument:
    return click.Argument(["name"], metavar="NAME", shell_complete=integration_names)


apps = click.Group(
    "apps",
    help="Keep the keys of your own apps on the platforms: they are sealed, and never shown again.",
    no_args_is_help=True,
)
apps.add_command(
    click.Command(
        "add",
        callback=_add,
        help="Store the keys of an app. They are asked for, and not shown; `KEY=-` reads one from stdin.",
        params=[
            _name(),
            click.Argument(["keys"], metavar="[KEY=-]...", nargs=-1),
            click.Option(
                ["--flavour"], metavar="NAME", help="The app of another kind of login, such as facebook."
            ),
            click.Option(
                ["--env"], is_flag=True, help="Take them from the environment: POSTWIRE_<NAME>_<KEY>."
            ),
            *options(),
        ],
    )
)
apps.add_command(
    click.Command(
        "list",
        callback=_list,
        help="List the apps whose keys are stored.",
        params=[*options(integrations=False)],
    )
)
apps.add_command(
    click.Command(
        "remove",
        callback=_remove,
        help="Forget an app's keys.",
        params=[_name(), *options(integrations=False)],
    )
)
