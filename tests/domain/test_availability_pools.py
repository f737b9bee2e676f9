from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.availability.pools import loads, short
from studio.domain.intervals import Span

Use = tuple[int, int, int, int]
"""From, to, room and units."""

HERE, THERE, UNUSED = 1, 2, 3
uses = st.lists(
    st.builds(
        lambda begin, length, room, units: (begin, begin + length, room, units),
        st.integers(0, 20),
        st.integers(1, 8),
        st.sampled_from((HERE, THERE)),
        st.integers(1, 3),
    ),
    max_size=7,
)


def by_room(out: list[Use]) -> dict[int, dict[int, list[Span]]]:
    rooms: dict[int, dict[int, list[Span]]] = {}
    for begin, end, room, units in out:
        rooms.setdefault(room, {}).setdefault(units, []).append((begin, end))
    return rooms


def test_rooms_add_up_and_a_standing_set_counts_once() -> None:
    out: list[Use] = [(0, 10, HERE, 2), (5, 15, HERE, 1), (8, 12, THERE, 1)]

    assert short(by_room(out), (HERE, UNUSED), need=2, capacity=4) == {HERE: [], UNUSED: [(8, 10)]}


@given(uses, st.integers(1, 3), st.integers(3, 6))
def test_a_pool_is_short_in_the_minutes_in_which_a_count_says_so(
    out: list[Use], need: int, capacity: int
) -> None:
    lacking = short(by_room(out), (HERE, UNUSED), need, capacity)

    for room in (HERE, UNUSED):
        for minute in range(30):
            most = {room: need}
            for begin, end, where, units in out:
                if begin <= minute < end:
                    most[where] = max(most.get(where, 0), units)
            is_short = any(begin <= minute < end for begin, end in lacking[room])
            assert is_short == (sum(most.values()) > capacity)


@given(uses, uses)
def test_what_is_out_is_what_a_count_of_each_minute_says(out: list[Use], before: list[Use]) -> None:
    apart = [(begin, end, units) for begin, end, _, units in before]
    found = loads(by_room(out), apart)

    assert found == sorted(found)
    for minute in range(30):
        most = {HERE: 0, THERE: 0}
        for begin, end, where, units in out:
            if begin <= minute < end:
                most[where] = max(most[where], units)
        more = sum(units for begin, end, units in apart if begin <= minute < end)
        told = [units for begin, end, units in found if begin <= minute < end]
        assert told == [units for units in [sum(most.values()) + more] if units]
