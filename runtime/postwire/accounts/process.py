"""Who holds a lease: this process by name, and whether another process of this machine is still there."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from functools import cache
from pathlib import Path

_BETWEEN = "|"


def lease_owner() -> str:
    """A fresh name for a lease that this process takes: host, boot, process space, process, lease."""
    return _BETWEEN.join((*_machine(), str(os.getpid()), secrets.token_hex(8)))


def is_gone(owner: str) -> bool:
    """The process that took this lease has certainly ended; False where nobody can tell.

    Only the same running kernel and the same space of process numbers can tell: not another host, nor another
    container on this one.
    """
    *machine, pid, _ = owner.split(_BETWEEN)
    if tuple(machine) != _machine() or not all(machine) or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # it is there, as another user
    return False


@cache
def _machine() -> tuple[str, str, str]:
    if not sys.platform.startswith("linux"):
        return (socket.gethostname(), "", "")  # then a lease is waited for
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return (socket.gethostname(), boot, os.readlink("/proc/self/ns/pid"))  # noqa: PTH115 - no path
    except OSError:
        return (socket.gethostname(), "", "")
