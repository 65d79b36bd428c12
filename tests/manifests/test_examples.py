"""Every example of every action that we ship, against its recorded traffic."""

from __future__ import annotations

from pathlib import Path

import pytest

from postwire.testing import Case, cases

SHIPPED = Path(__file__).parents[2] / "integrations"


@pytest.mark.parametrize(
    "case", [case for folder in sorted(SHIPPED.iterdir()) for case in cases(folder)], ids=str
)
def test_examples(case: Case) -> None:
    case.check()
