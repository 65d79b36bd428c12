"""A small integration to decide with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire.accounts.account import Account
from postwire.decide.api import Api
from postwire.language.manifest import Integration
from postwire.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeApi = Callable[..., Api]


@pytest.fixture
def make_api() -> MakeApi:
    """Makes an Api; `api` words as keywords, and `limits` and `costs`."""

    def make(
        *, limits: list[dict[str, Any]] | None = None, costs: list[dict[str, Any]] | None = None, **words: Any
    ) -> Api:
        integration = Integration.model_validate(
            {
                "name": "Alpha",
                "description": "A platform.",
                "docs": {"url": "https://example.com/docs", "read": "2026-11-21"},
                "api": {"base": "https://api.example.com", **words},
                "limits": limits or [],
                "costs": costs or [],
            }
        )
        return Api("alpha", integration)

    return make


@pytest.fixture
def account() -> Account:
    return Account("alpha", Secret("act.secret"), id="42")
