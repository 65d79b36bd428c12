"""`postwire export FORMAT`: actions as tools of models, frameworks and other platforms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from postwire.faces.cli import output
from postwire.faces.cli.complete import action_ids
from postwire.faces.cli.lazy import catalogue_option, folders

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.faces.export.tools import Tools

_ABOUT: Final = {
    "openai": "OpenAI function tools.",
    "openai-strict": "The same with strict schemas.",
    "anthropic": "Anthropic tools.",
    "gemini": "Gemini function declarations.",
    "langchain": "What LangChain's StructuredTool takes.",
    "openapi": "An OpenAPI 3.1 document.",
    "autohive": "A folder for Autohive's SDK.",
}


def _made(name: str, tools: Tools) -> Any:
    from postwire import export as formats  # noqa: PLC0415 - loads the schema library

    makers: dict[str, Callable[[Tools], Any]] = {
        "openai": formats.openai.tools,
        "openai-strict": lambda offered: formats.openai.tools(offered, strict=True),
        "anthropic": formats.anthropic.tools,
        "gemini": formats.gemini.tools,
        "langchain": formats.langchain.plain,
        "openapi": formats.openapi.document,
    }
    return makers[name](tools)


def _export(name: str, only: tuple[str, ...], to: Path | None, *, read_only: bool) -> None:
    from postwire.client import Client  # noqa: PLC0415 - costs 250 ms
    from postwire.faces.export.tools import Tools  # noqa: PLC0415 - as above

    with Client(integrations=folders(click.get_current_context())) as client:
        tools = Tools(client, only, read_only=read_only)
        if name == "autohive":
            _folders(tools, to or Path())
        else:
            _write(_made(name, tools), to)


def _write(made: Any, to: Path | None) -> None:
    if to is None:
        output.say_json(made)
        return
    import json  # noqa: PLC0415 - only here

    try:
        to.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise click.BadParameter(f"{to}: {error.strerror}.", param_hint="--to") from None
    output.tell(f"Written: {to}")


def _folders(tools: Tools, to: Path) -> None:
    """A folder for each integration, within *to*."""
    from postwire.faces.export import autohive  # noqa: PLC0415 - as above

    for integration in dict.fromkeys(tool.id.partition(".")[0] for tool in tools):
        folder = to / integration
        autohive.write(tools, integration, folder)
        output.tell(f"Written: {folder}")


export = click.Command(
    "export",
    callback=_export,
    help="Write actions as tools of models, frameworks and other platforms.\n\n\b\n"
    + "\n".join(f"{name:14} {about}" for name, about in _ABOUT.items()),
    params=[
        click.Argument(["name"], type=click.Choice(list(_ABOUT)), metavar="FORMAT"),
        click.Argument(["only"], nargs=-1, metavar="[WHAT]...", shell_complete=action_ids),
        click.Option(["--read-only"], is_flag=True, help="Only actions that change nothing."),
        click.Option(
            ["--to"],
            metavar="PATH",
            type=click.Path(path_type=Path),
            help="The file, or for autohive the folder; stdout, or here, by default.",
        ),
        catalogue_option(),
    ],
    epilog="WHAT is an integration (x), an action (x.get_post) or a pattern (x.list_*); all by default.",
)
