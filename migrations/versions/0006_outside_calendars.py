"""Photographers' calendars elsewhere, and the feeds of what we book for them."""

import sqlalchemy as sa
from alembic import op

import studio.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = studio.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "outside_calendars",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("photographer_id", NUMBER, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("last_modified", sa.String(), nullable=False),
        sa.Column("fetched_at", INSTANT, nullable=True),
        sa.Column("stale_since", INSTANT, nullable=True),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.Column("next_fetch_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["photographer_id"],
            ["photographers.id"],
            name=op.f("fk_outside_calendars_photographer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_calendars")),
    )
    for column in ("photographer_id", "next_fetch_at"):
        op.create_index(op.f(f"ix_outside_calendars_{column}"), "outside_calendars", [column])
    op.create_table(
        "outside_busy",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("calendar_id", NUMBER, nullable=False),
        sa.Column("resource_id", NUMBER, nullable=False),
        sa.Column("busy_from", sa.BigInteger(), nullable=False),
        sa.Column("busy_to", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("busy_from < busy_to", name=op.f("ck_outside_busy_span")),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["outside_calendars.id"], name=op.f("fk_outside_busy_calendar_id")
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name=op.f("fk_outside_busy_resource_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_busy")),
    )
    op.create_index(op.f("ix_outside_busy_calendar_id"), "outside_busy", ["calendar_id"])
    op.create_index(
        op.f("ix_outside_busy_resource_id_busy_to_busy_from"),
        "outside_busy",
        ["resource_id", "busy_to", "busy_from"],
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("photographer_id", NUMBER, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("detailed", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["photographer_id"],
            ["photographers.id"],
            name=op.f("fk_calendar_feeds_photographer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    op.create_index(op.f("ix_calendar_feeds_photographer_id"), "calendar_feeds", ["photographer_id"])


def downgrade() -> None:
    for table in ("calendar_feeds", "outside_busy", "outside_calendars"):
        op.drop_table(table)
