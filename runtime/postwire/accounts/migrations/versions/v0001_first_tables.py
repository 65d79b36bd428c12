"""The first tables: workspaces, keys, apps, accounts, credential history, attempts to connect."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa
from alembic import op

from postwire.accounts.migrations.columns import belongs, moment, text

revision = "0001"
down_revision = None


def _sealed(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=nullable)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    """From nothing."""
    _workspaces()
    _keys_and_apps()
    _accounts()
    _credential_history()
    _connecting()


def _workspaces() -> None:
    table = op.create_table(
        "workspaces",
        text("id"),
        text("name"),
        text("plan"),
        moment("created_at"),
        _key("workspaces", "id"),
    )
    op.bulk_insert(table, [{"id": "default", "name": "Default", "plan": "", "created_at": time.time()}])


def _keys_and_apps() -> None:
    op.create_table(
        "sealing_keys", text("id"), _sealed("known"), moment("created_at"), _key("sealing_keys", "id")
    )
    op.create_table(
        "apps",
        text("workspace_id"),
        text("integration"),
        sa.Column("key_names", sa.JSON, nullable=False),
        _sealed("sealed"),
        sa.Column("version", sa.Integer, nullable=False),
        moment("created_at"),
        moment("updated_at"),
        _key("apps", "workspace_id", "integration"),
        belongs("apps", "workspace_id", "workspaces", "CASCADE"),
    )


def _accounts() -> None:
    states = "'active', 'degraded', 'limited', 'needs_reconnect', 'error', 'disconnected'"
    op.create_table(
        "accounts",
        *_accounts_identity(),
        *_accounts_credential(),
        _key("accounts", "id"),
        belongs("accounts", "workspace_id", "workspaces", "CASCADE"),
        belongs("accounts", "parent_id", "accounts", "SET NULL"),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_accounts_state")),
    )
    for name, columns in {
        "handle": ["workspace_id", "handle_key"],
        "label": ["workspace_id", "label_key"],
        "newest": ["workspace_id", "created_at", "id"],
        "due": ["due_at"],
        "parent": ["parent_id"],
        "disconnected": ["disconnected_at"],
    }.items():
        op.create_index(f"ix_accounts_{name}", "accounts", columns)
    identity = ["workspace_id", "subject", "integration"]
    op.create_index("uq_accounts_subject", "accounts", identity, unique=True)


def _accounts_identity() -> list[sa.Column[Any]]:
    return [
        *map(text, ("id", "workspace_id", "integration", "flavour")),
        text("subject", nullable=True),
        text("parent_id", nullable=True),
        sa.Column("listed", sa.Boolean, nullable=False),
        *map(text, ("name", "username", "avatar_url", "label", "owner", "handle_key", "label_key")),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("scopes", sa.JSON, nullable=True),
        *map(text, ("state", "reason")),
        *map(moment, ("created_at", "connected_at", "updated_at")),
        moment("disconnected_at", nullable=True),
    ]


def _accounts_credential() -> list[sa.Column[Any]]:
    return [
        _sealed("sealed", nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        moment("expires_at", nullable=True),
        moment("refresh_expires_at", nullable=True),
        moment("refresh_at", nullable=True),
        moment("next_attempt_at", nullable=True),
        sa.Column("fails", sa.Integer, nullable=False),
        moment("paused_until", nullable=True),
        moment("due_at", nullable=True),
        text("lease_owner", nullable=True),
        moment("lease_until", nullable=True),
        moment("refresh_started_at", nullable=True),
        _sealed("refresh_hash", nullable=True),
    ]


def _credential_history() -> None:
    op.create_table(
        "credential_history",
        *map(text, ("id", "workspace_id", "account_id")),
        sa.Column("version", sa.Integer, nullable=False),
        text("kind"),
        _sealed("sealed"),
        moment("created_at"),
        _key("credential_history", "id"),
        belongs("credential_history", "workspace_id", "workspaces", "CASCADE"),
        belongs("credential_history", "account_id", "accounts", "CASCADE"),
        sa.CheckConstraint("kind IN ('answer', 'refused')", name=op.f("ck_credential_history_kind")),
    )
    op.create_index("ix_credential_history_account", "credential_history", ["account_id", "created_at"])
    op.create_index("ix_credential_history_created", "credential_history", ["created_at"])


def _connecting() -> None:
    op.create_table(
        "connecting",
        *map(text, ("id", "workspace_id", "integration", "stage", "browser", "purpose")),
        text("account_id", nullable=True),
        *map(text, ("redirect_uri", "owner")),
        sa.Column("scopes", sa.JSON, nullable=False),
        _sealed("sealed"),
        moment("created_at"),
        moment("expires_at"),
        _key("connecting", "id"),
        belongs("connecting", "workspace_id", "workspaces", "CASCADE"),
        belongs("connecting", "account_id", "accounts", "CASCADE"),
        sa.CheckConstraint("stage IN ('callback', 'choice')", name=op.f("ck_connecting_stage")),
        sa.CheckConstraint("purpose IN ('connect', 'reconnect')", name=op.f("ck_connecting_purpose")),
    )
    op.create_index("ix_connecting_expires", "connecting", ["expires_at"])
    op.create_index("ix_connecting_account", "connecting", ["account_id"])
