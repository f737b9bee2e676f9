"""A database with bookings goes down to what it was before money, and up again."""

from __future__ import annotations

from decimal import Decimal

from alembic import command
from flask import Flask
from sqlalchemy import insert, text

from studio import schema
from studio.booking import service
from studio.booking.models import Booking
from studio.catalogue.policies import PolicyVersion, in_force
from studio.db import db
from studio.domain.policy import Policy
from studio.payments import promos
from studio.payments.promos import promo_packages
from studio.scheduling import guards
from studio.scheduling.memory import memory
from tests import factories
from tests.booking.test_codes import a_promo

BEFORE_MONEY = "0006"


def counted() -> dict[str, int]:
    tables = ("bookings", "booking_lines", "dues", "allocations", "messages", "booking_events")
    with db.engine.connect() as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in tables
        }


def test_what_is_booked_stays_and_has_its_policy_and_taxes(migrated: Flask) -> None:
    booking = factories.a_confirmed_booking()
    reference = booking.reference
    before = counted()
    db.session.remove()
    command.downgrade(schema._config(), BEFORE_MONEY)
    assert counted() == before

    schema.migrate()
    memory().forget()
    guards.check(db.engine)
    assert counted() == before
    booking = db.session.query(Booking).filter_by(reference=reference).one()
    assert isinstance(booking.policy.policy, Policy)
    assert booking.policy.policy.credit_days == 90
    terms = booking.pay_terms
    assert (terms.deposit_percent, terms.balance_hours_before) == (0, 24)
    (line,) = booking.lines
    assert line.tax_percent == Decimal(20)
    assert (line.tax_minor, line.total_minor) == (6583, 39500)

    # The next version gets a number of its own.
    known = in_force(db.session(), "studio")
    factories.kept(
        PolicyVersion(
            key="studio", version=2, name="Later", rules=known.rules,
            created_at=factories.TEN_FIFTEEN,
        )
    )  # fmt: skip
    assert in_force(db.session(), "studio").version == 2


def test_whoever_has_a_code_keeps_it_as_it_is(migrated: Flask) -> None:
    promo, booking = a_promo(), factories.a_hold()
    row = {"promo_id": promo.id, "package_id": booking.package_id}
    db.session.execute(insert(promo_packages).values(row))
    db.session.commit()
    service.use_code(booking.id, "SPRING")
    booking_id, package_id, discount = booking.id, booking.package_id, promo.discount
    db.session.remove()
    command.downgrade(schema._config(), "0029")
    schema.migrate()
    memory().forget()

    kept = promos.of(db.session(), booking_id)
    assert kept is not None
    assert (kept.discount, kept.packages) == (discount, [package_id])
