from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from studio.office.drawing import Column, Day, Event, side_by_side, window, with_closed

SPANS = st.tuples(st.integers(0, 1400), st.integers(1, 40)).map(lambda s: (s[0], s[0] + s[1]))


def event(starts: int, ends: int, kind: str = "headshot") -> Event:
    return Event(kind, starts, ends, "", "")


def column(*events: Event, hours: tuple[tuple[int, int], ...] = ()) -> Column:
    return Column("", "", "", False, list(events), list(hours))


@given(st.lists(SPANS, max_size=12))
def test_what_overlaps_stands_in_lanes_of_its_own(spans: list[tuple[int, int]]) -> None:
    laid = side_by_side([event(*span) for span in sorted(spans)])

    assert [(each.starts, each.ends) for each in laid] == sorted(spans)
    for n, each in enumerate(laid):
        assert 0 <= each.lane < each.lanes
        for other in laid[n + 1 :]:
            if each.starts < other.ends and other.starts < each.ends:
                assert each.lane != other.lane
                assert each.lanes == other.lanes


def test_what_stands_alone_has_the_whole_width() -> None:
    assert [(e.lane, e.lanes) for e in side_by_side([event(0, 60), event(60, 90)])] == [
        (0, 1),
        (0, 1),
    ]


def test_the_window_holds_hours_and_what_lies_beyond_them() -> None:
    early = column(event(7 * 60 + 15, 500), hours=((540, 1080),))
    assert window([early]) == (420, 1080)
    assert window([column()]) == (540, 1080)


def test_a_week_off_does_not_stretch_the_window() -> None:
    assert window([column(event(0, 1440, "block"), hours=((600, 1000),))]) == (600, 1020)


def test_what_is_not_open_is_closed() -> None:
    drawn = with_closed(column(hours=((600, 720), (780, 1080))), 540, 1080)
    assert [(e.kind, e.starts, e.ends, e.time) for e in drawn.events] == [
        ("closed", 540, 600, "09:00–10:00"),
        ("closed", 720, 780, "12:00–13:00"),
    ]
    assert [e.time for e in with_closed(column(), 540, 1080).events] == ["All day"]

    work = event(570, 600, "build"), event(600, 720), event(1080, 1090, "strike")
    seen = with_closed(column(*work, hours=((600, 1080),)), 540, 1140)
    assert [(e.kind, e.starts, e.ends) for e in sorted(seen.events, key=lambda e: e.starts)] == [
        ("closed", 540, 570),
        ("build", 570, 600),
        ("headshot", 600, 720),
        ("strike", 1080, 1090),
        ("closed", 1090, 1140),
    ]


def test_a_day_is_cut_at_its_midnights() -> None:
    day = Day(date(2026, 12, 8), ZoneInfo("Europe/London"))
    late, past = datetime(2026, 12, 8, 23, tzinfo=UTC), datetime(2026, 12, 9, 1, tzinfo=UTC)

    found = day.event("portrait", late, past, "Moon")

    assert found
    assert (found.starts, found.ends, found.time) == (1380, 1440, "23:00–24:00")
    assert day.event("portrait", past, datetime(2026, 12, 9, 2, tzinfo=UTC), "Moon") is None


def test_what_lies_across_the_hour_that_comes_twice_is_drawn_as_long_as_it_takes() -> None:
    day = Day(date(2026, 10, 25), ZoneInfo("Europe/London"))
    begin, end = (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 15, tzinfo=UTC),
    )

    found = day.event("block", begin, end, "Night shoot")

    assert found
    assert (found.starts, found.ends, found.time) == (90, 135, "01:30–01:15")
    assert day.open([(int(begin.timestamp()), int(end.timestamp()))]) == [(90, 135)]
    assert day.event("block", end, end, "Nothing") is None


def test_a_summer_day_is_drawn_by_its_own_clock() -> None:
    day = Day(date(2026, 7, 7), ZoneInfo("Europe/London"))
    assert day.minute(datetime(2026, 7, 7, 9, tzinfo=UTC)) == 600
