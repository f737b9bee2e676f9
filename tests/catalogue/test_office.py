from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking.models import Booking
from studio.catalogue import service
from studio.catalogue.editing import choices_for
from studio.catalogue.forms import PackageForm
from studio.catalogue.models import Package
from studio.db import db
from studio.domain.money import Money
from studio.scheduling.models import CalendarLock
from tests import factories, people
from tests.browsing import Browser, Page


@pytest.fixture
def package(app: Flask, rolled_back: None) -> int:
    with app.app_context():
        factories.a_studio()
        return factories.a_bookable_package(name="Actor headshot", deposit_percent=0).id


@pytest.fixture
def office(app: Flask, package: int) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def stored(app: Flask, package: int) -> Package:
    with app.app_context():
        return db.session.get_one(Package, package)


def everything(app: Flask, package: int) -> dict[str, Any]:
    with app.app_context():
        row = db.session.get_one(Package, package)
        return {column.name: getattr(row, column.name) for column in Package.__table__.columns}


def edit(office: Browser, package: int, status: int = 303, **changes: str) -> Page:
    page = office.get(f"/office/packages/{package}")
    return office.submit(page, changes, form="", status=status)


def test_the_list_shows_what_each_package_is(app: Flask, office: Browser, package: int) -> None:
    words = office.get("/office/packages").words
    row = stored(app, package)
    assert "Actor headshot" in words
    assert str(row.minutes) in words
    assert "On sale" in words
    assert "Grey seamless" in words


def test_saving_changes_what_was_typed_and_nothing_else(
    app: Flask, office: Browser, package: int
) -> None:
    before = everything(app, package)
    page = edit(
        office,
        package,
        name="Actor\u2019s headshot",
        summary="Two looks.\nOne afternoon.",
        price="1,084.50",
        deposit_percent="30",
        minutes="95",
        people_max="3",
        lead_hours="0",
        horizon_days="365",
        step_minutes="20",
        looks="4",
        retouched_images="0",
        max_per_day="2",
    )
    assert "Actor\u2019s headshot is saved." in office.follow(page).words
    assert everything(app, package) == before | {
        "name": "Actor\u2019s headshot",
        "summary": "Two looks.\nOne afternoon.",
        "price_minor": 108_450,
        "deposit_percent": 30,
        "minutes": 95,
        "people_max": 3,
        "lead_hours": 0,
        "horizon_days": 365,
        "step_minutes": 20,
        "looks": 4,
        "retouched_images": 0,
        "max_per_day": 2,
    }


def test_what_clients_get_and_when_is_changed(app: Flask, office: Browser, package: int) -> None:
    before = everything(app, package)
    with app.app_context():
        other = factories.a_package(name="Another").licence_id
    edit(
        office,
        package,
        includes="An hour\n\n  A print \n",
        proofs_shown="20-30",
        proofs_business_days="0",
        finals_business_days="9",
        balance_hours_before="48",
        licence_id=str(other),
    )
    assert everything(app, package) == before | {
        "includes": ["An hour", "A print"],
        "proofs_shown": "20-30",
        "proofs_business_days": 0,
        "finals_business_days": 9,
        "balance_hours_before": 48,
        "licence_id": other,
    }


def test_a_package_takes_no_others_name(app: Flask, office: Browser, package: int) -> None:
    with app.app_context():
        factories.a_package(name="Family portrait")
    page = edit(office, package, 422, name="FAMILY portrait")
    assert "There is a package of this name already" in page.one("#name-error").text
    # Its own is no other's, however it is written.
    edit(office, package, name="ACTOR headshot")
    assert stored(app, package).name == "ACTOR headshot"


def test_saving_without_a_change_changes_nothing(app: Flask, office: Browser, package: int) -> None:
    before = everything(app, package)
    edit(office, package)
    assert everything(app, package) == before


def test_a_package_leaves_the_shop_and_comes_back(
    app: Flask, office: Browser, package: int
) -> None:
    page = office.get(f"/office/packages/{package}")
    fields = page.fields(page.form())
    del fields["on_sale"]
    assert office.client.post(page.path, data=fields).status_code == 303
    left = everything(app, package)["archived_at"]
    assert left is not None
    assert "Not on sale" in office.get("/office/packages").words
    # Saving again keeps the day on which it left.
    assert office.client.post(page.path, data=fields).status_code == 303
    assert everything(app, package)["archived_at"] == left
    edit(office, package, on_sale="y")
    assert everything(app, package)["archived_at"] is None


def test_a_booking_keeps_what_it_was_sold_under(app: Flask, office: Browser, package: int) -> None:
    with app.app_context():
        factories.a_confirmed_booking(db.session.get_one(Package, package))
        row = db.session.scalars(select(Booking)).one()
        before = (row.minutes, row.price_minor, row.people, row.looks, row.ends_at)
    edit(office, package, minutes="300", price="1", looks="9")
    with app.app_context():
        row = db.session.scalars(select(Booking)).one()
        assert (row.minutes, row.price_minor, row.people, row.looks, row.ends_at) == before


def test_an_edit_queues_behind_claims(app: Flask, office: Browser, package: int) -> None:
    def version() -> int:
        with app.app_context():
            return db.session.scalars(select(CalendarLock.version)).one()

    before = version()
    edit(office, package, minutes="50")
    assert version() == before + 1


BAD = [
    ("name", ""),
    ("name", "x" * 81),
    ("name", "a\x00b"),
    ("name", "two\nlines"),
    ("name", "turned\u202earound"),
    ("summary", ""),
    ("summary", "x" * 301),
    ("price", ""),
    ("price", "-1"),
    ("price", "84.505"),
    ("price", "1e3"),
    ("price", "NaN"),
    ("price", "100000.01"),
    ("price", "9" * 5000),
    ("price", "\uff19\uff15"),
    ("price", "$84"),
    ("price", "1,00"),
    ("minutes", "4"),
    ("minutes", "721"),
    ("minutes", "1_0"),
    ("minutes", "\uff14\uff15"),
    ("minutes", "45.5"),
    ("minutes", "-45"),
    ("minutes", "9" * 400),
    ("minutes", str(2**63)),
    ("deposit_percent", "101"),
    ("lead_hours", "2001"),
    ("horizon_days", "0"),
    ("horizon_days", "731"),
    ("step_minutes", "0"),
    ("people_min", "0"),
    ("looks", "0"),
    ("retouched_images", "501"),
    ("max_per_day", "0"),
    ("includes", ""),
    ("includes", "\n".join(["a line"] * 21)),
    ("includes", "x" * 201),
    ("proofs_shown", ""),
    ("proofs_business_days", "61"),
    ("finals_business_days", "251"),
    ("balance_hours_before", "2001"),
]


def test_bad_input_is_refused_beside_the_field_and_nothing_typed_is_lost(
    app: Flask, office: Browser, package: int
) -> None:
    before = everything(app, package)
    for field, typed in BAD:
        page = edit(office, package, 422, **{"people_max": "7", field: typed})
        assert page.one(f"#{field}-error").text.strip(), (field, typed)
        assert page.one(f"#{field}")["aria-invalid"] == "true", (field, typed)
        shown = page.fields(page.form())
        printable = typed.replace("\x00", "").replace("\u202e", "")
        assert shown[field].lstrip("\r\n") == printable, (field, typed)
        assert shown["people_max"] == "7", (field, typed)
    assert everything(app, package) == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"people_min": "3", "people_max": "2"}, "people_max"),
        ({"lead_hours": "240", "horizon_days": "10"}, "horizon_days"),
    ],
)
def test_fields_have_to_agree(
    app: Flask, office: Browser, package: int, changes: dict[str, str], field: str
) -> None:
    before = everything(app, package)
    page = edit(office, package, 422, **changes)
    assert page.one(f"#{field}-error").text.strip()
    assert everything(app, package) == before


def test_a_field_that_is_missing_is_asked_for(app: Flask, office: Browser, package: int) -> None:
    page = office.get(f"/office/packages/{package}")
    fields = page.fields(page.form())
    del fields["price"]
    response = office.client.post(page.path, data=fields)
    assert response.status_code == 422
    assert "Please fill this in." in response.text


def test_the_first_of_a_field_that_comes_twice_counts(
    app: Flask, office: Browser, package: int
) -> None:
    page = office.get(f"/office/packages/{package}")
    fields: dict[str, Any] = page.fields(page.form())
    fields["minutes"] = ["50", "500"]
    assert office.client.post(page.path, data=fields).status_code == 303
    assert everything(app, package)["minutes"] == 50


def test_columns_that_are_not_on_the_form_cannot_be_posted(
    app: Flask, office: Browser, package: int
) -> None:
    before = everything(app, package)
    edit(office, package, slug="other", currency="JPY", id="99", session_type_id="99")
    assert everything(app, package) == before


@pytest.mark.parametrize("path", ["/office/packages/0", f"/office/packages/{2**63}"])
def test_nobodys_package_is_not_found(office: Browser, path: str) -> None:
    office.get(path, 404)


def test_a_package_keeps_its_currency(app: Flask, package: int) -> None:
    with app.test_request_context():
        known = db.session.get_one(Package, package)
        form = PackageForm.of(known, choices_for(db.session(), known))
        edit = replace(form.to_request(), price=Money(1, "JPY"))
        with pytest.raises(ValueError, match="currency"):
            service.edit_package(package, edit)
