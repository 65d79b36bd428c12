"""Webhooks: what platforms have spoken of, who waits for it, who is told, and what is on its way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _moment(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )


def upgrade() -> None:
    """From the journal."""
    _notices()
    _waits()
    _endpoints()
    _deliveries()


def _notices() -> None:
    op.create_table(
        "notices",
        *map(_text, ("id", "integration", "workspace", "reference")),
        _moment("at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_reference", "notices", ["integration", "reference", "at"])
    op.create_index("ix_notices_at", "notices", ["at"])


def _waits() -> None:
    op.create_table(
        "waits",
        *map(_text, ("id", "workspace_id", "run_id", "step", "integration", "reference")),
        _moment("heard_at"),
        _moment("since"),
        sa.Column("tries", sa.Integer, nullable=False),
        _moment("not_before", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waits")),
        _belongs("waits", "workspace_id", "workspaces"),
        _belongs("waits", "run_id", "runs"),
    )
    op.create_index("ix_waits_run", "waits", ["run_id"])


def _endpoints() -> None:
    op.create_table(
        "endpoints",
        *map(_text, ("id", "workspace_id", "url", "description")),
        sa.Column("events", sa.JSON, nullable=False),
        _moment("created_at"),
        _moment("succeeded_at", nullable=True),
        _moment("disabled_at", nullable=True),
        _text("reason"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
        _belongs("endpoints", "workspace_id", "workspaces"),
    )
    op.create_index("ix_endpoints_workspace", "endpoints", ["workspace_id", "created_at"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        *map(_text, ("id", "workspace_id", "endpoint_id", "event", "subject", "state")),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("status", sa.Integer, nullable=True),
        _text("reason"),
        _moment("created_at"),
        _moment("next_at", nullable=True),
        _moment("ended_at", nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        _belongs("deliveries", "workspace_id", "workspaces"),
        _belongs("deliveries", "endpoint_id", "endpoints"),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name=op.f("ck_deliveries_state")),
    )
    op.create_index("ix_deliveries_due", "deliveries", ["state", "next_at"])
    op.create_index("ix_deliveries_newest", "deliveries", ["workspace_id", "created_at", "id"])
    op.create_index("ix_deliveries_endpoint", "deliveries", ["endpoint_id"])
