"""A session booked so late that all was due at once: no more than its deposit is at stake."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from studio.booking import service
from studio.booking.account import dated
from studio.booking.models import Booking
from studio.booking.service import AlterRequest, Cancellation, Charge, Wish
from studio.db import db
from studio.domain.money import Money
from studio.domain.pricing import LineKind
from studio.domain.terms import CalledOffBy, Figures
from studio.payments import ledger
from tests import factories
from tests.booking.test_companies import acme, covered
from tests.booking.test_invoicing import paid_by_card
from tests.browsing import Browser
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.payment_gateway import FakeGateway

DEPOSIT, REST = 19750, 19750
LATE: dict[str, Any] = {"balance_hours_before": 21 * 24}
BY = "Manager Person"


@pytest.fixture
def late(database: None, gateway: FakeGateway) -> Booking:
    """A session of 395 pounds in two weeks, whose balance was due a week ago: it is all paid."""
    printed = factories.an_add_on(name="Print", minutes=0, price=2500)
    booking = factories.a_hold(factories.a_bookable_package(add_ons=[printed], **LATE))
    assert ledger.owed(db.session(), booking.id, "GBP").minor == 39500
    return paid_by_card(booking, gateway)


def ahead(booking: Booking, clock: Clock, **before: float) -> None:
    clock.set(booking.starts_at - timedelta(**before))


def cancel(booking: Booking) -> Money:
    shown = Figures(REST, kept=DEPOSIT)
    told = Cancellation(called_off_by=CalledOffBy.CLIENT, reason="", shown=shown, actor="client")
    return service.cancel_booking(booking.id, told)


@pytest.mark.parametrize("days", [12, 1])
def test_cancelled_its_share_is_kept_and_the_rest_comes_back(
    late: Booking, clock: Clock, days: int
) -> None:
    ahead(late, clock, days=days)

    assert cancel(late).minor == REST


def test_missed_its_share_is_kept(late: Booking, clock: Clock) -> None:
    ahead(late, clock, hours=-1)

    assert service.say_nobody_came(late.id, Figures(REST, kept=DEPOSIT), by=BY).minor == REST


def test_moved_on_the_last_day_it_costs_a_deposit_and_not_the_price(
    late: Booking, clock: Clock
) -> None:
    ahead(late, clock, hours=23)
    later = TEN_FIFTEEN + timedelta(days=7)
    service.move_own_session(late.id, starts_at=later, away_from=TEN_FIFTEEN, fee_shown=DEPOSIT)

    db.session.rollback()
    assert ledger.owed(db.session(), late.id, "GBP").minor == DEPOSIT


def test_what_is_added_later_raises_nothing(late: Booking, clock: Clock) -> None:
    extra = Charge(
        label="One more picture", amount=Money(10000, "GBP"), kind=LineKind.EXTRA,
        due_at=clock.now(), by=BY,
    )  # fmt: skip
    service.add_charge(late.id, extra)

    booking = factories.booking_of(late.reference)
    assert dated(db.session(), booking).account.deposit.minor == DEPOSIT


def stake(booking: Booking) -> int:
    db.session.rollback()
    return dated(db.session(), factories.booking_of(booking.reference)).account.deposit.minor


def altered(booking: Booking, prints: int) -> None:
    booking = factories.booking_of(booking.reference)
    slug = booking.package.add_ons[0].slug
    wish = Wish(package=booking.package.slug, people=1, add_ons={slug: prints})
    service.alter_booking(booking.id, AlterRequest(wish=wish, by=BY))


def test_a_print_that_its_client_adds_raises_nothing(late: Booking) -> None:
    slug = factories.booking_of(late.reference).package.add_ons[0].slug
    service.add_own_extra(late.id, slug, price_shown=2500)

    assert stake(late) == DEPOSIT


def test_what_the_studio_changes_raises_nothing_either(late: Booking) -> None:
    altered(late, 2)
    assert stake(late) == DEPOSIT
    altered(late, 1)
    assert stake(late) == DEPOSIT


def test_nor_where_a_company_pays(database: None) -> None:
    factories.a_studio()
    acme()
    printed = factories.an_add_on(name="Print", minutes=0, price=2500)
    booking = covered(package=factories.a_bookable_package(add_ons=[printed], **LATE))
    assert stake(booking) == DEPOSIT
    altered(booking, 1)

    assert stake(booking) == DEPOSIT


def test_a_company_loses_no_more_either(database: None, clock: Clock) -> None:
    factories.a_studio()
    acme()
    booking = covered(package=factories.a_bookable_package(**LATE))
    ahead(booking, clock, days=3)

    cancel(booking)

    known = factories.booking_of(booking.reference).covered
    assert known is not None
    assert known.kept_minor == DEPOSIT


def test_it_is_said_before_anybody_books(app: Flask, browser: Browser) -> None:
    with app.app_context():
        ready = factories.an_add_on(name="Make-up", minutes=0, price=8000, before_minutes=15)
        slug = factories.a_bookable_package(add_ons=[ready], **LATE).slug
        chosen = f"add_on={ready.slug}&month=2026-12&day=2026-12-08"
    page = browser.get(f"/book/{slug}?{chosen}")

    assert "we keep your deposit of £237.50" in page.words
    assert "and £80 for the person booked to get you ready" in page.words
    assert "beyond that comes back" in page.words
