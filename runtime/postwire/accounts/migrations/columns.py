"""The columns and constraints of which the steps make tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def moment(name: str, *, nullable: bool = False) -> sa.Column[float]:
    """Seconds since 1970."""
    return sa.Column(name, sa.Double, nullable=nullable)


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """A text of any length."""
    return sa.Column(name, sa.String, nullable=nullable)


def belongs(table: str, column: str, to: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    """A reference to the id of another table, named as the naming convention does."""
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete
    )
