"""Tax of each line, rates with decimals, times that cost more, and the way's price."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Table, column, and what follows its name; what is given is also what the rows there are get.
COLUMNS = (
    ("studios", "tax_name", "VARCHAR DEFAULT 'VAT' NOT NULL"),
    ("studios", "tax_included", "BOOLEAN DEFAULT true NOT NULL"),
    ("packages", "tax_percent", "BIGINT"),
    ("add_ons", "tax_percent", "BIGINT"),
    ("places", "fee_minor", "BIGINT DEFAULT 0 NOT NULL"),
    ("places", "currency", "VARCHAR DEFAULT '' NOT NULL"),
    ("booking_lines", "key", "VARCHAR DEFAULT '' NOT NULL"),
    ("booking_lines", "tax_included", "BOOLEAN DEFAULT true NOT NULL"),
    ("booking_lines", "tax_minor", "BIGINT DEFAULT 0 NOT NULL"),
)
# A rate is kept in thousandths of a per cent from now on.
RATES = ("studios", "booking_lines")


def upgrade() -> None:
    for table, name, kind in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
    # A part of a price: price x rate / (100 + rate), rounded to the nearest, halves up.
    op.execute(
        "UPDATE booking_lines SET tax_minor ="
        " (2 * total_minor * tax_percent + 100 + tax_percent) / (2 * (100 + tax_percent))"
    )
    for table in RATES:
        op.execute(f"UPDATE {table} SET tax_percent = tax_percent * 1000")
    op.execute("UPDATE places SET currency = coalesce((SELECT currency FROM studios), '')")
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "premiums",
        sa.Column("id", key, nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("from_minute", sa.BigInteger(), nullable=False),
        sa.Column("to_minute", sa.BigInteger(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.CheckConstraint("percent BETWEEN 1 AND 200", name=op.f("ck_premiums_percent")),
        sa.CheckConstraint(
            "from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440",
            name=op.f("ck_premiums_span"),
        ),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_premiums_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_premiums")),
    )


def downgrade() -> None:
    op.drop_table("premiums")
    for table in RATES:
        op.execute(f"UPDATE {table} SET tax_percent = tax_percent / 1000")
    for table, name, _ in COLUMNS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
