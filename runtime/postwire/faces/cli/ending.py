"""How a command ends badly: its exit code, and what is said to people and to programs."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING, Any, Final

import click

from postwire.errors import CATALOGUE, ActionFailed, InvalidInput, OutcomeUnknown, PostwireError, shown
from postwire.faces.cli import output
from postwire.secret import scrub

if TYPE_CHECKING:
    from collections.abc import Iterator

DONE, FAILED, WRONG, BUG, UNKNOWN, PENDING, STOPPED = 0, 1, 2, 3, 4, 5, 130

_DEBUG: Final = "POSTWIRE_DEBUG"
_WHO: Final = {
    "caller": "you",
    "account_owner": "the owner of the account",
    "operator": "whoever runs Postwire here",
    "platform": "the platform",
    "nobody": "nobody: it passes by itself",
}
_SENT: Final = {
    "no": "no, nothing reached the platform",
    "yes": "yes, and the platform answered",
    "maybe": "maybe: it may have reached the platform",
}


def end(error: BaseException, *, as_json: bool) -> int:
    """Tell of *error*, and give the exit code. With *as_json* stdout gets the error object as well."""
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return _stopped(error)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return WRONG
    if isinstance(error, click.ClickException):
        return _usage(error, as_json=as_json)
    if not isinstance(error, PostwireError):
        return _bug(error, as_json=as_json)
    if as_json:
        output.say_json(error.to_dict())
    output.tell(describe(error))
    if _code(error) == BUG:
        output.tell("\n".join(f"  {note}" for note in getattr(error, "__notes__", ())))
        _report(error)
    return _code(error)


def _code(error: PostwireError) -> int:
    if isinstance(error, OutcomeUnknown):
        return UNKNOWN
    if isinstance(error, ActionFailed):
        return BUG if error.code == "internal" else FAILED
    return WRONG


def describe(error: PostwireError) -> str:
    """*error* for people: title and message, then who must act, what to do, whether it was sent."""
    title = CATALOGUE[error.code].title
    head = f"{title}: {_message(error)}"
    rows = list(_rows(error))
    width = max(len(label) for label, _ in rows)
    return "\n".join([head, *(f"  {label:<{width}}  {text}" for label, text in rows)])


def _message(error: PostwireError) -> str:
    if not isinstance(error, InvalidInput):
        return error.message
    lines = [error.message.partition("\n")[0]]
    for field in error.fields:
        got = f" (got {shown(field.got)!r})" if field.got else ""
        lines.append(f"  {field.path or '/'}: {field.message}{got}")
    return "\n".join(lines)


def _rows(error: PostwireError) -> Iterator[tuple[str, str]]:
    yield "who acts", _WHO[CATALOGUE[error.code].who]
    yield "what to do", error.remedy
    if not isinstance(error, ActionFailed):
        yield "sent", _SENT["no"]
        return
    yield "sent", _SENT[error.sent]
    yield "repeat", _repeat(error)
    if refusal := getattr(error, "refusal", ""):  # of connecting an account
        yield "reason", str(refusal)
    if error.provider:
        yield "platform", _listed(error.provider)
    if error.step:
        yield "step", error.step
    if error.saved:
        yield "saved", _listed(error.saved)


def _repeat(error: ActionFailed) -> str:
    """Whether to run it again is safe, and of any use."""
    if isinstance(error, OutcomeUnknown):
        return "not before you have looked: it might appear twice"
    if error.saved:
        return "look at what was saved first: a part was done"
    if error.retry_after is not None:
        return f"safe, after {error.retry_after:.0f} s"
    if CATALOGUE[error.code].retryable:
        return "safe, after a while"
    return "safe, once that is settled"


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {shown(value)}" for name, value in values.items() if value is not None)


def _usage(error: click.ClickException, *, as_json: bool) -> int:
    ctx = getattr(error, "ctx", None)
    remedy = f"See `{ctx.command_path} --help`." if ctx else "See `postwire --help`."
    said = ActionFailed("invalid_input", error.format_message(), remedy=remedy, sent="no")
    if as_json:
        output.say_json(said.to_dict())
    if ctx:
        output.tell(ctx.get_usage())
    output.tell(f"{said.message}\n{remedy}")
    return WRONG


def _bug(error: BaseException, *, as_json: bool) -> int:
    notes = getattr(error, "__notes__", ())  # what may have been sent
    said = PostwireError(" ".join([f"{type(error).__name__}: {shown(scrub(str(error)))}.", *notes]))
    if as_json:
        output.say_json(said.to_dict())
    output.tell(f"This is a fault in Postwire, not in what you did.\n  {said.message}")
    _report(error)
    return BUG


def _report(error: BaseException) -> None:
    output.tell(f"  Please report it: {_tracker()}")
    if os.environ.get(_DEBUG) == "1":
        output.tell(scrub("".join(traceback.format_exception(error))))
    else:
        output.tell(f"  With {_DEBUG}=1 you see where it happened.")


def _tracker() -> str:
    """Where the package says that issues go."""
    from importlib.metadata import PackageNotFoundError, metadata  # noqa: PLC0415 - only a bug needs it

    try:
        urls: list[str] = metadata("postwire").get_all("Project-URL") or []
    except PackageNotFoundError:
        urls = []
    found: dict[str, str] = dict(url.split(", ", 1) for url in urls)
    return found.get("Issues", "the project's issue tracker, with the command and this text.")


def _stopped(error: BaseException) -> int:
    """Ctrl-C; whoever ran something has noted what may have been sent."""
    cause = error.__cause__ or error
    notes = getattr(cause, "__notes__", None) or ["Nothing was sent."]
    output.tell(" ".join(["Stopped.", *notes]))
    return STOPPED
