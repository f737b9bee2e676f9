"""The page of times: how far it looks by itself, and the way back to it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.booking import service
from studio.booking.service import HoldRequest
from studio.catalogue.models import Package
from studio.db import db
from studio.scheduling import openings
from studio.scheduling.models import Photographer
from tests import factories
from tests.browsing import Browser
from tests.clock import Clock


@pytest.fixture
def nothing_free(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """A calendar without a free time; the first day of each month that was looked at."""
    looked: list[date] = []

    def starts_on(_session: object, _needs: object, days: Any, _now: object) -> list[Any]:
        looked.append(days[0])
        return []

    monkeypatch.setattr(openings, "starts_on", starts_on)
    return looked


def test_it_looks_through_the_usual_horizon_and_no_further(
    app: Flask, browser: Browser, nothing_free: list[date]
) -> None:
    with app.app_context():
        package = factories.a_bookable_package(horizon_days=730).slug

    page = browser.get(f"/book/{package}")

    assert len(nothing_free) == 5
    assert "Nothing is free until the end of March 2027." in page.words
    further = next(a for a in page.all("a[href]") if a.text == "Look at the month after")
    assert "month=2027-04" in str(further["href"])

    nothing_free.clear()
    page = browser.get(str(further["href"]))
    assert len(nothing_free) == 1
    assert "Nothing is free in April 2027." in page.words


@pytest.mark.parametrize("beyond", ["month=2101-01", "month=1999-12", "day=8000-01-01", "day=2026"])
def test_a_day_that_no_studio_plans_is_as_good_as_not_given(
    app: Flask, browser: Browser, beyond: str
) -> None:
    with app.app_context():
        package = factories.a_bookable_package().slug

    assert "November 2026" in browser.get(f"/book/{package}?{beyond}").words


def test_a_hold_that_is_over_leads_back_to_its_day_on_the_studio_s_clock(
    app: Flask, browser: Browser, clock: Clock
) -> None:
    morning_in_auckland = datetime(2026, 12, 8, 21, 15, tzinfo=UTC)
    with app.app_context():
        factories.a_studio(zone="Pacific/Auckland", zone_city="Auckland")
        package = factories.a_bookable_package()
        held = service.hold_time(HoldRequest(package=package.slug, starts_at=morning_in_auckland))
    clock.advance(minutes=16)

    page = browser.get(f"/checkout/{held.token}", status=410)

    assert "Wednesday 9 December" in page.words
    assert [a for a in page.all("a[href]") if "day=2026-12-09" in str(a["href"])]


def test_what_is_kept_of_a_month_follows_every_hold(
    app: Flask, browser: Browser, clock: Clock
) -> None:
    with app.app_context():
        package = factories.a_bookable_package().slug

    def shown() -> tuple[str, list[str]]:
        page = browser.get(f"/book/{package}?day=2026-12-08")
        (day,) = (a for a in page.all("a.day") if a.text.split()[0] == "8")
        return str(day["aria-label"]), [
            str(each["value"]) for each in page.all("input[name=starts_at]")
        ]

    label, starts = shown()
    assert "2026-12-08T10:15:00+00:00" in starts
    assert shown() == (label, starts)

    with app.app_context():
        factories.a_hold(db.session.scalars(select(Package)).one())
    fewer = shown()
    assert fewer[0] != label
    assert "2026-12-08T10:15:00+00:00" not in fewer[1]

    clock.advance(minutes=16)
    assert shown() == (label, starts), "nothing was written when the hold ran out"


def test_what_is_kept_of_a_day_follows_who_is_free(app: Flask, browser: Browser) -> None:
    with app.app_context():
        package = factories.a_bookable_package(
            sets=[factories.a_set(rooms=[factories.a_resource(), factories.a_resource()])]
        )
        factories.a_photographer("Jonas Reed")
        address = f"/book/{package.slug}?day=2026-12-08"
        jonas = db.session.scalars(select(Photographer)).all()[1].slug

    assert "10:15 Amara or Jonas" in browser.get(address).words
    slots = browser.get(f"{address}&photographer={jonas}").all("label.slot")
    assert slots
    assert not [each for each in slots if "Amara" in each.text]

    with app.app_context():
        factories.a_hold(db.session.scalars(select(Package)).one())
    (label, *_) = [
        each.text for each in browser.get(address).all("label.slot") if "10:15" in each.text
    ]
    assert label.split() in (["10:15", "Amara"], ["10:15", "Jonas"])
