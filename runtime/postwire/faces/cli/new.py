"""`postwire new`: files to begin with, which pass `postwire check` as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import click

from postwire.errors import UnknownName, shown
from postwire.faces.cli import output, scaffold
from postwire.faces.cli.lazy import catalogue_option, folders
from postwire.language.catalog import Catalog

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")
_EFFECTS: Final = ("read", "create", "update", "delete")


def _integration(name: str, parent: Path) -> None:
    folder = parent / _checked(name, "an integration")
    if folder.exists():
        raise click.UsageError(f"{folder} is there already.")
    if name in Catalog().folders:
        raise click.UsageError(
            f"There is an integration {name} already; nothing may hide it. Take another name."
        )
    base = scaffold.BASE
    files = {**scaffold.integration(name), **scaffold.action("get_profile", "read", base)}
    _write(folder, files)
    output.tell(
        f"Next: in {folder / 'integration.yaml'} set docs, api.base and errors as the platform has them, "
        f"make {folder / 'actions' / 'get_profile.yaml'} a real action, "
        "and say in quality.yaml where it stands.\n"
        f"Check it with `postwire check {folder}`, try it with "
        f"`postwire run {name}.get_profile --integrations {parent} --dry-run`."
    )


def _action(action: str, effect: str | None, parent: Path | None) -> None:
    integration, dot, name = action.partition(".")
    if not dot:
        raise click.UsageError(f"Name it as INTEGRATION.ACTION, such as {shown(integration)}.get_profile.")
    _checked(name, "an action")
    folder, base = _home(integration, parent)
    files = scaffold.action(name, effect or _effect_of(name), base)
    taken = next((folder / file for file in files if (folder / file).exists()), None)
    if taken is not None:
        raise click.UsageError(f"{taken} is there already.")
    _write(folder, files)
    output.tell(
        f"Next: in {folder / 'actions' / f'{name}.yaml'} set title, description, docs, scopes, the request "
        "and the two schemas; put what the platform answers into the cassette of the same name.\n"
        f"Check it with `postwire check {folder}`."
    )


def _effect_of(name: str) -> str:
    """What a name such as `delete_post` promises."""
    verb = name.partition("_")[0]
    verbs = {"get": "read", "list": "read", "query": "read", "search": "read", "hide": "update"}
    return verbs.get(verb, verb if verb in _EFFECTS else "create")


def _checked(name: str, what: str) -> str:
    if not _NAME.fullmatch(name):
        raise click.UsageError(
            f"{shown(name)!r} cannot be the name of {what}: small letters, digits and _, a letter first."
        )
    return name


def _home(integration: str, parent: Path | None) -> tuple[Path, str]:
    """(the folder of an integration that can be written to, the base of its addresses)."""
    where = (str(parent),) if parent else folders(click.get_current_context())
    here = () if parent else tuple(str(path) for path in [_default()] if path.is_dir())
    catalog = Catalog((*where, *here), override=True)
    folder = catalog.folder(integration)
    if not isinstance(folder, Path):
        raise UnknownName(f"The integration {integration} is not in a folder of files.")
    return folder, catalog.integration(integration).api.base


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        output.say(str(path))


def _default() -> Path:
    """`integrations` where there is such a folder here, else here."""
    found = Path("integrations")
    return found if found.is_dir() else Path()


_DIR: Final = click.Path(file_okay=False, path_type=Path)

new = click.Group(
    "new",
    help="Begin an integration or an action of your own.",
    commands=[
        click.Command(
            "integration",
            callback=lambda name, parent: _integration(name, parent or _default()),
            help="Write the folder of a new integration, with one action.",
            params=[
                click.Argument(["name"]),
                click.Option(["--dir", "parent"], type=_DIR, help="Where its folder is made."),
            ],
        ),
        click.Command(
            "action",
            callback=_action,
            help="Write a new action and its recorded example.",
            params=[
                click.Argument(["action"], metavar="INTEGRATION.NAME"),
                click.Option(["--effect"], type=click.Choice(_EFFECTS), help="By default as its name says."),
                click.Option(
                    ["--dir", "parent"], type=_DIR, help="The folder that the integration's folder is in."
                ),
                catalogue_option(),
            ],
        ),
    ],
)
