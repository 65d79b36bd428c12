"""What is written: the result to stdout, the rest to stderr; a token of the environment to neither."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any, Final

import click

from postwire.secret import MASK

_HOLDS_SECRET: Final = re.compile(r"POSTWIRE_\w*(?:TOKEN|SECRET|KEY|PASSWORD)\w*")
_SHORTEST: Final = 6  # characters; a shorter value is no token, and masking it would hurt innocent text
# Terminals obey these; a caption or a message from a platform must not.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def say(text: str) -> None:
    """Write *text* to stdout, as the result or a part of it.

    A reader that has gone away is no failure; where nothing can be written, the text goes to stderr, because
    it may tell what was published.
    """
    text = masked(text)
    stream = sys.stdout
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    try:
        click.echo(text)
        stream.flush()
    except BrokenPipeError:
        _forget_stdout()
    except OSError as error:
        _forget_stdout()
        tell(f"The result could not be written ({error.strerror}). It is:\n{text}")


def say_json(value: Any) -> None:
    """Write *value* to stdout as JSON."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    say(json.dumps(value, indent=2, ensure_ascii=not unicode, default=str))


def tell(text: str) -> None:
    """Write *text* to stderr, for people."""
    try:
        click.echo(masked(plain(text)), err=True)
    except OSError:
        return  # nobody reads it


def plain(text: str) -> str:
    """*text* with what a terminal would obey made visible."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def masked(text: str) -> str:
    """*text* without the secrets that the environment holds for us, should a platform have echoed one."""
    for value in _secrets():
        text = text.replace(value, MASK)
    return text


def _secrets() -> list[str]:
    held = [value for name, value in os.environ.items() if _HOLDS_SECRET.fullmatch(name)]
    return [form for value in held if len(value) >= _SHORTEST for form in {value, json.dumps(value)[1:-1]}]


def _forget_stdout() -> None:
    """Point stdout at nothing, so that Python does not complain about it at the end."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, number)
    os.close(nothing)
