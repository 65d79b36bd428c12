"""A vault of the test's own, on a clock that the test turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postwire.accounts.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Clock:
    """Seconds since 1970, as the test says."""

    now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(tmp_path: Path, clock: Clock) -> Iterator[Vault]:
    with Vault(folder=tmp_path, clock=clock) as vault:
        yield vault
