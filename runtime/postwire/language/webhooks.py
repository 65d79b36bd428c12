"""The words for webhooks in: how a platform's notices are authenticated, and of what they speak."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from postwire.language.word import Name, Text, Value, Word


class Signature(Word):
    """How a platform signs a notice: HMAC-SHA256 in hex, with a key of the operator's app."""

    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]
    field: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    timestamp: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    signed: Text = "${{ body }}"
    keys: Annotated[list[Name], Field(min_length=1)]
    tolerance: Annotated[str, Field(pattern=r"^\d+(s|m|h)$")] = "5m"

    @model_validator(mode="after")
    def _two_fields(self) -> Signature:
        if self.timestamp is not None and self.field is None:
            raise ValueError("timestamp needs field: both stand in one header as name=value")
        return self


class Challenge(Word):
    """What an address answers to a GET by which the platform makes sure that it is the operator's."""

    key: Name
    token: Value
    answer: Value


class Webhooks(Word):
    """The notices that a platform posts to an address of ours; they only make a waiting run look at once."""

    signature: Signature
    references: Value
    challenge: Challenge | None = None
