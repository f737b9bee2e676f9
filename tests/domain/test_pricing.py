"""What a session costs, and what of it is due when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.money import Money
from studio.domain.pricing import Line, Quote, quote

STARTS = datetime(2026, 12, 8, 10, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MONTH_BEFORE = STARTS - timedelta(days=30)


def line(minor: int, quantity: int = 1, currency: str = "GBP") -> Line:
    return Line("package", "standard", "Standard", 60, Money(minor, currency), quantity)


def priced(
    *lines: Line, percent: int = 50, hours_before: int = 48, now: datetime = MONTH_BEFORE
) -> Quote:
    return quote(
        lines,
        deposit_percent=percent,
        balance_hours_before=hours_before,
        starts_at=STARTS,
        now=now,
    )


def test_the_deposit_is_a_share_of_everything_booked() -> None:
    found = priced(line(39500), line(6001, 2), line(0))

    assert found.total == Money(51502, "GBP")
    assert found.due_now == found.balance == Money(25751, "GBP")
    assert found.balance_due_at == STARTS - timedelta(hours=48)


def test_it_is_rounded_once_and_not_a_line() -> None:
    assert priced(line(1), line(1), line(1)).due_now == Money(2, "GBP")


@pytest.mark.parametrize(
    ("before_the_balance_is_due", "due"),
    [(SECOND, 19750), (timedelta(0), 39500), (-SECOND, 39500), (timedelta(hours=-48), 39500)],
)
def test_where_the_balance_is_due_already_all_is_due(
    before_the_balance_is_due: timedelta, due: int
) -> None:
    now = STARTS - timedelta(hours=48) - before_the_balance_is_due
    found = priced(line(39500), now=now)

    assert found.due_now == Money(due, "GBP")
    assert found.balance == Money(39500 - due, "GBP")


@pytest.mark.parametrize(("percent", "due"), [(0, 0), (100, 39501), (50, 19751), (1, 395)])
def test_the_deposit_is_nothing_a_part_or_all(percent: int, due: int) -> None:
    assert priced(line(39501), percent=percent).due_now == Money(due, "GBP")


def test_lines_of_two_currencies_have_no_price() -> None:
    with pytest.raises(ValueError, match="GBP and EUR do not add up"):
        priced(line(100), line(100, currency="EUR"))


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 20)), min_size=1, max_size=8),
    st.integers(0, 100),
    st.integers(0, 400),
    st.integers(-10, 60 * 24 * 3600),
)
def test_lines_add_up_and_nothing_is_due_twice(
    amounts: list[tuple[int, int]], percent: int, hours_before: int, seconds: int
) -> None:
    now = STARTS - timedelta(seconds=seconds)
    found = priced(
        *(line(*each) for each in amounts), percent=percent, hours_before=hours_before, now=now
    )

    assert found.total.minor == sum(minor * times for minor, times in amounts)
    assert sum(each.total.minor for each in found.lines) == found.total.minor
    assert 0 <= found.due_now.minor <= found.total.minor
    assert found.due_now + found.balance == found.total
    assert not found.balance or now < found.balance_due_at
