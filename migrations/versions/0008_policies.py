"""What cancelling, moving and not coming cost, as data that bookings keep their version of."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from studio import schema
from studio.column_types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What every booking was sold under until now.
STUDIO = {
    "cooling_off_hours": 24,
    "cooling_off_days": 7,
    "cancel": [
        {"hours_before": 336, "deposit": "credited", "crew": False},
        {"hours_before": 0, "deposit": "kept", "crew": False},
    ],
    "credit_days": 90,
    "move": [
        {"hours_before": 72, "fee": {"minor": 0, "percent": 0, "forfeits": False}},
        {"hours_before": 24, "fee": {"minor": 6500, "percent": 0, "forfeits": False}},
        {"hours_before": 0, "fee": {"minor": 0, "percent": 0, "forfeits": True}},
    ],
    "again": {"minor": 5000, "percent": 0, "forfeits": False},
    "most_moves": 3,
    "grace_minutes": 15,
    "grace_percent": 25,
    "no_show_keeps_all": False,
}
FOREIGN = "CONSTRAINT fk_bookings_policy_id FOREIGN KEY(policy_id) REFERENCES policies (id)"
THE_FIRST = "(SELECT min(id) FROM policies)"
COLUMN = "\n\tpolicy_id INTEGER NOT NULL, "


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    policies = op.create_table(
        "policies",
        sa.Column("id", key, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_policies_key_version")),
    )
    connection = op.get_bind()
    if connection.exec_driver_sql("SELECT count(*) FROM studios").scalar():
        connection.execute(
            policies.insert().values(
                key="studio",
                version=1,
                name="In the studio",
                rules=STUDIO,
                created_at=datetime.now(UTC),
            )
        )
    op.execute(
        "ALTER TABLE session_types ADD COLUMN policy_key VARCHAR DEFAULT 'studio' NOT NULL"
    )
    if connection.dialect.name == "sqlite":
        schema.rebuild(connection, {"bookings": _grown})
        return
    op.execute("ALTER TABLE bookings ADD COLUMN policy_id BIGINT")
    op.execute(f"UPDATE bookings SET policy_id = {THE_FIRST}")
    op.execute("ALTER TABLE bookings ALTER COLUMN policy_id SET NOT NULL")
    op.execute(f"ALTER TABLE bookings ADD {FOREIGN}")


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        schema.rebuild(connection, {"bookings": _shrunk})
    else:
        op.execute("ALTER TABLE bookings DROP COLUMN policy_id")
    op.execute("ALTER TABLE session_types DROP COLUMN policy_key")
    op.drop_table("policies")


def _grown(sql: str, kept: list[str]) -> schema.Reworded:
    columns, constraints = sql.split("\n\tCONSTRAINT", 1)
    constraints = constraints.rstrip().removesuffix(")").rstrip()
    sql = f"{columns}{COLUMN}\n\tCONSTRAINT{constraints}, \n\t{FOREIGN}\n)"
    return sql, {name: name for name in kept} | {"policy_id": THE_FIRST}


def _shrunk(sql: str, kept: list[str]) -> schema.Reworded:
    sql = sql.replace(COLUMN, "", 1).replace(f", \n\t{FOREIGN}", "", 1)
    return sql, {name: name for name in kept if name != "policy_id"}
