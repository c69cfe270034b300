"""The first tables: revisions and their content, users and their ways in, the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# What belongs to a revision is written once. The database itself refuses a change, whoever asks.
IMMUTABLE = ("revision", "confirmation", "settings", "interface", "interface_address", "gateway", "gateway_check")


def upgrade() -> None:
    create_revisions()
    create_content()
    create_people()
    create_audit()
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_is_immutable BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
        )


def create_revisions() -> None:
    op.create_table(
        "revision",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("returns_to", sa.Integer(), sa.ForeignKey("revision.number")),
        sa.Column("confirm_window_s", sa.Integer()),
        sa.Column("confirm_key_hash", sa.LargeBinary()),
        sa.Column("confirm_session", sa.Integer()),
    )
    op.create_table(
        "confirmation",
        of_revision(),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
    )


def create_content() -> None:
    op.create_table(
        "settings",
        of_revision(),
        sa.Column("failover_enabled", sa.Boolean(), nullable=False),
        sa.Column("interval_s", sa.Float(), nullable=False),
        sa.Column("timeout_s", sa.Float(), nullable=False),
        sa.Column("fall", sa.Integer(), nullable=False),
        sa.Column("rise", sa.Integer(), nullable=False),
        sa.Column("hold_s", sa.Float(), nullable=False),
        sa.Column("all_down", sa.String(), nullable=False),
        sa.Column("clients", sa.String(), nullable=False),
        sa.Column("balancing", sa.String(), nullable=False),
        sa.Column("panel_port", sa.Integer(), nullable=False),
        sa.Column("panel_reachable_from_outside", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "interface",
        of_revision(),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("managed", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "interface_address",
        sa.Column("revision", sa.Integer(), primary_key=True),
        sa.Column("interface", sa.String(), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["revision", "interface"], ["interface.revision", "interface.name"]),
    )
    create_gateways()


def create_gateways() -> None:
    op.create_table(
        "gateway",
        of_revision(),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("interface", sa.String(), nullable=False),
        sa.Column("address", sa.String()),
        sa.Column("far", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("cut", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String()),
        sa.Column("snat", sa.String(), nullable=False),
        sa.Column("own_checks", sa.Boolean(), nullable=False),
        sa.Column("interval_s", sa.Float()),
        sa.Column("timeout_s", sa.Float()),
        sa.Column("fall", sa.Integer()),
        sa.Column("rise", sa.Integer()),
        sa.Column("hold_s", sa.Float()),
    )
    op.create_table(
        "gateway_check",
        of_revision(),
        sa.Column("gateway", sa.Integer(), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parameters", sa.String(), nullable=False),
    )


def create_people() -> None:
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("password_changed_at", sa.String(), nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user", sa.Integer(), sa.ForeignKey("user.id"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("last_used_at", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_user", "session", ["user"])
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("last_used_at", sa.String()),
    )


def create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), sa.ForeignKey("revision.number")),
    )
    op.create_index("ix_audit_at", "audit", ["at"])


def of_revision() -> sa.Column[int]:
    return sa.Column("revision", sa.Integer(), sa.ForeignKey("revision.number"), primary_key=True)
