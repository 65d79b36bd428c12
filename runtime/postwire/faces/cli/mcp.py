"""`postwire mcp`: the actions as tools of an MCP server, on stdio or loopback HTTP."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from postwire.accounts.account import SANDBOX
from postwire.errors import MissingExtra
from postwire.faces.cli import output
from postwire.faces.cli.complete import action_ids
from postwire.faces.cli.lazy import catalogue_option, folders, json_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from postwire.faces.mcp.settings import Settings

TOKEN: Final = "POSTWIRE_MCP_TOKEN"  # noqa: S105 - the variable's name
_EFFECTS: Final = ("read", "create", "update", "delete")


def _mcp(**given: Any) -> None:
    settings = _settings(given)
    if given["cost"]:
        _costs(settings, as_json=given["as_json"])
        return
    try:
        import mcp  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise MissingExtra(
            "An MCP server needs the package mcp.", remedy="pip install 'postwire[mcp]'"
        ) from None
    import asyncio  # noqa: PLC0415 - only who serves

    with ExitStack() as stack:
        asyncio.run(_serve(settings, given, _writer(stack, given["audit"])))


def _settings(given: dict[str, Any]) -> Settings:
    from postwire.faces.export.choice import choose  # noqa: PLC0415 - as above
    from postwire.faces.mcp.settings import Settings  # noqa: PLC0415 - as above

    return Settings(
        choice=choose(given["only"], given["effects"], read_only=given["read_only"]),
        capable=given["capable"],
        mode=given["mode"],
        visible=given["visible"],
        roots=() if given["http"] is not None else given["roots"],
        confirm=frozenset() if given["no_confirm"] else frozenset({"create", "delete"}),
        changes=given["changes"],
    )


def _costs(settings: Settings, *, as_json: bool) -> None:
    from dataclasses import asdict  # noqa: PLC0415 - only here

    from postwire.faces.mcp.cost import costs  # noqa: PLC0415 - as above
    from postwire.language.catalog import Catalog  # noqa: PLC0415 - as above

    found = costs(Catalog(folders(click.get_current_context())), settings)
    if as_json:
        output.say_json([asdict(each) for each in found])
        return
    rows = [f"{each.mode:8} {each.tools:6} {each.tokens:8} {each.bytes:9}" for each in found]
    output.say("\n".join([f"{'MODE':8} {'TOOLS':>6} {'TOKENS':>8} {'BYTES':>9}", *rows]))


def _writer(stack: ExitStack, audit: Path | None) -> Callable[[str], None]:
    """Takes audit lines: to the file, else to stderr."""
    if audit is None:
        return output.tell
    file = stack.enter_context(audit.open("a", encoding="utf-8"))

    def write(line: str) -> None:
        file.write(f"{line}\n")
        file.flush()

    return write


async def _serve(settings: Settings, given: dict[str, Any], write: Callable[[str], None]) -> None:
    from postwire.client import AsyncClient  # noqa: PLC0415 - as above
    from postwire.faces.cli.who import has_vault  # noqa: PLC0415 - as above
    from postwire.faces.mcp.links import Links  # noqa: PLC0415 - as above
    from postwire.faces.mcp.server import Face  # noqa: PLC0415 - as above
    from postwire.faces.mcp.serving import serve_stdio  # noqa: PLC0415 - as above

    sandbox = _sandbox() if given["sandbox"] else None
    async with AsyncExitStack() as stack:
        client = AsyncClient(
            integrations=folders(given["context"]),
            sandbox=sandbox,
            local_files=False,
            **(_simulated(stack) if sandbox and has_vault() else {"workspace": given["workspace"]}),
        )
        await stack.enter_async_context(client)
        links = Links(client, given["redirect_uri"])
        face = Face(client, settings, links, write)
        try:
            await (serve_stdio(face) if given["http"] is None else _over_http(face, given))
        finally:
            await face.aclose()
            await links.aclose()


def _simulated(stack: AsyncExitStack) -> dict[str, Any]:
    """The simulated accounts of this computer's vault, in a workspace apart from the real ones."""
    from postwire.faces.cli.connections import open_vault  # noqa: PLC0415 - as above

    vault = stack.enter_context(open_vault())
    if all(each.id != SANDBOX for each in vault.workspaces()):
        vault.add_workspace(SANDBOX, "Simulated accounts")
    return {"vault": vault, "workspace": SANDBOX}


def _sandbox() -> str:
    from postwire.sandbox import running  # noqa: PLC0415 - only here

    origin = running()
    output.tell(f"This is the simulator at {origin}, not the real platform: nothing is published.")
    return origin


async def _over_http(face: Any, given: dict[str, Any]) -> None:
    from postwire.faces.mcp.serving import PATH, application  # noqa: PLC0415 - as above
    from postwire.faces.serving import listen, serve_http  # noqa: PLC0415 - as above

    token = None if given["no_auth"] else os.environ.get(TOKEN) or secrets.token_urlsafe(32)
    host = given["host"]
    app = application(face, token=token, hosts=given["allowed"], origins=given["origins"])
    with listen(host, given["http"]) as listener:
        output.tell(f"Listening at http://{host}:{listener.getsockname()[1]}{PATH}")
        if token is not None and TOKEN not in os.environ:
            print(f"Authorization: Bearer {token}", file=sys.stderr, flush=True)  # noqa: T201 - it is not masked
        await serve_http(app, listener)


def _callback(**given: Any) -> None:
    if given["no_auth"] and given["host"] not in {"127.0.0.1", "localhost", "::1"}:
        raise click.UsageError(
            "--no-auth is for loopback only: leave out --host, or let clients show a token."
        )
    _mcp(context=click.get_current_context(), **given)


mcp = click.Command(
    "mcp",
    callback=_callback,
    help="Serve actions as tools to an AI agent, by the Model Context Protocol. Needs postwire[mcp].\n\n"
    "WHAT is an integration (x), an action (x.get_post) or a pattern (x.list_*); all by default.",
    params=[
        click.Argument(["only"], nargs=-1, metavar="[WHAT]...", shell_complete=action_ids),
        click.Option(["--read-only"], is_flag=True, help="Only actions that change nothing."),
        click.Option(
            ["--effect", "effects"],
            multiple=True,
            type=click.Choice(_EFFECTS),
            help="Only actions that do this.",
        ),
        click.Option(["--capable"], is_flag=True, help="Only what the connected accounts may do."),
        click.Option(
            ["--mode"],
            type=click.Choice(["auto", "direct", "search"]),
            default="auto",
            show_default=True,
            help="Each action a tool, or tools to search and run them; auto searches above 40.",
        ),
        click.Option(
            ["--visible"], metavar="ID", multiple=True, help="A tool of its own also when searching."
        ),
        click.Option(
            ["--files", "roots"],
            metavar="DIR",
            multiple=True,
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="A folder whose files may be published; not over HTTP.",
        ),
        click.Option(["--no-confirm"], is_flag=True, help="Do not ask the person before publishing."),
        click.Option(
            ["--changes"], type=click.IntRange(0), help="How many changes a client may make an hour."
        ),
        click.Option(
            ["--audit"], type=click.Path(path_type=Path), help="Where audit lines go; stderr by default."
        ),
        click.Option(
            ["--http"], metavar="PORT", type=click.IntRange(0, 65535), help="Serve HTTP; 0 takes any port."
        ),
        click.Option(["--host"], default="127.0.0.1", show_default=True, help="Address to listen at."),
        click.Option(
            ["--allow-host", "allowed"], multiple=True, metavar="NAME", help="A name it is reached by."
        ),
        click.Option(
            ["--allow-origin", "origins"], multiple=True, metavar="ORIGIN", help="A web page that may call."
        ),
        click.Option(["--no-auth"], is_flag=True, help=f"Over HTTP on loopback, ask for no token ({TOKEN})."),
        click.Option(
            ["--workspace"], metavar="ID", default="default", show_default=True, help="Whose accounts."
        ),
        click.Option(
            ["--redirect-uri"],
            metavar="URI",
            default="http://127.0.0.1:5005/callback/",
            show_default=True,
            help="Where the browser comes back to this machine when an account is connected.",
        ),
        click.Option(["--sandbox"], is_flag=True, help="Send everything to a running simulator."),
        click.Option(["--cost"], is_flag=True, help="Print what the list of tools costs a model, and end."),
        catalogue_option(),
        json_option("With --cost, print JSON."),
    ],
)
