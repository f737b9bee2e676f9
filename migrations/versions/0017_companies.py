"""Companies that pay for sessions, what they pay for, and their invoices."""

import sqlalchemy as sa
from alembic import op

from studio import schema
from studio.column_types import Percent, UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NEEDED, FREE = "booking_id INTEGER NOT NULL", "booking_id INTEGER"


def upgrade() -> None:
    op.create_table(
        "companies",
        sa.Column("id", BigId, nullable=False),
        *_texts("name", "address", "email", "tax_number", "code", "currency"),
        sa.Column("order_required", sa.Boolean(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("payment_days", sa.BigInteger(), nullable=False),
        sa.Column("archived_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("limit_minor > 0", name=op.f("ck_companies_limit")),
        sa.CheckConstraint("payment_days >= 0", name=op.f("ck_companies_payment_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
        sa.UniqueConstraint("code", name=op.f("uq_companies_code")),
    )
    op.create_table(
        "company_packages",
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("package_id", BigId, nullable=False),
        _refers("company_packages", "company_id", "companies"),
        _refers("company_packages", "package_id", "packages"),
        sa.PrimaryKeyConstraint("company_id", "package_id", name=op.f("pk_company_packages")),
    )
    op.create_table(
        "company_bookings",
        sa.Column("booking_id", BigId, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        *_texts("purchase_order"),
        sa.Column("deposit_minor", sa.BigInteger(), nullable=False),
        sa.Column("kept_minor", sa.BigInteger(), nullable=False),
        _refers("company_bookings", "booking_id", "bookings"),
        _refers("company_bookings", "company_id", "companies"),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_company_bookings")),
    )
    op.create_table(
        "company_bills",
        sa.Column("invoice_id", BigId, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        *_texts("recorded_by", "note"),
        sa.Column("payment_ids", sa.JSON(), nullable=False),
        _refers("company_bills", "invoice_id", "invoices"),
        _refers("company_bills", "company_id", "companies"),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_company_bills")),
    )
    op.create_table(
        "company_lines",
        sa.Column("id", BigId, nullable=False),
        sa.Column("invoice_id", BigId, nullable=False),
        sa.Column("booking_id", BigId, nullable=False),
        sa.Column("percent", Percent(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        *_texts("currency"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["company_bills.invoice_id"], name=op.f("fk_company_lines_invoice_id")
        ),
        _refers("company_lines", "booking_id", "bookings"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_lines")),
    )
    for table, column in (
        ("company_bookings", "company_id"),
        ("company_bills", "company_id"),
        ("company_lines", "invoice_id"),
        ("company_lines", "booking_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    _let(NEEDED, FREE, nullable=True)


def downgrade() -> None:
    _let(FREE, NEEDED, nullable=False)
    for table in ("lines", "bills", "bookings", "packages"):
        op.drop_table(f"company_{table}")
    op.drop_table("companies")


def _texts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _let(before: str, after: str, *, nullable: bool) -> None:
    """A company's invoice is of no one booking."""
    if op.get_context().dialect.name != "sqlite":
        op.alter_column("invoices", "booking_id", nullable=nullable)
        return

    def reword(sql: str, kept: list[str]) -> schema.Reworded:
        return sql.replace(before, after, 1), {name: name for name in kept}

    schema.rebuild(op.get_bind(), {"invoices": reword})
