"""Invoices and credit notes, their counters, and what a studio's invoices say of it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FACTS = ("legal_name", "legal_address", "tax_number", "company_number", "invoice_footer")
SQLITE_KEEP = """CREATE TRIGGER invoices_keep_{verb} BEFORE {verb} ON invoices
BEGIN SELECT RAISE(ABORT, 'history is not rewritten'); END"""
POSTGRES_KEEP = (
    "CREATE TRIGGER invoices_keep BEFORE UPDATE OR DELETE ON invoices"
    " FOR EACH ROW EXECUTE FUNCTION keep_history()"
)


def upgrade() -> None:
    for name in FACTS:
        op.execute(f"ALTER TABLE studios ADD COLUMN {name} VARCHAR DEFAULT '' NOT NULL")
    op.create_table(
        "invoice_counters",
        sa.Column("series", _words("invoice", "credit", name="series"), nullable=False),
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name="pk_invoice_counters"),
    )
    op.create_table(
        "invoices",
        sa.Column("id", BigId, nullable=False),
        sa.Column("booking_id", BigId, nullable=False),
        sa.Column("kind", _words("part", "final", "credit", name="invoicekind"), nullable=False),
        sa.Column("series", _words("invoice", "credit", name="series"), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.CheckConstraint("number >= 1", name="number"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_invoices_booking_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invoices"),
        sa.UniqueConstraint("series", "year", "number", name="uq_invoices_series_year_number"),
    )
    op.create_index("ix_invoices_booking_id", "invoices", ["booking_id"])
    op.create_index("ix_invoices_issued_on", "invoices", ["issued_on"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(SQLITE_KEEP.format(verb=verb))
    else:
        op.execute(POSTGRES_KEEP)


def downgrade() -> None:
    op.drop_table("invoices")
    op.drop_table("invoice_counters")
    for name in FACTS:
        op.execute(f"ALTER TABLE studios DROP COLUMN {name}")


def _words(*kinds: str, name: str) -> sa.Enum:
    return sa.Enum(*kinds, name=name, native_enum=False, create_constraint=True, length=20)
