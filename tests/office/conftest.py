"""A small studio with one session booked, as the pages about archiving want it."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from flask import Flask

from studio.accounts.permissions import Role
from studio.scheduling.models import ResourceKind
from tests import factories, people
from tests.browsing import Browser


class Known(NamedTuple):
    """Amara and Bo, rooms A and B that the set fits, and Kit, who does make-up; one session."""

    amara: int
    bo: int
    room_a: int
    room_b: int
    kit: int
    package: str
    make_up: str
    booking: int


@pytest.fixture
def known(app: Flask, rolled_back: None) -> Known:
    with app.app_context():
        factories.a_studio()
        amara = factories.a_photographer("Amara Vale", email="amara@studio.example")
        bo = factories.a_photographer("Bo Lind")
        room_a, room_b = (factories.a_resource(name=name) for name in ("Room A", "Room B"))
        kit = factories.a_resource(ResourceKind.ARTIST, name="Kit Moor")
        make_up = factories.make_up(kit)
        package = factories.a_package(
            sets=[factories.a_set(rooms=[room_a, room_b])], deposit_percent=0, add_ons=[make_up]
        )
        booking = factories.a_confirmed_booking(
            package, photographer=amara.slug, add_ons=[make_up.slug]
        )
        assert booking.room_id == room_a.id
        return Known(
            amara.id, bo.id, room_a.id, room_b.id, kit.id, package.slug, make_up.slug, booking.id
        )


@pytest.fixture
def manager(app: Flask, known: Known) -> Browser:
    return people.signed_in(app, Role.MANAGER)
