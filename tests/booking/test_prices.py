"""What a booking is sold for: taxes, times that cost more, and the way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from studio.booking.models import Booking
from studio.booking.service import HoldRequest, hold_time
from studio.catalogue.premiums import PremiumTimes
from studio.db import db
from studio.payments.models import Due
from tests import factories
from tests.browsing import Browser

pytestmark = pytest.mark.usefixtures("rolled_back")

TUESDAY = 2


def tuesdays_cost_more(percent: int = 20) -> None:
    factories.kept(PremiumTimes(label="Tuesday", percent=percent, weekdays=[TUESDAY]))


def lines_of(booking: Booking) -> list[tuple[str, int, int, int]]:
    return [
        (each.label, each.unit_minor * each.quantity, each.tax_minor, each.total_minor)
        for each in booking.lines
    ]


def test_every_line_keeps_its_tax_and_they_add_up(app: Flask) -> None:
    with app.app_context():
        factories.a_studio()
        tuesdays_cost_more()
        add_on = factories.an_add_on(price=6000, tax_percent=Decimal("5.5"))
        package = factories.a_bookable_package(add_ons=[add_on], people_max=3, people_included=1)
        package = factories.kept(package)
        booking = factories.a_hold(package, add_ons=[add_on.slug])

        assert lines_of(booking) == [
            ("Standard headshot", 39500, 6583, 39500),
            ("One more look", 6000, 313, 6000),
            ("Tuesday", 7900, 1317, 7900),
        ]
        assert booking.price_minor == 53400
        assert [each.tax_percent for each in booking.lines] == [20, Decimal("5.5"), 20]
        dues = db.session.scalars(select(Due).where(Due.booking_id == booking.id)).all()
        assert sum(each.amount_minor for each in dues) == booking.price_minor


def test_tax_on_top_is_part_of_what_is_held_and_due(app: Flask) -> None:
    with app.app_context():
        factories.a_studio(tax_included=False, tax_name="Sales tax", tax_percent=Decimal("8.875"))
        package = factories.a_bookable_package(deposit_percent=100)
        held = hold_time(HoldRequest(package=package.slug, starts_at=factories.TEN_FIFTEEN))

        assert (held.price.minor, held.due_now.minor) == (43006, 43006)
        booking = factories.booking_of(held.reference)
        assert lines_of(booking) == [("Standard headshot", 39500, 3506, 43006)]
        assert booking.lines[0].tax_included is False


def test_the_way_to_a_place_is_a_line(app: Flask) -> None:
    with app.app_context():
        factories.a_studio()
        place = factories.a_place(fee_minor=7000, currency="GBP")
        booking = factories.a_hold(factories.a_bookable_package(place=place))

        assert lines_of(booking)[1] == ("Travel, Canal Park", 7000, 1167, 7000)
        assert booking.price_minor == 46500


def test_a_client_sees_what_a_time_costs_before_any_details(app: Flask, browser: Browser) -> None:
    with app.app_context():
        factories.a_studio()
        tuesdays_cost_more(10)
        slug = factories.a_bookable_package().slug

    dear = browser.get(f"/book/{slug}?day=2026-12-08").words
    assert "Tuesday" in dear
    assert "£39.50" in dear
    assert "£434.50" in dear
    cheap = browser.get(f"/book/{slug}?day=2026-12-09").words
    assert "£434.50" not in cheap


def test_times_of_one_day_that_differ_in_price_say_so(app: Flask, browser: Browser) -> None:
    with app.app_context():
        factories.a_studio()
        factories.kept(PremiumTimes(label="After four", percent=25, from_minute=16 * 60))
        slug = factories.a_bookable_package().slug

    page = browser.get(f"/book/{slug}?day=2026-12-08")
    slots = {each.text.split()[0]: each.text for each in page.all("label.slot")}
    assert "£395" in slots["10:15"]
    assert "£493.75" in slots["16:00"]
    assert "£395" in slots["15:45"]


def test_a_booking_keeps_the_price_it_was_sold_for(app: Flask) -> None:
    with app.app_context():
        booking = factories.a_hold()
        before = lines_of(booking)
        tuesdays_cost_more()
        again = factories.booking_of(booking.reference)

        assert lines_of(again) == before
