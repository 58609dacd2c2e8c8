"""First version: documents, runs and events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "document",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("created", sa.String(), nullable=False),
        sa.Column("protocol", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("deck", sa.String(), nullable=False),
        sa.Column("plan_sha256", sa.String(), sa.ForeignKey("document.sha256"), nullable=False),
        sa.Column("schedule_sha256", sa.String(), sa.ForeignKey("document.sha256"), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("wells", sa.Integer(), nullable=False),
        sa.Column("wells_ok", sa.Integer()),
        sa.Column("wells_flagged", sa.Integer()),
        sa.Column("duration_s", sa.Float()),
    )
    op.create_table(
        "event",
        sa.Column("run", sa.String(), sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("time_s", sa.Float(), nullable=False),
        sa.Column("wall", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("operation", sa.String()),
        sa.Column("act", sa.String()),
        sa.Column("wells", sa.JSON(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Drop the three tables, and all records with them."""
    op.drop_table("event")
    op.drop_table("run")
    op.drop_table("document")
