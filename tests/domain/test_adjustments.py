"""What some times cost more, and what codes take off."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.adjustments import Discount, Premium, discounted, with_premiums
from studio.domain.money import Money
from studio.domain.pricing import Line, LineKind, line
from studio.domain.tax import Tax

SATURDAY = datetime(2026, 12, 5, 9, 30)
VAT, REDUCED = Tax(Decimal(20)), Tax(Decimal("5.5"))


def one(kind: LineKind, minor: int, taxed: Tax = VAT) -> Line:
    return line(kind, "it", "It", Money(minor, "GBP"), taxed=taxed)


SESSION = [one(LineKind.PACKAGE, 40000), one(LineKind.PEOPLE, 5000), one(LineKind.ADD_ON, 9000)]


@pytest.mark.parametrize(
    ("premium", "holds"),
    [
        (Premium("p", "Saturday", 10, weekdays=frozenset({6})), True),
        (Premium("p", "Sunday", 10, weekdays=frozenset({7})), False),
        (Premium("p", "Early", 10, from_minute=8 * 60, to_minute=9 * 60 + 30), False),
        (Premium("p", "Early", 10, from_minute=9 * 60 + 30, to_minute=10 * 60), True),
        (Premium("p", "Advent", 10, first_on=date(2026, 12, 5), last_on=date(2026, 12, 5)), True),
        (Premium("p", "Later", 10, first_on=date(2026, 12, 6)), False),
        (Premium("p", "Before", 10, last_on=date(2026, 12, 4)), False),
    ],
)
def test_a_premium_holds_at_its_times_only(premium: Premium, holds: bool) -> None:
    assert premium.holds(SATURDAY) is holds


def test_a_premium_is_a_line_of_the_session_alone() -> None:
    *before, more = with_premiums(SESSION, [Premium("sat", "Saturday", 15)], SATURDAY)

    assert before == SESSION
    assert (more.kind, more.label, more.total) == (
        LineKind.PREMIUM,
        "Saturday",
        Money(6750, "GBP"),
    )
    assert more.tax == Money(1125, "GBP")


def test_a_discount_is_a_line_below_zero_for_each_tax() -> None:
    lines = [one(LineKind.PACKAGE, 30000), one(LineKind.ADD_ON, 10000, REDUCED)]
    _, _, vat, reduced = discounted(lines, Discount("SPRING", "Spring", percent=10))

    assert (vat.total.minor, reduced.total.minor) == (-3000, -1000)
    assert (vat.tax.minor, reduced.tax.minor) == (-500, -52)


def test_an_amount_off_is_never_more_than_there_is() -> None:
    off = discounted(SESSION, Discount("GIFT", "Gift", amount=Money(90000, "GBP")))

    assert sum(each.total.minor for each in off) == 0


taxes = st.sampled_from([VAT, REDUCED, Tax(Decimal("8.875"), included=False), Tax(Decimal(7))])
kinds = st.sampled_from([LineKind.PEOPLE, LineKind.ADD_ON, LineKind.TRAVEL])
prices = st.integers(0, 10**7)
lines_of = st.builds(
    lambda first, others: [first, *others],
    st.builds(one, st.just(LineKind.PACKAGE), prices, taxes),
    st.lists(st.builds(one, kinds, prices, taxes), max_size=6),
)


@given(lines_of, st.integers(0, 100), st.integers(0, 100))
def test_a_discount_takes_its_share_to_the_minor_unit_and_never_more(
    lines: list[Line], percent: int, more: int
) -> None:
    lines = with_premiums(lines, [Premium("p", "Peak", more)], SATURDAY)
    found = discounted(lines, Discount("C", "Code", percent=percent))
    whole = sum(each.price.minor for each in lines)

    off = -sum(each.price.minor for each in found[len(lines) :])
    assert abs(off * 100 - whole * percent) <= 50
    assert sum(each.total.minor for each in found) >= 0
    if percent == 100:
        assert sum(each.total.minor for each in found) == 0
        assert sum(each.tax.minor for each in found) == 0
    # One line for each tax, none of nothing.
    taxed = [each.taxed for each in found[len(lines) :]]
    assert len(taxed) == len(set(taxed))


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_parts_add_up_and_differ_from_their_share_by_less_than_one(
    minor: int, weights: list[int]
) -> None:
    parts = Money(minor, "GBP").split(weights)

    assert sum(each.minor for each in parts) == minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor * sum(weights) - minor * weight) < sum(weights)
