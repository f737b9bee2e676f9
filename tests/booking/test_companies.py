"""Sessions a company pays for: nothing due by the client, one invoice a month, credits at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from studio.booking import service
from studio.booking.companies import service as companies
from studio.booking.companies.jobs import bill_last_month
from studio.booking.companies.models import CompanyBill
from studio.booking.companies.service import CodeTaken, CompanyEdit, NotToBePaid
from studio.booking.enclosures import paper_for
from studio.booking.models import Booking
from studio.booking.service import Cancellation, Charge, Details, NothingDue, NotOwed, Received
from studio.catalogue.models import BookingMode
from studio.db import db
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.domain.pricing import LineKind
from studio.domain.terms import CalledOffBy
from studio.messaging.models import Message
from studio.payments import ledger
from studio.payments.codes_service import PromoEdit, keep_promo
from studio.payments.invoices import Invoice
from studio.payments.models import Due, Method, Payment
from studio.payments.paper import words
from studio.payments.promos import CodeRefused
from tests import factories
from tests.booking.test_codes import a_voucher
from tests.booking.test_codes import left as left_on
from tests.clock import Clock

JANUARY = datetime(2027, 1, 1, 0, 5, tzinfo=UTC)
ACME = CompanyEdit(
    name="Acme Ltd",
    address="1 Mill Lane\nLeeds LS1 1AA",
    email="accounts@acme.example",
    tax_number="GB 123",
    code="acme 26",
    order_required=True,
    limit=None,
    payment_days=30,
    packages=(),
    in_use=True,
)
ROBIN = Details(name="Robin Ash", email="robin@client.example", purchase_order="PO 4711")


@pytest.fixture(autouse=True)
def _database(database: None) -> None:
    factories.a_studio()


def acme(**changes: Any) -> int:
    return companies.keep_company(CompanyEdit(**{**vars_of(ACME), **changes}))


def vars_of(edit: CompanyEdit) -> dict[str, Any]:
    return {name: getattr(edit, name) for name in CompanyEdit.__dataclass_fields__}


def covered(**request: Any) -> Booking:
    """A session that Acme pays for."""
    hold = factories.a_hold(**request)
    service.use_code(hold.id, "Acme-26")
    service.check_out(hold.id, ROBIN)
    return again(hold)


def again(booking: Booking) -> Booking:
    return factories.booking_of(booking.reference)


def papers() -> list[Invoice]:
    db.session.rollback()
    return list(db.session.scalars(select(Invoice).order_by(Invoice.id)))


def cancel(booking: Booking, side: CalledOffBy) -> Money:
    found = service.proposal(db.session(), again(booking), side, booking_now())
    db.session.rollback()
    return service.cancel_booking(
        booking.id,
        Cancellation(called_off_by=side, reason="", shown=found.figures, actor="Manager"),
    )


def booking_now() -> datetime:
    from studio.ports import ports

    return ports().now()


def test_the_company_pays_and_the_client_owes_nothing() -> None:
    acme()
    booking = covered()

    assert booking.state is BookingState.CONFIRMED
    assert db.session.scalars(select(Due)).all() == []
    assert db.session.scalars(select(Payment)).all() == []
    assert papers() == []
    assert service.owed(db.session(), booking).minor == 0
    with pytest.raises(NothingDue):
        service.pay_dues(booking.id)
    received = Received(method=Method.CASH, amount=Money(100, "GBP"), note="", by="Manager")
    with pytest.raises(NotOwed):
        service.record_payment(booking.id, received)
    rows = db.session.scalars(select(Message.context).where(Message.step == "confirmation")).one()
    assert ["Paid by", "Acme Ltd"] in rows["price"]
    assert rows["policy"][0] == (
        "Acme Ltd pays for this session: what these rules keep or charge goes on its invoice, and"
        " you owe nothing."
    )


def test_a_purchase_order_is_asked_for_where_it_is_wanted() -> None:
    acme()
    hold = factories.a_hold()
    service.use_code(hold.id, "ACME26")
    with pytest.raises(CodeRefused, match="purchase order"):
        service.check_out(hold.id, Details(name="Robin Ash", email="robin@client.example"))
    assert again(hold).state is BookingState.HELD
    service.check_out(hold.id, ROBIN)
    assert again(hold).state is BookingState.CONFIRMED


def test_the_worker_invoices_the_month_once(clock: Clock) -> None:
    acme()
    first = covered()
    second = covered(package=first.package, starts_at=factories.days_after(days=1))
    later = covered(package=first.package, starts_at=factories.days_after(days=30))
    assert bill_last_month() == 0
    clock.set(JANUARY)
    assert [bill_last_month(), bill_last_month()] == [1, 0]

    (paper,) = papers()
    assert (paper.booking_id, paper.total_minor, paper.tax_minor) == (None, 79000, 13166)
    said = words(paper.snapshot)
    assert said["client"][:3] == ["Acme Ltd", "1 Mill Lane", "Leeds LS1 1AA"]
    assert [row["cells"][-1] for row in said["rows"]] == ["£395.00", "£395.00"]
    assert all("purchase order PO 4711" in row["note"] for row in said["rows"])
    assert {first.reference, second.reference} == {
        row["note"].split(", ")[1] for row in said["rows"]
    }
    assert "31 January 2027" in said["closing"]
    assert paper_for("invoice", paper.id).content.startswith(b"%PDF-")
    assert later.reference not in str(said)
    to = select(Message.recipient).where(Message.step == "company_invoice")
    assert db.session.scalars(to).all() == ["accounts@acme.example"]


def test_by_hand_it_is_made_once_and_numbers_have_no_gap(clock: Clock) -> None:
    company = acme()
    covered()
    clock.set(factories.days_after(hours=3))
    assert companies.bill_company(company, clock.now()) == "2026-0001"
    assert companies.bill_company(company, clock.now()) is None
    clock.set(JANUARY)
    assert bill_last_month() == 0
    assert len(papers()) == 1


def test_paid_by_transfer_and_taken_back(clock: Clock) -> None:
    company = acme()
    booking = covered()
    clock.set(JANUARY)
    bill_last_month()
    (paper,) = papers()
    paid = companies.record_paid(paper.id, date(2027, 1, 1), note="Bank", by="Manager")
    assert paid.minor == 39500
    assert ledger.paid(db.session(), booking.id, "GBP").minor == 39500
    with pytest.raises(NotToBePaid):
        companies.record_paid(paper.id, date(2027, 1, 1), note="", by="Manager")

    companies.take_back_paid(paper.id, by="Manager")
    assert ledger.paid(db.session(), booking.id, "GBP").minor == 0
    assert companies.record_paid(paper.id, date(2027, 1, 2), note="", by="Manager") == paid
    assert ledger.paid(db.session(), booking.id, "GBP").minor == 39500
    assert len(papers()) == 1
    assert company


def test_called_off_after_it_was_invoiced_is_credited(clock: Clock) -> None:
    company = acme()
    booking = covered()
    companies.bill_company(company, factories.days_after(days=1))
    # Two weeks and more ahead the deposit would be a credit; a company just owes less.
    assert cancel(booking, CalledOffBy.STUDIO).minor == 0

    invoice, credit = papers()
    assert (credit.name, credit.total_minor, credit.tax_minor) == ("C2026-0001", -39500, -6583)
    assert credit.snapshot["before"][0]["number"] == invoice.name
    assert again(booking).credit_minor == 0
    with pytest.raises(NotToBePaid):
        companies.record_paid(credit.id, date(2026, 11, 23), note="", by="Manager")
    assert companies.owed(db.session(), invoice.id, "GBP") == {}


def test_what_the_policy_keeps_is_owed(clock: Clock) -> None:
    company = acme()
    booking = covered()
    clock.set(factories.days_after(days=-4))
    cancel(booking, CalledOffBy.CLIENT)
    clock.set(JANUARY)
    bill_last_month()

    (paper,) = papers()
    assert paper.total_minor == 19750
    assert "Called off" in paper.snapshot["lines"][0]["label"]
    assert company


def test_paid_and_then_called_off_goes_back_by_hand(clock: Clock) -> None:
    company = acme()
    booking = covered()
    companies.bill_company(company, factories.days_after(days=1))
    companies.record_paid(papers()[0].id, date(2026, 11, 23), note="", by="Manager")
    cancel(booking, CalledOffBy.STUDIO)

    (row,) = ledger.refunds(db.session(), booking.id)
    assert row.amount_minor == 39500
    assert papers()[-1].total_minor == -39500


def test_what_is_given_back_of_a_paid_session_is_credited_once(clock: Clock) -> None:
    company = acme()
    booking = covered()
    clock.set(factories.days_after(hours=3))
    companies.bill_company(company, clock.now())
    companies.record_paid(papers()[0].id, date(2026, 12, 7), note="", by="Manager")
    service.give_back(booking.id, Money(5000, "GBP"), reason="We ran late", by="Manager")

    invoice, credit = papers()
    assert (credit.name, credit.total_minor, credit.tax_minor) == ("C2026-0001", -5000, -833)
    assert credit.snapshot["before"][0]["number"] == invoice.name
    # Nothing more is asked for it, but for what is added later.
    assert companies.owed(db.session(), invoice.id, "GBP") == {}
    assert companies.bill_company(company, clock.now()) is None
    charge = Charge(
        label="One more picture", amount=Money(3000, "GBP"), kind=LineKind.EXTRA,
        due_at=factories.TEN_FIFTEEN, by="Manager",
    )  # fmt: skip
    service.add_charge(booking.id, charge)
    companies.bill_company(company, clock.now())
    assert [each.total_minor for each in papers()] == [39500, -5000, 3000]


def test_what_was_given_back_before_is_no_part_of_what_cancelling_gives_back() -> None:
    company = acme()
    booking = covered()
    companies.bill_company(company, factories.days_after(days=1))
    companies.record_paid(papers()[0].id, date(2026, 11, 23), note="", by="Manager")
    service.give_back(booking.id, Money(5000, "GBP"), reason="For all", by="Manager")
    cancel(booking, CalledOffBy.STUDIO)

    asked = [row.amount_minor for row in ledger.refunds(db.session(), booking.id)]
    assert asked == [5000, 34500]
    assert [each.total_minor for each in papers()] == [39500, -5000, -34500]


def test_a_fee_for_moving_stays_owed_when_it_is_called_off(clock: Clock) -> None:
    acme()
    booking = covered()
    clock.set(factories.days_after(hours=-71))
    fee = service.cost_of_moving(db.session(), again(booking), clock.now()).fee
    service.move_own_session(
        booking.id,
        starts_at=factories.days_after(days=28),
        away_from=factories.TEN_FIFTEEN,
        fee_shown=fee.minor,
    )
    cancel(booking, CalledOffBy.CLIENT)
    clock.set(factories.days_after(days=60))
    bill_last_month()

    assert fee.minor > 0
    assert [each.total_minor for each in papers()] == [fee.minor]


def test_an_extra_is_on_the_next_invoice(clock: Clock) -> None:
    company = acme()
    booking = covered()
    companies.bill_company(company, factories.days_after(days=1))
    charge = Charge(
        label="One more picture", amount=Money(3000, "GBP"), kind=LineKind.EXTRA,
        due_at=factories.TEN_FIFTEEN, by="Manager",
    )  # fmt: skip
    service.add_charge(booking.id, charge)
    assert service.owed(db.session(), again(booking)).minor == 0
    companies.bill_company(company, factories.days_after(days=1))
    assert [each.total_minor for each in papers()] == [39500, 3000]


def test_the_limit_of_a_month_and_what_it_pays_for() -> None:
    company = acme(limit=Money(79000, "GBP"))
    first = covered()
    covered(package=first.package, starts_at=factories.days_after(days=1))
    third = factories.a_hold(first.package, factories.days_after(days=2), held_by="x")
    with pytest.raises(CodeRefused, match="up to £790 a month"):
        service.use_code(third.id, "ACME26")
    next_month = factories.a_hold(first.package, factories.days_after(days=30), held_by="x")
    service.use_code(next_month.id, "ACME26")

    edit = {**vars_of(ACME), "packages": (factories.a_package().id,)}
    companies.keep_company(CompanyEdit(**edit), company)
    with pytest.raises(CodeRefused, match="does not pay for this session"):
        service.use_code(third.id, "ACME26")
    companies.keep_company(CompanyEdit(**{**vars_of(ACME), "in_use": False}), company)
    with pytest.raises(CodeRefused, match="do not know"):
        service.use_code(third.id, "ACME26")


def test_with_a_voucher_and_left_out_again() -> None:
    acme()
    voucher = a_voucher()
    hold = factories.a_hold()
    service.use_code(hold.id, voucher)
    service.use_code(hold.id, "ACME26")
    assert left_on(voucher) == 10000
    with pytest.raises(CodeRefused, match="Acme Ltd pays"):
        service.use_code(hold.id, voucher)

    service.leave_codes_out(hold.id)
    assert service.due_now(db.session(), again(hold)).minor == 19750


def test_on_request_it_is_confirmed_when_accepted() -> None:
    acme()
    package = factories.a_bookable_package(mode=BookingMode.REQUEST)
    booking = covered(package=package)
    assert booking.state is BookingState.REQUESTED
    service.accept_request(booking.id, by="Manager")
    assert again(booking).state is BookingState.CONFIRMED


def test_codes_are_called_differently() -> None:
    acme()
    with pytest.raises(CodeTaken):
        acme(code="ACME 26")
    promo = PromoEdit(
        code="acme26", label="x", percent=10, amount=Money.zero("GBP"), first_on=None,
        last_on=None, most_uses=None, first_booking_only=False, packages=(), in_use=True,
    )  # fmt: skip
    from studio.payments import codes_service

    with pytest.raises(codes_service.CodeTaken):
        keep_promo(promo)
    assert db.session.scalars(select(CompanyBill)).all() == []
