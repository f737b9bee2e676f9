"""Where the studio writes to make-up artists and assistants."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("resources", sa.Column("email", sa.String(), nullable=True))
    op.add_column("photographers", sa.Column("assistant_name", sa.String(), nullable=True))
    op.add_column("photographers", sa.Column("assistant_email", sa.String(), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE photographers DROP COLUMN assistant_email")
    op.execute("ALTER TABLE photographers DROP COLUMN assistant_name")
    op.execute("ALTER TABLE resources DROP COLUMN email")
