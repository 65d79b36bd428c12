"""From a request's words and a scope to a Request: address, query, headers, body, credential."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, runtime_checkable
from urllib.parse import quote, urlencode, urlsplit

from postwire.errors import ActionFailed, shown
from postwire.language.missing import MISSING, ExpressionProblem, as_bytes, percent_encoded, text
from postwire.language.template import Hole, compile_address, compile_value, pieces
from postwire.secret import Secret
from postwire.values import Body, Credential, Multipart, Request, Slice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from postwire.accounts.account import Account
    from postwire.decide.api import Api
    from postwire.language.expression import Scope
    from postwire.language.manifest import RequestSpec

    Encoded = tuple[Body, str]

T = TypeVar("T")
_ACCOUNT: Final = "account"
_NONE: Final = "none"
_SCHEMES: Final = ("https", "http")
_COMMA: Final = ",~"  # kept readable in queries: the platforms write lists so
_HEADER: Final = re.compile(r"[\x20-\x7e\t]*")  # a line break would begin a header of its own
_STRANGE: Final = re.compile(r"[\x00-\x20\x7f\\]")  # URL parsers disagree about what these mean


@runtime_checkable
class FileLike(Protocol):
    """A media value, or a part of one: as much of a file as a body needs."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def first(self) -> int:
        """Offset of the first byte."""

    @property
    def size(self) -> int:
        """How many bytes."""

    @property
    def name(self) -> str:
        """File name for multipart bodies."""

    @property
    def type(self) -> str:
        """MIME type."""


class Builder:
    """One request of a manifest, compiled; `build` makes the Request.

    With *texts_are_secrets*, as in an `auth` section, any text may be a credential; else only a Secret.
    """

    def __init__(self, spec: RequestSpec, api: Api, *, texts_are_secrets: bool = False) -> None:
        self.api = api
        self.method = spec.method
        self.address = spec.address
        self._address = compile_address(spec.address)
        self._query = {key: compile_value(value) for key, value in spec.query.items()}
        self._headers = _merged(api.headers, {k: compile_value(v) for k, v in spec.headers.items()})
        self._auth = None if spec.auth in (_ACCOUNT, _NONE) else compile_value(spec.auth)
        self._sends_token = _NONE not in (spec.auth, api.auth)
        self._scheme = spec.scheme
        self._texts_are_secrets = texts_are_secrets
        self._kind, body = _body_of(spec)
        self._body = compile_value(body) if self._kind else None

    @property
    def acts(self) -> bool:
        """Whether the account's own credential goes on it."""
        return self._auth is None and self._sends_token

    @property
    def path(self) -> str:
        """The path that it calls, with `*` where a value is put in."""
        address = "".join("*" if isinstance(each, Hole) else each for each in pieces(self.address))
        return urlsplit(self.api.base + address if address.startswith("/") else address).path

    def build(self, scope: Scope, account: Account | None, boundary: str = "") -> Request:
        """The request in *scope*.

        Raises:
            ActionFailed: `internal`, when the address is missing or on a host that is not declared.
            ExpressionProblem: a value does not fit.
        """
        url = self._url(scope)
        body, kind = self._encoded(scope, boundary)
        own = {name: _header(name, closure(scope)) for name, closure in self._headers.items()}
        given = {name: value for name, value in own.items() if value is not None}
        headers = _merged({"Content-Type": kind} if kind else {}, given)
        return Request(self.method, url, headers, body, self._credential(url, scope, account))

    def _url(self, scope: Scope) -> str:
        address = self._address(scope)
        if not isinstance(address, str) or not address:
            raise ActionFailed(
                "internal", f"The address {self.address} has no value here.", sent="no", step="address"
            )
        url = self.api.base + address if address.startswith("/") else address
        if not self._query:
            return url
        pairs = [(key, value(scope)) for key, value in self._query.items()]
        query = "&".join(
            f"{percent_encoded(key)}={_in_query(value)}"
            for key, value in pairs
            if value is not MISSING and value is not None
        )
        return f"{url}{'&' if '?' in url else '?'}{query}" if query else url

    def _credential(self, url: str, scope: Scope, account: Account | None) -> Credential | None:
        trusted = self.api.trusts(self._host(url))
        if not self._sends_token or not trusted:
            return None
        if self._auth is None:
            return bearer(account.token, self._scheme) if account else None
        token = self._auth(scope)
        if self._texts_are_secrets and isinstance(token, str) and token:
            token = Secret(token)
        if not isinstance(token, Secret):
            # The account's own would be sent in place of another: never silently.
            raise ActionFailed("internal", f"The credential for {self.address} has no value here.", sent="no")
        return bearer(token, self._scheme)

    def _host(self, url: str) -> str:
        """Where *url* leads, when everyone reads it so."""
        try:
            parts = urlsplit(url)
            host = parts.hostname
        except ValueError:
            host = None
        if not host or parts.scheme not in _SCHEMES or "@" in parts.netloc or _STRANGE.search(url):
            raise ActionFailed("internal", f"{shown(url.partition('?')[0])} is no address.", sent="no")
        if self.api.encrypted and parts.scheme != "https":
            raise ActionFailed(
                "internal", f"The address on {shown(host)} is not encrypted (https).", sent="no"
            )
        return host

    def _encoded(self, scope: Scope, boundary: str) -> Encoded:
        if self._body is None:
            return b"", ""
        value = self._body(scope)
        return _ENCODERS[self._kind]({} if value is MISSING else value, boundary)


def bearer(token: Secret, scheme: str = "Bearer") -> Credential:
    """The usual header (RFC 6750), or that of another scheme."""
    return Credential(Secret(f"{scheme} {token.reveal()}"))


def _body_of(spec: RequestSpec) -> tuple[str, Any]:
    kinds = {"json": spec.json_, "form": spec.form, "multipart": spec.multipart, "media": spec.media}
    return next(((kind, value) for kind, value in kinds.items() if value is not None), ("", None))


def _merged(first: Mapping[str, T], second: Mapping[str, T]) -> dict[str, T]:
    """Both, where *second* replaces: header names are the same in capitals and small letters."""
    replaced = {name.lower() for name in second}
    return {**{name: value for name, value in first.items() if name.lower() not in replaced}, **second}


def _header(name: str, value: Any) -> str | None:
    """How a header is sent; None for one that is left out."""
    if value is MISSING or value is None:
        return None
    spelled = text(value)
    if not _HEADER.fullmatch(spelled):
        raise ExpressionProblem(f"the header {name} takes letters, digits and signs of ASCII on one line")
    return spelled


def _in_query(value: Any) -> str:
    """*value* for a query: a list item by item, with commas between."""
    if isinstance(value, list | tuple):
        return ",".join(map(percent_encoded, value))
    return quote(as_bytes(text(value)), safe=_COMMA)


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(_plain(item) for item in value)
    return text(value)


def _json(value: Any, _: str) -> Encoded:
    try:
        made = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ExpressionProblem("the body has something in it that JSON has no word for") from None
    return as_bytes(made), "application/json"


def _form(value: Mapping[str, Any], _: str) -> Encoded:
    fields = {key: as_bytes(_plain(entry)) for key, entry in value.items() if entry is not None}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def _multipart(value: Mapping[str, Any], boundary: str) -> Encoded:
    files = {key: entry for key, entry in value.items() if isinstance(entry, FileLike)}
    fields = tuple(
        (key, _slice(entry) if key in files else _plain(entry))
        for key, entry in value.items()
        if entry is not None
    )
    names = {key: entry.name for key, entry in files.items()}
    types = {key: entry.type for key, entry in files.items()}
    return Multipart(fields, boundary, names, types), f"multipart/form-data; boundary={boundary}"


def _media(value: Any, _: str) -> Encoded:
    if not isinstance(value, FileLike):
        raise ActionFailed("internal", "A media body needs a media input.", sent="no")
    return _slice(value), value.type


def _slice(value: FileLike) -> Slice:
    return Slice(value.path, value.first, value.size)


_ENCODERS: Final[dict[str, Callable[[Any, str], Encoded]]] = {
    "json": _json,
    "form": _form,
    "multipart": _multipart,
    "media": _media,
}
