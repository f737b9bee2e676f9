"""One obstacle as a sentence that a receptionist can read out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from studio.db import from_epoch
from studio.domain.availability import STUDIO, Needs, Obstacle, Rule, Taken
from studio.domain.intervals import Span
from studio.domain.wall_clock import local_date
from studio.web.filters import clock, long_date


@dataclass(frozen=True, slots=True)
class Words:
    """What sentences are made with: the start asked for, the clock, and how everything is called.

    Sets, resources and places by their ids. *off* says by resource and span why they have time
    off, and knows of no calendar elsewhere. *closed* is why the whole studio is closed that day,
    "" without a reason, None if it is not.
    """

    start: int
    needs: Needs
    zone: ZoneInfo
    resources: Mapping[int, str]
    rooms: frozenset[int] = frozenset()
    sets: Mapping[int, str] = field(default_factory=dict)
    places: Mapping[int, str] = field(default_factory=dict)
    off: Mapping[tuple[int, Span], str] = field(default_factory=dict)
    closed: str | None = None

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

    def way(self, one: int, other: int) -> str:
        """Between two places, of which the studio has no name."""
        ends = [self.places.get(each, "the studio") for each in (one, other)]
        return f"from {ends[0]} to {ends[1]}"

    def same_spot(self, obstacle: Obstacle, other: Taken) -> bool:
        """Whether a set left by one session could stand for the other."""
        return obstacle.resource in self.rooms or other.place == self.needs.place != STUDIO


def sentence(words: Words, obstacle: Obstacle) -> str:
    """One obstacle as a sentence."""
    return _SENTENCES[obstacle.rule](words, obstacle)


def studio_closed(words: Words) -> str:
    note = f": {words.closed}" if words.closed else ""
    return f"The studio is closed on {long_date(local_date(words.start, words.zone))}{note}."


def nobody_works(words: Words, *, rooms: bool) -> str:
    """What is said once where several do not work that day, or several rooms are closed."""
    on = long_date(local_date(words.start, words.zone))
    return f"No room for it is open on {on}." if rooms else f"Nobody who shoots it works on {on}."


def _over(_words: Words, _obstacle: Obstacle) -> str:
    return "That time is over."


def _open_days(_words: Words, obstacle: Obstacle) -> str:
    days = [
        long_date(first) if first == last else f"{long_date(first)} to {long_date(last)}"
        for first, last in obstacle.dates
    ]
    return f"It can be booked on these days only: {'; '.join(days)}."


def _horizon(_words: Words, obstacle: Obstacle) -> str:
    return f"That is too far ahead: bookings are open until {long_date(obstacle.dates[0][1])}."


def _notice(words: Words, obstacle: Obstacle) -> str:
    earliest, lead = obstacle.free_from or 0, words.needs.lead
    days, hours = divmod(lead // 3600, 24)
    notice = _counted(days, "day") if days > 3 and not hours else _counted(lead // 3600, "hour")
    return f"It needs {notice} of notice: the earliest is {words.at(earliest)}."


def _grid(words: Words, _obstacle: Obstacle) -> str:
    step = words.needs.step_minutes
    return f"Sessions start every {step} minutes, counted from midnight."


def _no_sunset(words: Words, _obstacle: Obstacle) -> str:
    on = long_date(local_date(words.start, words.zone))
    return f"The sun does not set there on {on}, so there is no evening light."


def _light(words: Words, obstacle: Obstacle) -> str:
    if obstacle.span is None or words.needs.light is None:
        return ""
    sunset = words.at(obstacle.span[0] + words.needs.light[0])
    light = words.span(obstacle.span)
    return f"The sun sets at {sunset}: the light lasts {light}, and the session has to lie in it."


def _package_limit(_words: Words, obstacle: Obstacle) -> str:
    return f"{_times(obstacle)} of this package that day are the most, and they are booked."


def _studio_limit(_words: Words, obstacle: Obstacle) -> str:
    return f"{_times(obstacle)} a day are the most for the studio, and they are booked."


def _limit(words: Words, obstacle: Obstacle) -> str:
    return f"{words.who(obstacle)} has {_times(obstacle)} that day, and takes no more."


def _times(obstacle: Obstacle) -> str:
    most = obstacle.units[1] if obstacle.units else 0
    return _counted(most, "session")


def _counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def _never_enough(words: Words, obstacle: Obstacle) -> str:
    need, there = obstacle.units or (0, 0)
    return f"{words.who(obstacle)}: it needs {need}, and the studio has {there}."


def _artist(words: Words, obstacle: Obstacle) -> str:
    needed = words.span(obstacle.needed) if obstacle.needed else ""
    if obstacle.span is None:
        return f"{words.who(obstacle)} is needed {needed}, before it, and does not work then."
    busy = words.span(obstacle.span)
    doing = "is at work on somebody else" if obstacle.certain else "is away"
    return f"{words.who(obstacle)} {doing} {busy}{words.free(obstacle)}."


def _pool(words: Words, obstacle: Obstacle) -> str:
    need, there = obstacle.units or (0, 0)
    out = "the only one is out" if there == 1 else f"too many of the {there} are out"
    return f"{words.who(obstacle)}: this needs {need}, and {out}{words.free(obstacle)}."


def _hours(words: Words, obstacle: Obstacle) -> str:
    name, on = words.who(obstacle), local_date(words.start, words.zone)
    room = obstacle.resource in words.rooms
    if obstacle.span is None:
        return f"{name} is closed on {long_date(on)}." if room else _off(name, on)
    there, needed = "is open" if room else "works", obstacle.needed or obstacle.span
    begins, ends = obstacle.span
    if needed[0] >= begins:
        after = _unless(needed[1] == words.start + words.needs.seconds, ", with all that follows")
        return f"{name} {there} until {words.at(ends)}; this ends at {words.at(needed[1])}{after}."
    if needed[1] <= ends:
        ahead = _unless(needed[0] == words.start, ", with what is done before")
        begun = words.at(needed[0])
        return f"{name} {there} from {words.at(begins)}; this begins at {begun}{ahead}."
    return f"{name} {there} {words.span(obstacle.span)}; this takes {words.span(needed)}."


def _unless(plain: bool, more: str) -> str:
    return "" if plain else more


def _off(name: str, on: date) -> str:
    return f"{name} does not work on {long_date(on)}."


def _blocked(words: Words, obstacle: Obstacle) -> str:
    if obstacle.span is None:
        return ""
    note = words.off.get((obstacle.resource or 0, obstacle.span))
    what = "has time off"
    if obstacle.resource in words.rooms:
        what = "is closed"
    elif note is None:
        what = "is busy in their own calendar"
    why = f" ({note})" if note else ""
    busy = words.span(obstacle.span)
    return f"{words.who(obstacle)} {what} {busy}{why}{words.free(obstacle)}."


def _overlap(words: Words, obstacle: Obstacle) -> str:
    other = obstacle.session
    busy = words.span((other.start, other.end)) if other else ""
    return f"{words.who(obstacle)}: another session {busy}{words.free(obstacle)}."


def _turnaround(words: Words, obstacle: Obstacle) -> str:
    other, needs = obstacle.session, words.needs
    if other is None:
        return ""
    later = other.start >= words.start
    before, after = (needs, other) if later else (other, needs)
    elsewhere = other.place != needs.place
    if before.last_set == after.first_set and words.same_spot(obstacle, other):
        work = f"{words.sets[before.last_set]} has to be made ready again"
    else:
        work = (
            f"{words.sets[before.last_set]} must be struck and {words.sets[after.first_set]} built"
        )
        work += (
            f", with the way {words.way(before.place, after.place)} between" if elsewhere else ""
        )
    until = f" before the session at {words.at(other.start)}" if later else ""
    return f"{words.who(obstacle)}: {work}{until}{words.free(obstacle)}."


def _gap(_words: Words, _obstacle: Obstacle) -> str:
    return "It would leave a gap: only times beside another session, or at the ends, are sold."


_SENTENCES: Mapping[Rule, Callable[[Words, Obstacle], str]] = {
    Rule.OVER: _over,
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
