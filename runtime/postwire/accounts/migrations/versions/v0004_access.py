"""Who may use the server: people, sessions, API keys; and the files that were sent to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from postwire.accounts.migrations.columns import belongs, moment, text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """From webhooks."""
    _people()
    _api_keys()
    op.create_table(
        "uploads",
        *map(text, ("id", "workspace_id")),
        moment("size"),
        moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        belongs("uploads", "workspace_id", "workspaces"),
    )
    op.create_index("ix_uploads_workspace", "uploads", ["workspace_id", "created_at"])


def _people() -> None:
    op.create_table(
        "people",
        *map(text, ("id", "name")),
        sa.Column("password", sa.LargeBinary, nullable=False),
        text("role"),
        sa.Column("workspaces", sa.JSON, nullable=True),
        moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.CheckConstraint("role IN ('admin', 'member')", name=op.f("ck_people_role")),
    )
    op.create_index("uq_people_name", "people", ["name"], unique=True)
    op.create_table(
        "sessions",
        *map(text, ("id", "stage")),
        text("person_id", nullable=True),
        moment("created_at"),
        moment("expires_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        belongs("sessions", "person_id", "people"),
        sa.CheckConstraint("stage IN ('link', 'session')", name=op.f("ck_sessions_stage")),
    )
    op.create_index("ix_sessions_expires", "sessions", ["expires_at"])


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        *map(text, ("id", "workspace_id", "name", "prefix", "digest")),
        sa.Column("actions", sa.JSON, nullable=False),
        moment("created_at"),
        *(moment(name, nullable=True) for name in ("expires_at", "used_at", "revoked_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        belongs("api_keys", "workspace_id", "workspaces"),
    )
    op.create_index("uq_api_keys_digest", "api_keys", ["digest"], unique=True)
