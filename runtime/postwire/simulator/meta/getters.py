"""How fields are read from nodes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from postwire.simulator.meta.ask import Getter


def plain(name: str) -> Getter:
    """Read an attribute; an empty one is unset."""
    return lambda _ask, node, _args: getattr(node, name) or None


def exact(name: str) -> Getter:
    """Read an attribute as it is, false and zero too."""
    return lambda _ask, node, _args: getattr(node, name)


def moment(name: str) -> Getter:
    """Read a time."""
    return lambda _ask, node, _args: stamp(getattr(node, name))


def param(name: str) -> Getter:
    """Read what was given at creation."""
    return lambda _ask, node, _args: node.params.get(name)


def constant(value: Any) -> Getter:
    """Show always the same."""
    return lambda _ask, _node, _args: value


def stamp(seconds: float) -> str | None:
    """Write a time as the Graph does; 0 is unset."""
    # Meta sheet 1: Hosts, versions, general rules (timestamps: no colon in the offset)
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S+0000") if seconds else None
