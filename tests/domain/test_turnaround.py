from __future__ import annotations

from studio.domain.turnaround import SetTimes, changeover, rebuild

GREY, WHITE = 1, 2
SETS = {GREY: SetTimes(build=900, strike=600), WHITE: SetTimes(build=1500, strike=840)}


def test_another_set_is_struck_and_built() -> None:
    assert changeover(SETS, GREY, WHITE, same=300) == 600 + 1500
    assert changeover(SETS, WHITE, GREY, same=300) == 840 + 900


def test_a_set_that_is_wanted_again_stays() -> None:
    assert changeover(SETS, GREY, GREY, same=300) == 300


def test_keeping_a_set_never_takes_longer_than_rebuilding_it() -> None:
    assert changeover(SETS, GREY, GREY, same=7200) == 600 + 900


def test_in_another_room_even_the_same_set_is_built_anew() -> None:
    assert rebuild(SETS, GREY, GREY) == 600 + 900
