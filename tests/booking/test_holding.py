from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.booking import jobs, sale, service
from studio.booking.models import Booking
from studio.booking.sale import NotOffered
from studio.booking.service import HoldOver, HoldRequest, KeyReused, TooManyHolds
from studio.db import db, epoch
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.payments import ledger
from studio.scheduling import calendar, openings
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.models import Allocation, ResourceKind
from tests import factories
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.usefixtures("database")


def bookings() -> int:
    db.session.rollback()
    return db.session.scalars(select(func.count(Booking.id))).one()


def a_request(**changes: object) -> HoldRequest:
    package = factories.a_bookable_package()
    return replace(HoldRequest(package=package.slug, starts_at=TEN_FIFTEEN), **changes)  # type: ignore[arg-type]


def test_a_hold_takes_photographer_room_and_kit_until_it_runs_out(clock: Clock) -> None:
    kit = factories.a_resource(ResourceKind.POOL, capacity=2)
    package = factories.a_bookable_package(sets=[factories.a_set(equipment=[(kit, 1)])])

    booking = factories.a_hold(package)

    rows = db.session.scalars(select(Allocation)).all()
    assert {row.resource_id for row in rows} == {booking.photographer_id, booking.room_id, kit.id}
    assert {row.busy_to - row.busy_from for row in rows} == {3600}
    assert booking.hold_expires_at == clock.now() + timedelta(minutes=15)
    assert {row.expires_at for row in rows} == {int(booking.hold_expires_at.timestamp())}


def test_a_taken_time_is_refused_and_nothing_is_written() -> None:
    request = a_request()
    service.hold_time(request)

    with pytest.raises(StartNotOpen):
        service.hold_time(replace(request, starts_at=TEN_FIFTEEN + timedelta(minutes=30)))

    assert bookings() == 1


def test_who_asks_for_what_was_refused_waits_for_nobody_until_it_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Queued(Exception):
        pass

    def queue(_session: object) -> None:
        raise Queued

    request = a_request()
    held = service.hold_time(request)
    with pytest.raises(StartNotOpen):
        service.hold_time(request)

    with monkeypatch.context() as patch:
        patch.setattr(calendar, "queue", queue)
        for minutes in (0, 15):
            with pytest.raises(StartNotOpen):
                service.hold_time(
                    replace(request, starts_at=TEN_FIFTEEN + timedelta(minutes=minutes))
                )
        with pytest.raises(Queued):
            service.hold_time(replace(request, starts_at=TEN_FIFTEEN + timedelta(days=1)))

    service.release_hold(factories.booking_of(held.reference).id, by="client")
    monkeypatch.setattr(calendar, "queue", queue)
    with pytest.raises(Queued):
        service.hold_time(request)


def test_a_hold_that_ran_out_blocks_nobody_from_that_second(clock: Clock) -> None:
    request = a_request()
    service.hold_time(request)
    clock.advance(minutes=15, seconds=-1)
    with pytest.raises(StartNotOpen):
        service.hold_time(request)

    clock.advance(seconds=1)

    service.hold_time(request)
    assert bookings() == 2


def test_the_price_is_kept_as_it_was_sold() -> None:
    extra = factories.an_add_on(price=6000, minutes=20)
    package = factories.a_bookable_package(add_ons=[extra])

    booking = factories.a_hold(package, add_ons=[extra.slug])
    package.price_minor = 1
    db.session.commit()

    booking = factories.booking_of(booking.reference)
    assert booking.price == Money(45500, "GBP")
    assert booking.minutes == 80
    assert [line.total_minor for line in booking.lines] == [39500, 6000]
    owed = ledger.dues(db.session(), booking.id)
    assert [(due.purpose, due.amount_minor) for due in owed] == [
        ("deposit", 22750),
        ("balance", 22750),
    ]


def test_the_whole_price_is_due_when_the_balance_already_would_be(clock: Clock) -> None:
    package = factories.a_bookable_package(lead_hours=1)
    clock.set(TEN_FIFTEEN - timedelta(hours=23))

    booking = factories.a_hold(package)

    assert [due.amount_minor for due in ledger.dues(db.session(), booking.id)] == [39500]


def test_the_same_request_with_its_key_is_the_same_hold() -> None:
    request = a_request(key="from-the-form")

    first = service.hold_time(request)
    again = service.hold_time(request)

    assert first == again
    assert bookings() == 1


def test_the_key_with_another_request_is_refused() -> None:
    request = a_request(key="from-the-form")
    service.hold_time(request)

    with pytest.raises(KeyReused):
        service.hold_time(replace(request, starts_at=TEN_FIFTEEN + timedelta(hours=3)))


def test_a_key_whose_hold_ran_out_says_so(clock: Clock) -> None:
    request = a_request(key="from-the-form")
    service.hold_time(request)
    clock.advance(minutes=16)
    jobs.expire_holds()

    with pytest.raises(HoldOver):
        service.hold_time(request)


def test_an_extension_gives_ten_minutes_once(clock: Clock) -> None:
    booking = factories.a_hold()

    service.extend_hold(booking.id)

    booking = factories.booking_of(booking.reference)
    assert booking.hold_expires_at == clock.now() + timedelta(minutes=25)
    with pytest.raises(HoldOver):
        service.extend_hold(booking.id)


def test_a_hold_that_ran_out_expires_and_frees_its_time(clock: Clock) -> None:
    booking = factories.a_hold()
    clock.advance(minutes=15)

    assert jobs.expire_holds() == 1
    assert jobs.expire_holds() == 0

    booking = factories.booking_of(booking.reference)
    assert booking.state is BookingState.EXPIRED
    assert db.session.scalars(select(Allocation)).all() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"package": "no-such"}, "package"),
        ({"add_ons": ["no-such"]}, "add_ons"),
        ({"photographer": "nobody"}, "photographer"),
        ({"people": 4}, "people"),
    ],
)
def test_what_is_not_on_sale_is_named(changes: dict[str, object], field: str) -> None:
    request = a_request(**changes)

    with pytest.raises(NotOffered) as refusal:
        service.hold_time(request)

    assert refusal.value.field == field
    assert bookings() == 0


def test_one_address_holds_three_times_at_once(app: Flask, clock: Clock) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], rate_limits=True)
    try:
        request = a_request(held_by="one address")
        for hour in range(3):
            service.hold_time(replace(request, starts_at=TEN_FIFTEEN + timedelta(hours=2 * hour)))
        with pytest.raises(TooManyHolds):
            service.hold_time(replace(request, starts_at=TEN_FIFTEEN + timedelta(days=1)))
        clock.advance(minutes=15)
        service.hold_time(replace(request, starts_at=TEN_FIFTEEN + timedelta(days=1)))
    finally:
        app.extensions["settings"] = replace(app.extensions["settings"], rate_limits=False)


def test_what_a_hold_that_ran_out_leaves_is_worked_out_once(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = factories.a_bookable_package()
    factories.a_hold(package)
    db.session.rollback()
    needs = sale.sale_of(db.session(), package.slug).needs
    worked_out: list[object] = []
    work = openings._open

    def counted(*asked: Any) -> openings.Openings:
        worked_out.append(asked)
        return work(*asked)

    monkeypatch.setattr(openings, "_open", counted)

    def look() -> bool:
        found = openings.starts_on(db.session(), needs, [factories.DAY], clock.now())
        return epoch(TEN_FIFTEEN) in {each.at for each in found}

    assert [look() for _ in range(3)] == [False] * 3
    clock.advance(minutes=16)
    assert [look() for _ in range(3)] == [True] * 3
    assert len(worked_out) == 2
