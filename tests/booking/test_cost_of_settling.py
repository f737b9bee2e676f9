"""What settling one event asks the database, counted and not timed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from studio.booking import jobs, service
from studio.booking.models import Booking, BookingEvent, BookingLine
from studio.booking.service import HoldRequest
from studio.db import Base, db
from studio.domain.lifecycle import BookingState
from studio.messaging.models import Message, MessageState
from studio.payments.models import Due, LedgerEntry, Payment
from studio.payments.service import keep_event
from tests import factories
from tests.booking.test_settlement import ROBIN, payment_of
from tests.fakes.payment_gateway import FakeGateway
from tests.office.counting import questions

pytestmark = pytest.mark.usefixtures("database")

# Settling itself, and the two by which the worker finds an event and marks it done.
SETTLING, FINDING = 12, 2
# What prepares a client for two sessions leaves together: it is looked for and joined; thanks wait.
JOINING = 3
# The first paper of a year has to begin its numbers.
OF_A_YEAR = 2


def asked(sent: list[str]) -> list[str]:
    """Without what only says where a transaction begins and ends."""
    return [each for each in sent if not each.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]


def an_event(gateway: FakeGateway, package: str, starts_at: datetime) -> str:
    """The reference of a booking whose deposit was paid, of which an event tells."""
    held = service.hold_time(HoldRequest(package=package, starts_at=starts_at))
    booking = factories.booking_of(held.reference)
    service.check_out(booking.id, ROBIN)
    checkout = gateway.pay(str(payment_of(booking).checkout_id))
    keep_event(gateway.event_from(*gateway.notice("checkout.session.completed", checkout.id)))
    db.session.close()
    return held.reference


def copies(model: type[Base], row: Any, many: int, **unique: str) -> list[dict[str, Any]]:
    """Rows like *row*, but with keys of their own."""
    like = {c.key: getattr(row, c.key) for c in model.__mapper__.column_attrs if c.key != "id"}
    return [like | {name: f"{prefix}{n}" for name, prefix in unique.items()} for n in range(many)]


def a_long_history(reference: str, many: int) -> None:
    """So many more bookings like this one, of the same client, each paid for."""
    session, booking = db.session(), factories.booking_of(reference)
    rows = copies(Booking, booking, many, reference="PAST", idempotency_key="past")
    for n, row in enumerate(rows):
        for at in ("starts_at", "ends_at", "arrive_at"):
            row[at] = row[at] - timedelta(days=n + 1)
    ids = list(session.scalars(insert(Booking).returning(Booking.id), rows))
    for model, unique in (
        (Payment, {"checkout_id": "cs_past", "intent_id": "pi_past"}),
        (LedgerEntry, {"ref": "past"}),
        (BookingLine, {}),
        (BookingEvent, {}),
        (Due, {}),
        (Message, {"dedupe_key": "past", "message_id": "past"}),
    ):
        theirs: Any = model
        row = session.query(theirs).filter_by(booking_id=booking.id).first()
        past = copies(model, row, many, **unique)
        session.execute(
            insert(theirs),
            [each | {"booking_id": mine} for each, mine in zip(past, ids, strict=True)],
        )
    session.commit()


def it_is_over(reference: str) -> None:
    """The session was a month ago, and all that prepared its client has left."""
    session, booking = db.session(), factories.booking_of(reference)
    ago = timedelta(days=45)
    booking.starts_at, booking.ends_at = booking.starts_at - ago, booking.ends_at - ago
    for mail in session.query(Message):
        mail.state, mail.sent_at = MessageState.SENT, mail.due_at - ago
        mail.due_at -= ago
    session.commit()


@pytest.mark.parametrize(("history", "to_come"), [(0, True), (200, True), (0, False), (200, False)])
def test_settling_a_deposit_asks_few_questions_whatever_the_history(
    gateway: FakeGateway, history: int, to_come: bool
) -> None:
    package = factories.a_package().slug
    factories.a_photographer(email="amara@northlight.example")
    before = an_event(gateway, package, factories.TEN_FIFTEEN)
    with questions() as first:
        assert jobs.settle_events() == 1
    if not to_come:
        it_is_over(before)
    if history:
        a_long_history(before, history)
    reference = an_event(gateway, package, factories.TEN_FIFTEEN + timedelta(hours=3))

    with questions() as then:
        assert jobs.settle_events() == 1

    booking = factories.booking_of(reference)
    assert booking.state is BookingState.CONFIRMED
    told = [mail for mail in db.session.query(Message) if mail.booking_id == booking.id]
    assert {mail.template for mail in told} == {
        "prep", "confirmation", "staff_booked", "balance",
    }  # fmt: skip
    together = [mail for mail in db.session.query(Message) if mail.state is MessageState.JOINED]
    assert bool(together) is to_come
    listed = "\n".join(" ".join(each.split())[:100] for each in asked(then))
    assert len(asked(then)) <= SETTLING + FINDING + JOINING * to_come, listed
    assert len(asked(first)) <= SETTLING + FINDING + OF_A_YEAR
