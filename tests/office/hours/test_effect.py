"""The page that shows what a change does: before it is saved, and never in its place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from studio.accounts.permissions import Role
from studio.booking import service as bookings
from studio.booking.models import Booking
from studio.db import db, epoch
from studio.domain.terms import CalledOffBy, Figures
from studio.scheduling import service
from studio.scheduling.effects import NotAgreed
from studio.scheduling.models import Block, HoursOverride, Resource
from studio.scheduling.outside.models import OutsideBusy, OutsideCalendar
from studio.scheduling.overrides import OtherHours
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import START
from tests.factories import DAY, TEN_FIFTEEN
from tests.office.hours.house import House, count, hours_of, send

CLOSING: dict[str, Any] = {
    "whom": "studio", "first_on": "2026-12-07", "last_on": "2026-12-11", "note": "New floor",
}  # fmt: skip


def asks(page: Page) -> bool:
    return page.one("h1").text == "What this does"


def closed(app: Flask, whom: int | None, *spans: tuple[int, int], note: str = "") -> None:
    with app.app_context():
        other = OtherHours(whom, DAY, DAY, spans, note)
        try:
            service.add_override(other)
        except NotAgreed as asked:
            service.add_override(other, asked.effect.seal)


def rows(page: Page, caption: str) -> list[str]:
    table = page.one(f"table:has(caption:-soup-contains('{caption}'))")
    return [" ".join(each.get_text(" ").split()) for each in table.select("tbody tr")]


def test_the_effect_is_shown_in_words_before_anything_is_saved(
    app: Flask, office: Browser, house: House
) -> None:
    page = send(office, "/office/studio/dates", 200, **CLOSING)

    assert asks(page)
    assert "The whole studio, Mon 7 Dec to Fri 11 Dec 2026: closed." in page.words
    assert "1 booked session would not fit" in page.words
    assert "Nothing booked is dropped: it stays booked" in page.words
    (row,) = rows(page, "Sessions that would not fit")
    assert row.startswith(
        "Robin Ash Standard headshot Tuesday 8 December, 10:15"
        " Amara Vale has no hours then needed 10:15 to 11:15 Room"
    )
    assert row.endswith("has no hours then needed 10:00 to 11:25")
    assert count(app, HoursOverride) == 0


def test_going_back_keeps_all_that_was_typed(app: Flask, office: Browser, house: House) -> None:
    week: dict[str, Any] = {"monday": " 9-13, 14:00-17.30 ", "tuesday": "closed", "sunday": "8-9"}
    off: dict[str, Any] = {
        "whom": str(house.room), "since": "2026-12-08T11:00", "until": "2026-12-08T18:00",
        "note": "“Paint” & <dust>",
    }  # fmt: skip
    copy: dict[str, Any] = {
        "source": str(house.bo), "week_on": "", "to_ids": [str(house.amara), str(house.room)],
        "into": "dated", "first_on": "2026-12-07", "last_on": "",
    }  # fmt: skip
    closed(app, house.bo)
    with app.app_context():
        service.set_weekly_hours(house.bo, {})
    for path, fields in (
        ("/office/studio/dates", CLOSING),
        (f"/office/studio/hours/{house.amara}", week),
        ("/office/studio/time-off", off),
        ("/office/studio/copy", copy),
    ):
        page = send(office, path, 200, **fields)
        assert asks(page), path
        back = office.submit(page, {"back": "yes"}, status=200)
        assert back.path == path
        kept = back.fields(back.form())
        assert {name: kept[name] for name in fields} == fields, path
        assert not back.all(".field-error")
    assert count(app, Block) == 0
    assert count(app, HoursOverride) == 1
    assert len(hours_of(app, house.amara)) == 6


def test_leaving_leaves_all_as_it_is(app: Flask, office: Browser, house: House) -> None:
    page = send(office, "/office/studio/dates", 200, **CLOSING)

    office.get(str(page.one("main form a").get("href")))

    assert count(app, HoursOverride) == 0


def test_agreeing_to_what_has_changed_since_asks_again(
    app: Flask, office: Browser, house: House
) -> None:
    page = send(office, "/office/studio/dates", 200, **CLOSING)
    with app.app_context():
        booking = db.session.get_one(Booking, house.booking)
        factories.a_confirmed_booking(
            booking.package, TEN_FIFTEEN + timedelta(hours=2), name="Kim Vale"
        )

    again = office.submit(page, status=200)

    assert asks(again)
    assert "What it does has changed since you looked. Nothing is saved yet." in again.words
    assert "2 booked sessions would not fit" in again.words
    assert "Kim Vale" in again.words
    assert len(again.all("input[name=agreed]")) == 1
    assert count(app, HoursOverride) == 0
    saved = office.follow(office.submit(again))
    assert "2 booked sessions do not fit; see the list below" in saved.words
    assert count(app, HoursOverride) == 1


def test_agreeing_to_what_is_no_longer_so_needs_no_second_yes(
    app: Flask, office: Browser, house: House
) -> None:
    page = send(office, "/office/studio/dates", 200, **CLOSING)
    with app.app_context():
        bookings.cancel_booking(
            house.booking,
            bookings.Cancellation(
                called_off_by=CalledOffBy.STUDIO, reason="x", shown=Figures(0), actor="M"
            ),
        )

    saved = office.follow(office.submit(page))

    assert "Every booked session still fits." in saved.words
    assert count(app, HoursOverride) == 1


def test_an_invented_agreement_is_none(app: Flask, office: Browser, house: House) -> None:
    page = office.get("/office/studio/dates")
    for agreed in ("yes", "0" * 64, "x" * 10_000):
        assert asks(office.submit(page, {**CLOSING, "agreed": agreed}, status=200))
    assert count(app, HoursOverride) == 0


def test_what_did_not_fit_before_stands_apart(app: Flask, office: Browser, house: House) -> None:
    closed(app, house.room)
    with app.app_context():
        booking = db.session.get_one(Booking, house.booking)
        late = factories.days_after(days=1)
        amara = booking.photographer.slug
        factories.a_confirmed_booking(booking.package, late, name="Kim Vale", photographer=amara)

    page = send(office, "/office/studio/dates", 200, **CLOSING)

    assert "2 booked sessions would not fit" in page.words
    robin, kim = rows(page, "Sessions that would not fit")
    # The room of the one had no hours before.
    assert ("Amara Vale" in robin, "Room" in robin) == (True, False)
    assert ("Amara Vale" in kim, "Room" in kim) == (True, True)
    (known,) = rows(page, "Sessions that did not fit before")
    assert ("Robin Ash" in known, "Amara" in known) == (True, False)
    assert "1 session did not fit before, and has nothing to do with this change" in page.words


def test_other_ranges_on_the_same_days_are_told_with_what_holds_then(
    app: Flask, office: Browser, house: House
) -> None:
    closed(app, house.bo, (1080, 1200), note="Evening class")
    fields: dict[str, Any] = {
        "whom": str(house.bo), "first_on": "2026-12-07", "last_on": "2026-12-09", "hours": "9-12",
    }  # fmt: skip

    page = send(office, "/office/studio/dates", 200, **fields)

    assert "Every booked session still fits." in page.words
    assert (
        "Bo Lind, Tue 8 Dec 2026, is open 18:00-20:00: both hold, and their hours are joined."
        in page.words
    )
    assert "So these hold then: Tue 8 Dec 2026: 09:00-12:00, 18:00-20:00" in page.words
    saved = office.follow(office.submit(page))
    assert "joined with 18:00-20:00 of Tue 8 Dec 2026" in saved.words
    assert "joined with 09:00-12:00 of Mon 7 Dec to Wed 9 Dec 2026" in saved.words


@pytest.mark.parametrize(
    ("first", "then", "told", "listed"),
    [
        ("", "9-12", "is closed: it stays so, since what closes a day wins.", "closed on Tue 8"),
        ("9-12", "", "that stops, since what closes a day wins.", "closes 09:00-12:00 of Bo Lind"),
    ],
)
def test_what_closes_a_day_wins_and_is_told(
    app: Flask, office: Browser, house: House, first: str, then: str, told: str, listed: str
) -> None:
    closed(app, house.bo, *([(540, 720)] if first else []))
    fields: dict[str, Any] = {
        "whom": str(house.bo), "first_on": "2026-12-07", "last_on": "2026-12-09", "hours": then,
    }  # fmt: skip

    page = send(office, "/office/studio/dates", 200, **fields)

    assert told in page.words
    assert "So these hold then: Tue 8 Dec 2026: closed" in page.words
    assert listed in office.follow(office.submit(page)).words


def test_a_closure_names_whose_hours_it_closes(app: Flask, office: Browser, house: House) -> None:
    closed(app, house.bo, (1080, 1200))
    page = send(office, "/office/studio/dates", 200, **CLOSING)
    assert "Bo Lind, Tue 8 Dec 2026, is open 18:00-20:00: that stops" in page.words
    assert "closes 18:00-20:00 of Bo Lind" in office.follow(office.submit(page)).words


def test_changing_and_removing_a_range_ask_as_well(
    app: Flask, office: Browser, house: House
) -> None:
    with app.app_context():
        service.add_override(OtherHours(house.amara, DAY, DAY, ((540, 1320),), "Long day"))
        try:
            service.set_weekly_hours(house.amara, {})
        except NotAgreed as asked:
            service.set_weekly_hours(house.amara, {}, asked.effect.seal)
    page = office.get("/office/studio")
    change = office.get(str(page.one("a[href*='/dates/']").get("href")))
    assert change.fields(change.form())["hours"] == "09:00-22:00"

    asked_first = office.submit(change, {"hours": "18-22"}, status=200)
    assert "In place of “Long day”: Amara Vale, Tue 8 Dec 2026: open 18:00-22:00." in (
        asked_first.words
    )
    back = office.submit(asked_first, {"back": "yes"}, status=200)
    assert back.fields(back.form())["hours"] == "18-22"

    removing = office.submit(page, form="/remove", status=200)
    assert asks(removing)
    assert "Amara Vale, Tue 8 Dec 2026: no longer open 09:00-22:00." in removing.words
    assert not removing.all("button[name=back]")
    assert count(app, HoursOverride) == 1
    saved = office.follow(office.submit(removing))
    assert "Removed. 1 booked session does not fit; see the list below" in saved.words
    assert count(app, HoursOverride) == 0


def test_a_range_that_went_meanwhile_is_said(app: Flask, office: Browser, house: House) -> None:
    closed(app, house.bo)
    page = office.get("/office/studio")
    path = str(page.one("a[href*='/dates/']").get("href"))
    form = office.get(path)
    office.submit(page, form="/remove")

    page = office.follow(office.submit(form, {"first_on": "2026-12-09"}))

    assert "That range has been removed meanwhile; nothing was changed." in page.words
    office.get(path, 404)
    assert count(app, HoursOverride) == 0


def test_a_photographer_is_shown_their_own_sessions_alone(app: Flask, house: House) -> None:
    bo = people.signed_in(app, Role.PHOTOGRAPHER, house.bo)
    closed(app, house.amara)
    with app.app_context():
        booking = db.session.get_one(Booking, house.booking)
        factories.a_confirmed_booking(
            booking.package,
            TEN_FIFTEEN + timedelta(days=1),
            name="Kim Vale",
            photographer=db.session.get_one(Resource, house.bo).slug,
        )
    fields: dict[str, Any] = {"since": "2026-12-07T00:00", "until": "2026-12-12T00:00"}

    page = send(bo, "/office/studio/time-off", 200, whom=str(house.bo), **fields)

    assert asks(page)
    assert "Kim Vale" in page.words
    assert "Robin Ash" not in page.words
    assert "Amara" not in page.words


def test_a_session_says_itself_that_it_does_not_fit(
    app: Flask, office: Browser, house: House
) -> None:
    path = f"/office/sessions/{house.booking}"
    assert "Booked, but not in these hours" not in office.get(path).words
    with app.app_context():
        calendar = factories.kept(
            OutsideCalendar(
                photographer_id=house.amara, url="https://x.example/secret",
                next_fetch_at=START, created_at=START,
            )
        )  # fmt: skip
        begin = epoch(TEN_FIFTEEN)
        factories.kept(
            OutsideBusy(
                calendar_id=calendar.id, resource_id=house.amara, busy_from=begin,
                busy_to=begin + 60,
            )
        )  # fmt: skip
    closed(app, house.room)

    for who in (office, people.signed_in(app, Role.PHOTOGRAPHER, house.amara)):
        words = who.get(path).words
        assert (
            "Amara Vale is busy then by a calendar of their own, and is needed from"
            " 10:15 to 11:15." in words
        )
        assert "has no hours then, and is needed from 10:00 to 11:25." in words
    for page in (office.get("/office/"), office.get("/office/studio")):
        assert "Amara Vale is busy then by a calendar of their own" in page.words


def test_a_session_against_the_rules_says_so_in_the_list(
    app: Flask, office: Browser, house: House
) -> None:
    with app.app_context():
        booking = db.session.get_one(Booking, house.booking)
        booking.override_reason = "She flies on Wednesday."
        factories.kept(booking)
    closed(app, house.amara)
    assert "booked against the rules: She flies on Wednesday." in (
        office.get("/office/studio").words
    )
