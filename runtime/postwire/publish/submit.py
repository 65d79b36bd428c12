"""Handing a run to the workers: now, or at a time; to one account or to several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postwire.accounts.account import from_environment
from postwire.accounts.rows import new_id
from postwire.errors import ActionFailed
from postwire.media.store import MediaStore
from postwire.publish.keyed import asked
from postwire.publish.portable import handles, media_folder, portable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postwire.preparing import Core, Prepared
    from postwire.publish.records import Run


def submit(
    core: Core,
    action: str,
    given: Mapping[str, Any] | None,
    *,
    account: str | None,
    key: str | None,
    at: float | None,
) -> Run:
    """Check an input, and write its run down for a worker; the run that there is where the key is known.

    Raises:
        InvalidInput: the input does not fit.
        UnknownName: no such action or account.
        ActionFailed: `conflict`, the key stands for another request; `invalid_input`, the account is one
            with a token, which is never written down.
    """
    prepared = core.prepare(action, given, {}, core.who(action, account))
    try:
        named = account is not None or from_environment(prepared.program.api.name) is None
        if prepared.stored is None and prepared.program.api.auth != "none" and named:
            raise ActionFailed(
                "invalid_input",
                "A run for workers needs a connected account: a token is never written down.",
                remedy="Connect the account (`postwire connect`), and name it.",
                sent="no",
            )
        with MediaStore(media_folder()) as store:
            document = _document(prepared, store)
            ask = asked(prepared, core.workspace, key or new_id("key"), core.sandbox or "", at=at, **document)
            run, new = core.journal.submit(ask)
            for handle in [] if new else handles(document["portable"]):
                store.discard(handle)
            return run
    finally:
        prepared.close()


def _document(prepared: Prepared, store: MediaStore) -> dict[str, Any]:
    """What a worker needs besides: the input by reference, the account by its id."""
    # The checksum is taken before a file of ours moves to its place.
    stored = prepared.stored.id if prepared.stored else None
    return {"portable": portable(prepared.values, store), "account": stored}
