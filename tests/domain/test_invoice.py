"""However a session is paid, its invoices add up to its price and its tax, rate by rate."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.invoice import Charged, by_rate, less, share, total
from studio.domain.money import Money
from studio.domain.tax import Tax

CURRENCIES = st.sampled_from(["GBP", "JPY", "KWD"])
RATES = st.sampled_from([Decimal(0), Decimal(5), Decimal("7.7"), Decimal(20), Decimal(200)])


PRICES = st.lists(st.tuples(RATES, st.integers(1, 10**7)), min_size=1, max_size=8)


def sold_at(
    prices: list[tuple[Decimal, int]], currency: str, included: bool, off: int
) -> list[Charged]:
    """Prices of several rates, with tax in them or on top, and something off the first."""
    found = []
    for rate, minor in prices:
        price = Money(minor, currency)
        tax = Tax(rate, included).of(price)
        found.append(Charged(rate, price if included else price + tax, tax))
    less_than_it = Money(off % found[0].gross.minor, currency)
    return [*found, *(-each for each in share(found[:1], less_than_it))]


LINES = st.builds(sold_at, PRICES, CURRENCIES, st.booleans(), st.integers(0, 10**7))


def gbp(percent: int, gross: int, tax: int) -> Charged:
    return Charged(Decimal(percent), Money(gross, "GBP"), Money(tax, "GBP"))


def test_a_deposit_is_shared_among_the_rates() -> None:
    sold = [gbp(20, 30000, 5000), gbp(0, 10000, 0)]

    assert share(sold, Money(20000, "GBP")) == (gbp(20, 15000, 2500), gbp(0, 5000, 0))


def test_a_part_is_at_most_everything() -> None:
    assert share([gbp(20, 100, 17)], Money(500, "GBP")) == (gbp(20, 100, 17),)
    assert share([], Money(500, "GBP")) == ()
    assert share([gbp(20, 100, 17)], Money(0, "GBP")) == ()


@given(LINES, st.lists(st.integers(1, 10**7), max_size=6))
def test_parts_and_the_rest_are_the_whole(sold: list[Charged], payments: list[int]) -> None:
    """Each payment covers a part of what is left; what is invoiced last is the rest."""
    currency = sold[0].gross.currency
    left, papers = by_rate(sold), []
    for minor in payments:
        part = share(left, Money(minor, currency))
        assert total(part, currency) == min(Money(minor, currency), total(left, currency))
        papers += list(part)
        left = less(left, part)
        # No rate is ever charged more than was sold, nor taxed more than what it charges.
        assert all(0 <= each.tax.minor <= each.gross.minor for each in (*part, *left))

    assert by_rate([*papers, *left]) == by_rate(sold)


@given(LINES, st.integers(1, 10**8))
def test_what_is_taken_back_leaves_nothing_when_all_goes(sold: list[Charged], minor: int) -> None:
    currency = sold[0].gross.currency
    back = share(sold, Money(minor, currency))
    rest = less(sold, back)

    assert less(rest, share(rest, total(rest, currency))) == ()
    assert total(back, currency) + total(rest, currency) == total(sold, currency)
