"""What the books of the studio and of the stand-in must say: always, and once all is quiet."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from studio.booking.differences import differences
from studio.booking.models import Booking, BookingEvent
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.messaging.models import Message, MessageKind
from studio.payments import disputes, invoices, ledger
from studio.payments.invoices import Invoice
from studio.payments.models import EntryKind, LedgerEntry, Payment, Refund
from studio.payments.standing import Standing, standing
from studio.ports import ports
from studio.scheduling.models import Allocation
from tests.drift.ground import Ground

ENDED = (BookingState.EXPIRED, BookingState.CANCELLED)


def always(ground: Ground) -> None:
    with ground.stage.app.app_context():
        bookings = list(db.session.scalars(select(Booking)))
        _one_session_a_time(bookings)
        _nobody_pays_for_what_is_gone(ground, bookings)
        for each in bookings:
            _money_and_state_agree(each)


def after_quiet(ground: Ground) -> None:
    always(ground)
    with ground.stage.app.app_context():
        theirs = _at_stripe(ground)
        for each in db.session.scalars(select(Booking)):
            _net_is_as_agreed(ground, each, theirs.pop(each.reference, 0))
        assert not theirs, f"Stripe took money for {theirs}, which we do not know"
        gateway, now = ports().gateway, ports().now()
        assert gateway is not None
        assert differences(gateway, now - timedelta(days=60), now) == []


def told(ground: Ground) -> tuple[Any, ...]:
    """All that running everything again must leave as it is."""
    with ground.stage.app.app_context():
        return tuple(
            tuple(map(tuple, db.session.execute(select(*columns).order_by(columns[0]))))
            for columns in (
                (Booking.id, Booking.state, Booking.attention),
                (Payment.id, Payment.state, Payment.intent_id),
                (Refund.id, Refund.state, Refund.processor_id),
                (LedgerEntry.id, LedgerEntry.kind, LedgerEntry.amount_minor),
                (Message.id, Message.dedupe_key, Message.state),
                (BookingEvent.id, BookingEvent.kind),
                (Allocation.id, Allocation.booking_id),
                (Invoice.id, Invoice.total_minor),
            )
        )


def _one_session_a_time(bookings: list[Booking]) -> None:
    now = ports().now()
    active = Counter(
        each.starts_at
        for each in bookings
        if each.state is BookingState.CONFIRMED
        or (each.state is BookingState.HELD and _stands(each, now))
    )
    assert all(count == 1 for count in active.values()), f"sold twice: {active}"


def _stands(booking: Booking, now: Any) -> bool:
    if booking.pay_by is not None:
        return True
    return booking.hold_expires_at is not None and booking.hold_expires_at > now


def _nobody_pays_for_what_is_gone(ground: Ground, bookings: list[Booking]) -> None:
    """A page is closed before its time is free, and a booking never has two of them."""
    world = ground.core.world
    pages = Counter(
        page["client_reference_id"]
        for page in world.all("checkout.session")
        if page["status"] == "open" and page["expires_at"] > world.now()
    )
    assert all(count == 1 for count in pages.values()), f"two pages to pay on: {pages}"
    for each in bookings:
        if each.state in ENDED and each.confirmed_at is None:
            assert not pages[each.reference], f"{each.state} while somebody may still pay"


def _money_and_state_agree(booking: Booking) -> None:
    session = db.session()
    kept = ledger.paid(session, booking.id, booking.currency) + booking.credit
    assert kept.minor >= 0, "more back than came"
    if booking.state is not BookingState.CONFIRMED:
        return
    came = session.scalars(
        select(func.sum(LedgerEntry.amount_minor)).where(
            LedgerEntry.booking_id == booking.id, LedgerEntry.kind == EntryKind.PAYMENT
        )
    ).one()
    money = standing(session, booking.id, booking.currency)
    assert (came or 0) >= money.deposit.minor, "confirmed without its deposit"
    asked = sum(each.amount.minor for each in money.dues)
    assert asked == booking.price_minor, f"asks for {asked} of {booking.price_minor}"
    takes = list(
        session.scalars(select(Allocation.expires_at).where(Allocation.booking_id == booking.id))
    )
    assert takes, "confirmed without its time"
    assert set(takes) == {None}, "confirmed for a while"
    confirmations = session.scalars(
        select(func.count(Message.id)).where(
            Message.booking_id == booking.id, Message.kind == MessageKind.CONFIRMATION
        )
    ).one()
    assert confirmations == 1, f"{confirmations} confirmations"


def _papers_follow(booking: Booking, money: Standing) -> None:
    session = db.session()
    sold = sum(each.total_minor for each in booking.lines)
    assert sold == booking.price_minor, f"lists {sold} of {booking.price_minor}"
    kept = money.kept.minor + disputes.contested(session, booking.id, booking.currency).minor
    papers = sum(each.total_minor for each in invoices.of_booking(session, booking.id))
    assert papers == max(0, min(kept, booking.price_minor)), f"{papers} on paper, {kept} kept"


def _at_stripe(ground: Ground) -> dict[str, int]:
    """What the stand-in has of each booking's money, less what it gave back."""
    world = ground.core.world
    net: defaultdict[str, int] = defaultdict(int)
    of_intent = {
        page["payment_intent"]: page["client_reference_id"]
        for page in world.all("checkout.session")
    }
    for intent in world.all("payment_intent"):
        if intent["status"] == "succeeded":
            net[of_intent[intent["id"]]] += intent["amount_received"]
    for back in world.all("refund"):
        if back["status"] == "succeeded":
            net[of_intent[back["payment_intent"]]] -= back["amount"]
    for taken in world.all("dispute"):
        moved = (each["amount"] for each in taken["balance_transactions"])
        net[of_intent[taken["payment_intent"]]] += sum(moved)
    return net


def _net_is_as_agreed(ground: Ground, booking: Booking, theirs: int) -> None:
    ours = ledger.paid(db.session(), booking.id, booking.currency).minor
    what = f"booking {booking.id}, {booking.state}"
    # A credit is a voucher's money by now, and still at Stripe.
    ours += booking.credit_minor
    assert ours == theirs, f"{what}: we have {ours}, Stripe {theirs}"
    history = {each.kind: each.detail for each in booking.events}
    money = standing(db.session(), booking.id, booking.currency)
    if booking.state is BookingState.CONFIRMED:
        _papers_follow(booking, money)
    if booking.reference in ground.elsewhere | ground.disputed:
        assert "attention" in history, f"{what}: nobody was told of what went elsewhere"
    elif booking.state is BookingState.HELD:
        assert booking.attention, f"{what}: held for ever, and nobody was told"
    elif booking.state is BookingState.EXPIRED:
        assert ours == 0, f"{what}: keeps {ours}"
    elif booking.state is BookingState.CANCELLED:
        settled = history.get("settled", {"kept": 0, "credit": 0})
        assert ours == settled["kept"] + settled["credit"], f"{what}: {ours}, agreed {settled}"
    elif not booking.attention:
        assert not money.surplus, f"{what}: nobody was told of {money.surplus.minor} too much"
        if "altered" not in history:
            assert ours in {money.deposit.minor, booking.price_minor}, f"{what}: has {ours}"
