"""Rates of tax that begin on a day."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kinds = sa.Enum(
        "all", "session", "add_on", "travel", name="taxed", native_enum=False,
        create_constraint=True, length=20,
    )  # fmt: skip
    op.create_table(
        "tax_rates",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("included", sa.Boolean(), nullable=False),
        sa.CheckConstraint("percent BETWEEN 0 AND 100000", name=op.f("ck_tax_rates_percent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rates")),
        sa.UniqueConstraint("kind", "first_on", name=op.f("uq_tax_rates_kind_first_on")),
    )


def downgrade() -> None:
    op.drop_table("tax_rates")
