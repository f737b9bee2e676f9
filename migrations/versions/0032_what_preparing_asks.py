"""How many looks an extra adds, when day sheets leave, and where the studio only rings."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

COLUMNS = {
    ("add_ons", "looks"): "BIGINT DEFAULT 0 NOT NULL"
    " CONSTRAINT ck_add_ons_looks CHECK (looks BETWEEN 0 AND 20)",
    # As it was: at six.
    ("studios", "day_sheet_minute"): "BIGINT DEFAULT 1080 NOT NULL",
    ("places", "remote"): "BOOLEAN DEFAULT false NOT NULL"
    " CONSTRAINT ck_places_remote CHECK (NOT remote OR (at_client AND travel_minutes = 0))",
}


def upgrade() -> None:
    """Nothing adds a look until the office says so: what was sold stays as it was agreed."""
    for (table, name), kind in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")


def downgrade() -> None:
    for table, name in COLUMNS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
