"""What comes after a session was altered: it is moved, its code is edited, its papers are read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from studio.booking import contract, service, written
from studio.booking.companies import billing
from studio.booking.companies.service import bill_company
from studio.booking.models import Booking, Terms
from studio.booking.service import Charge, CodeRefused, MoveRequest, pages
from studio.catalogue.models import AddOn
from studio.db import DatabaseBusy, db, transaction
from studio.domain.invoice import Charged, by_rate
from studio.domain.money import Money
from studio.domain.pricing import LineKind
from studio.payments import codes_service, invoices, ledger, paper
from studio.payments.codes_service import PromoEdit
from studio.payments.models import Purpose
from tests import factories
from tests.booking.test_altering import ROBIN, Shop, again, alter, lines, pay_all, shop, sold
from tests.booking.test_altering_money import bought_with
from tests.booking.test_codes import a_promo
from tests.booking.test_companies import acme
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.usefixtures("database")

__all__ = ["shop", "sold"]

DAY = timedelta(days=1)


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def test_the_contract_says_what_was_accepted_and_what_was_changed_when(
    sold: Booking, shop: Shop, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = factories.kept(Terms(version=7, body="Fair terms.", created_at=clock.now()))
    with transaction() as session:
        session.get_one(Booking, sold.id).terms_id = terms.id
    monkeypatch.setattr(written, "pdf", partial(json.dumps, ensure_ascii=False))
    before = the_contract(sold)
    assert "What was changed" not in before

    clock.advance(days=3)
    alter(sold, shop.large, 1, {shop.print.slug: 2})
    clock.advance(days=1)
    alter(sold, shop.small)
    to = TEN_FIFTEEN + timedelta(weeks=3)
    service.move_booking(sold.id, MoveRequest(starts_at=to, photographer=None, by="Dev"))
    service.add_charge(
        sold.id,
        Charge(label="A frame", amount=gbp(100), kind=LineKind.EXTRA, due_at=to, by="Dev"),
    )
    said = the_contract(sold)

    for words in (
        '"Accepted", "value": "Monday 23 November 2026"',
        "Thursday 26 November 2026: Extended headshot instead of Standard headshot",
        "It costs £650 instead of £395. Until then: Standard headshot: £395.",
        "Friday 27 November 2026: Standard headshot instead of Extended headshot",
        "Until then: Extended headshot: £600, 2 of Print: £50.",
        "Friday 27 November 2026: Moved from Tuesday 8 December, 10:15.",
        "Friday 27 November 2026: A frame was added.",
    ):
        assert words in said


def the_contract(booking: Booking) -> str:
    drawn = contract.drawing(db.session(), again(booking))
    assert drawn is not None
    return str(drawn())


def due_days(booking: Booking) -> dict[Purpose, timedelta]:
    """How long before the session each is due."""
    found = factories.booking_of(booking.reference)
    rows = ledger.dues(db.session(), booking.id)
    return {each.purpose: found.starts_at - each.due_at for each in rows}


@pytest.mark.parametrize("weeks", [3, -1])
def test_what_was_added_is_due_with_the_balance_whenever_the_session_is(
    sold: Booking, shop: Shop, weeks: int
) -> None:
    alter(sold, shop.small, 1, {shop.print.slug: 1})
    to = TEN_FIFTEEN + timedelta(weeks=weeks)
    service.move_booking(sold.id, MoveRequest(starts_at=to, photographer=None, by="Dev"))

    found = due_days(sold)
    assert (found[Purpose.BALANCE], found[Purpose.EXTRA]) == (DAY, DAY)
    assert found[Purpose.DEPOSIT] > DAY


def test_what_was_added_too_late_for_the_balance_stays_due_soon(
    sold: Booking, shop: Shop, clock: Clock
) -> None:
    clock.set(TEN_FIFTEEN - timedelta(hours=20))
    alter(sold, shop.small, 1, {shop.print.slug: 1})
    to = TEN_FIFTEEN + timedelta(weeks=3)
    service.move_booking(sold.id, MoveRequest(starts_at=to, photographer=None, by="Dev"))

    assert due_days(sold)[Purpose.EXTRA] == timedelta(weeks=3)


@pytest.mark.parametrize("edited", [{"percent": 5}, {"percent": 50}, {"elsewhere": True}])
def test_a_code_that_was_edited_takes_off_what_it_did(
    shop: Shop, clock: Clock, edited: dict[str, int]
) -> None:
    """Whoever has booked with it keeps the price they were shown, for what they add too."""
    promo = a_promo()
    booking = bought_with(shop, "SPRING")
    codes_service.keep_promo(
        PromoEdit(
            code="AUTUMN", label="Autumn", percent=edited.get("percent", 10), amount=gbp(0),
            first_on=None, last_on=None, most_uses=None, first_booking_only=False,
            packages=(shop.large.id,) if "elsewhere" in edited else (), in_use=False,
        ),
        promo.id,
    )  # fmt: skip

    more = service.price_of_extra(db.session(), again(booking), shop.print.slug)
    assert more.minor == 2250
    service.add_own_extra(booking.id, shop.print.slug, price_shown=2250)
    assert lines(booking)[-1] == ("Code SPRING", 1, 0, -4200)


def test_a_code_used_anew_is_as_it_is_by_then(shop: Shop) -> None:
    a_promo()
    a_promo("FIFTY", percent=0, amount_minor=5000)
    with transaction() as session:
        session.merge(shop.small).deposit_percent = 0
    hold = factories.a_hold(shop.small)
    service.use_code(hold.id, "SPRING")
    service.use_code(hold.id, "FIFTY")
    service.check_out(hold.id, ROBIN)
    alter(hold, shop.large)

    assert lines(hold)[-1] == ("Code FIFTY", 1, 0, -5000)


Rates = dict[str, tuple[int, int]]


def on_paper(booking: Booking) -> Rates:
    """What all papers of a session come to at each rate of tax."""
    db.session.rollback()
    papers = invoices.of_booking(db.session(), booking.id)
    return summed(each for paper in papers for each in invoices.charged(paper))


def summed(amounts: Iterable[Charged]) -> Rates:
    return {f"{e.percent:f}": (e.gross.minor, e.tax.minor) for e in by_rate(amounts)}


@pytest.fixture
def books(shop: Shop) -> AddOn:
    """A book that goes with the small session, sold at a twentieth of tax."""
    book = factories.an_add_on(name="Book", minutes=0, price=2500, tax_percent=Decimal(5))
    with transaction() as session:
        package = session.merge(shop.small)
        package.add_ons, package.deposit_percent = [*package.add_ons, session.merge(book)], 0
    return book


@pytest.fixture
def with_book(shop: Shop, books: AddOn) -> Booking:
    hold = factories.a_hold(shop.small, add_ons=[books.slug])
    service.check_out(hold.id, ROBIN)
    pay_all(hold)
    return again(hold)


@pytest.mark.parametrize("give_back", [True, False])
def test_what_is_taken_off_takes_its_own_tax_with_it(
    with_book: Booking, shop: Shop, give_back: bool
) -> None:
    assert on_paper(with_book) == {"20": (39500, 6583), "5": (2500, 119)}
    alter(with_book, shop.small, give_back=give_back)

    assert on_paper(with_book) == {"20": (39500, 6583)}
    paper = invoices.of_booking(db.session(), with_book.id)[-1]
    assert (paper.title, paper.total_minor, paper.tax_minor) == ("Credit note", -2500, -119)


def test_what_is_swapped_at_another_rate_is_credited_and_invoiced(
    with_book: Booking, shop: Shop
) -> None:
    alter(with_book, shop.small, 1, {shop.print.slug: 1})

    assert on_paper(with_book) == {"20": (42000, 7000)}
    papers = invoices.of_booking(db.session(), with_book.id)
    assert [each.title for each in papers] == ["Invoice", "Credit note", "Final invoice"]
    final = papers[-1]
    assert [each["label"] for each in final.snapshot["lines"]] == ["Standard headshot", "Print"]
    assert [each["number"] for each in final.snapshot["before"]] == [e.name for e in papers[:2]]
    sums = [each["label"] for each in paper.words(final.snapshot)["sums"]]
    assert f"Plus credit note {papers[1].name}" in sums


def test_a_companys_papers_follow_the_rates_too(shop: Shop, books: AddOn) -> None:
    factories.a_studio()
    company = acme(order_required=False)
    hold = factories.a_hold(shop.small, add_ons=[books.slug])
    service.use_code(hold.id, "acme-26")
    service.check_out(hold.id, ROBIN)

    def billed() -> Rates:
        bill_company(company, TEN_FIFTEEN + DAY)
        return summed(billing.billed(db.session(), [hold.id])[hold.id])

    assert billed() == {"20": (39500, 6583), "5": (2500, 119)}
    alter(hold, shop.small, 1, {shop.print.slug: 1})
    assert summed(billing.billed(db.session(), [hold.id])[hold.id]) == {"20": (39500, 6583)}
    assert billed() == {"20": (42000, 7000)}
    alter(hold, shop.small)
    assert billed() == {"20": (39500, 6583)}


def test_a_change_is_saved_whatever_becomes_of_an_open_page(
    sold: Booking, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise DatabaseBusy

    monkeypatch.setattr(pages, "close", busy)

    assert alter(sold, shop.small, 2).more == gbp(5000)
    assert again(sold).people == 2


def test_a_company_is_asked_about_another_package_of_the_same_name(shop: Shop) -> None:
    factories.a_studio()
    acme(order_required=False, packages=(shop.small.id,))
    hold = factories.a_hold(shop.small)
    service.use_code(hold.id, "acme-26")
    service.check_out(hold.id, ROBIN)
    twin = factories.a_package(sets=[each.set for each in shop.small.package_sets])
    assert (twin.name, twin.price) == (shop.small.name, shop.small.price)

    with pytest.raises(CodeRefused):
        alter(hold, twin)
