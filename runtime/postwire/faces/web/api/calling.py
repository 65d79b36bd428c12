"""What an operation's handler is given: which program calls, for which workspace, and what it may.

    @operation
    async def show(caller: Caller) -> Response: ...

`operation` lets in who shows a key, and turns errors into problem+json. Cookies are never looked at here.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from postwire.errors import ActionFailed, Field, InvalidInput, PostwireError, UnknownName, shown
from postwire.faces.export.openapi import shape
from postwire.faces.web.problems import problem
from postwire.faces.web.receiving import TOO_LARGE, Refused
from postwire.language.inputs import InputSchema

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from postwire.access.keys import ApiKey
    from postwire.client import AsyncClient
    from postwire.faces.web.site import Site

    Handler = Callable[["Caller"], Awaitable[Response]]

LARGEST: Final = 65_536  # bytes of a body that is no action's input
_NUL: Final = "\x00"
GONE: Final = 499  # nobody reads the answer
_PAGE: Final = 200  # entries of a list at most


@dataclass(frozen=True, slots=True)
class Caller:
    """One request of a program."""

    request: Request
    site: Site
    key: ApiKey

    @property
    def workspace(self) -> str:
        """Whose accounts, runs and files."""
        return self.key.workspace

    @property
    def client(self) -> AsyncClient:
        """Runs the workspace's actions."""
        return self.site.client(self.workspace)

    def path(self, name: str) -> str:
        """A part of the address.

        Raises:
            UnknownName: nothing is called so: PostgreSQL knows no text with a NUL in it.
        """
        found = str(self.request.path_params[name])
        if _NUL in found:
            raise UnknownName(f"There is nothing called {shown(ascii(found))}.")
        return found

    def check(self, action: str) -> None:
        """Refuse what the key may not do.

        Args:
            action: an action's id, or one of our own such as `accounts.disconnect`.

        Raises:
            ActionFailed: `permission_denied`.
        """
        if not self.key.may_run(action):
            raise ActionFailed(
                "permission_denied",
                f"This API key may not do {shown(action)}.",
                remedy="Use a key for it: whoever runs this workspace makes one under Developers.",
                sent="no",
            )

    def query(self, *known: str) -> dict[str, str]:
        """The query's parameters.

        Raises:
            InvalidInput: one is not known (a misspelt `account` must not mean "any account"), or comes twice.
        """
        pairs = self.request.query_params.multi_items()
        names = [name for name, _ in pairs]
        wrong = [Field(f"?{shown(name)}", "is no parameter here") for name in names if name not in known]
        wrong += [Field(f"?{name}", "is given twice") for name in known if names.count(name) > 1]
        wrong += [Field(f"?{name}", "has a NUL in it") for name, value in pairs if _NUL in value]
        if wrong:
            raise InvalidInput(wrong)
        return dict(pairs)

    async def body(self, name: str) -> dict[str, Any]:
        """The JSON body, as the schema called *name* in the OpenAPI document says.

        Raises:
            InvalidInput: it does not fit.
            Refused: 413.
        """
        raw = bytearray()
        async for chunk in self.request.stream():
            raw += chunk
            if len(raw) > LARGEST:
                raise Refused(TOO_LARGE, "invalid_input", "The body is larger than 64 KB.")
        try:
            given = json.loads(raw or b"{}")
        except (ValueError, RecursionError):
            raise InvalidInput([Field("", "must be JSON")]) from None
        if not isinstance(given, dict):
            raise InvalidInput([Field("", "must be a JSON object", type(given).__name__)])
        values, _ = _schema(name).prepare(given)
        mistakes = _schema(name).mistakes(values, [])
        mistakes += [Field(f"/{key}", "has a NUL in it") for key, each in values.items() if _NUL in str(each)]
        if mistakes:
            raise InvalidInput(mistakes)
        return values


def operation(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A route of *handler*."""

    @functools.wraps(handler)
    async def route(request: Request) -> Response:
        site: Site = request.app.state.site
        try:
            return await handler(Caller(request, site, await _key(request, site)))
        except Refused as error:
            return problem(error, status=error.status)
        except PostwireError as error:
            return problem(error)
        except ClientDisconnect:
            return Response(status_code=GONE)

    return route


async def _key(request: Request, site: Site) -> ApiKey:
    """The key that is shown.

    Raises:
        Refused: 401, none is, or none that is good here.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    key = None
    if scheme.lower() == "bearer":
        key = await site.vault.run(site.keys.find, secret.strip())
    if key is not None:
        try:
            site.client(key.workspace)
        except UnknownName:  # simulated accounts are not served beside real ones
            key = None
    if key is None:
        said = "This API key is not known here, has ended, or was revoked."
        message = said if secret else "Show an API key: Authorization: Bearer pw_…"
        raise Refused(401, "permission_denied", message, "Make a key under Developers.")
    return key


def numbered(given: str | None, usual: int, least: int, most: int, name: str) -> int:
    """A whole number of the query.

    Raises:
        InvalidInput: it is none, or out of bounds.
    """
    if given is None:
        return usual
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= len(str(most)) else least - 1
    if not least <= number <= most:
        raise InvalidInput(
            [Field(f"?{name}", f"must be a whole number from {least} to {most}", shown(given))]
        )
    return number


def limit(given: dict[str, str]) -> int:
    """How many entries of a list are wanted."""
    return numbered(given.get("limit"), 50, 1, _PAGE, "limit")


def chosen(given: dict[str, str], name: str, choices: tuple[str, ...]) -> str | None:
    """One of some words of the query; None where there is none.

    Raises:
        InvalidInput: another word.
    """
    value = given.get(name)
    if value is not None and value not in choices:
        raise InvalidInput([Field(f"?{name}", f"must be one of {', '.join(choices)}", shown(value))])
    return value


@functools.cache
def _schema(name: str) -> InputSchema:
    return InputSchema(shape(name))
