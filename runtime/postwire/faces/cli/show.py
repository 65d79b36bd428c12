"""`postwire show ID`: everything that is known of an action."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from postwire.errors import CATALOGUE
from postwire.faces.cli import output
from postwire.faces.cli.complete import action_ids
from postwire.faces.cli.flags import Flag, flags
from postwire.faces.cli.lazy import catalogue_option, folders, json_option
from postwire.faces.cli.run import TAKEN, refuse_private
from postwire.faces.typed import kinds
from postwire.language.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterator


def _show(action: str, *, as_json: bool) -> None:
    from postwire.decide.describe import describe  # noqa: PLC0415 - compiles actions, which costs 150 ms
    from postwire.decide.programs import Programs  # noqa: PLC0415 - as above

    refuse_private(action)
    programs = Programs(Catalog(folders(click.get_current_context())))
    about = describe(programs.described(action))
    if as_json:
        output.say_json(about)
    else:
        output.say(output.plain("\n".join(_page(about))))


def _page(about: dict[str, Any]) -> Iterator[str]:
    yield f"{about['id']}: {about['title']}"
    yield from _wrapped(about["description"])
    yield ""
    yield f"Effect  {about['effect']}"
    if about["scopes"]:
        yield f"Scopes  {', '.join(about['scopes'])}"
    if "docs" in about:
        yield f"Docs    {about['docs']['url']} (read {about['docs']['read']})"
    inputs = flags(about["input"], TAKEN)
    yield from _table("Input", [(flag.usage, flag.about) for flag in inputs])
    outputs = about["output"].get("properties", {})
    yield from _table("Output", [(name, _output(inner)) for name, inner in outputs.items()])
    yield from _table("Limits", [(limit, "") for limit in about["limits"]])
    yield from _table("Costs", [(cost, "") for cost in about["costs"]])
    yield from _table("Errors", [(code, CATALOGUE[code].remedy) for code in about["errors"]])
    yield from _example(about, inputs)


def _output(schema: dict[str, Any]) -> str:
    kind = " or ".join(sorted(kinds(schema))) or "anything"
    return f"{kind}. {schema.get('description', '')}".rstrip()


def _table(title: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    if not rows:
        return
    formatter = click.HelpFormatter(width=_width())
    with formatter.section(title):
        if any(about for _, about in rows):
            formatter.write_dl(rows)
        else:
            for name, _ in rows:
                formatter.write_text(name)
    yield ""
    yield formatter.getvalue().rstrip()


def _wrapped(text: str) -> Iterator[str]:
    yield from click.wrap_text(text, _width()).split("\n")


def _width() -> int:
    import shutil  # noqa: PLC0415 - as click does

    return max(60, min(shutil.get_terminal_size().columns, 110))


def _example(about: dict[str, Any], inputs: list[Flag]) -> Iterator[str]:
    """The first example that ends well, as a command."""
    good = [example for example in about["examples"] if "error" not in example]
    if not good:
        return
    by_name = {flag.name: flag for flag in inputs}
    given = good[0].get("input", {})
    words = [word for name, value in given.items() for word in _typed(by_name.get(name), value)]
    yield ""
    yield "Example"
    yield f"  {shlex.join(['postwire', 'run', about['id'], *words])}"


def _typed(flag: Flag | None, value: Any) -> list[str]:
    return flag.write(value) if flag else []


show = click.Command(
    "show",
    callback=_show,
    help="Show what an action takes and gives, its limits, its errors and an example.",
    params=[
        click.Argument(["action"], metavar="ID", shell_complete=action_ids),
        catalogue_option(),
        json_option("Print everything as JSON, with the schemas."),
    ],
)
