"""Amounts add up exactly, in one currency."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.money import LARGEST_MINOR, Money, step

MINOR = st.integers(-(10**9), 10**9)


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


@pytest.mark.parametrize(
    ("minor", "percent", "part"),
    [
        (39500, 50, 19750),
        (39500, 33, 13035),
        (1, 50, 1),  # half a penny is one
        (3, 50, 2),
        (5, 50, 3),  # to even would be 2
        (1, 49, 0),
        (149, 1, 1),
        (150, 1, 2),
        (-1, 50, -1),
        (0, 100, 0),
        (39501, 0, 0),
        (39501, 100, 39501),
    ],
)
def test_half_a_minor_unit_rounds_up(minor: int, percent: int, part: int) -> None:
    assert gbp(minor).share(percent) == gbp(part)


@given(MINOR, st.integers(0, 100))
def test_a_share_is_off_by_half_a_minor_unit_at_most(minor: int, percent: int) -> None:
    part = gbp(minor).share(percent).minor

    assert abs(100 * part - minor * percent) <= 50
    assert abs(part) <= abs(minor)


@given(MINOR, MINOR, st.integers(-1000, 1000))
def test_it_counts_as_whole_numbers_do(one: int, other: int, times: int) -> None:
    assert gbp(one) + gbp(other) == gbp(one + other)
    assert gbp(one) - gbp(other) == gbp(one - other) == -(gbp(other) - gbp(one))
    assert gbp(one) * times == gbp(one * times)
    assert bool(gbp(one)) is bool(one)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq):
        assert compare(gbp(one), gbp(other)) is compare(one, other)


@pytest.mark.parametrize(
    "combine",
    [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge],
)
def test_two_currencies_do_not_mix(combine: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(ValueError, match="GBP and EUR do not add up"):
        combine(gbp(1), Money(1, "EUR"))
    assert gbp(1) != Money(1, "EUR")


@pytest.mark.parametrize(
    ("currency", "major"), [("GBP", "123.45"), ("JPY", "12345"), ("KWD", "12.345")]
)
def test_a_currency_has_its_own_minor_unit(currency: str, major: str) -> None:
    assert Money(12345, currency).major == Decimal(major)


@pytest.mark.parametrize("currency", ["gbp", "GB", "POUND", "", "£££"])
def test_what_is_no_code_is_no_currency(currency: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, currency)


@pytest.mark.parametrize("minor", [1.0, True, "1", None])
def test_only_whole_minor_units_are_money(minor: Any) -> None:
    with pytest.raises(TypeError):
        Money(minor, "GBP")


def test_there_is_a_largest_amount() -> None:
    assert gbp(LARGEST_MINOR).minor == LARGEST_MINOR == -gbp(-LARGEST_MINOR).minor
    for beyond in (LARGEST_MINOR + 1, -LARGEST_MINOR - 1):
        with pytest.raises(ValueError, match="out of range"):
            gbp(beyond)
    with pytest.raises(ValueError, match="out of range"):
        gbp(LARGEST_MINOR) + gbp(1)


STEPS = {"KWD": 10, "BHD": 10, "ISK": 100, "UGX": 100, "JPY": 1, "GBP": 1}


@given(
    st.sampled_from(sorted(STEPS)),
    st.integers(-(10**6), 10**6),
    st.integers(0, 100),
    st.lists(st.integers(1, 50), min_size=1, max_size=5),
)
def test_what_comes_of_an_amount_a_card_can_be_charged_can_be_charged_too(
    currency: str, times: int, percent: int, weights: list[int]
) -> None:
    whole = Money(times * STEPS[currency], currency)
    parts = whole.split([each * STEPS[currency] for each in weights])

    assert step(currency) == STEPS[currency]
    assert whole.share(percent).minor % STEPS[currency] == 0
    assert abs(whole.share(percent).minor) <= abs(whole.minor)
    assert [each.minor % STEPS[currency] for each in parts] == [0] * len(parts)
    assert sum(each.minor for each in parts) == whole.minor
