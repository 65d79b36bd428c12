"""Who may use the server: people, sessions, API keys; and the files that were sent to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _moment(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=nullable)


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )


def upgrade() -> None:
    """From webhooks."""
    _people()
    _api_keys()
    op.create_table(
        "uploads",
        *map(_text, ("id", "workspace_id")),
        _moment("size"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        _belongs("uploads", "workspace_id", "workspaces"),
    )
    op.create_index("ix_uploads_workspace", "uploads", ["workspace_id", "created_at"])


def _people() -> None:
    op.create_table(
        "people",
        *map(_text, ("id", "name")),
        sa.Column("password", sa.LargeBinary, nullable=False),
        _text("role"),
        sa.Column("workspaces", sa.JSON, nullable=True),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.CheckConstraint("role IN ('admin', 'member')", name=op.f("ck_people_role")),
    )
    op.create_index("uq_people_name", "people", ["name"], unique=True)
    op.create_table(
        "sessions",
        *map(_text, ("id", "stage")),
        _text("person_id", nullable=True),
        _moment("created_at"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        _belongs("sessions", "person_id", "people"),
        sa.CheckConstraint("stage IN ('link', 'session')", name=op.f("ck_sessions_stage")),
    )
    op.create_index("ix_sessions_expires", "sessions", ["expires_at"])


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        *map(_text, ("id", "workspace_id", "name", "prefix", "digest")),
        sa.Column("actions", sa.JSON, nullable=False),
        _moment("created_at"),
        *(_moment(name, nullable=True) for name in ("expires_at", "used_at", "revoked_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        _belongs("api_keys", "workspace_id", "workspaces"),
    )
    op.create_index("uq_api_keys_digest", "api_keys", ["digest"], unique=True)
