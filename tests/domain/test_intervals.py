from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.intervals import inside, merged, outside

moments = st.integers(0, 40)
spans = st.lists(st.tuples(moments, moments), max_size=8)
starts = st.lists(moments, max_size=20, unique=True).map(sorted)


def test_spans_that_touch_or_overlap_become_one_and_empty_ones_vanish() -> None:
    assert merged([(5, 9), (1, 3), (3, 4), (6, 7), (20, 20)]) == [(1, 4), (5, 9)]


def test_a_session_may_fill_a_span_to_its_edges() -> None:
    assert inside([9, 10, 11, 12, 13], [(8, 16)], (2, 4)) == [10, 11, 12]


def test_both_ends_of_a_forbidden_span_stay_allowed() -> None:
    assert outside([1, 2, 3, 4, 5], [(2, 4)]) == [1, 2, 4, 5]


@given(spans)
def test_merging_keeps_every_instant_and_leaves_gaps_between(raw: list[tuple[int, int]]) -> None:
    whole = merged(raw)

    assert {i for a, b in whole for i in range(a, b)} == {i for a, b in raw for i in range(a, b)}
    assert all(end < begin for (_, end), (begin, _) in pairwise(whole))


@given(starts, spans, st.integers(0, 5), st.integers(1, 9))
def test_what_is_inside_lies_in_one_span(
    candidates: list[int], raw: list[tuple[int, int]], before: int, after: int
) -> None:
    whole = merged(raw)

    assert inside(candidates, whole, (before, after)) == [
        at for at in candidates if any(a <= at - before and at + after <= b for a, b in whole)
    ]


@given(starts, spans)
def test_what_is_outside_lies_between_no_pair(
    candidates: list[int], raw: list[tuple[int, int]]
) -> None:
    assert outside(candidates, raw) == [
        at for at in candidates if not any(low < at < high for low, high in raw)
    ]
