"""What was done under the one-time key of a form."""

import sqlalchemy as sa
from alembic import op

from studio.column_types import UtcDateTime

revision = "0028"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "done_once",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_done_once")),
    )


def downgrade() -> None:
    op.drop_table("done_once")
