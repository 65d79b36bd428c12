"""`postwire accounts`: the connected accounts; and one of them shown, renewed, reconnected or let go."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from postwire.errors import ActionFailed
from postwire.faces.cli import output
from postwire.faces.cli.complete import integration_names
from postwire.faces.cli.connect import consent, page_options
from postwire.faces.cli.connections import opened, options, platform, row, table, title
from postwire.faces.cli.ending import DONE
from postwire.language.units import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire.accounts.connections import Connected
    from postwire.accounts.listing import Filter
    from postwire.accounts.records import StoredAccount, Summary
    from postwire.faces.cli.connections import Desk

_STATUSES: Final = ("active", "inactive", "failed")
_PAGE: Final = 200  # accounts


def _list(*, as_json: bool, **given: Any) -> int | None:
    if click.get_current_context().invoked_subcommand is not None:
        return None
    with opened(given, speaks=False) as desk:
        summary = desk.vault.listing.summary(desk.workspace)
        found = list(_found(desk, _filter(given)))
    if as_json:
        output.say_json({"summary": _counts(summary), "accounts": [row(each) for each in found]})
    else:
        if found:
            output.say(table(found))
        output.tell(_told(summary, len(found)))
    return DONE


def _filter(given: dict[str, Any]) -> Filter:
    from postwire.accounts.listing import Filter  # noqa: PLC0415 - loads SQLAlchemy

    return Filter(
        search=given["search"] or "",
        integration=given["platform"],
        status=given["status"],
        since=_start(given["since"]),
        until=_start(given["until"], days=1),
        owner=given["owner"],
    )


def _start(day: datetime | None, days: int = 0) -> float | None:
    return None if day is None else (day.replace(tzinfo=UTC) + timedelta(days=days)).timestamp()


def _found(desk: Desk, only: Filter) -> Iterator[StoredAccount]:
    after = None
    while True:
        page = desk.vault.listing.page(desk.workspace, only, limit=_PAGE, after=after)
        yield from page.accounts
        if (after := page.after) is None:
            return


def _counts(summary: Summary) -> dict[str, int]:
    return {name: getattr(summary, name) for name in ("total", *_STATUSES)}


def _told(summary: Summary, listed: int) -> str:
    if not summary.total:
        return "No account is connected. `postwire connect NAME` connects one."
    counts = ", ".join(f"{getattr(summary, name)} {name}" for name in _STATUSES)
    total = "1 account" if summary.total == 1 else f"{summary.total} accounts"
    return f"{total}: {counts}." if listed == summary.total else f"{listed} of {total}; in all {counts}."


def _show(desk: Desk, account: StoredAccount, *, as_json: bool, debug: bool) -> None:
    from postwire.accounts.health import capable  # noqa: PLC0415 - loads SQLAlchemy

    lacking = {
        name: list(scopes) for name, scopes in capable(desk.connections.catalog, account).items() if scopes
    }
    told = {**row(account), "lacking": lacking}
    if debug:
        told["token"] = _debugged(desk.connections.inspect(account.id))
    if as_json:
        output.say_json(told)
        return
    from postwire.faces.cli.present import readable  # noqa: PLC0415 - only here

    token = told.pop("token", None)
    output.say(readable({name: value for name, value in told.items() if value not in (None, "", [], {})}))
    if token is not None:
        output.say(output.plain("\n".join(_panel(token))))


def _debugged(told: dict[str, Any]) -> dict[str, Any]:
    times = ("connected_at", "issued_at", "expires_at", "data_access_expires_at")
    return {**told, **{name: moment(told[name]) for name in times}}


def _panel(token: dict[str, Any]) -> Iterator[str]:
    """The state of a token, with what is missing marked."""
    yield ""
    yield (
        "Token: complete" if token["complete"] and token["valid"] is not False else "Token: look at the marks"
    )
    if token["valid"] is not None:
        yield _line(token["valid"], "the platform accepts it")
    if token["problem"]:
        yield f"      {token['problem']}"
    yield "Permissions"
    for scope in token["scopes"]:
        note = "" if scope["here"] else "  (granted, but not for this account)"
        yield _line(scope["granted"] and scope["here"], scope["name"] + note)
    if token["accounts"]:
        yield "Accounts that it brings"
    for each in token["accounts"]:
        notes = [] if each["has_token"] else ["no access token"]
        notes += [] if each["connected"] else ["not connected"]
        yield _line(each["has_token"], f"{each['integration']} {each['name']}  {', '.join(notes)}".rstrip())
    yield "Times"
    for name in ("connected_at", "issued_at", "expires_at", "data_access_expires_at"):
        yield f"  {name.removesuffix('_at').replace('_', ' ')}: {token[name] or 'never, or unknown'}"


def _line(fine: object, text: str) -> str:
    return f"  {'ok' if fine else '!!'}  {text}"


def _refresh(desk: Desk, account: StoredAccount, *, as_json: bool) -> None:
    renewing = desk.renewing()
    try:
        fresh = renewing.renew_account(account.id)
    finally:
        renewing.close()
    stored = desk.vault.accounts.get(desk.workspace, account.id)
    if not fresh:
        raise ActionFailed(
            "auth_expired",
            f"{platform(stored)} {title(stored)} could not be renewed: {stored.reason or 'it has ended'}",
            remedy=f"Connect it again: `postwire accounts reconnect {stored.id}`.",
        )
    _changed(stored, "Renewed", as_json=as_json)


def _changed(stored: StoredAccount, word: str, *, as_json: bool) -> None:
    if as_json:
        output.say_json(row(stored))
    else:
        end = moment(stored.expires_at)
        until = f"; its access ends {end}" if end else ""
        output.say(output.plain(f"{word}: {platform(stored)} {title(stored)}{until}."))


def _disconnect(desk: Desk, account: StoredAccount, *, as_json: bool, yes: bool) -> None:
    beneath = desk.connections.beneath(account.id)
    if not yes and sys.stdin.isatty():
        more = f", and with it {', '.join(map(title, beneath))}" if beneath else ""
        question = (
            f"Disconnect {platform(account)} {title(account)}{more}? "
            "Nothing can be published to it until it is connected again."
        )
        click.confirm(output.plain(question), abort=True, err=True)
    gone = desk.connections.disconnect(account.id)
    if as_json:
        also = [row(each) for each in gone.beneath]
        output.say_json({**row(gone.account), "revoked": gone.revoked, "disconnected_with_it": also})
        return
    output.say(output.plain(f"{platform(account)} {title(account)}: {gone.message}"))
    if gone.beneath:
        output.say(output.plain(f"With it went {', '.join(map(title, gone.beneath))}."))


def _reconnect(desk: Desk, account: StoredAccount, *, as_json: bool, **given: Any) -> None:
    login = desk.connections.login_of(account.id)
    connected = consent(desk, login.integration, given, reconnect=account.id)
    _renewed(connected, account, as_json=as_json)


def _renewed(connected: Connected, account: StoredAccount, *, as_json: bool) -> None:
    others = [each for each in connected.accounts if each.id != account.id]
    for stored in connected.accounts:
        if stored.id == account.id:
            _changed(stored, "Reconnected", as_json=as_json)
    if others and not as_json:
        output.tell(f"The same consent renewed {', '.join(map(title, others))}.")


def _command(
    name: str, act: Callable[..., None], about: str, more: list[click.Option], *, speaks: bool | str
) -> click.Command:
    """A command about one account; *speaks* as `opened` has it, or the flag that decides."""

    def run(account: str, **given: Any) -> int:
        own = _with_group(given)
        asks = bool(own[speaks]) if isinstance(speaks, str) else speaks
        with opened(own, speaks=asks) as desk:
            rest = {key: value for key, value in own.items() if key not in _SHARED}
            act(desk, desk.find(account), **rest)
        return DONE

    argument = click.Argument(["account"], metavar="ACCOUNT")
    params: list[click.Parameter] = [argument, *more, *options()]
    return click.Command(name, callback=run, help=about, params=params)


_SHARED: Final = ("workspace", "sandbox")


def _with_group(given: dict[str, Any]) -> dict[str, Any]:
    """The command's own values, with what stood before its name."""
    ctx = click.get_current_context()
    before = ctx.parent.params if ctx.parent else {}
    shared = (*_SHARED, "as_json")
    return {**given, **{name: given[name] or before.get(name) for name in shared}}


accounts = click.Group(
    "accounts",
    callback=_list,
    invoke_without_command=True,
    help="List the connected accounts, newest first; or show, refresh, reconnect or disconnect one of them. "
    "ACCOUNT is an id, a user name or a label.",
    params=[
        click.Option(
            ["--search"],
            metavar="TEXT",
            help="Words in the name, label or platform, or a day such as 2026-08-25.",
        ),
        click.Option(
            ["--platform"], metavar="NAME", shell_complete=integration_names, help="Only this one's."
        ),
        click.Option(["--status"], type=click.Choice(_STATUSES), help="Only these."),
        click.Option(
            ["--since"],
            type=click.DateTime(["%Y-%m-%d"]),
            metavar="DATE",
            help="Connected on this day or later.",
        ),
        click.Option(
            ["--until"],
            type=click.DateTime(["%Y-%m-%d"]),
            metavar="DATE",
            help="Connected on this day or before (UTC).",
        ),
        click.Option(["--owner"], metavar="NAME", help="Only those that this person connected."),
        *options(),
    ],
)
_DEBUG: Final = click.Option(
    ["--debug"],
    is_flag=True,
    help="Ask the platform about the token: its permissions, its accounts, its times. It is never shown.",
)
_YES: Final = click.Option(["--yes"], is_flag=True, help="Do not ask.")
for _each in (
    _command("show", _show, "Show everything that is known of an account.", [_DEBUG], speaks="debug"),
    _command("refresh", _refresh, "Renew an account's access now.", [], speaks=True),
    _command(
        "disconnect",
        _disconnect,
        "Forget an account's access for good, and withdraw it on the platform where that is possible.",
        [_YES],
        speaks=True,
    ),
    _command(
        "reconnect",
        _reconnect,
        "Consent again to an account; what is scheduled for it goes on.",
        page_options(),
        speaks=True,
    ),
):
    accounts.add_command(_each)
