"""The reference pages, made from what the runtime reads: `python -m postwire.faces.docs [--check] [FOLDER]`.

`docs/manifests.md` has every word of the language and every function, `docs/platforms/<name>.md` every
action.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from postwire.decide.programs import Programs
from postwire.language import manifest, yamlfile
from postwire.language.catalog import Catalog
from postwire.language.functions import FUNCTIONS, Function
from postwire.language.lengths import UNITS
from postwire.language.lint.words import meaning
from postwire.language.word import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

_FIRST: Final = ("Integration", "Action", "Step", "RequestSpec", "Pages", "Poll", "Upload", "Fail", "Example")
_LETTERS: Final = {"s": "text", "n": "number", "b": "true/false", "l": "list", "m": "map", "a": "anything"}
_INTRO: Final = """# The manifest language

<!-- Made by `python -m postwire.faces.docs`; do not edit. -->

An integration is a folder: `integration.yaml` says who the platform is, each file in `actions/` is one
action. The file is plain YAML (`true`, `false`, `null` and numbers are values, every other bare word is
text; no anchors, no tags).

- `${{ expression }}` alone in a value keeps its type; inside text it becomes text; in an address it is
  percent-encoded.
- Conditions (`when`, `until`, `fail_when`, `ok`, `where`, `$when`) are bare expressions, without `${{
  }}`.
- Something that is not there is *missing*. Whatever is made of it is missing too, and what is missing
  is left out of a request. Only `??`, `if(condition, a)` and `exists(x)` see it. `null` is a value, and
  is sent.
- `$each: LIST`, `as: NAME`, `where: CONDITION`, `to: TEMPLATE` make a list from a list; `$when` drops a
  map as a whole.
- An expression reads `input`, `let`, `account`, `run.now`, `steps.ID.NAME` (what an earlier step
  saved), and, where a request was answered, `status`, `headers` and `body`. The token is not a
  variable.
- Operators, loosest first: `or`, `and`, `not`, `== != < <= > >= in`, `??`, `+ -`, `* / %`, `-x`, `a.b
  a['b'] f(x)`. `64MB` and `10MiB` are numbers of bytes; text stands in single quotes.
"""

_OPTIONS: Final = """
## `x-file`

Beside a text that is the address of a file, with the rules of `x-media`: a platform fetches it. Forms take
the file itself where their server can be reached by the platform, and give an address of their own.

## `x-options-from`

Beside a property of an `input`: another action knows what the account can choose from. Forms ask it, and
offer its answers; everything else passes over the word.

- `action`: a read action of the same integration, which needs no input, or only that of `search`.
- `path`: where its output has the choices: a list of texts or of objects (`pages`, `data.items`). For a
  switch it leads to a boolean: where that is true, the account allows nothing but on.
- `value`, `label`: which fields of such an object are the value and its name; `id` and `name` by default.
- `search`: the input of that action that takes the words people look for; it is not asked before they do.

```yaml
place:
  type: string
  description: Where it was.
  x-options-from: {action: search_pages, path: pages, search: query}
```"""


def pages(catalog: Catalog) -> dict[str, str]:
    """Every page's path below `docs/`, and its text."""
    made = {"manifests.md": _language()}
    programs = Programs(catalog)
    for name in catalog.folders:
        made[f"platforms/{name}.md"] = "\n".join(_platform(name, catalog, programs)) + "\n"
    return made


def _language() -> str:
    parts = [_INTRO, "## Words"]
    for name, model in _models():
        parts += [f"\n### {name}\n\n{_sentence(model.__doc__)}\n", *_fields(model)]
    parts += ["\n## Functions\n", "| function | gives | |", "|---|---|---|"]
    parts += [_function(function) for function in FUNCTIONS.values()]
    parts += ["\n## Units of `x-length`\n", *(f"- `{unit}`: {words}" for unit, (_, words) in UNITS.items())]
    return "\n".join([*parts, _OPTIONS]) + "\n"


def _models() -> list[tuple[str, type[BaseModel]]]:
    found = {
        name: each
        for name, each in vars(manifest).items()
        if isinstance(each, type) and issubclass(each, Word) and each is not Word
    }
    order = [*_FIRST, *(name for name in found if name not in _FIRST)]
    return [(name.removesuffix("Spec").removesuffix("Rule"), found[name]) for name in order]


def _fields(model: type[BaseModel]) -> Iterator[str]:
    yield "| word | required | |"
    yield "|---|---|---|"
    for name, field in model.model_fields.items():
        default = (
            ""
            if field.is_required() or field.default in (None, "", [], {})
            else f" Default `{field.default}`."
        )
        required = "yes" if field.is_required() else ""
        word = field.alias or name
        told = (field.description or meaning(model.__name__, word)).replace("|", "\\|")
        yield f"| `{word}` | {required} | {told}{default} |"


def _function(function: Function) -> str:
    given = function.signature.partition(">")[0]
    words = [_LETTERS[letter] for letter in given if letter in _LETTERS]
    first = given.index("?") if "?" in given else len(words)
    shown = ", ".join(word if n < first else f"[{word}]" for n, word in enumerate(words))
    more = ", …" if given.endswith("*") else ""
    told = _sentence(function.call.__doc__)
    return f"| `{function.name}({shown}{more})` | {_LETTERS[function.result]} | {told} |"


def _sentence(text: str | None) -> str:
    """The first paragraph, on one line."""
    return " ".join((text or "").strip().split("\n\n")[0].split()).replace("|", "\\|")


def _platform(name: str, catalog: Catalog, programs: Programs) -> Iterator[str]:
    about = catalog.integration(name)
    yield f"# {about.name}\n\n<!-- Made by `python -m postwire.faces.docs`; do not edit. -->\n"
    yield f"{about.description} [The platform's documentation]({about.docs.url}), read {about.docs.read}.\n"
    yield "| action | what | effect | permissions |\n|---|---|---|---|"
    summaries = catalog.actions(name)
    for summary in summaries:
        scopes = ", ".join(f"`{scope}`" for scope in summary.scopes)
        anchor = summary.id.replace(".", "")
        yield f"| [`{summary.id}`](#{anchor}) | {summary.title} | {summary.effect} | {scopes} |"
    for summary in summaries:
        yield from _action(summary.id, programs)
    yield from _quality(catalog, name)


def _action(name: str, programs: Programs) -> Iterator[str]:
    program = programs.described(name)
    action = program.action
    yield f"\n## {name}\n\n{action.description}"
    if action.docs:
        yield f"\n[The platform's page]({action.docs.url}), read {action.docs.read}."
    for title, schema in (
        ("input", program.input.published),
        ("output", {"type": "object", **action.output}),
    ):
        properties: dict[str, Any] = schema.get("properties", {})
        if properties:
            yield f"\n| {title} | type | |\n|---|---|---|"
            required = schema.get("required", [])
            yield from (_property(key, inner, required) for key, inner in properties.items())


def _property(name: str, schema: dict[str, Any], required: list[str]) -> str:
    kind = schema.get("format") if schema.get("format") == "media" else schema.get("type", "")
    kind = " or ".join(kind) if isinstance(kind, list) else str(kind)
    star = " *" if name in required else ""
    told = str(schema.get("description", "")).replace("|", "\\|")
    choice = f" One of {', '.join(f'`{each}`' for each in schema['enum'])}." if "enum" in schema else ""
    return f"| `{name}`{star} | {kind} | {told}{choice} |"


def _quality(catalog: Catalog, name: str) -> Iterator[str]:
    file = catalog.folder(name) / "quality.yaml"
    if not file.is_file():
        return
    yield "\n## What is done\n\n| rule | state | |\n|---|---|---|"
    for rule, told in yamlfile.load(file.read_text("utf-8"))["rules"].items():
        yield f"| {rule} | {told['status']} | {str(told.get('comment', '')).replace('|', chr(92) + '|')} |"


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` name those that are out of date."""
    folders = [argument for argument in arguments if not argument.startswith("-")]
    root = Path(folders[0]) if folders else Path("docs")
    stale = []
    for path, text in pages(Catalog()).items():
        file = root / path
        if file.is_file() and file.read_text("utf-8") == text:
            continue
        stale.append(str(file))
        if "--check" not in arguments:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    sys.stdout.writelines(f"{name}\n" for name in stale)
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
