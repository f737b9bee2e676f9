"""Extras and fees among what is due, payments by other ways than cards, and taking them back."""

import sqlalchemy as sa
from alembic import op

from studio import schema

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Table, constraint, and what it allows before and after.
WORDS = (
    ("dues", "purpose", "purpose IN ('deposit', 'balance')",
     "purpose IN ('deposit', 'balance', 'extra', 'fee')"),
    ("payments", "paymentstate", "state IN ('creating', 'open', 'paid', 'expired')",
     "state IN ('creating', 'open', 'paid', 'expired', 'reversed')"),
    ("ledger_entries", "entrykind", "kind IN ('payment', 'refund')",
     "kind IN ('payment', 'refund', 'reversal')"),
)  # fmt: skip
METHODS = "CHECK (method IN ('card', 'cash', 'transfer', 'terminal', 'cheque'))"
# What follows a column's name; what is given is also what the rows there are get.
COLUMNS = (
    ("studios", "how_to_pay", "VARCHAR DEFAULT '' NOT NULL"),
    ("dues", "label", "VARCHAR DEFAULT '' NOT NULL"),
    (
        "payments",
        "method",
        f"VARCHAR(20) DEFAULT 'card' NOT NULL CONSTRAINT ck_payments_method {METHODS}",
    ),
    ("payments", "confirms", "BOOLEAN DEFAULT true NOT NULL"),
    ("payments", "note", "VARCHAR DEFAULT '' NOT NULL"),
    ("payments", "recorded_by", "VARCHAR DEFAULT '' NOT NULL"),
)
UNIQUE = ", \n\tCONSTRAINT uq_dues_booking_id_purpose UNIQUE (booking_id, purpose)"
ONCE = "purpose IN ('deposit', 'balance')"


def upgrade() -> None:
    for table, name, kind in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
    if op.get_context().dialect.name == "sqlite":
        schema.rebuild(op.get_bind(), {table: _allowing(table) for table, *_ in WORDS})
    else:
        op.drop_constraint("uq_dues_booking_id_purpose", "dues")
        for table, name, _, rule in WORDS:
            _replace_check(table, name, rule)
    op.create_index(
        "ix_dues_once", "dues", ["booking_id", "purpose"], unique=True,
        sqlite_where=sa.text(ONCE), postgresql_where=sa.text(ONCE),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_dues_once", "dues")
    if op.get_context().dialect.name == "sqlite":
        schema.rebuild(op.get_bind(), {table: _forbidding(table) for table, *_ in WORDS})
    else:
        for table, name, rule, _ in WORDS:
            _replace_check(table, name, rule)
        op.create_unique_constraint("uq_dues_booking_id_purpose", "dues", ["booking_id", "purpose"])
    for table, name, _ in COLUMNS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")


def _replace_check(table: str, name: str, rule: str) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule})")


def _allowing(table: str):
    (found,) = [row for row in WORDS if row[0] == table]

    def reword(sql: str, kept: list[str]) -> schema.Reworded:
        sql = sql.replace(found[2], found[3], 1)
        return sql.replace(UNIQUE, "", 1), {name: name for name in kept}

    return reword


def _forbidding(table: str):
    (found,) = [row for row in WORDS if row[0] == table]

    def reword(sql: str, kept: list[str]) -> schema.Reworded:
        sql = sql.replace(found[3], found[2], 1)
        if table == "dues":
            sql = f"{sql.rstrip().removesuffix(')').rstrip()}{UNIQUE}\n)"
        return sql, {name: name for name in kept}

    return reword
