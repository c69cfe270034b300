"""Where Alembic finds the database: `multihome migrate` hands over a connection, a developer's `alembic` opens one."""

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

from app.paths import state_directory
from app.store import rows  # noqa: F401 - registers the tables
from app.store.engine import open_engine
from app.store.files import create_directory, create_file


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    run(given)
else:
    path = state_directory().config_db
    create_directory(path.parent)
    create_file(path)
    with open_engine(path).begin() as opened:
        run(opened)
