from __future__ import annotations

from typing import Any

from flask import Flask

from studio.scheduling.models import (
    HoursOverride,
)
from tests.browsing import Browser
from tests.office.hours.house import House, agree, count, send, still_booked


def test_the_studio_is_closed_for_a_range_and_opens_again(
    app: Flask, office: Browser, house: House
) -> None:
    asked = send(
        office,
        "/office/studio/dates",
        200,
        whom="studio",
        first_on="2026-12-07",
        last_on="2026-12-11",
        note="New floor",
    )
    assert "1 booked session would not fit" in asked.words
    assert len(asked.all("tbody tr")) == 1  # the session, with its photographer and its room
    assert count(app, HoursOverride) == 0
    page = agree(office, asked)
    assert "Mon 7 Dec to Fri 11 Dec 2026" in page.words
    assert "1 booked session does not fit" in page.words
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


def test_removing_what_is_gone_is_fine(office: Browser, house: House) -> None:
    page = office.get("/office/studio/time-off")
    token = {"csrf_token": page.fields(page.form())["csrf_token"]}
    office.post("/office/studio/time-off/77/remove", token, 303)
    office.post("/office/studio/dates/77/remove", token, 303)
    office.post(f"/office/studio/dates/{2**63}/remove", token, 404)


def test_hours_that_the_clock_skips_are_refused_and_those_it_repeats_are_not(
    app: Flask, office: Browser, house: House
) -> None:
    """From 01:00 to 02:00: there is no such hour on the spring day, and there are two in autumn."""
    fields: dict[str, Any] = {"whom": str(house.bo), "hours": "1-2", "last_on": ""}
    page = send(office, "/office/studio/dates", 422, first_on="2027-03-28", **fields)
    assert "The clock skips these hours on that day" in page.one("#hours-error").text
    assert page.fields(page.form())["hours"] == "1-2"
    page = send(
        office,
        "/office/studio/dates",
        422,
        first_on="2027-03-28",
        **fields | {"hours": "9-12, 1-2"},
    )
    assert page.one("#hours-error")
    assert count(app, HoursOverride) == 0

    send(office, "/office/studio/dates", first_on="2027-10-31", **fields)
    # In a range the other days have them.
    send(
        office, "/office/studio/dates", first_on="2027-03-28", **fields | {"last_on": "2027-03-29"}
    )
    assert count(app, HoursOverride) == 2


def test_hours_past_midnight_say_how_far_they_reach(office: Browser, house: House) -> None:
    fields: dict[str, Any] = {"whom": str(house.bo), "hours": "18-2"}
    page = send(office, "/office/studio/dates", first_on="2026-12-11", last_on="", **fields)
    saved = office.follow(page)
    assert "They run until 02:00 on Sat 12 Dec." in saved.words
    page = send(
        office, "/office/studio/dates", first_on="2026-12-14", last_on="2026-12-16", **fields
    )
    assert "They run until 02:00 on the day after each." in office.follow(page).words
