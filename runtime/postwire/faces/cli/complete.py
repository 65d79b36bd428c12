"""What a shell may complete: integrations, actions, the choices of a flag, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem

from postwire.errors import PostwireError
from postwire.faces.cli.lazy import folders
from postwire.language.catalog import Catalog

if TYPE_CHECKING:
    import click


def integration_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[Any]:
    """Integrations whose name begins so."""
    try:
        return [name for name in Catalog(folders(ctx)).folders if name.startswith(incomplete)]
    except PostwireError:
        return []  # a shell that completes must stay quiet


def action_ids(ctx: click.Context, _: click.Parameter | None, incomplete: str) -> list[Any]:
    """Actions whose id begins so, with their titles; only the integration's, once it is named."""
    try:
        catalog = Catalog(folders(ctx))
        integration = incomplete.partition(".")[0] if "." in incomplete else ""
        found = catalog.actions(integration if integration in catalog.folders else None)
    except PostwireError:
        return []
    return [CompletionItem(each.id, help=each.title) for each in found if each.id.startswith(incomplete)]


def files(_: click.Context, __: click.Parameter, incomplete: str) -> list[Any]:
    """Leave it to the shell, which knows files."""
    return [CompletionItem(incomplete, type="file")]
