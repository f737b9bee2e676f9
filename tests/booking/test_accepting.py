"""A payment of another amount than was asked for: what staff accept, and what follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.booking import history, jobs, service, settlement
from studio.booking.models import Booking
from studio.booking.service import NothingToAccept, UnderReview
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.payments import ledger
from studio.payments.jobs import send_refunds
from studio.payments.models import PaymentState
from studio.scheduling.calendar import StartNotOpen
from tests import factories
from tests.booking.test_dues import in_cash, letters, net, owed
from tests.booking.test_settlement import ROBIN, payment_of
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def paying() -> Booking:
    """A hold of 395 pounds whose client was asked for 197.50."""
    booking = factories.a_hold()
    service.check_out(booking.id, ROBIN)
    return factories.booking_of(booking.reference)


def paid_instead(gateway: FakeGateway, booking: Booking, minor: int, currency: str = "GBP") -> int:
    """The page was paid with that much; answers the payment."""
    payment = payment_of(booking)
    checkout_id = str(payment.checkout_id)
    gateway.pay(checkout_id)
    page = gateway.pages[checkout_id]
    page.shown = replace(page.shown, amount=Money(minor, currency))
    settlement.settle_checkout(checkout_id)
    return payment.id


def accept(booking: Booking, payment_id: int, *, let_off: bool = False) -> None:
    service.accept_paid(
        booking.id, payment_id, let_off=let_off, reason="A slip of ours", by="Manager Person"
    )


def test_too_little_is_accepted_and_the_rest_is_still_owed(
    paying: Booking, gateway: FakeGateway
) -> None:
    payment_id = paid_instead(gateway, paying, 10000)
    assert factories.booking_of(paying.reference).state is BookingState.HELD

    accept(paying, payment_id)

    after = factories.booking_of(paying.reference)
    assert (after.state, after.attention) == (BookingState.CONFIRMED, "")
    assert (net(paying), owed(paying)) == (10000, 29500)
    assert payment_of(paying).amount_minor == 10000
    assert len(letters(paying, "confirmation")) == 1
    (told,) = [each for each in after.events if each.kind == "accepted"]
    assert told.detail["reason"] == "A slip of ours"
    assert (told.detail["asked"], told.detail["amount"]) == (19750, 10000)


def test_accepting_decides_about_the_amount_alone(paying: Booking, gateway: FakeGateway) -> None:
    payment_id = paid_instead(gateway, paying, 10000)
    with transaction() as session:
        booking = session.get_one(Booking, paying.id)
        assert booking.attention == "Asked for 197.50 GBP, but 100.00 GBP was paid."
        history.flag(session, booking, "A bank asks about it.", now=booking.created_at)

    accept(paying, payment_id)

    assert factories.booking_of(paying.reference).attention == "A bank asks about it."


def test_what_is_missing_may_be_let_off(paying: Booking, gateway: FakeGateway) -> None:
    payment_id = paid_instead(gateway, paying, 19000)

    accept(paying, payment_id, let_off=True)

    assert (net(paying), owed(paying)) == (19000, 19750)


def test_too_much_counts_towards_the_rest_and_beyond_that_goes_back(
    paying: Booking, gateway: FakeGateway
) -> None:
    payment_id = paid_instead(gateway, paying, 50000)

    accept(paying, payment_id)
    send_refunds()

    assert factories.booking_of(paying.reference).state is BookingState.CONFIRMED
    assert (net(paying), owed(paying)) == (39500, 0)
    assert [each.amount.minor for each in gateway.refunds] == [10500]
    assert letters(paying, "balance") == []
    assert len(letters(paying, "returned")) == 1


def test_a_balance_of_another_amount_is_accepted(paying: Booking, gateway: FakeGateway) -> None:
    paid_instead(gateway, paying, 19750)
    service.pay_dues(paying.id)
    payment_id = paid_instead(gateway, paying, 15000)
    assert letters(paying, "received") == []

    accept(paying, payment_id)

    assert (net(paying), owed(paying)) == (34750, 4750)
    assert len(letters(paying, "received")) == 1
    assert [each.kind for each in factories.booking_of(paying.reference).events][-1] == "accepted"


def test_no_more_is_let_off_than_is_missing_still(paying: Booking, gateway: FakeGateway) -> None:
    paid_instead(gateway, paying, 19750)
    service.pay_dues(paying.id)
    payment_id = paid_instead(gateway, paying, 15000)
    service.record_payment(paying.id, in_cash(4000))
    odd = service.odd_payment(db.session(), paying)
    assert odd
    assert odd.short.minor == 750

    accept(paying, payment_id, let_off=True)
    send_refunds()

    assert (net(paying), owed(paying), gateway.refunds) == (38750, 0, [])
    (told,) = [
        each for each in factories.booking_of(paying.reference).events if each.kind == "accepted"
    ]
    assert told.detail["let_off"] == 750


def test_it_is_accepted_once(paying: Booking, gateway: FakeGateway) -> None:
    payment_id = paid_instead(gateway, paying, 10000)
    accept(paying, payment_id)

    with pytest.raises(NothingToAccept):
        accept(paying, payment_id)

    assert net(paying) == 10000
    assert len(letters(paying, "confirmation")) == 1


def test_another_currency_is_not_accepted(paying: Booking, gateway: FakeGateway) -> None:
    payment_id = paid_instead(gateway, paying, 19750, "EUR")

    with pytest.raises(NothingToAccept):
        accept(paying, payment_id)

    assert factories.booking_of(paying.reference).state is BookingState.HELD


def test_what_was_given_back_is_not_accepted(paying: Booking, gateway: FakeGateway) -> None:
    payment_id = paid_instead(gateway, paying, 10000)
    service.give_back(paying.id, Money(10000, "GBP"), reason="no", by="Manager Person")

    with pytest.raises(NothingToAccept):
        accept(paying, payment_id)


def paid_late(paying: Booking, gateway: FakeGateway, clock: Clock, minor: int = 10000) -> int:
    payment_id, checkout_id = payment_of(paying).id, str(payment_of(paying).checkout_id)
    clock.advance(minutes=36)
    jobs.expire_holds()
    page = gateway.pages[checkout_id]
    page.shown = replace(
        page.shown, paid=True, intent_id="pi_late", url=None, amount=Money(minor, "GBP")
    )
    return payment_id


def test_after_the_hold_the_time_is_taken_again_or_the_money_waits(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    payment_id = paid_late(paying, gateway, clock)
    settlement.settle_checkout(str(payment_of(paying).checkout_id))
    other = factories.a_hold(paying.package)

    with pytest.raises(StartNotOpen):
        accept(paying, payment_id)
    assert factories.booking_of(paying.reference).state is BookingState.EXPIRED

    service.release_hold(other.id, by="client")
    accept(paying, payment_id)
    assert factories.booking_of(paying.reference).state is BookingState.CONFIRMED


def test_whatever_is_paid_after_cancelling_goes_back(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    checkout_id = str(payment_of(paying).checkout_id)
    service.release_hold(paying.id, by="client")
    page = gateway.pages[checkout_id]
    page.shown = replace(
        page.shown, paid=True, intent_id="pi_late", url=None, amount=Money(123, "GBP")
    )
    settlement.settle_checkout(checkout_id)
    send_refunds()

    assert net(paying) == 0
    assert [each.amount.minor for each in gateway.refunds] == [123]


def test_another_currency_after_cancelling_is_for_people(
    paying: Booking, gateway: FakeGateway
) -> None:
    checkout_id = str(payment_of(paying).checkout_id)
    service.release_hold(paying.id, by="client")
    page = gateway.pages[checkout_id]
    page.shown = replace(
        page.shown, paid=True, intent_id="pi_late", url=None, amount=Money(19750, "EUR")
    )
    settlement.settle_checkout(checkout_id)
    send_refunds()

    assert gateway.refunds == []
    after = factories.booking_of(paying.reference)
    assert "Asked for 197.50 GBP, but 197.50 EUR was paid." in after.attention
    assert after.state is BookingState.CANCELLED


def test_whoever_paid_something_else_is_not_asked_to_pay_again(
    paying: Booking, gateway: FakeGateway
) -> None:
    paid_instead(gateway, paying, 10000)

    with pytest.raises(UnderReview):
        service.check_out(paying.id, ROBIN)

    states = [each.state for each in ledger.payments(db.session(), paying.id)]
    assert states == [PaymentState.PAID]


def test_whoever_has_all_of_it_back_pays_as_if_nothing_had_been(
    paying: Booking, gateway: FakeGateway
) -> None:
    paid_instead(gateway, paying, 10000)
    service.give_back(paying.id, Money(10000, "GBP"), reason="no", by="Manager Person")
    send_refunds()

    assert service.check_out(paying.id, ROBIN)
    paid_instead(gateway, paying, 19750)

    assert factories.booking_of(paying.reference).state is BookingState.CONFIRMED
    assert (net(paying), owed(paying)) == (19750, 19750)


def test_a_hold_of_which_all_went_back_ends_by_itself(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    paid_instead(gateway, paying, 10000)
    clock.advance(minutes=36)
    jobs.expire_holds()
    assert factories.booking_of(paying.reference).state is BookingState.HELD

    service.give_back(paying.id, Money(10000, "GBP"), reason="no", by="Manager Person")
    jobs.expire_holds()
    assert factories.booking_of(paying.reference).state is BookingState.EXPIRED
