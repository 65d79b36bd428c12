"""Keeps what answers say out of httpcore2's debug log, which would print every response header.

Addresses and request headers are not logged by the layer we use. Response headers can hold session cookies
and addresses with upload tokens (`Location`): that record is cut before them, for everyone in the process.
"""

from __future__ import annotations

import logging
from typing import Final

from postwire.secret import MASK, scrub

_LOGGERS: Final = ("httpcore2.http11", "httpcore2.connection")


def install() -> None:
    """Sets the filter; twice is as good as once."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_cut)


def _cut(record: logging.LogRecord) -> bool:
    text = record.getMessage()
    before, found, _ = text.partition("[(")  # the list of headers begins so
    record.msg, record.args = (f"{before}[{MASK}]" if found else scrub(text)), ()
    return True
