"""Gift vouchers sold online: paid as bookings are, spent once their money is in the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from studio.booking import disputed, jobs, money_back, service, settlement
from studio.booking.differences import differences
from studio.booking.enclosures import paper_for
from studio.booking.gifts import service as gifts
from studio.booking.gifts.service import NewOrder, NotOffered, NotPayable, Offer, SpentAlready
from studio.booking.gifts.settling import good_until
from studio.booking.links import gift_token, link_for
from studio.booking.service import Details, PaymentUnreachable
from studio.db import db, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.messaging.jobs import send_due_mail
from studio.messaging.models import Message
from studio.payments import voucher_orders, vouchers
from studio.payments.invoices import Invoice
from studio.payments.jobs import send_refunds
from studio.payments.models import EntryKind, LedgerEntry, Payment, PaymentState, Refund
from studio.payments.service import note_given_back
from studio.payments.voucher_orders import VoucherOrder
from studio.payments.vouchers import Voucher
from studio.ports.payment_gateway import GatewayUnavailable, RefundState
from tests import factories
from tests.clock import Clock
from tests.fakes.mailer import FakeMailer
from tests.fakes.payment_gateway import FakeGateway

HUNDRED = Money(10000, "GBP")
WANTED = NewOrder(
    amount=HUNDRED,
    buyer="Kim Vale",
    buyer_email="kim@client.example",
    recipient="Robin Ash",
    recipient_email="",
    greeting="For your new job.\nWell done!",
    send_on=None,
    key="a form of its own",
)


@pytest.fixture(autouse=True)
def offered(database: None) -> None:
    factories.a_studio()
    limits = (Money(2500, "GBP"), Money(50000, "GBP"))
    gifts.change_offer(Offer(amounts=(50, 100), limits=limits, months=24))


def an_order(**changes: Any) -> VoucherOrder:
    """An order whose buyer stands on the payment page."""
    reference = gifts.order_voucher(replace(WANTED, **changes))
    gifts.pay(the(reference).id)
    return the(reference)


def the(reference: str) -> VoucherOrder:
    db.session.rollback()
    return db.session.scalars(select(VoucherOrder).filter_by(reference=reference)).one()


def attempts(order: VoucherOrder) -> list[Payment]:
    db.session.rollback()
    return list(voucher_orders.payments(db.session(), order.id))


def pay(gateway: FakeGateway, order: VoucherOrder) -> str:
    """Pay on the newest page; the page."""
    page = str(attempts(order)[-1].checkout_id)
    gateway.pay(page)
    return page


def bought(gateway: FakeGateway, **changes: Any) -> VoucherOrder:
    order = an_order(**changes)
    pay(gateway, order)
    gifts.settle_now(order.id)
    return the(order.reference)


def left(order: VoucherOrder) -> int:
    db.session.rollback()
    voucher = voucher_orders.voucher_of(db.session(), the(order.reference))
    assert voucher is not None
    return vouchers.left(db.session(), voucher).minor


def code(order: VoucherOrder) -> str:
    voucher = voucher_orders.voucher_of(db.session(), order)
    assert voucher is not None
    return voucher.code


def entries() -> list[tuple[EntryKind, int]]:
    rows = db.session.scalars(select(LedgerEntry).order_by(LedgerEntry.id))
    return [(each.kind, each.amount_minor) for each in rows]


def steps() -> list[str]:
    return list(db.session.scalars(select(Message.step).order_by(Message.id)))


def compared(gateway: FakeGateway, clock: Clock) -> list[str]:
    found = differences(gateway, clock.now() - timedelta(days=1), clock.now())
    return [each.sentence for each in found]


def test_a_voucher_exists_once_its_money_is_in_the_ledger(
    gateway: FakeGateway, clock: Clock
) -> None:
    order = an_order()
    assert db.session.scalars(select(Voucher)).all() == []
    assert (entries(), steps()) == ([], [])

    pay(gateway, order)
    assert db.session.scalars(select(Voucher)).all() == []
    gifts.settle_now(order.id)

    (voucher,) = db.session.scalars(select(Voucher)).all()
    assert the(order.reference).voucher_id == voucher.id
    assert (voucher.recipient, voucher.expires_on) == ("Robin Ash", date(2028, 11, 23))
    assert left(order) == 10000
    assert entries() == [(EntryKind.PAYMENT, 10000)]
    assert steps() == ["voucher"]
    assert compared(gateway, clock) == []
    # Not taxed, so not invoiced, until it is spent.
    assert db.session.scalars(select(Invoice)).all() == []


def test_told_ten_times_by_three_ways_it_is_one_voucher(gateway: FakeGateway) -> None:
    order = an_order()
    page = pay(gateway, order)
    for _ in range(3):
        gifts.settle_now(order.id)
        settlement.settle_checkout(page)
        jobs.reconcile()

    assert entries() == [(EntryKind.PAYMENT, 10000)]
    assert left(order) == 10000
    assert steps() == ["voucher"]


def test_lost_notices_are_found_by_reconcile(gateway: FakeGateway, clock: Clock) -> None:
    order = an_order()
    pay(gateway, order)
    clock.advance(minutes=4)
    jobs.reconcile()

    assert left(order) == 10000


def test_it_is_spent_and_invoiced_with_the_session(gateway: FakeGateway, clock: Clock) -> None:
    order = bought(gateway)
    booking = factories.a_hold(factories.a_bookable_package(price_minor=8000, deposit_percent=100))
    service.use_code(booking.id, code(order))
    service.check_out(booking.id, Details(name="Robin Ash", email="robin@client.example"))

    assert factories.booking_of(booking.reference).state is BookingState.CONFIRMED
    assert left(order) == 2000
    (invoice,) = db.session.scalars(select(Invoice)).all()
    assert (invoice.total_minor, invoice.tax_minor) == (8000, 1333)
    assert compared(gateway, clock) == []


def test_the_same_form_twice_is_one_order_and_one_page(gateway: FakeGateway) -> None:
    first, second = an_order(), an_order()
    assert first.id == second.id
    assert len(attempts(first)) == 1
    assert gateway.asked.count("open_checkout") == 1

    assert an_order(greeting="Other words").id != first.id


def test_21_22_trouble_and_a_lost_answer_keep_the_order(gateway: FakeGateway) -> None:
    reference = gifts.order_voucher(WANTED)
    gateway.trouble = GatewayUnavailable("down")
    with pytest.raises(PaymentUnreachable):
        gifts.pay(the(reference).id)
    gateway.trouble = None
    gateway.lost_answers = 1
    with pytest.raises(PaymentUnreachable):
        gifts.pay(the(reference).id)

    url = gifts.pay(the(reference).id)

    (payment,) = attempts(the(reference))
    assert payment.checkout_url == url
    assert len(gateway.pages) == 1


def test_an_answer_lost_for_long_is_looked_for(gateway: FakeGateway, clock: Clock) -> None:
    reference = gifts.order_voucher(WANTED)
    gateway.lost_answers = 1
    with pytest.raises(PaymentUnreachable):
        gifts.pay(the(reference).id)
    clock.advance(minutes=5)
    gifts.pay(the(reference).id)
    assert len(gateway.pages) == len(attempts(the(reference))) == 1

    # And where its page was never made, another attempt is.
    clock.advance(minutes=40)
    other = gifts.order_voucher(replace(WANTED, key="another"))
    gateway.trouble = GatewayUnavailable("down")
    with pytest.raises(PaymentUnreachable):
        gifts.pay(the(other).id)
    gateway.trouble = None
    clock.advance(minutes=5)
    gifts.pay(the(other).id)
    assert [each.state for each in attempts(the(other))] == [
        PaymentState.EXPIRED,
        PaymentState.OPEN,
    ]


def test_a_page_that_ran_out_is_followed_by_another(gateway: FakeGateway, clock: Clock) -> None:
    order = an_order()
    clock.advance(minutes=40)
    gifts.pay(order.id)
    assert [each.state for each in attempts(order)] == [PaymentState.EXPIRED, PaymentState.OPEN]

    pay(gateway, order)
    gifts.settle_now(order.id)
    with pytest.raises(NotPayable):
        gifts.pay(order.id)
    assert left(order) == 10000


def test_17_paid_twice_one_goes_back(gateway: FakeGateway, clock: Clock) -> None:
    order = an_order()
    first = attempts(order)[0]
    gateway.pay(str(first.checkout_id))
    # The second attempt was made while nobody could tell that the first was paid.
    db.session.rollback()
    first.state = PaymentState.EXPIRED
    factories.kept(first)
    gifts.pay(order.id)
    pay(gateway, order)
    for payment in attempts(order):
        settlement.settle_checkout(str(payment.checkout_id))
    send_refunds()

    assert left(order) == 10000
    assert [kind for kind, _ in entries()] == [EntryKind.PAYMENT] * 2 + [EntryKind.REFUND]
    assert voucher_orders.kept(db.session(), order) == HUNDRED
    assert "Paid twice" in the(order.reference).attention
    assert steps() == ["voucher", "voucher_returned"]
    assert compared(gateway, clock) == []


def test_28_another_amount_makes_no_voucher(gateway: FakeGateway, clock: Clock) -> None:
    order = an_order()
    page = str(attempts(order)[0].checkout_id)
    gateway.pages[page].shown = replace(gateway.pages[page].shown, amount=Money(9000, "GBP"))
    gateway.pay(page)
    gifts.settle_now(order.id)

    assert the(order.reference).voucher_id is None
    assert "90" in the(order.reference).attention
    with pytest.raises(NotPayable):
        gifts.pay(order.id)
    unseen = "A refund of £20 failed."
    with transaction() as session:
        known = session.get_one(VoucherOrder, order.id)
        known.attention = f"{known.attention}\n{unseen}"

    assert gifts.refund(order.id, by="Manager Person").minor == 9000
    # Giving it back answers what was paid otherwise, and nothing else.
    assert the(order.reference).attention == unseen
    send_refunds()
    assert voucher_orders.kept(db.session(), order).minor == 0
    assert compared(gateway, clock) == []


def test_used_but_not_paid_is_told_and_makes_nothing(gateway: FakeGateway) -> None:
    order = an_order()
    gateway.complete_unpaid(str(attempts(order)[0].checkout_id))
    gifts.settle_now(order.id)

    assert "not paid" in the(order.reference).attention
    assert db.session.scalars(select(Voucher)).all() == []


def test_an_unspent_one_goes_back_once(gateway: FakeGateway, clock: Clock) -> None:
    order = bought(gateway, recipient_email="robin@client.example", send_on=date(2026, 12, 24))
    assert gifts.refund(order.id, by="Manager Person") == HUNDRED
    assert gifts.refund(order.id, by="Manager Person").minor == 0
    send_refunds()

    assert left(order) == 0
    assert len(db.session.scalars(select(Refund)).all()) == 1
    assert voucher_orders.kept(db.session(), order).minor == 0
    assert compared(gateway, clock) == []
    # Whom it was for hears nothing of a voucher that is none any more.
    states = dict(db.session.execute(select(Message.step, Message.state)).all())
    assert states["gift"] == "cancelled"


def test_what_a_hold_has_is_not_given_back(gateway: FakeGateway) -> None:
    order = bought(gateway)
    booking = factories.a_hold()
    service.use_code(booking.id, code(order))
    with pytest.raises(SpentAlready):
        gifts.refund(order.id, by="Manager Person")

    assert db.session.scalars(select(Refund)).all() == []


def test_39_40_refunds_elsewhere_and_refunds_that_fail(gateway: FakeGateway, clock: Clock) -> None:
    order = bought(gateway)
    intent = str(attempts(order)[0].intent_id)
    made = gateway.refund_elsewhere(intent, 4000)
    for _ in range(2):
        money_back.settle_refunds(intent)
    assert left(order) == 6000
    assert "£40 is taken off" in the(order.reference).attention
    assert voucher_orders.kept(db.session(), order).minor == 6000
    assert compared(gateway, clock) == []

    gateway.refunds[0] = replace(made, state=RefundState.FAILED)
    for _ in range(2):
        money_back.settle_refunds(intent)
    assert "failed" in the(order.reference).attention
    assert voucher_orders.kept(db.session(), order) == HUNDRED
    assert compared(gateway, clock) == []
    (row,) = db.session.scalars(select(Refund)).all()
    assert note_given_back(row.id) == attempts(order)[0].id
    assert voucher_orders.kept(db.session(), order).minor == 6000
    money_back.settle_refunds(intent)
    assert db.session.scalars(select(Refund)).one().state == "done"


@pytest.mark.parametrize("minor", [0, 2499, 50001, 10**9])
def test_amounts_that_are_not_offered(minor: int) -> None:
    with pytest.raises(NotOffered):
        gifts.order_voucher(replace(WANTED, amount=Money(minor, "GBP")))


def test_nothing_is_offered_by_default_nor_in_another_currency() -> None:
    with pytest.raises(NotOffered):
        gifts.order_voucher(replace(WANTED, amount=Money(10000, "EUR")))
    gifts.change_offer(Offer(amounts=(), limits=None, months=0))
    with pytest.raises(NotOffered):
        gifts.order_voucher(WANTED)


def test_mail_brings_the_voucher_and_the_gift_comes_on_its_day(
    gateway: FakeGateway, clock: Clock, mailer: FakeMailer
) -> None:
    order = bought(gateway, recipient_email="robin@client.example", send_on=date(2026, 11, 27))
    send_due_mail(link_for, paper_for=paper_for)
    (mail,) = mailer.sent
    assert str(mail["To"]) == "kim@client.example"
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "application/pdf"]
    paper: Any = next(iter(mail.iter_attachments())).get_content()
    assert paper.startswith(b"%PDF-")
    token = gift_token("voucher", order.reference)
    assert token in mail.as_string().replace("=\r\n", "")
    # Neither the code nor what opens the page is kept with what was sent.
    kept = db.session.scalars(select(Message.sent_text).where(Message.step == "voucher")).one()
    assert "/vouchers/…" in str(kept)
    assert token not in str(kept)
    assert code(order) not in str(kept)

    clock.set(datetime(2026, 11, 27, 8, 59, tzinfo=UTC))
    assert send_due_mail(link_for, paper_for=paper_for) == 0
    clock.set(datetime(2026, 11, 27, 9, 0, tzinfo=UTC))
    send_due_mail(link_for, paper_for=paper_for)
    gift = mailer.sent[-1]
    assert str(gift["To"]) == "robin@client.example"
    assert gift_token("gift", order.reference) in gift.as_string().replace("=\r\n", "")


def test_resending_goes_to_whom_it_is_asked_for(gateway: FakeGateway) -> None:
    order = bought(gateway)
    assert gifts.send_again(order.id, to_recipient=True) is None
    assert gifts.send_again(order.id, to_recipient=False) == "kim@client.example"
    assert steps() == ["voucher", "voucher"]
    assert gifts.send_again(an_order(key="unpaid").id, to_recipient=False) is None


@pytest.mark.parametrize(
    ("today", "months", "until"),
    [
        (date(2026, 11, 23), 24, date(2028, 11, 23)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 12, 1), 0, None),
    ],
)
def test_how_long_it_is_good(today: date, months: int, until: date | None) -> None:
    assert good_until(today, months) == until


def test_42_what_a_bank_has_taken_cannot_be_spent(gateway: FakeGateway, clock: Clock) -> None:
    order = bought(gateway)
    intent = str(attempts(order)[0].intent_id)
    gateway.dispute(intent)
    for _ in range(2):
        disputed.settle_disputes(intent)

    assert left(order) == 0
    assert "£100 is taken off" in the(order.reference).attention
    assert voucher_orders.kept(db.session(), order).minor == 0
    assert gifts.refund(order.id, by="Manager Person").minor == 0
    assert compared(gateway, clock) == []


@pytest.mark.parametrize("won", [True, False])
def test_43_a_dispute_first_seen_when_it_had_ended(
    gateway: FakeGateway, clock: Clock, *, won: bool
) -> None:
    order = bought(gateway)
    intent = str(attempts(order)[0].intent_id)
    gateway.close_dispute(gateway.dispute(intent, 6000).id, won=won)
    for _ in range(2):
        disputed.settle_disputes(intent)

    assert left(order) == (10000 if won else 4000)
    assert ("£60 is gone. £60 is taken off" in the(order.reference).attention) is not won
    assert compared(gateway, clock) == []
