"""The vault's tables; times are seconds since 1970.

Whoever changes a table adds a step to `migrations/versions`, and names it in `REVISION`.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    and_,
    case,
)

from postwire.accounts.records import RUN_STATES, STATES

REVISION: Final = "0004"  # of the newest migration; revisions sort by age
VERSION_TABLE: Final = "postwire_version"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _workspace() -> Column[str]:
    return Column("workspace_id", String, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False)


workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("plan", String, nullable=False),
    Column("created_at", Double, nullable=False),
)

# One known text sealed with each key that was ever used: so a wrong key is told from a broken vault.
sealing_keys = Table(
    "sealing_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("known", LargeBinary, nullable=False),
    Column("created_at", Double, nullable=False),
)

apps = Table(
    "apps",
    metadata,
    _workspace(),
    Column("integration", String, nullable=False),
    Column("key_names", JSON, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    PrimaryKeyConstraint("workspace_id", "integration"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String, primary_key=True),
    _workspace(),
    Column("integration", String, nullable=False),
    Column("flavour", String, nullable=False),
    Column("subject", String),  # NULL where the platform told none: such accounts are never the same
    Column("parent_id", String, ForeignKey("accounts.id", ondelete="SET NULL")),
    Column("listed", Boolean, nullable=False),
    Column("name", String, nullable=False),
    Column("username", String, nullable=False),
    Column("avatar_url", String, nullable=False),
    Column("label", String, nullable=False),
    Column("owner", String, nullable=False),
    # The user name and the label as they are looked up: without case.
    Column("handle_key", String, nullable=False),
    Column("label_key", String, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("scopes", JSON(none_as_null=True)),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("connected_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("disconnected_at", Double),
    Column("sealed", LargeBinary),  # the tokens; NULL once the account is disconnected
    Column("version", Integer, nullable=False),
    Column("expires_at", Double),
    Column("refresh_expires_at", Double),
    Column("refresh_at", Double),
    Column("next_attempt_at", Double),
    Column("fails", Integer, nullable=False),
    Column("paused_until", Double),
    Column("due_at", Double),  # the latest of the three before; NULL when there is nothing to renew
    Column("lease_owner", String),
    Column("lease_until", Double),
    Column("refresh_started_at", Double),
    Column("refresh_hash", LargeBinary),
    CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="state"),
    Index("uq_accounts_subject", "workspace_id", "subject", "integration", unique=True),
    Index("ix_accounts_handle", "workspace_id", "handle_key"),
    Index("ix_accounts_label", "workspace_id", "label_key"),
    Index("ix_accounts_newest", "workspace_id", "created_at", "id"),
    Index("ix_accounts_due", "due_at"),
    Index("ix_accounts_parent", "parent_id"),
    Index("ix_accounts_disconnected", "disconnected_at"),
)

credential_history = Table(
    "credential_history",
    metadata,
    Column("id", String, primary_key=True),
    _workspace(),
    Column("account_id", String, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Double, nullable=False),
    CheckConstraint("kind IN ('answer', 'refused')", name="kind"),
    Index("ix_credential_history_account", "account_id", "created_at"),
    Index("ix_credential_history_created", "created_at"),
)

connecting = Table(
    "connecting",
    metadata,
    Column("id", String, primary_key=True),  # SHA-256 of the state, so that a copy of the table opens nothing
    _workspace(),
    Column("integration", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("browser", String, nullable=False),  # SHA-256 of the browser's cookie
    Column("purpose", String, nullable=False),
    Column("account_id", String, ForeignKey("accounts.id", ondelete="CASCADE")),
    Column("redirect_uri", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    CheckConstraint("stage IN ('callback', 'choice')", name="stage"),
    CheckConstraint("purpose IN ('connect', 'reconnect')", name="purpose"),
    Index("ix_connecting_expires", "expires_at"),
    Index("ix_connecting_account", "account_id"),
)

# The journal: runs with a key, and every request that they sent or were about to send.

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    _workspace(),
    Column("key", String, nullable=False),
    Column("action", String, nullable=False),
    Column("account", String, nullable=False),
    Column("fingerprint", String, nullable=False),  # SHA-256 of the request
    Column("state", String, nullable=False),
    Column("code", String, nullable=False),  # of the error that it ended with
    Column("owner", String),  # the process that runs it
    Column("attempts", Integer, nullable=False),
    Column("nonce", String, nullable=False),  # makes the boundaries of its bodies, the same each time
    Column("created_at", Double, nullable=False),
    Column("begun_at", Double),  # what the action takes for now, the same each time
    Column("updated_at", Double, nullable=False),
    Column("run_at", Double),
    Column("queued_at", Double),  # when it was handed to the engine
    Column("progress", JSON(none_as_null=True)),
    Column("cancelled_at", Double),  # when somebody asked for its end
    Column("sealed", LargeBinary, nullable=False),  # the request and the outcome
    CheckConstraint(f"state IN ({', '.join(map(repr, RUN_STATES))})", name="state"),
    Index("uq_runs_key", "workspace_id", "key", unique=True),
    Index("ix_runs_newest", "workspace_id", "created_at", "id"),
    Index("ix_runs_state", "state", "run_at"),
)

effects = Table(
    "effects",
    metadata,
    Column("id", String, primary_key=True),
    _workspace(),
    Column("run_id", String, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("key", String, nullable=False),
    Column("request", String, nullable=False),  # SHA-256 of it
    Column("state", String, nullable=False),
    Column("sent_at", Double, nullable=False),
    Column("answered_at", Double),
    Column("sealed", LargeBinary),  # the answer
    CheckConstraint("state IN ('sending', 'answered')", name="state"),
    Index("uq_effects_key", "run_id", "key", unique=True),
)

# When which account called what: the limits of all processes together.
calls = Table(
    "calls",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("at", Double, nullable=False),
    Index("ix_calls_key", "key", "at"),
)

# Webhooks in: what the platforms have spoken of, for runs that wait for it.

notices = Table(
    "notices",
    metadata,
    Column("id", String, primary_key=True),  # SHA-256 of the notice and the reference: none counts twice
    Column("integration", String, nullable=False),
    Column("workspace", String, nullable=False),  # whose app's secret signed it; "" for the environment's
    Column("reference", String, nullable=False),
    Column("at", Double, nullable=False),
    Index("ix_notices_reference", "integration", "reference", "at"),
    Index("ix_notices_at", "at"),
)

# Pending runs that go on when the platform speaks of them.
waits = Table(
    "waits",
    metadata,
    Column("id", String, primary_key=True),
    _workspace(),
    Column("run_id", String, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("step", String, nullable=False),  # the poll that ran out of time
    Column("integration", String, nullable=False),
    Column("reference", String, nullable=False),
    Column("heard_at", Double, nullable=False),  # notices up to then have been looked after
    Column("since", Double, nullable=False),
    Column("tries", Integer, nullable=False),  # looks in a row that could not look
    Column("not_before", Double),
    Index("ix_waits_run", "run_id"),
)

# Webhooks out: who is told, and what is on its way.

endpoints = Table(
    "endpoints",
    metadata,
    Column("id", String, primary_key=True),
    _workspace(),
    Column("url", String, nullable=False),
    Column("description", String, nullable=False),
    Column("events", JSON, nullable=False),  # [] for all
    Column("created_at", Double, nullable=False),
    Column("succeeded_at", Double),
    Column("disabled_at", Double),
    Column("reason", String, nullable=False),  # why it is disabled
    Column("sealed", LargeBinary, nullable=False),  # the secret, and the one before it
    Index("ix_endpoints_workspace", "workspace_id", "created_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String, primary_key=True),
    _workspace(),
    Column("endpoint_id", String, ForeignKey("endpoints.id", ondelete="CASCADE"), nullable=False),
    Column("event", String, nullable=False),
    Column("subject", String, nullable=False),  # the id of the run or account
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("status", Integer),  # of the last answer
    Column("reason", String, nullable=False),  # why the last attempt failed
    Column("created_at", Double, nullable=False),
    Column("next_at", Double),
    Column("ended_at", Double),
    Column("sealed", LargeBinary, nullable=False),  # the body
    CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="state"),
    Index("ix_deliveries_due", "state", "next_at"),
    Index("ix_deliveries_newest", "workspace_id", "created_at", "id"),
    Index("ix_deliveries_endpoint", "endpoint_id"),
)

# Who may use the server.

people = Table(
    "people",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("password", LargeBinary, nullable=False),  # salt and scrypt
    Column("role", String, nullable=False),
    Column("workspaces", JSON(none_as_null=True)),
    Column("created_at", Double, nullable=False),
    CheckConstraint("role IN ('admin', 'member')", name="role"),
    Index("uq_people_name", "name", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String, primary_key=True),  # SHA-256 of the cookie or link
    Column("stage", String, nullable=False),
    Column("person_id", String, ForeignKey("people.id", ondelete="CASCADE")),  # NULL: the machine's owner
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    CheckConstraint("stage IN ('link', 'session')", name="stage"),
    Index("ix_sessions_expires", "expires_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    _workspace(),
    Column("name", String, nullable=False),
    Column("prefix", String, nullable=False),
    Column("digest", String, nullable=False),  # SHA-256
    Column("actions", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("used_at", Double),
    Column("revoked_at", Double),
    Index("uq_api_keys_digest", "digest", unique=True),
)

# Files that somebody sent to the server: whose they are, and how much room they take.
uploads = Table(
    "uploads",
    metadata,
    Column("id", String, primary_key=True),  # SHA-256 of the handle
    _workspace(),
    Column("size", Double, nullable=False),  # bytes
    Column("created_at", Double, nullable=False),
    Index("ix_uploads_workspace", "workspace_id", "created_at"),
)


def living() -> ColumnElement[bool]:
    """Accounts that are not disconnected."""
    return accounts.c.state != "disconnected"


def shown_status(now: ColumnElement[Any]) -> ColumnElement[str]:
    """What people are shown for an account's state.

    Failures to renew show only once the token has ended; until then the account works.
    """
    ended = and_(accounts.c.state == "degraded", accounts.c.expires_at <= now)
    return case(
        (accounts.c.state == "error", "failed"),
        (accounts.c.state.in_(("needs_reconnect", "disconnected")), "inactive"),
        (ended, "inactive"),
        else_="active",
    )
