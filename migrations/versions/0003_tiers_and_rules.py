"""Backups in tiers, and traffic rules."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # Plain ALTER TABLE: a batch would copy the tables and lose the triggers that keep them immutable.
    op.add_column("settings", sa.Column("standby_interval_s", sa.Float(), nullable=False, server_default="10.0"))
    op.add_column("gateway", sa.Column("standby_interval_s", sa.Float(), nullable=True))
    op.add_column("gateway", sa.Column("tier", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("gateway", sa.Column("on_return", sa.String(), nullable=False, server_default="stay"))
    op.create_table(
        "traffic_rule",
        sa.Column("revision", sa.Integer(), sa.ForeignKey("revision.number"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("mac", sa.String(), nullable=True),
        sa.Column("interface", sa.String(), nullable=True),
        sa.Column("destination", sa.String(), nullable=True),
        sa.Column("protocol", sa.String(), nullable=True),
        sa.Column("ports", sa.String(), nullable=False),
        sa.Column("source_ports", sa.String(), nullable=False),
        sa.Column("dscp", sa.Integer(), nullable=True),
        sa.Column("gateway", sa.Integer(), nullable=True),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("if_down", sa.String(), nullable=False),
    )
    op.execute(
        "CREATE TRIGGER traffic_rule_is_immutable BEFORE UPDATE ON traffic_rule "
        "BEGIN SELECT RAISE(ABORT, 'rows of traffic_rule are never changed'); END"
    )
