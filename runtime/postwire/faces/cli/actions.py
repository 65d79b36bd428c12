"""`postwire actions`: what there is. Only the heads of the files are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from postwire.faces.cli import output
from postwire.faces.cli.complete import integration_names
from postwire.faces.cli.lazy import catalogue_option, folders, json_option
from postwire.language.catalog import Catalog

if TYPE_CHECKING:
    from postwire.language.catalog import Summary


def _actions(integration: str | None, *, as_json: bool) -> None:
    found = Catalog(folders(click.get_current_context())).actions(integration)
    if as_json:
        output.say_json([_object(summary) for summary in found])
    elif found:
        output.say(_table(found))
    else:
        output.tell("There are no actions here. `--integrations DIR` names a folder with some.")


def _object(summary: Summary) -> dict[str, Any]:
    return {
        "id": summary.id,
        "title": summary.title,
        "description": summary.description,
        "effect": summary.effect,
        "scopes": list(summary.scopes),
        "keywords": list(summary.keywords),
    }


def _table(found: list[Summary]) -> str:
    rows = [("ACTION", "EFFECT", "TITLE", "SCOPES")]
    rows += [(each.id, each.effect, each.title, ", ".join(each.scopes)) for each in found]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join([*map(str.ljust, row, widths), row[3]]).rstrip() for row in rows]
    return output.plain("\n".join(lines))


actions = click.Command(
    "actions",
    callback=_actions,
    help="List the actions that there are: id, effect, title, scopes.",
    params=[
        click.Option(
            ["--integration"],
            metavar="NAME",
            shell_complete=integration_names,
            help="Only those of one integration.",
        ),
        catalogue_option(),
        json_option(),
    ],
)
