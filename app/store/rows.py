"""The tables of config.db as SQLModel classes: what migrations are made from, and checked against.

They only describe rows. Conversion is mapping.py's, reading and writing happen with plain sqlite3 (no console command
and no worker loads this module), decisions are service's. Times are text as utc.py writes it.

Rows of the configuration belong to a revision and are never changed; triggers (in the migrations) refuse an UPDATE.
"""

from typing import ClassVar

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field, SQLModel


class RevisionRow(SQLModel, table=True):
    """A version of the configuration: who made it, from where, and whether it must be confirmed.

    `confirm_window_s` None: it needed no confirmation. `confirm_session` and `confirm_key_hash`: who may confirm it;
    with `confirm_elsewhere` a later session of the same author, too. `returns_to`: the confirmed revision that it is
    a copy of, because the one before it was given back.
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
    """That a revision is to stay. A row of its own, so that a revision is never changed."""

    __tablename__ = "confirmation"

    revision: int = Field(primary_key=True, foreign_key="revision.number")
    at: str
    actor: str


class SettingsRow(SQLModel, table=True):
    """model.config.Settings."""

    __tablename__ = "settings"

    revision: int = Field(primary_key=True, foreign_key="revision.number")
    failover_enabled: bool
    interval_s: float
    timeout_s: float
    fall: int
    rise: int
    hold_s: float
    all_down: str
    clients: str
    balancing: str
    panel_port: int
    panel_reachable_from_outside: bool
    # Written by every save; the default is for revisions that are older than the setting.
    panel_confirm_window_s: int = Field(default=60, sa_column_kwargs={"server_default": "60"})
    standby_interval_s: float = Field(default=10.0, sa_column_kwargs={"server_default": "10.0"})


class InterfaceRow(SQLModel, table=True):
    """model.config.Interface without its addresses."""

    __tablename__ = "interface"

    revision: int = Field(primary_key=True, foreign_key="revision.number")
    name: str = Field(primary_key=True)
    position: int
    role: str
    managed: bool


class InterfaceAddressRow(SQLModel, table=True):
    """An address of a managed interface."""

    __tablename__ = "interface_address"
    __table_args__: ClassVar = (
        ForeignKeyConstraint(["revision", "interface"], ["interface.revision", "interface.name"]),
    )

    revision: int = Field(primary_key=True)
    interface: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    address: str


class GatewayRow(SQLModel, table=True):
    """model.config.Gateway without its checks. Timing that is NULL comes from the settings for all."""

    __tablename__ = "gateway"

    revision: int = Field(primary_key=True, foreign_key="revision.number")
    number: int = Field(primary_key=True)
    position: int
    name: str
    interface: str
    address: str | None
    far: bool
    weight: int
    enabled: bool
    cut: bool
    source: str | None
    snat: str
    own_checks: bool
    interval_s: float | None
    timeout_s: float | None
    fall: int | None
    rise: int | None
    hold_s: float | None
    standby_interval_s: float | None
    tier: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    on_return: str = Field(default="stay", sa_column_kwargs={"server_default": "stay"})


class TrafficRuleRow(SQLModel, table=True):
    """model.rule.TrafficRule. `ports` and `source_ports` are JSON, lists of the first and the last of each range."""

    __tablename__ = "traffic_rule"

    revision: int = Field(primary_key=True, foreign_key="revision.number")
    number: int = Field(primary_key=True)
    position: int
    name: str
    enabled: bool
    source: str | None
    mac: str | None
    interface: str | None
    destination: str | None
    protocol: str | None
    ports: str
    source_ports: str
    dscp: int | None
    gateway: int | None
    tier: int | None
    if_down: str


class GatewayCheckRow(SQLModel, table=True):
    """A check of a gateway; under number 0 a check for all of them. `parameters` is JSON, validated by the model."""

    __tablename__ = "gateway_check"

    revision: int = Field(primary_key=True, foreign_key="revision.number")
    gateway: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    kind: str
    parameters: str


class UserRow(SQLModel, table=True):
    """A person who may log in. `password_hash` is Argon2id in its encoded form."""

    __tablename__ = "user"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    password_hash: str
    created_at: str
    password_changed_at: str


class SessionRow(SQLModel, table=True):
    """A browser that is logged in. Only the hash of its cookie is kept; ending a session deletes the row."""

    __tablename__ = "session"
    # An id that comes back would let a later session confirm what an ended one saved.
    __table_args__: ClassVar = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    user: int = Field(foreign_key="user.id", index=True)
    token_hash: bytes = Field(unique=True)
    created_at: str
    last_used_at: str
    address: str
    user_agent: str


class ApiTokenRow(SQLModel, table=True):
    """A program's way in. Only its hash is kept."""

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
