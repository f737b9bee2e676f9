"""What becomes of the money, at each edge to the second."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.money import Money
from studio.domain.policy import CancelBand, Deposit, Fee, MoveBand, Policy
from studio.domain.terms import (
    Account,
    CalledOffBy,
    Settlement,
    cancellation,
    moving,
)
from tests.domain.policies import STUDIO

BOOKED = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
FAR = BOOKED + timedelta(days=60)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def account(paid: int = 19750, deposit: int = 19750, crew: int = 0) -> Account:
    return Account(
        price=gbp(39500), deposit=gbp(deposit), crew=gbp(crew), paid=gbp(paid), fees=gbp(0)
    )


def called_off(
    *,
    starts: datetime,
    now: datetime,
    of: Account | None = None,
    policy: Policy = STUDIO,
    by: CalledOffBy = CalledOffBy.CLIENT,
) -> Settlement:
    return cancellation(
        policy,
        of or account(),
        booked_at=BOOKED,
        booked_for=starts,
        starts_at=starts,
        now=now,
        by=by,
    )


def parts(settled: Settlement) -> tuple[int, int, int]:
    return settled.refund.minor, settled.credit.minor, settled.kept.minor


ALL_BACK, CREDIT, KEPT = (19750, 0, 0), (0, 19750, 0), (0, 0, 19750)


@pytest.mark.parametrize(
    ("after_booking", "becomes"),
    [(timedelta(0), ALL_BACK), (DAY - SECOND, ALL_BACK), (DAY, KEPT), (DAY + SECOND, KEPT)],
)
def test_a_day_to_think_it_over(after_booking: timedelta, becomes: tuple[int, int, int]) -> None:
    assert parts(called_off(starts=BOOKED + 10 * DAY, now=BOOKED + after_booking)) == becomes


@pytest.mark.parametrize(
    ("ahead", "becomes"),
    [(7 * DAY - SECOND, KEPT), (7 * DAY, ALL_BACK), (7 * DAY + SECOND, ALL_BACK)],
)
def test_only_where_the_session_is_a_week_away(
    ahead: timedelta, becomes: tuple[int, int, int]
) -> None:
    starts = BOOKED + ahead

    assert parts(called_off(starts=starts, now=BOOKED + SECOND)) == becomes
    assert STUDIO.free_until(BOOKED, starts) == (BOOKED + DAY if becomes == ALL_BACK else None)


@pytest.mark.parametrize(
    ("ahead", "becomes"),
    [(14 * DAY + SECOND, CREDIT), (14 * DAY, CREDIT), (14 * DAY - SECOND, KEPT), (-DAY, KEPT)],
)
def test_fourteen_days_ahead_the_deposit_is_a_credit(
    ahead: timedelta, becomes: tuple[int, int, int]
) -> None:
    settled = called_off(starts=FAR, now=FAR - ahead)

    assert parts(settled) == becomes
    assert settled.credit_until == (FAR - ahead + 90 * DAY if becomes == CREDIT else None)


@pytest.mark.parametrize(
    ("ahead", "becomes"), [(20 * DAY, (19750, 19750, 0)), (4 * DAY, (19750, 0, 19750))]
)
def test_what_was_paid_beyond_the_deposit_goes_back(
    ahead: timedelta, becomes: tuple[int, int, int]
) -> None:
    assert parts(called_off(starts=FAR, now=FAR - ahead, of=account(39500))) == becomes


@pytest.mark.parametrize(
    ("ahead", "paid", "becomes", "owed"),
    [
        (72 * HOUR, 39500, (19750, 0, 19750), 0),
        (72 * HOUR - SECOND, 39500, (11750, 0, 27750), 0),
        (HOUR, 19750, (0, 0, 19750), 8000),
        (HOUR, 22000, (0, 0, 22000), 5750),
    ],
)
def test_close_to_the_session_the_crew_is_paid_too(
    ahead: timedelta, paid: int, becomes: tuple[int, int, int], owed: int
) -> None:
    settled = called_off(starts=FAR, now=FAR - ahead, of=account(paid, crew=8000))

    assert parts(settled) == becomes
    assert settled.owed == gbp(owed)


def test_a_band_may_give_the_deposit_back() -> None:
    kind = replace(STUDIO, cancel=(CancelBand(48, Deposit.RETURNED), CancelBand(0, Deposit.KEPT)))

    assert parts(called_off(starts=FAR, now=FAR - 48 * HOUR, policy=kind)) == ALL_BACK
    assert parts(called_off(starts=FAR, now=FAR - 47 * HOUR, policy=kind)) == KEPT


@pytest.mark.parametrize("ahead", [20 * DAY, 14 * DAY, timedelta(0), -DAY])
def test_the_studio_gives_all_back_whenever_it_cancels(ahead: timedelta) -> None:
    settled = called_off(
        starts=FAR, now=FAR - ahead, of=account(39500, crew=8000), by=CalledOffBy.STUDIO
    )

    assert parts(settled) == (39500, 0, 0)
    assert not settled.owed


money = st.integers(0, 10**7)


@given(
    money, money, money, st.integers(0, 200 * 86_400), st.integers(0, 200 * 86_400),
    st.sampled_from(CalledOffBy), st.sampled_from(Deposit), st.booleans(),
)  # fmt: skip
def test_every_penny_paid_becomes_one_thing(
    paid: int, deposit: int, crew: int, ahead: int, later: int,
    by: CalledOffBy, outcome: Deposit, with_crew: bool,
) -> None:  # fmt: skip
    settled = called_off(
        starts=BOOKED + timedelta(seconds=ahead),
        now=BOOKED + timedelta(seconds=later),
        of=account(paid, deposit, crew),
        policy=replace(STUDIO, cancel=(CancelBand(0, outcome, crew=with_crew),)),
        by=by,
    )

    assert settled.refund + settled.credit + settled.kept == gbp(paid)
    assert min(*parts(settled), settled.owed.minor) >= 0
    assert settled.kept.minor <= deposit + crew * with_crew
    assert settled.credit.minor <= deposit
    assert settled.owed.minor <= crew * with_crew
    # Nothing is owed while something is given back.
    assert not settled.owed or not settled.refund
    assert bool(settled.credit_until) or not settled.credit
    assert settled.reason


@given(money, st.integers(0, 100 * 86_400), st.integers(0, 100 * 86_400))
def test_who_cancels_later_never_gets_more_back(paid: int, one: int, other: int) -> None:
    early, late = sorted((BOOKED + timedelta(seconds=one), BOOKED + timedelta(seconds=other)))
    of = account(paid, crew=8000)
    before, after = (called_off(starts=FAR, now=now, of=of) for now in (early, late))

    assert after.refund + after.credit <= before.refund + before.credit
    assert after.owed >= before.owed


@pytest.mark.parametrize(
    ("ahead", "moves", "fee", "forfeits"),
    [
        (72 * HOUR, 0, 0, False),
        (72 * HOUR - SECOND, 0, 6500, False),
        (24 * HOUR, 0, 6500, False),
        (24 * HOUR - SECOND, 0, 19750, True),
        (72 * HOUR, 1, 5000, False),
        (30 * HOUR, 2, 11500, False),
        (HOUR, 2, 19750, True),
    ],
)
def test_moving_costs_more_the_later_and_the_more_often(
    ahead: timedelta, moves: int, fee: int, forfeits: bool
) -> None:
    found = moving(STUDIO, account(), moves=moves, starts_at=FAR, now=FAR - ahead)

    assert (found.fee, found.forfeits, found.left) == (gbp(fee), forfeits, 3 - moves)


def test_a_session_is_moved_only_so_often() -> None:
    often = moving(STUDIO, account(), moves=4, starts_at=FAR, now=FAR - 10 * DAY)

    assert often.left == 0


@pytest.mark.parametrize(
    ("ahead", "until"), [(80 * HOUR, 72 * HOUR), (72 * HOUR - SECOND, 24 * HOUR), (HOUR, 0 * HOUR)]
)
def test_what_is_said_of_moving_holds_until_the_next_band(
    ahead: timedelta, until: timedelta
) -> None:
    found = moving(STUDIO, account(), moves=0, starts_at=FAR, now=FAR - ahead)

    assert found.until == FAR - until


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (BOOKED + HOUR, BOOKED + DAY),
        (BOOKED + DAY, FAR - 14 * DAY),
        (FAR - 14 * DAY, FAR - 14 * DAY),
        (FAR - 4 * DAY, FAR - 72 * HOUR),
        (FAR - HOUR, FAR),
    ],
)
def test_what_is_said_of_cancelling_holds_until_the_next_band(
    now: datetime, until: datetime
) -> None:
    assert called_off(starts=FAR, now=now).until == until


def test_the_studios_own_word_holds_always() -> None:
    assert called_off(starts=FAR, now=BOOKED, by=CalledOffBy.STUDIO).until is None


def test_a_fee_for_moving_stays_and_raises_no_other() -> None:
    moved = replace(account(39500 + 5000), price=gbp(39500 + 5000), fees=gbp(5000))
    share = replace(STUDIO, move=(MoveBand(0, Fee(percent=10)),))

    assert parts(called_off(starts=FAR, now=FAR - 20 * DAY, of=moved)) == (19750, 19750, 5000)
    assert parts(called_off(starts=FAR, now=FAR - 4 * DAY, of=moved)) == (19750, 0, 24750)
    assert parts(called_off(starts=FAR, now=BOOKED, of=moved)) == (44500, 0, 0)
    assert moving(share, moved, moves=0, starts_at=FAR, now=BOOKED).fee == gbp(3950)


def test_a_fee_may_be_a_share_of_the_price() -> None:
    kind = replace(STUDIO, move=(MoveBand(168, Fee()), MoveBand(0, Fee(percent=25))))
    found = moving(kind, account(), moves=0, starts_at=FAR, now=FAR - DAY)

    assert found.fee == gbp(9875)


@pytest.mark.parametrize(("minutes", "grace"), [(240, 15), (60, 15), (59, 14), (30, 7), (15, 3)])
def test_grace_is_a_quarter_of_a_short_session(minutes: int, grace: int) -> None:
    assert STUDIO.grace(minutes) == timedelta(minutes=grace)


def test_a_policy_is_written_down_and_read_again() -> None:
    assert Policy.from_json(json.loads(json.dumps(STUDIO.to_json()))) == STUDIO


@pytest.mark.parametrize(
    "spoilt",
    [
        {"cancel": []},
        {"cancel": [{"hours_before": 24, "deposit": "kept"}]},
        {"move": [{"hours_before": 0, "fee": {}}, {"hours_before": 24, "fee": {}}]},
        {"cancel": [{"hours_before": 0, "deposit": "eaten"}]},
        {"unknown": 1},
        {"again": {"pounds": 3}},
    ],
)
def test_what_is_no_policy_is_refused(spoilt: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no policy|bands go|not a valid"):
        Policy.from_json(STUDIO.to_json() | spoilt)


def test_two_currencies_are_not_settled() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        called_off(starts=FAR, now=FAR, of=replace(account(), deposit=Money(100, "EUR")))
