"""Opens the journal where it is wanted first: this loads SQLAlchemy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postwire.accounts.vault import Vault
    from postwire.publish.journal import Journal


def open_journal(vault: Vault | None = None) -> Journal:
    """The journal in *vault*, which stays its owner's to close; by default in this computer's."""
    from postwire.accounts.vault import Vault  # noqa: PLC0415 - only who runs with a key needs it
    from postwire.publish.journal import Journal  # noqa: PLC0415 - as above

    return Journal(Vault() if vault is None else vault, owns=vault is None)
