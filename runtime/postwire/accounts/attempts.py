"""Attempts to connect, while they wait for the platform's callback or for the user's choice.

An attempt is found by a random text that only its browser has (the state of OAuth, or a ticket), of which the
table holds the SHA-256; it is gone with its first use, whatever comes of it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import delete, insert, select

from postwire.accounts.keyring import Place
from postwire.accounts.records import Connecting
from postwire.accounts.schema import connecting
from postwire.errors import ActionFailed
from postwire.secret import Secret

if TYPE_CHECKING:
    from sqlalchemy import Row

    from postwire.accounts.records import Purpose
    from postwire.accounts.rows import Store

CALLBACK_SECONDS: Final = 600.0
CHOICE_SECONDS: Final = 900.0
_AGAIN: Final = "Start connecting again, in one tab of one browser."


class AttemptInvalid(ActionFailed):
    """The callback, or the choice, belongs to no attempt that waits; nothing was connected.

    Attributes:
        why: `unknown` (never begun, or used already), `expired`, `browser` (another one began it) or
            `integration` (another platform's page answers).
    """

    def __init__(self, why: Literal["unknown", "expired", "browser", "integration"], message: str) -> None:
        super().__init__("permission_denied", message, remedy=_AGAIN, sent="no")
        self.why = why


class Attempts:
    """The attempts to connect of all workspaces."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(
        self,
        workspace: str,
        integration: str,
        *,
        state: str,
        verifier: Secret,
        redirect_uri: str,
        browser: str,
        purpose: Purpose = "connect",
        account: str | None = None,
        scopes: tuple[str, ...] = (),
        owner: str = "",
    ) -> None:
        """Remember an attempt for ten minutes.

        Args:
            workspace: to which the account will belong.
            integration: whose page was opened; only its callback is accepted.
            state: as it was sent to the platform; not stored.
            verifier: of PKCE.
            redirect_uri: exactly as it was sent to the platform.
            browser: the cookie that the same browser will send with the callback; not stored. "" for none.
            purpose: `reconnect` to renew *account*.
            account: its id.
            scopes: what was asked for.
            owner: who connects.
        """
        attempt = Connecting(
            workspace, integration, purpose, account, redirect_uri, owner, scopes, verifier, Secret(""), 0.0
        )
        self._put("callback", state, browser, attempt, CALLBACK_SECONDS)

    def take(self, integration: str, state: str, browser: str) -> Connecting:
        """The attempt of a callback; it cannot be taken again, even if this fails.

        Raises:
            AttemptInvalid: it does not fit.
        """
        return self._take("callback", integration, state, browser, None)

    def offer(self, attempt: Connecting, found: Secret, browser: str) -> Secret:
        """Remember for fifteen minutes what a consent brought, until the user has chosen.

        Returns:
            The ticket that finds it again; only for the same browser.
        """
        ticket = secrets.token_urlsafe(32)
        self._put("choice", ticket, browser, attempt, CHOICE_SECONDS, found)
        return Secret(ticket)

    def offered(self, workspace: str, ticket: str, browser: str) -> Connecting:
        """What the user may choose from; it stays for `choose`.

        Raises:
            AttemptInvalid: it does not fit.
        """
        key = _digest(ticket)
        statement = select(connecting, self._fresh()).where(
            connecting.c.id == key,
            connecting.c.stage == "choice",
            connecting.c.workspace_id == workspace,
        )
        with self._store.database.read() as connection:
            row = connection.execute(statement).one_or_none()
        return self._checked(row, row.integration if row else "", browser)

    def choose(self, workspace: str, ticket: str, browser: str) -> Connecting:
        """As `offered`, and the ticket is used up.

        Raises:
            AttemptInvalid: it does not fit.
        """
        return self._take("choice", None, ticket, browser, workspace)

    def _put(
        self,
        stage: str,
        key: str,
        browser: str,
        attempt: Connecting,
        seconds: float,
        found: Secret | None = None,
    ) -> None:
        number = _digest(key)
        secret = {"verifier": attempt.verifier.reveal(), "found": found.reveal() if found else ""}
        place = Place("connecting", attempt.workspace, number, "sealed")
        now = self._store.database.now()
        values = {
            "id": number,
            "workspace_id": attempt.workspace,
            "integration": attempt.integration,
            "stage": stage,
            "browser": _digest(browser),
            "purpose": attempt.purpose,
            "account_id": attempt.account,
            "redirect_uri": attempt.redirect_uri,
            "owner": attempt.owner,
            "scopes": list(attempt.scopes),
            "sealed": self._store.ring.seal(json.dumps(secret).encode(), place),
            "created_at": now,
            "expires_at": now + seconds,
        }
        with self._store.database.write(durable=found is not None) as connection:
            connection.execute(insert(connecting).values(values))

    def _take(
        self, stage: str, integration: str | None, key: str, browser: str, workspace: str | None
    ) -> Connecting:
        statement = delete(connecting).where(connecting.c.id == _digest(key), connecting.c.stage == stage)
        if workspace is not None:
            statement = statement.where(connecting.c.workspace_id == workspace)
        with self._store.database.write() as connection:
            row: Row[Any] | None = connection.execute(
                statement.returning(connecting, self._fresh())
            ).one_or_none()
        return self._checked(row, integration or (row.integration if row else ""), browser)

    def _fresh(self) -> Any:
        return (connecting.c.expires_at > self._store.database.now()).label("fresh")

    def _checked(self, row: Row[Any] | None, integration: str, browser: str) -> Connecting:
        if row is None:
            raise AttemptInvalid(
                "unknown", "No attempt to connect waits for this answer, or it was used already."
            )
        if not hmac.compare_digest(row.browser, _digest(browser)):
            raise AttemptInvalid("browser", "The attempt to connect was begun in another browser.")
        if row.integration != integration:
            raise AttemptInvalid("integration", "The answer comes from another platform than was asked.")
        if not row.fresh:
            raise AttemptInvalid("expired", "The attempt to connect took too long.")
        place = Place("connecting", row.workspace_id, row.id, "sealed")
        secret = json.loads(self._store.ring.open(bytes(row.sealed), place))
        return Connecting(
            row.workspace_id,
            row.integration,
            row.purpose,
            row.account_id,
            row.redirect_uri,
            row.owner,
            tuple(row.scopes),
            Secret(secret["verifier"]),
            Secret(secret["found"]),
            row.created_at,
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
