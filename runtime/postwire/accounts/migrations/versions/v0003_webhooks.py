"""Webhooks: what platforms have spoken of, who waits for it, who is told, and what is on its way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from postwire.accounts.migrations.columns import belongs, moment, text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """From the journal."""
    _notices()
    _waits()
    _endpoints()
    _deliveries()


def _notices() -> None:
    op.create_table(
        "notices",
        *map(text, ("id", "integration", "workspace", "reference")),
        moment("at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_reference", "notices", ["integration", "reference", "at"])
    op.create_index("ix_notices_at", "notices", ["at"])


def _waits() -> None:
    op.create_table(
        "waits",
        *map(text, ("id", "workspace_id", "run_id", "step", "integration", "reference")),
        moment("heard_at"),
        moment("since"),
        sa.Column("tries", sa.Integer, nullable=False),
        moment("not_before", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waits")),
        belongs("waits", "workspace_id", "workspaces"),
        belongs("waits", "run_id", "runs"),
    )
    op.create_index("ix_waits_run", "waits", ["run_id"])


def _endpoints() -> None:
    op.create_table(
        "endpoints",
        *map(text, ("id", "workspace_id", "url", "description")),
        sa.Column("events", sa.JSON, nullable=False),
        moment("created_at"),
        moment("succeeded_at", nullable=True),
        moment("disabled_at", nullable=True),
        text("reason"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
        belongs("endpoints", "workspace_id", "workspaces"),
    )
    op.create_index("ix_endpoints_workspace", "endpoints", ["workspace_id", "created_at"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        *map(text, ("id", "workspace_id", "endpoint_id", "event", "subject", "state")),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("status", sa.Integer, nullable=True),
        text("reason"),
        moment("created_at"),
        moment("next_at", nullable=True),
        moment("ended_at", nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        belongs("deliveries", "workspace_id", "workspaces"),
        belongs("deliveries", "endpoint_id", "endpoints"),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name=op.f("ck_deliveries_state")),
    )
    op.create_index("ix_deliveries_due", "deliveries", ["state", "next_at"])
    op.create_index("ix_deliveries_newest", "deliveries", ["workspace_id", "created_at", "id"])
    op.create_index("ix_deliveries_endpoint", "deliveries", ["endpoint_id"])
