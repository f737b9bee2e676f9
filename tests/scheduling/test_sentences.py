"""Each obstacle in words, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from studio.domain.availability import STUDIO, Needs, Obstacle, Rule, Taken, Why
from studio.domain.turnaround import SetTimes
from studio.scheduling.explain import in_words
from studio.scheduling.sentences import Words, sentence

MINUTE, HOUR = 60, 3600
TEN = int(datetime(2026, 12, 8, 10, tzinfo=UTC).timestamp())
AMARA, BEN, NORTH, SOUTH, KIT, LENA = 1, 2, 3, 4, 5, 6
GREY, CHARCOAL = 1, 2
PARK = 9
NEEDS = Needs(
    package_id=1,
    seconds=HOUR,
    first_set=CHARCOAL,
    last_set=CHARCOAL,
    same=300,
    clear=0,
    equipment={},
    photographers=(AMARA, BEN),
    rooms=(NORTH, SOUTH),
    step_minutes=15,
    lead=72 * HOUR,
    horizon_days=90,
    light=(90 * MINUTE, 0),
)
NAMES = {
    AMARA: "Amara Vale",
    BEN: "Ben Oak",
    NORTH: "North Room",
    SOUTH: "South Room",
    KIT: "Strobe kit",
    LENA: "Lena Moor",
}
DAYS = (date(2026, 12, 5), date(2026, 12, 5)), (date(2026, 12, 11), date(2026, 12, 12))


def words(**changes: Any) -> Words:
    return Words(
        **{
            "start": TEN,
            "needs": NEEDS,
            "zone": ZoneInfo("Europe/London"),
            "resources": NAMES,
            "rooms": frozenset({NORTH, SOUTH}),
            "sets": {GREY: "Grey seamless", CHARCOAL: "Charcoal"},
            "places": {PARK: "Canal Park"},
            **changes,
        }
    )


def at(hours: float) -> int:
    """So many hours past ten."""
    return TEN + int(hours * HOUR)


def taken(since: float, until: float, *, on: int = GREY, place: int = STUDIO) -> Taken:
    sets = {GREY: SetTimes(900, 600), CHARCOAL: SetTimes(1800, 1200)}
    room = NORTH if place == STUDIO else 0
    return Taken.of(sets, 2, BEN, room, at(since), at(until), on, on, 300, 0, {}, place)


def told(rule: Rule, resource: int | None = None, *, by: Words | None = None, **about: Any) -> str:
    return sentence(by or words(), Obstacle(rule=rule, resource=resource, **about))


@pytest.mark.parametrize(
    ("rule", "resource", "about", "said"),
    [
        (
            Rule.OPEN_DAYS,
            None,
            {"dates": DAYS},
            (
                "It can be booked on these days only: Saturday 5 December; "
                "Friday 11 December to Saturday 12 December."
            ),
        ),
        (
            Rule.HORIZON,
            None,
            {"dates": DAYS[:1]},
            "That is too far ahead: bookings are open until Saturday 5 December.",
        ),
        (
            Rule.NOTICE,
            None,
            {"free_from": at(1)},
            "It needs 72 hours of notice: the earliest is 11:00.",
        ),
        (Rule.OVER, None, {"free_from": at(73)}, "That time is over."),
        (Rule.GRID, None, {}, "Sessions start every 15 minutes, counted from midnight."),
        (
            Rule.NO_SUNSET,
            None,
            {},
            "The sun does not set there on Tuesday 8 December, so there is no evening light.",
        ),
        (
            Rule.LIGHT,
            None,
            {"span": (at(4.5), at(6))},
            (
                "The sun sets at 16:00: the light lasts from 14:30 to 16:00, "
                "and the session has to lie in it."
            ),
        ),
        (
            Rule.PACKAGE_LIMIT,
            None,
            {"units": (2, 2)},
            "2 sessions of this package that day are the most, and they are booked.",
        ),
        (
            Rule.STUDIO_LIMIT,
            None,
            {"units": (9, 9)},
            "9 sessions a day are the most for the studio, and they are booked.",
        ),
        (
            Rule.LIMIT,
            AMARA,
            {"units": (4, 4)},
            "Amara Vale has 4 sessions that day, and takes no more.",
        ),
        (
            Rule.NEVER_ENOUGH,
            KIT,
            {"units": (3, 2)},
            "Strobe kit: it needs 3, and the studio has 2.",
        ),
        (
            Rule.EQUIPMENT,
            KIT,
            {"units": (1, 2), "free_from": at(1.5)},
            "Strobe kit: this needs 1, and too many of the 2 are out, free from 11:30.",
        ),
        (
            Rule.USED,
            KIT,
            {"units": (1, 1)},
            "Strobe kit: this needs 1, and the only one is out.",
        ),
        (
            Rule.ARTIST,
            LENA,
            {"needed": (at(-1), at(0))},
            "Lena Moor is needed from 09:00 to 10:00, before it, and does not work then.",
        ),
        (
            Rule.ARTIST,
            LENA,
            {"span": (at(-1), at(1)), "free_from": at(2), "certain": True},
            "Lena Moor is at work on somebody else from 09:00 to 11:00, free from 12:00.",
        ),
        (Rule.HOURS, AMARA, {}, "Amara Vale does not work on Tuesday 8 December."),
        (Rule.HOURS, NORTH, {}, "North Room is closed on Tuesday 8 December."),
        (
            Rule.HOURS,
            AMARA,
            {"span": (at(-2), at(1)), "needed": (at(0), at(1.5))},
            "Amara Vale works until 11:00; this ends at 11:30, with all that follows.",
        ),
        (
            Rule.HOURS,
            AMARA,
            {"span": (at(-2), at(0.5)), "needed": (at(0), at(1))},
            "Amara Vale works until 10:30; this ends at 11:00.",
        ),
        (
            Rule.HOURS,
            NORTH,
            {"span": (at(0), at(5)), "needed": (at(-0.5), at(1))},
            "North Room is open from 10:00; this begins at 09:30, with what is done before.",
        ),
        (
            Rule.HOURS,
            NORTH,
            {"span": (at(0), at(0.5)), "needed": (at(-0.5), at(1))},
            "North Room is open from 10:00 to 10:30; this takes from 09:30 to 11:00.",
        ),
        (
            Rule.BLOCKED,
            NORTH,
            {"span": (at(-1), at(24))},
            "North Room is closed from 09:00 to 10:00 on Wednesday 9 December.",
        ),
        (
            Rule.OVERLAP,
            AMARA,
            {"session": taken(-0.5, 0.5), "free_from": at(1)},
            "Amara Vale: another session from 09:30 to 10:30, free from 11:00.",
        ),
        (
            Rule.TURNAROUND,
            NORTH,
            {"session": taken(-1.5, -0.5), "free_from": at(0.25)},
            "North Room: Grey seamless must be struck and Charcoal built, free from 10:15.",
        ),
        (
            Rule.TURNAROUND,
            NORTH,
            {"session": taken(1.25, 2.25)},
            (
                "North Room: Charcoal must be struck and Grey seamless built "
                "before the session at 11:15."
            ),
        ),
        (
            Rule.TURNAROUND,
            NORTH,
            {"session": taken(-1, 0, on=CHARCOAL), "free_from": at(0.1)},
            "North Room: Charcoal has to be made ready again, free from 10:06.",
        ),
        (
            Rule.TURNAROUND,
            AMARA,
            {"session": taken(-1, 0, on=CHARCOAL)},
            "Amara Vale: Charcoal must be struck and Charcoal built.",
        ),
        (
            Rule.TURNAROUND,
            AMARA,
            {"session": taken(-1, 0, place=PARK)},
            (
                "Amara Vale: Grey seamless must be struck and Charcoal built, "
                "with the way from Canal Park to the studio between."
            ),
        ),
        (
            Rule.GAP,
            None,
            {},
            "It would leave a gap: only times beside another session, or at the ends, are sold.",
        ),
    ],
)
def test_each_obstacle_has_its_sentence(
    rule: Rule, resource: int | None, about: dict[str, Any], said: str
) -> None:
    assert told(rule, resource, **about) == said


def test_every_rule_has_a_sentence() -> None:
    for rule in Rule:
        span = at(-1), at(1)
        assert told(
            rule, AMARA, dates=DAYS, units=(1, 1), session=taken(0, 1), free_from=at(1), span=span
        )


def test_long_notice_is_counted_in_days() -> None:
    lead = 30 * 24 * HOUR
    by = words(needs=replace(NEEDS, lead=lead))
    assert told(Rule.NOTICE, by=by, free_from=at(1)).startswith("It needs 30 days of notice")
    by = words(needs=replace(NEEDS, lead=HOUR))
    assert told(Rule.NOTICE, by=by, free_from=at(1)).startswith("It needs 1 hour of notice")


def test_time_off_is_told_with_its_note_and_calendars_elsewhere_without() -> None:
    span = (at(-1), at(2))
    dentist = words(off={(AMARA, span): "Dentist"})
    kept = words(off={(AMARA, span): ""})

    assert (
        told(Rule.BLOCKED, AMARA, by=dentist, span=span, free_from=at(2))
        == "Amara Vale has time off from 09:00 to 12:00 (Dentist), free from 12:00."
    )
    assert told(Rule.BLOCKED, AMARA, by=kept, span=span).endswith("off from 09:00 to 12:00.")
    assert "is busy in their own calendar from 09:00" in told(Rule.BLOCKED, AMARA, span=span)


def test_on_one_spot_outside_a_set_stands_for_the_next() -> None:
    by = words(needs=replace(NEEDS, place=PARK))
    said = told(Rule.TURNAROUND, AMARA, by=by, session=taken(-1, 0, on=CHARCOAL, place=PARK))
    assert said == "Amara Vale: Charcoal has to be made ready again."


GRID = Obstacle(rule=Rule.GRID)
OFF = Obstacle(rule=Rule.HOURS, resource=AMARA)
LATER = Obstacle(rule=Rule.OVERLAP, resource=NORTH, session=taken(0, 1), free_from=at(3))
SOONER = Obstacle(rule=Rule.TURNAROUND, resource=SOUTH, session=taken(-1, 0), free_from=at(1))


def test_what_is_so_for_everybody_is_said_once_and_first() -> None:
    found = in_words(words(), [Why(AMARA, NORTH, (GRID, OFF)), Why(BEN, NORTH, (GRID,))])

    assert found.first == "Sessions start every 15 minutes, counted from midnight."
    assert found.everybody == [found.first]
    assert [(each.title, list(each.sentences), each.free) for each in found.each] == [
        ("Ben Oak, North Room", [], "Nothing else is in the way."),
        ("Amara Vale, North Room", ["Amara Vale does not work on Tuesday 8 December."], ""),
    ]


def test_who_is_free_soonest_comes_first_and_their_other_rooms_behind() -> None:
    found = in_words(
        words(),
        [
            Why(AMARA, NORTH, (OFF,)),
            Why(BEN, NORTH, (LATER,)),
            Why(BEN, SOUTH, (SOONER,)),
        ],
    )

    assert found.first.startswith("South Room: Grey seamless must be struck")
    assert [each.title for each in found.each] == ["Ben Oak, South Room", "Amara Vale, North Room"]
    (behind,) = found.each[0].elsewhere
    assert behind.title == "North Room"
    assert behind.sentences == ["North Room: another session from 10:00 to 11:00, free from 13:00."]


def test_whom_the_studios_wish_alone_keeps_comes_before_who_is_busy() -> None:
    gap = Obstacle(rule=Rule.GAP)
    found = in_words(
        words(), [Why(AMARA, NORTH, (LATER,)), Why(BEN, NORTH, (SOONER,)), Why(BEN, SOUTH, (gap,))]
    )

    assert found.first.startswith("It would leave a gap")
    assert found.each[0].title == "Ben Oak, South Room"


def test_another_room_that_adds_nothing_is_left_out() -> None:
    same = in_words(
        words(),
        [
            Why(AMARA, NORTH, (OFF,)),
            Why(AMARA, SOUTH, (OFF,)),
            Why(BEN, NORTH, (SOONER,)),
        ],
    )
    assert [each.elsewhere for each in same.each] == [[], []]


def test_a_closed_studio_is_said_once_with_its_note() -> None:
    away = [Obstacle(rule=Rule.HOURS, resource=each) for each in (AMARA, BEN, NORTH)]
    whys = [Why(AMARA, NORTH, (away[0], away[2])), Why(BEN, NORTH, (away[1], away[2]))]

    found = in_words(words(closed="summer holidays"), whys)

    assert found.first == "The studio is closed on Tuesday 8 December: summer holidays."
    assert (found.everybody, found.each) == ([found.first], [])
    unsaid = in_words(words(closed=""), whys)
    assert unsaid.first == "The studio is closed on Tuesday 8 December."


def test_a_day_on_which_nobody_works_is_said_of_nobody_and_of_one_by_name() -> None:
    ben_off = Obstacle(rule=Rule.HOURS, resource=BEN)
    nobody = in_words(words(), [Why(AMARA, NORTH, (OFF,)), Why(BEN, NORTH, (ben_off,))])

    assert nobody.first == "Nobody who shoots it works on Tuesday 8 December."
    assert nobody.each == []
    one = in_words(words(), [Why(AMARA, NORTH, (OFF,))])
    assert one.first == "Amara Vale does not work on Tuesday 8 December."


def test_no_open_room_is_said_once() -> None:
    north, south = (Obstacle(rule=Rule.HOURS, resource=each) for each in (NORTH, SOUTH))
    found = in_words(words(), [Why(BEN, NORTH, (north,)), Why(BEN, SOUTH, (south, LATER))])

    assert found.first == "No room for it is open on Tuesday 8 December."
    assert found.everybody == [found.first]


def test_different_reasons_are_not_told_as_one_photographers() -> None:
    full = Obstacle(rule=Rule.LIMIT, resource=BEN, units=(2, 2))
    found = in_words(words(), [Why(AMARA, NORTH, (OFF,)), Why(BEN, NORTH, (full,))])

    assert found.first == "Nobody can then, each for a reason of their own."
    assert [each.title for each in found.each] == ["Amara Vale, North Room", "Ben Oak, North Room"]


def test_who_is_free_is_told_with_the_set_that_stands() -> None:
    found = in_words(
        words(),
        [Why(AMARA, NORTH, (LATER,)), Why(BEN, NORTH, ()), Why(BEN, SOUTH, ())],
        standing=[SOUTH],
    )

    assert found.first == ""
    assert found.each[0].title == "Ben Oak, North Room"
    assert found.each[0].free == "Free."
    (south,) = found.each[0].elsewhere
    assert south.free == "Free, and Charcoal stands there already."


def test_on_location_the_place_is_named() -> None:
    found = in_words(words(needs=replace(NEEDS, place=PARK)), [Why(AMARA, None, ())])
    assert found.each[0].title == "Amara Vale, Canal Park"


def test_who_cannot_be_found_is_a_sentence_too() -> None:
    assert in_words(words(), []).first == (
        "Nobody who works here can shoot this, or no room takes its sets."
    )
