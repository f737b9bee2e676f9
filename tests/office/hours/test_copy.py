"""Copying a week on its page: what is typed, what is refused, and what is said."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from studio.accounts.permissions import Role
from studio.scheduling import service
from studio.scheduling.models import HoursOverride
from tests import people
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.office.hours.house import House, count, hours_of, send

PATH = "/office/studio/copy"


@pytest.fixture
def odd(app: Flask, house: House) -> None:
    """Bo works on Monday evenings only."""
    with app.app_context():
        service.set_weekly_hours(house.bo, {1: ((1080, 1200),)})


def fields(house: House, **changes: Any) -> dict[str, Any]:
    return {
        "source": str(house.bo), "week_on": "", "to_ids": [str(house.amara)],
        "into": "dated", "first_on": "2026-12-16", "last_on": "",
    } | changes  # fmt: skip


def copied(office: Browser, page: Page) -> str:
    return office.follow(page).words


@pytest.mark.usefixtures("odd")
def test_any_day_of_a_week_stands_for_it(app: Flask, office: Browser, house: House) -> None:
    page = send(office, PATH, **fields(house, last_on="2026-12-27"))

    assert "The week is copied. Every booked session still fits." in copied(office, page)
    page = office.get("/office/studio/week?week=2026-12-14")
    assert "Other hours: As Bo Lind" in page.words
    amara = page.one("tr:has(b:-soup-contains('Amara Vale'))").text
    assert "18:00-20:00" in amara
    assert "09:00" not in amara
    after = office.get("/office/studio/week?week=2026-12-28")
    assert "09:00-18:00" in after.one("tr:has(b:-soup-contains('Amara Vale'))").text


@pytest.mark.usefixtures("odd")
def test_what_happens_is_said_in_a_sentence(office: Browser, house: House) -> None:
    to = [str(house.amara), str(house.room)]
    for changes, told in (
        (
            {"first_on": "2026-12-08"},
            "the week of Mon 7 Dec 2026 as the ordinary week of Bo Lind.",
        ),
        (
            {"first_on": "2026-12-01", "last_on": "2026-12-09", "week_on": "2026-12-24"},
            "to Mon 7 Dec 2026 as the week of Mon 21 Dec 2026 of Bo Lind.",
        ),
        ({"into": "ordinary"}, "every ordinary week is as the ordinary week of Bo Lind."),
    ):
        page = send(office, PATH, 200, **fields(house, to_ids=to, **changes))
        assert page.one("h1").text == "What this does"
        assert page.one(".lede").text.startswith("Amara Vale, Room")
        assert page.one(".lede").text.endswith(told)


@pytest.mark.usefixtures("odd")
def test_into_every_ordinary_week(app: Flask, office: Browser, house: House) -> None:
    page = send(office, PATH, 200, **fields(house, into="ordinary", first_on=""))
    office.submit(page)
    assert hours_of(app, house.amara) == hours_of(app, house.bo) == [(1, 1080, 1200)]
    assert count(app, HoursOverride) == 0


BAD: list[tuple[dict[str, Any], str]] = [
    ({"to_ids": []}, "to_ids"),
    ({"to_ids": ["999999"]}, "to_ids"),
    ({"to_ids": ["x\x00"]}, "to_ids"),
    ({"source": "999999"}, "source"),
    ({"source": "studio"}, "source"),
    ({"source": "9" * 5000}, "source"),
    ({"into": "nowhere"}, "into"),
    ({"first_on": ""}, "first_on"),
    ({"first_on": "soon"}, "first_on"),
    ({"first_on": "2026-11-22"}, "first_on"),  # its week ended yesterday
    ({"last_on": "2026-12-13"}, "last_on"),
    ({"first_on": "2026-12-07", "last_on": "2027-12-13"}, "last_on"),
    ({"first_on": "0001-01-01"}, "first_on"),
    ({"week_on": "2026-02-30"}, "week_on"),
]


def test_odd_copies_are_refused_in_words_and_kept(
    app: Flask, office: Browser, house: House
) -> None:
    for changes, field in BAD:
        page = send(office, PATH, 422, **fields(house, **changes))
        assert page.one(f"#{field}-error").text.strip(), changes
        kept = page.fields(page.form())
        if field not in {"source", "to_ids", "into"}:
            typed = fields(house, **changes)
            assert (kept["to_ids"], kept["source"]) == (str(house.amara), str(house.bo))
            assert (kept["first_on"], kept["last_on"]) == (typed["first_on"], typed["last_on"])
    assert count(app, HoursOverride) == 0


def test_the_running_week_and_a_year_are_the_limits(app: Flask, house: House, clock: Clock) -> None:
    clock.advance(days=5)
    office = people.signed_in(app, Role.MANAGER)
    send(office, PATH, **fields(house, first_on="2026-11-23"))
    send(office, PATH, **fields(house, first_on="2026-12-16", last_on="2027-12-19"))


def test_a_week_in_the_address_is_filled_in_with_the_one_after(
    office: Browser, house: House
) -> None:
    for week, filled in (
        ("2026-12-09", ("2026-12-09", "2026-12-16")),
        ("2100-12-31", ("2100-12-31", "2101-01-07")),
        ("never", ("", "")),
        ("", ("", "")),
    ):
        form = office.get(PATH, query_string={"week": week})
        fields = form.fields(form.form())
        assert (fields["week_on"], fields["first_on"]) == filled
