"""The simulated Meta: Facebook Pages and Instagram, by both logins, in one state."""

from __future__ import annotations

from postwire.simulator.meta.routes import InstagramPlatform, MetaPlatform
from postwire.simulator.meta.settings import Account, App, Business, Page, Person, RemoteFile, Settings
from postwire.simulator.meta.state import Meta

__all__ = [
    "Account",
    "App",
    "Business",
    "InstagramPlatform",
    "Meta",
    "MetaPlatform",
    "Page",
    "Person",
    "RemoteFile",
    "Settings",
]
