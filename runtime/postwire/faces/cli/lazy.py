"""A group whose commands are imported when they are used, and the one way in which all of them end."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FOLDERS: Final = "postwire.integrations"


class Lazy(click.Group):
    """Commands by name: `module:attribute`, and the line that help shows without importing it."""

    def __init__(self, name: str, lazy: Mapping[str, tuple[str, str]], **options: Any) -> None:
        super().__init__(name, no_args_is_help=True, **options)
        self._lazy = lazy

    def list_commands(self, _: click.Context) -> list[str]:
        """The names, in the order of their use."""
        return list(self._lazy)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now."""
        if cmd_name not in self._lazy:
            return None
        module, attribute = self._lazy[cmd_name][0].split(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but the nearest name is offered, which click does not know of here."""
        wanted = args[0]
        if wanted not in self._lazy and not wanted.startswith("-") and not ctx.resilient_parsing:
            raise click.exceptions.NoSuchCommand(wanted, possibilities=self._lazy, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in self._lazy.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """The names and options that begin so."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only completion needs it

        names = [
            CompletionItem(name, help=about)
            for name, (_, about) in self._lazy.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def main(self, args: Sequence[str] | None = None, *_: Any, **more: Any) -> NoReturn:
        """Run, tell of errors in our own words, and leave with our own exit codes."""
        given = sys.argv[1:] if args is None else list(args)
        more = {**more, "prog_name": "postwire", "standalone_mode": False}
        try:
            code = super().main(given, **more)
        except Exception as error:  # noqa: BLE001 - what nobody foresaw is told too
            code = _told(error, given)
        except KeyboardInterrupt as error:
            code = _told(error, given)
        sys.exit(code or 0)


def _told(error: BaseException, given: list[str]) -> int:
    from postwire.faces.cli.ending import end  # noqa: PLC0415 - only failures need it

    return end(error, as_json="--json" in given)


def catalogue_option() -> click.Option:
    """`--integrations DIR`, for the group and for every command that reads the catalogue."""
    return click.Option(
        ["--integrations"],
        metavar="DIR",
        multiple=True,
        is_eager=True,
        expose_value=False,
        type=click.Path(),
        callback=_remember,
        help="A folder with integrations of your own. May be repeated.",
    )


def _remember(ctx: click.Context, _: click.Parameter, value: tuple[str, ...]) -> None:
    add_folders(ctx, value)


def add_folders(ctx: click.Context, more: Sequence[str]) -> None:
    """Add to the folders that this call looks in."""
    known = folders(ctx)
    ctx.meta[_FOLDERS] = (*known, *(folder for folder in more if folder not in known))


def folders(ctx: click.Context) -> tuple[str, ...]:
    """The folders that `--integrations` named, before and after the command's name."""
    found: tuple[str, ...] = ctx.meta.get(_FOLDERS, ())
    return found


def json_option(what: str = "Print JSON.") -> click.Option:
    """`--json`."""
    return click.Option(["--json", "as_json"], is_flag=True, help=what)
