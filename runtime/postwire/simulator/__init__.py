"""Simulated platforms on loopback: they refuse what the real ones refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postwire.errors import MissingExtra

try:
    from postwire.simulator.app import Simulator
    from postwire.simulator.clock import Clock
    from postwire.simulator.faults import ConnectionLost, Fault
    from postwire.simulator.linkedin import Settings as LinkedInSettings
    from postwire.simulator.meta import Settings as MetaSettings
    from postwire.simulator.server import Served, run, serve
    from postwire.simulator.tiktok import Settings as TikTokSettings
    from postwire.simulator.x import Settings as XSettings
except ModuleNotFoundError as error:
    missing = (error.name or "").partition(".")[0]
    if missing not in {"starlette", "uvicorn"}:
        raise
    command = "pip install 'postwire[web]'"
    raise MissingExtra(
        f"The simulator needs {missing}, which is not installed: {command}", remedy=f"Run {command}."
    ) from error

if TYPE_CHECKING:
    from typing import Unpack

    from postwire.simulator.platforms import Given

__all__ = [
    "Clock",
    "ConnectionLost",
    "Fault",
    "LinkedInSettings",
    "MetaSettings",
    "Served",
    "Simulator",
    "TikTokSettings",
    "XSettings",
    "create",
    "run",
    "serve",
]


def create(
    *,
    clock: Clock | None = None,
    seed: int | None = None,
    keep_requests: int = 1000,
    **settings: Unpack[Given],
) -> Simulator:
    """Make a simulator with every platform; a `seed` makes its ids and tokens the same each time.

    Settings are given by platform: `tiktok=TikTokSettings(audited=False)`.
    """
    return Simulator(clock=clock, seed=seed, keep_requests=keep_requests, **settings)
