"""Runs as people, programs and models are shown them; never a credential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.language.units import moment
from postwire.publish.shown import row
from postwire.values import Lost

if TYPE_CHECKING:
    from postwire.publish.journal import Journal
    from postwire.publish.records import Run, Sent

__all__ = ["row", "whole"]


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
