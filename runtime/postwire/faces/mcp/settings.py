"""How an MCP server behaves: what it offers, how it asks, and what it never does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from postwire.faces.export.choice import Choice

if TYPE_CHECKING:
    from pathlib import Path

Mode = Literal["direct", "search", "auto"]
THRESHOLD: Final = 40  # tools; models choose worse among more
INLINE: Final = 256 * 1024  # bytes of a file that may stand in a call as base64


@dataclass(frozen=True, slots=True)
class Settings:
    """An MCP server's settings.

    Attributes:
        choice: which actions there are at all.
        capable: only actions that a connected account may do.
        mode: `direct` offers each action as a tool, `search` three tools to find, read and run them; `auto`
            takes the first for up to 40 actions.
        visible: ids of actions that are tools of their own in the search mode too.
        roots: folders whose files a call may name; none over HTTP.
        confirm: effects before which the person is asked, where the client can.
        changes: how many calls an hour may change something, per client; None for any number.
        link_seconds: how long a call waits for an account to be connected.
    """

    choice: Choice = field(default_factory=Choice)
    capable: bool = False
    mode: Mode = "auto"
    visible: tuple[str, ...] = ()
    roots: tuple[Path, ...] = ()
    confirm: frozenset[str] = frozenset({"create", "delete"})
    changes: int | None = None
    link_seconds: float = 60.0
