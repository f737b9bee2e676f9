"""Which paper is issued when: a deposit, the rest, an extra, money that goes back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from studio.booking import invoicing, money_back, service, settlement
from studio.booking.models import Booking
from studio.booking.service import Cancellation, Charge, Received
from studio.db import db, transaction
from studio.domain.money import Money
from studio.domain.pricing import LineKind
from studio.domain.terms import CalledOffBy, Figures
from studio.payments import invoices, ledger
from studio.payments.invoices import Invoice
from studio.payments.jobs import send_refunds
from studio.payments.models import Method, RefundState
from studio.ports.payment_gateway import GatewayUnavailable
from studio.scheduling.models import Studio
from tests import factories
from tests.booking.test_dues import ROBIN, last
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def sold(gateway: FakeGateway) -> Booking:
    """A session of 395 pounds whose deposit of 197.50 was paid by card."""
    return paid_by_card(factories.a_hold(), gateway)


def paid_by_card(booking: Booking, gateway: FakeGateway) -> Booking:
    service.check_out(booking.id, ROBIN)
    gateway.pay(str(last(booking).checkout_id))
    service.settle_now(booking.id)
    return factories.booking_of(booking.reference)


def papers(booking: Booking) -> list[Invoice]:
    db.session.rollback()
    return list(invoices.of_booking(db.session(), booking.id))


def told(booking: Booking) -> list[tuple[str, str, int, int]]:
    return [(each.title, each.name, each.total_minor, each.tax_minor) for each in papers(booking)]


def in_cash(booking: Booking, minor: int) -> None:
    amount = Money(minor, booking.currency)
    service.record_payment(
        booking.id, Received(method=Method.CASH, amount=amount, note="", by="Manager Person")
    )


def charge(booking: Booking, minor: int, clock: Clock) -> None:
    service.add_charge(
        booking.id,
        Charge(
            label="A print",
            amount=Money(minor, booking.currency),
            kind=LineKind.EXTRA,
            due_at=clock.now() + timedelta(days=7),
            by="Manager Person",
        ),
    )


def cancel(
    booking: Booking, refund: int, by: CalledOffBy = CalledOffBy.STUDIO, kept: int = 0
) -> None:
    service.cancel_booking(
        booking.id,
        Cancellation(
            called_off_by=by, reason="Ill", shown=Figures(refund, kept=kept), actor="Manager Person"
        ),
    )


def test_a_hold_has_no_paper() -> None:
    booking = factories.a_hold()
    service.check_out(booking.id, ROBIN)

    assert papers(booking) == []


def test_a_session_that_nobody_paid_for_has_no_paper() -> None:
    assert papers(factories.a_confirmed_booking()) == []


def test_the_deposit_is_invoiced_when_it_is_paid(sold: Booking) -> None:
    assert told(sold) == [("Deposit invoice", "2026-0001", 19750, 3292)]
    snapshot = papers(sold)[0].snapshot
    assert snapshot["client"] == {"name": "Robin Ash", "email": "robin@client.example"}
    assert snapshot["studio"]["legal_name"] == "North Light"
    assert snapshot["issued_on"] == "2026-11-23"
    assert [each["amount"] for each in snapshot["paid"]] == [19750]


def test_settling_again_issues_nothing_more(sold: Booking) -> None:
    settlement.settle_checkout(str(last(sold).checkout_id))
    with transaction() as session:
        booking = session.get_one(Booking, sold.id)
        assert invoicing.follow_the_money(session, booking, booking.starts_at) is None

    assert len(papers(sold)) == 1


def test_the_rest_is_invoiced_less_the_deposit(sold: Booking) -> None:
    in_cash(sold, 19750)

    assert told(sold)[1:] == [("Final invoice", "2026-0002", 19750, 3291)]
    final = papers(sold)[1].snapshot
    assert [each["gross"] for each in final["lines"]] == [39500]
    assert [(each["number"], each["gross"]) for each in final["before"]] == [("2026-0001", 19750)]
    assert [each["method"] for each in final["paid"]] == ["card", "cash"]


def test_all_at_once_is_one_invoice(gateway: FakeGateway) -> None:
    booking = factories.a_hold(factories.a_bookable_package(deposit_percent=100))

    assert told(paid_by_card(booking, gateway)) == [("Invoice", "2026-0001", 39500, 6583)]


def test_each_part_has_its_paper_and_together_they_are_the_price(sold: Booking) -> None:
    for minor in (5000, 1, 14749):
        in_cash(sold, minor)

    assert [title for title, *_ in told(sold)] == [
        "Deposit invoice",
        "Part invoice",
        "Part invoice",
        "Final invoice",
    ]
    assert sum(total for _, _, total, _ in told(sold)) == 39500
    assert sum(tax for *_, tax in told(sold)) == 6583


def test_an_extra_is_invoiced_when_it_is_paid(sold: Booking, clock: Clock) -> None:
    in_cash(sold, 19750)
    charge(sold, 4500, clock)
    assert len(papers(sold)) == 2
    in_cash(sold, 4500)

    assert told(sold)[2] == ("Final invoice", "2026-0003", 4500, 750)
    final = papers(sold)[2].snapshot
    assert [each["label"] for each in final["lines"]] == ["Standard headshot", "A print"]
    assert len(final["before"]) == 2


def test_what_goes_back_is_credited(sold: Booking) -> None:
    cancel(sold, 19750)
    assert told(sold)[1:] == [("Credit note", "C2026-0001", -19750, -3292)]
    assert papers(sold)[1].snapshot["before"][0]["number"] == "2026-0001"
    send_refunds()

    assert len(papers(sold)) == 2


def test_39_what_goes_back_in_the_dashboard_is_credited(
    sold: Booking, gateway: FakeGateway
) -> None:
    intent = str(last(sold).intent_id)
    made = gateway.refund_elsewhere(intent, 5000)
    for _ in range(2):
        money_back.settle_refunds(intent)
    assert told(sold)[1:] == [("Credit note", "C2026-0001", -5000, -833)]

    # It did not arrive, so it is the studio's again.
    gateway.fail_refund(made.id)
    money_back.settle_refunds(intent)
    assert [each[2] for each in told(sold)] == [19750, -5000, 5000]


def test_what_the_studio_keeps_stays_invoiced(sold: Booking, clock: Clock) -> None:
    in_cash(sold, 19750)
    clock.advance(days=14)
    with transaction() as session:
        booking = session.get_one(Booking, sold.id)
        agreed = service.proposal(session, booking, CalledOffBy.CLIENT, clock.now())
    cancel(sold, agreed.refund.minor, CalledOffBy.CLIENT, agreed.kept.minor)

    assert 0 < agreed.refund.minor < 39500
    assert sum(total for _, _, total, _ in told(sold)) == 39500 - agreed.refund.minor
    assert told(sold)[2][:3] == ("Credit note", "C2026-0001", -agreed.refund.minor)


def test_a_payment_taken_back_is_credited_and_invoiced_anew(sold: Booking) -> None:
    in_cash(sold, 19750)
    service.reverse_payment(last(sold).id, reason="Another client", by="Manager Person")
    assert told(sold)[2][:3] == ("Credit note", "C2026-0001", -19750)
    in_cash(sold, 19750)

    assert told(sold)[3][:3] == ("Final invoice", "2026-0003", 19750)
    assert sum(tax for *_, tax in told(sold)) == 6583


def test_17_what_was_paid_twice_has_no_paper(sold: Booking, gateway: FakeGateway) -> None:
    service.pay_dues(sold.id)
    page = str(last(sold).checkout_id)
    in_cash(sold, 19750)
    gateway.pay(page)
    settlement.settle_checkout(page)
    send_refunds()

    assert [title for title, *_ in told(sold)] == ["Deposit invoice", "Final invoice"]


def test_20_money_after_cancelling_has_no_paper(sold: Booking, gateway: FakeGateway) -> None:
    service.pay_dues(sold.id)
    page = str(last(sold).checkout_id)
    gateway.trouble = GatewayUnavailable("down")
    cancel(sold, 19750)
    gateway.trouble = None
    gateway.pay(page)
    settlement.settle_checkout(page)
    send_refunds()

    assert [title for title, *_ in told(sold)] == ["Deposit invoice", "Credit note"]


def follow(booking: Booking) -> None:
    with transaction() as session:
        found = session.get_one(Booking, booking.id)
        invoicing.follow_the_money(session, found, found.starts_at)


def test_28_no_more_is_invoiced_than_the_price(sold: Booking, clock: Clock) -> None:
    with transaction() as session:
        payment = ledger.payments(session, sold.id)[-1]
        ledger.record_payment(session, payment, "too much", Money(99999, "GBP"), clock.now())
    follow(sold)

    assert told(sold)[1][:3] == ("Final invoice", "2026-0002", 19750)


def test_40_a_refund_that_fails_makes_no_invoice_of_a_cancelled_session(sold: Booking) -> None:
    cancel(sold, 19750)
    with transaction() as session:
        ledger.refunds(session, sold.id)[-1].state = RefundState.FAILED
    follow(sold)

    assert [title for title, *_ in told(sold)] == ["Deposit invoice", "Credit note"]


def test_several_rates_and_tax_on_top(gateway: FakeGateway) -> None:
    """100 and 20 per cent on top, and 50 without tax: 170 in all, of which half is paid first."""
    factories.a_studio(tax_included=False)
    extra = factories.an_add_on(price=5000, minutes=0, tax_percent=Decimal(0))
    package = factories.a_bookable_package(price_minor=10000, add_ons=[extra])
    booking = paid_by_card(factories.a_hold(package, add_ons=(extra.slug,)), gateway)
    in_cash(booking, 8500)

    first, final = papers(booking)
    rates = [(each["percent"], each["net"], each["tax"]) for each in first.snapshot["rates"]]
    assert rates == [("20", 5000, 1000), ("0", 2500, 0)]
    assert final.snapshot["rates"] == first.snapshot["rates"]


def test_nothing_that_changes_later_changes_a_paper(sold: Booking) -> None:
    before = papers(sold)[0].snapshot
    studio = db.session.get_one(Studio, 1)
    studio.legal_name, studio.tax_percent = "Somebody Else Ltd", Decimal(25)
    booking = factories.booking_of(sold.reference)
    booking.contact_name = "Erased"
    booking.package.name = "Another name"
    db.session.commit()

    assert papers(sold)[0].snapshot == before


def test_legal_details_are_printed_where_there_are_any(gateway: FakeGateway) -> None:
    factories.a_studio(
        legal_name="North Light Studios Ltd",
        legal_address="1 Law Street\nLondon",
        tax_number="GB 000",
        company_number="0123",
        invoice_footer="Thank you.",
    )
    booking = paid_by_card(factories.a_hold(), gateway)

    assert papers(booking)[0].snapshot["studio"] == {
        "name": "North Light",
        "legal_name": "North Light Studios Ltd",
        "address": ["1 Law Street", "London"],
        "email": "hello@northlight.example",
        "phone": "020 7946 0123",
        "tax_number": "GB 000",
        "company_number": "0123",
        "footer": "Thank you.",
    }


def test_the_year_is_that_of_the_studios_clock(clock: Clock, gateway: FakeGateway) -> None:
    factories.a_studio(zone="Pacific/Auckland")
    clock.advance(days=38, hours=5)  # 31 December in Greenwich, 1 January at the studio
    assert clock.now().year == 2026
    at_ten = datetime(2027, 1, 11, 21, 0, tzinfo=UTC)
    booking = paid_by_card(factories.a_hold(starts_at=at_ten), gateway)

    (paper,) = papers(booking)
    assert (paper.name, paper.issued_on) == ("2027-0001", date(2027, 1, 1))
    assert ledger.paid(db.session(), booking.id, "GBP").minor == 19750
