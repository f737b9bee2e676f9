"""What the tests of the pages about hours share: a small studio with one session booked."""

from __future__ import annotations

from typing import NamedTuple

from flask import Flask
from sqlalchemy import func, select

from studio.booking.models import Booking
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.scheduling.models import Allocation, Block, HoursOverride, OpeningHours
from tests.browsing import Browser, Page


class House(NamedTuple):
    """Amara, who has the session of 8 December at 10:15 in the one room, and Bo."""

    amara: int
    bo: int
    room: int
    booking: int


def count(app: Flask, table: type[Block | HoursOverride | OpeningHours]) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count(table.id))) or 0)


def hours_of(app: Flask, resource: int) -> list[tuple[int, int, int]]:
    with app.app_context():
        rows = db.session.scalars(
            select(OpeningHours)
            .where(OpeningHours.resource_id == resource)
            .order_by(OpeningHours.weekday, OpeningHours.opens_minute)
        )
        return [(row.weekday, row.opens_minute, row.closes_minute) for row in rows]


def send(office: Browser, path: str, status: int = 303, **fields: str) -> Page:
    page = office.get(path)
    return office.submit(page, fields, status=status)


def agree(office: Browser, page: Page) -> Page:
    """Go on from the page that shows what a change does to booked sessions."""
    assert page.one("h1").text == "What this does"
    return office.follow(office.submit(page, form="", status=303))


def still_booked(app: Flask) -> bool:
    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
        rows = db.session.scalar(select(func.count(Allocation.id)))
        return booking.state is BookingState.CONFIRMED and rows == 2
