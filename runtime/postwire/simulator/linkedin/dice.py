"""Ids and tokens of a toy: unforeseeable, or the same each time where a seed is given."""

from __future__ import annotations

import hashlib
import secrets

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Dice:
    """Gives bytes and texts, each only once."""

    def __init__(self, seed: int | None) -> None:
        self._key = secrets.token_bytes(32) if seed is None else f"seed {seed}".encode()
        self._throws = 0

    def roll(self, count: int) -> bytes:
        """Give so many bytes."""
        self._throws += 1
        return hashlib.shake_256(self._key + self._throws.to_bytes(8, "big")).digest(count)

    def text(self, length: int) -> str:
        """Give so many letters and digits."""
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in self.roll(length))
