"""The simulated X: consent page, tokens, API v2, media upload, prepaid credits."""

from __future__ import annotations

from postwire.simulator.x.routes import XPlatform
from postwire.simulator.x.settings import Account, App, Community, Room, Settings
from postwire.simulator.x.state import X

__all__ = ["Account", "App", "Community", "Room", "Settings", "X", "XPlatform"]
