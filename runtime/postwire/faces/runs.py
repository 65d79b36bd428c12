"""Runs as people, programs and models are shown them; never a credential."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from postwire.values import Lost

if TYPE_CHECKING:
    from postwire.publish.journal import Journal
    from postwire.publish.records import Run, Sent


def row(run: Run) -> dict[str, Any]:
    """A run in a few words."""
    shown = {
        "id": run.id,
        "key": None if run.key == run.id else run.key,
        "action": run.action,
        "account": run.account,
        "state": run.state,
        "code": run.code or None,
        "created": moment(run.created_at),
        "due": None if run.run_at is None else moment(run.run_at),
    }
    return {name: value for name, value in shown.items() if value is not None}


def moment(seconds: float) -> str:
    """A time, in seconds since 1970, as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def whole(journal: Journal, run: Run) -> dict[str, Any]:
    """All of a run: what was asked, what was sent, what came of it."""
    sent = [_effect(each) for each in journal.sent(run)]
    about = {**row(run), **run.document, "attempts": run.attempts, "sent": sent}
    if run.result is not None:
        about["result"] = run.result.output
    if run.error is not None:
        about["error"] = dict(run.error)
    return about


def _effect(sent: Sent) -> dict[str, Any]:
    answer = "none yet" if sent.answer is None else getattr(sent.answer, "status", "lost")
    said = {"step": sent.key, "at": moment(sent.sent_at), "answer": answer}
    return said | ({"reason": sent.answer.reason} if isinstance(sent.answer, Lost) else {})
