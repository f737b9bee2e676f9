"""Who is photographed, what they may sign, and what they answered."""

import sqlalchemy as sa
from alembic import op

from studio.column_types import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LEVELS = ("none", "portfolio", "advertising")


def upgrade() -> None:
    op.create_table(
        "release_texts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_texts("body", "portfolio", "advertising"),
        sa.Column("asks_again", sa.Boolean(), nullable=False),
        *_texts("written_by"),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_texts")),
        sa.UniqueConstraint("version", name=op.f("uq_release_texts_version")),
    )
    op.create_table(
        "sitters",
        sa.Column("id", BigId, nullable=False),
        sa.Column("booking_id", BigId, nullable=False),
        *_texts("name"),
        sa.Column("minor", sa.Boolean(), nullable=False),
        *_texts("guardian_name", "guardian_relation", "email"),
        sa.CheckConstraint(
            "NOT minor OR (guardian_name <> '' AND guardian_relation <> '')",
            name=op.f("ck_sitters_guardian"),
        ),
        _refers("sitters", "booking_id", "bookings"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitters")),
    )
    op.create_index(op.f("ix_sitters_booking_id"), "sitters", ["booking_id"])
    op.create_table(
        "releases",
        sa.Column("id", BigId, nullable=False),
        sa.Column("sitter_id", BigId, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("text_id", BigId, nullable=False),
        sa.Column(
            "level",
            sa.Enum(*LEVELS, name="level", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        *_texts("signed_name"),
        sa.Column("signed_at", UtcDateTime(timezone=True), nullable=False),
        *_texts("signed_from"),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(timezone=True), nullable=True),
        _refers("releases", "sitter_id", "sitters"),
        _refers("releases", "text_id", "release_texts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("sitter_id", "number", name=op.f("uq_releases_sitter_id_number")),
    )


def downgrade() -> None:
    for table in ("releases", "sitters", "release_texts"):
        op.drop_table(table)


def _texts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))
