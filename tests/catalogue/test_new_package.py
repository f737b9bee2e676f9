"""The office makes a package: for a kind of session, or as a copy of another."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.accounts.permissions import Role
from studio.catalogue.models import BookingMode, Genre, OpenDays, Package
from studio.db import db
from studio.scheduling.models import CalendarLock
from tests import factories, people
from tests.browsing import Browser, Page

# What a copy has to say for itself.
NOT_COPIED = {"id", "slug", "name", "position", "archived_at"}
MINE = {
    "name": "Actor, three looks",
    "summary": "Two hours, three looks.",
    "includes": "Two hours in the studio\n\n  Three looks \nSix pictures",
    "price": "595",
}


class Shop(NamedTuple):
    """A package with all that packages can have, and a kind of session that has none."""

    package: int
    slug: str
    kind: str
    new_kind: str


@pytest.fixture
def shop(app: Flask, rolled_back: None) -> Shop:
    with app.app_context():
        factories.a_studio()
        skill = factories.a_skill()
        factories.a_photographer(skills=[skill])
        place = factories.a_place()
        package = factories.a_package(
            name="Actor headshot",
            sets=[factories.a_set(), factories.a_set(name="White")],
            skills=[skill],
            add_ons=[factories.an_add_on()],
            place=place,
            mode=BookingMode.REQUEST,
            people_max=3,
            people_included=2,
            minutes_per_extra=15,
            price_per_extra_minor=4500,
            max_per_day=2,
            tax_percent=5,
            position=7,
            light_before_minutes=90,
            light_after_minutes=15,
            open_days=[
                OpenDays(first_on=date(2026, 12, 8), last_on=date(2026, 12, 9), label="Minis")
            ],
        )
        kind = factories.a_session_type(Genre.PORTRAIT, name="Couple")
        return Shop(package.id, package.slug, package.session_type.slug, kind.slug)


@pytest.fixture
def office(app: Flask, shop: Shop) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def make(office: Browser, where: str, status: int = 303, /, **fields: Any) -> Page:
    page = office.get(f"/office/packages/new/{where}")
    return office.submit(page, MINE | fields, form="/office/packages/new/", status=status)


def made(app: Flask, page: Page) -> int:
    """The package whose editor *page* leads to."""
    return int(page.location.rpartition("/")[2])


def columns(app: Flask, package: int) -> dict[str, Any]:
    with app.app_context():
        row = db.session.get_one(Package, package)
        return {column.name: getattr(row, column.name) for column in Package.__table__.columns}


def around(app: Flask, package: int) -> dict[str, Any]:
    """What a package has beside its columns."""
    with app.app_context():
        row = db.session.get_one(Package, package)
        return {
            "sets": [each.set_id for each in row.package_sets],
            "places": [each.place_id for each in row.package_places],
            "skills": [each.id for each in row.skills],
            "add_ons": [each.id for each in row.add_ons],
            "days": [(each.first_on, each.last_on, each.label) for each in row.open_days],
        }


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(func.count(Package.id))).one()


def test_staff_find_their_way_to_a_copy_and_to_a_kind(office: Browser, shop: Shop) -> None:
    assert office.get("/office/packages").one("a[href='/office/packages/new']")
    page = office.get("/office/packages/new")
    copy = office.submit(page, {"package": shop.slug}, form="/new/copy", status=200)
    assert "A copy of Actor headshot" in copy.words
    blank = office.submit(page, {"kind": shop.new_kind}, form="/new/blank", status=200)
    assert "For the kind of session “Couple”" in blank.words


def test_a_copy_has_all_but_the_name_and_is_hidden(app: Flask, office: Browser, shop: Shop) -> None:
    page = office.get(f"/office/packages/new/copy?package={shop.slug}")
    form = page.form("/new/copy")
    assert (page.fields(form)["name"], page.fields(form)["slug"]) == ("", "")

    page = office.submit(page, {"name": "Actor, again"}, form="/new/copy")

    new, old = columns(app, made(app, page)), columns(app, shop.package)
    assert new == {key: new[key] for key in NOT_COPIED} | {
        key: value for key, value in old.items() if key not in NOT_COPIED
    }
    assert (new["slug"], new["name"], new["position"]) == ("actor-again", "Actor, again", 8)
    assert new["archived_at"] is not None
    assert around(app, made(app, page)) == around(app, shop.package)
    assert columns(app, shop.package) == old


def test_a_draft_is_nobodys_until_it_is_put_on_sale(
    app: Flask, office: Browser, shop: Shop
) -> None:
    visitor = Browser(app)
    visitor.get("/packages/actor-again", 404)
    page = make(office, f"copy?package={shop.slug}", name="Actor, again", on_sale="y")

    editor = office.follow(page)
    assert "Actor, again is made. Clients see it once you put it on sale" in editor.words
    visitor.get("/packages/actor-again", 404)
    visitor.get("/book/actor-again", 404)
    assert "Actor, again" not in visitor.get("/packages/").words
    assert "Not on sale" in office.get("/office/packages").words

    office.submit(editor, {"on_sale": "y"})

    shown = visitor.get("/packages/actor-again").words
    assert "Two hours, three looks." in shown
    assert "Actor, again" in visitor.get("/packages/").words
    visitor.get("/book/actor-again")


def test_a_kind_gives_what_its_sessions_take_and_no_price(
    app: Flask, office: Browser, shop: Shop
) -> None:
    where = f"blank?kind={shop.kind}"
    page = office.get(f"/office/packages/new/{where}")
    begun = page.fields(page.form("/new/blank"))
    empty = ("name", "slug", "summary", "includes", "price", "tax_percent", "max_per_day")
    assert [begun[each] for each in empty] == [""] * len(empty)

    which = made(app, make(office, where))

    new, old = columns(app, which), columns(app, shop.package)
    assert new == old | {
        "id": which,
        "slug": "actor-three-looks",
        "name": "Actor, three looks",
        "summary": "Two hours, three looks.",
        "includes": ["Two hours in the studio", "Three looks", "Six pictures"],
        "price_minor": 59500,
        "tax_percent": None,
        "max_per_day": None,
        "position": 8,
        "archived_at": new["archived_at"],
    }
    assert new["archived_at"] is not None
    assert around(app, which) == around(app, shop.package) | {"add_ons": [], "days": []}


def test_the_first_of_its_kind_begins_as_portraits_do(
    app: Flask, office: Browser, shop: Shop
) -> None:
    page = make(office, f"blank?kind={shop.new_kind}", 422)
    assert "Please choose at least one set." in page.one("#set_1-error").text
    set_1 = str(around(app, shop.package)["sets"][0])

    new = columns(app, made(app, make(office, f"blank?kind={shop.new_kind}", set_1=set_1)))

    assert (new["minutes"], new["deposit_percent"], new["mode"]) == (90, 50, BookingMode.INSTANT)
    assert (new["people_max"], new["price_per_extra_minor"], new["currency"]) == (1, 0, "GBP")
    with app.app_context():
        row = db.session.get_one(Package, new["id"])
        assert row.session_type.slug == shop.new_kind


def test_a_name_is_one_packages_alone(app: Flask, office: Browser, shop: Shop) -> None:
    page = make(office, f"copy?package={shop.slug}", 422, name="ACTOR headshot", minutes="55")
    assert "There is a package of this name already" in page.one("#name-error").text
    assert page.fields(page.form("/new/copy"))["minutes"] == "55"
    assert count(app) == 1


def test_an_address_is_one_packages_alone(app: Flask, office: Browser, shop: Shop) -> None:
    where = f"copy?package={shop.slug}"
    page = make(office, where, 422, slug=shop.slug)
    assert "Actor headshot has this address already" in page.one("#slug-error").text
    for typed in ("Actor", "a b", "a/b", "-a", "a--b", "é", "a" * 61):
        page = make(office, where, 422, slug=typed)
        assert page.one("#slug-error").text.strip(), typed
        assert page.fields(page.form("/new/copy"))["slug"] == typed
    assert count(app) == 1
    assert columns(app, made(app, make(office, where, slug="three-looks")))["slug"] == "three-looks"
    # One that is made of the name goes out of the way of others.
    page = make(office, where, name="Three looks")
    assert columns(app, made(app, page))["slug"] == "three-looks-2"


def test_the_same_form_twice_makes_one(app: Flask, office: Browser, shop: Shop) -> None:
    page = office.get(f"/office/packages/new/copy?package={shop.slug}")
    office.submit(page, {"name": "Once"}, form="/new/copy")
    office.submit(page, {"name": "Once"}, form="/new/copy", status=422)
    assert count(app) == 2


def test_what_nobody_could_book_is_said(app: Flask, office: Browser, shop: Shop) -> None:
    long = make(office, f"copy?package={shop.slug}", minutes="720", light_before_minutes="720")
    assert "longer than anybody's day" in office.follow(long).words
    with app.app_context():
        rare = str(factories.a_skill().id)
    alone = make(office, f"copy?package={shop.slug}", name="Rare", skill_ids=[rare])
    assert "Nobody has all the skills it asks for" in office.follow(alone).words
    with app.app_context():
        homeless = factories.a_set(name="Garden")
        homeless.rooms = []
        db.session.commit()
        nowhere = {"set_1": str(homeless.id), "set_2": "0", "place_ids": []}
    open_light = {"light_before_minutes": "", "light_after_minutes": ""}
    page = make(office, f"copy?package={shop.slug}", 422, name="Garden", **nowhere, **open_light)
    assert "No room takes Garden" in page.one("#set_1-error").text


@pytest.mark.parametrize(
    ("field", "typed"),
    [("name", ""), ("name", "x" * 81), ("includes", ""), ("price", ""), ("price", "-1")],
)
def test_bad_input_is_refused_beside_the_field_and_kept(
    app: Flask, office: Browser, shop: Shop, field: str, typed: str
) -> None:
    page = make(office, f"copy?package={shop.slug}", 422, **{field: typed})
    assert page.one(f"#{field}-error").text.strip()
    assert page.fields(page.form("/new/copy"))[field].strip() == typed.strip()
    assert count(app) == 1


def test_making_one_queues_behind_claims(app: Flask, office: Browser, shop: Shop) -> None:
    with app.app_context():
        before = db.session.scalars(select(CalendarLock.version)).one()
    make(office, f"copy?package={shop.slug}")
    with app.app_context():
        assert db.session.scalars(select(CalendarLock.version)).one() == before + 1


@pytest.mark.parametrize("where", ["copy", "blank", "copy?package=nobodys", "blank?kind=nobodys"])
def test_what_is_not_there_cannot_be_begun_with(office: Browser, where: str) -> None:
    office.get(f"/office/packages/new/{where}", 404)


def test_only_who_edits_packages_makes_them(app: Flask, shop: Shop) -> None:
    helper = people.signed_in(app, Role.PREP)
    for where in ("", f"/copy?package={shop.slug}", f"/blank?kind={shop.kind}"):
        helper.get(f"/office/packages/new{where}", 403)


def test_without_kinds_of_session_there_is_nothing_to_make(app: Flask, rolled_back: None) -> None:
    with app.app_context():
        factories.a_studio()
    manager = people.signed_in(app, Role.MANAGER)
    assert "No kinds of session yet" in manager.get("/office/packages/new").words
