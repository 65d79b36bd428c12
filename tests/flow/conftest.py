"""How tests read what a played action sent, and why it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postwire import ActionFailed
from postwire.values import Send

if TYPE_CHECKING:
    from postwire.testing import Played


def failed(acme: Any, *answers: Any, **options: Any) -> ActionFailed:
    """The failure of an action that is played on these answers."""
    with pytest.raises(ActionFailed) as caught:
        acme.play(*answers, **options)
    return caught.value


def paths(played: Played) -> list[str]:
    return [request.url.removeprefix("https://api.acme.example") for request in played.requests]


def keys(played: Played) -> list[str]:
    return [effect.key for effect in played.effects if isinstance(effect, Send)]
