"""Strict checks."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # Plain ALTER TABLE: a batch would copy the tables and lose the triggers that keep them immutable.
    op.add_column("settings", sa.Column("failover_strict", sa.Boolean(), server_default="0", nullable=False))
