from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.accounts.permissions import Role
from studio.db import db, epoch
from studio.scheduling import service
from studio.scheduling.effects import NotAgreed
from studio.scheduling.models import (
    Block,
)
from studio.scheduling.overrides import OtherHours
from studio.scheduling.service import NotTheirs, TimeOff
from tests import people
from tests.browsing import Browser
from tests.clock import START, Clock
from tests.office.hours.house import House, agree, count, send, still_booked


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
    asked = send(office, "/office/studio/time-off", 200, whom=str(house.room), **fields)
    assert count(app, Block) == 0
    page = agree(office, asked)
    assert "1 booked session does not fit" in page.words
    assert "is off" in page.words
    assert still_booked(app)
    removed = office.submit(page, form="time-off")
    assert "Removed: that time can be booked again." in office.follow(removed).words
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
        closed = OtherHours(house.amara, date(2026, 12, 8), date(2026, 12, 8), (), "A")
        with pytest.raises(NotAgreed) as refused:
            service.add_override(closed)
        service.add_override(closed, refused.value.effect.seal)
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
