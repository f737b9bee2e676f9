from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.scheduling.hours_text import parse_hours, write_hours


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("09:00-13:00, 14:00-18:00", ((540, 780), (840, 1080))),
        ("14-18,9-13", ((540, 780), (840, 1080))),
        ("9.30 to 17", ((570, 1020),)),
        ("09:00 \u2013 24:00", ((540, 1440),)),
        ("18:00-02:00", ((1080, 120),)),
        ("09:00-13:00,13:00-18:00", ((540, 780), (780, 1080))),
        ("", ()),
        ("Closed", ()),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, spans: tuple[tuple[int, int], ...]) -> None:
    assert parse_hours(text) == spans


@pytest.mark.parametrize(
    "text",
    [
        "nine to five",
        "9-25",
        "9:60-10",
        "24:00-02:00",
        "10-10",
        "9-13,12-18",
        "18-02,23-24",
        "9-13,",
        "\uff19-13",
        "9",
        "1-2,3-4,5-6,7-8,9-10,11-12,13-14",
        "123:00-124:00",
    ],
)
def test_what_is_no_hours_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"\."):
        parse_hours(text)


@given(st.lists(st.integers(0, 1440), min_size=2, max_size=12, unique=True))
def test_hours_written_are_read_back(edges: list[int]) -> None:
    edges = sorted(edges)[: len(edges) // 2 * 2]
    spans = tuple(zip(edges[::2], edges[1::2], strict=True))
    assert parse_hours(write_hours(spans)) == spans
