"""Notices that were refused, how a notice came, and times without a key."""

import sqlalchemy as sa
from alembic import op

from studio.column_types import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.execute("ALTER TABLE processor_events ADD COLUMN caught BOOLEAN DEFAULT false NOT NULL")
    reasons = sa.Enum(
        "signature", "mode", name="refused", native_enum=False, create_constraint=True, length=20
    )
    op.create_table(
        "refused_notices",
        sa.Column("id", key, nullable=False),
        sa.Column("reason", reasons, nullable=False),
        sa.Column("hour", UtcDateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_notices")),
        sa.UniqueConstraint("reason", "hour", name=op.f("uq_refused_notices_reason_hour")),
    )
    op.create_table(
        "payment_pauses",
        sa.Column("id", key, nullable=False),
        sa.Column("began_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_pauses")),
    )


def downgrade() -> None:
    op.drop_table("payment_pauses")
    op.drop_table("refused_notices")
    op.execute("ALTER TABLE processor_events DROP COLUMN caught")
