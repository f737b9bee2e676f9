from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.assignment import choose, room_for
from studio.domain.availability import Start

AVA, BEN, CAT = 1, 2, 3
NAMES = {AVA: "Ava", BEN: "Ben", CAT: "Cat"}
LARGE, SMALL = 11, 12


def a_start(*who: int, same_set: tuple[int, ...] = ()) -> Start:
    return Start(0, dict.fromkeys(who, (LARGE, SMALL)), same_set)


def test_whoever_has_the_fewest_sessions_that_day_shoots() -> None:
    chosen = choose(a_start(AVA, BEN), {AVA: 2, BEN: 1}, {AVA: 2, BEN: 9}, NAMES)

    assert chosen == (BEN, LARGE)


def test_a_tie_goes_to_the_fewest_that_week() -> None:
    assert choose(a_start(AVA, BEN), {}, {AVA: 3, BEN: 2}, NAMES) == (BEN, LARGE)


def test_a_tie_of_the_week_goes_by_name() -> None:
    assert choose(a_start(CAT, BEN, AVA), {}, {}, NAMES) == (AVA, LARGE)


def test_a_room_in_which_the_set_stands_comes_first() -> None:
    assert room_for(a_start(AVA, same_set=(SMALL,)), AVA) == SMALL
    assert room_for(a_start(AVA), AVA) == LARGE


def test_a_standing_set_in_a_room_the_photographer_cannot_have_is_of_no_use() -> None:
    start = Start(0, {AVA: (LARGE,), BEN: (SMALL,)}, (SMALL,))

    assert room_for(start, AVA) == LARGE


@given(
    st.lists(st.sampled_from((AVA, BEN, CAT)), min_size=1, unique=True),
    st.dictionaries(st.sampled_from((AVA, BEN, CAT)), st.integers(0, 2)),
    st.dictionaries(st.sampled_from((AVA, BEN, CAT)), st.integers(0, 2)),
)
def test_nobody_free_has_less_to_do_than_the_one_chosen(
    free: list[int], on_day: dict[int, int], in_week: dict[int, int]
) -> None:
    chosen, room = choose(a_start(*free), on_day, in_week, NAMES)

    assert chosen in free
    assert room == LARGE
    for other in free:
        mine = (on_day.get(chosen, 0), in_week.get(chosen, 0), NAMES[chosen])
        assert mine <= (on_day.get(other, 0), in_week.get(other, 0), NAMES[other])
