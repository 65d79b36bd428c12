"""How the simulated TikTok says no."""

from __future__ import annotations


class RefusalError(Exception):
    """A refusal in the API's envelope."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


# TikTok sheet 4: Envelope (most posting refusals carry one generic text)
GUIDELINES = "Please review our integration guidelines (simulated)."


def invalid_params(message: str) -> RefusalError:
    """Refuse an input."""
    # TikTok sheet 5.12: Which endpoint may answer which code (the wire says invalid_params)
    return RefusalError(400, "invalid_params", message)


def forbidden(code: str) -> RefusalError:
    """Refuse what the rules of the platform forbid."""
    # TikTok sheet 11.1: API error.code
    return RefusalError(403, code, GUIDELINES)
