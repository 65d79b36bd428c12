"""What a shell may complete: integrations, actions, the choices of a flag, files."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

from postwire.errors import PostwireError
from postwire.faces.cli.lazy import folders
from postwire.language.catalog import Catalog


def integration_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[Any]:
    """Integrations whose name begins so."""
    try:
        return [name for name in Catalog(folders(ctx)).folders if name.startswith(incomplete)]
    except PostwireError:
        return []  # a shell that completes must stay quiet


def action_ids(ctx: click.Context, _: click.Parameter | None, incomplete: str) -> list[Any]:
    """Actions whose id begins so, with their titles; those of one integration as soon as it is clear which."""
    try:
        catalog = Catalog(folders(ctx))
        integration, dot, _ = incomplete.partition(".")
        found = catalog.actions(integration if dot and integration in catalog.folders else None)
    except PostwireError:
        return []
    return [CompletionItem(each.id, help=each.title) for each in found if each.id.startswith(incomplete)]


def files(_: click.Context, __: click.Parameter, incomplete: str) -> list[Any]:
    """Leave it to the shell, which knows files."""
    return [CompletionItem(incomplete, type="file")]
