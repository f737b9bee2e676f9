"""The office's editor: what a package asks of the calendar."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from studio.accounts.permissions import Role
from studio.catalogue.models import BookingMode, Package
from studio.db import db
from studio.domain.availability import Gaps
from studio.scheduling.places import Place
from tests import factories, people
from tests.browsing import Browser, Page


@pytest.fixture
def package(app: Flask, rolled_back: None) -> int:
    with app.app_context():
        factories.a_studio()
        return factories.a_bookable_package(name="Family outside").id


@pytest.fixture
def office(app: Flask, package: int) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def a_place(app: Flask, slug: str, **changes: Any) -> int:
    with app.app_context():
        known = {"address": "1 Heath Row", "latitude": 51.5, "longitude": -0.1}
        row = Place(slug=slug, name=slug.title(), travel_minutes=25, **known | changes)
        db.session.add(row)
        db.session.commit()
        return row.id


def a_set(app: Flask, name: str) -> int:
    with app.app_context():
        row = factories.a_set(name=name)
        row.rooms = []
        db.session.commit()
        return row.id


def edit(office: Browser, package: int, status: int = 303, **changes: Any) -> Page:
    page = office.get(f"/office/packages/{package}")
    return office.submit(page, changes, form="", status=status)


def test_every_rule_is_saved_and_comes_back(app: Flask, office: Browser, package: int) -> None:
    places = [a_place(app, "heath"), a_place(app, "river")]
    golden = a_set(app, "Golden hour")
    rules: dict[str, Any] = {
        "mode": "request",
        "gaps": "only",
        "minutes": "60",
        "people_included": "4",
        "minutes_per_extra": "15",
        "price_per_extra": "12.50",
        "same_minutes": "7",
        "clear_minutes": "8",
        "light_before_minutes": "90",
        "light_after_minutes": "0",
        "open_dates": "2026-12-05 to 2026-12-06 Christmas minis\n2026-11-28",
        "set_1": str(golden),
        "place_ids": [str(each) for each in places],
    }
    edit(office, package, **rules)
    with app.app_context():
        row = db.session.get_one(Package, package)
        assert (row.mode, row.gaps) == (BookingMode.REQUEST, Gaps.ONLY)
        assert (row.people_included, row.minutes_per_extra) == (4, 15)
        assert row.price_per_extra_minor == 1250
        assert (row.same_minutes, row.clear_minutes) == (7, 8)
        assert (row.light_before_minutes, row.light_after_minutes) == (90, 0)
        assert [each.place_id for each in row.package_places] == places
        assert [each.set_id for each in row.package_sets] == [golden]
        assert [(each.first_on, each.last_on, each.label) for each in row.open_days] == [
            (date(2026, 11, 28), date(2026, 11, 28), ""),
            (date(2026, 12, 5), date(2026, 12, 6), "Christmas minis"),
        ]
    # Saved again as it is shown, nothing is lost.
    edit(office, package)
    page = office.get(f"/office/packages/{package}")
    shown = page.fields(page.form())
    assert shown["place_ids"] == rules["place_ids"]
    assert shown["open_dates"].split("\n")[0] == "2026-11-28"
    assert (shown["gaps"], shown["light_after_minutes"]) == ("only", "0")


def test_a_set_without_a_room_needs_a_place(app: Flask, office: Browser, package: int) -> None:
    golden = a_set(app, "Golden hour")
    page = edit(office, package, 422, set_2=str(golden))
    assert "No room takes both" in page.one("#set_1-error").text
    assert page.fields(page.form())["set_2"] == str(golden)
    with app.app_context():
        assert len(db.session.get_one(Package, package).package_sets) == 1


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"light_before_minutes": "90"}, "light_after_minutes", "both, or neither"),
        ({"light_before_minutes": "90", "light_after_minutes": "0"}, "place_ids", "needs a place"),
        ({"set_1": "0"}, "set_1", "at least one set"),
        ({"open_dates": "5 December"}, "open_dates", "does not begin with a date"),
        ({"open_dates": "2026-12-06 to 2026-12-05"}, "open_dates", "ends before it begins"),
        ({"open_dates": "2026-12-05 " + "x" * 81}, "open_dates", "is too long"),
        ({"place_ids": ["999"]}, "place_ids", "choose from these"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    app: Flask, office: Browser, package: int, changes: dict[str, Any], field: str, sentence: str
) -> None:
    a_place(app, "heath")
    page = edit(office, package, 422, people_max="7", **changes)
    assert sentence in page.one(f"#{field}-error").text
    assert page.fields(page.form())["people_max"] == "7"


def test_the_light_is_that_of_a_place_of_its_own(app: Flask, office: Browser, package: int) -> None:
    there = a_place(app, "yours", at_client=True)
    light = {"light_before_minutes": "90", "light_after_minutes": "0"}
    page = edit(office, package, 422, place_ids=[str(there)], **light)
    assert "leave out those" in page.one("#place_ids-error").text


def test_a_session_longer_than_the_day_is_warned_of(office: Browser, package: int) -> None:
    page = edit(office, package, minutes="720")
    assert "longer than" in office.follow(page).words
    page = edit(office, package, minutes="60")
    assert "longer than" not in office.follow(page).words


def test_a_session_fits_into_its_light(app: Flask, office: Browser, package: int) -> None:
    light: dict[str, Any] = {"light_before_minutes": "40", "light_after_minutes": "20"}
    light["place_ids"] = [str(a_place(app, "heath"))]
    page = edit(office, package, 422, minutes="61", **light)
    assert "longer than this light" in page.one("#light_before_minutes-error").text
    edit(office, package, minutes="60", **light)
