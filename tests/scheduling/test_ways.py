"""A session comes too soon after another exactly where the engine would not have let it come."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.availability import STUDIO, Needs, Studio, Taken, is_open
from studio.domain.turnaround import SetTimes
from studio.scheduling import contradictions

AMARA, HER_ROOM, OTHER_ROOM = 1, 2, 3
PLACES = (STUDIO, 7, 8, 9)  # 9 is where clients are
NOON = 1_796_731_200  # of a day in December, as seconds since 1970

minutes = st.integers(0, 12).map(lambda n: n * 300)


@st.composite
def travels(draw: st.DrawFn) -> dict[tuple[int, int], int]:
    """As the house knows them: by way of the studio, or by a way of their own."""
    out = {STUDIO: 0} | {each: draw(minutes) for each in PLACES[1:]}
    found = {(a, b): out[a] + out[b] for a in PLACES for b in PLACES}
    found |= {(each, each): 0 for each in PLACES if each != 9}
    if draw(st.booleans()):
        found[7, 8] = found[8, 7] = draw(minutes)
    return found


def row(
    resource: int, start: int, end: int, kinds: tuple[int, int], rest: tuple[int, int, int]
) -> Any:
    """What is read of a session; *rest* is same, clear, and the place."""
    (first, last), (same, clear, place) = kinds, rest
    return SimpleNamespace(
        resource_id=resource,
        booking_id=start,
        busy_from=start,
        busy_to=end,
        first_set_id=first,
        last_set_id=last,
        same_minutes=same // 60,
        clear_minutes=clear // 60,
        place_id=None if place == STUDIO else place,
    )


@settings(max_examples=300)
@given(
    travel=travels(),
    sets=st.fixed_dictionaries({n: st.builds(SetTimes, minutes, minutes) for n in (1, 2)}),
    kinds=st.tuples(*[st.sampled_from((1, 2))] * 4),
    spots=st.tuples(*[st.sampled_from(PLACES)] * 2),
    clear=minutes,
    same=minutes,
    one_room=st.booleans(),
    between=st.integers(0, 40).map(lambda n: n * 300),
    assisted=st.booleans(),
)
def test_too_soon_is_what_the_engine_would_not_offer(
    travel: dict[tuple[int, int], int],
    sets: dict[int, SetTimes],
    kinds: tuple[int, int, int, int],
    spots: tuple[int, int],
    clear: int,
    same: int,
    one_room: bool,
    between: int,
    assisted: bool,
) -> None:
    start = NOON + between
    earlier = (NOON - 3600, NOON, kinds[0], kinds[1], 0, clear)
    always = ((NOON - 10**6, NOON + 10**6),)
    studio = Studio(
        zone=ZoneInfo("UTC"),
        open=dict.fromkeys((AMARA, HER_ROOM, OTHER_ROOM), always),
        blocked={},
        taken=[
            Taken.of(sets, 1, AMARA, HER_ROOM if spots[0] == STUDIO else 0, *earlier, {}, spots[0])
        ],
        sets=sets,
        capacity={},
        assisted=frozenset({AMARA} if assisted else ()),
        travel=travel,
    )
    needs = Needs(
        package_id=1,
        seconds=3600,
        first_set=kinds[2],
        last_set=kinds[3],
        same=same,
        clear=0,
        equipment={},
        photographers=(AMARA,),
        rooms=(HER_ROOM if one_room else OTHER_ROOM,) if spots[1] == STUDIO else (),
        step_minutes=5,
        lead=0,
        horizon_days=30,
        place=spots[1],
    )
    before = NOON - 3600, NOON, kinds[:2], (0, clear, spots[0])
    after = start, start + 3600, kinds[2:], (same, 0, spots[1])
    in_one = one_room and spots == (STUDIO, STUDIO)

    found = [
        contradictions._too_soon(studio, row(who, *before), row(who, *after), one_room=in_one)
        for who in ([AMARA, HER_ROOM] if in_one else [AMARA])
    ]

    assert any(found) == (is_open(studio, needs, start, NOON - 10**5) is None)
    way = contradictions.Reason.WAY if travel[spots] else contradictions.Reason.TURNAROUND
    assert {each for each in found if each} <= {way}
