"""The platforms that are simulated: a new one is a folder, and its lines here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from postwire.simulator.linkedin import LinkedIn, LinkedInPlatform
from postwire.simulator.linkedin import Settings as LinkedInSettings
from postwire.simulator.meta import Meta, MetaPlatform
from postwire.simulator.meta import Settings as MetaSettings
from postwire.simulator.tiktok import Settings as TikTokSettings
from postwire.simulator.tiktok import TikTok, TikTokPlatform
from postwire.simulator.x import Settings as XSettings
from postwire.simulator.x import X, XPlatform

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

    linkedin: LinkedInSettings
    meta: MetaSettings
    tiktok: TikTokSettings
    x: XSettings


REGISTRY: Mapping[str, Factory] = {
    "linkedin": LinkedInPlatform.make,
    "meta": MetaPlatform.make,
    "tiktok": TikTokPlatform.make,
    "x": XPlatform.make,
}


def make(clock: Clock, seed: int | None, given: Given) -> dict[str, Platform]:
    """Make every platform; raises TypeError for settings of one that is not simulated."""
    settings: Mapping[str, Any] = dict(given)
    if unknown := sorted(settings.keys() - REGISTRY.keys()):
        raise TypeError(f"There is no simulated platform {unknown[0]!r}, only {', '.join(REGISTRY)}.")
    made = {name: factory(clock, settings.get(name), seed) for name, factory in REGISTRY.items()}
    if isinstance(meta := made.get("meta"), MetaPlatform):  # Instagram's login is another face of it
        made["instagram"] = meta.beside()
    return made


class Named:
    """Each platform's state with its own type, as an attribute."""

    faces: dict[str, Platform]

    @property
    def linkedin(self) -> LinkedIn:
        """What the simulated LinkedIn remembers."""
        state = self.faces["linkedin"].state
        assert isinstance(state, LinkedIn)
        return state

    @property
    def meta(self) -> Meta:
        """What the simulated Meta remembers, of Pages and of Instagram."""
        state = self.faces["meta"].state
        assert isinstance(state, Meta)
        return state

    @property
    def tiktok(self) -> TikTok:
        """What the simulated TikTok remembers."""
        state = self.faces["tiktok"].state
        assert isinstance(state, TikTok)
        return state

    @property
    def x(self) -> X:
        """What the simulated X remembers."""
        state = self.faces["x"].state
        assert isinstance(state, X)
        return state
