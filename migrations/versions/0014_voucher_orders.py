"""Gift vouchers sold online: what is offered, what was ordered, and money that is no booking's."""

import sqlalchemy as sa
from alembic import op

from studio import schema
from studio.column_types import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("payments", "ledger_entries")
ONE_OWNER = "(booking_id IS NULL) <> (voucher_order_id IS NULL)"
# How SQLite keeps what this changes; the order's column stands behind the booking's.
BEFORE = "booking_id INTEGER NOT NULL"
AFTER = "booking_id INTEGER, \n\tvoucher_order_id INTEGER"


def upgrade() -> None:
    op.create_table(
        "voucher_offers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("amounts", sa.JSON(), nullable=False),
        sa.Column("least_minor", sa.BigInteger(), nullable=False),
        sa.Column("most_minor", sa.BigInteger(), nullable=False),
        sa.Column("months", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_voucher_offers"),
    )
    texts = (
        "reference", "request_hash", "order_hash", "gift_hash", "currency", "buyer",
        "buyer_email", "recipient", "recipient_email", "greeting", "attention",
    )  # fmt: skip
    unique = ("reference", "request_hash", "order_hash", "gift_hash", "voucher_id")
    op.create_table(
        "voucher_orders",
        sa.Column("id", BigId, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in texts),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("months", sa.BigInteger(), nullable=False),
        sa.Column("send_on", sa.Date(), nullable=True),
        sa.Column("voucher_id", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_voucher_orders_amount")),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["vouchers.id"], name="fk_voucher_orders_voucher_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_voucher_orders"),
        *(sa.UniqueConstraint(name, name=f"uq_voucher_orders_{name}") for name in unique),
    )
    if op.get_context().dialect.name == "sqlite":
        schema.rebuild(op.get_bind(), {table: _owned(table) for table in TABLES})
    else:
        for table in TABLES:
            op.alter_column(table, "booking_id", nullable=True)
            op.add_column(table, sa.Column("voucher_order_id", sa.BigInteger(), nullable=True))
            op.create_foreign_key(
                f"fk_{table}_voucher_order_id", table, "voucher_orders",
                ["voucher_order_id"], ["id"],
            )  # fmt: skip
            op.create_check_constraint(op.f(f"ck_{table}_one_owner"), table, ONE_OWNER)
    for table in TABLES:
        op.create_index(f"ix_{table}_voucher_order_id", table, ["voucher_order_id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_voucher_order_id", table)
    if op.get_context().dialect.name == "sqlite":
        schema.rebuild(op.get_bind(), {table: _disowned(table) for table in TABLES})
    else:
        for table in TABLES:
            op.drop_constraint(op.f(f"ck_{table}_one_owner"), table)
            op.drop_column(table, "voucher_order_id")
            op.alter_column(table, "booking_id", nullable=False)
    op.drop_table("voucher_orders")
    op.drop_table("voucher_offers")


def _rules(table: str) -> str:
    return (
        f", \n\tCONSTRAINT ck_{table}_one_owner CHECK ({ONE_OWNER})"
        f", \n\tCONSTRAINT fk_{table}_voucher_order_id"
        " FOREIGN KEY(voucher_order_id) REFERENCES voucher_orders (id)"
    )


def _owned(table: str):
    def reword(sql: str, kept: list[str]) -> schema.Reworded:
        sql = sql.replace(BEFORE, AFTER, 1).rstrip().removesuffix(")").rstrip()
        return f"{sql}{_rules(table)}\n)", {name: name for name in kept}

    return reword


def _disowned(table: str):
    def reword(sql: str, kept: list[str]) -> schema.Reworded:
        sql = sql.replace(AFTER, BEFORE, 1).replace(_rules(table), "", 1)
        return sql, {name: name for name in kept if name != "voucher_order_id"}

    return reword
