"""`postwire run ID`: each action is a command of its own, whose flags come from its input schema."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from postwire.errors import Field, InvalidInput, UnknownName, shown
from postwire.faces.cli import output
from postwire.faces.cli.complete import action_ids, files
from postwire.faces.cli.flags import Flag, flags
from postwire.faces.cli.lazy import add_folders, catalogue_option, folders, json_option
from postwire.language.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postwire.client import Client
    from postwire.faces.cli.who import Who
    from postwire.values import Result

_PENDING: Final = 5


def _own_options() -> list[click.Option]:
    """What every action takes besides its input."""
    return [
        click.Option(
            ["--input", "source"],
            metavar="FILE|-",
            shell_complete=files,
            help="The input as JSON, from a file or (-) from stdin; flags win over it.",
        ),
        click.Option(
            ["--account"],
            metavar="NAME",
            help="Who acts: a user name, id or label; with --sandbox also a user of the simulator.",
        ),
        click.Option(["--workspace"], metavar="ID", help="Whose accounts.  [default: default]"),
        click.Option(
            ["--key"], metavar="KEY", help="Happens once under this name, however often it is called."
        ),
        click.Option(["--durable"], is_flag=True, help="Hand it to `postwire worker`, and do not wait."),
        click.Option(
            ["--at"],
            metavar="TIME",
            help="The same, at a time: 2026-12-24T18:00+01:00, '2026-12-24 18:00 Europe/Berlin', +2h. "
            "Then --account may name several, with commas between.",
        ),
        click.Option(["--sandbox"], is_flag=True, help="Send everything to the simulator instead."),
        click.Option(["--dry-run"], is_flag=True, help="Send nothing; show what would be sent."),
        catalogue_option(),
        json_option("Print the result, or the error, as JSON."),
    ]


# Flags that no property of an input can have.
TAKEN: Final = frozenset({"--help", *(text for option in _own_options() for text in option.opts)})


class Actions(click.Group):
    """The actions as commands; only the one that is named is read."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every id."""
        return [summary.id for summary in Catalog(folders(ctx)).actions()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of an action."""
        if ctx.resilient_parsing:
            from postwire.errors import PostwireError  # noqa: PLC0415 - only completion needs it

            try:
                return _command(ctx, cmd_name)
            except PostwireError:
                return None
        return _command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, once the folders are known that stand behind the id."""
        add_folders(ctx, _named_folders(args))
        if args[0].startswith("-"):  # no id: click says what is wrong with the option
            self.parse_args(ctx, args)
        return args[0], self.get_command(ctx, args[0]), args[1:]

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Where the ids are, instead of all of them."""
        formatter.write_paragraph()
        formatter.write_text(
            "`postwire actions` lists the ids; `postwire run ID --help` shows the flags of one."
        )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Ids and options that begin so."""
        return [
            *action_ids(ctx, None, incomplete),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]


def _named_folders(args: list[str]) -> list[str]:
    """The values of `--integrations` in *args*: the id before them may come from there."""
    apart = [value for name, value in pairwise(args) if name == "--integrations"]
    return apart + [text.partition("=")[2] for text in args if text.startswith("--integrations=")]


class ActionCommand(click.Command):
    """One action, with a flag for each property of its input."""

    def __init__(self, name: str, effect: str, about: str, inputs: list[Flag]) -> None:
        self._inputs = inputs
        self._own = _own_options()
        super().__init__(
            name,
            params=[*(o for number, flag in enumerate(inputs) for o in flag.options(number)), *self._own],
            help=about,
            callback=partial(_run, name, effect, inputs),
            context_settings={"token_normalize_func": _normal},
        )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The input apart from the rest."""
        rows = [(flag.usage, flag.about) for flag in self._inputs]
        own = [*self._own, *filter(None, [self.get_help_option(ctx)])]
        for title, listed in (("Input", rows), ("Options", [option.get_help_record(ctx) for option in own])):
            if listed:
                with formatter.section(title):
                    formatter.write_dl([row for row in listed if row is not None])


def _normal(text: str) -> str:
    """Underscores are taken for the dashes that they are in JSON."""
    return text.replace("_", "-")


def _command(ctx: click.Context, name: str) -> ActionCommand:
    from postwire.language.inputs import InputSchema  # noqa: PLC0415 - loads the schema library

    catalog = Catalog(folders(ctx))
    refuse_private(name)
    action = catalog.action(name)
    schema = InputSchema(action.input).published
    about = f"{action.title}. {action.description}"
    return ActionCommand(name, action.effect, about, flags(schema, TAKEN))


def refuse_private(name: str) -> None:
    """Raise UnknownName for an action that only other actions call."""
    if name.partition(".")[2].startswith("_"):
        raise UnknownName(
            f"{shown(name)} is for other actions only.", remedy="`postwire actions` lists what can be run."
        )


def _run(name: str, effect: str, inputs: list[Flag], /, **given: Any) -> int:
    """Run the action, or rehearse it; the exit code."""
    ctx = click.get_current_context()
    assert ctx.parent is not None
    own = {key: given[key] or ctx.parent.params.get(key) for key in _OWN_NAMES}
    typed = _typed(inputs, given)
    with ExitStack() as stack:
        document = stack.enter_context(_document(own["source"]))
        values = _merged(document, typed, inputs)
        if own["dry_run"]:
            return _rehearse(name, values, own)
        if own["durable"] or own["at"]:
            from postwire.faces.cli.schedule import hand_over  # noqa: PLC0415 - only here

            return hand_over(partial(_opened, name), name, values, own)
        result = _acted(stack, name, effect, values, own)
    return _finish(result, as_json=bool(own["as_json"]))


_OWN_NAMES: Final = (
    "source",
    "account",
    "key",
    "durable",
    "at",
    "workspace",
    "sandbox",
    "dry_run",
    "as_json",
)


def _typed(inputs: list[Flag], given: Mapping[str, Any]) -> dict[str, Any]:
    """The input that flags gave; every mistake in them at once."""
    values: dict[str, Any] = {}
    mistakes: list[Field] = []
    for number, flag in enumerate(inputs):
        value, off = given[f"value_{number}"], given.get(f"off_{number}")
        if off and value is not None:
            raise click.UsageError(f"{flag.text} and {flag.off} contradict each other.")
        try:
            if off:
                values[flag.name] = False
            elif value not in (None, ()):
                values[flag.name] = flag.read(value)
        except InvalidInput as error:
            mistakes += error.fields
    if mistakes:
        raise InvalidInput(mistakes)
    return values


@contextmanager
def _document(source: str | None) -> Iterator[dict[str, Any]]:
    """The JSON object in *source*, whose long base64 texts are files until the block ends."""
    if source is None:
        yield {}
        return
    from postwire.media.jsonspool import discard, read_json  # noqa: PLC0415 - only --input needs it

    if source == "-":
        if sys.stdin.isatty():
            output.tell("Reading JSON from the terminal; Ctrl-D ends it.")
        document = read_json(sys.stdin.buffer)
    else:
        try:
            with Path(source).open("rb") as stream:
                document = read_json(stream)
        except OSError as error:
            raise click.BadParameter(f"{source}: {error.strerror}.", param_hint="--input") from None
    try:
        if not isinstance(document, dict):
            raise InvalidInput([Field("", "The input must be a JSON object.")])
        yield document
    finally:
        discard(document)


def _merged(document: dict[str, Any], typed: dict[str, Any], inputs: list[Flag]) -> dict[str, Any]:
    """*document* with the flags over it; a flag for a media also takes the place of its base64 alias."""
    kept = dict(document)
    for flag in inputs:
        alias = flag.schema.get("x-media", {}).get("base64_alias")
        if alias and (flag.name in typed or alias in typed):
            kept.pop(alias, None)
            kept.pop(flag.name, None)
    return {**kept, **typed}


def _rehearse(name: str, values: dict[str, Any], own: Mapping[str, Any]) -> int:
    from postwire.client import Client  # noqa: PLC0415 - costs 250 ms
    from postwire.faces.cli.who import Who, named  # noqa: PLC0415 - as above

    who = Who() if own["sandbox"] else named(name.partition(".")[0], own)
    where = folders(click.get_current_context())
    with Client(
        integrations=where, sandbox="" if own["sandbox"] else None, workspace=who.workspace
    ) as client:
        told = client.dry_run(name, values, account=who.account)
    if own["as_json"]:
        output.say_json(told)
        return 0
    from postwire.faces.cli.rehearsal import readable_rehearsal  # noqa: PLC0415 - only here

    output.say(readable_rehearsal(told))
    return 0


def _acted(
    stack: ExitStack, name: str, effect: str, values: dict[str, Any], own: Mapping[str, Any]
) -> Result:
    """What the run gave; a note on anything that breaks it tells what may have been sent."""
    from postwire.faces.cli.progress import watching  # noqa: PLC0415 - as the client
    from postwire.faces.cli.watched import Watched  # noqa: PLC0415 - as above
    from postwire.transport import HttpTransport  # noqa: PLC0415 - as above

    sandbox, who = _place(stack, name.partition(".")[0], own)
    transport = Watched(HttpTransport(sandbox=sandbox))
    client = stack.enter_context(_client(transport, sandbox, who))
    watch = stack.enter_context(watching())
    try:
        return client.run(name, values, account=who.account, key=own["key"], on_event=watch)
    except BaseException as error:
        error.add_note(transport.told(effect))
        raise


def _opened(name: str, stack: ExitStack, own: Mapping[str, Any]) -> tuple[Client, Any]:
    """A client to hand a run over with, and who acts."""
    from postwire.transport import HttpTransport  # noqa: PLC0415 - as above

    sandbox, who = _place(stack, name.partition(".")[0], own)
    return stack.enter_context(_client(HttpTransport(sandbox=sandbox), sandbox, who)), who.account


def _client(transport: Any, sandbox: str | None, who: Who) -> Client:
    from postwire.client import Client  # noqa: PLC0415 - as above
    from postwire.media.fetch import FetchPolicy  # noqa: PLC0415 - as above
    from postwire.publish.portable import media_folder  # noqa: PLC0415 - as above

    return Client(
        integrations=folders(click.get_current_context()),
        sandbox=sandbox,
        transport=transport,
        vault=who.vault,
        workspace=who.workspace,
        media=media_folder(),
        # With the simulator everything is on this machine, the files that it is given too.
        fetch=FetchPolicy(allow_loopback=True) if sandbox else None,
    )


def _place(stack: ExitStack, integration: str, own: Mapping[str, Any]) -> tuple[str | None, Who]:
    """(the simulator's origin or None, who acts)."""
    from postwire.accounts.account import SANDBOX  # noqa: PLC0415 - as above
    from postwire.faces.cli.connections import workspace_of  # noqa: PLC0415 - as above
    from postwire.faces.cli.who import named, simulated  # noqa: PLC0415 - as above

    if workspace_of(own) != SANDBOX:
        return None, named(integration, own)
    from postwire.sandbox import open_sandbox  # noqa: PLC0415 - as above

    sandbox = stack.enter_context(open_sandbox(catalog=Catalog(folders(click.get_current_context()))))
    output.tell(f"This is the simulator at {sandbox.origin}, not the real platform: nothing is published.")
    return sandbox.origin, simulated(stack, integration, own["account"], sandbox)


def _finish(result: Result, *, as_json: bool) -> int:
    from postwire.faces.cli.present import readable  # noqa: PLC0415 - as above

    for warning in result.warnings:
        output.tell(f"Warning: {warning}")
    if as_json:
        output.say_json(result.output)
    else:
        output.say(readable(result.output))
    if result.state == "done":
        return 0
    output.tell("The platform is still busy; nothing failed. Look again later with what is printed here.")
    return _PENDING


def _needs_id(**_: Any) -> None:
    if click.get_current_context().invoked_subcommand is None:
        raise click.UsageError("Name an action: `postwire actions` lists them.")


run = Actions(
    "run",
    callback=_needs_id,
    invoke_without_command=True,
    help="Run an action and wait for its result.",
    subcommand_metavar="ID [--KEY VALUE]...",
    params=_own_options(),  # also taken before the id
    no_args_is_help=True,
)
