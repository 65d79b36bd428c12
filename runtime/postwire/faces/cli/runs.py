"""`postwire runs`: what was published under a key or by a worker, how it ended, and what to do about it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from postwire.faces.cli import output
from postwire.faces.cli.lazy import json_option
from postwire.faces.runs import row, whole
from postwire.faces.settling import resolved, retried
from postwire.language.units import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire.publish.journal import Journal
    from postwire.publish.records import Run

LOOK: Final = 0.3  # seconds between two looks at a run
PENDING: Final = 5
_STATES: Final = ("waiting", "running", "done", "pending", "failed", "unknown", "cancelled")


def options(*more: click.Parameter) -> list[click.Parameter]:
    """What every command here takes, after *more* of its own."""
    workspace = click.Option(
        ["--workspace"], metavar="ID", default="default", show_default=True, help="Whose runs."
    )
    return [*more, workspace, json_option()]


@contextmanager
def opened() -> Iterator[Journal]:
    """The journal, for the time of the block."""
    from postwire.publish.opening import open_journal  # noqa: PLC0415 - loads SQLAlchemy

    journal = open_journal()
    try:
        yield journal
    finally:
        journal.close()


def say_run(run: Run, *, as_json: bool) -> None:
    """Print a run."""
    from postwire.faces.cli.present import readable  # noqa: PLC0415 - only here

    if as_json:
        output.say_json(row(run))
    else:
        output.say(readable(row(run)))


def say_runs(runs: list[Run], *, as_json: bool) -> None:
    """Print several, one a line."""
    rows = [row(run) for run in runs]
    if as_json:
        output.say_json(rows)
        return
    if not rows:
        output.tell("There are none.")
    for each in rows:
        names = ("id", "state", "action", "account", "due" if "due" in each else "created", "key")
        output.say(output.plain("  ".join(str(each[name]) for name in names if name in each)))


def _list(workspace: str, state: tuple[Any, ...], limit: int, *, as_json: bool) -> None:
    with opened() as journal:
        say_runs(journal.runs(workspace, states=state, limit=limit), as_json=as_json)


def _show(run: str, workspace: str, *, as_json: bool) -> None:
    from postwire.faces.cli.present import readable  # noqa: PLC0415 - only here

    with opened() as journal:
        about = whole(journal, journal.get(workspace, run))
    if as_json:
        output.say_json(about)
    else:
        output.say(readable(about))


def _resolve(run: str, posted: str | None, workspace: str, *, not_posted: bool, as_json: bool) -> None:
    if (posted is None) != not_posted:
        raise click.UsageError("Say what you found: --posted LINK or --not-posted.")
    with opened() as journal:
        found = journal.get(workspace, run)
        say_run(resolved(journal, found, posted), as_json=as_json)
    if not_posted:
        output.tell("Nothing was posted, so it may be run again, with the same key.")


def _follow(run: str, workspace: str, *, as_json: bool) -> int:
    from postwire.faces.cli.present import readable  # noqa: PLC0415 - only here
    from postwire.publish.outcome import read_error  # noqa: PLC0415 - only here

    with opened() as journal:
        found = journal.get(workspace, run)
        told: Any = None
        while found.state in {"waiting", "running"}:
            if (found.state, found.progress) != told:
                told = (found.state, found.progress)
                output.tell(_progress(found))
            time.sleep(LOOK)
            found = journal.find(found.id)
    if found.error is not None:
        raise read_error(found.error)
    result = found.result.output if found.result else None
    if as_json:
        output.say_json(result)
    else:
        output.say(readable(result))
    return PENDING if found.state == "pending" else 0


def _progress(run: Run) -> str:
    about = run.progress or {}
    if run.state == "waiting":
        return f"waits until {moment(run.run_at)}" if run.run_at else "waits for a worker"
    words = [str(about[name]) for name in ("step", "message") if about.get(name)]
    if about.get("total"):
        words.append(f"{100 * about['done'] // about['total']} %")
    return ", ".join([about.get("kind", "running"), *words])


def _cancel(run: str, workspace: str, *, as_json: bool) -> None:
    with opened() as journal:
        found = journal.cancel(journal.get(workspace, run))
        say_run(found, as_json=as_json)
    if found.state == "running":
        output.tell("It ends before its next request.")


def _retry(run: str, workspace: str, *, as_json: bool) -> None:
    with opened() as journal:
        say_run(retried(journal, journal.get(workspace, run)), as_json=as_json)


def command(name: str, callback: Callable[..., Any], about: str, *params: click.Parameter) -> click.Command:
    """A command about runs."""
    return click.Command(name, callback=callback, help=about, params=options(*params))


def run_argument() -> click.Argument:
    """Which run."""
    return click.Argument(["run"], metavar="ID|KEY")


runs = click.Group(
    "runs",
    help="Look at runs with a key, and settle those whose outcome is unknown.",
    no_args_is_help=True,
    commands=[
        command(
            "list",
            _list,
            "The newest runs.",
            click.Option(
                ["--state"], type=click.Choice(_STATES), multiple=True, help="Only these. May be repeated."
            ),
            click.Option(["--limit"], type=click.IntRange(1, 1000), default=50, help="How many at most."),
        ),
        command("show", _show, "What was asked, what was sent, what came of it.", run_argument()),
        command(
            "resolve",
            _resolve,
            "Settle a run whose outcome is unknown, after you have looked on the platform.",
            run_argument(),
            click.Option(["--posted"], metavar="LINK", help="It is there: its address."),
            click.Option(["--not-posted"], is_flag=True, help="It is not there."),
        ),
        command("follow", _follow, "Watch a run until it ends; what it gives.", run_argument()),
        command("cancel", _cancel, "End a run before its next request.", run_argument()),
        command(
            "retry", _retry, "Hand a run that failed to the workers again; it goes on there.", run_argument()
        ),
    ],
)
