"""A call that waits for the person."""

from __future__ import annotations

from typing import Any


class Asked(Exception):
    """The client is to ask the person and to call again; `result` is what it is answered."""

    def __init__(self, result: Any) -> None:
        super().__init__("the person is asked")
        self.result = result
