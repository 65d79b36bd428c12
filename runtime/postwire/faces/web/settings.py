"""How a server behaves: where it is reached, who is let in, how much it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

LARGEST: Final = 10_000_000_000  # bytes of one file
QUOTA: Final = 50_000_000_000  # bytes of all files of a workspace


@dataclass(frozen=True, slots=True)
class Settings:
    """A server's settings.

    Attributes:
        public_url: as people's browsers reach it, without a slash at its end: `https://post.example.com`, or
            `http://127.0.0.1:5005`.
        sandbox: origin of the simulator that stands for the platforms; None for the real ones.
        sign_in: people sign in with a name and a password; else only the machine's own links open a session.
        largest: bytes of one file.
        quota: bytes of all files of a workspace.
        title: what the pages call the product.
        support_url: where people get help; `{code}` and `{platform}` in it are filled in. "" for nowhere.
        upgrade_url: where people get a larger plan; "" for nowhere.
        app_urls: origins of the applications that send people here to connect accounts, and have them back:
            `https://app.example.com`.
    """

    public_url: str
    sandbox: str | None = None
    sign_in: bool = False
    largest: int = LARGEST
    quota: int = QUOTA
    title: str = "Postwire"
    support_url: str = ""
    upgrade_url: str = ""
    app_urls: tuple[str, ...] = ()

    @property
    def secure(self) -> bool:
        """It is reached by https, so cookies go nowhere else."""
        return self.public_url.startswith("https:")

    @property
    def host(self) -> str:
        """What browsers put into the Host header."""
        return urlsplit(self.public_url).netloc

    def callback(self, integration: str) -> str:
        """The redirect address to register with a platform."""
        return f"{self.public_url}/callback/{integration}/"
