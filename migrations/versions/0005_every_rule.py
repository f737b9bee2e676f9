"""Places, what comes before a session, more people, open days, light, requests and limits."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

import studio.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


class Column(NamedTuple):
    """A column as both databases take it; *filled* is SQL for the rows there are."""

    name: str
    kind: str
    filled: str
    optional: bool = False

    @property
    def ddl(self) -> str:
        """As SQLite is told; references are INTEGER there, like the keys they lead to."""
        kind = "INTEGER" if self.name.endswith("_id") else self.kind
        kind = "DATETIME" if self.name.endswith("_at") else kind
        return f"{self.name} {kind}{'' if self.optional else ' NOT NULL'}"


GAPS = "('any', 'prefer', 'only')"
MODES = "('instant', 'request')"

COLUMNS = {
    "studios": [
        Column("max_per_day", "BIGINT", "NULL", optional=True),
        Column("gaps", "VARCHAR(20)", "'any'"),
    ],
    "packages": [
        Column("mode", "VARCHAR(20)", "'instant'"),
        Column("people_included", "BIGINT", "people_max"),
        Column("minutes_per_extra", "BIGINT", "0"),
        Column("price_per_extra_minor", "BIGINT", "0"),
        Column("light_before_minutes", "BIGINT", "NULL", optional=True),
        Column("light_after_minutes", "BIGINT", "NULL", optional=True),
        Column("gaps", "VARCHAR(20)", "NULL", optional=True),
    ],
    "add_ons": [Column("before_minutes", "BIGINT", "0"), Column("lead_hours", "BIGINT", "0")],
    "bookings": [
        Column("place_id", "BIGINT", "NULL", optional=True),
        Column("address", "VARCHAR", "''"),
        Column("before_minutes", "BIGINT", "0"),
        Column("by_name", "BOOLEAN", "false"),
        Column("override_reason", "VARCHAR", "''"),
        Column("accepted_at", "TIMESTAMP WITH TIME ZONE", "NULL", optional=True),
    ],
    "allocations": [Column("place_id", "BIGINT", "NULL", optional=True)],
    "resources": [],
}
CONSTRAINTS = {
    "studios": {"ck_studios_gaps": f"CHECK (gaps IN {GAPS})"},
    "packages": {
        "ck_packages_bookingmode": f"CHECK (mode IN {MODES})",
        "ck_packages_gaps": f"CHECK (gaps IN {GAPS})",
        "ck_packages_included": "CHECK (people_included >= 1)",
        "ck_packages_extra": "CHECK (minutes_per_extra >= 0 AND price_per_extra_minor >= 0)",
        "ck_packages_light_before": "CHECK (light_before_minutes BETWEEN 0 AND 720)",
        "ck_packages_light_after": "CHECK (light_after_minutes BETWEEN 0 AND 720)",
        "ck_packages_light": (
            "CHECK ((light_before_minutes IS NULL) = (light_after_minutes IS NULL))"
        ),
    },
    "add_ons": {
        "ck_add_ons_before": "CHECK (before_minutes BETWEEN 0 AND 480)",
        "ck_add_ons_lead": "CHECK (lead_hours >= 0)",
    },
    "bookings": {"fk_bookings_place_id": "FOREIGN KEY(place_id) REFERENCES places (id)"},
    "allocations": {"fk_allocations_place_id": "FOREIGN KEY(place_id) REFERENCES places (id)"},
    "resources": {},
}
# What stands in a table already and is said otherwise from now on: the constraint's name, before
# and after.
KINDS = (
    "ck_resources_resourcekind",
    "kind IN ('photographer', 'room', 'pool')",
    "kind IN ('photographer', 'room', 'pool', 'artist')",
)
STATES = (
    "ck_bookings_bookingstate",
    "state IN ('held', 'confirmed', 'completed', 'cancelled', 'expired')",
    "state IN ('held', 'requested', 'confirmed', 'completed', 'cancelled', 'expired')",
)
REWORDED = {"resources": KINDS, "bookings": STATES}


def upgrade() -> None:
    _new_tables()
    if op.get_context().dialect.name == "sqlite":
        _rebuild_on_sqlite(_grown)
        return
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column.name} {column.kind}")
            op.execute(f"UPDATE {table} SET {column.name} = {column.filled}")
            if not column.optional:
                op.execute(f"ALTER TABLE {table} ALTER COLUMN {column.name} SET NOT NULL")
        for name, rule in CONSTRAINTS[table].items():
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}")
    for table, (name, _, rule) in REWORDED.items():
        _replace_check(table, name, rule)
    op.execute("ALTER TABLE bookings ALTER COLUMN room_id DROP NOT NULL")


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        _rebuild_on_sqlite(_shrunk)
    else:
        op.execute("ALTER TABLE bookings ALTER COLUMN room_id SET NOT NULL")
        for table, (name, rule, _) in REWORDED.items():
            _replace_check(table, name, rule)
        for table, columns in COLUMNS.items():
            for column in columns:
                op.execute(f"ALTER TABLE {table} DROP COLUMN {column.name} CASCADE")
    for table in ("add_on_resources", "open_days", "package_places", "place_travel", "places"):
        op.drop_table(table)


def _replace_check(table: str, name: str, rule: str) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})")


def _rebuild_on_sqlite(reword) -> None:
    """Write each table anew under other rules, with its rows, indexes and guards.

    Alembic's batch mode would drop checks and triggers without a word; so the statements that
    made them are taken from the database itself. Foreign keys are off (see env.py).
    """
    connection = op.get_bind()
    made = connection.exec_driver_sql(
        "SELECT type, tbl_name, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    ).all()
    for kind, _, name, _ in made:
        if kind == "trigger":
            op.execute(f"DROP TRIGGER {name}")
    for table in COLUMNS:
        (before,) = [sql for kind, _, name, sql in made if kind == "table" and name == table]
        kept = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
        after, columns = reword(table, before, kept)
        connection.exec_driver_sql(
            after.replace(f"CREATE TABLE {table}", f"CREATE TABLE new_{table}", 1)
        )
        into, values = ", ".join(columns), ", ".join(columns.values())
        connection.exec_driver_sql(
            f"INSERT INTO new_{table} ({into}) SELECT {values} FROM {table}"  # noqa: S608 -- ours
        )
        connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql(f"ALTER TABLE new_{table} RENAME TO {table}")
    for kind, table, _, sql in made:
        if kind == "trigger" or (kind == "index" and table in COLUMNS):
            connection.exec_driver_sql(sql)


def _grown(table: str, sql: str, kept: list[str]) -> tuple[str, dict[str, str]]:
    """The table with the new columns and rules, and where each column's values come from."""
    head, constraints = sql.split("\n\tCONSTRAINT", 1)
    columns = "".join(f"\n\t{column.ddl}, " for column in COLUMNS[table])
    rules = "".join(f", \n\tCONSTRAINT {name} {rule}" for name, rule in CONSTRAINTS[table].items())
    sql = (
        f"{head}{columns}\n\tCONSTRAINT{constraints.rstrip().removesuffix(')').rstrip()}{rules}\n)"
    )
    if table in REWORDED:
        _, before, after = REWORDED[table]
        sql = sql.replace(before, after)
    if table == "bookings":
        sql = sql.replace("room_id INTEGER NOT NULL", "room_id INTEGER")
    filled = {column.name: column.filled for column in COLUMNS[table]}
    return sql, {**{name: name for name in kept}, **filled}


def _shrunk(table: str, sql: str, kept: list[str]) -> tuple[str, dict[str, str]]:
    """The table as it was before."""
    for column in COLUMNS[table]:
        sql = sql.replace(f"\n\t{column.ddl}, ", "", 1)
    for name, rule in CONSTRAINTS[table].items():
        sql = sql.replace(f", \n\tCONSTRAINT {name} {rule}", "", 1)
    if table in REWORDED:
        _, before, after = REWORDED[table]
        sql = sql.replace(after, before)
    if table == "bookings":
        sql = sql.replace("room_id INTEGER,", "room_id INTEGER NOT NULL,")
    gone = {column.name for column in COLUMNS[table]}
    return sql.replace(f'"{table}"', table, 1), {name: name for name in kept if name not in gone}


def _new_tables() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "places",
        sa.Column("id", number, nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("directions", sa.String(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("travel_minutes", sa.BigInteger(), nullable=False),
        sa.Column("at_client", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("archived_at", studio.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("travel_minutes BETWEEN 0 AND 720", name=op.f("ck_places_travel")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_places_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_places_longitude")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        sa.UniqueConstraint("slug", name=op.f("uq_places_slug")),
    )
    op.create_table(
        "place_travel",
        sa.Column("one_id", number, nullable=False),
        sa.Column("other_id", number, nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_place_travel_order")),
        sa.CheckConstraint("minutes BETWEEN 0 AND 720", name=op.f("ck_place_travel_minutes")),
        sa.ForeignKeyConstraint(["one_id"], ["places.id"], name=op.f("fk_place_travel_one_id")),
        sa.ForeignKeyConstraint(["other_id"], ["places.id"], name=op.f("fk_place_travel_other_id")),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_place_travel")),
    )
    op.create_table(
        "package_places",
        sa.Column("package_id", number, nullable=False),
        sa.Column("place_id", number, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"], ["packages.id"], name=op.f("fk_package_places_package_id")
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name=op.f("fk_package_places_place_id")
        ),
        sa.PrimaryKeyConstraint("package_id", "place_id", name=op.f("pk_package_places")),
    )
    op.create_table(
        "open_days",
        sa.Column("id", number, nullable=False),
        sa.Column("package_id", number, nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_open_days_order")),
        sa.ForeignKeyConstraint(
            ["package_id"], ["packages.id"], name=op.f("fk_open_days_package_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_days")),
    )
    op.create_index(op.f("ix_open_days_package_id"), "open_days", ["package_id"])
    op.create_table(
        "add_on_resources",
        sa.Column("add_on_id", number, nullable=False),
        sa.Column("resource_id", number, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_add_on_resources_quantity")),
        sa.ForeignKeyConstraint(
            ["add_on_id"], ["add_ons.id"], name=op.f("fk_add_on_resources_add_on_id")
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name=op.f("fk_add_on_resources_resource_id")
        ),
        sa.PrimaryKeyConstraint("add_on_id", "resource_id", name=op.f("pk_add_on_resources")),
    )
