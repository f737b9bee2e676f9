"""Where a session's pictures are, and what is not written after it."""

import sqlalchemy as sa
from alembic import op

from studio.column_types import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    stages = sa.Enum(
        "selecting", "delivered", name="deliverystage", native_enum=False, create_constraint=True,
        length=20,
    )  # fmt: skip
    op.create_table(
        "deliveries",
        *_of("deliveries", "booking_id", "bookings"),
        sa.Column("stage", stages, nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "after_rules",
        *_of("after_rules", "session_type_id", "session_types"),
        sa.Column("off", sa.JSON(), nullable=False),
        sa.Column("refresh_months", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "refresh_months BETWEEN 1 AND 120", name=op.f("ck_after_rules_months")
        ),
    )
    op.create_table(
        "client_wishes",
        *_of("client_wishes", "client_id", "clients"),
        sa.Column("off", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    for table in ("client_wishes", "after_rules", "deliveries"):
        op.drop_table(table)


def _of(table: str, key: str, to: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column(key, BigId, nullable=False),
        sa.ForeignKeyConstraint([key], [f"{to}.id"], name=op.f(f"fk_{table}_{key}")),
        sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")),
    ]
