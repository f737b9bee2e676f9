"""What a kind of session asks, in versions, and what its clients answered and showed."""

import sqlalchemy as sa
from alembic import op

from studio.column_types import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TYPES = "'image/jpeg', 'image/png', 'image/webp'"


def upgrade() -> None:
    op.create_table(
        "questionnaires",
        sa.Column("id", BigId, nullable=False),
        *_ids("session_type_id"),
        *_numbers("version", "days_before"),
        sa.Column("content", sa.JSON(), nullable=False),
        *_numbers("asked"),
        _at("created_at"),
        *_texts("saved_by"),
        sa.CheckConstraint(
            "days_before BETWEEN 0 AND 90", name=op.f("ck_questionnaires_days_before")
        ),
        _refers("questionnaires", "session_type_id", "session_types"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaires")),
        sa.UniqueConstraint(
            "session_type_id", "version", name=op.f("uq_questionnaires_session_type_id_version")
        ),
    )
    op.create_table(
        "prep_forms",
        *_ids("booking_id", "questionnaire_id"),
        _at("changed_at"),
        _at("sent_at", nullable=True),
        _refers("prep_forms", "booking_id", "bookings"),
        _refers("prep_forms", "questionnaire_id", "questionnaires"),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_prep_forms")),
    )
    op.create_table(
        "prep_answers",
        *_ids("booking_id"),
        *_texts("key"),
        sa.Column("answer", sa.JSON(), nullable=False),
        _at("answered_at"),
        _refers("prep_answers", "booking_id", "bookings"),
        sa.PrimaryKeyConstraint("booking_id", "key", name=op.f("pk_prep_answers")),
    )
    op.create_table(
        "prep_pictures",
        sa.Column("id", BigId, nullable=False),
        *_ids("booking_id"),
        *_texts("key", "file", "digest", "media_type"),
        *_numbers("size", "width", "height"),
        _at("added_at"),
        sa.CheckConstraint(f"media_type IN ({TYPES})", name=op.f("ck_prep_pictures_media_type")),
        _refers("prep_pictures", "booking_id", "bookings"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_pictures")),
        sa.UniqueConstraint(
            "booking_id", "key", "digest", name=op.f("uq_prep_pictures_booking_id_key_digest")
        ),
        sa.UniqueConstraint("file", name=op.f("uq_prep_pictures_file")),
    )


def downgrade() -> None:
    for table in ("prep_pictures", "prep_answers", "prep_forms", "questionnaires"):
        op.drop_table(table)


def _ids(*names: str) -> list[sa.Column]:
    return [sa.Column(name, BigId, nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _texts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _at(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, UtcDateTime(timezone=True), nullable=nullable)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))
