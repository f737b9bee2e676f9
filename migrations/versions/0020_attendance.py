"""What clients say about coming, and that staff rang them."""

import sqlalchemy as sa
from alembic import op

from studio.column_types import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SAID = ("coming", "on my way", "late", "called")


def upgrade() -> None:
    op.create_table(
        "attendance",
        sa.Column("booking_id", BigId, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column(
            "said",
            sa.Enum(*SAID, name="said", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_attendance_booking_id")
        ),
        sa.PrimaryKeyConstraint("booking_id", "generation", "said", name=op.f("pk_attendance")),
    )


def downgrade() -> None:
    op.drop_table("attendance")
