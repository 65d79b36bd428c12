"""`postwire search WORDS`: the actions that do what somebody asks for, the best first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from postwire.faces.cli import output
from postwire.faces.cli.complete import integration_names
from postwire.faces.cli.lazy import catalogue_option, folders, json_option
from postwire.language.catalog import Catalog
from postwire.language.search import Index

if TYPE_CHECKING:
    from postwire.language.search import Hit


def _search(words: tuple[str, ...], integration: str | None, limit: int, *, as_json: bool) -> None:
    catalog = Catalog(folders(click.get_current_context()))
    found = Index(catalog, catalog.actions(integration)).search(" ".join(words), limit)
    if as_json:
        output.say_json(
            [{"id": hit.action.id, "title": hit.action.title, "score": hit.score} for hit in found]
        )
    elif found:
        output.say(_table(found))
    else:
        output.tell("Nothing fits these words. `postwire actions` lists all that there is.")


def _table(found: list[Hit]) -> str:
    rows = [("ACTION", "SCORE", "TITLE")]
    rows += [(hit.action.id, f"{hit.score:.1f}", hit.action.title) for hit in found]
    first, second = (max(len(row[column]) for row in rows) for column in range(2))
    return output.plain(
        "\n".join(f"{name:{first}}  {score:>{second}}  {title}" for name, score, title in rows)
    )


search = click.Command(
    "search",
    callback=_search,
    help="Find actions by what they do, in your own words: the best first.",
    params=[
        click.Argument(["words"], nargs=-1, required=True, metavar="WORDS..."),
        click.Option(
            ["--integration"],
            metavar="NAME",
            shell_complete=integration_names,
            help="Only those of one integration.",
        ),
        click.Option(
            ["--limit"], type=click.IntRange(1, 100), default=10, show_default=True, help="How many at most."
        ),
        catalogue_option(),
        json_option("Print a list of id, title and score."),
    ],
)
