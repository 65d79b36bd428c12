"""The journal: runs, the requests that they sent, and when an account called what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _moment(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=nullable)


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )


def upgrade() -> None:
    """From the first tables."""
    _runs()
    _effects()
    op.create_table(
        "calls",
        _text("id"),
        _text("key"),
        _moment("at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_key", "calls", ["key", "at"])


def _runs() -> None:
    states = "'waiting', 'running', 'done', 'pending', 'failed', 'unknown', 'cancelled'"
    op.create_table(
        "runs",
        *map(_text, ("id", "workspace_id", "key", "action", "account", "fingerprint", "state", "code")),
        _text("owner", nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        _text("nonce"),
        _moment("created_at"),
        _moment("begun_at", nullable=True),
        _moment("updated_at"),
        _moment("run_at", nullable=True),
        _moment("queued_at", nullable=True),
        sa.Column("progress", sa.JSON, nullable=True),
        _moment("cancelled_at", nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        _belongs("runs", "workspace_id", "workspaces"),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_runs_state")),
    )
    op.create_index("uq_runs_key", "runs", ["workspace_id", "key"], unique=True)
    op.create_index("ix_runs_newest", "runs", ["workspace_id", "created_at", "id"])
    op.create_index("ix_runs_state", "runs", ["state", "run_at"])


def _effects() -> None:
    op.create_table(
        "effects",
        *map(_text, ("id", "workspace_id", "run_id", "key", "request", "state")),
        _moment("sent_at"),
        _moment("answered_at", nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effects")),
        _belongs("effects", "workspace_id", "workspaces"),
        _belongs("effects", "run_id", "runs"),
        sa.CheckConstraint("state IN ('sending', 'answered')", name=op.f("ck_effects_state")),
    )
    op.create_index("uq_effects_key", "effects", ["run_id", "key"], unique=True)
