"""Holidays from a calendar file: its whole days still to come, and words about the rest."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from studio.scheduling.holidays import Holidays, read_holidays
from studio.scheduling.outside.reading import Unreadable
from tests.scheduling.outside.test_reading import HOSTILE, calendar

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def read(*events: str, now: datetime = NOW, zone: ZoneInfo = LONDON) -> Holidays:
    return read_holidays(calendar(*events), now, zone)


def day(first: str, last: str = "", name: str = "", more: str = "") -> str:
    end = f"\nDTEND;VALUE=DATE:{last}" if last else ""
    return f"DTSTART;VALUE=DATE:{first}{end}\nSUMMARY:{name}{more}"


def told(found: Holidays) -> list[str]:
    return [f"{each.first_on} {each.last_on} {each.note}" for each in found.days]


def test_whole_days_in_order() -> None:
    found = read(
        day("20270101", "20270102", "New Year"),
        day("20261225", "20261227", "Christmas"),
        day("20261224", name="Christmas Eve"),  # no end: that day alone
    )
    assert told(found) == [
        "2026-12-24 2026-12-24 Christmas Eve",
        "2026-12-25 2026-12-26 Christmas",
        "2027-01-01 2027-01-01 New Year",
    ]
    assert found.left_out == []
    assert {each.resource_id for each in found.days} == {None}
    assert {each.spans for each in found.days} == {()}


def test_a_holiday_every_year_is_told_for_the_next_two() -> None:
    found = read(day("20001225", "20001226", "Christmas", "\nRRULE:FREQ=YEARLY"))

    assert told(found) == ["2026-12-25 2026-12-25 Christmas", "2027-12-25 2027-12-25 Christmas"]


def test_what_is_no_closed_day_is_left_out_and_counted() -> None:
    found = read(
        day("20261225", "20261226", "Christmas"),
        "DTSTART:20261224T120000Z\nDTEND:20261224T180000Z\nSUMMARY:Half a day",
        "DTSTART;TZID=Mars/Base:20261223T120000\nSUMMARY:Half a day on Mars",
        day("20261228", name="Gone", more="\nSTATUS:CANCELLED"),
        day("20261228", "20270301", "The whole winter"),
    )
    assert told(found) == ["2026-12-25 2026-12-25 Christmas"]
    assert found.left_out == [
        "1 left out: cancelled.",
        "1 left out: longer than 31 days.",
        "2 left out: only part of a day.",
    ]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("20201225", "20201226"),  # long past
        ("20991225", "20991226"),  # beyond what is read
        ("00010101", "00010102"),
    ],
)
def test_days_far_away_are_not_told(first: str, last: str) -> None:
    assert told(read(day(first, last, "Far"))) == []


def test_a_day_counts_until_it_is_over_on_the_studios_clock() -> None:
    """In Auckland the 25th begins, and ends, thirteen hours before it does in London."""
    noon, auckland = datetime(2026, 12, 25, 12, tzinfo=UTC), ZoneInfo("Pacific/Auckland")
    christmas = day("20261225", "20261226", "Christmas")

    assert len(read(christmas, now=noon).days) == 1
    assert read(christmas, now=noon, zone=auckland).days == []
    over = day("20261223", "20261226", "Still on its last day")
    assert len(read(over, now=noon).days) == 1


def test_one_day_with_several_names_is_one_day() -> None:
    found = read(
        day("20261225", "20261226", "Christmas Day"),
        day("20261225", "20261226", "Noël"),
        day("20261225", "20261226", "Christmas Day"),
        day("20261225", "20261226", ""),
    )
    assert told(found) == ["2026-12-25 2026-12-25 Christmas Day, Noël"]


def test_names_are_cut_and_cleaned() -> None:
    found = read(
        day("20261225", name="A\u202ename\\nof two lines, =?utf-8?q?x?="),
        day("20261226", name="Long " * 60),
    )
    first, second = (each.note for each in found.days)
    assert first == "Aname of two lines, = ?utf-8?q?x?="
    assert len(second) <= 80


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("DTSTART;VALUE=DATE:20261225\nDURATION:P2D", 2),
        ("DTSTART;VALUE=DATE:20261225\nDURATION:P0D", 1),
        ("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261225", 1),
        ("DTSTART;VALUE=DATE:20261225\nDTEND:20261226T100000Z", 0),
    ],
)
def test_odd_ends_are_read_as_well_as_can_be(event: str, days: int) -> None:
    found = read(event)
    assert sum((each.last_on - each.first_on).days + 1 for each in found.days) == days


ZONE = (
    "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0000\n"
    "TZOFFSETTO:+0100\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n"
)


@pytest.mark.parametrize(
    "body",
    [
        HOSTILE["html"],
        HOSTILE["binary"],
        HOSTILE["nested"],
        HOSTILE["many events"],
        calendar(day("20261225"), zone=ZONE),
        calendar("SUMMARY:No beginning at all"),
        calendar(day("99991231")),
    ],
    ids=["html", "binary", "nested", "huge", "zone of seconds", "no beginning", "end of time"],
)
def test_what_would_hurt_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read_holidays(body, NOW, LONDON)
    assert str(refused.value).endswith(".")


def test_a_countrys_holidays_of_several_years_are_read() -> None:
    events = [day(f"{year}{month:02}{n:02}", name="Feast") for year in range(2024, 2029)
              for month in range(1, 13) for n in (3, 17)]  # fmt: skip
    found = read(*events)
    assert found.days[0].first_on == date(2026, 12, 3)
    assert 45 <= len(found.days) <= 52
