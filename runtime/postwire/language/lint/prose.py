"""Rules of what people read: titles, descriptions, sources, examples, and the order of a file."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from postwire.language.inputs import InputSchema
from postwire.language.lint.schemas import length_rule, media_rule, unfit
from postwire.language.lint.subject import Mistake, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postwire.errors import Field
    from postwire.language.manifest import Docs
    from postwire.language.yamlfile import Path

# Lists of actions read only the head of each file (see `catalog`): nothing long may stand before it.
HEAD: Final = ("title", "description", "keywords", "docs", "effect", "scopes", "flavours")
_NAME: Final = re.compile(r"_?[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


def action_name(subject: Subject) -> Iterator[Mistake]:
    """A file is called as its action: a verb and a noun in small letters; a private one begins with `_`."""
    if not _NAME.fullmatch(subject.name):
        yield Mistake((), f"{subject.name} is no name for an action: use small letters, digits and _")
    elif "_" not in subject.name.strip("_"):
        yield Mistake((), f"{subject.name} is a verb without its noun: get_post, create_text_post, …")


def title_shape(subject: Subject) -> Iterator[Mistake]:
    """A title begins with a capital and has no dot at its end."""
    yield from _title(("title",), subject.action.title)


def _title(path: tuple[str, ...], title: str) -> Iterator[Mistake]:
    if title.rstrip().endswith("."):
        yield Mistake(path, "a title has no dot at its end")
    if title[:1].islower():
        yield Mistake(path, "a title begins with a capital")


def description_shape(subject: Subject) -> Iterator[Mistake]:
    """A description is one or more sentences: it ends with a dot."""
    yield from sentence(("description",), subject.action.description)


def sentence(path: tuple[str | int, ...], description: str) -> Iterator[Mistake]:
    """The mistake of a description that does not end as a sentence."""
    if description.rstrip()[-1:] not in (".", "!", "?"):
        yield Mistake(path, "a description is made of sentences: it ends with a dot")


def docs_missing(subject: Subject) -> Iterator[Mistake]:
    """A public action names the provider's page that it follows, and when it was read."""
    if subject.action.docs is None and not subject.is_private:
        remedy = "Write docs: {url: https://…, read: 2026-11-24}."
        yield Mistake((), "there is no docs: the provider's page that this follows", remedy)


def read_in_future(subject: Subject) -> Iterator[Mistake]:
    """The day on which a page was read is a day that has been."""
    if subject.action.docs is not None:
        yield from reading_day(subject.action.docs, subject.folder.today)


def reading_day(docs: Docs, today: date) -> Iterator[Mistake]:
    """The mistake of a `docs.read` that is no day, or lies in the future."""
    try:
        if date.fromisoformat(docs.read) > today:
            yield Mistake(("docs", "read"), f"{docs.read} has not come yet")
    except ValueError:
        yield Mistake(("docs", "read"), f"there is no day {docs.read}")


def head_first(subject: Subject) -> Iterator[Mistake]:
    """Title, description, keywords, docs, effect and scopes stand before everything else."""
    late = ""
    for word in subject.document.data:
        if word not in HEAD:
            late = late or word
        elif late:
            message = f"{word} stands before {late}: lists read only the head of a file"
            yield Mistake((word,), message, at_key=True)


def no_example(subject: Subject) -> Iterator[Mistake]:
    """A public action has an example."""
    if not subject.action.examples and not subject.is_private:
        yield Mistake((), "there is no example", "Write examples: [{input: …, return: …}].")


def example_end(subject: Subject) -> Iterator[Mistake]:
    """An example says what comes of it: `return` or `error`."""
    for index, example in enumerate(subject.action.examples):
        if (example.return_ is None) == (example.error is None):
            yield Mistake(("examples", index), "an example has either return or error")


def example_input(subject: Subject) -> Iterator[Mistake]:
    """The input of an example that succeeds fits the input schema."""
    if not subject.input or any(media_rule(subject)) or any(length_rule(subject)):
        return
    schema = InputSchema(subject.action.input)
    for index, example in enumerate(subject.action.examples):
        if example.error == "invalid_input":
            continue
        for field in _misfits(schema, example.input):
            message = f"the example's {field.path or 'input'} does not fit: {field.message}"
            yield Mistake(("examples", index, "input", *_keys(field.path)), message)


def _misfits(schema: InputSchema, given: dict[str, Any]) -> list[Field]:
    try:
        return schema.mistakes(*schema.prepare(given))
    except ValueError:  # the schema itself cannot be used, which other rules tell
        return []


def _keys(pointer: str) -> Path:
    """The path of a JSON pointer into an example."""
    return tuple(int(key) if key.isdigit() else key for key in pointer.split("/")[1:])


def example_return(subject: Subject) -> Iterator[Mistake]:
    """What an example returns fits the output schema."""
    for index, example in enumerate(subject.action.examples):
        if example.return_ is not None and subject.output:
            for message in unfit(example.return_, subject.output):
                yield Mistake(("examples", index, "return"), f"the example's return does not fit: {message}")


RULES: Final[tuple[Callable[[Subject], Iterator[Mistake]], ...]] = (
    action_name,
    title_shape,
    description_shape,
    docs_missing,
    read_in_future,
    head_first,
    no_example,
    example_end,
    example_input,
    example_return,
)
