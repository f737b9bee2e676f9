"""A small studio with one session booked, and its manager."""

from __future__ import annotations

import pytest
from flask import Flask

from studio.accounts.permissions import Role
from tests import factories, people
from tests.browsing import Browser
from tests.office.hours.house import House


@pytest.fixture
def house(app: Flask, rolled_back: None) -> House:
    with app.app_context():
        package = factories.a_bookable_package(deposit_percent=0)
        room = package.package_sets[0].set.rooms[0].id
        booking = factories.a_confirmed_booking(package)
        bo = factories.a_photographer("Bo Lind")
        return House(booking.photographer_id, bo.id, room, booking.id)


@pytest.fixture
def office(app: Flask, house: House) -> Browser:
    return people.signed_in(app, Role.MANAGER)
