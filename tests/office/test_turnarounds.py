from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from studio.domain.availability import STUDIO
from studio.domain.turnaround import SetTimes
from studio.office.turnarounds import AtWork, OnSpot, trips, turnarounds

LONDON = ZoneInfo("Europe/London")
TEN = datetime(2026, 12, 8, 10, tzinfo=UTC)
GREY, LOFT = 1, 2
SETS = {GREY: SetTimes(900, 600), LOFT: SetTimes(2400, 1200)}


def session(number: int, after: float = 0, **changes: Any) -> OnSpot:
    """An hour on grey, *after* so many hours past ten."""
    starts_at = TEN + timedelta(hours=after)
    given: dict[str, Any] = {
        "spot": (0, 1),
        "first_set": GREY,
        "last_set": GREY,
        "same_minutes": 10,
        "clear_minutes": 0,
        **changes,
    }
    return OnSpot(
        booking_id=number, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), **given
    )


def around(*sessions: OnSpot) -> list[tuple[int, int, bool]]:
    """Minutes before and after each session, and whether its set stands."""
    found = turnarounds(sessions, SETS, LONDON)
    return [
        (
            int((each.starts_at - found[each.booking_id].since).total_seconds()) // 60,
            int((found[each.booking_id].until - each.ends_at).total_seconds()) // 60,
            found[each.booking_id].set_stands,
        )
        for each in sessions
    ]


def test_one_session_is_built_for_and_struck() -> None:
    assert around(session(1)) == [(15, 10, False)]


def test_between_two_on_one_set_there_is_only_the_changeover() -> None:
    assert around(session(1), session(2, 2)) == [(15, 0, False), (10, 10, True)]


def test_a_changeover_is_never_longer_than_striking_and_building() -> None:
    assert around(session(1), session(2, 2, same_minutes=90))[1] == (25, 10, True)


def test_another_set_means_striking_and_building() -> None:
    loft = session(2, 3, first_set=LOFT, last_set=LOFT)
    assert around(session(1), loft) == [(15, 10, False), (40, 20, False)]


def test_clearing_up_comes_before_striking() -> None:
    assert around(session(1, clear_minutes=7)) == [(15, 17, False)]


def test_clearing_up_is_done_though_the_set_stays() -> None:
    assert around(session(1, clear_minutes=7), session(2, 2))[0] == (15, 7, False)


def test_clearing_up_ends_before_the_set_is_struck() -> None:
    cleared = session(1, clear_minutes=7)
    assert turnarounds([cleared], SETS, LONDON)[1].cleared == cleared.ends_at + timedelta(minutes=7)


@pytest.mark.parametrize("changes", [{"spot": (0, 2)}, {}])
def test_a_set_stays_neither_in_another_room_nor_overnight(changes: dict[str, Any]) -> None:
    later = session(2, 2 if changes else 24, **changes)
    assert around(session(1), later) == [(15, 10, False), (15, 10, False)]


def test_what_counts_is_the_set_the_first_ends_with() -> None:
    two_looks = session(1, last_set=LOFT)
    assert around(two_looks, session(2, 2)) == [(15, 20, False), (15, 10, False)]
    assert around(two_looks, session(2, 2, first_set=LOFT)) == [(15, 0, False), (10, 10, True)]


PARK, PIER = 7, 8
WAYS = {
    (STUDIO, PARK): 1800,
    (PARK, STUDIO): 1800,
    (STUDIO, PIER): 2400,
    (PIER, STUDIO): 2400,
    (PARK, PARK): 0,
    (PARK, PIER): 600,
    (PIER, PARK): 600,
}


def ways(*places: int, apart: float = 3, photographer: int = 1) -> list[tuple[int, int] | None]:
    """Minutes on the way before and after sessions at *places*, so many hours apart."""
    work = [
        AtWork(
            n,
            photographer,
            place,
            TEN + timedelta(hours=apart * n),
            TEN + timedelta(hours=apart * n + 1),
        )
        for n, place in enumerate(places)
    ]
    found = trips(work, WAYS, LONDON)
    return [
        (
            int((each.since - found[each.booking_id].leaves).total_seconds()) // 60,
            int((found[each.booking_id].back - each.until).total_seconds()) // 60,
        )
        if each.booking_id in found
        else None
        for each in work
    ]


def test_the_way_leads_there_and_back() -> None:
    assert ways(PARK) == [(30, 30)]


def test_in_the_studio_nobody_travels() -> None:
    assert ways(STUDIO, PARK, STUDIO) == [None, (30, 30), None]


def test_from_one_place_the_way_leads_straight_to_the_next() -> None:
    assert ways(PARK, PIER) == [(30, 0), (10, 40)]


def test_who_stays_on_the_spot_travels_once() -> None:
    assert ways(PARK, PARK) == [(30, 0), (0, 30)]


def test_the_night_is_spent_at_home() -> None:
    assert ways(PARK, PIER, apart=24) == [(30, 30), (40, 40)]
