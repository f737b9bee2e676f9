"""Promo codes, and gift vouchers that are spent in parts."""

import sqlalchemy as sa
from alembic import op

from studio import schema
from studio.column_types import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BEFORE = "kind IN ('payment', 'refund', 'reversal')"
AFTER = "kind IN ('payment', 'refund', 'reversal', 'voucher', 'write_off')"
MOVES = ("issued", "reserved", "released", "returned", "withdrawn")


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "promo_codes",
        sa.Column("id", key, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("most_uses", sa.BigInteger(), nullable=True),
        sa.Column("first_booking_only", sa.Boolean(), nullable=False),
        sa.Column("archived_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_promo_codes_percent")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_promo_codes_amount")),
        sa.CheckConstraint(
            "(percent = 0) <> (amount_minor = 0)", name=op.f("ck_promo_codes_one_of_two")
        ),
        sa.CheckConstraint("most_uses >= 1", name=op.f("ck_promo_codes_most_uses")),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_promo_codes_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promo_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_promo_codes_code")),
    )
    op.create_table(
        "promo_packages",
        sa.Column("promo_id", key, nullable=False),
        sa.Column("package_id", key, nullable=False),
        _refers("promo_packages", "promo_id", "promo_codes"),
        _refers("promo_packages", "package_id", "packages"),
        sa.PrimaryKeyConstraint("promo_id", "package_id", name=op.f("pk_promo_packages")),
    )
    op.create_table(
        "promo_uses",
        sa.Column("booking_id", key, nullable=False),
        sa.Column("promo_id", key, nullable=False),
        sa.Column("released_at", UtcDateTime(timezone=True), nullable=True),
        _refers("promo_uses", "booking_id", "bookings"),
        _refers("promo_uses", "promo_id", "promo_codes"),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_promo_uses")),
    )
    op.create_index(op.f("ix_promo_uses_promo_id"), "promo_uses", ["promo_id"])
    op.create_table(
        "vouchers",
        sa.Column("id", key, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
        sa.UniqueConstraint("code", name=op.f("uq_vouchers_code")),
    )
    moves = sa.Enum(
        *MOVES, name="vouchermove", native_enum=False, create_constraint=True, length=20
    )
    op.create_table(
        "voucher_entries",
        sa.Column("id", key, nullable=False),
        sa.Column("voucher_id", key, nullable=False),
        sa.Column("booking_id", key, nullable=True),
        sa.Column("kind", moves, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_voucher_entries_amount")),
        _refers("voucher_entries", "voucher_id", "vouchers"),
        _refers("voucher_entries", "booking_id", "bookings"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_entries")),
    )
    for column in ("voucher_id", "booking_id"):
        op.create_index(op.f(f"ix_voucher_entries_{column}"), "voucher_entries", [column])
    _allow(BEFORE, AFTER)


def downgrade() -> None:
    _allow(AFTER, BEFORE)
    for table in ("voucher_entries", "vouchers", "promo_uses", "promo_packages", "promo_codes"):
        op.drop_table(table)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _allow(before: str, after: str) -> None:
    if op.get_context().dialect.name == "sqlite":

        def reword(sql: str, kept: list[str]) -> schema.Reworded:
            return sql.replace(before, after, 1), {name: name for name in kept}

        schema.rebuild(op.get_bind(), {"ledger_entries": reword})
        return
    op.execute("ALTER TABLE ledger_entries DROP CONSTRAINT ck_ledger_entries_entrykind")
    op.execute(
        f"ALTER TABLE ledger_entries ADD CONSTRAINT ck_ledger_entries_entrykind CHECK ({after})"
    )
