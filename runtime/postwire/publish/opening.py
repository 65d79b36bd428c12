"""Opens the journal where it is wanted first: this loads SQLAlchemy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postwire.publish.journal import Journal


def open_journal() -> Journal:
    """The journal of the usual vault: `POSTWIRE_DATABASE`, else a file in the data folder."""
    from postwire.accounts.vault import Vault  # noqa: PLC0415 - only who runs with a key needs it
    from postwire.publish.journal import Journal  # noqa: PLC0415 - as above

    return Journal(Vault())
