"""Disputes, what they move in the ledger, and refunds that they make needless."""

import sqlalchemy as sa
from alembic import op

from studio import schema
from studio.column_types import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Table, constraint, and what it allows before and after.
WORDS = (
    ("ledger_entries", "entrykind",
     "kind IN ('payment', 'refund', 'reversal', 'voucher', 'write_off')",
     "kind IN ('payment', 'refund', 'reversal', 'voucher', 'write_off', 'dispute')"),
    ("refunds", "refundstate", "state IN ('requested', 'done', 'failed')",
     "state IN ('requested', 'done', 'failed', 'withdrawn')"),
)  # fmt: skip
STATES = ("inquiry", "open", "won", "lost", "closed")


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    states = sa.Enum(
        *STATES, name="disputestate", native_enum=False, create_constraint=True, length=20
    )
    op.create_table(
        "disputes",
        sa.Column("id", key, nullable=False),
        sa.Column("payment_id", key, nullable=False),
        sa.Column("processor_id", sa.String(), nullable=False),
        sa.Column("state", states, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("refundable", sa.Boolean(), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("opened_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_disputes_amount")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("processor_id", name=op.f("uq_disputes_processor_id")),
    )
    op.create_index(op.f("ix_disputes_payment_id"), "disputes", ["payment_id"])
    _allow(before=2, after=3)


def downgrade() -> None:
    _allow(before=3, after=2)
    op.drop_table("disputes")


def _allow(*, before: int, after: int) -> None:
    if op.get_context().dialect.name == "sqlite":
        tables = {row[0]: _reworded(row[before], row[after]) for row in WORDS}
        schema.rebuild(op.get_bind(), tables)
        return
    for row in WORDS:
        op.execute(f"ALTER TABLE {row[0]} DROP CONSTRAINT ck_{row[0]}_{row[1]}")
        op.execute(
            f"ALTER TABLE {row[0]} ADD CONSTRAINT ck_{row[0]}_{row[1]} CHECK ({row[after]})"
        )


def _reworded(before: str, after: str):
    def reword(sql: str, kept: list[str]) -> schema.Reworded:
        return sql.replace(before, after, 1), {name: name for name in kept}

    return reword
