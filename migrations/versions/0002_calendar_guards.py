"""The guards of the calendar and of history, and the one row that claims lock.

Frozen copies of what `studio/scheduling/guards.py` compares the database with.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE = [
    """CREATE TRIGGER allocation_guard_insert BEFORE INSERT ON allocations
BEGIN
  SELECT RAISE(ABORT, 'slot_taken')
   WHERE (SELECT coalesce(max(load), 0) FROM (
      SELECT (SELECT coalesce(sum(b.quantity), 0) FROM allocations b
               WHERE b.resource_id = NEW.resource_id AND b.id IS NOT NULL
                 AND b.busy_from <= p.at AND b.busy_to > p.at) AS load
        FROM (SELECT NEW.busy_from AS at UNION
              SELECT a.busy_from FROM allocations a
               WHERE a.resource_id = NEW.resource_id AND a.id IS NOT NULL
                 AND a.busy_from > NEW.busy_from AND a.busy_from < NEW.busy_to) p)
     ) + NEW.quantity > (SELECT capacity FROM resources WHERE id = NEW.resource_id);
END""",
    """CREATE TRIGGER allocation_guard_update BEFORE UPDATE OF resource_id, busy_from, busy_to, quantity ON allocations
BEGIN
  SELECT RAISE(ABORT, 'slot_taken')
   WHERE (SELECT coalesce(max(load), 0) FROM (
      SELECT (SELECT coalesce(sum(b.quantity), 0) FROM allocations b
               WHERE b.resource_id = NEW.resource_id AND b.id IS NOT OLD.id
                 AND b.busy_from <= p.at AND b.busy_to > p.at) AS load
        FROM (SELECT NEW.busy_from AS at UNION
              SELECT a.busy_from FROM allocations a
               WHERE a.resource_id = NEW.resource_id AND a.id IS NOT OLD.id
                 AND a.busy_from > NEW.busy_from AND a.busy_from < NEW.busy_to) p)
     ) + NEW.quantity > (SELECT capacity FROM resources WHERE id = NEW.resource_id);
END""",
    """CREATE TRIGGER resource_capacity_guard BEFORE UPDATE OF capacity ON resources
WHEN NEW.capacity < OLD.capacity
BEGIN
  SELECT RAISE(ABORT, 'capacity_in_use')
   WHERE (SELECT coalesce(max(load), 0) FROM (
      SELECT (SELECT sum(b.quantity) FROM allocations b
               WHERE b.resource_id = NEW.id
                 AND b.busy_from <= a.busy_from AND b.busy_to > a.busy_from) AS load
        FROM allocations a WHERE a.resource_id = NEW.id)) > NEW.capacity;
END""",
    """CREATE TRIGGER booking_events_keep_update BEFORE update ON booking_events
BEGIN SELECT RAISE(ABORT, 'history is not rewritten'); END""",
    """CREATE TRIGGER booking_events_keep_delete BEFORE delete ON booking_events
BEGIN SELECT RAISE(ABORT, 'history is not rewritten'); END""",
    """CREATE TRIGGER ledger_entries_keep_update BEFORE update ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'history is not rewritten'); END""",
    """CREATE TRIGGER ledger_entries_keep_delete BEFORE delete ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'history is not rewritten'); END""",
]

POSTGRES = [
    """CREATE FUNCTION allocation_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE cap bigint; peak bigint;
BEGIN
  SELECT capacity INTO cap FROM resources WHERE id = NEW.resource_id FOR NO KEY UPDATE;
  SELECT coalesce(max(l.load), 0) INTO peak FROM (
    SELECT (SELECT coalesce(sum(b.quantity), 0) FROM allocations b
             WHERE b.resource_id = NEW.resource_id AND b.id IS DISTINCT FROM NEW.id
               AND b.busy_from <= p.at AND b.busy_to > p.at) AS load
      FROM (SELECT NEW.busy_from AS at UNION
            SELECT a.busy_from FROM allocations a
             WHERE a.resource_id = NEW.resource_id AND a.id IS DISTINCT FROM NEW.id
               AND a.busy_from > NEW.busy_from AND a.busy_from < NEW.busy_to) p) l;
  IF peak + NEW.quantity > cap THEN
    RAISE EXCEPTION 'slot_taken' USING ERRCODE = '23P01';
  END IF;
  RETURN NEW;
END $$""",
    """CREATE FUNCTION resource_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE peak bigint;
BEGIN
  SELECT coalesce(max(l.load), 0) INTO peak FROM (
    SELECT (SELECT sum(b.quantity) FROM allocations b
             WHERE b.resource_id = NEW.id
               AND b.busy_from <= a.busy_from AND b.busy_to > a.busy_from) AS load
      FROM allocations a WHERE a.resource_id = NEW.id) l;
  IF peak > NEW.capacity THEN
    RAISE EXCEPTION 'capacity_in_use' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$""",
    """CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'history is not rewritten' USING ERRCODE = '23514';
END $$""",
    """CREATE TRIGGER allocation_capacity BEFORE INSERT OR UPDATE OF resource_id, busy_from, busy_to, quantity, exclusive ON allocations FOR EACH ROW WHEN (NOT NEW.exclusive) EXECUTE FUNCTION allocation_capacity()""",
    """CREATE TRIGGER resource_capacity BEFORE UPDATE OF capacity ON resources FOR EACH ROW WHEN (NEW.capacity < OLD.capacity) EXECUTE FUNCTION resource_capacity()""",
    """CREATE TRIGGER booking_events_keep BEFORE UPDATE OR DELETE ON booking_events FOR EACH ROW EXECUTE FUNCTION keep_history()""",
    """CREATE TRIGGER ledger_entries_keep BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION keep_history()""",
    """ALTER TABLE allocations ADD CONSTRAINT allocations_no_overlap EXCLUDE USING gist (int8range(resource_id, resource_id, '[]') WITH &&, int8range(busy_from, busy_to) WITH &&) WHERE (exclusive)""",
]


def upgrade() -> None:
    statements = SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRES
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)
    op.execute("INSERT INTO calendar_lock (id, version, taken) VALUES (1, 0, 0)")


def downgrade() -> None:
    op.execute("DELETE FROM calendar_lock")
    if op.get_bind().dialect.name == "sqlite":
        for name in [
            "allocation_guard_insert",
            "allocation_guard_update",
            "resource_capacity_guard",
            "booking_events_keep_update",
            "booking_events_keep_delete",
            "ledger_entries_keep_update",
            "ledger_entries_keep_delete",
        ]:
            op.execute(f"DROP TRIGGER {name}")
        return
    op.execute("ALTER TABLE allocations DROP CONSTRAINT allocations_no_overlap")
    for trigger, table in [
        ("allocation_capacity", "allocations"),
        ("resource_capacity", "resources"),
        ("booking_events_keep", "booking_events"),
        ("ledger_entries_keep", "ledger_entries"),
    ]:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for function in ("allocation_capacity", "resource_capacity", "keep_history"):
        op.execute(f"DROP FUNCTION {function}()")
