"""A message may go along with another one to the same person."""

import sqlalchemy as sa
from alembic import op

from studio import schema

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STATES = "'planned', 'held', 'claimed', 'data', 'sent', 'dead', 'skipped', 'cancelled'"
BEFORE = f"state IN ({STATES})"
AFTER = BEFORE.replace("'held', ", "'held', 'joined', ")
REFERS = ", \n\tCONSTRAINT fk_messages_into_id FOREIGN KEY(into_id) REFERENCES messages (id)"
COLUMN = "booking_id INTEGER"


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        schema.rebuild(op.get_bind(), {"messages": _joined})
    else:
        op.add_column("messages", sa.Column("into_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f("fk_messages_into_id"), "messages", "messages", ["into_id"], ["id"]
        )
        _allow(AFTER)
    op.create_index(op.f("ix_messages_into_id"), "messages", ["into_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_messages_into_id"), "messages")
    op.execute("UPDATE messages SET state = 'planned' WHERE state = 'joined'")
    if op.get_context().dialect.name == "sqlite":
        schema.rebuild(op.get_bind(), {"messages": _alone})
    else:
        op.drop_column("messages", "into_id")
        _allow(BEFORE)


def _allow(states: str) -> None:
    op.execute("ALTER TABLE messages DROP CONSTRAINT ck_messages_messagestate")
    op.execute(
        f"ALTER TABLE messages ADD CONSTRAINT ck_messages_messagestate CHECK ({states})"
    )


def _joined(sql: str, kept: list[str]) -> schema.Reworded:
    sql = sql.replace(BEFORE, AFTER, 1).replace(COLUMN, f"{COLUMN}, \n\tinto_id INTEGER", 1)
    sql = sql.rstrip().removesuffix(")").rstrip()
    return f"{sql}{REFERS}\n)", {name: name for name in kept}


def _alone(sql: str, kept: list[str]) -> schema.Reworded:
    sql = sql.replace(AFTER, BEFORE, 1).replace(f"{COLUMN}, \n\tinto_id INTEGER", COLUMN, 1)
    return sql.replace(REFERS, "", 1), {name: name for name in kept if name != "into_id"}
