"""`postwire serve`: pages for people and an API for programs, with a worker beside them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from postwire.accounts.account import SANDBOX
from postwire.faces.cli import output
from postwire.faces.cli.connections import open_vault
from postwire.faces.cli.lazy import catalogue_option, folders

if TYPE_CHECKING:
    from postwire.accounts.vault import Vault
    from postwire.faces.web.settings import Settings
    from postwire.faces.web.site import Site

PORT: Final = 5005  # the one that `postwire connect` registers with the platforms too
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def _serve(*, link: bool, **given: Any) -> None:
    where = folders(click.get_current_context())
    with ExitStack() as stack:
        vault = stack.enter_context(open_vault())
        if link:
            _tell_link(vault, given["public_url"] or f"http://127.0.0.1:{given['port']}")
            return
        _check(vault, given)
        origin = _simulator(stack, vault) if given["sandbox"] else None
        _run(vault, given, origin, where)
    # Runs that wait for a platform would keep the process; whoever comes next goes on with them.
    sys.stdout.flush()
    os._exit(0)


def _run(vault: Vault, given: dict[str, Any], origin: str | None, where: tuple[str, ...]) -> None:
    from postwire.faces.serving import listen, serve_http  # noqa: PLC0415 - needs an extra
    from postwire.faces.web.app import application  # noqa: PLC0415 - as above
    from postwire.faces.web.site import Site  # noqa: PLC0415 - as above

    with listen(given["host"], given["port"]) as listener:
        port = listener.getsockname()[1]
        settings = _settings(given, port, origin)
        site = Site(vault, settings, integrations=where)
        background = _background(site, given) if given["work"] else None
        _announce(site)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)  # uvicorn ends by them, then raises them again
        try:
            asyncio.run(serve_http(application(site), listener, **_trusted(given["proxies"])))
        finally:
            if background is not None:
                background.stop()


def _background(site: Site, given: dict[str, Any]) -> Any:
    from postwire.faces.web.background import Background  # noqa: PLC0415 - loads the engine

    made = Background(site, threads=given["threads"])
    made.start()
    return made


def _check(vault: Vault, given: dict[str, Any]) -> None:
    """Refuse to be reached from elsewhere without a public address, https and somebody who may sign in.

    Raises:
        UsageError: something of it is lacking.
    """
    from postwire.access.people import People  # noqa: PLC0415 - loads SQLAlchemy

    if given["host"] in _LOOPBACK and not given["public_url"]:
        return
    if not given["public_url"]:
        raise click.UsageError(
            "Beyond this machine the pages need --public-url, the address that browsers see."
        )
    if not given["public_url"].startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise click.UsageError("--public-url begins with https://: put a proxy with a certificate in front.")
    if not any(person.role == "admin" for person in People(vault.store).list()):
        raise click.UsageError("Nobody may sign in yet: `postwire people add NAME --admin` lets somebody in.")


def _settings(given: dict[str, Any], port: int, origin: str | None) -> Settings:
    from postwire.faces.web.settings import Settings  # noqa: PLC0415 - as above

    url = (given["public_url"] or f"http://127.0.0.1:{port}").rstrip("/")
    return Settings(
        url,
        sandbox=origin,
        sign_in=bool(given["public_url"]),
        support_url=given["support_url"],
        upgrade_url=given["upgrade_url"],
        app_urls=given["app_urls"],
    )


def _origins(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Origins as browsers write them.

    Raises:
        BadParameter: one of them is none.
    """
    found = []
    for each in given:
        parts = urlsplit(each)
        if parts.scheme not in {"https", "http"} or not parts.netloc or parts.path.strip("/") or "@" in each:
            raise click.BadParameter(f"{each!r} is no origin such as https://app.example.com.")
        found.append(f"{parts.scheme}://{parts.netloc.lower()}")
    return tuple(found)


def _simulator(stack: ExitStack, vault: Vault) -> str:
    from postwire.sandbox import open_sandbox  # noqa: PLC0415 - needs an extra

    sandbox = stack.enter_context(open_sandbox())
    if all(each.id != SANDBOX for each in vault.workspaces()):
        vault.add_workspace(SANDBOX, "Simulated accounts")
    output.tell(f"The simulator at {sandbox.origin} stands for the platforms: nothing is posted for real.")
    return sandbox.origin


def _trusted(proxies: tuple[str, ...]) -> dict[str, Any]:
    """Uvicorn's options: whose forwarded headers are believed."""
    return {"proxy_headers": bool(proxies), "forwarded_allow_ips": ",".join(proxies)}


def _announce(site: Site) -> None:
    if site.settings.sign_in:
        output.tell(f"Serving {site.settings.public_url}. Ctrl-C ends it.")
    else:
        _tell_link(site.vault, site.settings.public_url)


def _tell_link(vault: Vault, url: str) -> None:
    from postwire.access.sessions import Sessions  # noqa: PLC0415 - loads SQLAlchemy

    secret = Sessions(vault.store).link().reveal()
    output.tell("Open this link within ten minutes; it lets one browser in, once:")
    # It is not masked: it is what was asked for.
    click.echo(f"{url}/enter?key={secret}")
    output.tell("`postwire serve --link` prints another one. Ctrl-C ends the server.")


serve = click.Command(
    "serve",
    callback=_serve,
    help="Serve the pages and the HTTP API on this machine until Ctrl-C. Needs postwire[web].",
    params=[
        click.Option(["--host"], default="127.0.0.1", show_default=True, help="Address to listen on."),
        click.Option(
            ["--port"],
            type=click.IntRange(0, 65535),
            default=PORT,
            show_default=True,
            help="Port to listen on; 0 takes a free one.",
        ),
        click.Option(
            ["--public-url"],
            metavar="URL",
            default="",
            help="As browsers reach it from elsewhere, by https; people sign in then.",
        ),
        click.Option(
            ["--proxy", "proxies"],
            metavar="ADDRESS",
            multiple=True,
            help="A proxy whose forwarded headers are believed. May be repeated.",
        ),
        click.Option(["--sandbox"], is_flag=True, help="Simulated accounts, on the simulator."),
        click.Option(["--link"], is_flag=True, help="Print a new link to a server that runs, and end."),
        click.Option(["--work/--no-work"], default=True, help="Run what is due, or leave it to workers."),
        click.Option(
            ["--threads"],
            type=click.IntRange(1, 200),
            default=16,
            show_default=True,
            help="How many runs at once, on each platform.",
        ),
        click.Option(["--support-url"], metavar="URL", default="", help="Where people get help."),
        click.Option(["--upgrade-url"], metavar="URL", default="", help="Where people get a larger plan."),
        click.Option(
            ["--app-url", "app_urls"],
            metavar="ORIGIN",
            multiple=True,
            callback=_origins,
            help="An application whose onboarding may lead here and back. May be repeated.",
        ),
        catalogue_option(),
    ],
)
