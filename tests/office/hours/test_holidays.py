"""Closing the studio on holidays: read, chosen, and only then saved."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from studio.catalogue.fields import DayRange
from studio.db import db
from studio.office.hours.forms import ClosingForm, line
from studio.scheduling import service
from studio.scheduling.models import HoursOverride
from studio.scheduling.overrides import OtherHours
from studio.web.text import one_line
from tests.browsing import Browser, Page
from tests.factories import DAY
from tests.office.hours.house import House, count
from tests.scheduling.outside.test_reading import calendar
from tests.scheduling.test_holidays import day

PATH = "/office/studio/holidays"
CHRISTMAS = day("20261225", "20261227", "Christmas")


def upload(office: Browser, *events: str, text: str = "", status: int = 200) -> Page:
    return send(office, calendar(*events), text=text, status=status)


def send(
    office: Browser, body: bytes, text: str = "", status: int = 200, name: str = "days.ics"
) -> Page:
    page = office.get(PATH)
    return office.submit(page, {"file": (BytesIO(body), name), "text": text}, status=status)


def write(office: Browser, text: str, status: int = 200) -> Page:
    return office.submit(office.get(PATH), {"text": text}, status=status)


def offered(page: Page) -> list[tuple[str, bool]]:
    boxes = page.all("input[name=days]")
    return [(str(box["value"]), box.has_attr("checked")) for box in boxes]


def closures(app: Flask) -> list[tuple[str, str, str]]:
    with app.app_context():
        rows = db.session.scalars(select(HoursOverride).order_by(HoursOverride.first_on)).all()
        assert {row.resource_id for row in rows} <= {None}
        return [(f"{row.first_on}", f"{row.last_on}", row.note) for row in rows]


def test_a_file_is_read_chosen_from_and_saved(app: Flask, office: Browser, house: House) -> None:
    page = upload(office, CHRISTMAS, day("20270101", name="New Year’s Day"), day("20270329"))

    assert page.one("h1").text == "Choose the days"
    assert offered(page) == [
        ("2026-12-25 to 2026-12-26 Christmas", True),
        ("2027-01-01 New Year’s Day", True),
        ("2027-03-29", True),
    ]
    assert count(app, HoursOverride) == 0
    chosen = [each for each, _ in offered(page)][:2]
    saved = office.follow(office.submit(page, {"days": chosen}))
    assert "The days are closed. Every booked session still fits." in saved.words
    assert closures(app) == [
        ("2026-12-25", "2026-12-26", "Christmas"),
        ("2027-01-01", "2027-01-01", "New Year’s Day"),
    ]


def test_a_list_is_read_alone_or_with_a_file(app: Flask, office: Browser, house: House) -> None:
    text = " 2026-12-24 to 2026-12-26 Christmas\r\n\r\n2027-01-01\n2026-11-01 All Saints "
    page = write(office, text)
    assert offered(page) == [
        ("2026-12-24 to 2026-12-26 Christmas", True),
        ("2027-01-01", True),
    ]
    assert "1 of the list left out: over already." in page.words
    both = upload(office, day("20261231", name="Eve"), text=text)
    assert [each for each, _ in offered(both)][1] == "2026-12-31 Eve"
    office.submit(both)
    assert len(closures(app)) == 3


def test_sessions_on_a_holiday_are_shown_before_it_is_saved(
    app: Flask, office: Browser, house: House
) -> None:
    page = write(office, f"{DAY} Feast\n2026-12-25 Christmas")
    asked = office.submit(page, status=200)

    assert asked.one("h1").text == "What this does"
    assert "The whole studio is closed: Tue 8 Dec 2026 Feast; Fri 25 Dec 2026 Christmas." in (
        asked.words
    )
    assert "1 booked session would not fit" in asked.words
    assert count(app, HoursOverride) == 0
    back = office.submit(asked, {"back": "yes"}, status=200)
    assert back.one("h1").text == "Choose the days"
    fewer = [each for each, _ in offered(back)][1:]
    office.submit(back, {"days": fewer})
    assert closures(app) == [("2026-12-25", "2026-12-25", "Christmas")]


def test_what_was_unticked_stays_so_on_the_way_back(office: Browser, house: House) -> None:
    page = write(office, f"{DAY} Feast\n2026-12-25 Christmas\n2026-12-26")
    asked = office.submit(page, {"days": [f"{DAY} Feast", "2026-12-26"]}, status=200)
    back = office.submit(asked, {"back": "yes"}, status=200)
    assert [ticked for _, ticked in offered(back)] == [True, False, True]
    # And from there to the list, with all its lines.
    listed = office.submit(back, {"back": "yes"}, button="/holidays", status=200)
    assert listed.one("h1").text == "Holidays"
    kept = listed.fields(listed.form())["text"]
    assert kept == f"{DAY} Feast\n2026-12-25 Christmas\n2026-12-26"


def test_what_is_closed_already_is_said_and_not_offered(
    app: Flask, office: Browser, house: House
) -> None:
    with app.app_context():
        service.add_override(OtherHours(None, DAY.replace(day=24), DAY.replace(day=26), (), "Off"))
    page = write(office, "2026-12-25 Christmas\n2026-12-26 to 2026-12-27 Rest")
    assert offered(page) == [("2026-12-26 to 2026-12-27 Rest", True)]
    assert "closed already Fri 25 Dec 2026 Christmas" in page.words
    office.submit(page)
    assert len(closures(app)) == 2
    again = write(office, "2026-12-25 Christmas")
    assert offered(again) == []
    assert not again.all("button:-soup-contains('Close on these days')")


def test_nothing_ticked_is_said_and_keeps_the_list(
    app: Flask, office: Browser, house: House
) -> None:
    page = write(office, "2026-12-25 Christmas")
    again = office.submit(page, {"days": []}, status=422)
    assert "Please tick at least one day." in again.words
    assert offered(again) == [("2026-12-25 Christmas", False)]
    for days in (["nonsense"], ["2026-12-25 to 2026-12-01"], ["\x00"], ["2026-12-25"] * 101):
        office.submit(page, {"days": days}, status=422)
    assert count(app, HoursOverride) == 0


def test_what_is_left_out_of_a_file_is_said(office: Browser, house: House) -> None:
    half = "DTSTART:20261224T120000Z\nDTEND:20261224T180000Z"
    page = upload(office, half, CHRISTMAS)
    assert "1 left out: only part of a day." in page.words
    nothing = upload(office, half, status=422)
    assert "1 left out: only part of a day." in nothing.words
    assert "No whole day that is still to come was found." in nothing.words


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Please choose a file, or write a day a line."),
        ("Christmas", "does not begin with a date"),
        ("2026-12-25 Christmas\n2026-12-32", "does not begin with a date"),
        ("2026-12-26 to 2026-12-25", "ends before it begins"),
        ("2026-12-01 to 2027-01-01 All winter", "too long"),
        ("2026-12-25 " + "x" * 81, "too long"),
        ("2026-12-25\n" * 101, "100 lines at most"),
        ("2026-12-25 a\u202eb", "cannot be printed"),
        ("9999-12-31", "does not begin with a date"),
        ("2026-01-01 New Year", "still to come"),
    ],
)
def test_an_odd_list_is_refused_in_words_and_kept(
    office: Browser, house: House, text: str, told: str
) -> None:
    page = write(office, text, status=422)
    assert told in page.one("#text-error").text
    kept = page.fields(page.form())["text"]
    assert kept.strip() == text.replace("\u202e", "").strip()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in</html>",
        bytes(range(256)) * 40,
        b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 16_000,
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:2026",
    ],
    ids=["html", "binary", "nested", "half"],
)
def test_an_odd_file_is_refused_in_words_and_the_list_kept(
    office: Browser, house: House, body: bytes
) -> None:
    page = send(office, body, "2026-12-25 Christmas", 422)
    assert page.one("#file-error").text.strip().endswith(".")
    assert page.fields(page.form())["text"] == "2026-12-25 Christmas"


def test_a_huge_file_is_refused_in_words(office: Browser, house: House) -> None:
    page = send(office, b"BEGIN:VCALENDAR\r\n" + b"x" * 300_000, status=413)
    assert "too large" in page.words


def test_more_days_than_a_page_takes_are_named(office: Browser, house: House) -> None:
    text = "\n".join(f"2027-{month:02}-{n:02}" for month in range(1, 13) for n in range(1, 9))
    page = upload(office, *[day(f"2027{m:02}{n:02}") for m in range(1, 12) for n in range(9, 12)],
                  text=text)  # fmt: skip
    assert len(offered(page)) == 100
    assert "29 more are not shown: close these first, then read the file again." in page.words
    assert office.submit(page).location == "/office/studio"


labels = st.text(max_size=80).map(one_line)
days: Any = st.builds(
    lambda first, more, label: DayRange(first, first.replace(day=first.day + more), label),
    st.dates(DAY, DAY.replace(year=2027)).map(lambda each: each.replace(day=min(each.day, 20))),
    st.integers(0, 8),
    labels | st.sampled_from(["to 2026-12-26", "to be", "2026-12-26", "to", "to 5 o'clock"]),
)


@given(st.lists(days, max_size=5))
def test_a_line_is_read_back_as_it_was(app: Flask, listed: list[DayRange]) -> None:
    with app.test_request_context(
        method="POST", data={"days": [line(each) for each in listed], "text": ""}
    ):
        form = ClosingForm(meta={"csrf": False})
        assert form.validate()
        assert sorted(form.days.data, key=repr) == sorted(listed, key=repr)
