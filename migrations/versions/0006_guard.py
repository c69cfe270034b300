"""Guard."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # Plain ALTER TABLE: a batch would copy the tables and lose the triggers that keep them immutable.
    op.add_column("settings", sa.Column("guard_mode", sa.String(), server_default="undecided", nullable=False))
    op.add_column("settings", sa.Column("guard_allowed", sa.String(), server_default="[]", nullable=False))
    op.add_column("settings", sa.Column("guard_trusted", sa.String(), server_default="[]", nullable=False))
