from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from studio.db import db
from studio.scheduling import service
from studio.scheduling.models import (
    Block,
    CalendarLock,
    HoursOverride,
    ResourceKind,
)
from studio.scheduling.overrides import OtherHours
from studio.scheduling.service import TimeOff
from tests import factories
from tests.browsing import Browser
from tests.clock import START
from tests.office.hours.house import House, agree, hours_of, send, still_booked


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
    before = hours_of(app, house.amara)
    asked = send(office, f"/office/studio/hours/{house.amara}", 200, tuesday="12:00-18:00")
    assert "1 booked session would not fit" in asked.words
    assert "Tuesday 8 December, 10:15" in asked.words
    assert "Amara Vale has no hours then needed 10:15 to 11:15" in asked.words
    assert hours_of(app, house.amara) == before
    page = agree(office, asked)
    assert "1 booked session does not fit" in page.words
    assert still_booked(app)
    # It stays on the page until it is resolved, and goes when it is.
    assert "Booked, but not in these hours" in office.get("/office/studio").words
    page = office.follow(send(office, f"/office/studio/hours/{house.amara}", tuesday="10:00-18:00"))
    assert "Every booked session still fits." in page.words
    assert "Booked, but not in these hours" not in page.words


def test_every_change_queues_behind_claims(app: Flask, house: House) -> None:
    with app.app_context():

        def version() -> int:
            return db.session.scalars(select(CalendarLock.version)).one()

        before = version()
        service.set_weekly_hours(house.bo, {1: ((540, 1080),)})
        service.add_override(OtherHours(house.bo, date(2026, 12, 24), date(2026, 12, 24), (), ""))
        service.remove_override(db.session.scalars(select(HoursOverride.id)).one())
        service.block_time(TimeOff(house.bo, START, START + timedelta(hours=1), ""))
        service.remove_block(db.session.scalars(select(Block.id)).one())
        db.session.rollback()
        assert version() == before + 5


def test_equipment_has_no_hours(app: Flask, office: Browser, house: House) -> None:
    with app.app_context():
        lamps = factories.a_resource(ResourceKind.POOL, name="Lamps", capacity=3).id
        with pytest.raises(ValueError, match="equipment"):
            service.set_weekly_hours(lamps, {})
    office.get(f"/office/studio/hours/{lamps}", 404)
    office.get("/office/studio/hours/999999", 404)


def test_a_session_past_midnight_fits_hours_past_midnight(app: Flask, house: House) -> None:
    with app.app_context():
        week = dict.fromkeys(range(1, 8), ((9 * 60, 2 * 60),))
        assert not service.set_weekly_hours(house.amara, week).caused
