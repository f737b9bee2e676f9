"""Money and bookings never disagree: the failure table of payments, row by row, in process."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from studio.booking import history, jobs, service, settlement
from studio.booking.models import Booking, Contact
from studio.booking.service import AlreadyPaid, Details, HoldOver, PaymentUnreachable
from studio.catalogue.models import BookingMode
from studio.db import db, epoch, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.messaging.models import Message, MessageKind
from studio.payments import ledger
from studio.payments.models import Payment, PaymentState, ProcessorEvent
from studio.payments.service import keep_event
from studio.ports.payment_gateway import (
    CheckoutState,
    GatewayUnavailable,
)
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.models import Allocation
from tests import factories
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

ROBIN = Details(name="Robin Ash", email="robin@client.example", phone="", notes="")


@pytest.fixture
def paying() -> Booking:
    """A hold whose client stands on the payment page."""
    booking = factories.a_hold()
    service.check_out(booking.id, ROBIN)
    return factories.booking_of(booking.reference)


def payment_of(booking: Booking) -> Payment:
    db.session.rollback()
    return ledger.payments(db.session(), booking.id)[-1]


def now_is(booking: Booking) -> BookingState:
    return factories.booking_of(booking.reference).state


def net(booking: Booking) -> int:
    return ledger.paid(db.session(), booking.id, "GBP").minor


def mails(kind: MessageKind) -> list[Message]:
    db.session.rollback()
    return list(db.session.scalars(select(Message).where(Message.kind == kind)))


def pay(gateway: FakeGateway, booking: Booking) -> Any:
    return gateway.pay(str(payment_of(booking).checkout_id))


def settle(booking: Booking) -> None:
    settlement.settle_checkout(str(payment_of(booking).checkout_id))


def let_the_hold_run_out(clock: Clock) -> None:
    clock.advance(minutes=36)
    jobs.expire_holds()


def test_going_to_payment_keeps_the_time_until_the_page_is_closed(
    paying: Booking, clock: Clock
) -> None:
    rows = db.session.scalars(select(Allocation)).all()
    assert {row.expires_at for row in rows} == {None}
    assert paying.pay_by == clock.now() + timedelta(minutes=35)
    assert payment_of(paying).state is PaymentState.OPEN


def test_1_two_clients_take_one_slot(paying: Booking) -> None:
    with pytest.raises(StartNotOpen):
        factories.a_hold(paying.package)


def test_2_a_declined_card_leaves_the_same_page(paying: Booking, gateway: FakeGateway) -> None:
    before = payment_of(paying).checkout_url

    assert service.check_out(paying.id, ROBIN) == before
    assert gateway.asked.count("open_checkout") == 1


def test_4_closing_the_tab_frees_the_time(paying: Booking, clock: Clock) -> None:
    assert [mail.template for mail in mails(MessageKind.PAYMENT)] == ["payment"]

    let_the_hold_run_out(clock)

    assert now_is(paying) is BookingState.EXPIRED
    assert payment_of(paying).state is PaymentState.EXPIRED
    assert db.session.scalars(select(Allocation)).all() == []
    assert {mail.state for mail in mails(MessageKind.PAYMENT)} == {"cancelled"}


def test_4b_who_was_promised_two_days_may_leave_the_page(
    gateway: FakeGateway, clock: Clock
) -> None:
    booking = factories.a_hold(factories.a_bookable_package(mode=BookingMode.REQUEST))
    service.check_out(booking.id, ROBIN)
    service.accept_request(booking.id, by="Manager Person")
    promised = factories.booking_of(booking.reference).hold_expires_at
    service.check_out(booking.id, ROBIN)

    let_the_hold_run_out(clock)

    assert now_is(booking) is BookingState.HELD
    assert {row.expires_at for row in db.session.scalars(select(Allocation))} == {
        epoch(promised) if promised else None
    }
    service.check_out(booking.id, ROBIN)
    clock.advance(hours=48)
    jobs.expire_holds()
    assert now_is(booking) is BookingState.EXPIRED


def test_4c_who_was_promised_two_days_pays_at_the_second_page(
    gateway: FakeGateway, clock: Clock
) -> None:
    booking = factories.a_hold(factories.a_bookable_package(mode=BookingMode.REQUEST))
    service.check_out(booking.id, ROBIN)
    service.accept_request(booking.id, by="Manager Person")
    service.check_out(booking.id, ROBIN)
    let_the_hold_run_out(clock)
    service.check_out(booking.id, ROBIN)
    pay(gateway, booking)
    service.settle_now(booking.id)

    assert now_is(booking) is BookingState.CONFIRMED


def test_5_6_paid_and_read_is_confirmed_with_mail(paying: Booking, gateway: FakeGateway) -> None:
    pay(gateway, paying)

    service.settle_now(paying.id)

    assert now_is(paying) is BookingState.CONFIRMED
    assert net(paying) == 19750
    assert len(mails(MessageKind.CONFIRMATION)) == 1
    assert len(mails(MessageKind.PREP)) >= 4


def test_7_8_9_settling_again_in_any_order_changes_nothing(
    paying: Booking, gateway: FakeGateway
) -> None:
    pay(gateway, paying)
    for _ in range(5):
        settle(paying)
        service.settle_now(paying.id)

    assert len(ledger.entries(db.session(), paying.id)) == 1
    assert len(mails(MessageKind.CONFIRMATION)) == 1


def test_10_a_payment_without_its_event_is_found(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    pay(gateway, paying)
    clock.advance(minutes=4)

    assert jobs.reconcile() == 1

    assert now_is(paying) is BookingState.CONFIRMED


def test_12_an_event_whose_settling_fails_stays_and_is_tried_again(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    checkout = pay(gateway, paying)
    body, header = gateway.notice("checkout.session.completed", checkout.id)
    keep_event(gateway.event_from(body, header))
    gateway.trouble = GatewayUnavailable("down")
    assert jobs.settle_events() == 0
    db.session.rollback()
    event = db.session.scalars(select(ProcessorEvent)).one()
    assert event.done_at is None
    assert event.tries == 1
    assert "down" in event.error
    assert now_is(paying) is BookingState.HELD
    gateway.trouble = None

    assert jobs.settle_events() == 0, "the next try is put off"
    clock.advance(seconds=16)
    assert jobs.settle_events() == 1
    assert jobs.settle_events() == 0

    assert now_is(paying) is BookingState.CONFIRMED
    assert len(ledger.entries(db.session(), paying.id)) == 1


def test_16_two_tabs_share_one_page(paying: Booking) -> None:
    again = service.check_out(paying.id, ROBIN)

    assert again == payment_of(paying).checkout_url
    assert len(ledger.payments(db.session(), paying.id)) == 1


def test_18_paid_as_the_hold_ends_is_confirmed(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    pay(gateway, paying)

    let_the_hold_run_out(clock)

    assert now_is(paying) is BookingState.CONFIRMED


def pay_through(gateway: FakeGateway, checkout_id: str) -> None:
    """A payment that was under way when the page was closed."""
    page = gateway.pages[checkout_id]
    page.shown = replace(
        page.shown, state=CheckoutState.COMPLETE, paid=True, intent_id="pi_late", url=None
    )


def test_letting_go_of_what_was_paid_meanwhile_is_refused(
    paying: Booking, gateway: FakeGateway
) -> None:
    pay(gateway, paying)

    with pytest.raises(AlreadyPaid):
        service.release_hold(paying.id, by="client")

    assert now_is(paying) is BookingState.CONFIRMED


def test_21_stripe_down_when_starting_keeps_hold_and_row(gateway: FakeGateway) -> None:
    booking = factories.a_hold()
    gateway.trouble = GatewayUnavailable("down")
    with pytest.raises(PaymentUnreachable):
        service.check_out(booking.id, ROBIN)
    assert now_is(booking) is BookingState.HELD
    assert payment_of(booking).state is PaymentState.CREATING
    gateway.trouble = None

    assert service.check_out(booking.id, ROBIN)

    assert len(ledger.payments(db.session(), booking.id)) == 1


def test_21b_a_page_never_made_is_not_waited_for(gateway: FakeGateway, clock: Clock) -> None:
    booking = factories.a_hold()
    gateway.trouble = GatewayUnavailable("down")
    with pytest.raises(PaymentUnreachable):
        service.check_out(booking.id, ROBIN)
    gateway.trouble = None
    clock.advance(minutes=5)

    assert service.check_out(booking.id, ROBIN), "a new attempt, since the first would be too short"

    first, second = ledger.payments(db.session(), booking.id)
    assert (first.state, second.state) == (PaymentState.EXPIRED, PaymentState.OPEN)


def test_22_a_lost_answer_leads_to_the_same_page(gateway: FakeGateway) -> None:
    booking = factories.a_hold()
    gateway.lost_answers = 1
    with pytest.raises(PaymentUnreachable):
        service.check_out(booking.id, ROBIN)

    assert service.check_out(booking.id, ROBIN)

    assert len(gateway.pages) == 1


def test_23_24_a_page_whose_id_was_never_kept_is_found_when_the_hold_ends(
    gateway: FakeGateway, clock: Clock
) -> None:
    booking = factories.a_hold()
    gateway.lost_answers = 1
    with pytest.raises(PaymentUnreachable):
        service.check_out(booking.id, ROBIN)
    (checkout_id,) = gateway.pages
    gateway.pay(checkout_id)

    let_the_hold_run_out(clock)

    assert now_is(booking) is BookingState.CONFIRMED
    assert net(booking) == 19750


UNSEEN = "A refund of £20 failed."


def ask_to_look_at(booking: Booking, clock: Clock) -> None:
    with transaction() as session:
        known = history.locked(session, booking.id)
        history.flag(session, known, UNSEEN, now=clock.now())


def asked_to_look_at(booking: Booking) -> list[str]:
    """What asks for staff; nothing of it was noted twice."""
    db.session.rollback()
    found = factories.booking_of(booking.reference)
    noted = [each.detail["why"] for each in found.events if each.kind == "attention"]
    assert noted == found.attention.splitlines()
    return noted


def test_used_but_not_paid_is_told_whatever_else_is(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    ask_to_look_at(paying, clock)
    gateway.complete_unpaid(str(payment_of(paying).checkout_id))
    for _ in range(2):
        settle(paying)

    assert asked_to_look_at(paying) == [UNSEEN, "Stripe says used, but not paid."]


def test_25_stripe_down_when_the_hold_ends_keeps_the_time(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    gateway.trouble = GatewayUnavailable("down")
    let_the_hold_run_out(clock)
    assert now_is(paying) is BookingState.HELD
    ask_to_look_at(paying, clock)
    clock.advance(hours=1)
    for _ in range(2):
        jobs.expire_holds()
    assert asked_to_look_at(paying) == [
        UNSEEN, "Stripe has not answered for an hour, so this time is still held.",
    ]  # fmt: skip
    gateway.trouble = None

    jobs.expire_holds()

    assert now_is(paying) is BookingState.EXPIRED


def test_28_another_amount_is_not_confirmed_but_flagged(
    paying: Booking, gateway: FakeGateway
) -> None:
    checkout_id = str(payment_of(paying).checkout_id)
    gateway.pay(checkout_id)
    page = gateway.pages[checkout_id]
    page.shown = replace(page.shown, amount=Money(100, "GBP"))

    settle(paying)

    assert now_is(paying) is BookingState.HELD
    assert "197.5" in factories.booking_of(paying.reference).attention


def test_a_page_of_another_booking_settles_nothing_here(
    paying: Booking, gateway: FakeGateway
) -> None:
    other = factories.a_hold(paying.package, factories.TEN_FIFTEEN + timedelta(hours=3))
    service.check_out(other.id, ROBIN)
    pay(gateway, other)

    service.settle_now(paying.id)

    assert now_is(paying) is BookingState.HELD


def test_details_after_the_hold_ran_out_are_refused(clock: Clock) -> None:
    booking = factories.a_hold()
    clock.advance(minutes=15)

    with pytest.raises(HoldOver):
        service.check_out(booking.id, ROBIN)


def test_a_known_address_typed_by_a_stranger_tells_and_changes_nothing(
    paying: Booking,
) -> None:
    stranger = factories.a_hold(paying.package, factories.TEN_FIFTEEN + timedelta(hours=4))
    service.check_out(stranger.id, replace(ROBIN, name="Mallory"))

    robin = factories.booking_of(paying.reference)
    assert robin.contact is not None
    assert robin.client is not None
    assert (robin.contact.name, robin.client.name) == ("Robin Ash", "Robin Ash")
    mine = factories.booking_of(stranger.reference)
    assert mine.contact == Contact("Mallory", ROBIN.email, "")


def test_11_what_happened_while_we_were_away_is_caught_up(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    checkout_paid = pay(gateway, paying)
    body, header = gateway.notice("checkout.session.completed", checkout_paid.id)
    gateway.missed.append(gateway.event_from(body, header))
    clock.advance(days=3)

    assert jobs.reconcile() > 0

    assert now_is(paying) is BookingState.CONFIRMED
    assert db.session.scalars(select(ProcessorEvent)).one().done_at is not None


def test_3_an_abandoned_3d_secure_page_is_a_page_not_paid(
    paying: Booking, gateway: FakeGateway, clock: Clock
) -> None:
    """The processor shows an open page until it closes; the time is held, then free."""
    service.settle_now(paying.id)
    assert now_is(paying) is BookingState.HELD

    let_the_hold_run_out(clock)

    assert now_is(paying) is BookingState.EXPIRED
    factories.a_hold(paying.package)
