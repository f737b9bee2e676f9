"""What a code took off when a booking used it: editing the code touches no booking."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

COLUMNS = {
    "code": "VARCHAR DEFAULT ''",
    "label": "VARCHAR DEFAULT ''",
    "percent": "BIGINT DEFAULT 0",
    "amount_minor": "BIGINT DEFAULT 0",
    "currency": "VARCHAR DEFAULT ''",
}


def upgrade() -> None:
    """Whoever has a code has it as it is now: what it was before is not known any more."""
    for name, kind in COLUMNS.items():
        op.execute(f"ALTER TABLE promo_uses ADD COLUMN {name} {kind} NOT NULL")
        op.execute(
            f"UPDATE promo_uses SET {name} = promo_codes.{name}"
            " FROM promo_codes WHERE promo_codes.id = promo_uses.promo_id"
        )
    op.execute("ALTER TABLE promo_uses ADD COLUMN packages JSON DEFAULT '[]' NOT NULL")
    sqlite = op.get_context().dialect.name == "sqlite"
    many = "json_group_array" if sqlite else "json_agg"
    op.execute(
        "UPDATE promo_uses SET packages ="
        f" (SELECT coalesce({many}(package_id), '[]') FROM promo_packages"
        " WHERE promo_packages.promo_id = promo_uses.promo_id)"
    )


def downgrade() -> None:
    for name in (*COLUMNS, "packages"):
        op.execute(f"ALTER TABLE promo_uses DROP COLUMN {name}")
