"""Cards that are kept for the balance: what was agreed to, and charges with nobody on a page."""

import sqlalchemy as sa
from alembic import op

from studio.column_types import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ENDS = ("withdrawn", "charged", "asked", "declined", "not_needed", "no_notice")


def upgrade() -> None:
    op.create_table(
        "card_consents",
        sa.Column("booking_id", BigId, autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("agreed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("card_id", sa.String(), nullable=True),
        sa.Column("last4", sa.String(), nullable=False),
        sa.Column(
            "ended",
            sa.Enum(*ENDS, name="cardend", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_card_consents_booking_id")
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_card_consents")),
    )
    op.execute("ALTER TABLE payments ADD COLUMN unattended BOOLEAN DEFAULT false NOT NULL")
    op.create_index(
        "ix_payments_unattended_once", "payments", ["booking_id"], unique=True,
        sqlite_where=sa.text("unattended"), postgresql_where=sa.text("unattended"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_payments_unattended_once", "payments")
    op.execute("ALTER TABLE payments DROP COLUMN unattended")
    op.drop_table("card_consents")
