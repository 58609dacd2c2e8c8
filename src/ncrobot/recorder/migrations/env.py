"""Runs the migrations on the connection that the recorder hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from ncrobot.recorder import tables

target_metadata = SQLModel.metadata
assert tables  # the import fills the metadata  # noqa: S101


def run() -> None:
    """Migrate within the recorder's own transaction."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=target_metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


run()
