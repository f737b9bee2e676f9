"""A condition under which a message of a track is sent at all."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE prep_steps ADD COLUMN condition VARCHAR DEFAULT '' NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE prep_steps DROP COLUMN condition")
