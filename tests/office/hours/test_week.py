"""A week of everybody: what holds on each day, who is away, and what is booked."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from studio.accounts.permissions import Role
from studio.booking.models import Booking
from studio.booking.service import HoldRequest, hold_time
from studio.db import db, from_epoch
from studio.scheduling import service
from studio.scheduling.effects import NotAgreed
from studio.scheduling.models import ResourceKind
from studio.scheduling.outside.models import OutsideBusy, OutsideCalendar
from studio.scheduling.overrides import OtherHours
from studio.scheduling.queries import midnight
from studio.scheduling.service import TimeOff
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import START
from tests.office.counting import questions
from tests.office.hours.house import House

WEEK = "/office/studio/week?week=2026-12-10"
TUESDAY = date(2026, 12, 8)
LONDON = ZoneInfo("Europe/London")


def cells(page: Page, name: str) -> dict[str, str]:
    """What the row of *name* says of each day."""
    (row,) = [each for each in page.all("tbody tr") if name in each.text]
    return {
        str(each["data-label"]): " ".join(each.get_text(" ").split())
        for each in row.select("td[data-label]")
    }


def other(who: int | None, day: date, *spans: tuple[int, int], note: str = "") -> OtherHours:
    return OtherHours(who, day, day, spans, note)


def keep(app: Flask, *ranges: OtherHours) -> None:
    with app.app_context():
        for each in ranges:
            change = partial(service.add_override, each)
            try:
                change()
            except NotAgreed as asked:
                change(asked.effect.seal)


def away(app: Flask, who: int, first: date, hours: float, length: float, note: str) -> None:
    """Time off from so many hours after midnight of *first*, counted in instants."""
    with app.app_context():
        since = from_epoch(midnight(first, LONDON)) + timedelta(hours=hours)
        off = TimeOff(who, since, since + timedelta(hours=length), note)
        try:
            service.block_time(off)
        except NotAgreed as asked:
            service.block_time(off, agreed=asked.effect.seal)


def test_an_ordinary_week_with_what_is_booked(office: Browser, house: House) -> None:
    page = office.get(WEEK)

    assert page.one("h1").text == "Week 50, from Monday 7 December 2026"
    assert [each.text for each in page.all("thead th")] == [
        "Who or what", "Mon 7", "Tue 8", "Wed 9", "Thu 10", "Fri 11", "Sat 12", "Sun 13",
    ]  # fmt: skip
    amara = cells(page, "Amara Vale")
    assert amara["Mon 7"].startswith("09:00-18:00 : change the hours")
    assert amara["Tue 8"].endswith("1 session")
    assert amara["Sun 13"].startswith("closed")
    assert "session" not in "".join(cells(page, "Bo Lind").values())


def test_sessions_count_and_holds_do_not(app: Flask, office: Browser, house: House) -> None:
    with app.app_context():
        booking = db.session.get_one(Booking, house.booking)
        package, amara = booking.package, booking.photographer.slug
        for hours in (2, 4):
            factories.a_confirmed_booking(
                package, factories.days_after(hours=hours), photographer=amara
            )
        later = factories.days_after(hours=6)
        hold_time(HoldRequest(package=package.slug, starts_at=later, photographer=amara))

    assert cells(office.get(WEEK), "Amara Vale")["Tue 8"].endswith("3 sessions")


def test_photographers_come_first_and_artists_last(
    app: Flask, office: Browser, house: House
) -> None:
    with app.app_context():
        factories.a_resource(ResourceKind.ARTIST, name="Aa Moor")
    names = [str(row.select("b")[0].text) for row in office.get(WEEK).all("tbody tr")]
    assert names[:2] == ["Amara Vale", "Bo Lind"]
    assert names[2].startswith("Room")
    assert names[3:] == ["Aa Moor"]


def test_what_is_not_as_ordinary_says_why(app: Flask, office: Browser, house: House) -> None:
    days = [TUESDAY + timedelta(n) for n in range(4)]
    keep(
        app,
        other(house.bo, days[0], (1080, 120), note="Evening class"),
        other(house.bo, days[1], note="Wedding"),
        other(None, days[2], note="New floor"),
        other(house.bo, days[3], (540, 720)),
        other(None, days[3]),
    )
    bo = cells(office.get(WEEK), "Bo Lind")

    assert bo["Tue 8"].startswith("18:00-02:00")
    assert bo["Tue 8"].endswith("until 02:00 on Wed 9 Dec Other hours: Evening class")
    assert bo["Wed 9"].startswith("closed")
    assert bo["Wed 9"].endswith("Other hours: Wedding")
    assert bo["Thu 10"].endswith("Studio closed: New floor")
    assert bo["Fri 11"].startswith("closed")
    assert bo["Fri 11"].endswith("Studio closed")
    assert cells(office.get(WEEK), "Amara Vale")["Thu 10"].endswith("Studio closed: New floor")


def test_each_day_leads_to_where_it_is_changed(app: Flask, office: Browser, house: House) -> None:
    keep(
        app,
        other(house.bo, TUESDAY, (1080, 1200)),
        OtherHours(house.bo, TUESDAY, TUESDAY + timedelta(1), ((540, 600),), "Joined"),
    )
    page = office.get(WEEK)
    (row,) = [each for each in page.all("tbody tr") if "Bo Lind" in each.text]
    name, monday, tuesday, wednesday, *_ = [str(each["href"]) for each in row.select("a")]

    assert name == f"/office/studio/hours/{house.bo}"
    form = office.get(monday)
    filled = form.fields(form.form())
    assert (filled["whom"], filled["first_on"]) == (str(house.bo), "2026-12-07")
    assert (filled["hours"], filled["last_on"]) == ("09:00-18:00", "")
    # Two ranges hold on the Tuesday: the list has both.
    assert tuesday == "/office/studio#other-days"
    assert office.get(wednesday).one("h1").text == "Change these dates"


def test_a_day_that_is_over_leads_nowhere(office: Browser, house: House) -> None:
    page = office.get("/office/studio/week?week=2026-11-17")
    assert page.all("td[data-label] a") == []
    today = office.get("/office/studio/week")
    labels = [str(each["data-label"]) for each in today.all("td[data-label]:has(a)")]
    assert labels[0] == "Mon 23, today"


def test_weeks_are_leafed_through_and_copied(office: Browser, house: House) -> None:
    page = office.get(WEEK)
    ways = {each.text: str(each["href"]) for each in page.all(".page-head a")}
    assert "from Monday 30 November 2026" in office.get(ways["Previous week"]).words
    assert "from Monday 14 December 2026" in office.get(ways["Next week"]).words
    assert "from Monday 23 November 2026" in office.get(ways["This week"]).words
    form = office.get(ways["Copy this week"])
    assert form.fields(form.form())["week_on"] == "2026-12-07"


@pytest.mark.parametrize(
    "asked", ["", "tomorrow", "2026-13-01", "9999-01-01", "2026-12-10\x00", "1" * 5000]
)
def test_a_week_that_is_none_is_this_week(office: Browser, house: House, asked: str) -> None:
    page = office.get("/office/studio/week", query_string={"week": asked})
    assert "from Monday 23 November 2026" in page.words


@pytest.mark.parametrize("day", ["2000-01-01", "2100-12-31"])
def test_the_first_and_the_last_week_are_drawn(office: Browser, house: House, day: str) -> None:
    page = office.get(f"/office/studio/week?week={day}")
    for each in page.all(".page-head a"):
        office.get(str(each["href"]))


def test_time_off_is_told_for_its_part_of_each_day(
    app: Flask, office: Browser, house: House
) -> None:
    away(app, house.bo, TUESDAY, 13, 30, "Dentist")
    away(app, house.bo, TUESDAY + timedelta(2), 0, 24, "")
    bo = cells(office.get(WEEK), "Bo Lind")

    assert bo["Tue 8"].endswith("Away 13:00-24:00: Dentist")
    assert bo["Wed 9"].endswith("Away 00:00-19:00: Dentist")
    assert bo["Thu 10"].endswith("Away: Time off")
    assert "Away" not in bo["Mon 7"] + bo["Fri 11"]


def test_a_calendar_of_their_own_is_told_without_what_stands_in_it(
    app: Flask, office: Browser, house: House
) -> None:
    with app.app_context():
        calendar = factories.kept(
            OutsideCalendar(
                photographer_id=house.bo, url="https://x.example/secret",
                next_fetch_at=START, created_at=START,
            )
        )  # fmt: skip
        nine = midnight(TUESDAY, LONDON) + 9 * 3600
        factories.kept(
            OutsideBusy(
                calendar_id=calendar.id, resource_id=house.bo, busy_from=nine, busy_to=nine + 1800
            )
        )
    bo = cells(office.get(WEEK), "Bo Lind")
    assert bo["Tue 8"].endswith("Away 09:00-09:30: Busy elsewhere")


def test_the_days_on_which_the_clock_changes(app: Flask, office: Browser, house: House) -> None:
    """The spring day has 23 hours and the autumn day 25: all of it is the whole day."""
    for day, hours in ((date(2027, 3, 28), 23), (date(2027, 10, 31), 25)):
        away(app, house.bo, day, 0, hours, "All day")
        away(app, house.amara, day, 0, hours - 1, "Nearly")
        page = office.get(f"/office/studio/week?week={day}")
        assert cells(page, "Bo Lind")[f"Sun {day.day}"].endswith("Away: All day")
        assert cells(page, "Amara Vale")[f"Sun {day.day}"].endswith("Away 00:00-23:00: Nearly")
        assert not cells(page, "Bo Lind")[f"Sat {day.day - 1}"].endswith("All day")


def test_a_photographer_sees_their_own_week_and_takes_time_off(app: Flask, house: House) -> None:
    keep(app, other(None, TUESDAY, note="New floor"), other(house.bo, TUESDAY, (60, 120)))
    away(app, house.bo, TUESDAY, 0, 1, "Bo's secret")
    page = people.signed_in(app, Role.PHOTOGRAPHER, house.amara).get(WEEK)

    assert len(page.all("tbody tr")) == 1
    assert "Bo" not in page.one("main").text
    tuesday = cells(page, "Amara Vale")["Tue 8"]
    assert "take time off" in tuesday
    assert "Studio closed: New floor" in tuesday
    assert tuesday.endswith("1 session")
    assert "Copy this week" not in page.words
    monday = page.all("tbody td[data-label] a")[0]
    assert str(monday["href"]).startswith("/office/studio/time-off?")


def test_a_day_in_the_week_fills_in_the_time_off(app: Flask, house: House) -> None:
    bo = people.signed_in(app, Role.PHOTOGRAPHER, house.bo)
    form = bo.get(str(bo.get(WEEK).all("tbody td[data-label] a")[1]["href"]))
    filled = form.fields(form.form())
    assert (filled["since"], filled["until"]) == ("2026-12-08T00:00", "2026-12-09T00:00")


def test_who_has_no_ordinary_week_is_not_taken_for_the_studio(
    app: Flask, office: Browser, house: House
) -> None:
    with app.app_context():
        new = factories.a_photographer("Nia Coe", weekdays=()).id
    page = office.get(WEEK)
    (row,) = [each for each in page.all("tbody tr") if "Nia Coe" in each.text]
    form = office.get(str(row.select("td[data-label] a")[0]["href"]))
    assert form.fields(form.form())["whom"] == str(new)
    for whom in ("", "studio", "x", "9" * 5000, "-1", "999999"):
        form = office.get("/office/studio/dates", query_string={"day": "2026-12-08", "whom": whom})
        assert form.fields(form.form())["first_on"] == "", whom


def test_more_people_and_ranges_ask_no_more_questions(
    app: Flask, office: Browser, house: House
) -> None:
    office.get(WEEK)
    with questions() as few:
        office.get(WEEK)
    with app.app_context():
        for n in range(4):
            factories.a_photographer(f"Person {n}")
    keep(app, *(other(house.bo, TUESDAY + timedelta(n), (600, 660 + n)) for n in range(4)))
    office.get(WEEK)  # the house is read anew, once
    with questions() as many:
        office.get(WEEK)
    assert len(many) == len(few)
