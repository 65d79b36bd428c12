"""Takes credentials out of what a platform says: some repeat the token that they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.secret import MASK, Secret

if TYPE_CHECKING:
    from postwire.errors import ActionFailed
    from postwire.values import Credential

_SHORTEST = 8  # characters; what is shorter may stand in any text by chance


def conceal(error: ActionFailed, *given: Credential | Secret | None) -> None:
    """Mask the *given* secrets in all texts of *error*."""
    secrets = sorted({_plain(each) for each in given if each is not None}, key=len, reverse=True)
    hidden = [secret for secret in secrets if len(secret) >= _SHORTEST]
    error.message = _masked(error.message, hidden)
    error.args = (error.message,)
    error.remedy = _masked(error.remedy, hidden)
    error.provider = {name: _masked(value, hidden) for name, value in error.provider.items()}


def _plain(given: Credential | Secret) -> str:
    secret = given if isinstance(given, Secret) else given.value
    return secret.reveal().removeprefix("Bearer ")


def _masked(value: Any, hidden: list[str]) -> Any:
    if not isinstance(value, str):
        return value
    for secret in hidden:
        value = value.replace(secret, MASK)
    return value
