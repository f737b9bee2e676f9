"""Taxes in the office: the usual one, rates from a day on, and rates of one's own."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.catalogue import tax_service
from studio.catalogue.models import AddOn, Package
from studio.catalogue.tax_service import RateEdit, RateGone
from studio.db import db
from studio.domain.tax import Tax, Taxed
from studio.scheduling.memory import memory
from studio.scheduling.models import CalendarLock
from studio.scheduling.taxes import TaxRate
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import START, Clock

PATH = "/office/packages/taxes"
TODAY = START.date()


@pytest.fixture
def slug(app: Flask, rolled_back: None) -> str:
    with app.app_context():
        extra = factories.an_add_on(price=6000, minutes=0)
        place = factories.a_place(fee_minor=2000, currency="GBP")
        package = factories.a_bookable_package(add_ons=[extra], place=place)
        return factories.kept(package).slug


@pytest.fixture
def office(app: Flask, slug: str) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def add(office: Browser, status: int = 303, /, **fields: Any) -> Page:
    given = {"kind": "all", "first_on": str(TODAY), "percent": "10"} | fields
    return office.submit(office.get(f"{PATH}/new"), given, status=status)


def only(app: Flask) -> TaxRate:
    with app.app_context():
        return db.session.scalars(select(TaxRate)).one()


def sold(app: Flask) -> dict[str, tuple[Decimal, bool, int]]:
    """How each kind of line of a new booking is taxed."""
    with app.app_context():
        package = db.session.scalars(select(Package)).one()
        extra = db.session.scalars(select(AddOn)).one()
        lines = factories.a_hold(package, add_ons=[extra.slug]).lines
        return {e.kind: (e.tax_percent, e.tax_included, e.total_minor) for e in lines}


def test_the_usual_tax_is_changed_and_what_is_booked_keeps_its_own(
    app: Flask, office: Browser, browser: Browser, slug: str
) -> None:
    with app.app_context():
        before = factories.a_hold(db.session.scalars(select(Package)).one()).reference
    page = office.get(f"{PATH}/usual")
    assert page.fields(page.form())["percent"] == "20"

    given = {"name": "Sales tax", "percent": "8.875", "how": "on top"}
    page = office.follow(office.submit(page, given))

    assert "What is booked already keeps its own." in page.words
    assert "8.875% Sales tax comes on top of the prices." in page.words
    words = browser.get(f"/packages/{slug}").words
    assert "plus 8.875% Sales tax" in words
    assert "£60, plus 8.875% Sales tax" in words
    assert "8.875% Sales tax comes on top" in browser.get("/packages/").words
    with app.app_context():
        (line,) = [e for e in factories.booking_of(before).lines if e.kind == "package"]
        assert (line.tax_percent, line.tax_included, line.total_minor) == (Decimal(20), True, 39500)


def test_without_tax_nobody_is_told_that_it_is_included(
    app: Flask, office: Browser, browser: Browser, slug: str
) -> None:
    office.submit(office.get(f"{PATH}/usual"), {"percent": "0"})

    assert "No VAT is charged." in browser.get("/packages/").words
    assert "no VAT" in browser.get(f"/packages/{slug}").words
    assert "VAT included" not in browser.get(f"/book/{slug}?day={factories.DAY}").words


def test_rates_hold_by_kind_from_their_day_on(app: Flask, office: Browser, clock: Clock) -> None:
    page = office.follow(add(office, kind="travel", percent="0"))
    assert "Saved for what is booked from Monday 23 November 2026 on." in page.words
    add(office, kind="add_on", percent="5.5", how="on top")
    add(office, first_on=str(TODAY + timedelta(days=1)), percent="21")

    assert sold(app) == {
        "package": (20, True, 39500),
        "add_on": (Decimal("5.5"), False, 6330),
        "travel": (0, True, 2000),
    }
    # A rate of its own kind comes before one for everything, however new that is.
    clock.advance(days=1)
    people.sign_in(office, "manager@example.com")
    words = office.get(PATH).words
    assert "Sessions and their people Prices include 21% VAT." in words
    assert "Add-ons 5.5% VAT comes on top of the prices." in words
    with app.app_context():
        rates = {each.kind: each.id for each in db.session.scalars(select(TaxRate))}
        tax_service.remove_rate(rates[Taxed.ADD_ON])
    assert "Add-ons Prices include 21% VAT." in office.get(PATH).words


def test_a_day_begins_on_the_studios_clock(app: Flask, office: Browser, clock: Clock) -> None:
    with app.app_context():
        factories.a_studio().zone = "Pacific/Auckland"
        db.session.commit()
        memory().forget()
    add(office, first_on=str(TODAY + timedelta(days=1)), percent="15")
    # 13:00 in London in winter is two in the morning of the next day in Auckland.
    clock.advance(hours=4)

    assert "Prices include 15% VAT." in office.get(PATH).words


def test_a_rate_is_changed_and_removed(app: Flask, office: Browser) -> None:
    add(office, kind="session")
    known = only(app).id
    page = office.get(f"{PATH}/{known}")
    shown = page.fields(page.form())
    assert (shown["kind"], shown["first_on"], shown["percent"]) == ("session", str(TODAY), "10")

    office.submit(page, {"percent": "12.125", "how": "on top"})
    rate = only(app)
    assert (rate.id, rate.percent, rate.included) == (known, Decimal("12.125"), False)

    page = office.follow(office.submit(office.get(PATH), form="/remove"))
    assert "One tax for all" in page.words
    office.get(f"{PATH}/{known}", 404)
    with app.app_context():
        tax_service.remove_rate(known)
        with pytest.raises(RateGone):
            tax_service.keep_rate(known, RateEdit(Taxed.ALL, TODAY, Decimal(1), included=True))


def test_a_form_for_a_rate_that_is_gone_brings_nothing_back(app: Flask, office: Browser) -> None:
    add(office)
    page = office.get(f"{PATH}/{only(app).id}")
    office.submit(office.get(PATH), form="/remove")

    assert "removed meanwhile" in office.follow(office.submit(page)).words


def test_two_rates_for_one_kind_do_not_begin_on_one_day(app: Flask, office: Browser) -> None:
    add(office)
    page = add(office, 422, percent="11")
    assert "change that one" in page.one("#first_on-error").text
    assert page.fields(page.form())["percent"] == "11"
    add(office, kind="travel")

    # One may be saved as it is.
    with app.app_context():
        travel = db.session.scalars(select(TaxRate).where(TaxRate.kind == Taxed.TRAVEL)).one().id
    office.submit(office.get(f"{PATH}/{travel}"))
    page = office.submit(office.get(f"{PATH}/{travel}"), {"kind": "all"}, status=422)
    assert page.one("#first_on-error")


BAD = [
    ("percent", ""), ("percent", "-1"), ("percent", "100.001"), ("percent", "101"),
    ("percent", "8.8751"), ("percent", "1e1"), ("percent", "twenty"), ("percent", "٢٠"),
    ("percent", "20,5"), ("first_on", ""), ("first_on", "2026-13-01"), ("kind", "nothing"),
    ("how", "perhaps"),
]  # fmt: skip


def test_what_is_odd_is_refused_beside_its_field_and_kept(app: Flask, office: Browser) -> None:
    for field, typed in BAD:
        page = add(office, 422, **{field: typed})
        assert page.one(f"#{field}-error").text.strip(), (field, typed)
        if field not in {"kind", "how"}:
            assert page.fields(page.form())[field] == typed
    usual = office.get(f"{PATH}/usual")
    for field, typed in [("name", ""), ("name", "x" * 21), ("percent", "200"), ("how", "")]:
        page = office.submit(usual, {field: typed}, status=422)
        assert page.one(f"#{field}-error").text.strip(), (field, typed)
    with app.app_context():
        assert db.session.scalars(select(TaxRate)).all() == []
        studio = factories.a_studio()
        assert (studio.tax_name, studio.tax_percent, studio.tax_included) == (
            "VAT",
            Decimal(20),
            True,
        )


def test_a_package_and_an_add_on_have_a_rate_of_their_own(
    app: Flask, office: Browser, browser: Browser, slug: str
) -> None:
    with app.app_context():
        package = db.session.scalars(select(Package.id)).one()
        extra = db.session.scalars(select(AddOn.id)).one()
    office.submit(office.get(f"/office/packages/{package}"), {"tax_percent": "5"})
    office.submit(office.get(f"/office/packages/add-ons/{extra}"), {"tax_percent": "0%"})

    assert {kind: percent for kind, (percent, *_) in sold(app).items()} == {
        "package": 5, "add_on": 0, "travel": 20,
    }  # fmt: skip
    page = office.get(f"/office/packages/{package}")
    assert page.fields(page.form())["tax_percent"] == "5"
    office.submit(page, {"tax_percent": ""})
    with app.app_context():
        assert db.session.get_one(Package, package).tax_percent is None


def test_changes_queue_behind_claims(app: Flask, office: Browser) -> None:
    def version() -> int:
        with app.app_context():
            return db.session.scalars(select(CalendarLock.version)).one()

    before = version()
    with app.app_context():
        tax_service.change_usual("VAT", Tax(Decimal(19)))
        tax_service.keep_rate(None, RateEdit(Taxed.ALL, TODAY, Decimal(1), included=True))
    with app.app_context():
        tax_service.remove_rate(only(app).id)
    assert version() == before + 3
