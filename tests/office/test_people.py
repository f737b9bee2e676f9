"""Adding and changing who works here and where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from studio.accounts.permissions import Role
from studio.booking.models import Booking
from studio.catalogue.models import Package
from studio.db import db
from studio.office.people import crew_service, room_service
from studio.office.people.crew_service import PhotographerEdit
from studio.scheduling.models import (
    CalendarLock,
    OpeningHours,
    Photographer,
    Resource,
    ResourceKind,
    Set,
    Skill,
)
from tests import factories, people
from tests.browsing import Browser, Page
from tests.office.conftest import Known
from tests.office.counting import questions

NEW = "/office/studio/people/photographers/new"
CLEO = {
    "name": "Cleo Hart",
    "bio": "Quiet, and quick with children.",
    "email": "cleo@studio.example",
    "max_per_day": "4",
}


def send(office: Browser, path: str, status: int = 303, **fields: Any) -> Page:
    return office.submit(office.get(path), fields, status=status)


def week(app: Flask, resource: int) -> list[tuple[int, int, int]]:
    with app.app_context():
        rows = db.session.scalars(
            select(OpeningHours)
            .where(OpeningHours.resource_id == resource)
            .order_by(OpeningHours.weekday, OpeningHours.opens_minute)
        )
        return [(row.weekday, row.opens_minute, row.closes_minute) for row in rows]


def newest(app: Flask, kind: ResourceKind) -> Resource:
    with app.app_context():
        return db.session.scalars(
            select(Resource).where(Resource.kind == kind).order_by(Resource.id.desc()).limit(1)
        ).one()


def everything(app: Flask) -> list[Any]:
    """All that these pages could change."""
    with app.app_context():
        return [
            db.session.execute(
                select(Resource.id, Resource.name, Resource.slug, Resource.archived_at)
            ).all(),
            db.session.execute(
                select(
                    Photographer.id,
                    Photographer.bio,
                    Photographer.email,
                    Photographer.has_assistant,
                    Photographer.max_per_day,
                )
            ).all(),
            db.session.execute(select(Skill.key, Skill.name)).all(),
            [
                [(each.name, room.id) for room in each.rooms]
                for each in db.session.scalars(select(Set))
            ],
        ]


def test_a_photographer_is_added_with_somebodys_hours(
    app: Flask, manager: Browser, known: Known
) -> None:
    with app.app_context():
        babies = factories.a_skill("babies").id
        factories.a_skill("actors")
    form = manager.get(NEW)
    assert [each.text for each in form.all("#hours_of option")] == [
        "As Amara Vale",
        "As Bo Lind",
        "As Room A",
        "As Room B",
        "As Kit Moor",
        "None yet",
    ]
    page = manager.submit(
        form,
        {
            **CLEO,
            "skill_ids": str(babies),
            "has_assistant": "y",
            "assistant_name": "Ida Bell",
            "assistant_email": "ida@studio.example",
            "hours_of": str(known.bo),
        },
    )
    cleo = newest(app, ResourceKind.PHOTOGRAPHER)
    assert page.location == f"/office/studio/hours/{cleo.id}"
    assert "Cleo Hart is added, with the hours below" in manager.follow(page).words
    assert week(app, cleo.id) == week(app, known.bo) != []
    assert (cleo.name, cleo.slug, cleo.capacity, cleo.exclusive) == (
        "Cleo Hart", "cleo-hart", 1, True,
    )  # fmt: skip
    with app.app_context():
        row = db.session.get_one(Photographer, cleo.id)
        assert (row.bio, row.email) == (CLEO["bio"], CLEO["email"])
        assert (row.has_assistant, row.max_per_day) == (True, 4)
        assert (row.assistant_name, row.assistant_email) == ("Ida Bell", "ida@studio.example")
        assert [each.key for each in row.skills] == ["babies"]
    # The last in every list, and at once among those who can be asked for.
    assert manager.get("/office/desk").one("#photographer").text.strip().endswith("Cleo Hart")
    assert "Cleo Hart" in Browser(app).get(f"/packages/{known.package}").words


def test_a_photographer_without_hours_is_booked_by_nobody_yet(
    app: Flask, manager: Browser, known: Known
) -> None:
    page = send(manager, NEW, name="Cleo Hart", bio="New here.", hours_of="")
    assert "without hours: nobody can book them yet" in manager.follow(page).words
    cleo = newest(app, ResourceKind.PHOTOGRAPHER)
    assert week(app, cleo.id) == []
    with app.app_context():
        row = db.session.get_one(Photographer, cleo.id)
        assert (row.email, row.max_per_day, row.has_assistant) == (None, None, False)
    assert (
        "No hours yet of Cleo Hart so nothing can be booked"
        in manager.get("/office/studio/people").words
    )


def test_a_photographer_changes_and_keeps_their_address(
    app: Flask, manager: Browser, known: Known
) -> None:
    slug = everything(app)[0]
    with app.app_context():
        factories.a_skill("babies")
    path = f"/office/studio/people/photographers/{known.amara}"
    page = send(
        manager, path, name="Amara Vale-Oak", bio="Slow.\nKind.", email="", max_per_day="2",
        new_skill="Newborns",
    )  # fmt: skip
    assert "Amara Vale-Oak is saved." in manager.follow(page).words
    with app.app_context():
        row = db.session.get_one(Photographer, known.amara)
        assert (row.name, row.bio, row.email, row.max_per_day) == (
            "Amara Vale-Oak", "Slow.\nKind.", None, 2,
        )  # fmt: skip
        assert [(each.key, each.name) for each in row.skills] == [("newborns", "Newborns")]
        assert row.slug == next(each.slug for each in slug if each.id == known.amara)
    assert "Amara Vale-Oak" in manager.get(f"/office/sessions/{known.booking}").words
    before = everything(app)
    send(manager, path)
    assert everything(app) == before


def test_a_skill_that_is_known_is_not_added_twice(
    app: Flask, manager: Browser, known: Known
) -> None:
    with app.app_context():
        factories.a_skill("babies")
    path = f"/office/studio/people/photographers/{known.bo}"
    send(manager, path, new_skill="BABIES")
    with app.app_context():
        assert db.session.scalar(select(func.count(Skill.id))) == 1
        assert [each.key for each in db.session.get_one(Photographer, known.bo).skills] == [
            "babies"
        ]
    send(manager, path, new_skill="babies")  # ticked already
    with app.app_context():
        assert len(db.session.get_one(Photographer, known.bo).skills) == 1


def test_a_skill_that_only_one_has_is_not_taken_from_them(
    app: Flask, manager: Browser, known: Known
) -> None:
    with app.app_context():
        babies = factories.a_skill("babies")
        package = db.session.scalars(select(Package)).one()
        package.skills = [babies]
        for who in (known.amara, known.bo):
            db.session.get_one(Photographer, who).skills = [babies]
        factories.kept(package)
    amara, bo = (f"/office/studio/people/photographers/{each}" for each in (known.amara, known.bo))
    send(manager, amara, skill_ids=[])
    before = everything(app)
    page = send(manager, bo, 422, skill_ids=[], bio="Something else")
    assert "Nobody could book Standard headshot any more." in page.one("#skill_ids-error").text
    assert page.fields(page.form())["bio"] == "Something else"
    assert everything(app) == before


def test_an_assistant_without_whom_a_day_is_too_short_stays(
    app: Flask, manager: Browser, known: Known
) -> None:
    with app.app_context():
        package = db.session.scalars(select(Package)).one()
        package.minutes = 530  # of a day of 540, with 25 to build and to strike
        factories.kept(package)
        for who in (known.room_a, known.room_b):
            for span in db.session.get_one(Resource, who).hours:
                span.closes_minute += 60
        db.session.commit()
        db.session.get_one(Photographer, known.bo).has_assistant = False
        db.session.commit()
    path = f"/office/studio/people/photographers/{known.amara}"
    page = manager.get(path)
    fields = page.fields(page.form())
    del fields["has_assistant"]
    refused = manager.post(path, fields, 422)
    assert "Nobody could book" in refused.one("#has_assistant-error").text
    with app.app_context():
        assert db.session.get_one(Photographer, known.amara).has_assistant


def test_an_artist_is_added_and_changed(app: Flask, manager: Browser, known: Known) -> None:
    page = send(
        manager, "/office/studio/people/artists/new", name="Ida Bell", email="ida@studio.example"
    )
    ida = newest(app, ResourceKind.ARTIST)
    assert page.location == f"/office/studio/hours/{ida.id}"
    assert week(app, ida.id) == week(app, known.kit) != []  # the first of the same kind
    assert ida.email == "ida@studio.example"
    at = f"/office/studio/people/artists/{ida.id}"
    wrong = send(manager, at, 422, email="not an address")
    assert wrong.one("#email")["value"] == "not an address"
    assert "does not look like an email address" in wrong.one("#email-error").text
    send(manager, at, name="Ida Bell-Moor", email="")
    changed = newest(app, ResourceKind.ARTIST)
    assert changed.email is None
    assert (changed.name, changed.slug) == ("Ida Bell-Moor", "ida-bell")
    assert "Ida Bell-Moor" in manager.get("/office/studio/people").words


def test_a_room_is_added_with_the_sets_that_fit(app: Flask, manager: Browser, known: Known) -> None:
    with app.app_context():
        grey = db.session.scalars(select(Set.id)).one()
        other = factories.a_set(name="Canvas").id
    page = send(manager, "/office/studio/rooms/new", name="Attic", set_ids=[str(grey)])
    attic = newest(app, ResourceKind.ROOM)
    assert page.location == f"/office/studio/hours/{attic.id}"
    assert week(app, attic.id) == week(app, known.room_a)
    with app.app_context():
        assert [each.id for each in db.session.get_one(Set, grey).rooms] == [
            known.room_a, known.room_b, attic.id,
        ]  # fmt: skip
    send(manager, f"/office/studio/rooms/{attic.id}", name="Loft", set_ids=[str(other)])
    with app.app_context():
        assert attic.id not in [each.id for each in db.session.get_one(Set, grey).rooms]
        assert attic.id in [each.id for each in db.session.get_one(Set, other).rooms]
    words = manager.get("/office/studio/rooms").words
    assert "Loft Canvas Hours" in words
    assert "Room A Grey seamless Hours" in words


def test_a_room_keeps_the_sets_that_are_archived(
    app: Flask, manager: Browser, known: Known
) -> None:
    with app.app_context():
        old = factories.a_set(name="Old", rooms=[db.session.get_one(Resource, known.room_b)])
        old.archived_at = factories.TEN_FIFTEEN
        which = factories.kept(old).id
    page = manager.get(f"/office/studio/rooms/{known.room_b}")
    assert "Old" not in page.one("#set_ids").text
    manager.submit(page, {"name": "Room C"})
    with app.app_context():
        assert [each.id for each in db.session.get_one(Set, which).rooms] == [known.room_b]


def test_a_room_that_a_package_needs_keeps_its_set(
    app: Flask, manager: Browser, known: Known
) -> None:
    send(manager, f"/office/studio/rooms/{known.room_b}", set_ids=[])
    before = everything(app)
    page = send(manager, f"/office/studio/rooms/{known.room_a}", 422, set_ids=[], name="Kept")
    assert "Nobody could book Standard headshot any more." in page.one("#set_ids-error").text
    assert page.fields(page.form())["name"] == "Kept"
    assert everything(app) == before
    with app.app_context():
        assert db.session.get_one(Booking, known.booking).room_id == known.room_a


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (NEW, "Amara Vale"),
        ("/office/studio/people/photographers/{bo}", "amara VALE"),
        ("/office/studio/people/artists/new", "Kit moor"),
        ("/office/studio/rooms/new", "ROOM A"),
        ("/office/studio/rooms/{room_b}", "Room A"),
    ],
)
def test_no_two_have_one_name(
    app: Flask, manager: Browser, known: Known, path: str, name: str
) -> None:
    before = everything(app)
    page = send(manager, path.format(**known._asdict()), 422, **CLEO | {"name": name})
    assert "please tell them apart" in page.one("#name-error").text
    assert page.fields(page.form())["name"] == name
    assert everything(app) == before


def test_an_artist_may_be_called_as_a_photographer(
    app: Flask, manager: Browser, known: Known
) -> None:
    send(manager, "/office/studio/people/artists/new", name="Amara Vale")
    added = newest(app, ResourceKind.ARTIST)
    assert added.name == "Amara Vale"
    assert added.slug == "amara-vale"


BAD = [
    ("name", ""),
    ("name", " \t "),
    ("name", "x" * 81),
    ("name", "a\x00b"),
    ("name", "two\nlines"),
    ("name", "turned\u202earound"),
    ("bio", ""),
    ("bio", "x" * 501),
    ("bio", "\x1b[31m"),
    ("email", "cleo"),
    ("email", "cleo@"),
    ("email", "cleo@studio.example\nBcc: all@studio.example"),
    ("email", f"{'x' * 250}@studio.example"),
    ("skill_ids", "999999"),
    ("skill_ids", "one"),
    ("skill_ids", "-1"),
    ("new_skill", "x" * 81),
    ("new_skill", "a\x07"),
    ("max_per_day", "0"),
    ("max_per_day", "51"),
    ("max_per_day", "1.5"),
    ("max_per_day", "\uff14"),
    ("max_per_day", str(2**63)),
    ("hours_of", "999999"),
    ("hours_of", "nobody"),
    ("hours_of", "\x00"),
]


def test_odd_photographers_are_refused_beside_the_field(
    app: Flask, manager: Browser, known: Known
) -> None:
    with app.app_context():
        factories.a_skill("babies")
    before, form = everything(app), manager.get(NEW)
    for field, typed in BAD:
        page = manager.submit(form, CLEO | {"hours_of": "", field: typed}, status=422)
        assert page.one(f"#{field}-error").text.strip(), (field, typed)
        kept = page.fields(page.form())
        for other, was in CLEO.items():
            if other != field:
                assert kept[other] == was, (field, typed, other)
        if field in CLEO:
            printable = "".join(c for c in typed if c not in "\x00\x1b\u202e\x07")
            assert kept[field].strip() == printable.strip(), (field, typed)
    assert everything(app) == before


def test_odd_rooms_and_artists_are_refused_beside_the_field(
    app: Flask, manager: Browser, known: Known
) -> None:
    before = everything(app)
    for path in ("/office/studio/rooms/new", "/office/studio/people/artists/new"):
        for field, typed in (("name", ""), ("name", "x" * 81), ("hours_of", "999999")):
            page = send(manager, path, 422, **{"name": "Fine", field: typed})
            assert page.one(f"#{field}-error").text.strip(), (path, field)
    page = send(manager, "/office/studio/rooms/new", 422, name="Attic", set_ids="77777")
    assert page.one("#set_ids-error").text.strip()
    assert page.fields(page.form())["name"] == "Attic"
    assert everything(app) == before


def test_pages_of_the_wrong_kind_are_not_found(manager: Browser, known: Known) -> None:
    for path in (
        f"people/photographers/{known.room_a}",
        f"people/artists/{known.amara}",
        f"rooms/{known.kit}",
        "rooms/999999",
        f"people/photographers/{2**63}",
    ):
        manager.get(f"/office/studio/{path}", 404)


def test_every_change_queues_behind_claims(app: Flask, known: Known) -> None:
    edit = PhotographerEdit(
        name="Cleo", bio="New.", email=None, has_assistant=False, assistant_name=None,
        assistant_email=None, max_per_day=None, skills=(), new_skill="",
    )  # fmt: skip
    with app.app_context():

        def version() -> int:
            db.session.rollback()
            return db.session.scalars(select(CalendarLock.version)).one()

        before = version()
        crew_service.add_photographer(edit, None)
        crew_service.edit_photographer(known.amara, replace(edit, name="Amara"))
        ida = crew_service.add_artist("Ida", None, None)
        crew_service.edit_artist(ida, "Ida Bell", None)
        attic = room_service.add_room("Attic", (), None)
        room_service.edit_room(attic, "Loft", ())
        assert version() == before + 6


def test_only_who_may_edit_hours_sees_the_pages(app: Flask, known: Known) -> None:
    for role in (Role.PREP, Role.PHOTOGRAPHER):
        browser = people.signed_in(app, role, known.amara if role is Role.PHOTOGRAPHER else None)
        for path in ("people", "rooms", "people/photographers/new", f"rooms/{known.room_a}"):
            browser.get(f"/office/studio/{path}", 403)
    tabs = browser.get("/office/studio").one("nav[aria-label='Studio and hours']").text
    assert "Week by week" in tabs
    assert "People" not in tabs
    assert "Rooms" not in tabs


def test_more_people_ask_no_more_questions(app: Flask, manager: Browser, known: Known) -> None:
    def asked(path: str) -> int:
        manager.get(path)
        with questions() as sent:
            manager.get(path)
        return len(sent)

    paths = ("/office/studio/people", "/office/studio/rooms", NEW)
    few = [asked(path) for path in paths]
    with app.app_context():
        skill = factories.a_skill()
        rooms = [factories.a_resource(name=f"Room {n}") for n in range(4)]
        factories.a_set(rooms=rooms)
        for n in range(4):
            factories.a_photographer(f"P {n}", skills=[skill])
            factories.a_resource(ResourceKind.ARTIST, name=f"Artist {n}")
    assert [asked(path) for path in paths] == few
