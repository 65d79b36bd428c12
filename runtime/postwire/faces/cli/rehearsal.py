"""A dry run for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from postwire.faces.cli.present import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD: Final = {"method", "url", "step", "note"}


def readable_rehearsal(told: dict[str, Any]) -> str:
    """*told*, which is what `Client.dry_run` gives, as numbered requests and the checks."""
    lines = ["Nothing was sent. These requests would be:"]
    for number, request in enumerate(told["requests"], 1):
        lines += _request(number, request)
    lines += [f"Check: {check}" for check in told["checks"]]
    return "\n".join(lines)


def _request(number: int, request: dict[str, Any]) -> Iterator[str]:
    note = f"  ({request['note']})" if "note" in request else ""
    step = f"  [{request['step']}]" if "step" in request else ""
    yield f"{number}. {request['method']} {request['url']}{step}{note}"
    rest = {name: value for name, value in request.items() if name not in _HEAD and value}
    yield from (f"   {line}" for line in readable(rest).split("\n") if rest)
