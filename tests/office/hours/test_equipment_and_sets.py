"""What the pages of equipment and of sets refuse, beside the field and with all that was typed."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from flask import Flask

from studio.accounts.permissions import Role
from studio.db import db
from studio.scheduling.models import Resource, ResourceKind, Set
from tests import factories, people
from tests.browsing import Browser, Page
from tests.factories import TEN_FIFTEEN

STUDIO = "/office/studio"


class Kit(NamedTuple):
    """Five lamps, of which a grey set in rooms A and B takes two; one hour on it in each room."""

    lamps: int
    chair: int
    grey: int
    rooms: tuple[int, int]


@pytest.fixture
def kit(app: Flask, rolled_back: None) -> Kit:
    with app.app_context():
        factories.a_studio()
        lamps = factories.a_resource(ResourceKind.POOL, name="Lamps", capacity=5)
        chair = factories.a_resource(ResourceKind.POOL, name="Chair", capacity=2)
        rooms = [factories.a_resource(name=f"Room {letter}") for letter in "AB"]
        grey = factories.a_set(rooms=rooms, equipment=[(lamps, 2)])
        make_up = factories.make_up(factories.a_resource(ResourceKind.ARTIST, name="Kit"), chair)
        package = factories.a_package(sets=[grey], deposit_percent=0, add_ons=[make_up])
        for name in ("Amara Vale", "Bo Lind"):
            who = factories.a_photographer(name)
            factories.a_confirmed_booking(package, TEN_FIFTEEN, photographer=who.slug)
        return Kit(lamps.id, chair.id, grey.id, (rooms[0].id, rooms[1].id))


@pytest.fixture
def office(app: Flask, kit: Kit) -> Browser:
    return people.signed_in(app, Role.MANAGER)


def send(office: Browser, path: str, status: int, **fields: Any) -> Page:
    return office.submit(office.get(path), fields, form="", status=status)


def capacity(app: Flask, pool: int) -> int:
    with app.app_context():
        return db.session.get_one(Resource, pool).capacity


def refused(page: Page, field: str, *told: str) -> None:
    words = page.one(f"#{field}-error").text
    assert all(each in words for each in told), words
    assert page.one("[role=alert]").select(f"a[href^='#{field}']")


def test_fewer_than_are_booked_is_refused_with_the_first_time(
    app: Flask, office: Browser, kit: Kit
) -> None:
    path = f"{STUDIO}/equipment/{kit.lamps}"
    page = send(office, path, 422, name="Lamps", capacity="3")
    when = "On Tuesday 8 December 2026 at 10:00, building and striking included, 4 are booked."
    refused(page, "capacity", when)
    assert page.fields(page.form())["capacity"] == "3"
    assert capacity(app, kit.lamps) == 5

    saved = office.follow(send(office, path, 303, name="Lamps", capacity="4"))
    assert "Lamps: there are 4 now." in saved.words
    assert capacity(app, kit.lamps) == 4


def test_fewer_than_something_takes_is_refused_by_its_name(
    app: Flask, office: Browser, kit: Kit
) -> None:
    page = send(office, f"{STUDIO}/equipment/{kit.lamps}", 422, name="Lamps", capacity="1")
    refused(page, "capacity", "Grey seamless takes 2: it could never be booked.")
    assert capacity(app, kit.lamps) == 5
    send(office, f"{STUDIO}/equipment/{kit.chair}", 303, name="Chair", capacity="1")


@pytest.mark.parametrize("typed", ["", "0", "-1", "1.5", "1001", "9" * 5000, "two", "１", "3\x00"])
def test_odd_figures_are_refused_in_words(
    app: Flask, office: Browser, kit: Kit, typed: str
) -> None:
    page = send(office, f"{STUDIO}/equipment/{kit.lamps}", 422, name="Lamps", capacity=typed)
    assert page.one("#capacity-error").text.strip()
    assert capacity(app, kit.lamps) == 5


def changed(kit: Kit, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Grey paper", "summary": "Plain.", "build_minutes": "20", "strike_minutes": "5",
        "room_ids": [str(each) for each in kit.rooms], f"pool_{kit.lamps}": "2",
    } | changes  # fmt: skip


def test_a_set_is_changed(app: Flask, office: Browser, kit: Kit) -> None:
    page = office.get(f"{STUDIO}/sets/{kit.grey}")
    filled = page.fields(page.form())
    assert (filled["name"], filled["build_minutes"]) == ("Grey seamless", "15")
    assert (filled[f"pool_{kit.lamps}"], len(filled["room_ids"])) == ("2", 2)
    assert f"pool_{kit.chair}" not in filled  # it is used before sessions only

    saved = office.follow(send(office, page.path, 303, **changed(kit)))

    assert "Grey paper is saved. What is booked keeps its room and its equipment." in saved.words
    with app.app_context():
        assert db.session.get_one(Set, kit.grey).build_minutes == 20


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"room_ids": []}, "room_ids", "No room would be left for Standard headshot."),
    ({"build_minutes": "480"}, "build_minutes", "Standard headshot could not be booked."),
    ({"build_minutes": "1440"}, "build_minutes", "longer than any room's day"),
    ({"build_minutes": "1441"}, "build_minutes", "0 to 1,440"),
    ({"strike_minutes": "-5"}, "strike_minutes", "whole number"),
    ({"lamps": "6"}, "lamps", "There are only 5, so it could never be booked."),
    ({"lamps": "1001"}, "lamps", "0 to 1,000"),
    ({"room_ids": ["999999"]}, "room_ids", "choose from these"),
    ({"name": ""}, "name", "fill this in"),
    ({"name": "x" * 81}, "name", "too long"),
    ({"summary": "a\u202eb"}, "summary", "cannot be printed"),
]


def test_what_would_not_do_is_refused_in_words_and_kept(
    app: Flask, office: Browser, kit: Kit
) -> None:
    for changes, field, told in BAD:
        name = f"pool_{kit.lamps}" if field == "lamps" else field
        fields = changed(kit, **{name if key == field else key: v for key, v in changes.items()})
        page = send(office, f"{STUDIO}/sets/{kit.grey}", 422, **fields)
        refused(page, name, told)
        if field not in {"room_ids", "summary"}:
            kept = page.fields(page.form())
            assert {each: kept[each] for each in fields} == fields, changes
    with app.app_context():
        assert db.session.get_one(Set, kit.grey).name == "Grey seamless"


@pytest.mark.parametrize("path", ["equipment/{lamps}", "sets/{grey}"])
def test_both_are_for_those_who_edit_what_is_sold(app: Flask, kit: Kit, path: str) -> None:
    where = f"{STUDIO}/{path.format(lamps=kit.lamps, grey=kit.grey)}"
    with app.app_context():
        bo = factories.a_photographer("Cy Holt").id
    for role, whose in ((Role.PHOTOGRAPHER, bo), (Role.PREP, None)):
        people.signed_in(app, role, whose).get(where, 403)


def test_another_kind_of_thing_has_no_capacity(office: Browser, kit: Kit) -> None:
    for which in (kit.rooms[0], 999_999):
        office.get(f"{STUDIO}/equipment/{which}", 404)
    office.get(f"{STUDIO}/sets/999999", 404)
