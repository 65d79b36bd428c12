"""What tells one request from another: SHA-256 over its canonical form, media by their content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from postwire.media.value import MediaValue
from postwire.secret import Secret
from postwire.values import Multipart, Slice

if TYPE_CHECKING:
    from postwire.values import Body, Request


def fingerprint(action: str, account: str, values: Mapping[str, Any], place: str = "") -> str:
    """Of a run.

    Args:
        action: its id.
        account: who acts.
        values: the input, with defaults filled in and media opened.
        place: where it goes, when that is not the platform.
    """
    return _digest({"action": action, "account": account, "input": plain(values), "place": place})


def request_digest(request: Request) -> str:
    """Of one request, without its credential, which may be renewed between two attempts."""
    return _digest([request.method, request.url, dict(request.headers), _body(request.body)])


def plain(value: Any) -> Any:
    """*value* as JSON: a media by its checksum, since its name depends on the way in which it came."""
    if isinstance(value, MediaValue):
        return {"sha256": value["sha256"], "size": value.size}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, Secret) else value


def _body(body: Body) -> Any:
    """A file by its range: its content is a part of the run's fingerprint, its place may change."""
    if isinstance(body, Slice):
        return ["file", body.first, body.size]
    if isinstance(body, Multipart):
        fields = [[name, value if isinstance(value, str) else _body(value)] for name, value in body.fields]
        return ["multipart", body.boundary, fields]
    return hashlib.sha256(body).hexdigest()


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
