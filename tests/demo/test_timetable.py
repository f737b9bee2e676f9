"""What each kind of session of the demo studio is sent and when: ``timetable.txt`` beside this.

``UPDATE_SNAPSHOTS=1`` writes it anew. A session is booked so long ahead, moved by two days and
three hours when half of that time is over, and cancelled when half of what is then left is.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from studio.booking import letters, letters_of_prep
from studio.booking.letters import GoesBack
from studio.booking.models import Booking
from studio.catalogue.models import Package, SessionType
from studio.catalogue.policies import in_force
from studio.clients.models import Client
from studio.db import transaction
from studio.demo.service import load
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.messaging.models import Message, MessageState
from studio.payments.models import Due, Purpose
from studio.scheduling.models import Photographer
from tests.clock import Clock

pytestmark = pytest.mark.usefixtures("database")

FILE = Path(__file__).with_name("timetable.txt")
LONDON = ZoneInfo("Europe/London")
# Two days after the clocks go forward, so that what is planned before stands on either side.
TUESDAY = datetime(2027, 3, 30, 10, 15, tzinfo=LONDON)
LEADS = {
    "30 days": timedelta(days=30),
    "6 days": timedelta(days=6),
    "20 hours": timedelta(hours=20),
    "3 hours": timedelta(hours=3),
}
MOVED_BY = timedelta(days=2, hours=3)
WAITING = (MessageState.PLANNED, MessageState.HELD)


def package_of(session: Session, kind: SessionType) -> Package:
    """The first package of a kind; one like another for what is agreed upon by word."""
    known = select(Package).where(Package.session_type_id == kind.id).order_by(Package.id)
    if found := session.scalars(known.limit(1)).first():
        return found
    like = session.scalars(select(Package).where(Package.slug == "individual-portrait")).one()
    values = {c.key: getattr(like, c.key) for c in Package.__mapper__.column_attrs if c.key != "id"}
    made = Package(**values | {"slug": kind.slug, "session_type_id": kind.id})
    session.add(made)
    session.flush()
    return made


def a_booking(session: Session, kind: SessionType, now: datetime) -> Booking:
    package = package_of(session, kind)
    name = f"{kind.slug}-{now:%d%H}"
    client = Client(
        name="Robin Ash", email=f"{name}@client.example", address_key=f"{name}@client.example",
        created_at=now,
    )  # fmt: skip
    place = package.package_places[0].place if package.package_places else None
    booking = Booking(
        reference=name, state=BookingState.CONFIRMED, package=package, client=client,
        photographer=session.scalars(select(Photographer).limit(1)).one(),
        policy_id=in_force(session, kind.policy_key).id,
        place_id=place.id if place else None, address="1 Elm Road" if place else "",
        starts_at=TUESDAY, ends_at=TUESDAY + timedelta(hours=1),
        arrive_at=TUESDAY - timedelta(minutes=10), zone="Europe/London", local_time="10:15",
        minutes=package.minutes, people=1, looks=1, licence_text="", currency="GBP",
        price_minor=package.price_minor, contact_name="Robin Ash", contact_email=client.email,
        created_at=now, confirmed_at=now,
    )  # fmt: skip
    session.add(booking)
    session.flush()
    if 0 < package.deposit_percent < 100:
        due_at = TUESDAY - timedelta(hours=package.balance_hours_before)
        half = package.price_minor // 2
        session.add(
            Due(booking_id=booking.id, purpose=Purpose.BALANCE, amount_minor=half, currency="GBP",
                due_at=due_at)
        )  # fmt: skip
        session.flush()
    return booking


def shown(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%a %d %b %H:%M}"


def lines(session: Session, booking: Booking, since: datetime) -> Iterator[str]:
    """What is to leave from now on, in words."""
    found = session.scalars(
        select(Message)
        .where(Message.booking_id == booking.id, Message.state.in_(WAITING))
        .order_by(Message.due_at, Message.id)
    )
    for each in found:
        when = "at once         " if each.due_at == since else shown(each.due_at)
        to = "studio" if each.kind == "staff" else "client"
        carried = [key for key in each.context.get("steps", ()) if key != each.step]
        also = f" with what matters of {', '.join(carried)}" if carried else ""
        yield f"    {when}    {to}  {each.step}{also}"


def leave(session: Session, now: datetime) -> None:
    """What is due until *now* has been sent."""
    session.execute(
        update(Message)
        .where(Message.state.in_(WAITING), Message.due_at <= now)
        .values(state=MessageState.SENT, sent_at=Message.due_at)
    )


def book(session: Session, kinds: Sequence[SessionType], now: datetime) -> list[Booking]:
    bookings = [a_booking(session, kind, now) for kind in kinds]
    for each in bookings:
        letters_of_prep.plan_prep(session, each, now)
        letters.confirmed(session, each, Money.zero("GBP"), now)
    return bookings


def move(session: Session, bookings: Sequence[Booking], now: datetime) -> None:
    leave(session, now)
    for each in bookings:
        before = each.starts_at
        for name in ("starts_at", "ends_at", "arrive_at"):
            setattr(each, name, getattr(each, name) + MOVED_BY)
        for due in session.scalars(select(Due).where(Due.booking_id == each.id)):
            due.due_at += MOVED_BY
        session.flush()
        letters.moved(session, each, before, now)


def cancel(session: Session, bookings: Sequence[Booking], now: datetime) -> None:
    leave(session, now)
    nothing = Money.zero("GBP")
    for each in bookings:
        each.state = BookingState.CANCELLED
        back = GoesBack(nothing, nothing, nothing, nothing, nothing)
        letters.cancelled(session, each, back, now)


def stories(session: Session, lead: timedelta, clock: Clock) -> Iterator[tuple[str, str]]:
    """The code of each kind of session, and what is sent for it."""
    booked_at = TUESDAY - lead
    moved_at = booked_at + lead / 2
    cancelled_at = moved_at + (lead / 2 + MOVED_BY) / 2
    kinds = session.scalars(select(SessionType).order_by(SessionType.position)).all()
    clock.set(booked_at)
    bookings = book(session, kinds, booked_at)
    told = [["  booked", *lines(session, each, booked_at)] for each in bookings]
    clock.set(moved_at)
    move(session, bookings, moved_at)
    for page, each in zip(told, bookings, strict=True):
        page += [f"  moved {shown(moved_at)}", *lines(session, each, moved_at)]
    clock.set(cancelled_at)
    cancel(session, bookings, cancelled_at)
    for page, each in zip(told, bookings, strict=True):
        page += [f"  cancelled {shown(cancelled_at)}", *lines(session, each, cancelled_at)]
    for kind, page in zip(kinds, told, strict=True):
        yield kind.code, "\n".join(page)


def test_the_timetable_of_each_kind_of_session(clock: Clock) -> None:
    load()
    written = [f"A session on {TUESDAY:%A %d %B %Y at %H:%M}, moved, and cancelled.\n"]
    for name, lead in LEADS.items():
        alike: defaultdict[str, list[str]] = defaultdict(list)
        with transaction() as session:
            for code, told in stories(session, lead, clock):
                alike[told].append(code)
        for told, codes in alike.items():
            written.append(f"{name} ahead: {', '.join(codes)}\n{told}\n")
    page = "\n".join(written)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        FILE.write_text(page)
    assert FILE.read_text() == page
