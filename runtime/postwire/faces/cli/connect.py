"""`postwire connect NAME`: from the consent page to connected accounts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from postwire.errors import Field, InvalidInput, shown
from postwire.faces.cli import output
from postwire.faces.cli.complete import integration_names
from postwire.faces.cli.connections import Desk, opened, options, platform, row, table, title
from postwire.faces.cli.ending import DONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.accounts.connections import Begun, Connected
    from postwire.accounts.family import Candidate
    from postwire.accounts.listen import Listener

_LOOPBACK: Final = {"127.0.0.1", "localhost"}
_PORT: Final = 5005  # of the redirect address, unless another is named


def page_options() -> list[click.Option]:
    """How the consent page is shown, and how its answer comes back."""
    return [
        click.Option(
            ["--port"],
            type=click.IntRange(0, 65535),
            help="Where the answer is awaited on this machine; 0 takes a free port, where the platform "
            f"allows any.  [default: {_PORT}]",
        ),
        click.Option(
            ["--redirect-uri"],
            metavar="URI",
            help="The redirect address, letter by letter as it is registered with the platform.",
        ),
        click.Option(
            ["--paste"],
            is_flag=True,
            help="Ask for the address that the browser shows at the end: for platforms that demand https.",
        ),
        click.Option(["--no-browser"], is_flag=True, help="Only print the address of the consent page."),
        click.Option(["--as", "user"], metavar="USER", help="With --sandbox: the simulated user."),
    ]


def _connect(name: str, *, as_json: bool, **given: Any) -> int:
    with opened(given, make=True) as desk:
        connected = consent(desk, name, given)
        chosen, left = _choose(desk, connected, given)
        accounts = [*connected.accounts, *chosen]
        if given["label"] and len(accounts) == 1:
            label = given["label"]
            accounts = [desk.vault.accounts.update(desk.workspace, accounts[0].id, label=label)]
        elif given["label"]:
            output.tell(f"The label was not given: {len(accounts)} accounts were connected.")
        if as_json:
            output.say_json({"accounts": [row(each) for each in accounts], "candidates": _rows(left)})
        elif accounts:
            output.say(table(accounts))
    for each in accounts:
        if each.reason:
            output.tell(f"Warning: {platform(each)} {title(each)}: {each.reason}")
    return DONE


def consent(desk: Desk, name: str, given: Mapping[str, Any], reconnect: str | None = None) -> Connected:
    """Show the consent page, wait for its answer, and connect what it brings.

    Raises:
        ConnectFailed: it did not work.
        PlanFull: the workspace's plan allows no more accounts.
        ActionFailed: `conflict`, another account consented than the one to reconnect.
    """
    desk.connections.catalog.integration(name)  # a name that nobody has is told first
    redirect = _redirect(desk, name, given)
    if given["paste"] or not _is_loopback(redirect):
        begun = _begin(desk, name, redirect, given, reconnect)
        _show(desk, begun, given)
        return desk.connections.finish(name, _pasted())
    with _listener(redirect) as listener:
        begun = _begin(desk, name, listener.uri, given, reconnect)
        _show(desk, begun, given)
        if desk.sandbox is None or given["no_browser"]:
            output.tell(f"Waiting for the answer at {listener.uri}; Ctrl-C gives up.")
        return desk.connections.finish(name, listener.wait())


def _begin(desk: Desk, name: str, redirect: str, given: Mapping[str, Any], reconnect: str | None) -> Begun:
    return desk.connections.begin(
        name,
        redirect_uri=redirect,
        flavour=given.get("flavour") or "",
        owner=given.get("owner") or "",
        reconnect=reconnect,
        extra=_simulated_consent(desk, given),
    )


def _redirect(desk: Desk, name: str, given: Mapping[str, Any]) -> str:
    """The redirect address: the one that was named, or one on this machine."""
    from postwire.accounts.listen import PATH  # noqa: PLC0415 - as the vault

    known = _simulated_app(desk, name) if desk.sandbox else ""
    if given["redirect_uri"]:
        return str(given["redirect_uri"])
    if known and given["port"] is None:
        return known
    port = _PORT if given["port"] is None else given["port"]
    return f"http://127.0.0.1:{port}{PATH}"


def _simulated_app(desk: Desk, name: str) -> str:
    """Take over the simulator's app, unless the workspace has one; its redirect address."""
    from postwire.transport import HttpTransport  # noqa: PLC0415 - as the vault

    assert desk.sandbox is not None
    transport = HttpTransport(sandbox=desk.sandbox.origin)
    try:
        return desk.sandbox.lend(desk.vault.apps, desk.workspace, name, transport)
    finally:
        transport.close()


def _simulated_consent(desk: Desk, given: Mapping[str, Any]) -> dict[str, str]:
    if desk.sandbox is None:
        return {}
    allow = {} if given["no_browser"] else {"postwire_auto": "allow"}
    return {**allow, **({"postwire_account": given["user"]} if given["user"] else {})}


def _is_loopback(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _listener(redirect: str) -> Listener:
    from postwire.accounts.listen import Listener  # noqa: PLC0415 - as the vault

    parts = urlsplit(redirect)
    port = _PORT if parts.port is None else parts.port
    try:
        return Listener(port, parts.path or "/", parts.hostname or "")
    except OSError as error:
        raise click.UsageError(
            f"Port {port} cannot be used ({error.strerror}). Take another with --port, or use --paste."
        ) from None


def _show(desk: Desk, begun: Begun, given: Mapping[str, Any]) -> None:
    """Open the consent page; a simulated one is answered at once, unless a person wants to."""
    if desk.sandbox and not given["no_browser"]:
        _answer(desk, begun, given)
        return
    url = desk.sandbox.in_browser(begun.url) if desk.sandbox else begun.url
    output.tell("Open this page in your browser, and allow access:")
    output.tell(f"  {url}")
    if not given["no_browser"]:
        import webbrowser  # noqa: PLC0415 - only here

        webbrowser.open(url)


def _answer(desk: Desk, begun: Begun, given: Mapping[str, Any]) -> None:
    """Consent on the simulator's page, and go where it leads."""
    from postwire.transport import HttpTransport  # noqa: PLC0415 - as the vault
    from postwire.values import Request  # noqa: PLC0415 - as above

    assert desk.sandbox is not None
    simulator, here = HttpTransport(sandbox=desk.sandbox.origin), HttpTransport()
    try:
        where = desk.sandbox.redirected(begun.url, simulator)
        output.tell("Consent was given automatically, as the simulator allows.")
        if given["paste"]:
            output.tell(f"The browser would show: {where}")
        else:
            here.send(Request("GET", where))
    finally:
        simulator.close()
        here.close()


def _pasted() -> dict[str, str]:
    from postwire.accounts.listen import read_pasted  # noqa: PLC0415 - as the vault

    output.tell("When the browser shows an error or an empty page, copy its whole address to here.")
    return read_pasted(str(click.prompt("Address", err=True)))


def _choose(
    desk: Desk, connected: Connected, given: Mapping[str, Any]
) -> tuple[tuple[Any, ...], list[Candidate]]:
    """(accounts that a person chose, candidates that were left out)."""
    if connected.ticket is None:
        return (), []
    wanted = _wanted(connected, given)
    chosen = desk.connections.choose(connected.ticket.reveal(), wanted)
    left = [each for each in connected.candidates if each.subject not in wanted]
    if left:
        names = ", ".join(map(_called, left))
        output.tell(f"Left out: {names}. Connect again to choose, or with --all.")
    return chosen.accounts, left


def _wanted(connected: Connected, given: Mapping[str, Any]) -> set[str]:
    candidates = connected.candidates
    if given["all_"]:
        return {each.subject for each in candidates}
    if given["choose"]:
        return {_named(name, candidates).subject for name in given["choose"]}
    if sys.stdin.isatty():
        return {each.subject for each in candidates if click.confirm(_question(each), True, err=True)}
    if not connected.accounts:
        names = ", ".join(map(_called, candidates))
        raise InvalidInput(
            [Field("/choose", f"Say which to connect, by --choose or --all: {names}.")],
            note="nothing was connected",
        )
    return set()


def _named(name: str, candidates: tuple[Candidate, ...]) -> Candidate:
    for each in candidates:
        if name.removeprefix("@") in {each.subject, each.username}:
            return each
    names = ", ".join(map(_called, candidates))
    raise InvalidInput(
        [Field("/choose", f"The consent brought no {shown(name)!r}, but {names}.")],
        note="it was not connected",
    )


def _question(each: Candidate) -> str:
    page = each.facts.get("page_name")
    linked = f", linked to the Page {page}" if page else ""
    return output.plain(f"Connect {each.integration} {_called(each)}{linked} as well?")


def _called(each: Candidate) -> str:
    return f"@{each.username}" if each.username else each.name or each.subject


def _rows(left: list[Candidate]) -> list[dict[str, Any]]:
    return [
        {
            "integration": each.integration,
            "platform_id": each.subject,
            "name": each.name,
            "username": each.username,
            "facts": dict(each.facts),
        }
        for each in left
    ]


connect = click.Command(
    "connect",
    callback=_connect,
    help="Connect an account: opens the platform's consent page, and keeps the access in your vault. "
    "The keys of your app come from `postwire apps add`, or from the environment.",
    params=[
        click.Argument(["name"], metavar="NAME", shell_complete=integration_names),
        click.Option(["--flavour"], metavar="NAME", help="Another kind of login, such as facebook."),
        click.Option(["--label"], metavar="TEXT", help="What you call the account."),
        click.Option(["--owner"], metavar="NAME", help="Who connects it."),
        click.Option(
            ["--choose"],
            metavar="ACCOUNT",
            multiple=True,
            help="Of the accounts that have to be confirmed, connect this one. May be repeated.",
        ),
        click.Option(["--all", "all_"], is_flag=True, help="Connect all that have to be confirmed."),
        *page_options(),
        *options(),
    ],
)
