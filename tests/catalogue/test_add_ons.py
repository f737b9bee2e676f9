"""The office's pages of what can be added to a package."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.accounts.permissions import Role
from studio.catalogue import add_on_service, set_service
from studio.catalogue.add_on_service import AddOnEdit, OfSets, SoldOtherwise
from studio.catalogue.models import AddOn, AddOnResource, Package
from studio.catalogue.set_service import TooMuch
from studio.db import db
from studio.domain.money import Money
from studio.scheduling.models import CalendarLock, Resource, ResourceKind
from tests import factories, people
from tests.browsing import Browser, Page
from tests.clock import START, Clock
from tests.office.counting import questions


class Shop(NamedTuple):
    """A package, who makes up, the chair they do it in, and lamps that the package's set takes."""

    package: int
    artist: int
    chair: int
    lamps: int


@pytest.fixture
def shop(app: Flask, rolled_back: None) -> Shop:
    with app.app_context():
        lamps = factories.a_resource(ResourceKind.POOL, name="Lamps", capacity=4)
        return Shop(
            factories.a_bookable_package(
                sets=[factories.a_set(equipment=[(lamps, 1)])], deposit_percent=0
            ).id,
            factories.a_resource(ResourceKind.ARTIST, name="Lena Moor").id,
            factories.a_resource(ResourceKind.POOL, name="Make-up chair", capacity=2).id,
            lamps.id,
        )


@pytest.fixture
def office(app: Flask, shop: Shop) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def make_up(shop: Shop, **changes: Any) -> dict[str, Any]:
    """The fields of make-up before the session."""
    fields: dict[str, Any] = {
        "name": "Make-up",
        "summary": "In the chair, before we begin.",
        "price": "85",
        "before_minutes": "45",
        "artist_ids": [str(shop.artist)],
        f"pool_{shop.chair}": "1",
        "package_ids": [str(shop.package)],
    }
    return fields | changes


def wanted(shop: Shop, **changes: Any) -> AddOnEdit:
    """The same for the use case."""
    edit = AddOnEdit(
        name="Make-up",
        summary="In the chair.",
        price=Money(8500, "GBP"),
        tax_percent=None,
        minutes=0,
        looks=0,
        before_minutes=45,
        artists=(shop.artist,),
        equipment={shop.chair: 1},
        lead_hours=0,
        position=None,
        packages=(shop.package,),
        on_sale=True,
    )
    return replace(edit, **changes)


def add(office: Browser, fields: dict[str, Any], status: int = 303) -> Page:
    return office.submit(office.get("/office/packages/add-ons/new"), fields, status=status)


def change(office: Browser, add_on: int, status: int = 303, /, **fields: Any) -> Page:
    page = office.get(f"/office/packages/add-ons/{add_on}")
    return office.submit(page, fields, status=status)


def only(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(AddOn.id)).one()


def stored(app: Flask, add_on: int) -> dict[str, Any]:
    """All there is of an add-on."""
    with app.app_context():
        row = db.session.get_one(AddOn, add_on)
        columns = {column.name: getattr(row, column.name) for column in AddOn.__table__.columns}
        goes_with = select(Package.id).where(Package.add_ons.contains(row)).order_by(Package.id)
        return columns | {
            "takes": {each.resource_id: each.quantity for each in row.resources},
            "packages": list(db.session.scalars(goes_with)),
        }


def count(app: Flask) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count(AddOn.id))) or 0)


def test_make_up_is_added_and_found_again(app: Flask, office: Browser, shop: Shop) -> None:
    page = office.follow(add(office, make_up(shop)))

    assert "Make-up is saved." in page.words
    assert "£85 45 minutes before Lena Moor, Make-up chair 72 hours Standard headshot" in page.words
    found = stored(app, only(app))
    assert found == found | {
        "slug": "make-up",
        "name": "Make-up",
        "summary": "In the chair, before we begin.",
        "price_minor": 8500,
        "currency": "GBP",
        "minutes": 0,
        "before_minutes": 45,
        "lead_hours": 72,
        "position": 1,
        "archived_at": None,
        "takes": {shop.artist: 1, shop.chair: 1},
        "packages": [shop.package],
    }


def test_notice_is_three_days_only_where_somebody_comes_in(
    app: Flask, office: Browser, shop: Shop
) -> None:
    add(office, make_up(shop, lead_hours="0"))
    assert stored(app, only(app))["lead_hours"] == 0
    add(office, make_up(shop, name="Steaming", artist_ids=[]))
    add(office, {"name": "A print", "summary": "Framed.", "price": "85.50"})
    with app.app_context():
        assert list(db.session.scalars(select(AddOn.lead_hours))) == [0, 0, 0]
        assert list(db.session.scalars(select(AddOn.position))) == [1, 2, 3]


def test_saving_unchanged_changes_nothing(app: Flask, office: Browser, shop: Shop) -> None:
    add(office, make_up(shop))
    before = stored(app, only(app))

    change(office, only(app))

    assert stored(app, only(app)) == before


def test_an_artist_who_comes_back_does_it_as_before(
    app: Flask, office: Browser, shop: Shop
) -> None:
    with app.app_context():
        bo = factories.a_resource(ResourceKind.ARTIST, name="Bo Lind").id
    add(office, make_up(shop, artist_ids=[str(bo), str(shop.artist)]))
    with app.app_context():
        left = db.session.get_one(Resource, bo)
        left.archived_at = START
        factories.kept(left)

    page = office.get(f"/office/packages/add-ons/{only(app)}")
    assert [box["value"] for box in page.all("[name=artist_ids]")] == [str(shop.artist)]
    change(office, only(app))

    assert set(stored(app, only(app))["takes"]) == {bo, shop.artist, shop.chair}


def test_everything_can_be_changed_but_its_address(app: Flask, office: Browser, shop: Shop) -> None:
    add(office, make_up(shop))
    with app.app_context():
        other = factories.a_package(name="Portrait").id
        bo = factories.a_resource(ResourceKind.ARTIST, name="Bo Lind").id
    before = stored(app, only(app))

    changes: dict[str, Any] = {
        "name": "Hair",
        "summary": "Quick.",
        "price": "1,084.50",
        "minutes": "5",
        "looks": "2",
        "before_minutes": "60",
        "artist_ids": [str(bo)],
        f"pool_{shop.chair}": "2",
        "lead_hours": "12",
        "position": "7",
        "package_ids": [str(other)],
    }
    change(office, only(app), **changes)

    assert stored(app, only(app)) == before | {
        "name": "Hair",
        "summary": "Quick.",
        "price_minor": 108_450,
        "minutes": 5,
        "looks": 2,
        "before_minutes": 60,
        "lead_hours": 12,
        "position": 7,
        "takes": {bo: 1, shop.chair: 2},
        "packages": [other],
    }


def test_two_of_one_name_have_addresses_of_their_own(
    app: Flask, office: Browser, shop: Shop
) -> None:
    add(office, make_up(shop))
    add(office, make_up(shop))

    with app.app_context():
        assert set(db.session.scalars(select(AddOn.slug))) == {"make-up", "make-up-2"}


def test_it_leaves_the_shop_and_comes_back(
    app: Flask, office: Browser, shop: Shop, clock: Clock
) -> None:
    add(office, make_up(shop))
    page = office.get(f"/office/packages/add-ons/{only(app)}")
    fields = page.fields(page.form())
    del fields["on_sale"]
    with app.app_context():
        address = f"/book/{db.session.get_one(Package, shop.package).slug}"
    assert "Make-up" in office.get(address).words

    assert office.client.post(page.path, data=fields).status_code == 303
    assert "Not on sale" in office.get("/office/packages/add-ons").words
    assert "Make-up" not in office.get(address).words
    left = stored(app, only(app))["archived_at"]
    clock.advance(minutes=1)
    assert office.client.post(page.path, data=fields).status_code == 303
    assert stored(app, only(app))["archived_at"] == left is not None

    change(office, only(app), on_sale="y")
    assert "Make-up" in office.get(address).words


BAD: list[tuple[str, Any]] = [
    ("name", ""),
    ("name", "x" * 81),
    ("name", "two\nlines"),
    ("name", "turned\u202earound"),
    ("summary", ""),
    ("summary", "x" * 301),
    ("price", ""),
    ("price", "-1"),
    ("price", "84.505"),
    ("price", "$84"),
    ("price", "100000.01"),
    ("minutes", ""),
    ("minutes", "481"),
    ("minutes", "1_0"),
    ("before_minutes", "481"),
    ("before_minutes", "-45"),
    ("before_minutes", "9" * 400),
    ("before_minutes", "0"),
    ("lead_hours", "2001"),
    ("lead_hours", "three"),
    ("position", "1001"),
    ("artist_ids", ["999999"]),
    ("artist_ids", ["Lena"]),
    ("package_ids", ["999999"]),
]


def test_bad_input_is_refused_beside_the_field_and_nothing_typed_is_lost(
    app: Flask, office: Browser, shop: Shop
) -> None:
    add(office, make_up(shop))
    before = stored(app, only(app))
    for field, typed in BAD:
        page = change(office, only(app), 422, **{"position": "9", field: typed})
        assert page.one(f"#{field}-error").text.strip(), (field, typed)
        shown = page.fields(page.form())
        if isinstance(typed, str):
            assert shown[field].lstrip("\r\n") == typed.replace("\u202e", ""), (field, typed)
        if field != "position":
            assert shown["position"] == "9", (field, typed)
        add(office, make_up(shop, **{field: typed}), 422)
    assert stored(app, only(app)) == before
    assert count(app) == 1


def test_what_comes_before_needs_somebody_or_something(
    app: Flask, office: Browser, shop: Shop
) -> None:
    page = add(office, make_up(shop, artist_ids=[], **{f"pool_{shop.chair}": "0"}), 422)

    assert "choose who does it" in page.one("#before_minutes-error").text
    assert page.fields(page.form())["before_minutes"] == "45"
    with app.app_context(), pytest.raises(ValueError, match="somebody"):
        add_on_service.add_add_on(wanted(shop, artists=(), equipment={}))


def test_a_pool_of_the_sets_is_refused_and_says_whose(office: Browser, shop: Shop) -> None:
    page = add(office, make_up(shop, **{f"pool_{shop.lamps}": "1"}), 422)

    assert "Sets take it (Grey seamless)" in page.one(f"#pool_{shop.lamps}-error").text
    assert page.fields(page.form())[f"pool_{shop.lamps}"] == "1"


def test_sets_leave_alone_what_comes_before(app: Flask, office: Browser, shop: Shop) -> None:
    add(office, make_up(shop))
    with app.app_context():
        assert [each.id for each in set_service.free_pools(db.session())] == [shop.lamps]


def test_more_than_there_are_is_refused(office: Browser, shop: Shop) -> None:
    page = add(office, make_up(shop, **{f"pool_{shop.chair}": "3"}), 422)

    assert "There are only 2" in page.one(f"#pool_{shop.chair}-error").text


def test_there_are_never_fewer_than_it_takes(app: Flask, office: Browser, shop: Shop) -> None:
    add(office, make_up(shop, **{f"pool_{shop.chair}": "2"}))
    path = f"/office/studio/equipment/{shop.chair}"

    page = office.submit(office.get(path), {"capacity": "1"}, status=422)
    assert "Make-up takes 2: it could never be booked." in page.one("#capacity-error").text

    page = office.get(f"/office/packages/add-ons/{only(app)}")
    fields = page.fields(page.form())
    del fields["on_sale"]
    office.post(page.path, fields, 303)
    office.submit(office.get(path), {"capacity": "1"})
    # It cannot come back before there are as many again.
    page = change(office, only(app), 422, on_sale="y")
    assert "There is only 1" in page.one(f"#pool_{shop.chair}-error").text


def test_what_was_sold_before_a_session_stays_before_it(
    app: Flask, office: Browser, shop: Shop
) -> None:
    add(office, make_up(shop, lead_hours="0"))
    add(office, {"name": "A print", "summary": "Framed.", "price": "85"})
    with app.app_context():
        before, after = db.session.scalars(select(AddOn).order_by(AddOn.id))
        ids, slugs = (before.id, after.id), (before.slug, after.slug)
        after_edit = wanted(shop, name="A print", before_minutes=0, artists=(), equipment={})
        add_on_service.change_add_on(after.id, after_edit)
        factories.a_confirmed_booking(db.session.get_one(Package, shop.package), add_ons=slugs)
    nothing = {"artist_ids": [], f"pool_{shop.chair}": "0", "before_minutes": "0"}

    page = change(office, ids[0], 422, **nothing)
    assert "sold as something that comes before" in page.one("#before_minutes-error").text
    page = change(office, ids[1], 422, before_minutes="5", artist_ids=[str(shop.artist)])
    assert "sold with nothing that comes before" in page.one("#before_minutes-error").text
    change(office, ids[0], before_minutes="50")
    assert stored(app, ids[0])["before_minutes"] == 50


def test_what_nobody_has_bought_may_cease_to_come_before(
    app: Flask, office: Browser, shop: Shop
) -> None:
    add(office, make_up(shop))

    nothing = {"artist_ids": [], f"pool_{shop.chair}": "0", "before_minutes": "0"}
    change(office, only(app), **nothing)

    assert stored(app, only(app))["takes"] == {}


def test_a_package_that_fits_into_no_day_with_it_is_warned_of(office: Browser, shop: Shop) -> None:
    page = office.follow(add(office, make_up(shop, minutes="479")))
    assert "Standard headshot with Make-up fits into nobody's day. With building" in page.words

    page = office.follow(add(office, make_up(shop, minutes="400")))
    assert "nobody's day" not in page.words
    # What fits into no day without it either has been told with the package.
    office.submit(office.get(f"/office/packages/{shop.package}"), {"minutes": "720"})
    page = office.follow(add(office, make_up(shop, minutes="479")))
    assert "Standard headshot with Make-up" not in page.words


def test_a_step_longer_than_any_artists_day_is_warned_of(
    app: Flask, office: Browser, shop: Shop
) -> None:
    with app.app_context():
        short = factories.a_resource(ResourceKind.ARTIST, name="Bo Lind", hours=((600, 630),)).id
    page = office.follow(add(office, make_up(shop, artist_ids=[str(short)])))
    assert "Make-up takes longer than the day of anybody who does it." in page.words
    page = office.follow(add(office, make_up(shop, artist_ids=[str(short), str(shop.artist)])))
    assert "longer than the day" not in page.words


def test_a_notice_beyond_the_horizon_is_warned_of(office: Browser, shop: Shop) -> None:
    page = office.follow(add(office, make_up(shop, lead_hours="2000")))
    assert "can never be added" not in page.words
    office.submit(office.get(f"/office/packages/{shop.package}"), {"horizon_days": "80"})
    page = office.follow(add(office, make_up(shop, lead_hours="2000")))
    assert "Standard headshot is booked 80 days ahead at most" in page.words


def test_each_change_queues_behind_claims(app: Flask, shop: Shop) -> None:
    with app.app_context():

        def version() -> int:
            return db.session.scalars(select(CalendarLock.version)).one()

        before = version()
        known = add_on_service.add_add_on(wanted(shop))
        add_on_service.change_add_on(known, wanted(shop, before_minutes=50))
        db.session.rollback()
        assert version() == before + 2


def test_a_change_that_is_refused_changes_nothing(app: Flask, shop: Shop) -> None:
    with app.app_context():
        known = add_on_service.add_add_on(wanted(shop))
    before = stored(app, known)
    with app.app_context():
        for refusal, edit in [
            (TooMuch, wanted(shop, name="Hair", packages=(), equipment={shop.chair: 3})),
            (OfSets, wanted(shop, name="Hair", packages=(), equipment={shop.lamps: 1})),
            (ValueError, wanted(shop, name="Hair", price=Money(1, "JPY"))),
            (ValueError, wanted(shop, name="Hair", equipment={shop.artist: 1})),
        ]:
            with pytest.raises(refusal):
                add_on_service.change_add_on(known, edit)
    assert stored(app, known) == before


def test_sold_is_asked_under_the_lock(app: Flask, shop: Shop) -> None:
    with app.app_context():
        known = add_on_service.add_add_on(wanted(shop))
        slug = db.session.get_one(AddOn, known).slug
        package = db.session.get_one(Package, shop.package)
        factories.a_hold(package, factories.days_after(days=1), add_ons=(slug,))
        with pytest.raises(SoldOtherwise):
            add_on_service.change_add_on(
                known, wanted(shop, before_minutes=0, artists=(), equipment={})
            )


@pytest.mark.parametrize("path", ["0", str(2**63), "make-up"])
def test_nobodys_add_on_is_not_found(office: Browser, path: str) -> None:
    office.get(f"/office/packages/add-ons/{path}", 404)


def test_the_list_asks_a_fixed_number_of_questions(app: Flask, office: Browser, shop: Shop) -> None:
    add(office, make_up(shop))
    with questions() as few:
        office.get("/office/packages/add-ons")
    for _ in range(4):
        add(office, make_up(shop))
    with questions() as many:
        office.get("/office/packages/add-ons")

    assert len(many) == len(few)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AddOnResource)) == 10
