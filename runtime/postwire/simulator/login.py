"""What a simulated login refuses with, whatever the platform."""

from __future__ import annotations


class UntrustedError(ValueError):
    """The app or the redirect URI is not known, so nothing may be sent there."""


class OAuthRefusalError(Exception):
    """A refusal of an OAuth endpoint by RFC 6749's `error` and `error_description`."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status
