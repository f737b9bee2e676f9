"""How many messages left in the last minute is counted without reading them all."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_messages_sent_at"), "messages", ["sent_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_messages_sent_at"), "messages")
