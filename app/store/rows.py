"""The tables of config.db, for creating and checking migrations.

The classes only describe rows. mapping.py converts them, plain sqlite3 reads and writes them (no console command and no
worker loads this module), and service decides. Times are text as in utc.py.

The tables of a revision's content are derived from the domain classes, through mapping.py. The others are SQLModel
classes.

Rows of the configuration belong to a revision and never change; triggers (in the migrations) refuse an UPDATE.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, String, Table
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

from app.store import mapping


class RevisionRow(SQLModel, table=True):
    """A version of the configuration: its author, the address, and whether it must be confirmed.

    `confirm_window_s` None: it needed no confirmation. `confirm_session` and `confirm_key_hash`: who may confirm it;
    with `confirm_elsewhere` a later session of the same author, too. `returns_to`: the confirmed revision that it is
    a copy of, because the one before it was rolled back.
    """

    __tablename__ = "revision"

    number: int = Field(primary_key=True)
    created_at: str
    author: str
    origin: str
    note: str
    returns_to: int | None = Field(default=None, foreign_key="revision.number")
    confirm_window_s: int | None = None
    confirm_key_hash: bytes | None = None
    confirm_session: int | None = None
    confirm_elsewhere: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})


class ConfirmationRow(SQLModel, table=True):
    """The confirmation of a revision, in a row of its own so that a revision never changes."""

    __tablename__ = "confirmation"

    revision: int = Field(primary_key=True, foreign_key="revision.number")
    at: str
    actor: str


_TYPES: Final[Mapping[type | None, type[TypeEngine[Any]]]] = {
    bool: Boolean, int: Integer, float: Float, str: String, None: String,
}  # fmt: skip


def _content(table: mapping.Table) -> None:
    """Describe a table of content. No code creates objects of its rows, so it needs no class.

    A column's default is the value in older revisions. It stays as the migration that added the column wrote it.
    """
    listed = [] if table.key is None else [Column("position", Integer, nullable=False)]
    Table(
        table.name,
        SQLModel.metadata,
        Column("revision", Integer, ForeignKey("revision.number"), primary_key=True),
        *listed,
        *(
            Column(
                one.name,
                _TYPES[one.kind],
                primary_key=one.name == table.key,
                nullable=one.nullable,
                server_default=None if one.default is None else str(one.default),
            )
            for one in table.columns
        ),
        info={"immutable": True},
    )


for _one in mapping.TABLES:
    _content(_one)


class UserRow(SQLModel, table=True):
    """A person who may log in. `password_hash` is Argon2id in its encoded form."""

    __tablename__ = "user"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    password_hash: str
    created_at: str
    password_changed_at: str


class SessionRow(SQLModel, table=True):
    """A logged-in browser. Only the hash of its cookie is stored; ending a session deletes the row."""

    __tablename__ = "session"
    # With a reused id a later session could confirm what an ended one saved.
    __table_args__: ClassVar = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    user: int = Field(foreign_key="user.id", index=True)
    token_hash: bytes = Field(unique=True)
    created_at: str
    last_used_at: str
    address: str
    user_agent: str


class ApiTokenRow(SQLModel, table=True):
    """An API token. Only its hash is stored."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    token_hash: bytes = Field(unique=True)
    read_only: bool
    created_at: str
    created_by: str
    last_used_at: str | None = None


class AuditRow(SQLModel, table=True):
    """Who did what, when and from where; `origin` is `console`, `panel` or `api`, `address` the other end's."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True)
    at: str = Field(index=True)
    actor: str
    origin: str
    address: str
    action: str
    detail: str
    revision: int | None = Field(default=None, foreign_key="revision.number")
