"""The workers' sign of life."""

import sqlalchemy as sa
from alembic import op

import studio.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worker_beats",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("beat_at", studio.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker_beats")),
        sa.UniqueConstraint("host", name=op.f("uq_worker_beats_host")),
    )


def downgrade() -> None:
    op.drop_table("worker_beats")
