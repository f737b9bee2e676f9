"""Calendars as people publish them, and as somebody would who means us harm."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from studio.scheduling.outside.reading import Unreadable, busy_times

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def calendar(*events: str, zone: str = "") -> bytes:
    body = "".join(
        f"BEGIN:VEVENT\nUID:{n}@x\n{event}\nEND:VEVENT\n" for n, event in enumerate(events)
    )
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{zone}{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def read(body: bytes) -> list[str]:
    spans = busy_times(body, zone="Europe/London", now=NOW, own_host="studio.example").spans
    return [
        f"{datetime.fromtimestamp(a, UTC):%m-%d %H:%M}/{datetime.fromtimestamp(b, UTC):%m-%d %H:%M}"
        for a, b in spans
    ]


def test_what_is_busy_and_what_is_not() -> None:
    body = calendar(
        "DTSTART:20261201T100000Z\nDTEND:20261201T110000Z",
        "DTSTART:20261202T100000Z\nDTEND:20261202T110000Z\nTRANSP:TRANSPARENT",
        "DTSTART:20261203T100000Z\nDTEND:20261203T110000Z\nSTATUS:CANCELLED",
        "DTSTART:20260101T100000Z\nDTEND:20260101T110000Z",
    )
    assert read(body) == ["12-01 10:00/12-01 11:00"]


def test_our_own_sessions_coming_back_are_not_busy_twice() -> None:
    body = calendar("DTSTART:20261201T100000Z\nDTEND:20261201T110000Z")
    assert read(body.replace(b"UID:0@x", b"UID:ABC@studio.example")) == []


def test_dates_and_floating_times_are_the_studios() -> None:
    body = calendar(
        "DTSTART;VALUE=DATE:20260720\nDTEND;VALUE=DATE:20260721".replace("2026", "2027"),
        "DTSTART:20270722T090000\nDTEND:20270722T100000",
    )
    assert read(body) == ["07-19 23:00/07-20 23:00", "07-22 08:00/07-22 09:00"]


def test_a_weekly_meeting_keeps_its_wall_time_across_the_change_of_clocks() -> None:
    body = calendar(
        "DTSTART;TZID=Europe/London:20270322T090000\nDTEND;TZID=Europe/London:20270322T100000\n"
        "RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=Europe/London:20270329T090000"
    )
    assert read(body) == ["03-22 09:00/03-22 10:00", "04-05 08:00/04-05 09:00"]


def test_an_invented_zone_is_read_all_the_same() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Mars\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    event = "DTSTART;TZID=Mars:20270701T120000\nDTEND;TZID=Mars:20270701T130000"
    assert read(calendar(event, zone=zone)) == ["07-01 09:00/07-01 10:00"]


def test_a_zone_that_nobody_knows_is_told_and_read_by_the_studios_clock() -> None:
    event = "DTSTART;TZID={0}:20270701T120000\nDTEND;TZID={0}:20270701T130000"
    body = calendar(event.format("Venus"), event.format("Europe/Paris"))

    assert read(body) == ["07-01 10:00/07-01 12:00"]
    found = busy_times(body, zone="Europe/London", now=NOW, own_host="studio.example")
    assert "(Venus)" in found.trouble


_HOURS, _MINUTES = (",".join(map(str, range(n))) for n in (24, 60))
TANGLE = (
    "DTSTART:20000101T000000Z\nDURATION:PT1S\nRRULE:FREQ=DAILY;"
    f"BYHOUR={_HOURS};BYMINUTE={_MINUTES};BYSECOND={_MINUTES}"
)
HOSTILE = {
    "html": b"<html><body>Sign in</body></html>",
    "empty": b"",
    "half": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:2026",
    "binary": bytes(range(256)) * 40,
    "every second": calendar("DTSTART:20261201T100000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY"),
    "folded seconds": calendar("DTSTART:20261201T100000Z\nDURATION:PT1S\nRRULE:FREQ=SECO\n NDLY"),
    "hourly": calendar("DTSTART:20261201T100000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY"),
    "many events": calendar(*["DTSTART:20261201T100000Z\nDURATION:PT1H"] * 5_001),
    "many rules": calendar(*["DTSTART:20261201T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY"] * 600),
    "many dates": calendar(
        "DTSTART:20261201T100000Z\nDURATION:PT1H\nRDATE:"
        + ",\n ".join(["20261202T100000Z"] * 2_500)
    ),
    "a long line": b"BEGIN:VCALENDAR\r\nX:" + b"y" * 2_000_000 + b"\r\nEND:VCALENDAR",
    "nested": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 20_000,
    "tangled": calendar(*[TANGLE] * 300),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_what_would_hurt_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(HOSTILE[name])
    assert str(refused.value).endswith(".")


def test_a_meeting_with_a_long_agenda_is_read() -> None:
    """Its prose may be longer than a line may be; folded, since no program writes it as one."""
    agenda = "\n ".join(["agenda " * 10] * 300)
    event = "DTSTART:20261201T100000Z\nDTEND:20261201T110000Z"
    body = calendar(f"DESCRIPTION:{agenda}\nX-ALT-DESC;FMTTYPE=text/html:{agenda}\n{event}")
    assert read(body) == ["12-01 10:00/12-01 11:00"]


def test_a_busy_persons_calendar_is_read() -> None:
    events = [
        f"DTSTART:202612{day:02}T{hour:02}0000Z\nDURATION:PT30M"
        for day in range(1, 29)
        for hour in range(8, 18)
    ]
    assert len(read(calendar(*events))) == 280
