"""Archiving people, rooms, equipment and sets: what stops it, what it shows, and coming back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking import service as booking
from studio.booking.models import Booking
from studio.booking.service import HoldRequest
from studio.catalogue import set_service
from studio.catalogue.models import AddOn, AddOnResource, Package
from studio.catalogue.set_service import SetEdit
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.office.people import archiving_service as service
from studio.office.people.archiving_service import NotAgreed, StillNeeded
from studio.scheduling import equipment_service
from studio.scheduling.models import (
    Allocation,
    CalendarLock,
    Photographer,
    Resource,
    ResourceKind,
    Set,
)
from studio.scheduling.service import set_weekly_hours
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.office.conftest import Known

STUDIO = "/office/studio"


def gone(app: Flask, which: int) -> bool:
    with app.app_context():
        return db.session.get_one(Resource, which).archived_at is not None


def set_gone(app: Flask, which: int) -> bool:
    with app.app_context():
        return db.session.get_one(Set, which).archived_at is not None


def press(manager: Browser, path: str, what: str, status: int = 303) -> Page:
    """Press the button that archives, or brings back, on the page under *path*."""
    return manager.submit(manager.get(f"{STUDIO}/{path}"), form=f"/{what}", status=status)


def booked(app: Flask, known: Known) -> tuple[BookingState, int]:
    with app.app_context():
        state = db.session.get_one(Booking, known.booking).state
        return state, len(db.session.scalars(select(Allocation)).all())


def the_package(app: Flask, **changes: Any) -> None:
    with app.app_context():
        package = db.session.scalars(select(Package)).one()
        for name, value in changes.items():
            setattr(package, name, value)
        factories.kept(package)


WHAT = [
    ("amara", "people/photographers/{}", "people", "Amara Vale"),
    ("room_a", "rooms/{}", "rooms", "Room A"),
    ("kit", "people/artists/{}", "people", "Kit Moor"),
]


@pytest.mark.parametrize(("which", "page", "listed", "name"), WHAT)
def test_the_sessions_are_shown_and_agreed_to_before_it_is_archived(
    app: Flask, manager: Browser, known: Known, which: str, page: str, listed: str, name: str
) -> None:
    with app.app_context():  # somebody else who does make-up
        add_on = db.session.scalars(select(AddOn)).one()
        other = factories.a_resource(ResourceKind.ARTIST, name="Ann Other")
        add_on.resources.append(AddOnResource(resource_id=other.id))
        factories.kept(add_on)
    resource, before = getattr(known, which), booked(app, known)
    asked = press(manager, page.format(resource), "archive", 200)
    assert asked.one("h1").text == f"Archive {name}?"
    assert f"1 booked session needs {name}" in asked.words
    assert "Robin Ash" in asked.one("table").text
    assert "Tuesday 8 December, 10:15" in asked.words
    assert not gone(app, resource)
    done = manager.submit(asked)
    assert done.location == f"{STUDIO}/{listed}"
    shown = manager.follow(done)
    assert f"{name} is archived: offered no more. What is booked stays." in shown.words
    assert name in shown.all("table")[-1].text  # among the archived
    assert gone(app, resource)
    assert booked(app, known) == before
    # And back again, with the hours of before.
    back = manager.submit(shown, form=f"/{resource}/bring-back")
    assert f"{name} is back." in manager.follow(back).words
    assert not gone(app, resource)
    assert name in manager.get(STUDIO).all("table")[0].text


def test_what_nobody_has_booked_is_archived_at_once(
    app: Flask, manager: Browser, known: Known
) -> None:
    for which, page in ((known.bo, "people/photographers"), (known.room_b, "rooms")):
        press(manager, f"{page}/{which}", "archive")
        assert gone(app, which)
        own = manager.get(f"{STUDIO}/{page}/{which}")
        assert "is offered no more. What was booked before stays." in own.words
        assert not own.all("form[action$='/archive']")
        manager.get(f"{STUDIO}/hours/{which}", 404)


def test_a_session_that_is_over_asks_for_nothing(
    app: Flask, manager: Browser, known: Known, clock: Clock
) -> None:
    clock.set(TEN_FIFTEEN + timedelta(hours=1))
    people.sign_in(manager, "manager@example.com")
    press(manager, f"people/photographers/{known.amara}", "archive")
    assert gone(app, known.amara)
    the_package(app, archived_at=TEN_FIFTEEN)
    with app.app_context():
        service.archive_set(db.session.scalars(select(Set.id)).one())


def test_sessions_booked_meanwhile_are_shown_again(
    app: Flask, manager: Browser, known: Known
) -> None:
    asked = press(manager, f"people/photographers/{known.amara}", "archive", 200)
    with app.app_context():
        package = db.session.scalars(select(Package)).one()
        who = db.session.get_one(Resource, known.amara).slug
        factories.a_confirmed_booking(
            package, TEN_FIFTEEN + timedelta(days=1), photographer=who, email="x@client.example"
        )
    again = manager.submit(asked, status=200)
    assert "What is booked has changed since you looked." in again.words
    assert "2 booked sessions need Amara Vale" in again.words
    assert not gone(app, known.amara)
    manager.submit(again)
    assert gone(app, known.amara)


def test_a_hold_is_asked_for_until_it_has_run_out(
    app: Flask, manager: Browser, known: Known, clock: Clock
) -> None:
    with app.app_context():
        who = db.session.get_one(Resource, known.bo).slug
        booking.hold_time(
            HoldRequest(package=known.package, starts_at=TEN_FIFTEEN, photographer=who)
        )
    page = press(manager, f"people/photographers/{known.bo}", "archive", 200)
    assert "only held" in page.words
    assert not gone(app, known.bo)
    with app.app_context():
        package = db.session.scalars(select(Package).where(Package.slug == known.package)).one()
        shot_on = package.package_sets[0].set_id
        package.package_sets[0].set_id = factories.a_set().id
        factories.kept(package)
        with pytest.raises(NotAgreed) as told:
            service.archive_set(shot_on)
        assert len(told.value.ahead) == 2

        clock.advance(minutes=16)
        service.archive(known.bo)


def test_the_only_one_who_can_stays(app: Flask, manager: Browser, known: Known) -> None:
    with app.app_context():
        babies = factories.a_skill("babies")
        db.session.get_one(Photographer, known.bo).skills = [babies]
        package = db.session.scalars(select(Package)).one()
        other = factories.a_package(name="Newborn", sets=[package.package_sets[0].set])
        for each in (package, other):
            each.skills = [babies]
            factories.kept(each)
    page = manager.follow(press(manager, f"people/photographers/{known.bo}", "archive"))
    assert (
        "Without Bo Lind nobody could book Standard headshot and Newborn: let somebody else shoot"
        " them, or stop selling them, first." in page.words
    )
    assert not gone(app, known.bo)


def test_who_is_left_without_hours_is_nobody(app: Flask, known: Known) -> None:
    with app.app_context():
        set_weekly_hours(known.bo, {})
        with pytest.raises(StillNeeded, match="Standard headshot"):
            service.archive(known.amara)


def test_the_last_room_stays_while_anything_is_shot_in_it(
    app: Flask, manager: Browser, known: Known
) -> None:
    press(manager, f"rooms/{known.room_b}", "archive")
    page = manager.follow(press(manager, f"rooms/{known.room_a}", "archive"))
    assert "Without Room A nobody could book Standard headshot: find another room for it" in (
        page.words
    )
    assert not gone(app, known.room_a)
    # On location it needs none.
    the_package(app, archived_at=TEN_FIFTEEN)
    press(manager, f"rooms/{known.room_a}", "archive", 200)


def test_a_package_that_nobody_could_book_before_stops_nothing(app: Flask, known: Known) -> None:
    with app.app_context():
        factories.a_package(name="Impossible", skills=[factories.a_skill("flying")])
        service.archive(known.bo)


def test_the_last_artist_stays_while_make_up_is_sold(
    app: Flask, manager: Browser, known: Known
) -> None:
    page = manager.follow(press(manager, f"people/artists/{known.kit}", "archive"))
    assert (
        "Without Kit Moor nobody could book Make-up: let somebody else do it, or stop selling it,"
        " first." in page.words
    )
    assert not gone(app, known.kit)
    with app.app_context():
        add_on = db.session.scalars(select(AddOn)).one()
        add_on.archived_at = TEN_FIFTEEN
        factories.kept(add_on)
    press(manager, f"people/artists/{known.kit}", "archive", 200)


def lamps(app: Flask, *, sets: int = 0, chair: bool = False) -> int:
    """The id of a kind of equipment that some sets, or a make-up step, take."""
    with app.app_context():
        pool = factories.a_resource(ResourceKind.POOL, name="Lamps", capacity=3)
        for n in range(sets):
            factories.a_set(name=f"Set {n}", equipment=[(pool, 2)])
        if chair:
            artist = db.session.scalars(
                select(Resource).where(Resource.kind == ResourceKind.ARTIST)
            ).one()
            factories.make_up(artist, pool)
        return pool.id


@pytest.mark.parametrize(
    ("sets", "chair", "sentence"),
    [
        (1, False, "Set 0 takes it: see that nothing does, first."),
        (2, False, "Set 0 and Set 1 take it: see that nothing does, first."),
        (0, True, "Make-up takes it: see that nothing does, first."),
    ],
)
def test_equipment_that_is_taken_stays(
    app: Flask, manager: Browser, known: Known, sets: int, chair: bool, sentence: str
) -> None:
    which = lamps(app, sets=sets, chair=chair)
    page = manager.follow(press(manager, f"equipment/{which}", "archive"))
    assert sentence in page.words
    assert not gone(app, which)
    with app.app_context():
        for each in (*db.session.scalars(select(Set)), *db.session.scalars(select(AddOn))):
            each.archived_at = TEN_FIFTEEN
            factories.kept(each)
    press(manager, f"equipment/{which}", "archive")
    assert gone(app, which)
    page = manager.get(f"{STUDIO}/equipment")
    manager.submit(page, form="bring-back")
    assert not gone(app, which)


def test_a_set_stays_while_a_package_on_sale_is_shot_on_it(
    app: Flask, manager: Browser, known: Known
) -> None:
    with app.app_context():
        which = db.session.scalars(select(Set.id)).one()
    page = manager.follow(press(manager, f"sets/{which}", "archive"))
    assert "Standard headshot is shot on it: choose another set there, or stop selling it" in (
        page.words
    )
    assert not set_gone(app, which)
    the_package(app, archived_at=TEN_FIFTEEN)
    before = booked(app, known)
    asked = press(manager, f"sets/{which}", "archive", 200)
    assert "1 booked session needs Grey seamless" in asked.words
    assert not set_gone(app, which)
    manager.submit(asked)
    assert set_gone(app, which)
    assert booked(app, known) == before
    assert "Grey seamless" in manager.get(f"{STUDIO}/sets").all("table")[-1].text
    back = manager.submit(manager.get(f"{STUDIO}/sets"), form="bring-back")
    assert "Grey seamless is back." in manager.follow(back).words


def test_a_set_in_the_middle_of_a_session_counts_too(app: Flask, known: Known) -> None:
    with app.app_context():
        rooms = [db.session.get_one(Resource, known.room_a)]
        sets = [factories.a_set(name=f"Set {n}", rooms=rooms) for n in range(3)]
        package = factories.a_package(sets=sets, deposit_percent=0)
        factories.a_confirmed_booking(
            package, TEN_FIFTEEN + timedelta(days=2), email="x@client.example"
        )
        package.archived_at = TEN_FIFTEEN
        factories.kept(package)
        with pytest.raises(NotAgreed) as asked:
            service.archive_set(sets[1].id)
        assert len(asked.value.ahead) == 1


def test_a_set_comes_back_only_with_its_equipment(
    app: Flask, manager: Browser, known: Known
) -> None:
    which = lamps(app, sets=1)
    with app.app_context():
        row = db.session.scalars(select(Set).where(Set.name == "Set 0")).one()
        service.archive_set(row.id)
        service.archive(which)
        number = row.id
    page = manager.follow(press(manager, f"sets/{number}", "bring-back"))
    assert "It takes Lamps, which is archived: bring that back first" in page.words
    with app.app_context():
        service.bring_back(which)
        equipment_service.set_capacity(which, 1)
    page = manager.follow(press(manager, f"sets/{number}", "bring-back"))
    assert "It takes 2 of Lamps, and there are 1: change the set first." in page.words
    assert set_gone(app, number)
    with app.app_context():
        equipment_service.set_capacity(which, 2)
    press(manager, f"sets/{number}", "bring-back")
    assert not set_gone(app, number)


def test_a_name_that_was_taken_meanwhile_is_told_apart_first(
    app: Flask, manager: Browser, known: Known
) -> None:
    press(manager, f"rooms/{known.room_b}", "archive")
    manager.submit(manager.get(f"{STUDIO}/rooms/new"), {"name": "room b"})
    page = manager.follow(press(manager, f"rooms/{known.room_b}", "bring-back"))
    assert "There is another Room B now: change one of the names first." in page.words
    assert gone(app, known.room_b)
    manager.submit(page, {"name": "Old room B"}, form="")
    press(manager, f"rooms/{known.room_b}", "bring-back")
    assert not gone(app, known.room_b)


def test_doing_it_twice_changes_nothing(app: Flask, known: Known, clock: Clock) -> None:
    with app.app_context():
        service.archive(known.bo)
        when: datetime | None = db.session.get_one(Resource, known.bo).archived_at
        clock.advance(days=1)
        service.archive(known.bo)
        assert db.session.get_one(Resource, known.bo).archived_at == when
        service.bring_back(known.bo)
        service.bring_back(known.bo)
        assert db.session.get_one(Resource, known.bo).archived_at is None


def test_what_is_of_another_kind_is_not_found(manager: Browser, known: Known) -> None:
    form = manager.get(f"{STUDIO}/rooms/new")
    token = {"csrf_token": form.fields(form.form())["csrf_token"]}
    for path in (
        f"rooms/{known.amara}",
        f"people/{known.room_a}",
        f"equipment/{known.kit}",
        "sets/99",
    ):
        for what in ("archive", "bring-back"):
            manager.post(f"{STUDIO}/{path}/{what}", token, 404)


def test_every_change_queues_behind_claims(app: Flask, known: Known) -> None:
    edit = SetEdit("Canvas", "Warm.", 10, 10, (known.room_a,), {})
    with app.app_context():

        def version() -> int:
            db.session.rollback()
            return db.session.scalars(select(CalendarLock.version)).one()

        before = version()
        service.archive(known.bo)
        service.bring_back(known.bo)
        set_service.add_set(edit)
        canvas = db.session.scalars(select(Set.id).where(Set.name == "Canvas")).one()
        service.archive_set(canvas)
        service.bring_back_set(canvas)
        equipment_service.add_pool("Lamps", 2)
        assert version() == before + 6


@pytest.mark.parametrize("role", [Role.PREP, Role.PHOTOGRAPHER])
def test_who_may_not_change_them_archives_nothing(app: Flask, known: Known, role: Role) -> None:
    browser = people.signed_in(app, role, known.amara if role is Role.PHOTOGRAPHER else None)
    token = {"csrf_token": browser.get("/office/calendar").one("meta[name=csrf-token]")["content"]}
    browser.post(f"{STUDIO}/people/{known.bo}/archive", token, 403)
    assert not gone(app, known.bo)
