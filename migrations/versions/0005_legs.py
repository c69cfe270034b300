"""What a gateway has once for each family stands in the leg of that family."""

from alembic import op

revision = "0005"
down_revision = "0004"

MOVED = ("address", "source", "far", "snat")


def upgrade() -> None:
    # No row is written anew, so that the triggers that keep them immutable stay, and have nothing to refuse.
    for name in MOVED:
        op.execute(f"ALTER TABLE gateway RENAME COLUMN {name} TO ipv4_{name}")
