"""The simulated TikTok: consent page, tokens, Content Posting and Display APIs, upload host, webhooks."""

from __future__ import annotations

from postwire.simulator.tiktok.routes import TikTokPlatform
from postwire.simulator.tiktok.settings import Account, Client, RemoteFile, Settings
from postwire.simulator.tiktok.state import TikTok

__all__ = ["Account", "Client", "RemoteFile", "Settings", "TikTok", "TikTokPlatform"]
