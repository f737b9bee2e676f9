"""Who and what is archived is offered no more; what is booked with it stays, and shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking import sale, service
from studio.booking.models import Booking
from studio.booking.sale import NotOffered
from studio.booking.service import Details, HoldRequest, MoveRequest
from studio.catalogue.models import AddOnResource, Package
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.ports import ports
from studio.scheduling import openings
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.contradictions import contradictions
from studio.scheduling.models import Allocation, Resource, ResourceKind, Set
from studio.scheduling.outside import service as outside
from studio.scheduling.overrides import OtherHours
from studio.scheduling.service import add_override
from tests import factories, people
from tests.browsing import Browser, Page
from tests.factories import DAY, TEN_FIFTEEN
from tests.office.conftest import Known

NOON = TEN_FIFTEEN.replace(hour=12, minute=0)


def archive(app: Flask, *resources: int) -> None:
    with app.app_context():
        for each in resources:
            row = db.session.get_one(Resource, each)
            row.archived_at = ports().now()
            factories.kept(row)


def free(app: Flask, known: Known, **asked: Any) -> tuple[set[int], set[int]]:
    """The photographers and the rooms that noon is open to."""
    with app.app_context():
        needs = sale.sale_of(db.session(), known.package, **asked).needs
        found = openings.starts_on(db.session(), needs, [DAY], ports().now())
        options = next((e.options for e in found if e.at == int(NOON.timestamp())), {})
        return set(options), {room for rooms in options.values() for room in rooms}


def slug(app: Flask, resource: int) -> str:
    with app.app_context():
        return db.session.get_one(Resource, resource).slug


def test_a_photographer_is_offered_to_nobody(app: Flask, manager: Browser, known: Known) -> None:
    assert free(app, known)[0] == {known.amara, known.bo}
    archive(app, known.amara)
    assert free(app, known)[0] == {known.bo}
    with app.app_context(), pytest.raises(NotOffered):
        sale.sale_of(db.session(), known.package, photographer=slug(app, known.amara))
    public = Browser(app)
    for path in (f"/packages/{known.package}", f"/book/{known.package}"):
        words = public.get(path).words
        assert "Amara" not in words, path
        assert "Bo" in words, path
    offers = public.client.get("/api/v1/packages").get_json()["packages"]
    assert [each["name"] for each in offers[0]["photographers"]] == ["Bo Lind"]
    for path in ("/office/desk", "/office/why", "/office/calendars", "/office/feeds"):
        assert "Amara" not in offered(manager.get(path)), path
        assert "Bo Lind" in offered(manager.get(path)), path


def offered(page: Page) -> str:
    return page.one("select[name=photographer]").text


def test_a_room_is_offered_to_nobody(app: Flask, known: Known) -> None:
    assert free(app, known)[1] == {known.room_a, known.room_b}
    archive(app, known.room_b)
    assert free(app, known)[1] == {known.room_a}
    archive(app, known.room_a)
    assert free(app, known) == (set(), set())


def test_with_no_artist_left_make_up_is_not_done_by_nobody(app: Flask, known: Known) -> None:
    assert free(app, known, add_ons=[known.make_up])[0]
    archive(app, known.kit)
    assert not free(app, known, add_ons=[known.make_up])[0]
    assert free(app, known)[0]


def test_of_two_artists_the_one_who_is_there_is_taken(app: Flask, known: Known) -> None:
    with app.app_context():
        other = factories.a_resource(ResourceKind.ARTIST, name="Ann Other").id
        both = factories.an_add_on(
            before_minutes=30,
            minutes=0,
            resources=[AddOnResource(resource_id=each) for each in (known.kit, other)],
        )
        package = db.session.scalars(select(Package)).one()
        package.add_ons.append(both)
        factories.kept(package)
        which = both.slug
    archive(app, known.kit)
    with app.app_context():
        # Staff who set hours aside get nobody either who is not there.
        (step,) = sale.sale_of(db.session(), known.package, add_ons=[which]).needs.before
        assert step.artists == (other,)
        held = service.hold_time(
            HoldRequest(package=known.package, starts_at=NOON, add_ons=[which])
        )
        booking = factories.booking_of(held.reference)
        rows = db.session.scalars(
            select(Allocation.resource_id).where(Allocation.booking_id == booking.id)
        )
        assert other in (took := set(rows))
        assert known.kit not in took


def test_what_was_read_before_does_not_bring_it_back(app: Flask, known: Known) -> None:
    """A request that read its rooms before they were archived is refused by the engine itself."""
    with app.app_context():
        needs = sale.sale_of(db.session(), known.package).needs
    archive(app, known.room_a, known.room_b)
    with app.app_context():
        assert openings.starts_on(db.session(), needs, [DAY], ports().now()) == []


def test_hours_on_single_dates_do_not_bring_it_back(app: Flask, known: Known) -> None:
    with app.app_context():
        for each in (known.amara, known.bo):
            add_override(OtherHours(each, DAY, DAY, ((9 * 60, 20 * 60),), ""))
    assert free(app, known)[0] == {known.amara, known.bo}
    with app.app_context():
        needs = sale.sale_of(db.session(), known.package).needs
    archive(app, known.amara)
    with app.app_context():
        found = openings.starts_on(db.session(), needs, [DAY], ports().now())
        assert {who for each in found for who in each.options} == {known.bo}


def test_what_is_booked_stays_and_is_told(app: Flask, manager: Browser, known: Known) -> None:
    archive(app, known.amara, known.room_a, known.kit)
    with app.app_context():
        booking = db.session.get_one(Booking, known.booking)
        assert booking.state is BookingState.CONFIRMED
        assert len(db.session.scalars(select(Allocation)).all()) == 3
        found = contradictions(db.session(), ports().now())
        assert {(each.resource, each.reason) for each in found} == {
            ("Amara Vale", "archived"),
            ("Room A", "archived"),
            ("Kit Moor", "archived"),
        }
    page = manager.get("/office/studio")
    assert "Amara Vale is archived" in page.words
    assert "Robin Ash" in page.words
    assert "Amara" not in page.all("table")[1].text  # the weekly hours
    session = manager.get(f"/office/sessions/{known.booking}").words
    assert "Amara Vale" in session
    assert "Room A" in session


def test_equipment_and_sets_that_are_archived_are_told_where_they_are_booked(
    app: Flask, manager: Browser, rolled_back: None
) -> None:
    with app.app_context():
        lamps = factories.a_resource(ResourceKind.POOL, name="Lamps", capacity=2)
        grey = factories.a_set(equipment=[(lamps, 1)], name="Grey seamless")
        factories.a_photographer()
        factories.a_confirmed_booking(factories.a_package(sets=[grey], deposit_percent=0))
        assert contradictions(db.session(), ports().now()) == []
        for each in (lamps, grey):
            each.archived_at = ports().now()
            factories.kept(each)
        found = contradictions(db.session(), ports().now())
        assert {(each.resource, each.reason) for each in found} == {
            ("Lamps", "archived"),
            ("Grey seamless", "archived"),
        }
    words = manager.get("/office/studio").words
    assert "Lamps is archived" in words
    assert "Grey seamless is archived" in words


@pytest.mark.parametrize("view", ["", "&by=room"])
def test_a_day_shows_who_is_archived_where_they_have_a_session(
    app: Flask, manager: Browser, known: Known, view: str
) -> None:
    archive(app, known.amara, known.room_a, known.kit)
    names = ("Room A", "Kit Moor") if view else ("Amara",)
    page = manager.get(f"/office/calendar?day=2026-12-08{view}").words
    assert all(each in page for each in ("Robin Ash", *names))
    for day in ("2026-12-07", "2026-12-09"):
        other = manager.get(f"/office/calendar?day={day}{view}").words
        assert not any(each in other for each in names)


def test_a_week_can_be_seen_of_who_is_archived(app: Flask, manager: Browser, known: Known) -> None:
    archive(app, known.amara)
    # Named while sessions lie ahead, and found by name for ever.
    assert "Amara Vale" in manager.get("/office/calendar?week=2026-12-01").words
    assert "Amara Vale" not in manager.get("/office/calendar?week=2026-12-15").words
    theirs = f"photographer={slug(app, known.amara)}"
    assert "Robin Ash" in manager.get(f"/office/calendar?week=2026-12-08&{theirs}").words
    assert "Amara Vale" in manager.get(f"/office/calendar?week=2026-12-15&{theirs}").words


def test_who_is_archived_still_sees_their_own_sessions(app: Flask, known: Known) -> None:
    theirs = people.signed_in(app, Role.PHOTOGRAPHER, known.amara)
    archive(app, known.amara)
    assert "Robin Ash" in theirs.get("/office/calendar?week=2026-12-08").words
    assert "Robin Ash" in theirs.get("/office/calendar?day=2026-12-08").words
    assert "Amara" in theirs.get("/office/calendar?day=2026-12-15").words


def test_a_session_is_moved_to_somebody_who_is_there(
    app: Flask, manager: Browser, known: Known
) -> None:
    archive(app, known.amara)
    page = manager.get(f"/office/sessions/{known.booking}/move")
    assert "Amara" not in offered(page)
    manager.submit(page, {"photographer": slug(app, known.bo)})
    with app.app_context():
        booking = db.session.get_one(Booking, known.booking)
        assert (booking.photographer_id, booking.starts_at) == (known.bo, TEN_FIFTEEN)
        assert not contradictions(db.session(), ports().now())


@pytest.mark.parametrize("named", [True, False])
def test_nothing_is_moved_to_who_is_archived(app: Flask, known: Known, named: bool) -> None:
    archive(app, known.amara)
    who = slug(app, known.amara) if named else None
    with app.app_context(), pytest.raises(StartNotOpen):
        service.move_booking(
            known.booking, MoveRequest(starts_at=NOON, photographer=who, by="Test")
        )


def test_a_hold_made_before_can_still_be_booked(app: Flask, known: Known) -> None:
    with app.app_context():
        held = service.hold_time(
            HoldRequest(package=known.package, starts_at=NOON, photographer=slug(app, known.amara))
        )
        booking = factories.booking_of(held.reference).id
    archive(app, known.amara)
    with app.app_context():
        service.check_out(booking, Details(name="Kim Vale", email="kim@client.example"))
        assert db.session.get_one(Booking, booking).state is BookingState.CONFIRMED


def test_a_calendar_elsewhere_is_read_no_more(app: Flask, manager: Browser, known: Known) -> None:
    with app.app_context():
        outside.add_calendar(known.amara, "https://calendar.example/secret-abcd.ics")
        assert len(outside.due(db.session(), ports().now())) == 1
    archive(app, known.amara)
    with app.app_context():
        assert outside.due(db.session(), ports().now()) == []
    page = manager.get("/office/calendars")
    assert "Not read while Amara is archived" in page.words
    assert not page.all("form[action$='/fetch']")
    assert page.all("form[action$='/remove']")


def test_a_month_is_shared_among_who_was_there(app: Flask, manager: Browser, known: Known) -> None:
    archive(app, known.amara)
    words = manager.get("/office/reports?month=2026-11").words
    assert "Amara Vale" in words  # she went in November
    with app.app_context():
        row = db.session.get_one(Resource, known.amara)
        row.archived_at = datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
        factories.kept(row)
    assert "Amara Vale" not in manager.get("/office/reports?month=2026-11").words
    assert "Amara Vale" in manager.get("/office/reports?month=2026-12").words  # her session


def test_a_package_is_not_put_on_sale_on_a_set_that_is_archived(
    app: Flask, manager: Browser, known: Known
) -> None:
    with app.app_context():
        package = db.session.scalars(select(Package)).one()
        package.archived_at = ports().now()
        row = db.session.scalars(select(Set)).one()
        row.archived_at = ports().now() - timedelta(days=1)
        factories.kept(row)
        which = package.id
    page = manager.get(f"/office/packages/{which}")
    refused = manager.submit(page, {"on_sale": "y"}, status=422)
    assert "is archived: choose another set" in refused.one("#set_1-error").text
    with app.app_context():
        assert db.session.get_one(Package, which).archived_at is not None
    manager.submit(page, {"name": "Another name"})


def test_a_set_that_is_changed_still_fits_a_room_that_comes_back(
    app: Flask, manager: Browser, known: Known
) -> None:
    archive(app, known.room_b)
    with app.app_context():
        which = db.session.scalars(select(Set.id)).one()
    page = manager.get(f"/office/studio/sets/{which}")
    assert "Room B" not in page.one("#room_ids").text
    manager.submit(page, {"build_minutes": "20"})
    with app.app_context():
        rooms = {each.id for each in db.session.get_one(Set, which).rooms}
        assert rooms == {known.room_a, known.room_b}
