"""How long a change waits to be confirmed, and from where it may be."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Plain ALTER TABLE: a batch would copy the tables and lose the triggers that keep them immutable.
    op.add_column("settings", sa.Column("panel_confirm_window_s", sa.Integer(), nullable=False, server_default="60"))
    op.add_column("revision", sa.Column("confirm_elsewhere", sa.Boolean(), nullable=False, server_default="0"))
