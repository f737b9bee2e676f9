"""A session whose client did not come is in a state of its own."""

from alembic import op

from studio import schema

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATES = "'held', 'requested', 'confirmed', 'completed', 'cancelled', 'expired'"
BEFORE = f"state IN ({STATES})"
AFTER = f"state IN ({STATES}, 'no_show')"


def upgrade() -> None:
    _allow(BEFORE, AFTER)


def downgrade() -> None:
    # Its time is over and it was not cancelled: as it was before anybody said that nobody came.
    op.execute("UPDATE bookings SET state = 'completed' WHERE state = 'no_show'")
    _allow(AFTER, BEFORE)


def _allow(before: str, after: str) -> None:
    if op.get_context().dialect.name == "sqlite":

        def reword(sql: str, kept: list[str]) -> schema.Reworded:
            return sql.replace(before, after, 1), {name: name for name in kept}

        schema.rebuild(op.get_bind(), {"bookings": reword})
        return
    op.execute("ALTER TABLE bookings DROP CONSTRAINT ck_bookings_bookingstate")
    op.execute(f"ALTER TABLE bookings ADD CONSTRAINT ck_bookings_bookingstate CHECK ({after})")
