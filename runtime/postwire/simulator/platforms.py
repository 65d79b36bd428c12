"""The platforms that are simulated: a new one is a folder, and its lines here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from postwire.simulator.tiktok import Settings as TikTokSettings
from postwire.simulator.tiktok import TikTok, TikTokPlatform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.simulator.clock import Clock
    from postwire.simulator.exchange import Platform


class Factory(Protocol):
    """What makes a platform; without settings it takes its own defaults."""

    def __call__(self, clock: Clock, settings: Any, seed: int | None) -> Platform:
        """Make it."""


class Given(TypedDict, total=False):
    """The settings of each platform, by its name."""

    tiktok: TikTokSettings


REGISTRY: Mapping[str, Factory] = {
    "tiktok": TikTokPlatform.make,
}


def make(clock: Clock, seed: int | None, given: Given) -> dict[str, Platform]:
    """Make every platform; raises TypeError for settings of one that is not simulated."""
    settings: Mapping[str, Any] = dict(given)
    if unknown := sorted(settings.keys() - REGISTRY.keys()):
        raise TypeError(f"There is no simulated platform {unknown[0]!r}, only {', '.join(REGISTRY)}.")
    return {name: factory(clock, settings.get(name), seed) for name, factory in REGISTRY.items()}


class Named:
    """Each platform's state with its own type, as an attribute."""

    faces: dict[str, Platform]

    @property
    def tiktok(self) -> TikTok:
        """What the simulated TikTok remembers."""
        state = self.faces["tiktok"].state
        assert isinstance(state, TikTok)
        return state
