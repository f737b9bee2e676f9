"""Adding kinds of equipment and sets, and calling them something else."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from studio.catalogue import set_service
from studio.catalogue.set_service import SetEdit
from studio.db import db
from studio.scheduling.models import Resource, ResourceKind, Set
from studio.scheduling.roster import NameTaken
from tests import factories
from tests.browsing import Browser
from tests.office.conftest import Known

STUDIO = "/office/studio"


def test_a_kind_of_equipment_is_added_and_renamed(
    app: Flask, manager: Browser, known: Known
) -> None:
    form = manager.get(f"{STUDIO}/equipment/new")
    page = manager.submit(form, {"name": "Lamps", "capacity": "3"})
    assert "Lamps is added" in manager.follow(page).words
    with app.app_context():
        row = db.session.scalars(select(Resource).where(Resource.name == "Lamps")).one()
        assert (row.kind, row.capacity, row.exclusive, row.slug) == (
            ResourceKind.POOL, 3, False, "lamps",
        )  # fmt: skip
        which = row.id
    manager.submit(
        manager.get(f"{STUDIO}/equipment/{which}"), {"name": "Strobes", "capacity": "4"}, form=""
    )
    with app.app_context():
        row = db.session.get_one(Resource, which)
        assert (row.name, row.capacity, row.slug) == ("Strobes", 4, "lamps")
    for name, capacity, field in (
        ("", "1", "name"),
        ("STROBES", "1", "name"),
        ("x" * 81, "1", "name"),
        ("Reflector", "0", "capacity"),
        ("Reflector", "1001", "capacity"),
        ("Reflector", "two", "capacity"),
    ):
        typed = {"name": name, "capacity": capacity}
        refused = manager.submit(form, typed, status=422)
        assert refused.one(f"#{field}-error").text.strip(), typed
        assert refused.fields(refused.form()).items() >= typed.items()


def test_a_set_is_added_with_its_rooms_and_equipment(
    app: Flask, manager: Browser, known: Known
) -> None:
    with app.app_context():
        which = factories.a_resource(ResourceKind.POOL, name="Lamps", capacity=3).id
    fields = {
        "name": "Canvas",
        "summary": "Warm and painted.",
        "build_minutes": "20",
        "strike_minutes": "15",
        "room_ids": [str(known.room_a)],
        f"pool_{which}": "2",
    }
    page = manager.submit(manager.get(f"{STUDIO}/sets/new"), fields)
    assert "Canvas is added" in manager.follow(page).words
    with app.app_context():
        row = db.session.scalars(select(Set).where(Set.name == "Canvas")).one()
        assert (row.slug, row.summary) == ("canvas", "Warm and painted.")
        assert (row.build_minutes, row.strike_minutes) == (20, 15)
        assert [each.id for each in row.rooms] == [known.room_a]
        assert [(each.resource_id, each.quantity) for each in row.equipment] == [(which, 2)]
    for field, typed in (
        ("name", ""),
        ("name", "canvas"),
        ("summary", ""),
        ("build_minutes", "1441"),
        ("strike_minutes", "-1"),
        ("room_ids", "99999"),
        (f"pool_{which}", "4"),
        (f"pool_{which}", "many"),
    ):
        refused = manager.submit(
            manager.get(f"{STUDIO}/sets/new"),
            fields | {"name": "Velvet", field: typed},
            status=422,
        )
        assert refused.one(f"#{field}-error").text.strip(), (field, typed)
    with app.app_context():
        assert len(db.session.scalars(select(Set)).all()) == 2


def test_a_set_is_not_called_as_another(app: Flask, known: Known) -> None:
    edit = SetEdit("grey SEAMLESS", "Warm.", 10, 10, (known.room_a,), {})
    with app.app_context():
        with pytest.raises(NameTaken):
            set_service.add_set(edit)
        other = factories.a_set(name="Canvas").id
        with pytest.raises(NameTaken):
            set_service.edit_set(other, edit)
