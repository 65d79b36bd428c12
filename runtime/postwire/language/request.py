"""The words of one HTTP request, and of a listing that goes on."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from postwire.language.word import Address, Value, Word

METHODS: Final = ("get", "post", "put", "patch", "delete")
BODIES: Final = ("json", "form", "multipart", "media")


class Pages(Word):
    """How a listing goes on: call again while `next` is there, until `limit` items are there."""

    items: Value
    next: Value
    limit: Value = None
    max_pages: Annotated[int, Field(ge=1, le=1000)] = 50


class RequestSpec(Word):
    """One HTTP request."""

    get: Address | None = None
    post: Address | None = None
    put: Address | None = None
    patch: Address | None = None
    delete: Address | None = None
    query: dict[str, Value] = {}
    headers: dict[str, Value] = {}
    json_: Annotated[Value, Field(alias="json")] = None
    form: dict[str, Value] | None = None
    multipart: dict[str, Value] | None = None
    media: Value = None
    auth: str = "account"
    scheme: Annotated[str, Field(pattern=r"^[A-Za-z]+$")] = "Bearer"
    accept: list[int] = []
    retry: Literal["safe", "never", "default"] = "default"
    pages: Pages | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> RequestSpec:
        if sum(getattr(self, method) is not None for method in METHODS) != 1:
            raise ValueError(f"a request has exactly one of {', '.join(METHODS)}")
        if sum(body is not None for body in self._bodies()) > 1:
            raise ValueError(f"a request has at most one of {', '.join(BODIES)}")
        return self

    def _bodies(self) -> tuple[Value, ...]:
        return (self.json_, self.form, self.multipart, self.media)

    @property
    def method(self) -> str:
        """In capitals."""
        return next(method for method in METHODS if getattr(self, method) is not None).upper()

    @property
    def address(self) -> str:
        """What stands behind the method."""
        return str(next(found for method in METHODS if (found := getattr(self, method)) is not None))
