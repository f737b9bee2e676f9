"""What was done under the one-time key of a form; how each booking is paid, as it was agreed."""

import sqlalchemy as sa
from alembic import op

from studio.column_types import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

COLUMNS = ("deposit_percent", "balance_hours_before")


def upgrade() -> None:
    op.create_table(
        "done_once",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_done_once")),
    )
    for column in COLUMNS:
        op.execute(f"ALTER TABLE bookings ADD COLUMN {column} BIGINT DEFAULT 0 NOT NULL")
        op.execute(
            f"UPDATE bookings SET {column} ="
            f" (SELECT {column} FROM packages WHERE packages.id = bookings.package_id)"
        )


def downgrade() -> None:
    for column in COLUMNS:
        op.execute(f"ALTER TABLE bookings DROP COLUMN {column}")
    op.drop_table("done_once")
