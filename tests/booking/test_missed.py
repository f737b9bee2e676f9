"""Nobody came: what is kept, what goes back, what is not asked for; and saying so wrongly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from studio.booking import service
from studio.booking.models import Booking
from studio.booking.service import MoneyHasGone, NothingDue, RefundChanged
from studio.db import db
from studio.domain import terms
from studio.domain.lifecycle import BookingState, IllegalMove
from studio.domain.money import Money
from studio.domain.terms import Account, Figures
from studio.messaging.models import Message, MessageKind, MessageState
from studio.payments import ledger
from studio.payments.models import RefundState
from studio.ports.payment_gateway import GatewayUnavailable
from tests import factories
from tests.booking.test_companies import acme, covered
from tests.booking.test_companies import again as once_more
from tests.booking.test_invoicing import in_cash, paid_by_card, told
from tests.clock import Clock
from tests.domain.policies import STUDIO
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

BY = "Manager Person"


@pytest.fixture
def sold(gateway: FakeGateway) -> Booking:
    """A session of 395 pounds whose deposit of 197.50 was paid by card."""
    return paid_by_card(factories.a_hold(), gateway)


@pytest.fixture
def begun(sold: Booking, clock: Clock) -> Booking:
    clock.set(sold.starts_at + timedelta(minutes=20))
    return sold


def missed(booking: Booking, refund: int = 0, kept: int = 0) -> None:
    service.say_nobody_came(booking.id, Figures(refund, kept=kept), by=BY)


def again(booking: Booking) -> Booking:
    return factories.booking_of(booking.reference)


def owed(booking: Booking) -> int:
    return service.owed(db.session(), again(booking)).minor


@pytest.mark.parametrize(
    ("keeps_all", "paid", "kept"),
    [(False, 20000, 10000), (False, 6000, 6000), (True, 20000, 20000), (False, 0, 0)],
)
def test_the_deposit_is_kept_or_all_of_it_and_never_more(
    keeps_all: bool, paid: int, kept: int
) -> None:
    def pounds(minor: int) -> Money:
        return Money(minor, "GBP")

    account = Account(pounds(20000), pounds(10000), pounds(0), pounds(paid), pounds(0))
    found = terms.no_show(replace(STUDIO, no_show_keeps_all=keeps_all), account)
    assert found.figures == Figures(paid - kept, kept=kept)


def test_the_deposit_stays_and_the_balance_is_not_asked_for(begun: Booking) -> None:
    assert owed(begun) == 19750

    missed(begun, kept=19750)

    assert again(begun).state is BookingState.NO_SHOW
    with pytest.raises(NothingDue):
        service.pay_dues(begun.id)
    assert told(begun) == [("Deposit invoice", "2026-0001", 19750, 3292)]
    waiting = select(Message.kind).where(
        Message.booking_id == begun.id, Message.state == MessageState.PLANNED
    )
    assert set(db.session.scalars(waiting)) <= {MessageKind.CHANGE, MessageKind.STAFF}
    [letter] = db.session.scalars(select(Message).where(Message.step == "missed"))
    assert letter.context["money"] == [
        "£197.50 stays with the studio, as we agreed when you booked."
    ]


def test_what_was_paid_beyond_the_deposit_goes_back_with_a_credit_note(begun: Booking) -> None:
    in_cash(begun, 19750)

    missed(begun, refund=19750, kept=19750)

    [back] = ledger.refunds(db.session(), begun.id)
    assert (back.amount_minor, back.state) == (19750, RefundState.REQUESTED)
    assert sum(minor for _, _, minor, _ in told(begun)) == 19750


def test_nothing_is_done_with_other_figures_than_were_shown(begun: Booking) -> None:
    in_cash(begun, 19750)

    with pytest.raises(RefundChanged):
        missed(begun, kept=19750)

    db.session.rollback()
    assert again(begun).state is BookingState.CONFIRMED
    assert ledger.refunds(db.session(), begun.id) == []


def test_nobody_is_missed_before_it_begins_or_twice(sold: Booking, clock: Clock) -> None:
    with pytest.raises(IllegalMove):
        missed(sold, kept=19750)
    clock.set(sold.starts_at)
    missed(sold, kept=19750)
    with pytest.raises(IllegalMove):
        missed(sold, kept=19750)


def test_they_came_after_all_and_owe_what_they_owed(begun: Booking) -> None:
    missed(begun, kept=19750)

    service.say_they_came(begun.id, by=BY)

    assert again(begun).state is BookingState.COMPLETED
    assert owed(begun) == 19750
    with pytest.raises(IllegalMove):
        service.say_they_came(begun.id, by=BY)


def test_once_money_went_back_it_stays_missed(begun: Booking) -> None:
    in_cash(begun, 19750)
    missed(begun, refund=19750, kept=19750)

    with pytest.raises(MoneyHasGone):
        service.say_they_came(begun.id, by=BY)

    db.session.rollback()
    assert again(begun).state is BookingState.NO_SHOW


def test_what_is_paid_by_an_old_link_goes_back(begun: Booking, gateway: FakeGateway) -> None:
    service.pay_dues(begun.id)
    db.session.rollback()
    page = str(ledger.payments(db.session(), begun.id)[-1].checkout_id)
    gateway.trouble = GatewayUnavailable("it does not answer")
    missed(begun, kept=19750)
    gateway.trouble = None
    gateway.pay(page)
    service.settle_now(begun.id)

    db.session.rollback()
    assert [each.amount_minor for each in ledger.refunds(db.session(), begun.id)] == [19750]


def test_a_company_owes_what_its_policy_keeps(clock: Clock) -> None:
    factories.a_studio()
    acme()
    booking = covered()
    clock.set(booking.starts_at)

    missed(booking, refund=19750, kept=19750)

    assert once_more(booking).covered is not None
    assert once_more(booking).covered.kept_minor == 19750  # type: ignore[union-attr]
    assert ledger.refunds(db.session(), booking.id) == []
