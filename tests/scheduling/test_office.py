from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.accounts.permissions import Role
from studio.booking.models import Booking
from studio.db import db, epoch
from studio.domain.lifecycle import BookingState
from studio.scheduling import service
from studio.scheduling.models import (
    Allocation,
    Block,
    CalendarLock,
    HoursOverride,
    OpeningHours,
    ResourceKind,
)
from studio.scheduling.service import NotTheirs, OtherHours, TimeOff
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import START, Clock


class House(NamedTuple):
    """The studio of these tests: Amara, Bo, and the room of the one package."""

    amara: int
    bo: int
    room: int


@pytest.fixture
def house(app: Flask, rolled_back: None) -> House:
    with app.app_context():
        package = factories.a_bookable_package(deposit_percent=0)
        room = package.package_sets[0].set.rooms[0].id
        amara = db.session.scalars(
            select(Allocation.resource_id).where(
                Allocation.booking_id == factories.a_confirmed_booking(package).id,
                Allocation.resource_id != room,
                Allocation.exclusive,
            )
        ).one()
        return House(amara, factories.a_photographer("Bo Lind").id, room)


@pytest.fixture
def office(app: Flask, house: House) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def count(app: Flask, table: type[Block | HoursOverride | OpeningHours]) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count(table.id))) or 0)


def hours_of(app: Flask, resource: int) -> list[tuple[int, int, int]]:
    with app.app_context():
        rows = db.session.scalars(
            select(OpeningHours)
            .where(OpeningHours.resource_id == resource)
            .order_by(OpeningHours.weekday, OpeningHours.opens_minute)
        )
        return [(row.weekday, row.opens_minute, row.closes_minute) for row in rows]


def send(office: Browser, path: str, status: int = 303, **fields: str) -> Page:
    page = office.get(path)
    return office.submit(page, fields, status=status)


def still_booked(app: Flask) -> bool:
    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
        rows = db.session.scalar(select(func.count(Allocation.id)))
        return booking.state is BookingState.CONFIRMED and rows == 2


def test_the_page_shows_the_week_of_everybody(office: Browser, house: House) -> None:
    words = office.get("/office/studio").words
    assert "Amara Vale" in words
    assert "09:00-18:00" in words
    assert "North Light" in words
    assert "Booked, but not in these hours" not in words


def test_a_week_is_changed_for_one_and_leaves_the_others(
    app: Flask, office: Browser, house: House
) -> None:
    others = hours_of(app, house.bo)
    page = send(
        office,
        f"/office/studio/hours/{house.amara}",
        monday="closed",
        tuesday="14:00-18:00, 9-13",
        wednesday="18:00-02:00",
        sunday="",
    )
    assert "The hours of Amara Vale are saved." in office.follow(page).words
    changed = hours_of(app, house.amara)
    assert [each for each in changed if each[0] < 4] == [
        (2, 540, 780),
        (2, 840, 1080),
        (3, 1080, 120),
    ]
    assert hours_of(app, house.bo) == others


def test_saving_a_week_unchanged_changes_nothing(app: Flask, office: Browser, house: House) -> None:
    before = hours_of(app, house.amara)
    send(office, f"/office/studio/hours/{house.amara}")
    assert hours_of(app, house.amara) == before


def test_odd_hours_are_refused_and_kept_as_typed(app: Flask, office: Browser, house: House) -> None:
    before = hours_of(app, house.amara)
    for typed in ["9-25", "9-13, 12-18", "x" * 121, "a\x00b", "\uff19-13", "mornings"]:
        path = f"/office/studio/hours/{house.amara}"
        page = send(office, path, 422, monday="10-11", tuesday=typed)
        assert page.one("#tuesday-error").text.strip(), typed
        fields = page.fields(page.form())
        assert fields["tuesday"] == typed.replace("\x00", "")
        assert fields["monday"] == "10-11"
    assert hours_of(app, house.amara) == before


def test_hours_that_contradict_a_session_leave_it_booked_and_say_so(
    app: Flask, office: Browser, house: House
) -> None:
    page = office.follow(send(office, f"/office/studio/hours/{house.amara}", tuesday="12:00-18:00"))
    assert "1 booked session does not fit" in page.words
    assert "Tuesday 8 December, 10:15" in page.words
    assert "Amara Vale is not working then" in page.words
    assert still_booked(app)
    # It stays on the page until it is resolved, and goes when it is.
    assert "Booked, but not in these hours" in office.get("/office/studio").words
    page = office.follow(send(office, f"/office/studio/hours/{house.amara}", tuesday="10:00-18:00"))
    assert "Every booked session still fits." in page.words
    assert "Booked, but not in these hours" not in page.words


def test_time_off_closes_the_wall_clocks_time(
    app: Flask, office: Browser, house: House, clock: Clock
) -> None:
    page = send(
        office,
        "/office/studio/time-off",
        whom=str(house.bo),
        since="2027-06-01T09:00",
        until="2027-06-02T12:30",
        note="Dentist & rest",
    )
    with app.app_context():
        block = db.session.scalars(select(Block)).one()
        assert block.busy_from == epoch(datetime(2027, 6, 1, 8, 0, tzinfo=UTC))
        assert block.busy_to == epoch(datetime(2027, 6, 2, 11, 30, tzinfo=UTC))
    words = office.follow(page).words
    assert "Bo Lind" in words
    assert "Tue 1 Jun, 09:00" in words
    assert "Dentist & rest" in words
    clock.set(datetime(2027, 6, 2, 11, 31, tzinfo=UTC))
    people.sign_in(office, "manager@example.com")
    assert "Dentist" not in office.get("/office/studio").words


def test_time_off_over_a_session_keeps_it_and_says_so(
    app: Flask, office: Browser, house: House
) -> None:
    fields: dict[str, Any] = {"since": "2026-12-08T11:00", "until": "2026-12-08T18:00"}
    page = office.follow(send(office, "/office/studio/time-off", whom=str(house.room), **fields))
    assert "1 booked session does not fit" in page.words
    assert "is off" in page.words
    assert still_booked(app)
    removed = office.submit(page, form="time-off")
    assert "Every booked session still fits." in office.follow(removed).words
    assert count(app, Block) == 0


def test_time_off_that_touches_a_session_only_at_its_end_is_no_contradiction(
    office: Browser, house: House
) -> None:
    fields: dict[str, Any] = {"since": "2026-12-08T11:15", "until": "2026-12-08T18:00"}
    page = send(office, "/office/studio/time-off", whom=str(house.amara), **fields)
    assert "Every booked session still fits." in office.follow(page).words


BAD_TIME_OFF = [
    ({"until": "2026-12-01T09:00"}, "until"),
    ({"until": "2026-12-02T09:00", "since": "2026-12-03T09:00"}, "until"),
    ({"since": "2020-01-01T09:00", "until": "2020-01-02T09:00"}, "until"),
    ({"until": "2028-12-02T09:00"}, "until"),
    ({"since": "tomorrow"}, "since"),
    ({"since": ""}, "since"),
    ({"since": "2026-13-01T09:00"}, "since"),
    ({"whom": "999999"}, "whom"),
    ({"whom": "studio"}, "whom"),
    ({"whom": "x\x00"}, "whom"),
    ({"note": "x" * 121}, "note"),
    ({"note": "a\u202eb"}, "note"),
]


def test_odd_time_off_is_refused_in_words(app: Flask, office: Browser, house: House) -> None:
    fields: dict[str, Any] = {
        "whom": str(house.bo),
        "since": "2026-12-01T09:00",
        "until": "2026-12-01T17:00",
        "note": "Holiday",
    }
    for changes, field in BAD_TIME_OFF:
        page = send(office, "/office/studio/time-off", 422, **fields | changes)
        assert page.one(f"#{field}-error").text.strip(), changes
        kept = page.fields(page.form())
        if field != "note":
            assert kept["note"] == "Holiday", changes
        if field == "until":
            assert kept["until"] == changes["until"]
    assert count(app, Block) == 0


def test_the_hour_that_spring_skips_is_no_time_off(
    app: Flask, office: Browser, house: House
) -> None:
    fields: dict[str, Any] = {"since": "2027-03-28T01:00", "until": "2027-03-28T02:00"}
    page = send(office, "/office/studio/time-off", 422, whom=str(house.bo), **fields)
    assert page.one("#until-error")
    assert count(app, Block) == 0


def test_the_studio_is_closed_for_a_range_and_opens_again(
    app: Flask, office: Browser, house: House
) -> None:
    page = office.follow(
        send(
            office,
            "/office/studio/dates",
            whom="studio",
            first_on="2026-12-07",
            last_on="2026-12-11",
            note="New floor",
        )
    )
    assert "Mon 7 Dec to Fri 11 Dec 2026" in page.words
    assert "1 booked session does not fit" in page.words
    assert len(page.all(".alert li")) == 2  # the photographer and the room
    assert still_booked(app)
    removed = office.follow(office.submit(page, form="/dates/"))
    assert "Every booked session still fits." in removed.words
    assert count(app, HoursOverride) == 0


def test_other_hours_of_several_spans_are_one_line_and_go_together(
    app: Flask, office: Browser, house: House
) -> None:
    fields: dict[str, Any] = {"whom": str(house.bo), "first_on": "2026-12-24", "last_on": ""}
    send(office, "/office/studio/dates", hours="18-20", **fields)
    page = office.follow(send(office, "/office/studio/dates", hours="9-11, 13-14", **fields))
    assert "09:00-11:00, 13:00-14:00" in page.words
    assert "18:00-20:00" not in page.words
    assert count(app, HoursOverride) == 2
    office.submit(page, form="/dates/")
    assert count(app, HoursOverride) == 0


BAD_DATES = [
    ({"first_on": "2026-12-24", "last_on": "2026-12-23"}, "last_on"),
    ({"first_on": "2026-11-01", "last_on": "2026-11-22"}, "first_on"),
    ({"last_on": "2028-12-24"}, "last_on"),
    ({"first_on": ""}, "first_on"),
    ({"first_on": "2026-02-30"}, "first_on"),
    ({"whom": "studio", "hours": "9-12"}, "hours"),
    ({"hours": "noon"}, "hours"),
    ({"whom": "0"}, "whom"),
    ({"note": "\x07"}, "note"),
]


def test_odd_dates_are_refused_in_words(app: Flask, office: Browser, house: House) -> None:
    fields: dict[str, Any] = {
        "whom": str(house.bo),
        "first_on": "2026-12-24",
        "last_on": "",
        "hours": "9-12",
    }
    for changes, field in BAD_DATES:
        page = send(office, "/office/studio/dates", 422, **fields | changes)
        assert page.one(f"#{field}-error").text.strip(), changes
    assert count(app, HoursOverride) == 0


def test_a_range_that_ends_today_can_still_be_closed(
    app: Flask, office: Browser, house: House
) -> None:
    send(office, "/office/studio/dates", whom="studio", first_on="2026-11-20", last_on="2026-11-23")
    assert count(app, HoursOverride) == 1


def test_every_change_queues_behind_claims(app: Flask, house: House) -> None:
    with app.app_context():

        def version() -> int:
            return db.session.scalars(select(CalendarLock.version)).one()

        before = version()
        service.set_weekly_hours(house.bo, {1: [(540, 1080)]})
        service.add_override(OtherHours(house.bo, date(2026, 12, 24), date(2026, 12, 24), (), ""))
        service.remove_override(db.session.scalars(select(HoursOverride.id)).one())
        service.block_time(TimeOff(house.bo, START, START + timedelta(hours=1), ""))
        service.remove_block(db.session.scalars(select(Block.id)).one())
        db.session.rollback()
        assert version() == before + 5


def test_removing_what_is_gone_is_fine(office: Browser, house: House) -> None:
    page = office.get("/office/studio/time-off")
    token = {"csrf_token": page.fields(page.form())["csrf_token"]}
    office.post("/office/studio/time-off/77/remove", token, 303)
    office.post("/office/studio/dates/77/remove", token, 303)
    office.post(f"/office/studio/dates/{2**63}/remove", token, 404)


def test_equipment_has_no_hours(app: Flask, office: Browser, house: House) -> None:
    with app.app_context():
        lamps = factories.a_resource(ResourceKind.POOL, name="Lamps", capacity=3).id
        with pytest.raises(ValueError, match="equipment"):
            service.set_weekly_hours(lamps, {})
    office.get(f"/office/studio/hours/{lamps}", 404)
    office.get("/office/studio/hours/999999", 404)


def test_a_photographer_sees_and_closes_their_own_time_only(app: Flask, house: House) -> None:
    with app.app_context():
        for who, note in ((house.amara, "Amara is off"), (house.bo, "Bo is off")):
            service.block_time(
                TimeOff(who, START + timedelta(days=1), START + timedelta(days=2), note)
            )
        theirs, other = (
            db.session.scalars(select(Block.id).where(Block.resource_id == each)).one()
            for each in (house.bo, house.amara)
        )
        service.add_override(OtherHours(house.amara, date(2026, 12, 8), date(2026, 12, 8), (), "A"))
    bo = people.signed_in(app, Role.PHOTOGRAPHER, house.bo)
    page = bo.get("/office/studio")
    assert "Bo is off" in page.words
    assert "Amara" not in page.words  # nor her session that contradicts her hours
    assert not page.all("a[href*='/hours/']")
    bo.get(f"/office/studio/hours/{house.bo}", 403)
    bo.get("/office/studio/dates", 403)

    form = bo.get("/office/studio/time-off")
    assert [option["value"] for option in form.all("#whom option")] == [str(house.bo)]
    fields: dict[str, Any] = {"since": "2026-12-08T09:00", "until": "2026-12-08T12:00"}
    bo.submit(form, {"whom": str(house.amara), **fields}, status=422)
    token = {"csrf_token": form.fields(form.form())["csrf_token"]}
    bo.post(f"/office/studio/time-off/{other}/remove", token, 404)
    assert count(app, Block) == 2
    bo.submit(form, {"whom": str(house.bo), **fields})
    bo.post(f"/office/studio/time-off/{theirs}/remove", token, 303)
    assert count(app, Block) == 2


def test_the_use_case_itself_keeps_photographers_to_their_own(app: Flask, house: House) -> None:
    with app.app_context():
        off = TimeOff(house.amara, START, START + timedelta(hours=1), "")
        with pytest.raises(NotTheirs):
            service.block_time(off, within=house.bo)
        service.block_time(off)
        with pytest.raises(NotTheirs):
            service.remove_block(db.session.scalars(select(Block.id)).one(), within=house.bo)
        assert db.session.scalar(select(func.count(Block.id))) == 1


def test_a_session_past_midnight_fits_hours_past_midnight(app: Flask, house: House) -> None:
    with app.app_context():
        week = {day: [(9 * 60, 2 * 60)] for day in range(1, 8)}
        assert service.set_weekly_hours(house.amara, week) == []
