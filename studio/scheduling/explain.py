"""Why a start is not open, in sentences that a receptionist can read out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db import from_epoch
from studio.domain.availability import Needs, Obstacle, Rule, Why
from studio.domain.intervals import Span
from studio.domain.wall_clock import local_date
from studio.scheduling.models import ResourceKind, Set
from studio.scheduling.openings import known_house
from studio.web.filters import clock, long_date


@dataclass(frozen=True, slots=True)
class Because:
    """What is in the way for one photographer in one place, first things first."""

    title: str
    sentences: Sequence[str]

    @property
    def open(self) -> bool:
        return not self.sentences


@dataclass(frozen=True, slots=True)
class Explanation:
    """*first* is the first rule that forbids the start, or "" if somebody is free for it.

    *everybody* holds what is so whoever shoots, *each* the rest.
    """

    first: str
    everybody: Sequence[str]
    each: Sequence[Because]


@dataclass(frozen=True, slots=True)
class Words:
    """What sentences are made with: the start asked for, the clock, and how everything is called.

    Sets and resources by their ids.
    """

    start: int
    needs: Needs
    zone: ZoneInfo
    resources: Mapping[int, str]
    rooms: frozenset[int]
    sets: Mapping[int, str]

    def at(self, instant: int) -> str:
        """13:20, with the date if it is another day than the one asked for."""
        moment = from_epoch(instant)
        read = clock(moment, self.zone.key)
        if local_date(instant, self.zone) == local_date(self.start, self.zone):
            return read
        return f"{read} on {long_date(local_date(instant, self.zone))}"

    def span(self, span: Span) -> str:
        return f"from {self.at(span[0])} to {self.at(span[1])}"

    def free(self, obstacle: Obstacle) -> str:
        return f", free from {self.at(obstacle.free_from)}" if obstacle.free_from else ""

    def who(self, obstacle: Obstacle) -> str:
        return self.resources.get(obstacle.resource or 0, "")


def explain(session: Session, needs: Needs, start: datetime, whys: Sequence[Why]) -> Explanation:
    """*whys*, as the calendar gives them for sessions at *start*, in words."""
    known = known_house(session)
    places = {each.id: each.name for each in known.places.values()}
    words = Words(
        int(start.timestamp()),
        needs,
        known.zone,
        {each.id: each.name for each in known.things.values()},
        frozenset(t.id for t in known.things.values() if t.kind is ResourceKind.ROOM),
        {row[0]: row[1] for row in session.execute(select(Set.id, Set.name))},
    )
    return in_words(words, whys, places.get(needs.place, ""))


def in_words(words: Words, whys: Sequence[Why], place: str = "") -> Explanation:
    """The same without a database; *place* is what the place on location is called."""
    if not whys:
        nobody = "Nobody who works here can shoot this, or no room takes its sets."
        return Explanation(nobody, [nobody], [])
    common = [one for one in whys[0].obstacles if all(one in why.obstacles for why in whys)]
    nearest_first = sorted(whys, key=lambda why: (why.hard, len(why.obstacles)))
    each = [
        Because(
            f"{words.resources[why.photographer]}, {words.resources.get(why.room or 0, place)}",
            [sentence(words, one) for one in why.obstacles if one not in common],
        )
        for why in nearest_first
    ]
    everybody = [sentence(words, one) for one in common]
    first = ""
    if all(why.obstacles for why in whys):
        first = everybody[0] if everybody else each[0].sentences[0]
    if everybody and not any(because.sentences for because in each):
        each = []
    return Explanation(first, everybody, each)


def sentence(words: Words, obstacle: Obstacle) -> str:
    """One obstacle as a sentence."""
    return _SENTENCES[obstacle.rule](words, obstacle)


def _open_days(_words: Words, obstacle: Obstacle) -> str:
    days = [
        long_date(first) if first == last else f"{long_date(first)} to {long_date(last)}"
        for first, last in obstacle.dates
    ]
    return f"It can be booked on these days only: {'; '.join(days)}."


def _horizon(_words: Words, obstacle: Obstacle) -> str:
    return f"That is too far ahead: bookings are open until {long_date(obstacle.dates[0][1])}."


def _notice(words: Words, obstacle: Obstacle) -> str:
    hours = words.needs.lead // 3600
    return f"It needs {hours} hours of notice: the earliest is {words.at(obstacle.free_from or 0)}."


def _grid(words: Words, _obstacle: Obstacle) -> str:
    step = words.needs.step_minutes
    return f"Sessions start every {step} minutes, counted from midnight."


def _no_sunset(words: Words, _obstacle: Obstacle) -> str:
    on = long_date(local_date(words.start, words.zone))
    return f"The sun does not set there on {on}, so there is no evening light."


def _light(words: Words, obstacle: Obstacle) -> str:
    light = words.span(obstacle.span) if obstacle.span else ""
    return f"The light for it lasts {light} that day, and the whole session has to lie in it."


def _package_limit(_words: Words, obstacle: Obstacle) -> str:
    return f"{_times(obstacle)} of this package that day are the most, and they are booked."


def _studio_limit(_words: Words, obstacle: Obstacle) -> str:
    return f"{_times(obstacle)} a day are the most for the studio, and they are booked."


def _limit(words: Words, obstacle: Obstacle) -> str:
    return f"{words.who(obstacle)} has {_times(obstacle)} that day, and takes no more."


def _times(obstacle: Obstacle) -> str:
    most = obstacle.units[1] if obstacle.units else 0
    return "1 session" if most == 1 else f"{most} sessions"


def _never_enough(words: Words, obstacle: Obstacle) -> str:
    need, there = obstacle.units or (0, 0)
    return f"{words.who(obstacle)}: it needs {need}, and the studio has {there}."


def _artist(words: Words, obstacle: Obstacle) -> str:
    needed = words.span(obstacle.needed) if obstacle.needed else ""
    if obstacle.span is None:
        return f"{words.who(obstacle)} does not work {needed}, before the session."
    busy = words.span(obstacle.span)
    doing = "is at work on somebody else" if obstacle.certain else "is away"
    return f"{words.who(obstacle)} {doing} {busy}{words.free(obstacle)}."


def _pool(words: Words, obstacle: Obstacle) -> str:
    need, there = obstacle.units or (0, 0)
    out = "it is out" if there == 1 else f"of {there} too many are out"
    return f"{words.who(obstacle)}: {need} needed, and {out}{words.free(obstacle)}."


def _hours(words: Words, obstacle: Obstacle) -> str:
    name, on = words.who(obstacle), local_date(words.start, words.zone)
    room = obstacle.resource in words.rooms
    if obstacle.span is None:
        return f"{name} is closed on {long_date(on)}." if room else _off(name, on)
    needed = words.span(obstacle.needed) if obstacle.needed else ""
    there = "is open" if room else "works"
    return f"{name} {there} {words.span(obstacle.span)}; with all around it this takes {needed}."


def _off(name: str, on: date) -> str:
    return f"{name} does not work on {long_date(on)}."


def _blocked(words: Words, obstacle: Obstacle) -> str:
    busy = words.span(obstacle.span) if obstacle.span else ""
    what = "is closed" if obstacle.resource in words.rooms else "has time off or is busy elsewhere"
    return f"{words.who(obstacle)} {what} {busy}{words.free(obstacle)}."


def _overlap(words: Words, obstacle: Obstacle) -> str:
    other = obstacle.session
    busy = words.span((other.start, other.end)) if other else ""
    return f"{words.who(obstacle)}: another session {busy}{words.free(obstacle)}."


def _turnaround(words: Words, obstacle: Obstacle) -> str:
    other, needs = obstacle.session, words.needs
    if other is None:
        return ""
    name, later = words.who(obstacle), other.start >= words.start
    before, after = (needs, other) if later else (other, needs)
    struck, built = words.sets[before.last_set], words.sets[after.first_set]
    if obstacle.resource in words.rooms and struck == built:
        work = f"{struck} has to be made ready again"
    else:
        work = f"{struck} must be struck and {built} built"
    if obstacle.resource not in words.rooms:
        work = f"{work}, with the way between" if other.place != needs.place else work
    if later:
        return (
            f"{name}: {work} before the session at {words.at(other.start)}{words.free(obstacle)}."
        )
    return f"{name}: {work}{words.free(obstacle)}."


def _gap(_words: Words, _obstacle: Obstacle) -> str:
    return "It would leave a gap: only times beside another session, or at the ends, are sold."


_SENTENCES: Mapping[Rule, Callable[[Words, Obstacle], str]] = {
    Rule.OPEN_DAYS: _open_days,
    Rule.HORIZON: _horizon,
    Rule.NOTICE: _notice,
    Rule.GRID: _grid,
    Rule.NO_SUNSET: _no_sunset,
    Rule.LIGHT: _light,
    Rule.PACKAGE_LIMIT: _package_limit,
    Rule.STUDIO_LIMIT: _studio_limit,
    Rule.NEVER_ENOUGH: _never_enough,
    Rule.ARTIST: _artist,
    Rule.USED: _pool,
    Rule.HOURS: _hours,
    Rule.BLOCKED: _blocked,
    Rule.LIMIT: _limit,
    Rule.OVERLAP: _overlap,
    Rule.TURNAROUND: _turnaround,
    Rule.EQUIPMENT: _pool,
    Rule.GAP: _gap,
}
