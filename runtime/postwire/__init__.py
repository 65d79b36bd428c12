"""Postwire: publish to TikTok, Instagram, Facebook Pages, X and LinkedIn from declarative actions.

>>> import postwire
>>> client = postwire.Client(postwire.Account("tiktok", "act.…"))
>>> client.run("tiktok.get_user_info").output  # doctest: +SKIP
{'open_id': '…', 'username': '…', …}
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from postwire.accounts.account import Account
    from postwire.client import AsyncClient, Client
    from postwire.errors import (
        ActionFailed,
        InvalidInput,
        ManifestInvalid,
        MissingExtra,
        OutcomeUnknown,
        PostwireError,
        UnknownName,
    )
    from postwire.secret import Secret
    from postwire.values import Event, Result

__version__ = "0.1.0"
__all__ = [
    "Account",
    "ActionFailed",
    "AsyncClient",
    "Client",
    "Event",
    "InvalidInput",
    "ManifestInvalid",
    "MissingExtra",
    "OutcomeUnknown",
    "PostwireError",
    "Result",
    "Secret",
    "UnknownName",
    "__version__",
]
# Where each name lives: it is imported when it is first asked for, so that `import postwire` costs nothing.
_HOMES = {
    "Account": "accounts.account",
    "AsyncClient": "client",
    "Client": "client",
    "Event": "values",
    "Result": "values",
    "Secret": "secret",
    "ActionFailed": "errors",
    "InvalidInput": "errors",
    "ManifestInvalid": "errors",
    "MissingExtra": "errors",
    "OutcomeUnknown": "errors",
    "PostwireError": "errors",
    "UnknownName": "errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'postwire' has no attribute {name!r}")
    value = getattr(import_module(f"postwire.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
