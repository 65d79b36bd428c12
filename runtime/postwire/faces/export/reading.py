"""Reads what a vendor's library hands over: an object of its own, or the same as a dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def read(value: Any, name: str) -> Any:
    """The field *name* of *value*; None where there is none."""
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
