"""`postwire check`: every mistake of integrations and actions, with its line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from postwire.faces.cli import output
from postwire.faces.cli.ending import DONE, WRONG
from postwire.faces.cli.lazy import catalogue_option, folders, json_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postwire.language.lint import Finding


def _check(paths: tuple[Path, ...], *, as_json: bool) -> int:
    from postwire.language.lint import check as found_in  # noqa: PLC0415 - costs 150 ms

    found = found_in(list(paths) or _all(folders(click.get_current_context())))
    errors = sum(finding.severity == "error" for finding in found)
    warnings = len(found) - errors
    if as_json:
        output.say_json(_object(found, errors, warnings))
    else:
        for finding in found:
            output.say(output.plain(finding.render()))
        output.tell(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}.")
    return WRONG if errors else DONE


def _all(given: Sequence[str]) -> list[Path]:
    """The folders of every integration that can be found, those that are shipped included."""
    from postwire.language import locate  # noqa: PLC0415 - only without paths

    found = [folder for folder in locate.integrations(given).values() if isinstance(folder, Path)]
    here = Path.cwd()
    return [folder.relative_to(here) if folder.is_relative_to(here) else folder for folder in found]


def _object(found: Sequence[Finding], errors: int, warnings: int) -> dict[str, Any]:
    return {"errors": errors, "warnings": warnings, "findings": [each.to_dict() for each in found]}


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


check = click.Command(
    "check",
    callback=_check,
    help="Find every mistake in integrations and actions; without PATH, in all that can be found. "
    "Errors make the exit code 2, warnings do not.",
    params=[
        click.Argument(
            ["paths"], metavar="[PATH]...", nargs=-1, type=click.Path(exists=True, path_type=Path)
        ),
        catalogue_option(),
        json_option(),
    ],
)
