"""The command line: `postwire`. Each command is imported when it is used."""

from __future__ import annotations

import click

from postwire import __version__
from postwire.faces.cli.lazy import Lazy, catalogue_option

_HERE = "postwire.faces.cli"

cli = Lazy(
    "postwire",
    {
        "actions": (f"{_HERE}.actions:actions", "List the actions that there are."),
        "search": (f"{_HERE}.search:search", "Find actions by what they do."),
        "mcp": (f"{_HERE}.mcp:mcp", "Serve actions as tools to an AI agent."),
        "export": (f"{_HERE}.export:export", "Write actions as tools of models and platforms."),
        "show": (f"{_HERE}.show:show", "Show what an action takes, gives and may answer."),
        "run": (f"{_HERE}.run:run", "Run an action."),
        "connect": (f"{_HERE}.connect:connect", "Connect an account to your vault."),
        "accounts": (f"{_HERE}.accounts:accounts", "List, show, renew or let go connected accounts."),
        "apps": (f"{_HERE}.apps:apps", "Keep the keys of your apps on the platforms."),
        "keep-alive": (f"{_HERE}.keep:keep_alive", "Renew the access of connected accounts in time."),
        "runs": (f"{_HERE}.runs:runs", "Look at runs with a key; settle those whose outcome is unknown."),
        "schedule": (f"{_HERE}.schedule:schedule", "List, move or cancel what waits for its time."),
        "worker": (f"{_HERE}.worker:worker", "Run what was handed over or scheduled, until it is stopped."),
        "serve": (f"{_HERE}.serve:serve", "Serve pages for people and an API for programs."),
        "people": (f"{_HERE}.people:people", "Say who may sign in to the pages from elsewhere."),
        "webhooks": (f"{_HERE}.webhooks:webhooks", "Tell your own system how runs end."),
        "media": (f"{_HERE}.media:media", "Keep files under a handle for several runs."),
        "move": (f"{_HERE}.move:move", "Copy accounts and runs into another database."),
        "check": (f"{_HERE}.check:check", "Find every mistake in integrations and actions."),
        "new": (f"{_HERE}.new:new", "Begin an integration or an action of your own."),
        "simulate": (f"{_HERE}.simulate:simulate", "Serve the simulated platforms on this machine."),
        "demo": (f"{_HERE}.demo:demo", "Publish a video on the simulated TikTok, from start to end."),
        "completion": (f"{_HERE}.completion:completion", "Print the script for your shell's completion."),
    },
    help=(
        "Publish to TikTok, Instagram, Facebook Pages, X and LinkedIn.\n\n"
        "Try `postwire demo`, which needs no account; then `postwire actions`.\n\n"
        "Exit codes: 0 done, 1 the action failed, 2 wrong input or usage, 3 a fault in Postwire, "
        "4 the outcome is unknown, 5 the platform is still busy."
    ),
    params=[catalogue_option()],
)
click.version_option(__version__, message="%(prog)s %(version)s")(cli)


def main() -> None:
    """Run the command that the process's arguments name, and leave with its exit code."""
    cli.main()


__all__ = ["cli", "main"]
