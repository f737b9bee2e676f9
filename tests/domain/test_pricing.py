"""What a session costs, and what of it is due when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.money import Money, smallest_card_payment
from studio.domain.pricing import Line, LineKind, PayTerms, Quote, line, quote
from studio.domain.tax import UNTAXED, Tax

STARTS = datetime(2026, 12, 8, 10, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MONTH_BEFORE = STARTS - timedelta(days=30)
VAT = Tax(Decimal(20))


def one(minor: int, quantity: int = 1, currency: str = "GBP", taxed: Tax = UNTAXED) -> Line:
    return line(
        LineKind.PACKAGE,
        "standard",
        "Standard",
        Money(minor, currency),
        quantity=quantity,
        taxed=taxed,
    )


def priced(
    *lines: Line,
    percent: int = 50,
    hours_before: int = 48,
    now: datetime = MONTH_BEFORE,
    voucher: int = 0,
) -> Quote:
    return quote(
        lines,
        PayTerms(percent, hours_before),
        starts_at=STARTS,
        now=now,
        voucher=Money(voucher, lines[0].unit.currency),
    )


def test_the_deposit_is_a_share_of_everything_booked() -> None:
    found = priced(one(39500), one(6001, 2), one(0))

    assert found.total == Money(51502, "GBP")
    assert found.due_now == found.balance == Money(25751, "GBP")
    assert found.balance_due_at == STARTS - timedelta(hours=48)


def test_it_is_rounded_once_and_not_a_line() -> None:
    assert priced(one(101), one(101), one(101)).due_now == Money(152, "GBP")


@pytest.mark.parametrize(
    ("before_the_balance_is_due", "due"),
    [(SECOND, 19750), (timedelta(0), 39500), (-SECOND, 39500), (timedelta(hours=-48), 39500)],
)
def test_where_the_balance_is_due_already_all_is_due(
    before_the_balance_is_due: timedelta, due: int
) -> None:
    now = STARTS - timedelta(hours=48) - before_the_balance_is_due
    found = priced(one(39500), now=now)

    assert found.due_now == Money(due, "GBP")
    assert found.balance == Money(39500 - due, "GBP")


@pytest.mark.parametrize(("percent", "due"), [(0, 0), (100, 39501), (50, 19751), (1, 395)])
def test_the_deposit_is_nothing_a_part_or_all(percent: int, due: int) -> None:
    assert priced(one(39501), percent=percent).due_now == Money(due, "GBP")


def test_lines_of_two_currencies_have_no_price() -> None:
    with pytest.raises(ValueError, match="GBP and EUR do not add up"):
        priced(one(100), one(100, currency="EUR"))


@pytest.mark.parametrize(
    ("percent", "included", "minor", "tax", "total"),
    [
        ("20", True, 12000, 2000, 12000),
        ("20", False, 10000, 2000, 12000),
        ("20", True, 3, 1, 3),  # 0.5 rounds up
        ("8.875", False, 19999, 1775, 21774),
        ("5.5", True, 10550, 550, 10550),
        ("0", False, 100, 0, 100),
        ("20", True, -12000, -2000, -12000),
    ],
)
def test_tax_is_a_part_of_a_price_or_on_top(
    percent: str, included: bool, minor: int, tax: int, total: int
) -> None:
    found = one(minor, taxed=Tax(Decimal(percent), included))

    assert found.tax.minor == tax
    assert found.total.minor == total


@pytest.mark.parametrize(
    ("currency", "minor", "tax"),
    [("JPY", 9001, 900), ("GBP", 9001, 900), ("KWD", 9050, 910), ("ISK", 9500, 1000)],
)
def test_every_number_of_decimals_is_priced_alike(currency: str, minor: int, tax: int) -> None:
    """Three decimals, and two in name only: tax on top is what a card can be charged."""
    found = priced(one(minor, currency=currency, taxed=Tax(Decimal(10), included=False)))

    assert found.tax == Money(tax, currency)
    assert found.total == Money(minor + tax, currency)


@pytest.mark.parametrize(("currency", "unit"), [("KWD", 10), ("ISK", 100), ("UGX", 100)])
def test_each_part_of_a_price_can_be_charged(currency: str, unit: int) -> None:
    for minor in range(10 * unit, 30 * unit, unit):
        for percent in (33, 50, 67):
            found = priced(one(minor * 7, 3, currency), percent=percent)
            assert found.due_now.minor % unit == found.balance.minor % unit == 0
            assert found.due_now + found.balance == found.total


@pytest.mark.parametrize(
    ("voucher", "due", "balance"),
    [(0, 20000, 20000), (5000, 15000, 20000), (20000, 0, 20000), (25000, 0, 15000), (40000, 0, 0)],
)
def test_a_voucher_pays_what_is_due_first_first(voucher: int, due: int, balance: int) -> None:
    found = priced(one(40000), voucher=voucher)

    assert (found.covered.minor, found.due_now.minor, found.balance.minor) == (
        voucher,
        due,
        balance,
    )


def test_more_voucher_than_price_is_not_spent() -> None:
    found = priced(one(40000), voucher=90000)

    assert found.covered == Money(40000, "GBP")
    assert not found.due_now
    assert not found.balance


@pytest.mark.parametrize(
    ("voucher", "due", "balance", "written_off"),
    [
        (39971, 0, 0, 29),  # too little for any card: written off
        (39970, 0, 30, 0),  # just enough, and due later
        (19990, 30, 19980, 0),  # the deposit left is raised to what a card takes
        (19970, 30, 20000, 0),
    ],
)
def test_nothing_is_left_that_no_card_would_take(
    voucher: int, due: int, balance: int, written_off: int
) -> None:
    found = priced(one(40000), voucher=voucher)

    assert (found.due_now.minor, found.balance.minor, found.written_off.minor) == (
        due,
        balance,
        written_off,
    )


def test_a_balance_too_small_for_a_card_is_paid_at_once() -> None:
    found = priced(one(2000), percent=99)

    assert (found.due_now.minor, found.balance.minor) == (2000, 0)


rates = st.builds(Tax, st.decimals(0, 30, places=3), st.booleans())


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 20), rates), min_size=1, max_size=8),
    st.integers(0, 100),
    st.integers(0, 400),
    st.integers(-10, 60 * 24 * 3600),
    st.integers(0, 10**8),
    st.sampled_from(["GBP", "JPY", "KWD", "EUR"]),
)
def test_lines_add_up_and_nothing_is_due_twice(
    amounts: list[tuple[int, int, Tax]],
    percent: int,
    hours_before: int,
    seconds: int,
    voucher: int,
    currency: str,
) -> None:
    now = STARTS - timedelta(seconds=seconds)
    found = priced(
        *(one(minor, times, currency, taxed) for minor, times, taxed in amounts),
        percent=percent,
        hours_before=hours_before,
        now=now,
        voucher=voucher,
    )

    parts = (found.covered, found.due_now, found.balance, found.written_off)
    assert sum(each.total.minor for each in found.lines) == found.total.minor
    assert sum(each.minor for each in parts) == found.total.minor
    assert min(each.minor for each in parts) >= 0
    assert found.covered.minor <= voucher
    least = smallest_card_payment(currency)
    assert found.written_off < least
    assert all(not due or due >= least for due in (found.due_now, found.balance))
    assert not found.balance or now < found.balance_due_at


@given(st.integers(-(10**9), 10**9), rates)
def test_tax_is_the_nearest_minor_unit_to_what_is_exact(minor: int, taxed: Tax) -> None:
    rate = Fraction(taxed.percent) / 100
    exact = minor * rate / (1 + rate) if taxed.included else minor * rate
    assert abs(taxed.of(Money(minor, "GBP")).minor - exact) <= Fraction(1, 2)
