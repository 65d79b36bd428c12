"""What the journal takes and gives: plain frozen values that know nothing of databases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.accounts.records import RunState
    from postwire.values import Lost, Response, Result


@dataclass(frozen=True, slots=True)
class Ask:
    """A run that somebody wants, under a key: the same key and the same request are the same run.

    Attributes:
        account: by what its limits are counted, and people know it.
        fingerprint: SHA-256 of all that tells one request from another.
        document: what to run, as JSON: the input with media by reference; never a credential.
        run_at: seconds since 1970 at which it is due; None for now.
    """

    workspace: str
    key: str
    action: str
    account: str
    fingerprint: str
    document: Mapping[str, Any]
    run_at: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the journal knows it; times are seconds since 1970.

    Attributes:
        id: ours, `run_…`.
        state: `unknown` means that it may have happened, and that somebody must look.
        code: of the error that it ended with, else "".
        document: what was asked, see `Ask`.
        result: what it gave, when it is `done` or `pending`.
        error: the error object that it ended with.
        cancelled_at: when somebody asked for its end.
        progress: what it did last: step, message, done and total bytes.
    """

    id: str
    workspace: str
    key: str
    action: str
    account: str
    state: RunState
    code: str
    attempts: int
    created_at: float
    updated_at: float
    run_at: float | None
    cancelled_at: float | None
    document: Mapping[str, Any]
    result: Result | None
    error: Mapping[str, Any] | None
    progress: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A request of a run: answered, or on its way when it was last heard of.

    Attributes:
        request: SHA-256 of it, without the credential.
        answer: None while nobody knows one.
    """

    key: str
    request: str
    state: Literal["sending", "answered"]
    sent_at: float
    answer: Response | Lost | None
