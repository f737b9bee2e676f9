from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from studio.accounts.models import User
from studio.accounts.permissions import Role
from studio.accounts.service import check_password
from studio.booking.models import Booking, BookingEvent, BookingLine
from studio.catalogue.models import ChooserText, SessionType
from studio.catalogue.queries import needs_of, packages, who_may_shoot
from studio.db import Base, db, epoch
from studio.demo.service import StudioExists, load
from studio.demo.sessions import Diary
from studio.domain.chooser_rules import rules_from
from studio.domain.lifecycle import BookingState
from studio.messaging.models import Message
from studio.payments.models import Due, LedgerEntry
from studio.prep.models import PrepGuide, PrepStep
from studio.scheduling import openings
from studio.scheduling.memory import memory
from studio.scheduling.models import Allocation, Photographer, Studio
from studio.scheduling.queries import photographers, the_studio
from tests.clock import START
from tests.demo.content import ADD_ONS, PACKAGES, STUDIO, TYPES

pytestmark = pytest.mark.usefixtures("database")

LONDON = ZoneInfo("Europe/London")
TODAY = START.astimezone(LONDON).date()
WEEK = 7


def count(table: type[Base]) -> int:
    return db.session.scalars(select(func.count()).select_from(table)).one()


def bookings() -> list[Booking]:
    return list(db.session.scalars(select(Booking).order_by(Booking.id)))


def local_day(booking: Booking) -> date:
    return booking.starts_at.astimezone(LONDON).date()


def test_all_of_the_content_is_there() -> None:
    load()
    studio = the_studio(db.session())
    assert (studio.name, studio.tagline) == (STUDIO["name"], STUDIO["tagline"])
    assert studio.address_lines == STUDIO["place"]["address"]
    on_sale = {each.slug: each for each in packages(db.session())}
    assert sorted(on_sale) == sorted(each["slug"] for each in PACKAGES)
    for each in PACKAGES:
        package = on_sale[each["slug"]]
        assert package.session_type.code == each["session_type"]
        assert package.price_minor == each["price_minor"]
        assert [s.set.slug for s in package.package_sets]
        assert {a.slug for a in package.add_ons} == {
            add_on["slug"] for add_on in ADD_ONS if package.slug in add_on["packages"]
        }
    assert count(PrepGuide) == len(TYPES)
    assert count(PrepStep) == 5 * len(TYPES)
    rules_from(db.session.scalars(select(ChooserText)).one().content)
    assert not bookings()


def test_a_track_that_extends_another_keeps_its_own_steps() -> None:
    load()
    kinds = {each.code: each.id for each in db.session.scalars(select(SessionType))}
    plans = {
        code: db.session.scalars(
            select(PrepStep.body).where(
                PrepStep.session_type_id == kinds[code], PrepStep.key == "plan"
            )
        ).one()
        for code in ("HS-STD", "HS-EXP", "HS-EXE")
    }
    assert plans["HS-STD"] == plans["HS-EXE"] != plans["HS-EXP"]


def test_people_sign_in_with_the_passwords_that_are_handed_over() -> None:
    sign_ins = load()
    for each in sign_ins:
        assert check_password(each.email, each.password, "127.0.0.1").role is each.role
    assert [each.role for each in sign_ins[:3]] == [Role.OWNER, Role.MANAGER, Role.PREP]
    assert Counter(each.role for each in sign_ins)[Role.PHOTOGRAPHER] == 3
    assert len({each.password for each in sign_ins}) == len(sign_ins)
    assert all(each.password not in repr(each) for each in sign_ins)
    people = {each.email: each for each in db.session.scalars(select(User))}
    assert sorted(people) == sorted(each.email for each in sign_ins)
    for who in photographers(db.session()):
        assert people[str(who.email)].photographer_id == who.id


def test_every_package_can_be_booked_within_its_horizon() -> None:
    load()
    for package in packages(db.session()):
        able = who_may_shoot(db.session(), package)
        days = [TODAY + timedelta(days=n) for n in range(package.horizon_days + 1)]
        starts = openings.starts_on(db.session(), needs_of(package, (), able), days, START)
        assert len(starts) > 20, package.slug


def test_a_second_load_is_refused_and_changes_nothing() -> None:
    load()
    known = (count(Studio), len(packages(db.session())), count(User))
    db.session.rollback()
    with pytest.raises(StudioExists):
        load(days=WEEK)
    assert (count(Studio), len(packages(db.session())), count(User)) == known
    assert not bookings()


@pytest.mark.parametrize("wrong", [{"photographers": 2}, {"fill": 0}, {"fill": 1.1}])
def test_what_cannot_be_made_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="three photographers"):
        load(**wrong)  # type: ignore[arg-type]
    assert count(Studio) == 0


def test_the_coming_days_fill_with_whole_bookings() -> None:
    load(days=WEEK)
    made = bookings()
    assert len(made) > 20
    assert {each.state for each in made} == {BookingState.CONFIRMED}
    assert {local_day(each) for each in made} == {
        TODAY + timedelta(days=n)
        for n in range(1, WEEK + 1)
        if (TODAY + timedelta(days=n)).isoweekday() != 7
    }
    for each in made:
        assert each.client is not None
        assert each.terms is not None
        assert each.guide_id is not None
        assert sum(line.total_minor for line in each.lines) == each.price_minor
        sold = [one.set_id for one in each.package.package_sets]
        assert [one.set_id for one in each.sets] == sold
        assert [one.kind for one in each.events] == ["held", "confirm"]
        assert each.package.people_min <= each.people <= each.package.people_max
        assert each.starts_at - each.created_at >= timedelta(hours=each.package.lead_hours)
    assert count(Due) == len(made)
    assert count(Message) == 0


def test_every_session_has_its_time_and_no_two_are_in_the_way() -> None:
    load(days=WEEK, photographers=5)
    taken = db.session.scalars(select(Allocation)).all()
    spans: dict[int, list[tuple[int, int]]] = {}
    for each in taken:
        if each.exclusive:
            spans.setdefault(each.resource_id, []).append((each.busy_from, each.busy_to))
    for of_one in spans.values():
        of_one.sort()
        assert all(a[1] <= b[0] for a, b in pairwise(of_one))
    by_booking: dict[int, set[int]] = {}
    for each in taken:
        by_booking.setdefault(each.booking_id, set()).add(each.resource_id)
    for booking in bookings():
        assert {booking.photographer_id, booking.room_id} <= by_booking[booking.id]
        [span] = {(a.busy_from, a.busy_to) for a in taken if a.booking_id == booking.id}
        assert span == (epoch(booking.starts_at), epoch(booking.ends_at))


def test_each_session_was_open_until_it_was_booked() -> None:
    """The engine would offer each again if only that one were away."""
    load(days=2)
    for booking in bookings():
        held = db.session.scalars(select(Allocation).where(Allocation.booking_id == booking.id))
        kept = [(each, each.expires_at) for each in held]
        for each, _ in kept:
            each.expires_at = epoch(booking.created_at)
        db.session.flush()
        memory().forget()  # written behind the calendar's back
        able = [db.session.get_one(Photographer, booking.photographer_id)]
        offered = openings.starts_on(
            db.session(),
            needs_of(booking.package, (), able),
            [local_day(booking)],
            booking.created_at,
        )
        found = next((s for s in offered if s.at == epoch(booking.starts_at)), None)
        assert found is not None
        assert booking.room_id in found.options[booking.photographer_id]
        for each, before in kept:
            each.expires_at = before
        db.session.flush()
    db.session.rollback()


def test_history_is_completed_and_paid() -> None:
    load(history=30)
    made = bookings()
    assert len(made) == 30
    assert {each.state for each in made} == {BookingState.COMPLETED}
    assert all(local_day(each) < TODAY for each in made)
    assert count(BookingLine) == 30
    assert count(BookingEvent) == 3 * 30
    paid = db.session.scalars(select(func.sum(LedgerEntry.amount_minor))).one()
    assert paid == sum(each.price_minor for each in made)
    assert count(Due) == 0


def test_more_photographers_have_names_of_their_own() -> None:
    load(photographers=9)
    people = photographers(db.session())
    assert len(people) == len({each.name for each in people}) == 9
    assert count(User) == 6
    assert all(each.skills and each.resource.hours for each in people)


def test_the_same_seed_makes_the_same_sessions() -> None:
    load()

    def made(seed: int) -> list[tuple[str, str, str, str]]:
        session = db.session()
        with session.begin_nested() as attempt:
            Diary(session, Random(seed), START).fill(2, 0.5)
            found = [
                (each.reference, each.local_time, each.photographer.slug, each.where)
                for each in bookings()
            ]
            attempt.rollback()
        return found

    first = made(5)
    assert len(first) > 5
    assert made(5) == first
    assert made(6) != first
