"""How migrations run: one transaction each, foreign keys off on SQLite while tables are rebuilt."""

from alembic import context
from flask import has_app_context

from studio.db import Base, db

if not has_app_context():  # run by alembic's own command, as when a migration is written
    from studio.app import create_app

    create_app().app_context().push()

with db.engine.connect() as connection:
    on_sqlite = connection.dialect.name == "sqlite"
    if on_sqlite:
        # A rebuilt table would take its children along; the setting is fixed once BEGIN is sent.
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")
    else:
        # Two machines may start at once; the second waits and finds nothing left to do.
        connection.exec_driver_sql("SET lock_timeout = '120s'")
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("SELECT pg_advisory_lock(7263546)")
        connection.commit()
    context.configure(
        connection=connection.execution_options(sqlite_begin="IMMEDIATE"),
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if on_sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"a migration would break references: {broken[:3]}")
    if on_sqlite:
        raw.execute("PRAGMA foreign_keys=ON")
    else:
        connection.exec_driver_sql("SELECT pg_advisory_unlock(7263546)")
        connection.commit()
