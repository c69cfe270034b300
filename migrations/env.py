"""Where Alembic finds database and tables: the program hands over an open connection, nobody else runs migrations."""

from alembic import context
from sqlmodel import SQLModel

from app.store import rows  # noqa: F401 - registers the tables

context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata)
with context.begin_transaction():
    context.run_migrations()
