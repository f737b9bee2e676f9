"""What goes back when a session is called off, at each edge to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.money import Money
from studio.domain.terms import (
    CalledOffBy,
    Settlement,
    cancellation,
    credit_until,
    free_until,
)

BOOKED = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def called_off(
    *,
    starts: datetime,
    now: datetime,
    paid: int = 19750,
    deposit: int = 19750,
    by: CalledOffBy = CalledOffBy.CLIENT,
) -> Settlement:
    return cancellation(
        paid=gbp(paid), deposit=gbp(deposit), booked_at=BOOKED, starts_at=starts, now=now, by=by
    )


def parts(settled: Settlement) -> tuple[int, int, int]:
    return settled.refund.minor, settled.credit.minor, settled.kept.minor


ALL_BACK, CREDIT, KEPT = (19750, 0, 0), (0, 19750, 0), (0, 0, 19750)


@pytest.mark.parametrize(
    ("after_booking", "becomes"),
    [(timedelta(0), ALL_BACK), (DAY - SECOND, ALL_BACK), (DAY, KEPT), (DAY + SECOND, KEPT)],
)
def test_a_day_to_think_it_over(after_booking: timedelta, becomes: tuple[int, int, int]) -> None:
    settled = called_off(starts=BOOKED + 10 * DAY, now=BOOKED + after_booking)

    assert parts(settled) == becomes


@pytest.mark.parametrize(
    ("ahead", "becomes"),
    [(7 * DAY - SECOND, KEPT), (7 * DAY, ALL_BACK), (7 * DAY + SECOND, ALL_BACK)],
)
def test_only_where_the_session_is_a_week_away(
    ahead: timedelta, becomes: tuple[int, int, int]
) -> None:
    starts = BOOKED + ahead

    assert parts(called_off(starts=starts, now=BOOKED + SECOND)) == becomes
    assert free_until(BOOKED, starts) == (BOOKED + DAY if becomes == ALL_BACK else None)


@pytest.mark.parametrize(
    ("ahead", "becomes"),
    [(14 * DAY + SECOND, CREDIT), (14 * DAY, CREDIT), (14 * DAY - SECOND, KEPT), (-DAY, KEPT)],
)
def test_fourteen_days_ahead_the_deposit_is_a_credit(
    ahead: timedelta, becomes: tuple[int, int, int]
) -> None:
    starts = BOOKED + 60 * DAY
    settled = called_off(starts=starts, now=starts - ahead)

    assert parts(settled) == becomes
    assert settled.credit_until == (starts - ahead + 90 * DAY if becomes == CREDIT else None)
    assert credit_until(starts) == starts - 14 * DAY


@pytest.mark.parametrize(
    ("ahead", "becomes"), [(20 * DAY, (19750, 19750, 0)), (DAY, (19750, 0, 19750))]
)
def test_what_was_paid_beyond_the_deposit_goes_back(
    ahead: timedelta, becomes: tuple[int, int, int]
) -> None:
    starts = BOOKED + 60 * DAY

    assert parts(called_off(starts=starts, now=starts - ahead, paid=39500)) == becomes


@pytest.mark.parametrize("ahead", [20 * DAY, 14 * DAY, timedelta(0), -DAY])
def test_the_studio_gives_all_back_whenever_it_calls_off(ahead: timedelta) -> None:
    starts = BOOKED + 60 * DAY
    settled = called_off(starts=starts, now=starts - ahead, paid=39500, by=CalledOffBy.STUDIO)

    assert parts(settled) == (39500, 0, 0)


@given(
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.integers(0, 200 * 86_400),
    st.integers(0, 200 * 86_400),
    st.sampled_from(CalledOffBy),
)
def test_every_penny_paid_becomes_one_thing(
    paid: int, deposit: int, ahead: int, later: int, by: CalledOffBy
) -> None:
    settled = called_off(
        starts=BOOKED + timedelta(seconds=ahead),
        now=BOOKED + timedelta(seconds=later),
        paid=paid,
        deposit=deposit,
        by=by,
    )

    assert settled.refund + settled.credit + settled.kept == gbp(paid)
    assert min(parts(settled)) >= 0
    assert settled.kept.minor <= deposit
    assert settled.credit.minor <= deposit
    assert bool(settled.credit_until) or not settled.credit
    assert settled.reason


def test_two_currencies_are_not_settled() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        cancellation(
            paid=gbp(100),
            deposit=Money(100, "EUR"),
            booked_at=BOOKED,
            starts_at=BOOKED + DAY,
            now=BOOKED,
            by=CalledOffBy.CLIENT,
        )
