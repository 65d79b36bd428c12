"""The simulated LinkedIn: consent page, tokens, versioned and legacy API, upload host, webhooks."""

from __future__ import annotations

from postwire.simulator.linkedin.routes import LinkedInPlatform
from postwire.simulator.linkedin.settings import App, Member, Page, Settings
from postwire.simulator.linkedin.state import LinkedIn

__all__ = ["App", "LinkedIn", "LinkedInPlatform", "Member", "Page", "Settings"]
