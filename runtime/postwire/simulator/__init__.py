"""Simulated platforms on loopback: they refuse what the real ones refuse."""

from __future__ import annotations

from postwire.simulator.app import Simulator
from postwire.simulator.clock import Clock
from postwire.simulator.faults import ConnectionLost, Fault
from postwire.simulator.server import Served, run, serve
from postwire.simulator.tiktok import Settings as TikTokSettings

__all__ = [
    "Clock",
    "ConnectionLost",
    "Fault",
    "Served",
    "Simulator",
    "TikTokSettings",
    "create",
    "run",
    "serve",
]


def create(
    *,
    clock: Clock | None = None,
    seed: int | None = None,
    tiktok: TikTokSettings | None = None,
    keep_requests: int = 1000,
) -> Simulator:
    """Make a simulator with every platform; a `seed` makes its ids and tokens the same each time."""
    return Simulator(clock=clock, seed=seed, tiktok=tiktok, keep_requests=keep_requests)
