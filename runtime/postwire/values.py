"""The frozen values that cross floors: what a flow asks of the world, and what it is told.

A flow is a generator that yields *effects* and is sent their answers; it touches no socket, clock or disk.

=========  ============================================  =======================================
effect     what the driver does                          what the flow is sent
=========  ============================================  =======================================
Send       waits its turn in the limits, sends           Response, or Lost when no answer came
Sleep      waits                                         None
Report     hands the event to whoever watches            None
Renew      asks for a fresh token of the account         Secret, or None when there is none
Together   runs several flows, at most `limit` at once   their results, in the given order
=========  ============================================  =======================================
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    from postwire.secret import Secret

T = TypeVar("T")
JSON = Any  # what json.loads gives


@dataclass(frozen=True, slots=True)
class Slice:
    """A range of a file as a request's body; it is read piece by piece, from its own offset, when sent.

    Attributes:
        path: the file.
        first: offset of the first byte.
        size: how many bytes.
    """

    path: Path
    first: int
    size: int


@dataclass(frozen=True, slots=True)
class Multipart:
    """A multipart/form-data body.

    Attributes:
        fields: name → text or a file's range, in order.
        boundary: without the leading dashes.
        names: file name of each `Slice`, by its field.
        types: MIME type of each `Slice`, by its field.
    """

    fields: tuple[tuple[str, str | Slice], ...]
    boundary: str
    names: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)


Body = bytes | Slice | Multipart


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret and where it goes on a request: in the header, or the query parameter, called `name`."""

    value: Secret
    place: Literal["header", "query"] = "header"
    name: str = "Authorization"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as a plain value.

    Attributes:
        method: in capitals.
        url: absolute, percent-encoded, with its query; without the credential.
        headers: as they are sent; without the credential, and without Content-Length, which the body gives.
        body: b"" for none.
        credential: added when it is sent, and only then.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = b""
    credential: Credential | None = None

    def __repr__(self) -> str:
        # An upload address is a credential of its own, and bodies of token calls hold secrets.
        return f"Request({self.method} {self.url.partition('?')[0]})"


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a request: header names in lower case, `elapsed` in seconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    elapsed: float = 0.0

    def __repr__(self) -> str:
        return f"Response({self.status}, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer came.

    Attributes:
        sent: `no` when the request certainly did not reach the platform (no connection), else `maybe`.
        reason: what happened, for people; without addresses' queries.
        elapsed: seconds that were spent.
    """

    sent: Literal["no", "maybe"]
    reason: str
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` in any `per` seconds, counted per `key` (which names the account or the app)."""

    key: str
    calls: int
    per: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the bytes of a request stand in a whole upload: it adds to `before`, of `total` bytes."""

    step: str
    before: int
    total: int


@dataclass(frozen=True, slots=True)
class Event:
    """What happens in a run, for whoever watches.

    Attributes:
        kind: `step`, `upload` (bytes went out), `wait` (for a limit, a retry or processing), `retry`, `done`.
        step: key of the step, such as `upload` or `children[2].container`.
        message: for people.
        done: bytes sent until now.
        total: bytes in all.
        seconds: how long a wait takes.
    """

    kind: Literal["step", "upload", "wait", "retry", "done"]
    step: str
    message: str = ""
    done: int | None = None
    total: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Send *request*.

    Attributes:
        key: stable over repeats of a run; it names the effect in journals and traces.
        repeatable: to send it twice does no harm.
    """

    key: str
    request: Request
    limits: tuple[Limit, ...] = ()
    progress: Progress | None = None
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What is waited for, by the name under which a platform's webhooks speak of it."""

    integration: str
    reference: str


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait for so many seconds; for fewer when the platform has spoken of *about* meanwhile."""

    key: str
    seconds: float
    about: About | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Tell whoever watches."""

    event: Event


@dataclass(frozen=True, slots=True)
class Renew:
    """The platform refused the token as expired: get a fresh one if the account has the means."""

    key: str


@dataclass(frozen=True, slots=True)
class Together:
    """Run *flows*, at most *limit* at once; the first failure stops those not yet begun, and is raised."""

    flows: tuple[Generator[Effect, Any, Any], ...]
    limit: int


Effect = Send | Sleep | Report | Renew | Together
Flow = Generator[Effect, Any, T]  # yields effects, is sent their answers, returns a T


@dataclass(frozen=True, slots=True)
class Result:
    """What an action gave.

    Attributes:
        output: as the action's output schema says.
        state: `pending` when the platform was still busy as the time for waiting ran out: nothing failed,
            look again later with what `output` holds.
        warnings: what went not quite as expected, for people.
    """

    output: JSON
    state: Literal["done", "pending"] = "done"
    warnings: tuple[str, ...] = ()

    def __getitem__(self, key: str) -> JSON:
        return self.output[key]
