"""Second version: an audit trail, signs of life of runs, and facts that nothing can change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEPT = ("event", "audit")
_ACTS = ("update", "delete")


def upgrade() -> None:
    """Make the table of the audit trail, two columns of runs, and guards of what is written."""
    op.add_column("run", sa.Column("heartbeat", sa.String()))
    op.add_column("run", sa.Column("controller", sa.String()))
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("run", sa.String()),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("of", sa.Integer(), sa.ForeignKey("audit.number")),
    )
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in _KEPT:
        for act in _ACTS:
            op.execute(
                f"create trigger {table}_no_{act} before {act} on {table} begin "
                f"select raise(abort, 'what is in the table {table} is never changed'); end"
            )


def downgrade() -> None:
    """Drop the audit trail, and all that is in it."""
    if op.get_bind().dialect.name == "sqlite":
        for table in _KEPT:
            for act in _ACTS:
                op.execute(f"drop trigger {table}_no_{act}")
    op.drop_table("audit")
    op.drop_column("run", "controller")
    op.drop_column("run", "heartbeat")
