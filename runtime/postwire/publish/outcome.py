"""Results, errors and answers as JSON, and back."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

from postwire.errors import ActionFailed, Field, InvalidInput, OutcomeUnknown, PostwireError
from postwire.secret import scrub
from postwire.values import Lost, Response, Result

if TYPE_CHECKING:
    from collections.abc import Mapping

_KNOWN: Final = ("remedy", "sent", "retry_after", "provider", "step", "saved")


def plain_result(result: Result) -> dict[str, Any]:
    """*result* as JSON; a secret in it is masked."""
    plain = {"output": result.output, "state": result.state, "warnings": list(result.warnings)}
    return dict(json.loads(json.dumps(plain, default=str)))


def read_result(plain: Mapping[str, Any]) -> Result:
    """The inverse of `plain_result`."""
    return Result(plain["output"], plain["state"], tuple(plain["warnings"]))


def plain_error(error: BaseException) -> dict[str, Any]:
    """The error object of *error*; what is none of ours becomes an internal one."""
    if not isinstance(error, PostwireError):
        error = PostwireError(scrub(f"{type(error).__name__}: {error}"))
    return dict(json.loads(json.dumps(error.to_dict(), default=str)))


def read_error(plain: Mapping[str, Any]) -> PostwireError:
    """The error that an error object tells of."""
    if "fields" in plain:
        fields = [Field(each["path"], each["message"], each.get("got")) for each in plain["fields"]]
        return InvalidInput(fields)
    known = {name: plain[name] for name in _KNOWN if name in plain}
    if plain["code"] == "outcome_unknown":
        return OutcomeUnknown(plain["message"], **known)
    return ActionFailed(plain["code"], plain["message"], **known)


def dump_answer(answer: Response | Lost) -> bytes:
    """*answer*, to be sealed: it may hold a token or an upload's address."""
    if isinstance(answer, Lost):
        plain: dict[str, Any] = {"lost": answer.sent, "reason": answer.reason}
    else:
        body = base64.b64encode(answer.body).decode()
        plain = {"status": answer.status, "headers": dict(answer.headers), "body": body}
    return json.dumps({**plain, "elapsed": answer.elapsed}).encode()


def load_answer(plain: bytes) -> Response | Lost:
    """The inverse of `dump_answer`."""
    found = json.loads(plain)
    if "lost" in found:
        return Lost(found["lost"], found["reason"], found["elapsed"])
    return Response(found["status"], found["headers"], base64.b64decode(found["body"]), found["elapsed"])
