"""A track of messages for each version of a guide, and who saved it."""

from alembic import op

from studio import schema

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OF_TYPE = 'UNIQUE (session_type_id, "key")'
OF_VERSION = 'UNIQUE (session_type_id, version, "key")'
OTHERS = "key, anchor, days, hours, minute, subject, prep_steps.body, prep_steps.essentials, guide_sections"
INTO = OTHERS.replace("prep_steps.", "")
NEWEST = """(
    SELECT max(version) FROM prep_guides
    WHERE prep_guides.session_type_id = prep_steps.session_type_id AND language = 'en'
)"""


def upgrade() -> None:
    op.execute("ALTER TABLE prep_guides ADD COLUMN saved_by VARCHAR DEFAULT '' NOT NULL")
    op.execute("ALTER TABLE prep_steps ADD COLUMN version BIGINT DEFAULT 1 NOT NULL")
    _unique(OF_TYPE, OF_VERSION)
    op.execute(f"UPDATE prep_steps SET version = coalesce({NEWEST}, 1)")
    op.execute(
        f"""INSERT INTO prep_steps (version, session_type_id, {INTO})
        SELECT prep_guides.version, prep_steps.session_type_id, {OTHERS}
        FROM prep_steps JOIN prep_guides
          ON prep_guides.session_type_id = prep_steps.session_type_id
          AND prep_guides.version <> prep_steps.version AND language = 'en'"""
    )


def downgrade() -> None:
    op.execute(f"DELETE FROM prep_steps WHERE version <> coalesce({NEWEST}, 1)")
    _unique(OF_VERSION, OF_TYPE)
    op.execute("ALTER TABLE prep_steps DROP COLUMN version")
    op.execute("ALTER TABLE prep_guides DROP COLUMN saved_by")


def _unique(before: str, after: str) -> None:
    """How steps are told apart: by their key within *after* instead of *before*."""
    names = {
        OF_TYPE: "uq_prep_steps_session_type_id_key",
        OF_VERSION: "uq_prep_steps_session_type_id_version_key",
    }
    if op.get_context().dialect.name != "sqlite":
        op.execute(f"ALTER TABLE prep_steps DROP CONSTRAINT {names[before]}")
        op.execute(f"ALTER TABLE prep_steps ADD CONSTRAINT {names[after]} {after}")
        return

    def reword(sql: str, kept: list[str]) -> schema.Reworded:
        new = sql.replace(f"{names[before]} {before}", f"{names[after]} {after}", 1)
        return new, {name: name for name in kept}

    schema.rebuild(op.get_bind(), {"prep_steps": reword})
