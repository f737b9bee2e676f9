"""A session by telephone: nobody comes, nobody travels, and whoever rings has the number."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from studio.booking import links, prep_facts, readiness_of, service
from studio.booking.invitations import invitation
from studio.booking.models import Booking
from studio.booking.reaching import NotReached
from studio.booking.service import Details
from studio.catalogue.models import Package
from studio.db import db, transaction
from studio.messaging.models import Message
from studio.messaging.rendering import preview
from studio.ports import ports
from tests import factories
from tests.browsing import Browser
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.usefixtures("rolled_back")

NUMBER = "020 7946 0555"


def a_call() -> Package:
    """Twenty minutes by telephone for nothing, with Amara."""
    place = factories.a_place(
        "By telephone", travel=0, at_client=True, remote=True, directions="Or on the screen."
    )
    factories.a_photographer(email="amara@studio.example")
    factories.a_release_text()
    return factories.a_package(
        name="Consultation", price_minor=0, deposit_percent=0, place=place, minutes=20,
        same_minutes=0, sets=[factories.a_set(build=0, strike=0, name="On the telephone")],
    )  # fmt: skip


def ring(package: Package, starts_at: datetime = TEN_FIFTEEN, phone: str = NUMBER) -> Booking:
    held = factories.a_hold(package, starts_at)
    details = Details(name="Cal Ling", email="cal@client.example", phone=phone, notes="")
    service.check_out(held.id, details)
    return factories.booking_of(held.reference)


def letter(template: str) -> str:
    message = db.session.scalars(select(Message).where(Message.template == template)).one()
    return preview(db.session(), message).text


def test_nobody_is_rung_without_a_number(app: Flask) -> None:
    with app.app_context():
        package = a_call()

        with pytest.raises(NotReached) as refused:
            ring(package, phone="")

        assert (refused.value.field, str(refused.value)) == (
            "phone", "Please give us the number to ring.",
        )  # fmt: skip


def test_whoever_rings_has_the_number_and_the_client_is_told_that_we_ring(
    app: Flask, browser: Browser
) -> None:
    with app.app_context():
        booking = ring(a_call())
        shop = f"/book/{booking.package.slug}"
        studio = factories.a_studio()
        told = letter("confirmation")
        assert f"We ring you on {NUMBER}." in told
        assert "Please be ready at: 10:05" in told
        assert "come at" not in told
        assert f"By telephone, {NUMBER}" in letter("staff_booked")
        entry = invitation(booking, studio, ports().now())
        assert entry.location == f"By telephone, {NUMBER}"
        assert not db.session.scalars(
            select(Message.id).where(Message.template == "staff_weather")
        ).all()
        with transaction() as session:
            url = links.link_for(session, booking.id, "prep")
        own = "/" + url.split("/", 3)[3]

    assert browser.get(shop).one(".total small").text == "nothing to pay"
    page = browser.get(own)
    assert f"At 10:15, on {NUMBER}" in page.words
    assert not page.all("a[href*='openstreetmap']")
    assert "show your pictures" not in page.words
    assert f"We ring you on {NUMBER}" in browser.get(own.removesuffix("/prep")).words


def test_it_is_neither_outdoors_nor_on_location_and_has_no_release(app: Flask) -> None:
    with app.app_context():
        booking = ring(a_call())

        known = prep_facts.of(db.session(), booking)
        assert (known["outdoors"], known["on location"]) == (False, False)
        (of,) = readiness_of.prepared(db.session(), [booking], ports().now()).values()
        assert not of.prepared.release_asked


def test_nobody_travels_between_two_calls(app: Flask) -> None:
    with app.app_context():
        package = a_call()
        for at in (TEN_FIFTEEN, TEN_FIFTEEN + timedelta(minutes=30)):
            assert ring(package, at).address == ""


@pytest.mark.parametrize("wrong", [{"travel": 5, "at_client": True}, {"at_client": False}])
def test_the_database_knows_that_nobody_travels_there(app: Flask, wrong: dict[str, Any]) -> None:
    with app.app_context():
        with pytest.raises(IntegrityError):
            factories.a_place(remote=True, **({"travel": 0} | wrong))
        db.session.rollback()
