"""Rates of tax that begin on a day; clients who were forgotten, and a history without their words."""

import sqlalchemy as sa
from alembic import op

from studio.column_types import UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

REFUSE = "BEGIN SELECT RAISE(ABORT, 'history is not rewritten'); END"
SQLITE_BEFORE = """CREATE TRIGGER booking_events_keep_update BEFORE update ON booking_events
BEGIN SELECT RAISE(ABORT, 'history is not rewritten'); END"""
SQLITE_AFTER = (
    f"""CREATE TRIGGER booking_events_keep_update
BEFORE UPDATE OF id, booking_id, at, actor, kind ON booking_events
{REFUSE}""",
    f"""CREATE TRIGGER booking_events_keep_detail
BEFORE UPDATE OF detail ON booking_events WHEN json_extract(NEW.detail, '$.erased') IS NULL
{REFUSE}""",
)
POSTGRES_BEFORE = """CREATE TRIGGER booking_events_keep BEFORE UPDATE OR DELETE ON booking_events
FOR EACH ROW EXECUTE FUNCTION keep_history()"""
POSTGRES_AFTER = (
    """CREATE TRIGGER booking_events_keep
BEFORE DELETE OR UPDATE OF id, booking_id, at, actor, kind ON booking_events
FOR EACH ROW EXECUTE FUNCTION keep_history()""",
    """CREATE TRIGGER booking_events_keep_detail BEFORE UPDATE OF detail ON booking_events
FOR EACH ROW WHEN (NEW.detail ->> 'erased' IS NULL) EXECUTE FUNCTION keep_history()""",
)


def upgrade() -> None:
    kinds = sa.Enum(
        "all", "session", "add_on", "travel", name="taxed", native_enum=False,
        create_constraint=True, length=20,
    )  # fmt: skip
    op.create_table(
        "tax_rates",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("included", sa.Boolean(), nullable=False),
        sa.CheckConstraint("percent BETWEEN 0 AND 100000", name=op.f("ck_tax_rates_percent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rates")),
        sa.UniqueConstraint("kind", "first_on", name=op.f("uq_tax_rates_kind_first_on")),
    )
    op.add_column("clients", sa.Column("erased_at", UtcDateTime(timezone=True), nullable=True))
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER booking_events_keep_update")
        _run(SQLITE_AFTER)
    else:
        op.execute("DROP TRIGGER booking_events_keep ON booking_events")
        _run(POSTGRES_AFTER)


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER booking_events_keep_detail")
        op.execute("DROP TRIGGER booking_events_keep_update")
        _run((SQLITE_BEFORE,))
    else:
        op.execute("DROP TRIGGER booking_events_keep_detail ON booking_events")
        op.execute("DROP TRIGGER booking_events_keep ON booking_events")
        _run((POSTGRES_BEFORE,))
    op.execute("ALTER TABLE clients DROP COLUMN erased_at")
    op.drop_table("tax_rates")


def _run(statements: tuple[str, ...]) -> None:
    for each in statements:
        op.get_bind().exec_driver_sql(each)
