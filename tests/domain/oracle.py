"""The rules of availability once more, minute by minute, slowly and with nothing clever.

Written from the rules alone: it shares no code with the engine and no way of thinking.
Where the engine works on spans and tables, this asks of each single minute whether the
clock reads an open time, who is busy in it and how many units are out. All figures are
whole minutes since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Hours:
    """One person's or room's hours: weekly, dated (first, last, spans), and closed dates."""

    weekly: tuple[tuple[int, int, int], ...]
    dated: tuple[tuple[date, date, tuple[tuple[int, int], ...]], ...] = ()
    closures: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True)
class Shoot:
    """A session, or the package that asks for one (then start, end, who and room are made up)."""

    package: int
    who: int
    room: int
    start: int
    end: int
    first: int
    last: int
    same: int
    clear: int
    kit: tuple[tuple[int, int], ...] = ()
    place: int = 0


@dataclass(frozen=True)
class Before:
    """What comes before a shoot, from so many minutes ahead of it to so many: who, and what."""

    begins: int
    ends: int
    artists: tuple[int, ...]
    kit: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class House:
    zone: ZoneInfo
    hours: dict[int, Hours]
    blocked: dict[int, list[tuple[int, int]]]
    shoots: list[Shoot]
    build: dict[int, int]
    strike: dict[int, int]
    capacity: dict[int, int]
    assisted: frozenset[int]
    day_limit: dict[int, int]
    studio_limit: int | None = None
    travel: dict[tuple[int, int], int] = field(default_factory=dict)
    engaged: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    used: list[tuple[int, int, int, int]] = field(default_factory=list)
    sunset: dict[date, int] = field(default_factory=dict)

    def way(self, one: int, other: int) -> int:
        return self.travel[one, other] if one or other else 0


@dataclass(frozen=True)
class Rules:
    step: int
    lead: int
    horizon: int
    package_limit: int | None
    only_on: tuple[tuple[date, date], ...] | None = None
    light: tuple[int, int] | None = None
    before: tuple[Before, ...] = ()


@cache
def local(minute: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC).astimezone(zone).replace(tzinfo=None)


@cache
def spans_of(hours: Hours, day: date) -> tuple[tuple[int, int], ...]:
    """What is open on *day*, as wall-clock minutes; beyond 1440 lies the next day."""
    if any(first <= day <= last for first, last in hours.closures):
        return ()
    dated = [spans for first, last, spans in hours.dated if first <= day <= last]
    if () in dated:
        return ()
    spans = [span for each in dated for span in each]
    if not dated:
        spans = [(a, b) for weekday, a, b in hours.weekly if weekday == day.isoweekday()]
    return tuple((a, b if b > a else b + 1440) for a, b in spans)


@cache
def is_open_at(hours: Hours, minute: int, zone: ZoneInfo) -> bool:
    """Whether the clock reads an open time of today, or of yesterday's hours past midnight."""
    now = local(minute, zone)
    reading = now.hour * 60 + now.minute
    yesterday = now.date() - timedelta(days=1)
    return any(a <= reading < b for a, b in spans_of(hours, now.date())) or any(
        a <= reading + 1440 < b for a, b in spans_of(hours, yesterday)
    )


def gap(house: House, earlier: Shoot, later: Shoot, *, stays: bool) -> int:
    """Minutes between two sessions, if the set can stay and if it cannot."""
    change = house.strike[earlier.last] + house.build[later.first]
    if stays and earlier.last == later.first:
        change = min(change, later.same)
    return earlier.clear + change


def far_enough(house: House, one: Shoot, other: Shoot, *, stays: bool) -> bool:
    way = 0 if stays else house.way(one.place, other.place)
    return (
        one.end + gap(house, one, other, stays=stays) + way <= other.start
        or other.end + gap(house, other, one, stays=stays) + way <= one.start
    )


def bare(shoot: Shoot) -> range:
    return range(shoot.start, shoot.end)


def padded(house: House, shoot: Shoot) -> range:
    """From leaving and building to striking and coming back."""
    way = house.way(shoot.place, 0)
    begin = shoot.start - house.build[shoot.first] - way
    return range(begin, shoot.end + shoot.clear + house.strike[shoot.last] + way)


def resource_is_free(house: House, resource: int, minutes: range) -> bool:
    hours, blocked = house.hours[resource], house.blocked.get(resource, [])
    return all(
        is_open_at(hours, minute, house.zone) and not any(a <= minute < b for a, b in blocked)
        for minute in minutes
    )


def where_kit_is(shoot: Shoot) -> tuple[str, int]:
    """In a room, or on location with whoever shoots."""
    return ("with", shoot.who) if shoot.place else ("room", shoot.room)


def units_out(house: House, pool: int, minute: int, wanted: Shoot | None = None) -> int:
    """How many units are out at a minute, with *wanted* too: what stands together counts once."""
    out = [shoot for shoot in house.shoots if minute in padded(house, shoot)]
    out += [wanted] if wanted else []
    most: dict[tuple[str, int], int] = {}
    for shoot in out:
        spot = where_kit_is(shoot)
        most[spot] = max(most.get(spot, 0), dict(shoot.kit).get(pool, 0))
    apart = [units for which, a, b, units in house.used if which == pool and a <= minute < b]
    return sum(most.values()) + sum(apart)


def kit_suffices(house: House, wanted: Shoot) -> bool:
    return all(
        units_out(house, pool, minute, wanted) <= house.capacity[pool]
        for minute in padded(house, wanted)
        for pool, _ in wanted.kit
    )


def can_be_prepared(house: House, before: Before, wanted: Shoot) -> bool:
    """Whether an artist and the kit are there for what comes before the shoot."""
    minutes = range(wanted.start - before.begins, wanted.start - before.ends)
    if not all(
        units_out(house, pool, minute) + units <= house.capacity[pool]
        for minute in minutes
        for pool, units in before.kit
    ):
        return False
    return not before.artists or any(
        resource_is_free(house, who, minutes)
        and not any(a <= minute < b for minute in minutes for a, b in house.engaged.get(who, []))
        for who in before.artists
    )


def day_of(house: House, shoot: Shoot) -> date:
    return local(shoot.start, house.zone).date()


def is_on_offer(house: House, rules: Rules, wanted: Shoot, now: int) -> bool:
    """On the grid, with notice enough, and before the horizon."""
    at = local(wanted.start, house.zone)
    last = local(now, house.zone).date() + timedelta(days=rules.horizon)
    on_grid = (at.hour * 60 + at.minute) % rules.step == 0
    that_day = rules.only_on is None or any(a <= at.date() <= b for a, b in rules.only_on)
    in_time = wanted.start >= now + rules.lead and at.date() <= last
    return on_grid and in_time and that_day and is_lit(house, rules, wanted)


def is_lit(house: House, rules: Rules, wanted: Shoot) -> bool:
    """Whether every minute of the shoot has the light asked for."""
    if rules.light is None:
        return True
    sunset = house.sunset.get(day_of(house, wanted))
    if sunset is None:
        return False
    before, after = rules.light
    return all(sunset - before <= minute < sunset + after for minute in bare(wanted))


def is_within_limits(house: House, rules: Rules, wanted: Shoot) -> bool:
    """The photographer's sessions and this package's on that local day, the wanted one included."""
    that_day = [s for s in house.shoots if day_of(house, s) == day_of(house, wanted)]
    theirs = [shoot for shoot in that_day if shoot.who == wanted.who]
    alike = [shoot for shoot in that_day if shoot.package == wanted.package]
    if rules.package_limit is not None and len(alike) + 1 > rules.package_limit:
        return False
    if house.studio_limit is not None and len(that_day) + 1 > house.studio_limit:
        return False
    return wanted.who not in house.day_limit or len(theirs) + 1 <= house.day_limit[wanted.who]


def is_apart(house: House, wanted: Shoot, other: Shoot) -> bool:
    """Whether room and photographer have the time they need between the two."""
    same_room = wanted.room == other.room and not wanted.place and not other.place
    if same_room and not far_enough(house, wanted, other, stays=True):
        return False
    if wanted.who != other.who:
        return True
    way = house.way(wanted.place, other.place)
    if wanted.who in house.assisted and not wanted.place and not other.place:
        return wanted.end <= other.start or other.end <= wanted.start
    same_spot = wanted.place == other.place != 0 and way == 0
    return far_enough(house, wanted, other, stays=same_room or same_spot)


def is_possible(house: House, rules: Rules, wanted: Shoot, now: int) -> bool:
    """Whether *wanted*, with its photographer and room, keeps every rule."""
    helped = wanted.who in house.assisted and not wanted.place
    presence = bare(wanted) if helped else padded(house, wanted)
    return (
        is_on_offer(house, rules, wanted, now)
        and is_within_limits(house, rules, wanted)
        and all(is_apart(house, wanted, shoot) for shoot in house.shoots)
        and (wanted.place != 0 or resource_is_free(house, wanted.room, padded(house, wanted)))
        and resource_is_free(house, wanted.who, presence)
        and kit_suffices(house, wanted)
        and all(can_be_prepared(house, before, wanted) for before in rules.before)
    )


def set_stands(house: House, wanted: Shoot) -> bool:
    """Whether the last session to end in the room before *wanted* left its set, that same day."""
    here = [s for s in house.shoots if s.room == wanted.room and not s.place]
    before = [s for s in here if s.end <= wanted.start]
    if not before:
        return False
    latest = max(before, key=lambda shoot: (shoot.end, shoot.start, shoot.last))
    same_day = local(latest.end, house.zone).date() == local(wanted.start, house.zone).date()
    return latest.last == wanted.first and same_day


def minutes_of(days: list[date], zone: ZoneInfo) -> list[int]:
    """Every minute whose local date is among *days*."""
    found: set[int] = set()
    for day in days:
        noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()) // 60
        near = range(noon - 2160, noon + 2160)
        found.update(minute for minute in near if local(minute, zone).date() == day)
    return sorted(found)
