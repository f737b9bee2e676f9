"""The office's page about the studio itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking import sale
from studio.catalogue.models import AddOn, Package
from studio.db import db, epoch
from studio.domain.availability import Gaps
from studio.office.facts import service
from studio.office.facts.service import AlreadySold, Facts
from studio.ports import ports
from studio.scheduling import openings
from studio.scheduling.models import Block, CalendarLock, Studio
from tests import factories, people
from tests.browsing import Browser, Page
from tests.factories import DAY

PATH = "/office/studio/facts"

AS_IT_IS = Facts(
    name="North Light",
    tagline="",
    intro="Headshots and portraits by daylight.",
    address="3 Lantern Yard\nLondon E8 0ZZ",
    directions="Through the green gate.",
    phone="020 7946 0123",
    email="hello@northlight.example",
    zone="Europe/London",
    zone_city="London",
    currency="GBP",
    arrive_minutes=10,
    quiet=(1200, 480),
    day_sheet_minute=1080,
    max_per_day=None,
    gaps=Gaps.ANY,
    legal_name="",
    legal_address="",
    tax_number="",
    company_number="",
    invoice_footer="",
    how_to_pay="",
)


@pytest.fixture
def office(app: Flask, rolled_back: None) -> Browser:
    with app.app_context():
        factories.a_studio()
    return people.signed_in(app, Role.MANAGER)


def stored(app: Flask) -> dict[str, Any]:
    with app.app_context():
        row = db.session.get_one(Studio, 1)
        return {column.name: getattr(row, column.name) for column in Studio.__table__.columns}


def send(office: Browser, status: int = 303, /, **fields: Any) -> Page:
    return office.submit(office.get(PATH), fields, status=status)


def test_saving_unchanged_changes_nothing(app: Flask, office: Browser) -> None:
    before = stored(app)
    send(office)
    assert stored(app) == before


def test_what_is_typed_is_saved_and_clients_read_it(app: Flask, office: Browser) -> None:
    before = stored(app)

    page = send(
        office, name="South Light", tagline="By the sea", intro="Come in.\nSit down.",
        address="1 Pier\nBrighton", directions="Down the **steps**.", phone="+44 1273 496 0000",
        email="hello@southlight.example", zone_city="Brighton", arrive_minutes="0",
        quiet_from="21:30", quiet_to="07:05", day_sheet_minute="19:30", max_per_day="9",
        gaps="prefer",
        legal_name="South Light Ltd", legal_address="2 Law Street\nHove", tax_number="GB 000",
        company_number="0123", invoice_footer="Thank you.", how_to_pay="Cash.\nSort code 00-00-00",
    )  # fmt: skip

    assert "The studio is saved." in office.follow(page).words
    assert stored(app) == before | {
        "name": "South Light",
        "tagline": "By the sea",
        "intro": "Come in.\nSit down.",
        "address": "1 Pier\nBrighton",
        "directions": "Down the **steps**.",
        "phone": "+44 1273 496 0000",
        "email": "hello@southlight.example",
        "zone_city": "Brighton",
        "arrive_minutes": 0,
        "quiet_from_minute": 21 * 60 + 30,
        "quiet_to_minute": 7 * 60 + 5,
        "day_sheet_minute": 19 * 60 + 30,
        "max_per_day": 9,
        "gaps": Gaps.PREFER,
        "legal_name": "South Light Ltd",
        "legal_address": "2 Law Street\nHove",
        "tax_number": "GB 000",
        "company_number": "0123",
        "invoice_footer": "Thank you.",
        "how_to_pay": "Cash.\nSort code 00-00-00",
    }
    words = Browser(app).get("/").words
    assert "South Light" in words
    assert "Times are Brighton time" in words


BAD = [
    ("name", ""),
    ("name", "x" * 81),
    ("name", "two\nlines"),
    ("tagline", "x" * 121),
    ("legal_name", "two\nlines"),
    ("legal_address", "x" * 301),
    ("tax_number", "x" * 41),
    ("company_number", "turned\u202earound"),
    ("invoice_footer", "x" * 601),
    ("how_to_pay", "x" * 1001),
    ("intro", ""),
    ("address", ""),
    ("address", "turned\u202earound"),
    ("phone", ""),
    ("phone", "call us"),
    ("email", "hello"),
    ("email", "a@b@c.example"),
    ("zone", ""),
    ("zone", "Mars/Olympus"),
    ("zone", "GMT"),
    ("zone", "../etc/passwd"),
    ("zone", "Europe/Lon\x00don"),
    ("zone_city", ""),
    ("currency", "POUND"),
    ("currency", "ZZZ"),
    ("currency", ""),
    ("arrive_minutes", "31"),
    ("arrive_minutes", "-1"),
    ("quiet_from", "24:00"),
    ("quiet_from", "8"),
    ("day_sheet_minute", ""),
    ("quiet_to", "\uff10\uff18:00"),
    ("max_per_day", "0"),
    ("max_per_day", "ten"),
    ("gaps", "never"),
]


def test_bad_input_is_refused_beside_the_field_and_nothing_typed_is_lost(
    app: Flask, office: Browser
) -> None:
    before = stored(app)
    for field, typed in BAD:
        page = send(office, 422, **{"directions": "Kept.", field: typed})
        assert page.one(f"#{field}-error").text.strip(), (field, typed)
        shown = page.fields(page.form())
        assert shown["directions"] == "Kept.", (field, typed)
        if field != "gaps":
            printable = typed.replace("\x00", "").replace("\u202e", "")
            assert shown[field].lstrip("\r\n") == printable, (field, typed)
    assert stored(app) == before


def test_an_unknown_clock_is_answered_in_a_sentence(office: Browser) -> None:
    page = send(office, 422, zone="Mars/Olympus")
    assert "We know no such clock." in page.one("#zone-error").text


def test_until_something_is_booked_clock_and_currency_can_be_chosen(
    app: Flask, office: Browser
) -> None:
    with app.app_context():
        add_on = factories.an_add_on(price=6050).id
        package = factories.a_bookable_package(
            price_minor=39549, price_per_extra_minor=50, step_minutes=60
        )
        ids, slug = (package.id, add_on), package.slug
        place = factories.a_place(fee_minor=2000, currency="GBP")

    page = send(office, zone="america/new york", zone_city="New York", currency="jpy")

    assert "Prices keep their figures, in JPY now" in office.follow(page).words
    assert stored(app)["zone"] == "America/New_York"
    with app.app_context():
        known = db.session.get_one(Package, ids[0])
        assert (known.price_minor, known.price_per_extra_minor, known.currency) == (396, 1, "JPY")
        extra = db.session.get_one(AddOn, ids[1])
        assert (extra.price_minor, extra.currency) == (61, "JPY")
        db.session.add(place)
        assert (place.fee_minor, place.currency) == (20, "JPY")
        needs = sale.sale_of(db.session(), slug).needs
        starts = openings.starts_on(db.session(), needs, [DAY], ports().now())
        # Ten in New York: the hours are on the wall there.
        assert datetime.fromtimestamp(starts[0].at, UTC).hour == 15

    send(office, currency="KWD")
    with app.app_context():
        assert db.session.get_one(Package, ids[0]).price_minor == 396_000
        db.session.get_one(Package, ids[0]).price_minor = 396_010
        db.session.commit()
    # Of what a card is never charged a part, no part is left.
    send(office, currency="ISK")
    with app.app_context():
        assert db.session.get_one(Package, ids[0]).price_minor == 39_700


def test_time_off_keeps_the_times_it_names(app: Flask, office: Browser) -> None:
    with app.app_context():
        begin = datetime(2027, 3, 14, 2, 15, tzinfo=UTC)
        for at, long in ((begin, 15), (begin + timedelta(days=30), 60)):
            who = factories.a_photographer().id
            factories.kept(
                Block(resource_id=who, busy_from=epoch(at), busy_to=epoch(at) + long * 60)
            )

    send(office, zone="America/New_York")

    with app.app_context():
        spans = db.session.execute(
            select(Block.busy_from, Block.busy_to).order_by(Block.busy_from)
        ).all()
        # On the first night New York skips the hour, and the span stays one.
        assert [until - since for since, until in spans] == [15 * 60, 60 * 60]
        # 02:15 in London's winter; 03:15 in its summer.
        assert spans[1][0] == epoch(datetime(2027, 4, 13, 7, 15, tzinfo=UTC))


def test_where_a_clock_repeats_an_hour_time_off_does_not_vanish(
    app: Flask, office: Browser
) -> None:
    with app.app_context():
        # From half past one to the second half past one.
        at = epoch(datetime(2027, 10, 31, 0, 30, tzinfo=UTC))
        who = factories.a_photographer().id
        factories.kept(Block(resource_id=who, busy_from=at, busy_to=at + 3600))

    send(office, zone="America/New_York")

    with app.app_context():
        block = db.session.scalars(select(Block)).one()
        assert block.busy_to == block.busy_from + 60


def test_once_something_is_booked_clock_and_currency_stay(app: Flask, office: Browser) -> None:
    with app.app_context():
        factories.a_hold()
    page = office.get(PATH)
    assert "Times and prices have been agreed upon in these, so both stay." in page.words
    assert not page.all("[name=zone], [name=currency]")

    send(office, zone="America/New_York", currency="USD", tagline="Still here")

    assert stored(app)["zone"] == "Europe/London"
    assert stored(app)["currency"] == "GBP"
    assert stored(app)["tagline"] == "Still here"


def test_a_voucher_keeps_its_currency(app: Flask, office: Browser) -> None:
    office.submit(office.get("/office/codes/voucher"), {"amount": "50"})
    assert not office.get(PATH).all("[name=currency]")


def test_a_booking_made_while_the_page_is_open_fixes_them(app: Flask, office: Browser) -> None:
    with app.app_context():
        factories.a_hold()
        for other in (
            replace(AS_IT_IS, zone="America/New_York"),
            replace(AS_IT_IS, currency="USD"),
        ):
            with pytest.raises(AlreadySold):
                service.change_facts(other)


def test_it_queues_behind_claims(app: Flask, office: Browser) -> None:
    with app.app_context():
        version = select(CalendarLock.version)
        before = db.session.scalars(version).one()
        service.change_facts(replace(AS_IT_IS, max_per_day=2))
        db.session.rollback()
        assert db.session.scalars(version).one() == before + 1


def test_a_limit_holds_at_once(app: Flask, office: Browser) -> None:
    with app.app_context():
        package = factories.a_bookable_package()
        address = f"/book/{package.slug}?day={DAY}"
        factories.a_hold(package)
    assert "Nothing is free on this day." not in Browser(app).get(address).words

    send(office, max_per_day="1")

    assert "Nothing is free on this day." in Browser(app).get(address).words
