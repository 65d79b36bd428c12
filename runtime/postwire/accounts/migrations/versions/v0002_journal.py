"""The journal: runs, the requests that they sent, and when an account called what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from postwire.accounts.migrations.columns import belongs, moment, text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From the first tables."""
    _runs()
    _effects()
    op.create_table(
        "calls",
        text("id"),
        text("key"),
        moment("at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_key", "calls", ["key", "at"])


def _runs() -> None:
    states = "'waiting', 'running', 'done', 'pending', 'failed', 'unknown', 'cancelled'"
    op.create_table(
        "runs",
        *map(text, ("id", "workspace_id", "key", "action", "account", "fingerprint", "state", "code")),
        text("owner", nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        text("nonce"),
        moment("created_at"),
        moment("begun_at", nullable=True),
        moment("updated_at"),
        moment("run_at", nullable=True),
        moment("queued_at", nullable=True),
        sa.Column("progress", sa.JSON, nullable=True),
        moment("cancelled_at", nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        belongs("runs", "workspace_id", "workspaces"),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_runs_state")),
    )
    op.create_index("uq_runs_key", "runs", ["workspace_id", "key"], unique=True)
    op.create_index("ix_runs_newest", "runs", ["workspace_id", "created_at", "id"])
    op.create_index("ix_runs_state", "runs", ["state", "run_at"])


def _effects() -> None:
    op.create_table(
        "effects",
        *map(text, ("id", "workspace_id", "run_id", "key", "request", "state")),
        moment("sent_at"),
        moment("answered_at", nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effects")),
        belongs("effects", "workspace_id", "workspaces"),
        belongs("effects", "run_id", "runs"),
        sa.CheckConstraint("state IN ('sending', 'answered')", name=op.f("ck_effects_state")),
    )
    op.create_index("uq_effects_key", "effects", ["run_id", "key"], unique=True)
